import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from oracles.lime import weighted_lime
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

import pellucid
from pellucid import InvalidInputError, LIMEExplainer, UnsupportedModelError
from pellucid.data.background import Background
from pellucid.data.table import as_table
from pellucid.plots import Bar, write_report

rng = np.random.default_rng(5)
X = rng.normal(loc=[0, 1, 2, 3], scale=[0.5, 1, 2, 4], size=(400, 4))
ROWS = X[:3]


def lime(model, reference=X, **options):
    return LIMEExplainer(model, reference, show_progress=False, **options)


def curved(rows):
    return rows[:, 0] * rows[:, 1] + np.sin(rows[:, 2]) + np.square(rows[:, 3]) / 10


# -- closed forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [0.1, None, 20.0])
def test_a_linear_model_is_found_whatever_the_width(width):
    slopes = np.array([1.0, -2.0, 0.0, 0.25])
    found = lime(lambda rows: rows @ slopes + 7, kernel_width=width, budget=256).explain_local(ROWS)
    expected = np.tile(slopes * X.std(axis=0), (3, 1))
    np.testing.assert_allclose(found.values[:, :, 0], expected, atol=1e-9)
    np.testing.assert_allclose(found.base_values, found.predictions, atol=1e-9)
    np.testing.assert_allclose(found.local_r2, 1.0, atol=1e-9)
    assert found.std_error.max() < 1e-9
    assert found.stats.local_gap < 1e-9
    assert found.stats.warnings == ()


def test_products_and_squares_have_known_slopes():
    """By Stein's lemma the slope is the mean derivative, here the derivative at the row."""
    width = 1.5
    found = lime(lambda rows: rows[:, 0] * rows[:, 1] + rows[:, 2] ** 2, kernel_width=width)
    found = found.explain_local(ROWS)
    s = X.std(axis=0)
    expected = np.column_stack(
        [s[0] * ROWS[:, 1], s[1] * ROWS[:, 0], 2 * s[2] * ROWS[:, 2], np.zeros(3)]
    )
    # Pairs of opposite samples cancel all that is not a slope.
    np.testing.assert_allclose(found.values[:, :, 0], expected, atol=1e-9)
    variance = width**2 / (1 + width**2)
    base = ROWS[:, 0] * ROWS[:, 1] + ROWS[:, 2] ** 2 + variance * s[2] ** 2
    np.testing.assert_allclose(found.base_values[:, 0], base, rtol=0.01)


@pytest.mark.parametrize("width", [0.7, 3.0])
def test_equal_weights_estimate_what_lime_estimates_with_weights(width):
    reference = X.copy()
    reference[:, 1] = rng.integers(3, size=400)
    row = np.array([0.3, 1.0, 1.5, 2.0])
    found = lime(curved, reference, kernel_width=width, categorical_features=[1])
    found = found.explain_local(row)
    expected, errors = weighted_lime(curved, row, reference, width, states={1})
    values = np.append(found.base_values[0], found.values[0, :, 0])
    allowed = 4 * np.hypot(errors, np.append(0.005, found.std_error[0, :, 0]))
    assert (np.abs(values - expected) <= allowed).all()
    assert errors.max() < 0.02


def test_a_category_is_compared_with_the_others_as_frequent_as_they_are():
    effect = {"red": 1.0, "green": 4.0, "blue": -2.0}
    colors = np.repeat(["red", "green", "blue"], [20, 60, 120])
    frame = pd.DataFrame({"color": colors, "size": rng.normal(size=200)})

    def model(rows):
        return rows["color"].map(effect).to_numpy(dtype=float) + 2 * rows["size"].to_numpy()

    found = lime(model, frame, budget=4096).explain_local(frame.iloc[[0, 50, 199]])
    mean_of_others = [(4.0 * 60 - 2.0 * 120) / 180, (1.0 * 20 - 2.0 * 120) / 140, (20 + 240) / 80]
    expected = np.array([1.0, 4.0, -2.0]) - mean_of_others
    np.testing.assert_allclose(found.values[:, 0, 0], expected, atol=0.02)
    np.testing.assert_allclose(found.values[:, 1, 0], 2 * frame["size"].std(ddof=0), atol=0.02)
    total = found.base_values[:, 0] + found.values[:, 0, 0]
    np.testing.assert_allclose(total, found.predictions[:, 0], atol=0.02)


