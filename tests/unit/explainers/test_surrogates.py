"""Fitted surrogates by themselves: rules, predictions, export, and what a report tells of them."""

import pickle

import lightgbm
import numpy as np
import pytest
from unit.explainers.mimic_cases import FEW, ROWS, X, classifier, of_people, people, wavy

from pellucid import (
    DecisionTreeExplainableModel,
    InvalidInputError,
    LGBMExplainableModel,
    LinearExplainableModel,
    MimicExplainer,
    TreeExplainer,
)
from pellucid.plots import write_report


def test_rules_lead_every_row_to_its_prediction():
    frame = people()
    explainer = MimicExplainer(of_people, frame, DecisionTreeExplainableModel, **FEW)
    rules = explainer.surrogate.rules()
    assert 2 < rules.n_rules <= 64
    lines = str(rules).splitlines()
    assert any(line.strip().startswith("age <= ") for line in lines)
    assert any("color is red" in line for line in lines)
    assert 'hours "[h]"' not in lines[0]
    complete = frame.dropna()
    predicted = explainer.surrogate.predict(complete)[:, 0]
    for i in range(0, len(complete), 23):
        row, node = complete.iloc[i], rules.nodes[0]
        while node.children:
            answers = [rules.nodes[child] for child in node.children]
            [node] = [answer for answer in answers if holds(answer.condition, row)]
        assert node.outputs[0] == pytest.approx(predicted[i])
    shares = [node.share for node in rules.nodes if not node.children]
    assert sum(shares) == pytest.approx(1)
    few = rules.pruned(5)
    assert few.n_rules == 5
    assert sum(node.share for node in few.nodes if not node.children) == pytest.approx(1)


def holds(condition, row):
    """Whether a condition such as "age <= 30" is true of a row."""
    for words, test in (
        (" is not ", lambda cell, said: str(cell) != said),
        (" is ", lambda cell, said: str(cell) == said),
        (" <= ", lambda cell, said: cell <= float(said)),
        (" > ", lambda cell, said: cell > float(said)),
    ):
        if words in condition:
            name, said = condition.split(words)
            return test(row[name], said)
    raise AssertionError(condition)


def test_rules_name_the_classes():
    explainer = MimicExplainer(
        classifier(3), X, DecisionTreeExplainableModel, classes=["low", "middle", "high"], **FEW
    )
    rules = explainer.surrogate.rules()
    assert rules.classes == ("low", "middle", "high")
    for node in rules.nodes:
        assert sum(node.outputs) == pytest.approx(1)
    assert "high 0." in str(rules)
    with pytest.raises(InvalidInputError, match="only a decision tree has rules"):
        MimicExplainer(wavy, X, LinearExplainableModel, **FEW).surrogate.rules()


def test_report_has_a_section_on_fidelity(tmp_path):
    explainer = MimicExplainer(classifier(3), X, DecisionTreeExplainableModel, **FEW)
    page = write_report(explainer.explain_global(ROWS), tmp_path / "report.html").read_text()
    assert "How well the surrogate follows the model" in page
    assert explainer.fidelity.verdict in page
    assert page.count("<td") > 9
    exact = TreeExplainer(explainer.surrogate.natives[0][-1], X).explain_global(ROWS)
    page = write_report(exact, tmp_path / "exact.html").read_text()
    assert "surrogate" not in page
    streamed = explainer.explain_global(ROWS, include_local=False)
    page = write_report(streamed, tmp_path / "streamed.html").read_text()
    assert "How well the surrogate follows the model" in page


def test_fitted_surrogate_is_used_by_itself(tmp_path):
    explainer = MimicExplainer(wavy, X, LGBMExplainableModel, **FEW)
    surrogate = pickle.loads(pickle.dumps(explainer.surrogate))
    np.testing.assert_array_equal(surrogate.predict(ROWS), explainer.surrogate.predict(ROWS))
    [native] = surrogate.natives
    native.save_model(tmp_path / "surrogate.txt")
    again = lightgbm.Booster(model_file=tmp_path / "surrogate.txt")
    np.testing.assert_allclose(again.predict(ROWS), surrogate.predict(ROWS)[:, 0])
    with pytest.raises(InvalidInputError, match="predicts in 'value' units"):
        surrogate.predict_proba(ROWS)
