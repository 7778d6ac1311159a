"""What a live host answers about cohorts, labels and engineered columns, against NumPy and scikit-learn."""

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.cohort_oracle import cohort_rows
from sklearn import metrics
from unit.dashboard.test_session import decode

from pellucid.dashboard.session import Session

CLASSES = [
    [],
    [["value/1", 0, None]],
    [["prediction/2", 0.2, 0.6], ["contribution/1/0", None, 0.1]],
    [["truth/0", ["class 0", "class 2"]]],
    [["predicted", ["class 1"]], ["outcome", ["wrong"]]],
    [["outcome", ["right", "wrong"]], ["value/0", -1, 1]],
]
CATEGORIES = [
    [["value/0", ["red", None]]],
    [["value/0", [None]]],
    [["value/0", ["no such colour"]]],
    [["value/1", [None]]],
    [["value/1", -1, 1], ["value/0", ["red"]]],
]


def as_params(rules, **more):
    def said(field, first, *second):
        if isinstance(first, list):
            return {"field": field, "levels": first}
        return {"field": field, "low": first, "high": second[0]}

    return {"rules": [said(*rule) for rule in rules], "output": 0, **more}


@pytest.fixture(scope="module")
def labelled():
    explanation, labels = cases.labelled_classes(3, n=200)
    return explanation, labels, Session(explanation, true_labels=labels)


def test_members_are_those_of_pandas(labelled):
    explanation, labels, session = labelled
    for rules in CLASSES:
        answer = session.answer("cohort", as_params(rules, rows=True))
        rows = cohort_rows(explanation, rules, labels)
        assert np.flatnonzero(decode(answer["rows"])).tolist() == rows.tolist()
        assert answer["n"] == len(rows) > 0
        assert answer["prediction"] == pytest.approx(explanation.predictions[rows, 0].mean())
        right = explanation.predictions[rows].argmax(axis=1) == labels[rows]
        assert answer["quality"] == pytest.approx(right.mean())


def test_members_of_categories_and_missing_values():
    explanation = cases.with_categories()
    session = Session(explanation)
    for rules in CATEGORIES:
        answer = session.answer("cohort", as_params(rules, rows=True))
        rows = cohort_rows(explanation, rules)
        assert np.flatnonzero(decode(answer["rows"])).tolist() == rows.tolist()


@pytest.mark.parametrize("rules", CLASSES[1:3])
def test_importances_of_a_cohort_are_those_of_its_rows(labelled, rules):
    explanation, labels, session = labelled
    rows = cohort_rows(explanation, rules, labels)
    for output in (0, 2):
        found = session.answer("aggregates", as_params(rules) | {"output": output})
        values = explanation.values[rows, :, output]
        measures = decode(found["measures"])
        assert measures[0] == pytest.approx(np.abs(values).mean(axis=0), rel=1e-12)
        assert measures[2] == pytest.approx(values.mean(axis=0), rel=1e-12)
        assert decode(found["counts"]).sum(axis=1).tolist() == [len(rows)] * values.shape[1]
    found = session.answer("aggregates", as_params(rules) | {"output": -1})
    overall = np.abs(explanation.values[rows]).mean(axis=(0, 2))
    assert decode(found["measures"])[0] == pytest.approx(overall, rel=1e-12)


def test_a_cohort_without_rows_has_no_numbers(labelled):
    _, _, session = labelled
    nobody = as_params([["value/0", 1e9, None]])
    assert session.answer("cohort", nobody)["n"] == 0
    assert np.isnan(decode(session.answer("aggregates", nobody)["measures"])).all()


def test_quality_of_a_cohort_is_that_of_scikit_learn(labelled):
    explanation, labels, session = labelled
    rules = [["value/1", 0, None]]
    rows = cohort_rows(explanation, rules, labels)
    found = session.answer("performance", as_params(rules) | {"output": 1})
    scores, truth = explanation.predictions[rows], labels[rows]
    counts = metrics.confusion_matrix(truth, scores.argmax(axis=1), labels=range(3))
    assert np.array_equal(decode(found["performance/confusion"]), counts)
    area, precision, brier = decode(found["performance/measures/1"])
    assert area == pytest.approx(metrics.roc_auc_score(truth == 1, scores[:, 1]))
    assert precision == pytest.approx(metrics.average_precision_score(truth == 1, scores[:, 1]))
    assert brier == pytest.approx(metrics.brier_score_loss(truth == 1, scores[:, 1]))
    assert "performance/curve/0" not in found


def test_pages_densities_and_the_nearest_row_keep_to_a_cohort(labelled):
    explanation, labels, session = labelled
    rules = [["outcome", ["wrong"]]]
    rows = cohort_rows(explanation, rules, labels)
    found = session.answer("page", as_params(rules, first=0, count=500))
    assert [line["row"] for line in found["lines"]] == rows.tolist()
    place = {"x": "value/0", "y": "error/0", "width": 6, "height": 6}
    whole = session.answer("density", place)
    part = session.answer("density", as_params(rules) | place)
    assert decode(part["counts"]).sum() == part["n"] == len(rows)
    assert (decode(part["counts"]) <= decode(whole["counts"])).all()
    assert (part["x"], part["y"]) == (whole["x"], whole["y"])
    at = [explanation.data["feature 0"].iloc[5]]
    near = session.answer("pick", as_params(rules) | {"x": "value/0", "at": at, "unit": [1]})
    column = explanation.data["feature 0"].to_numpy()
    assert near["row"] == rows[np.abs(column[rows] - at[0]).argmin()]


@pytest.mark.parametrize("space", ["probability", "raw"])
def test_errors_are_those_that_the_page_says(space):
    from dataclasses import replace

    explanation, labels = cases.labelled_classes(3, n=60)
    session = Session(replace(explanation, output_space=space), true_labels=labels)
    own = explanation.predictions[np.arange(60), labels]
    others = np.where(np.eye(3)[labels] == 1, -np.inf, explanation.predictions).max(axis=1)
    wanted = 1 - own if space == "probability" else others - own
    assert decode(session.chunk("error/1")) == pytest.approx(wanted)
    assert decode(session.chunk("truth/0")).tolist() == labels.tolist()
    assert session.answer("row", {"row": 7, "output": 0})["truth"] == [labels[7]]


def test_targets_have_errors_of_their_own():
    explanation, targets = cases.labelled_numbers()
    session = Session(explanation, true_labels=targets)
    error = explanation.predictions[:, 0] - targets
    assert decode(session.chunk("error/0")) == pytest.approx(error)
    answer = session.answer("cohort", as_params([["error/0", 0, None]]))
    assert answer["n"] == (error >= 0).sum()
    assert answer["quality"] == pytest.approx(error[error >= 0].mean())