@pytest.mark.parametrize("discretizer", ["quartile", "decile", "entropy"])
def test_a_bin_is_compared_with_the_other_bins(discretizer):
    numbers = np.arange(80.0) + 0.5

    def step(rows):
        return np.where(rows[:, 0] > 60, 5.0, 0.0)

    options = {"discretize_continuous": True, "discretizer": discretizer}
    found = lime(step, numbers[:, None], **options).explain_local([[75.5]])
    above = {"quartile": 0, "decile": 12 / 72, "entropy": 0}[discretizer]
    assert found.values[0, 0, 0] == pytest.approx(5.0 * (1 - above), abs=0.02)
    assert found.stats.local_gap < 1e-6


# -- derivatives -----------------------------------------------------------------------------------


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("fit", [LogisticRegression, MLPClassifier])
def test_in_a_narrow_neighborhood_values_are_derivatives(fit, n_classes):
    options = {} if fit is LogisticRegression else {"hidden_layer_sizes": (5,), "max_iter": 60}
    labels = np.digitize(X[:, 0] + np.sin(X[:, 1]), [0.5, 1.0][: n_classes - 1])
    names = ["no", "maybe", "yes"][:n_classes]
    if fit is MLPClassifier:
        options |= {"activation": "tanh", "random_state": 0, "solver": "lbfgs", "tol": 1.0}
    model = fit(**options).fit(X, labels)
    found = lime(model, classes=names, kernel_width=0.01, budget=256, output="probability")
    found = found.explain_local(ROWS)
    assert found.classes == tuple(names)
    for j in range(4):
        step = np.zeros(4)
        step[j] = 1e-5 * X[:, j].std()
        rise = model.predict_proba(ROWS + step) - model.predict_proba(ROWS - step)
        np.testing.assert_allclose(found.values[:, j], rise / 2e-5, rtol=0.01, atol=1e-3)
    np.testing.assert_allclose(found.base_values, model.predict_proba(ROWS), atol=1e-3)
    if n_classes == 2:
        np.testing.assert_array_equal(found.values[..., 0], -found.values[..., 1])
        np.testing.assert_allclose(found.base_values.sum(axis=1), 1.0, rtol=1e-12)


# -- which columns ---------------------------------------------------------------------------------


@pytest.mark.parametrize("selection", ["highest_weights", "forward_selection"])
def test_only_as_many_columns_as_asked_for_are_kept(selection):
    d, slopes = 200, np.zeros(200)
    slopes[[3, 77, 150]] = [2.0, -1.0, 0.5]
    reference = np.random.default_rng(0).normal(size=(50, d))
    options = {"num_features": 3, "feature_selection": selection, "budget": 1024}

    def two_outputs(rows):
        return np.column_stack([rows @ slopes, rows[:, :5].sum(axis=1) + rows[:, 4]])

    found = lime(two_outputs, reference, **options).explain_local(reference[:2])
    assert found.values.shape == (2, d, 2)
    assert ((found.values != 0).sum(axis=1) == 3).all()
    assert (found.std_error[found.values == 0] == 0).all()
    kept = [np.flatnonzero(found.values[i, :, 0]).tolist() for i in range(2)]
    assert kept == [[3, 77, 150]] * 2
    assert (found.values[:, 4, 1] != 0).all()


def test_forward_selection_takes_what_explains_most_of_what_is_left():
    """A rare state has a large coefficient, and explains little."""
    reference = np.column_stack([np.repeat([0.0, 1.0], [396, 4]), X[:, 1]])

    def model(rows):
        return 1.5 * rows[:, 0] + rows[:, 1]

    for selection, kept in (("highest_weights", 0), ("forward_selection", 1)):
        options = {"num_features": 1, "feature_selection": selection}
        found = lime(model, reference, categorical_features=[0], **options).explain_local([[0, 1]])
        assert np.flatnonzero(found.values[0, :, 0]).tolist() == [kept]


