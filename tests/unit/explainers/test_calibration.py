import numpy as np
import pandas as pd
import pytest

from pellucid import KernelExplainer
from pellucid.data.background import Background, as_background
from pellucid.data.table import as_table
from pellucid.explainers.calibration import (
    LEAST_DRAWN,
    calibration_for,
    make_basis,
)
from pellucid.explainers.rounds import RowInWork

rng = np.random.default_rng(2)


# -- functions of the cells ---------------------------------------------------------------------------


def functions(rows, n_knots=4):
    background = as_background(rows)
    n, d = background.table.n_rows, background.table.n_features
    basis = make_basis(background, np.arange(d), n_knots)
    return basis, basis.of(np.arange(n), slice(0, d))


def test_numbers_are_weighed_between_knots():
    x = np.sort(rng.normal(size=200))
    basis, found = functions(np.stack([x, x], axis=1))
    np.testing.assert_allclose(found.sum(axis=2), 1)
    assert ((found > 0).sum(axis=2) <= 2).all()
    # A function that is straight between the knots is met exactly, so a straight line is.
    coefficients = np.linalg.lstsq(found[0], x, rcond=None)[0]
    np.testing.assert_allclose(found[0] @ coefficients, x, atol=1e-12)
    np.testing.assert_allclose(basis.sums(np.arange(50), x[:50]), (x[:50] @ found[:, :50]))


def test_missing_numbers_have_a_function_of_their_own():
    _, found = functions(np.array([[1.0], [np.nan], [2.0], [np.nan], [5.0]]))
    places = found[0].argmax(axis=1)
    assert places[1] == places[3]
    assert (found[0][[1, 3]].sum(axis=1) == 1).all()
    assert (found[0][[0, 2, 4]][:, places[1]] == 0).all()


def test_few_different_numbers_are_told_apart():
    _, found = functions(np.array([[0.0], [1.0], [0.0], [1.0], [1.0]]))
    assert (found[0] == found[0][[0, 1, 0, 1, 1]]).all()
    assert (found[0][0] != found[0][1]).any()


def test_categories_are_told_apart_where_there_are_few():
    frame = pd.DataFrame(
        {
            "color": ["red", "blue", "red", None, "blue", "red"],
            "name": list("abcdef"),
            "empty": [None] * 6,
            "when": pd.date_range("2020-01-01", periods=6),
        }
    )
    _, found = functions(frame, n_knots=3)
    color, name, empty, when = found
    assert (color[0] == color[2]).all()
    assert len(np.unique(color, axis=0)) == 3
    assert len(np.unique(name, axis=0)) == 1
    assert len(np.unique(empty, axis=0)) == 1
    assert len(np.unique(when, axis=0)) == 6


def test_columns_of_one_player_are_told_apart_together():
    rows = np.array([[0.0, 1.0, 7.0], [1.0, 0.0, 8.0], [0.0, 1.0, 9.0], [1.0, 1.0, 7.0]])
    basis = make_basis(as_background(rows), np.array([0, 0, 1]), 4)
    found = basis.of(np.arange(4), slice(0, 2))
    assert found.shape[:2] == (2, 4)
    assert (found[0][0] == found[0][2]).all()
    assert len(np.unique(found[0], axis=0)) == 3


def test_infinite_and_constant_cells_are_not_told_apart():
    _, found = functions(np.array([[np.inf, 3.0], [1.0, 3.0], [2.0, 3.0]]))
    assert np.isfinite(found).all()
    assert len(np.unique(found[1], axis=0)) == 1


def test_too_many_cells_are_left_alone(monkeypatch):
    monkeypatch.setattr("pellucid.explainers.calibration.MOST_CELLS", 5)
    assert calibration_for(as_background(np.zeros((3, 2))), None, np.zeros((3, 1))) is None


# -- predictions ----------------------------------------------------------------------------------------


def test_values_that_are_a_matter_of_the_own_cell_are_predicted():
    reference = rng.normal(size=(500, 3))
    outputs = (reference**2).sum(axis=1, keepdims=True)
    calibration = calibration_for(as_background(reference), None, outputs)
    values = np.stack([-(reference**2), reference + 1], axis=2)  # (m, d, k)
    drawn = rng.permutation(500)[:150]
    predicted, mean = calibration.predict(drawn, np.arange(500), values[drawn])
    left_over = (values[drawn] - predicted).var(axis=0) / values[drawn].var(axis=0)
    assert (left_over < 0.15).all()
    plain = np.abs(values[drawn].mean(axis=0) - values.mean(axis=0))
    found = (values[drawn] - predicted).mean(axis=0) + mean
    assert np.abs(found - values.mean(axis=0)).sum() < plain.sum() / 3


