"""Every exact explainer of every model adds up to the model's own prediction."""

import warnings

import numpy as np
import pytest
from contract.model_cases import CASES, fitted

from pellucid import LinearExplainer, TabularExplainer, TreeExplainer


def own_prediction(case, model, X, space):
    """Ask the library itself, in its own words, for what is being explained."""
    if space == "value":
        return model.predict(X).reshape(len(X), -1)
    if space == "probability":
        return model.predict_proba(X)
    library = type(model).__module__.split(".")[0]
    if type(model).__name__ == "IsolationForest":
        from sklearn.ensemble._iforest import _average_path_length

        scale = _average_path_length([model.max_samples_])
        return (-np.log2(-model.score_samples(X)) * scale).reshape(-1, 1)
    if library == "lightgbm":
        margin = model.predict(X, raw_score=True)
    elif library == "xgboost":
        margin = model.predict(X, output_margin=True)
    elif library == "catboost":
        margin = model.predict(X, prediction_type="RawFormulaVal")
    else:
        margin = model.decision_function(X)
    return np.stack([-margin, margin], axis=1) if margin.ndim == 1 else margin


def explainers_of(case, model, background):
    if case.kind == "linear":
        yield LinearExplainer(model, background)
        return
    yield TreeExplainer(model)
    if case.kind == "tree":
        yield TreeExplainer(model, background)
        if case.n_classes and "raw" in TreeExplainer(model).model.outputs:
            yield TreeExplainer(model, background, output="probability")


@pytest.mark.parametrize("name", CASES)
def test_values_and_base_add_up_to_the_prediction(name):
    case, model = CASES[name], fitted(name)
    X, background = case.rows(1), case.rows(0)[:50]
    for explainer in explainers_of(case, model, background):
        explanation = explainer.explain_local(X)
        assert explanation.values.shape[:2] == (1000, X.shape[1])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the libraries' own notes
            expected = own_prediction(case, model, X, explanation.output_space)
        if explanation.values.shape[2] == 2 and expected.shape[1] == 1:
            expected = np.hstack([-expected, expected])
        total = explanation.values.sum(axis=1) + explanation.base_values
        scale = np.abs(expected).max()
        assert np.abs(total - expected).max() <= max(1e-6, case.precision) * scale
        assert explanation.stats.efficiency_gap <= 1e-6
        assert explanation.stats.exact


@pytest.mark.parametrize("name", CASES)
def test_automatic_choice_is_exact(name):
    case, model = CASES[name], fitted(name)
    explainer = TabularExplainer(model, case.rows(0)[:50])
    expected = "LinearExplainer" if case.kind == "linear" else "TreeExplainer"
    assert type(explainer.explainer).__name__ == expected
    assert explainer.explain_global(case.rows(1)[:20]).stats.exact