def test_a_column_that_the_model_ignores_gets_next_to_nothing():
    found = lime(lambda rows: np.exp(rows[:, 0]) * rows[:, 1]).explain_local(ROWS)
    ignored = found.values[:, 2:, 0]
    assert (np.abs(ignored) <= 3 * found.std_error[:, 2:, 0]).all()
    assert np.abs(ignored).max() < 0.02 * np.abs(found.values).max()


def test_one_row_of_reference_one_column_and_constants():
    constant = np.column_stack([X[:, 0], np.full(400, 7.0)])
    found = lime(lambda rows: rows.sum(axis=1), constant).explain_local([[0.2, 7.0], [0.2, 9.0]])
    assert found.values[0, 1, 0] == 0.0
    assert found.values[1, 1, 0] == pytest.approx(2.0)  # against the only other number there is
    one = lime(lambda rows: rows[:, 0] ** 2, X[:, :1]).explain_local(X[0, :1])
    assert one.values.shape == (1, 1, 1)
    alone = lime(lambda rows: rows[:, 0], X[:1]).explain_local(X[:1])
    assert (alone.values == 0).all()
    assert alone.base_values == alone.predictions
    assert alone.stats.n_evaluations == 1
    flat = lime(lambda rows: np.full(len(rows), 0.1)).explain_local(ROWS)
    assert (flat.values == 0).all()
    assert flat.stats.local_r2 == (1.0,)
    assert flat.stats.warnings == ()


# -- kinds of columns ------------------------------------------------------------------------------


def frame_of_all_kinds(n=120):
    random = np.random.default_rng(1)
    numbers = random.normal(size=n)
    numbers[::7] = np.nan
    return pd.DataFrame(
        {
            "number": numbers,
            "count": pd.array(random.integers(0, 9, n), dtype="Int64"),
            "small": random.integers(0, 5, n).astype(np.int8),
            "single": random.normal(size=n).astype(np.float32),
            "kind": pd.Categorical(random.choice(["a", "b", "c"], n)),
            "word": random.choice(["x", "y"], n),
            "flag": random.random(n) < 0.3,
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 99, n), "D"),
        }
    )


@pytest.mark.parametrize("in_bins", [False, True])
def test_models_see_the_types_of_the_frame(in_bins):
    frame = frame_of_all_kinds()
    frame.loc[3, "count"] = pd.NA
    frame.loc[5, "word"] = None
    seen = []

    def model(rows):
        assert (rows.dtypes == frame.dtypes).all()
        seen.append(rows)
        late = (rows["day"] > pd.Timestamp("2020-02-01")).to_numpy()
        gone = rows["number"].isna().to_numpy()
        count = rows["count"].fillna(0).to_numpy(dtype=float)
        return late + 3.0 * gone + count + 2.0 * (rows["kind"] == "a").to_numpy()

    options = {"discretize_continuous": in_bins, "budget": 512}
    found = lime(model, frame, **options).explain_local(frame.iloc[:8])
    gone = frame["number"].isna().to_numpy()[:8]
    missing = found.values[gone, 0, 0]
    if in_bins:
        assert (found.values[~gone, 0, 0] < 0).all()
    else:
        assert np.abs(found.values[~gone, 0, 0]).max() < 0.1
    assert np.abs(missing - 3.0).max() < 0.3
    of_a = (frame["kind"] == "a").to_numpy()[:8]
    errors = found.std_error[of_a, 4, 0]
    assert (np.abs(found.values[of_a, 4, 0] - 2.0) <= 4 * errors).all()
    assert errors.max() < 0.4
    assert set(pd.concat(seen)["count"].dropna()) <= set(range(9))


def test_polars_frames_give_the_same():
    frame = frame_of_all_kinds().drop(columns=["number", "kind", "day"])
    frame["count"] = frame["count"].astype("int64")

    def model(rows):
        return np.asarray(rows["count"]) * 2.0 + (np.asarray(rows["word"]) == "x")

    expected = lime(model, frame, budget=256).explain_local(frame[:3])
    other = pl.from_pandas(frame)
    found = lime(model, other, budget=256).explain_local(other[:3])
    np.testing.assert_allclose(found.values, expected.values, atol=1e-9)