def test_noise_is_not_predicted_and_no_value_is_predicted_from_itself():
    reference = rng.normal(size=(400, 4))
    calibration = calibration_for(as_background(reference), None, reference[:, :1])
    noise = rng.normal(size=(100, 4, 1))
    drawn = rng.permutation(400)[:100]
    predicted, mean = calibration.predict(drawn, np.arange(400), noise)
    assert ((noise - predicted).var(axis=0) > 0.93 * noise.var(axis=0)).all()
    assert np.abs(mean).max() < 0.2


def test_only_the_rest_counts_for_the_mean():
    reference = np.array([[0.0], [1.0]] * 50)
    weights = np.where(reference[:, 0] == 1, 3.0, 1.0)
    background = Background(as_table(reference), weights / weights.sum())
    calibration = calibration_for(background, None, reference)
    values = (10 * reference)[:, None]
    drawn = np.arange(60)
    predicted, mean = calibration.predict(drawn, np.arange(100), values[drawn])
    known = (values[drawn] - predicted).mean(axis=0) + mean
    np.testing.assert_allclose(known, 7.5, atol=0.2)
    zeros = np.flatnonzero(reference[:, 0] == 0)
    _, mean = calibration.predict(drawn, zeros, values[drawn])
    assert (values[drawn] - predicted).mean() + mean < 0.5


# -- within the explainer ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def problem():
    """Mixed columns, two outputs, six hundred reference rows, exact values of ten rows."""
    local = np.random.default_rng(0)

    def frame(n):
        return pd.DataFrame(
            {
                "a": local.normal(size=n),
                "b": local.exponential(size=n),
                "c": local.choice(["red", "green", "blue"], size=n, p=[0.5, 0.3, 0.2]),
                "d": local.integers(0, 2, size=n),
                "e": np.where(local.random(n) < 0.2, np.nan, local.normal(size=n)),
                "f": local.normal(size=n),
            }
        )

    effect = {"red": 0.0, "green": 1.0, "blue": -2.0}

    def model(X):
        first = X["a"] ** 2 + X["c"].map(effect) * X["b"] + X["d"]
        second = np.abs(X["e"].fillna(2.0)) * (1 + 0.3 * X["d"]) + np.sin(X["f"])
        return np.stack([first, second, first - second], axis=1).astype(float)

    background, rows = frame(600), frame(10)
    exact = KernelExplainer(model, background, budget=10**5).explain_local(rows)
    assert exact.stats.exact
    return model, background, rows, exact


def explain(problem, seed, budget=600):
    model, background, rows, exact = problem
    explainer = KernelExplainer(model, background, budget=budget, random_state=seed)
    return explainer.explain_local(rows), exact


def test_mixed_columns_and_several_outputs_gain_and_stay_honest(problem, monkeypatch):
    errors, stated = [], []
    for seed in range(5):
        found, exact = explain(problem, seed)
        errors.append(found.values - exact.values)
        stated.append(found.std_error)
    errors, stated = np.array(errors), np.array(stated)
    assert errors.size == 900
    assert 0.9 <= (np.abs(errors) <= 1.96 * stated + 1e-12).mean() <= 1.0
    assert 0.85 < np.sqrt((stated**2).mean() / (errors**2).mean()) < 1.6
    monkeypatch.setattr(RowInWork, "_predictor", lambda *_: None)
    plain = [np.subtract(*(each.values for each in explain(problem, seed))) for seed in range(5)]
    assert np.sqrt(np.mean(np.square(errors))) < 0.7 * np.sqrt(np.mean(np.square(plain)))


def test_groups_of_columns_are_calibrated_by_their_own_cells_together(problem):
    model, background, rows, _ = problem
    groups = {"both": ["b", "c"], "flags": ["d"]}
    errors, stated = [], []
    exact = KernelExplainer(model, background, groups=groups, budget=10**5).explain_local(rows)
    for seed in range(3):
        explainer = KernelExplainer(model, background, groups=groups, budget=480, random_state=seed)
        found = explainer.explain_local(rows)
        assert found.features == ("a", "both", "flags", "e", "f")
        errors.append(found.values - exact.values)
        stated.append(found.std_error)
    assert 0.9 <= (np.abs(errors) <= 1.96 * np.array(stated) + 1e-12).mean() <= 1.0


def test_calibrated_values_add_up_and_leave_equal_cells_at_zero(problem):
    model, background, rows, _ = problem
    constant = background.assign(f=rows["f"][0])
    found = KernelExplainer(model, constant, budget=600).explain_local(rows)
    assert found.stats.sampling.n_references >= LEAST_DRAWN
    assert found.stats.efficiency_gap < 1e-12
    np.testing.assert_array_equal(found.values[0, 5], 0)
    np.testing.assert_array_equal(found.std_error[0, 5], 0)


def test_few_draws_are_not_calibrated(problem, monkeypatch):
    found, _ = explain(problem, 0, budget=LEAST_DRAWN * 7)
    monkeypatch.setattr(RowInWork, "_predictor", lambda *_: None)
    np.testing.assert_array_equal(found.values, explain(problem, 0, LEAST_DRAWN * 7)[0].values)
