"""Partial dependence and accumulated local effects: right by definition, with honest errors."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from oracles.effects import level_effects, numeric_effects
from sklearn.inspection import partial_dependence as theirs
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures

import pellucid
from pellucid import FeatureMismatchError, InvalidInputError
from pellucid.explainers.effects_grid import similarity_order

rng = np.random.default_rng(0)
X = rng.normal(size=(120, 3))
THREE = np.digitize(X[:, 0] + X[:, 1] ** 2, [0.3, 1.5])
MODEL = make_pipeline(PolynomialFeatures(2), LogisticRegression()).fit(X, THREE)
pdp, ale = pellucid.partial_dependence, pellucid.accumulated_local_effects
both = pytest.mark.parametrize("effect_of", [pdp, ale])


def bumpy(rows):
    return rows[:, 0] ** 2 * np.sign(rows[:, 1]) + np.sin(3 * rows[:, 0]) * rows[:, 2]


def test_partial_dependence_is_scikit_learns():
    found = pdp(MODEL, X, 0, ice=True, grid_resolution=9)
    expected = theirs(
        MODEL, X, [0], kind="both", method="brute", custom_values={0: np.array(found.grid)}
    )
    np.testing.assert_allclose(found.values.T, expected["average"])
    np.testing.assert_allclose(found.ice.transpose(2, 0, 1), expected["individual"])
    assert len(found.grid) == 9
    assert (found.grid[0], found.grid[-1]) == (X[:, 0].min(), X[:, 0].max())
    assert found.stats.n_evaluations == 120 * 10
    np.testing.assert_allclose(found.base_values, MODEL.predict_proba(X).mean(axis=0))


def test_curves_can_start_at_zero():
    plain = pdp(bumpy, X, 0, ice=True)
    found = pdp(bumpy, X, 0, ice=True, centered=True)
    np.testing.assert_allclose(found.ice, plain.ice - plain.ice[:, :1])
    np.testing.assert_allclose(found.values, plain.values - plain.values[0])
    assert found.std_error[0] == 0
    errors = found.ice.std(axis=0, ddof=1) / np.sqrt(120)
    np.testing.assert_allclose(found.std_error, errors)


@pytest.mark.parametrize("resolution", [4, 20, 500])
def test_local_effects_of_numbers_follow_their_definition(resolution):
    rows = np.vstack([X, X[:5]])
    found = ale(bumpy, rows, 0, grid_resolution=resolution)
    expected = numeric_effects(bumpy, rows, 0, found.grid)
    np.testing.assert_allclose(found.values[:, 0], expected, atol=1e-12)
    assert found.counts.sum() == 125


def test_local_effects_of_levels_follow_their_definition():
    rows = X.copy()
    rows[:, 0] = rng.integers(0, 4, size=120)
    found = ale(bumpy, rows, 0, categorical=True, order=[2.0, 0.0, 3.0, 1.0])
    assert found.grid == (2.0, 0.0, 3.0, 1.0)
    expected = level_effects(bumpy, rows, 0, found.grid)
    np.testing.assert_allclose(found.values[:, 0], expected, atol=1e-12)
    np.testing.assert_allclose(found.counts @ found.values, 0, atol=1e-10)


def test_linear_models_have_straight_effects():
    model = LinearRegression().fit(X, X @ [3.0, -1.0, 0.0] + 5)
    for found in (pdp(model, X, 0), ale(model, X, 0)):
        slopes = np.diff(found.values[:, 0]) / np.diff(found.grid)
        np.testing.assert_allclose(slopes, 3.0)


def test_correlated_inputs_tell_the_two_apart():
    # f = x1 x2 with correlation 0.8: partial dependence is flat, local effects are 0.4 x1^2.
    n, rho = 20_000, 0.8
    first = rng.normal(size=n)
    rows = np.column_stack([first, rho * first + np.sqrt(1 - rho**2) * rng.normal(size=n)])
    flat = pdp(lambda r: r[:, 0] * r[:, 1], rows, 0, max_rows=None, grid_resolution=21)
    curved = ale(lambda r: r[:, 0] * r[:, 1], rows, 0, grid_resolution=41)
    inner = slice(2, -2)
    points = np.array(flat.grid)[inner]
    mean = rows[:, 1].mean()
    np.testing.assert_allclose(flat.values[inner, 0], points * mean, atol=1e-10)
    points = np.array(curved.grid)[inner]
    np.testing.assert_allclose(curved.values[inner, 0], rho / 2 * (points**2 - 1), atol=0.06)


@both
def test_standard_errors_cover_the_population(effect_of):
    def f(rows):
        return rows[:, 0] ** 2 + 2 * rows[:, 0] * rows[:, 1]

    covered = []
    normal = np.random.default_rng(1).normal(size=50_000)
    for seed in range(150):
        numbers = np.random.default_rng(seed)
        rows = numbers.normal(size=(150, 2))
        found = effect_of(f, rows, 0, grid_resolution=8)
        points = np.array(found.grid)[2:-2]
        truth = points**2
        if effect_of is ale:  # around the mean of the curve that joins the points
            truth = truth - np.interp(normal, found.grid, np.square(found.grid)).mean()
        errors = found.std_error[2:-2, 0]
        covered.append(np.abs(found.values[2:-2, 0] - truth) <= 1.96 * errors)
    assert 0.9 <= np.mean(covered) <= 0.99


def test_standard_errors_of_levels_cover_the_population():
    covered = []
    for seed in range(200):
        numbers = np.random.default_rng(seed)
        rows = np.column_stack(
            [numbers.choice(3, p=[0.5, 0.3, 0.2], size=120), numbers.normal(1, 1, size=120)]
        )
        found = ale(lambda r: r[:, 0] * r[:, 1], rows, 0, categorical=True, order="given")
        covered.append(
            np.abs(found.values[:, 0] - (np.arange(3) - 0.7)) <= 1.96 * found.std_error[:, 0]
        )
    assert 0.9 <= np.mean(covered) <= 0.99


@both
def test_missing_values_are_a_point_of_their_own(effect_of):
    rows = X.copy()
    rows[::4, 0] = np.nan

    def f(rows):
        return np.where(np.isnan(rows[:, 0]), 7.0, 2 * rows[:, 0])

    found = effect_of(f, rows, 0)
    assert found.grid[-1] is None
    assert found.counts[-1] == 30
    present = rows[~np.isnan(rows[:, 0]), 0]
    if effect_of is pdp:
        assert found.values[-1, 0] == 7
    else:
        grid = np.array(found.grid[:-1])
        curve = np.interp(present, grid, 2 * grid)
        assert found.values[-1, 0] == pytest.approx(7 - curve.mean())
    np.testing.assert_allclose(np.diff(found.values[:-1, 0]), 2 * np.diff(found.grid[:-1]))
    assert "missing" in repr(found)


@both
def test_data_frames_keep_their_types(effect_of):
    frame = pd.DataFrame(
        {
            "color": pd.Categorical(["red", "blue", None, "green"] * 30),
            "grade": pd.Categorical(
                ["low", "mid", "high"] * 40, ["low", "mid", "high"], ordered=True
            ),
            "date": pd.date_range("2024-01-01", periods=120),
            "count": pd.array([1, None, 3] * 40, dtype="Int64"),
            "flag": np.arange(120) % 2 == 0,
        }
    )
    seen = []

    def predict(rows):
        seen.append((rows.dtypes == frame.dtypes).all())
        return (rows["grade"] == "high").to_numpy(float) + rows["flag"].to_numpy()

    grids = {name: effect_of(predict, frame, name).grid for name in frame}
    assert all(seen)
    assert grids["color"][-1] is None
    assert sorted(grids["color"][:-1]) == ["blue", "green", "red"]
    assert grids["grade"] == ("low", "mid", "high")
    assert len(grids["date"]) == 20
    assert grids["count"] == (1, 3, None)
    assert grids["flag"] == (False, True)
    assert effect_of(predict, frame, "flag").quantiles is None
    flag = effect_of(predict, frame, "flag").values[:, 0]
    assert flag[1] - flag[0] == 1


def test_levels_next_to_each_other_are_alike():
    size = np.repeat([0.0, 5.0, 10.0, 15.0], 30) + 4 * rng.normal(size=120)
    town = np.repeat(["d", "a", "c", "b"], 30)
    table = pellucid.data.table.as_table(pd.DataFrame({"town": town, "size": size}))
    place = np.repeat(np.arange(4), 30)
    assert similarity_order(table, 0, place, ["d", "a", "c", "b"]) in ([0, 1, 2, 3], [3, 2, 1, 0])
    frame = pd.DataFrame({"town": town, "size": size, "kind": np.where(size > 7, "big", "small")})
    found = ale(lambda rows: rows["size"].to_numpy(), frame, "town")
    assert found.grid in (("d", "a", "c", "b"), ("b", "c", "a", "d"))
    assert not found.values.any()
    assert ale(lambda rows: rows["size"].to_numpy(), frame, "town", order="given").grid == (
        "a",
        "b",
        "c",
        "d",
    )


@both
def test_sparse_rows_are_like_dense_ones(effect_of):
    dense = np.where(rng.random(X.shape) < 0.5, 0.0, X)
    model = LogisticRegression().fit(dense, THREE)
    one, other = (effect_of(model, rows, 1) for rows in (dense, sp.csr_matrix(dense)))
    assert one.grid == other.grid
    np.testing.assert_allclose(one.values, other.values)
    np.testing.assert_allclose(one.std_error, other.std_error)


@both
def test_results_depend_on_content_and_seed_alone(effect_of):
    found = effect_of(MODEL, X, 1)
    again = effect_of(MODEL, X, 1, batch_size=50)
    np.testing.assert_allclose(again.values, found.values)
    order = rng.permutation(120)
    moved = effect_of(MODEL, X[order], 1)
    np.testing.assert_allclose(moved.values, found.values)
    some = effect_of(MODEL, X, 1, max_rows=40)
    assert (some.stats.n_rows, some.stats.n_rows_given) == (40, 120)
    np.testing.assert_allclose(effect_of(MODEL, X[order], 1, max_rows=40).values, some.values)
    assert effect_of(MODEL, X, 1, max_rows=40, random_state=1) != some
    assert "40 rows sampled from 120" in repr(some)


@both
def test_pipelines_have_effects_of_raw_columns(effect_of):
    frame = pd.DataFrame({"color": ["red", "blue"] * 60, "shape": ["x", "y", "z"] * 40})
    model = make_pipeline(OneHotEncoder(), LogisticRegression())
    model.fit(frame, frame["color"] == "red")
    found = effect_of(model, frame, "color", classes=["other", "reddish"], output="raw")
    assert found.grid == ("blue", "red")
    assert found.values[1, 1] > found.values[0, 1]
    assert list(found.to_frame()) == [
        "value",
        "count",
        "effect (other)",
        "std_error (other)",
        "effect (reddish)",
        "std_error (reddish)",
    ]
    assert pickle.loads(pickle.dumps(found)) == found


@both
def test_constant_columns_have_one_point(effect_of):
    rows = X.copy()
    rows[:, 0] = 4.0
    found = effect_of(MODEL, rows, 0)
    assert found.grid == (4.0,)
    assert found.values.shape == (1, 3)
    one = effect_of(MODEL, X[:1], 0)
    assert one.grid == (X[0, 0],)
    assert repr(one)


@both
@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"feature": "age"}, FeatureMismatchError, "'age', which is no column"),
        ({"feature": 3}, FeatureMismatchError, "there are 3 columns"),
        ({"feature": None}, InvalidInputError, "a name or a position"),
        ({"grid_resolution": 1}, InvalidInputError, "grid_resolution"),
        ({"max_rows": 0}, InvalidInputError, "max_rows"),
        ({"output": "odds"}, InvalidInputError, "output must be one of"),
        ({"order": "best", "categorical": True}, InvalidInputError, "order must be"),
        ({"order": [1], "categorical": True}, InvalidInputError, "each of the levels once"),
        ({"features": ["a"]}, FeatureMismatchError, "features has 1 names"),
        ({"X": X[:, :2]}, FeatureMismatchError, "X has 2 columns"),
        ({"X": np.full((4, 3), np.nan)}, InvalidInputError, "'0' has no values"),
        ({"X": np.full((4, 3), np.inf)}, InvalidInputError, "infinite"),
    ],
)
def test_what_is_wrong_is_said(effect_of, given, error, said):
    with pytest.raises(error, match=said):
        effect_of(**{"model": MODEL, "X": X, "feature": 0, **given})