def test_categories_by_name_and_by_position_are_the_same():
    coded = X.copy()
    coded[:, 2] = rng.integers(4, size=400)
    frame = pd.DataFrame(coded, columns=list("abcd"))

    def model(rows):
        return np.asarray(rows)[:, 2] ** 2.0

    by_name = lime(model, frame, categorical_features=["c"]).explain_local(frame[:4])
    for given, reference in (([2], frame), ([2], coded)):
        found = lime(model, reference, categorical_features=given).explain_local(reference[:4])
        np.testing.assert_array_equal(found.values, by_name.values)
    as_numbers = lime(model, frame).explain_local(frame[:4])
    assert np.abs(as_numbers.values - by_name.values).max() > 1
    turned = RandomForestClassifier(3, random_state=0).fit(frame[list("cabd")], coded[:, 2] > 1)
    explainer = lime(turned, frame, categorical_features=[2], budget=64)
    renamed = lime(turned, frame, features=list("wxyz"), categorical_features=["y"], budget=64)
    expected = lime(turned, frame[list("cabd")], categorical_features=["c"], budget=64)
    for one in (explainer, renamed):
        found = one.explain_local(frame[:2])
        np.testing.assert_array_equal(found.values, expected.explain_local(frame[:2]).values)


def test_objects_in_an_array_are_numbers_or_categories_by_what_they_hold():
    table = np.array([[1.5, "a"], [2.5, "b"], [0.5, "a"], [4.0, "b"]] * 10, dtype=object)

    def model(rows):
        return rows[:, 0].astype(float) * 2 + (rows[:, 1] == "a")

    found = lime(model, table, budget=256).explain_local(table[:1])
    slope = 2 * np.std([1.5, 2.5, 0.5, 4.0])
    np.testing.assert_allclose(found.values[0, :, 0], [slope, 1.0], atol=1e-9)


def test_whole_numbers_stay_whole_and_in_range():
    counts = np.random.default_rng(0).integers(0, 4, size=(50, 2))
    seen = []

    def model(rows):
        seen.append(rows)
        return rows[:, 0] * 1.0

    found = lime(model, counts, kernel_width=0.01, budget=64).explain_local(counts[:2])
    np.testing.assert_allclose(found.values[:, 0, 0], counts[:, 0].std(), rtol=1e-9)
    assert all(rows.dtype == counts.dtype for rows in seen)
    assert np.concatenate(seen).min() == 0
    assert np.concatenate(seen).max() == 3


# -- sparse rows -----------------------------------------------------------------------------------


def test_sparse_rows_stay_sparse_and_vary_where_they_have_cells():
    d = 30_000
    words = sp.random(80, d, density=0.001, format="csr", random_state=0)
    words.data[:] = np.arange(1, words.nnz + 1) % 5 + 0.5
    weight = np.zeros(d)
    row = words[:1]
    weight[row.indices[:3]] = [4.0, -2.0, 1.0]
    sizes = []

    def model(rows):
        assert sp.issparse(rows)
        sizes.append(rows.nnz / rows.shape[0])
        return rows @ weight + 1.0

    found = lime(model, words, budget=512).explain_local(row)
    assert found.values.shape == (1, d, 1)
    scale = np.sqrt(np.asarray(words.multiply(words).mean(axis=0)) - np.square(words.mean(axis=0)))
    np.testing.assert_allclose(found.values[0, :, 0], weight * np.ravel(scale), atol=1e-9)
    assert max(sizes[1:]) < row.nnz + 60
    assert np.count_nonzero(found.std_error) <= row.nnz + 50


