import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid.data.background import Background, as_background, summarize
from pellucid.data.table import as_table

RNG = np.random.default_rng(0)
CONTINUOUS = RNG.lognormal(size=(400, 4))
COUNTS = RNG.poisson(3, size=(400, 3))
SPARSE = sp.random_array((400, 60), density=0.08, format="csr", rng=1)


def mixed(n=400):
    return pd.DataFrame(
        {
            "age": RNG.integers(17, 90, n),
            "gain": np.where(RNG.random(n) < 0.3, np.nan, RNG.lognormal(8, 1, n)),
            "work": RNG.choice(["State", "Private", "None"], n, p=[0.15, 0.8, 0.05]),
            "race": pd.Categorical(RNG.choice(["B", "W"], n), categories=["W", "B", "?"]),
            "member": RNG.random(n) < 0.1,
        }
    )


MIXED = mixed()
GAPS = np.where(RNG.random((400, 3)) < 0.2, np.nan, RNG.normal(size=(400, 3)))

EVERY_KIND = {
    "continuous": CONTINUOUS,
    "float32": CONTINUOUS.astype(np.float32),
    "counts": COUNTS,
    "whole floats": COUNTS.astype(np.float64),
    "bool": RNG.random((400, 9)) < 0.3,
    "gaps": GAPS,
    "both": np.column_stack([CONTINUOUS, COUNTS, GAPS]),
    "object": MIXED.to_numpy(),
    "csr_matrix": sp.csr_matrix(SPARSE),
    "csr_array": SPARSE,
    "pandas": MIXED,
    "polars": pl.DataFrame(MIXED.astype({"race": "str"}).to_dict("list")),
    "pyarrow": pa.Table.from_pandas(MIXED),
}


@pytest.fixture(params=EVERY_KIND)
def native(request):
    return EVERY_KIND[request.param]


def rows_of(native):
    return set(as_table(native).row_keys())


# -- rows as they are ------------------------------------------------------------------------------


def test_every_row_counts_alike():
    background = as_background(CONTINUOUS)

    assert background.n_rows == 400
    assert (background.weights == 1 / 400).all()
    assert background.note is None
    assert background.table.native is CONTINUOUS


def test_column_called_weights_is_a_column():
    frame = pd.DataFrame({"weights": [1.0, 9.0], "age": [39, 50]})

    assert as_background(frame).weights.tolist() == [0.5, 0.5]


def test_background_is_taken_as_it_is_and_may_be_named():
    background = Background(as_table(np.eye(2)), np.array([0.2, 0.8]), "a note")

    named = as_background(background, features=["a", "b"])

    assert named.table.features == ("a", "b")
    assert named.weights is background.weights
    assert named.note == "a note"
    with pytest.raises(FeatureMismatchError, match=r"features has 1 names, but .* has 2 columns"):
        as_background(background, features=["a"])


@pytest.mark.parametrize("rows", [np.empty((0, 2)), [], pd.DataFrame({"a": []})])
@pytest.mark.parametrize("function", [as_background, summarize])
def test_no_rows_are_no_background(function, rows):
    with pytest.raises(InvalidInputError, match=r"^initialization_examples has no rows$"):
        function(rows)


class DenseData:
    """Stands in for SHAP's class of this name."""

    __module__ = "shap.utils._legacy"

    def __init__(self, data, weights):
        self.data, self.weights = data, np.asarray(weights)
        self.group_names = [f"f{j}" for j in range(data.shape[1])]
        self.groups = [[j] for j in range(data.shape[1])]
        self.transposed = False


def test_weights_of_dense_data_are_kept_and_sum_to_one():
    background = as_background(DenseData(np.eye(3), [1, 0, 3]))

    assert background.weights.tolist() == [0.25, 0, 0.75]
    assert background.table.features == ("f0", "f1", "f2")


@pytest.mark.parametrize(
    "weights", [[1, 1], [1, 1, -1], [0, 0, 0], [1, 1, np.nan], [1, 1, np.inf], [[1], [1], [1]]]
)
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(InvalidInputError, match="one non-negative weight per row, not all zero"):
        as_background(DenseData(np.eye(3), weights))


