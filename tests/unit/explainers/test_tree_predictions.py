"""Predictions are what the trees add up to, as long as those are the model's own."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import numpy as np
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)

from pellucid import InvalidInputError, TreeExplainer
from pellucid.explainers.tree_predictions import FEW_ROWS, ROWS_COMPARED
from pellucid.models.adapt import adapt

rng = np.random.default_rng(5)
X = np.round(rng.normal(size=(300, 4)), 1)
Y = X[:, 0] * X[:, 1] + X[:, 2]
HOLED = np.where(rng.random(X.shape) < 0.2, np.nan, X)


def forest(X):
    return RandomForestRegressor(5, max_depth=4, random_state=0).fit(X, Y)


def predicting(model, change):
    """A model that predicts what ``change`` makes of its rows and its own predictions."""
    adapted = adapt(model)

    def predict(table):
        return change(table.to_matrix(), adapted.predict(table))

    return replace(adapted, outputs={"value": predict})


def twice(_rows, predictions):
    return 2 * predictions


def explained(explainer, rows):
    explanation = explainer.explain_local(rows)
    gap = explanation.values.sum(axis=1) + explanation.base_values - explanation.predictions
    return explanation, np.abs(gap).max()


# -- models that do not predict what their trees say ------------------------------------------------


@pytest.mark.parametrize("arguments", [(), (X[:20],)])
@pytest.mark.parametrize("n_rows", [1, 5, 300])
def test_a_model_that_predicts_otherwise_is_found_out_at_once(n_rows, arguments):
    model = predicting(forest(X), twice)
    explanation, gap = explained(TreeExplainer(model, *arguments), X[:n_rows])
    assert not explanation.stats.exact
    assert any("do not add up" in warning for warning in explanation.stats.warnings)
    expected = 2 * model.native.predict(X[:n_rows])
    np.testing.assert_array_equal(explanation.predictions[:, 0], expected)
    assert gap > 0.01


def test_it_is_found_out_again_in_every_call():
    explainer = TreeExplainer(predicting(forest(X), twice))
    for _ in range(3):
        assert not explainer.explain_local(X[0]).stats.exact


@pytest.mark.parametrize("n_rows", [FEW_ROWS + 1, 300])
def test_a_model_that_was_fitted_again_is_found_out(n_rows):
    model = forest(X)
    explainer = TreeExplainer(model, X[:20])
    assert explainer.explain_local(X).stats.exact
    model.fit(X, 3 - 2 * Y)
    explanation, _ = explained(explainer, X[:n_rows])
    assert not explanation.stats.exact
    np.testing.assert_array_equal(explanation.predictions[:, 0], model.predict(X[:n_rows]))


def test_a_model_that_treats_missing_values_otherwise_is_found_out():
    def treat(rows, predictions):
        return predictions + 10.0 * np.isnan(rows).any(axis=1, keepdims=True)

    explainer = TreeExplainer(predicting(forest(X), treat))
    rows = X.copy()
    rows[217, 1] = np.nan
    assert explainer.explain_local(X).stats.exact
    assert not explainer.explain_local(rows).stats.exact
    assert not explainer.explain_local(rows[217]).stats.exact


# -- models that are right --------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [1e308, -1e308])
def test_rows_that_add_up_to_more_than_a_number_holds_are_as_good_as_any(cell):
    model = HistGradientBoostingRegressor(max_iter=5).fit(X, Y)
    rows = np.where(np.arange(300)[:, np.newaxis] % 2, X, cell)
    explanation, gap = explained(TreeExplainer(model), rows)
    np.testing.assert_allclose(explanation.predictions[:, 0], model.predict(rows), rtol=1e-12)
    assert explanation.stats.exact
    assert gap < 1e-12


@pytest.mark.parametrize("arguments", [(), (X[:20],)])
def test_predictions_are_the_model_s_own_and_values_add_up_to_them(arguments):
    model = GradientBoostingClassifier(n_estimators=20, random_state=0).fit(X, Y > 0)
    explanation, gap = explained(TreeExplainer(model, *arguments), X)
    own = model.decision_function(X)
    np.testing.assert_allclose(explanation.predictions[:, 1], own, rtol=1e-12, atol=1e-12)
    assert explanation.stats.exact
    assert gap <= 1e-9 * np.abs(own).max()


def test_float32_models_are_not_found_guilty_of_rounding():
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBRegressor(n_estimators=200, max_depth=5, n_jobs=1).fit(HOLED, Y)
    explainer = TreeExplainer(model, HOLED[:50])
    explanation, gap = explained(explainer, HOLED)
    own = model.predict(HOLED)
    np.testing.assert_allclose(explanation.predictions[:, 0], own, atol=1e-5 * np.abs(own).max())
    assert explanation.stats.exact
    assert gap <= 1e-9 * np.abs(own).max()
    for row in HOLED[:20]:
        assert explainer.explain_local(row).stats.exact


def counting(asked):
    """A model that notes how many rows it is asked for in each call."""

    def note(rows, predictions):
        asked.append(len(rows))
        return predictions

    return predicting(forest(HOLED), note)


def test_few_rows_ask_the_model_the_first_time_only():
    asked = []
    explainer = TreeExplainer(counting(asked))
    for rows in (X[0], X[1], X[:FEW_ROWS], X[2]):
        explainer.explain_local(rows)
        assert asked == [1]
    explainer.explain_local(X[: FEW_ROWS + 1])
    assert asked == [1, FEW_ROWS + 1]


def test_rows_with_missing_values_ask_the_model_every_time():
    asked = []
    explainer = TreeExplainer(counting(asked))
    row = HOLED[np.isnan(HOLED).any(axis=1)][0]
    for n in (1, 2):
        explainer.explain_local(row)
        assert asked == [1] * n


def test_many_rows_are_asked_by_sample():
    asked = []
    TreeExplainer(counting(asked)).explain_local(X)
    assert asked == [ROWS_COMPARED]


# -- rows that a model refuses ----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:overflow")  # scikit-learn's own
@pytest.mark.parametrize("n_rows", [1, 300])
@pytest.mark.parametrize("cell", [np.inf, -np.inf, 1e300])
def test_a_row_that_the_model_refuses_is_refused_in_its_words(cell, n_rows):
    explainer = TreeExplainer(forest(X))
    explainer.explain_local(X)
    rows = X[:n_rows].copy()
    rows[n_rows * 2 // 3, 2] = cell
    with pytest.raises(InvalidInputError, match=r"infinite or huge values, .* in column '2'"):
        explainer.explain_local(rows)


def test_a_refused_row_is_not_lost_among_many_that_are_merely_unusual():
    explainer = TreeExplainer(forest(HOLED))
    rows = HOLED.copy()
    rows[:100, 1] = np.nan
    assert explainer.explain_local(rows).stats.exact
    rows[217, 2] = np.inf
    with pytest.raises(InvalidInputError, match=r"infinite or huge values, .* in column '2'"):
        explainer.explain_local(rows)


def test_missing_values_in_one_column_only_may_be_refused():
    def refuse(rows, predictions):
        if np.isnan(rows[:, 3]).any():
            raise ValueError("column 3 contains NaN")
        return predictions

    rows = X.copy()
    rows[:100, 1] = np.nan
    explainer = TreeExplainer(predicting(forest(HOLED), refuse))
    assert explainer.explain_local(rows).stats.exact
    rows[217, 3] = np.nan
    with pytest.raises(InvalidInputError, match=r"missing values, .* columns '1', '3'"):
        explainer.explain_local(rows)


# -- several threads --------------------------------------------------------------------------------

SETTINGS = {
    "path-dependent": ((), {}),
    "interventional": ((X[:40],), {}),
    "rescaled": ((X[:40],), {"output": "probability"}),
}


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("setting", SETTINGS)
def test_calls_from_several_threads_change_no_bit_of_each_other(setting, n_jobs):
    arguments, options = SETTINGS[setting]
    model = GradientBoostingClassifier(n_estimators=20, max_depth=4, random_state=0).fit(X, Y > 0)
    explainer = TreeExplainer(model, *arguments, **options, n_jobs=n_jobs)
    sizes = [1, 3, 17, 64, 65, 150, 299, 300] * 4
    expected = [explainer.explain_local(X[:size]) for size in sizes]
    fresh = TreeExplainer(model, *arguments, **options, n_jobs=n_jobs)
    together = Barrier(8)

    def explain(size):
        together.wait()
        return fresh.explain_local(X[:size])

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(explain, sizes))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        np.testing.assert_array_equal(one.base_values, other.base_values)
        np.testing.assert_array_equal(one.predictions, other.predictions)
        assert one.stats.exact == other.stats.exact
