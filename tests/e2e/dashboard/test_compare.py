"""Rows, cohorts and results side by side, and pages that lead to each other."""

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.pages import resize, settle, unfold
from e2e.dashboard.test_cohorts import place_of
from e2e.dashboard.test_layout import LINT
from e2e.dashboard.test_numbers import numbers_in

from pellucid.dashboard import save_runs


def named_numbers(page):
    """Rows of the table of the view, by feature."""
    unfold(page.locator('[data-view="compare"] details.table'))
    rows = page.locator('[data-view="compare"] details.table tbody tr')
    found = rows.evaluate_all(
        "nodes => nodes.map((node) => [node.querySelector('th').textContent, [...node.querySelectorAll('data')].map((d) => Number(d.value))])"
    )
    return dict(found)


def test_pinned_rows_have_the_values_of_python(show):
    explanation = cases.explanation_of(50, 4)
    page = show(explanation, place="#pins=3,17")
    shown = named_numbers(page)
    for j, name in enumerate(explanation.features):
        assert shown[name] == explanation.values[[3, 17], j, 0].tolist()


def test_cohorts_have_the_means_of_their_rows(show):
    explanation = cases.explanation_of(80, 4)
    first, second = ["low", ["value/0", None, 0]], ["high", ["value/0", 0, None]]
    rest = "&compare=cohorts&measure=mean&pins=1"
    page = show(explanation, place=place_of(first, second, rest=rest))
    low = explanation.data["feature 0"].to_numpy() <= 0
    shown = named_numbers(page)
    for j, name in enumerate(explanation.features):
        column = explanation.values[:, j, 0]
        expected = [column.mean(), column[low].mean(), column[~low].mean()]
        assert shown[name] == pytest.approx(expected, rel=1e-9)


def test_two_results_show_values_and_ranks_of_what_they_share(show):
    shown = cases.explanation_of(60, 4, features=("a", "b", "c", "d"))
    other = cases.explanation_of(50, 3, seed=2, features=("d", "a", "x"))
    page = show(shown, compare_with={"last week": other})
    found = named_numbers(page)
    assert set(found) == {"a", "d"}
    here, there = shown.importance(), other.importance()
    for name, numbers in found.items():
        expected = []
        for one in (here, there):
            expected += [
                one.values[one.features.index(name), 0],
                one.get_ranked_global_names().index(name) + 1,
            ]
        assert numbers == expected
    said = page.locator('[data-view="compare"]').inner_text()
    assert "last week shares 2 of its 3 features" in said


def test_results_in_different_units_are_shown_as_shares(show):
    shown = cases.labelled_classes(2, n=40)[0]
    other = cases.explanation_of(30, 5, 2, classes=shown.classes, scale=100)
    page = show(shown, compare_with=other, place="#output=1")
    found = named_numbers(page)
    there = np.abs(other.values[:, :, 1]).mean(axis=0)
    for j, name in enumerate(shown.features):
        assert found[name][2] == pytest.approx(there[j] / there.sum())
    assert "share of all importance" in page.locator('[data-view="compare"]').inner_text()


def test_results_without_rows_are_compared_too(show):
    page = show(cases.metric_importance(), compare_with=cases.metric_importance())
    assert len(named_numbers(page)) == 7
    assert page.locator(".failed").count() == 0


def test_runs_open_each_other_and_choose_what_is_compared(show, tmp_path):
    runs = {name: cases.explanation_of(30, 4, seed=i) for i, name in enumerate(["a b", "c"])}
    save_runs(runs, tmp_path / "pages")
    page = show(runs["c"])
    page.goto((tmp_path / "pages" / "c.html").as_uri())
    view = page.locator('[data-view="runs"]')
    view.get_by_role("button", name="Leave out").click()
    settle(page)
    assert page.locator('[data-view="compare"]').is_hidden()
    view.get_by_role("button", name="Compare").click()
    page.locator('[data-view="compare"] h2').wait_for()
    view.get_by_role("link", name="a b").click()
    page.locator("h1", has_text="a b").wait_for()
    settle(page)
    expected = runs["a b"].importance().get_ranked_global_values()
    assert numbers_in(page, "overview")[::12] == expected


def test_hostile_names_of_results_are_texts(show):
    others = {name: cases.hostile() for name in cases.HOSTILE[:4]}
    page = show(cases.hostile(), compare_with=others, place="#others=0,1,2,3")
    assert page.evaluate("() => window.hacked") is None
    assert page.locator('[data-view="runs"] a').count() == 0
    for width in (1440, 420):
        resize(page, width)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_texts_keep_apart(show):
    explanation, labels = cases.labelled_classes(3)
    others = {"last week": cases.labelled_classes(3, seed=1)[0], "the one before that": cases.labelled_classes(3, seed=2)[0]}  # fmt: skip
    place = place_of(["", ["value/0", 0, None]], rest="&pins=1,2,3&others=0,1")
    page = show(explanation, true_labels=labels, compare_with=others, width=1440, place=place)
    for kind in ("cohorts", "results", "rows"):
        page.locator('[data-view="compare"]').get_by_label("Compare").select_option(value=kind)
        settle(page)
        for width in (1440, 420):
            resize(page, width)
            assert page.evaluate(LINT) == [], (kind, width)
