"""Every exact explainer of every model adds up to the model's own prediction."""

import numpy as np
import pytest
from contract.model_cases import CASES, fitted, own_prediction

from pellucid import LinearExplainer, TabularExplainer, TreeExplainer


def explainers_of(case, model, background):
    if case.kind == "linear":
        yield LinearExplainer(model, background)
        return
    yield TreeExplainer(model)
    if case.kind == "tree":
        yield TreeExplainer(model, background)
        if case.n_classes > 0 and "raw" in TreeExplainer(model).model.outputs:
            yield TreeExplainer(model, background, output="probability")


@pytest.mark.parametrize("name", CASES)
def test_values_and_base_add_up_to_the_prediction(name):
    case, model = CASES[name], fitted(name)
    X, background = case.rows(1), case.rows(0)[:50]
    for explainer in explainers_of(case, model, background):
        explanation = explainer.explain_local(X)
        assert explanation.values.shape[:2] == (1000, X.shape[1])
        expected = own_prediction(model, X, explanation.output_space)
        total = explanation.values.sum(axis=1) + explanation.base_values
        scale = np.abs(expected).max()
        assert np.abs(total - expected).max() <= max(1e-9, case.precision) * scale
        assert explanation.stats.efficiency_gap <= 1e-9
        assert explanation.stats.exact == ("rescaled" not in explanation.stats.method)


@pytest.mark.parametrize("name", CASES)
def test_automatic_choice_is_exact(name):
    case, model = CASES[name], fitted(name)
    explainer = TabularExplainer(model, case.rows(0)[:50])
    expected = "LinearExplainer" if case.kind == "linear" else "TreeExplainer"
    assert type(explainer.explainer).__name__ == expected
    assert explainer.explain_global(case.rows(1)[:20]).stats.exact