# -- summaries -------------------------------------------------------------------------------------


def test_summary_has_the_rows_asked_for_in_the_container_given(native):
    whole = as_table(native)

    summary = summarize(native, 25)

    assert summary.n_rows == 25
    assert type(summary.table.native) is type(native)
    assert summary.table.features == whole.features
    assert summary.table.has_names == whole.has_names
    np.testing.assert_allclose(summary.weights.sum(), 1)
    assert (summary.weights > 0).all()
    if hasattr(native, "dtypes"):
        assert list(summary.table.native.dtypes) == list(native.dtypes)
    elif hasattr(native, "dtype"):
        assert summary.table.native.dtype == native.dtype


def test_seed_settles_the_summary(native):
    np.random.seed(0)
    first = summarize(native, 20, random_state=5)
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    second = summarize(native, 20, random_state=5)

    assert first.table.row_keys() == second.table.row_keys()
    assert (first.weights == second.weights).all()
    assert summarize(native, 20, random_state=6).table.row_keys() != first.table.row_keys()
    assert (np.random.get_state()[1] == before).all()


@pytest.mark.parametrize("kind", ["counts", "whole floats", "bool", "gaps", "object", "csr_matrix"])
def test_rows_that_have_no_mean_are_real_rows(kind):
    native = EVERY_KIND[kind]

    assert set(summarize(native, 25).table.row_keys()) <= rows_of(native)


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_rows_of_frames_are_real_rows(kind):
    summary = summarize(EVERY_KIND[kind], 25)

    assert set(summary.table.row_keys()) <= rows_of(EVERY_KIND[kind])
    assert summary.note == "25 weighted medoids of 400 rows"


def test_means_of_averaged_columns_are_kept_exactly():
    summary = summarize(CONTINUOUS, 25)

    np.testing.assert_allclose(
        summary.weights @ summary.table.to_matrix(), CONTINUOUS.mean(axis=0), rtol=1e-12
    )
    assert summary.note == "25 weighted centroids of 400 rows"


def test_whole_numbers_beside_averaged_columns_are_those_of_one_row():
    whole = np.column_stack([CONTINUOUS, COUNTS])

    summary = summarize(whole, 25).table.to_matrix()

    assert rows_of(summary[:, 4:]) <= rows_of(COUNTS)
    assert (summary[:, :4] != np.rint(summary[:, :4])).any(axis=0).all()


@pytest.mark.parametrize("kind", ["counts", "bool", "csr_array", "both"])
def test_means_of_all_columns_stay_close(kind):
    whole = np.nan_to_num(as_table(EVERY_KIND[kind]).to_matrix())

    summary = summarize(EVERY_KIND[kind], 50)

    off = summary.weights @ np.nan_to_num(summary.table.to_matrix()) - whole.mean(axis=0)
    # the mean of 50 random rows is off by 0.14 standard deviations, and by 0.35 in some of 60
    assert (np.abs(off) / whole.std(axis=0)).max() < 0.15


def test_shares_of_categories_and_of_missing_values_stay_close():
    summary = summarize(MIXED, 50)
    rows = summary.table.native

    for column in ("work", "race", "member"):
        shares = rows[column].astype("str").to_frame("x").assign(w=summary.weights)
        found = shares.groupby("x")["w"].sum()
        wanted = MIXED[column].astype("str").value_counts(normalize=True)
        assert (found.reindex(wanted.index, fill_value=0) - wanted).abs().max() < 0.03
    assert abs(summary.weights @ rows["gain"].isna() - MIXED["gain"].isna().mean()) < 0.03
    assert abs(summary.weights @ rows["age"] - MIXED["age"].mean()) < 0.1 * MIXED["age"].std()


def test_all_missing_column_stays_missing():
    rows = np.column_stack([CONTINUOUS, np.full(400, np.nan)])

    found = summarize(rows, 10).table.to_matrix()

    assert np.isnan(found[:, 4]).all()
    assert not np.isnan(found[:, :4]).any()