@pytest.mark.parametrize("options", [{}, {"discretize_continuous": True}])
def test_narrow_sparse_rows_give_what_dense_ones_give(options):
    dense = np.where(X > 1, X, 0.0)
    expected = lime(curved, dense, budget=256, **options).explain_local(dense[:4])

    def sparse_curved(rows):
        return curved(rows.toarray())

    for form in (sp.csr_matrix, sp.csc_array):
        found = lime(sparse_curved, form(dense), budget=256, **options).explain_local(
            form(dense[:4])
        )
        np.testing.assert_allclose(found.values, expected.values, atol=1e-9)


# -- errors and what is said of them ---------------------------------------------------------------


def test_standard_errors_cover_what_other_seeds_find():
    found = [lime(curved, random_state=seed, budget=512).explain_local(ROWS) for seed in range(20)]
    values = np.array([one.values for one in found])
    truth = lime(curved, budget=65_536).explain_local(ROWS).values
    errors = np.array([one.std_error for one in found])
    covered = (np.abs(values - truth) <= 1.96 * errors).mean()
    assert covered >= 0.95
    assert np.median(errors / values.std(axis=0, ddof=1)) < 6


def test_a_poor_fit_and_unsure_values_are_said():
    def wild(rows):
        return np.sin(40 * rows[:, 0]) * np.cos(40 * rows[:, 1])

    found = lime(wild, budget=64).explain_local(ROWS)
    assert min(found.stats.local_r2) < 0.5
    assert any("local_r2" in warning for warning in found.stats.warnings)
    assert any("standard errors" in warning for warning in found.stats.warnings)
    assert found.stats.exactness == "estimated"
    assert found.stats.local_gap > 0.1
    assert "R2 at least" in repr(found)
    assert found.local_r2.shape == (3, 1)
    assert found[1:].local_r2.tolist() == found.local_r2[1:].tolist()


def test_importance_and_report_tell_of_the_fit(tmp_path):
    found = lime(curved, budget=64).explain_global(ROWS, batch_size=2)
    np.testing.assert_array_equal(
        found.local.local_r2, lime(curved, budget=64).explain_local(ROWS).local_r2
    )
    assert found.stats.local_r2 == (found.local.local_r2.min(),)
    write_report(found, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "R2 of local models" in page
    assert "Efficiency gap" not in page
    assert "R2 of local models" in Bar.from_importance(found).provenance


def test_weights_of_reference_rows_count():
    weighted = Background(as_table(X), np.r_[np.full(100, 0.01), np.zeros(300)])
    found = lime(curved, weighted, budget=256).explain_local(ROWS)
    expected = lime(curved, X[:100], budget=256).explain_local(ROWS)
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-9)


def test_the_fit_is_stored_and_joined(tmp_path):
    model = RandomForestClassifier(5, random_state=0).fit(X, X[:, 0] > 0)
    found = lime(model, budget=64).explain_local(ROWS)
    assert pellucid.load(found.save(tmp_path / "lime")) == found
    joined = type(found).concatenate([found[:1], found[1:]])
    np.testing.assert_array_equal(joined.local_r2, found.local_r2)
    assert found.output(1).local_r2.shape == (3, 1)
    kernel = pellucid.KernelExplainer(model, X[:20]).explain_local(ROWS)
    with pytest.raises(InvalidInputError, match="local models"):
        type(found).concatenate([found, kernel])


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "culprit"),
    [
        ({"kernel_width": 0}, "kernel_width must be a positive number; got 0"),
        ({"kernel_width": "wide"}, "kernel_width"),
        ({"kernel_width": float("nan")}, "kernel_width"),
        ({"discretizer": "quintile"}, "discretizer must be one of 'quartile', 'decile', 'entropy'"),
        ({"discretize_continuous": "yes"}, "discretize_continuous"),
        ({"feature_selection": "lasso"}, "feature_selection"),
        ({"num_features": 0}, "num_features"),
        ({"categorical_features": ["color"]}, "categorical_features has 'color'"),
        ({"categorical_features": [4]}, "position 4, but there are 4 columns"),
        ({"categorical_features": "color"}, "must be a list"),
        ({"budget": 10}, "budget is 10 samples .* 4 columns vary, at least 20 are needed"),
    ],
)
def test_parameters_that_cannot_be_used(options, culprit):
    with pytest.raises(InvalidInputError, match=culprit):
        lime(curved, **options)


