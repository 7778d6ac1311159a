"""One selection, as an address, as Python and on the page; and in raw or in engineered columns."""

import re
from dataclasses import replace

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.pages import address, settle
from e2e.dashboard.test_numbers import numbers_in, row_numbers

from pellucid.dashboard import Cohort, Selection
from pellucid.data.feature_map import FeatureMap
from pellucid.data.origin import Origin


def shown_by(page):
    """What every view says."""
    settle(page)
    return page.locator("h1, h2, .whose, .said").all_inner_texts()


def test_a_selection_of_python_opens_the_page_where_it_leads(show):
    explanation, labels = cases.labelled_classes(3, n=90)
    cohort = Cohort({"feature 1": (0, None)}, outcome=["wrong"], name="mine")
    chosen = Selection(
        output="class 0", feature="feature 3", row=11, cohorts=[cohort], cohort=0, pins=[1, 2]
    )
    page = show(explanation, true_labels=labels, selection=chosen)
    assert page.locator(".whose").inner_text().startswith("Shown: mine (")
    assert page.locator('[data-view="row"] h2').inner_text().startswith("Row 11:")
    assert row_numbers(page) == explanation.get_ranked_local_values()[0][11]
    wrong = explanation.predictions.argmax(axis=1) != labels
    n = int((wrong & (explanation.data["feature 1"] >= 0)).sum())
    assert page.locator('[data-view="data"] h2').inner_text() == f"{n} rows"
    # Letting go of what was given is a selection too.
    page.locator(".whose").get_by_role("button").click()
    page.reload()
    page.locator('[data-view="data"] h2', has_text="90 rows").wait_for()


def test_what_the_page_says_in_python_makes_the_same_page(show):
    explanation, labels = cases.labelled_classes(3, n=90)
    page = show(explanation, true_labels=labels, selection="output=2&row=5")
    page.locator('[data-view="feature"]').get_by_label("Across").select_option(label="error")
    page.locator('[data-view="cohorts"]').get_by_role("button", name="Wrong predictions").click()
    before = shown_by(page)
    page.locator("summary", has_text="This view in Python").click()
    page.locator("footer code", has_text="selection=").wait_for()
    code = page.locator("footer code").inner_text()
    text = re.fullmatch(r'selection="([^"\\]*)"', code)[1]
    assert shown_by(show(explanation, true_labels=labels, selection=text)) == before


NEXT_ROW = """(then) => {
  window.isLeft = true;
  document.getElementById("pellucid").shadowRoot.querySelector('[aria-label="Next row"]').click();
  if (then) setTimeout(() => location.reload(), 0);
}"""


@pytest.mark.parametrize("way", ["button", "script", "back"])
def test_a_click_is_kept_by_a_page_that_is_left_at_once(show, way):
    page = show(cases.explanation_of(60, 4), place="#row=5")
    page.evaluate(NEXT_ROW, way == "script")
    if way == "button":
        page.reload()
    elif way == "back":
        page.goto("about:blank")
        page.go_back()
    else:
        # To write the address as a page is left is a navigation, too: this is the next page itself.
        page.wait_for_function("() => !window.isLeft")
    title = page.locator('[data-view="row"] h2')
    title.wait_for()
    settle(page)
    row = int(re.search(r"Row (\d+):", title.inner_text())[1])
    assert row != 5
    assert page.evaluate("() => location.hash") == f"#row={row}"
    # It is kept for that once: the link itself still leads where it says.
    link = page.url.replace(f"row={row}", "row=5")
    page.goto("about:blank")
    page.goto(link)
    page.locator('[data-view="row"] h2', has_text="Row 5:").wait_for()
    assert page.evaluate("() => Object.keys(sessionStorage)") == []


def test_a_hidden_page_has_written_its_address(show):
    page = show(cases.explanation_of(60, 4), place="#row=5")
    page.evaluate(NEXT_ROW, False)
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("() => location.hash") not in {"", "#row=5"}


def both_columns():
    """Two raw features, the first of which became three columns."""
    engineered = cases.explanation_of(
        40,
        4,
        2,
        features=("colour=red", "colour=green", "colour=blue", "size"),
        classes=("no", "yes"),
    )
    origin = Origin(FeatureMap.of([0, 0, 0, 1], n_raw=2), ("colour", "size"))
    engineered = replace(engineered, origin=origin)
    return replace(engineered.raw(), engineered=engineered)


def test_raw_and_engineered_columns_are_switched(show):
    explanation = both_columns()
    page = show(explanation, place="#row=7&output=0")
    assert row_numbers(page) == explanation.get_ranked_local_values()[0][7]
    page.get_by_label("Columns").select_option(label="engineered")
    page.locator('[data-view="feature"] h2').wait_for()
    settle(page)
    inner = explanation.engineered
    assert row_numbers(page) == inner.get_ranked_local_values()[0][7]
    shown = np.array(numbers_in(page, "overview")).reshape(-1, 12)
    importance = inner.output("no").importance()
    assert shown[:, 0].tolist() == importance.get_ranked_global_values()
    assert "columns=engineered" in address(page)
    page.reload()
    page.locator('[data-view="overview"] ol.rows li').nth(3).wait_for()
    page.get_by_label("Columns").select_option(label="as given")
    settle(page)
    assert row_numbers(page) == explanation.get_ranked_local_values()[0][7]


def test_python_chooses_the_columns(show):
    explanation = both_columns()
    chosen = Selection(feature="colour=blue", row=3, columns="engineered")
    page = show(explanation, selection=chosen)
    assert row_numbers(page) == explanation.engineered.get_ranked_local_values()[1][3]
    title = page.locator('[data-view="feature"] h2').inner_text()
    assert "colour=blue" in title