# -- how many --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_clusters", [None, 3, 100])
def test_few_distinct_rows_are_kept_with_their_counts(n_clusters):
    rows = [[1.5, "a"], [2.5, None], [1.5, "a"], [1.5, "b"], [1.5, "a"], [2.5, None]]

    summary = summarize(rows, n_clusters)

    assert summary.table.native.tolist() == [[1.5, "a"], [2.5, None], [1.5, "b"]]
    np.testing.assert_allclose(summary.weights, [3 / 6, 2 / 6, 1 / 6])
    assert summary.note == "3 distinct rows of 6"


def test_rows_that_are_all_distinct_are_left_alone():
    summary = summarize(CONTINUOUS, 400)

    assert summary.table.native is CONTINUOUS
    assert summary.note is None


def test_equal_rows_with_missing_values_are_equal():
    rows = np.array([[1.0, np.nan], [1.0, np.nan], [0.0, 2.0], [-0.0, 2.0]])

    assert summarize(rows, 5).weights.tolist() == [0.5, 0.5]


def test_number_of_rows_is_chosen_from_the_data():
    centers = 10 * RNG.normal(size=(9, 5))
    clear = np.repeat(centers, 40, axis=0) + 0.1 * RNG.normal(size=(360, 5))

    assert summarize(clear).n_rows == 10
    assert summarize(RNG.normal(size=(400, 20))).n_rows == 200
    assert summarize(RNG.normal(size=(150, 20))).n_rows == 150


def test_one_row_is_the_mean():
    summary = summarize(CONTINUOUS, 1)

    np.testing.assert_allclose(summary.table.to_matrix(), [CONTINUOUS.mean(axis=0)])
    np.testing.assert_allclose(summary.weights, [1])
    assert summary.note == "1 weighted centroid of 400 rows"


def test_weights_given_are_respected():
    weights = np.where(CONTINUOUS[:, 0] > 1, 5.0, 0.0)

    summary = summarize(DenseData(CONTINUOUS, weights), 10)

    wanted = CONTINUOUS[weights > 0].mean(axis=0)
    np.testing.assert_allclose(summary.weights @ summary.table.to_matrix(), wanted)
    assert summary.table.to_matrix()[:, 0].min() > 1


def test_clear_clusters_become_their_means():
    centers = np.array([[0.0, 100.0], [50.0, 0.0], [90.0, 90.0]])
    sizes = [10, 20, 30]
    rows = np.repeat(centers, sizes, axis=0) + RNG.normal(size=(60, 2))

    summary = summarize(rows, 3)

    order = np.argsort(summary.weights)
    np.testing.assert_allclose(summary.weights[order], np.array(sizes) / 60)
    np.testing.assert_allclose(summary.table.to_matrix()[order], centers, atol=1.5)


def test_features_name_the_columns():
    names = ["a", "b", "c", "d"]

    assert summarize(CONTINUOUS, 5, features=names).table.features == tuple(names)
    with pytest.raises(FeatureMismatchError, match="features has 1 names"):
        summarize(CONTINUOUS, 5, features=["a"])


def test_summary_of_a_summary_is_a_summary():
    summary = summarize(summarize(CONTINUOUS, 50), 5)

    np.testing.assert_allclose(
        summary.weights @ summary.table.to_matrix(), CONTINUOUS.mean(axis=0), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_clusters": 0}, "n_clusters must be an integer of at least 1; got 0"),
        ({"n_clusters": 2.5}, "n_clusters must be an integer of at least 1; got 2.5"),
        ({"random_state": -1}, "random_state must be an integer of at least 0; got -1"),
    ],
)
def test_impossible_parameters_are_refused(parameters, message):
    with pytest.raises(InvalidInputError, match=message):
        summarize(CONTINUOUS, **parameters)


def test_infinite_values_are_refused_by_column():
    rows = CONTINUOUS.copy()
    rows[3, 2] = np.inf

    with pytest.raises(InvalidInputError, match="column '2' holds inf"):
        summarize(rows, 5)


def test_nothing_given_is_changed(native):
    before = as_table(native).row_keys()

    summarize(native, 5)

    assert as_table(native).row_keys() == before
