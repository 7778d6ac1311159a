import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from pellucid._core.errors import InvalidInputError
from pellucid.data.embedding import embed
from pellucid.data.table import as_table

RNG = np.random.default_rng(0)


def points_of(native, weights=None):
    table = as_table(native)
    if weights is None:
        weights = np.full(table.n_rows, 1 / table.n_rows)
    return embed(table, weights)


def distances(points):
    """Squared distances between all points, the slow way."""
    dense = points.toarray() if sp.issparse(points) else points
    return np.array([[((one - other) ** 2).sum() for other in dense] for one in dense])


def mixed(n):
    return pd.DataFrame(
        {
            "age": RNG.integers(17, 90, n),
            "gain": np.where(RNG.random(n) < 0.2, np.nan, RNG.lognormal(8, 2, n)),
            "work": RNG.choice(["State", "Private", None], n, p=[0.1, 0.8, 0.1]),
            "race": pd.Categorical(RNG.choice(["B", "W"], n)),
            "rare": RNG.random(n) < 0.02,
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 999, n), "D"),
        }
    )


def test_every_column_counts_alike():
    frame = mixed(300)
    weights = RNG.random(300)
    weights /= weights.sum()

    for column in frame:
        points = points_of(frame[[column]], weights)

        assert points.dtype == np.float32
        np.testing.assert_allclose(weights @ points, 0, atol=1e-6)
        np.testing.assert_allclose((weights @ points**2).sum(), 1, rtol=1e-5)


def test_columns_lie_side_by_side():
    frame = mixed(50)

    whole = distances(points_of(frame))

    np.testing.assert_allclose(
        whole, sum(distances(points_of(frame[[column]])) for column in frame), rtol=1e-4, atol=1e-4
    )


def test_numbers_are_standardized():
    numbers = RNG.lognormal(size=(40, 1))

    np.testing.assert_allclose(
        points_of(numbers), (numbers - numbers.mean()) / numbers.std(), rtol=1e-5
    )


def test_dates_are_numbers():
    days = np.array(["2020-01-01", "2020-01-03", "2020-01-04"], dtype="M8[D]")

    np.testing.assert_allclose(
        points_of(pd.DataFrame({"x": days})), points_of([[0.0], [2.0], [3.0]]), atol=1e-6
    )


def test_different_categories_are_equally_far_apart():
    found = distances(points_of([["a"], ["b"], ["c"], ["a"], [None]]))

    np.testing.assert_allclose(found[0], found[0, 1] * np.array([0, 1, 1, 0, 1]), atol=1e-6)


def test_category_of_two_values_is_as_a_number_of_two_values():
    flags = RNG.random((60, 1)) < 0.1

    np.testing.assert_allclose(
        distances(points_of(np.where(flags, "yes", "no"))),
        distances(points_of(flags.astype(float))),
        rtol=1e-4,
        atol=1e-4,
    )


def test_missing_value_is_as_far_from_the_others_as_these_from_each_other():
    numbers = RNG.normal(size=(400, 1))
    numbers[:40] = np.nan

    found = distances(points_of(numbers))

    assert (found[:40, :40] == 0).all()
    present = found[40:, 40:]
    np.testing.assert_allclose(found[:40, 40:].mean(), present.mean(), rtol=0.01)


def test_rare_categories_share_a_place():
    levels = [f"common {i}" for i in range(100)] * 2 + ["rare 1", "rare 2"]

    found = distances(points_of(pd.DataFrame({"x": levels})))

    assert found[200, 201] == 0
    assert (found[200, :200] > 0).all()
    assert points_of(pd.DataFrame({"x": levels})).shape[1] == 101


@pytest.mark.parametrize("cells", [[1.5, 1.5], ["a", "a"], [None, None], [np.nan, np.nan]])
def test_constant_columns_do_not_count(cells):
    assert points_of([[cell] for cell in cells]).shape == (2, 0)


def test_objects_that_are_numbers_are_numbers():
    frame = mixed(80)[["age", "gain"]]

    np.testing.assert_allclose(points_of(frame.astype(object)), points_of(frame), rtol=1e-6)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("native", [np.array, sp.csr_matrix])
def test_infinite_values_are_refused_by_column(native, value):
    table = as_table(native([[1.0, 2.0], [3.0, value]]), features=["age", "gain"])

    with pytest.raises(
        InvalidInputError, match=r"column 'gain' holds -?inf, which is infinitely far"
    ):
        embed(table, np.full(2, 0.5))


def test_sparse_rows_are_divided_by_the_largest_value():
    dense = np.array([[0.0, -4.0, 0.0], [2.0, 1.0, 0.0], [1.0, 0.0, 0.0]])

    points = points_of(sp.csr_array(dense))

    assert sp.issparse(points)
    np.testing.assert_array_equal(points.toarray(), [[0, -1], [1, 0.25], [0.5, 0]])


def test_missing_sparse_cells_lie_in_a_direction_of_their_own():
    points = points_of(sp.csr_matrix([[np.nan, 1.0], [2.0, 0.0]]))

    np.testing.assert_array_equal(points.toarray(), [[0, 1, 1], [1, 0, 0]])


def test_rows_given_are_left_alone():
    sparse = sp.csr_matrix([[np.nan, 2.0]])
    points_of(sparse)

    np.testing.assert_array_equal(sparse.toarray(), [[np.nan, 2.0]])
