"""A selection as Python: names in, and the page's own text out."""

import json
from urllib.parse import parse_qs

import numpy as np
import pytest
from e2e.dashboard import cases

from pellucid import InvalidInputError
from pellucid.dashboard import Cohort, Selection
from pellucid.dashboard.payload import make_payload


def said(selection, explanation=None, **options):
    explanation = cases.with_categories() if explanation is None else explanation
    text = make_payload(explanation, selection=selection, **options).manifest["selection"]
    return {key: values[0] for key, values in parse_qs(text, keep_blank_values=True).items()}


def test_names_become_places():
    chosen = Selection(feature="flag", row="case 3", pins=["case 1", "case 9"])
    assert said(chosen) == {"feature": "2", "row": "3", "pins": "1,9"}
    classes = cases.three_classes()
    assert said(Selection(output="blue"), classes) == {"output": "2"}
    assert said(Selection(output="all", row=7), classes) == {"output": "-1", "row": "7"}


def test_rows_are_found_by_their_labels_in_a_sample():
    explanation = cases.explanation_of(300, 3)
    payload = make_payload(explanation, max_rows=20)
    sent = payload.manifest["n_sent"]
    row = int(explanation.values[:, 0, 0].argmax())
    place = int(said(Selection(row=row), explanation, max_rows=20)["row"])
    assert 0 <= place < sent
    lost = next(r for r in range(300) if str(r) not in _labels(payload))
    with pytest.raises(InvalidInputError, match="none of the 20 sent"):
        make_payload(explanation, max_rows=20, selection=Selection(row=lost))


def _labels(payload):
    return [str(row) for row in payload.sent.tolist()]


def test_cohorts_become_rules():
    explanation, labels = cases.labelled_classes(3, n=40)
    cohort = Cohort(
        {"feature 1": (None, 2)},
        {"feature 0": (0.5, np.float64(1))},
        prediction=(0.25, None),
        label=["class 1", "class 2"],
        error=(0, 1),
        predicted=["class 0"],
        outcome=["wrong"],
        name="odd ones",
    )
    chosen = Selection(output="class 0", cohorts=[Cohort({"feature 2": [None]}), cohort], cohort=1)
    found = said(chosen, explanation, true_labels=labels)
    assert found["cohort"] == "1"
    assert json.loads(found["cohorts"]) == [
        ["", ["value/2", [None]]],
        [
            "odd ones",
            ["value/1", None, 2.0],
            ["contribution/0/0", 0.5, 1.0],
            ["prediction/0", 0.25, None],
            ["truth/0", ["class 1", "class 2"]],
            ["error/0", 0.0, 1.0],
            ["predicted", ["class 0"]],
            ["outcome", ["wrong"]],
        ],
    ]


def test_text_of_an_address_is_taken_as_it_is():
    assert said("#row=3&feature=1") == {"row": "3", "feature": "1"}


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(feature="age"), "the feature 'age', which this result has not"),
        (Selection(row="nobody"), "row 'nobody', which is none of the 80 sent"),
        (Selection(output="yes"), "output"),
        (Selection(cohort=0), "cohort is 0, but there are 0 cohorts"),
        (Selection(columns="engineered"), "engineered columns, which this result has not"),
        (Selection(cohorts=[Cohort(label=["a"])]), "needs true_labels"),
        (Selection(cohorts=[Cohort({"size": 3})]), r"is 3; give \(smallest, largest\)"),
        (Selection(cohorts=[Cohort({"size": (1, "a")})]), r"is \(1, 'a'\)"),
        (5, "selection is an int"),
    ],
)
def test_what_is_not_there_is_refused(selection, message):
    with pytest.raises(InvalidInputError, match=message):
        make_payload(cases.with_categories(), selection=selection)
