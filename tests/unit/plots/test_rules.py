import numpy as np
import pytest

from pellucid import InvalidInputError, Rules
from pellucid.explanation.rules import RuleNode
from pellucid.plots import RuleChart

NODES = (
    RuleNode("all rows", 0, (0.6, 0.4), 1.0, (1, 4)),
    RuleNode("age <= 30", 1, (0.9, 0.1), 0.7, (2, 3)),
    RuleNode("hours <= 20", 2, (1.0, 0.0), 0.3),
    RuleNode("hours > 20", 2, (0.825, 0.175), 0.4),
    RuleNode("age > 30", 1, (-0.1, 1.1), 0.3),
)
RULES = Rules(NODES, ("no", "yes"), "classification", "probability", note="(a note)")


def test_chart_shows_the_second_of_two_classes_unless_told_otherwise():
    chart = RuleChart.from_rules(RULES)
    np.testing.assert_array_equal(chart.values, [0.4, 0.1, 0.0, 0.175, 1.1])
    assert chart.is_end == (False, False, True, True, True)
    assert chart.depths == (0, 1, 2, 2, 1)
    assert "of yes" in chart.title
    assert "from 0.00 to 1.10" in chart.title
    assert "age <= 30" in chart.title
    assert chart.notes()[3] == "0.17 · 40%"
    assert chart.provenance == "(a note)"
    first = RuleChart.from_rules(RULES, output="no")
    np.testing.assert_array_equal(first.values, [0.6, 0.9, 1.0, 0.825, -0.1])


def test_few_ends_are_those_of_the_first_questions():
    chart = RuleChart.from_rules(RULES, top_k=2)
    assert chart.conditions == ("all rows", "age <= 30", "age > 30")
    assert chart.is_end == (False, True, True)
    assert "first questions of a tree of 3 rules" in chart.subtitle


def test_printed_rules_are_indented_lines():
    assert str(RULES).splitlines() == [
        "age <= 30",
        "    hours <= 20: no 1, yes 0 (30 % of rows)",
        "    hours > 20: no 0.825, yes 0.175 (40 % of rows)",
        "age > 30: yes 1.1, no -0.1 (30 % of rows)",
        "(a note)",
    ]
    single = Rules((RuleNode("all rows", 0, (2.0,), 1.0),), None, "regression", "value")
    assert str(single) == "all rows: 2 (100 % of rows)"
    assert RuleChart.from_rules(single).title == "Prediction is 2.00 for all rows"


@pytest.mark.parametrize(
    ("nodes", "classes", "message"),
    [
        ((), None, "one node at least"),
        ((RuleNode("all rows", 0, (1.0,), 1.0, (0, 1)),), None, "node 0"),
        ((RuleNode("all rows", 0, (1.0,), 1.0),), ("a", "b"), "2 classes for 1 output"),
    ],
)
def test_rules_that_do_not_fit(nodes, classes, message):
    with pytest.raises(InvalidInputError, match=message):
        Rules(nodes, classes, "regression", "value")


def test_only_rules_are_taken():
    with pytest.raises(InvalidInputError, match="pass what explainer"):
        RuleChart.from_rules("age <= 30")
    with pytest.raises(InvalidInputError, match="maybe"):
        RuleChart.from_rules(RULES, output="maybe")