def test_too_few_samples_for_a_sparse_row():
    words = sp.csr_matrix(np.where(X > 1, X, 0.0))
    explainer = lime(lambda rows: rows.sum(axis=1), words, budget=8)
    with pytest.raises(InvalidInputError, match="at least 20"):
        explainer.explain_local(words[:1])


def test_without_reference_rows_nothing_can_be_varied():
    model = LogisticRegression().fit(X, X[:, 0] > 0)
    with pytest.raises(UnsupportedModelError, match="initialization_examples"):
        LIMEExplainer(model)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("num_samples", "budget"),
        ("nclusters", "all reference rows"),
        ("verbose", "stats"),
        ("training_data", "initialization_examples"),
        ("is_function", "recognized"),
        ("explain_subset", "pick"),
    ],
)
def test_words_of_other_libraries_are_understood_enough_to_help(word, hint):
    with pytest.raises(TypeError, match=hint):
        lime(curved, **{word: 3})


# -- as sure as was asked for ------------------------------------------------------------------------


@pytest.mark.parametrize("target", [0.2, 0.05, 0.02])
def test_samples_are_doubled_until_the_error_is_what_was_asked_for(target):
    explainer = lime(curved, target_se=target)
    found = explainer.explain_local(ROWS)
    sizes = np.linalg.norm(found.values, axis=(1, 2))
    relative = np.linalg.norm(found.std_error, axis=(1, 2)) / sizes
    assert relative.max() <= target
    use = found.stats.reference_use
    assert use.relative_std_error == pytest.approx(relative.max())
    assert (use.target_se, use.n_missed, use.n_references) == (target, 0, 400)
    other_order = explainer.explain_local(ROWS[::-1])
    np.testing.assert_array_equal(other_order.values[::-1], found.values)
    alone = lime(curved, target_se=target, batch_size=1).explain_local(ROWS)
    np.testing.assert_array_equal(alone.values, found.values)


def test_a_smaller_error_takes_more_samples_and_all_of_them_count():
    cost = [
        lime(curved, target_se=target).explain_local(ROWS).stats.n_evaluations
        for target in (0.3, 0.02)
    ]
    assert cost[0] < cost[1]
    # In rounds or at once: the same points, and so the same fit but for rounding.
    rounds = lime(curved, target_se=1e-9, budget=4096).explain_local(ROWS)
    at_once = lime(curved, budget=4096).explain_local(ROWS)
    np.testing.assert_allclose(rounds.values, at_once.values, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(rounds.std_error, at_once.std_error, rtol=1e-9)


def test_a_target_out_of_reach_is_told():
    found = lime(curved, target_se=1e-6, budget=1000).explain_local(ROWS)
    assert found.stats.reference_use.n_missed == 3
    assert any("target_se=1e-06 was not reached" in said for said in found.stats.warnings)
    assert found.stats.n_evaluations <= 3 * 1005


@pytest.mark.parametrize("discretizer", ["quartile", "decile", "entropy", None])
def test_the_largest_coefficients_are_the_same_over_seeds(discretizer):
    numbers = np.random.default_rng(12)
    reference = numbers.normal(size=(300, 20))
    labels = (reference[:, :6] @ [1, -1, 0.8, 0.6, -0.5, 0.4] + reference[:, 0] ** 2 > 0.5) * 1
    forest = RandomForestClassifier(20, max_depth=6, random_state=0).fit(reference, labels)
    binned = {} if discretizer is None else {"discretize_continuous": True}
    binned |= {} if discretizer is None else {"discretizer": discretizer}
    tops = []
    for seed in range(3):
        explainer = lime(forest, reference, random_state=seed, **binned)
        values = np.abs(explainer.explain_local(reference[:8]).values[:, :, 1])
        tops.append([set(row) for row in np.argsort(-values, axis=1)[:, :5].tolist()])
    agreement = [
        len(one & other) / len(one | other)
        for i, first in enumerate(tops)
        for second in tops[:i]
        for one, other in zip(first, second, strict=True)
    ]
    assert np.mean(agreement) >= 0.9
