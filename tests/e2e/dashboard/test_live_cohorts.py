"""Labels, cohorts and engineered columns of a page that is served: what the same page says as a file."""

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.cohort_oracle import cohort_rows
from e2e.dashboard.live_pages import serve  # noqa: F401 - a fixture
from e2e.dashboard.pages import settle
from e2e.dashboard.test_cohorts import cohorts_in, place_of
from e2e.dashboard.test_many_rows import FEWER
from e2e.dashboard.test_numbers import numbers_in, row_numbers
from e2e.dashboard.test_performance import facts
from e2e.dashboard.test_selection import both_columns, shown_by

RULES = [["value/1", -1, None], ["outcome", ["wrong"]]]


def test_a_served_page_says_what_a_file_says(show, serve):  # noqa: F811
    explanation, labels = cases.labelled_classes(3, n=150)
    others = {"other": cases.explanation_of(40, 5)}
    given = {"true_labels": labels, "compare_with": others, "place": place_of(["", *RULES])}
    assert shown_by(serve(explanation, **given)) == shown_by(show(explanation, **given))


@pytest.mark.parametrize("dots", FEWER)
def test_cohorts_of_many_rows_are_exact(serve, dots):  # noqa: F811
    explanation, labels = cases.labelled_classes(3, n=400)
    page = serve(
        explanation,
        true_labels=labels,
        place=place_of(["", *RULES], rest="&output=2"),
        **FEWER[dots],
    )
    rows = cohort_rows(explanation, RULES, labels)
    values = np.abs(explanation.values[rows, :, 2]).mean(axis=0)
    shown = np.array(numbers_in(page, "overview")).reshape(-1, 12)
    assert shown[:, 0] == pytest.approx(np.sort(values)[::-1], rel=1e-12)
    assert f"{len(rows)} of 400 rows" in page.locator(".whose").inner_text()
    assert page.locator('[data-view="data"] h2').inner_text() == f"{len(rows)} rows"
    assert facts(page)["Accuracy"] == 0
    mean = page.locator(".cohort-list tbody tr").nth(1).locator("data").first
    assert float(mean.get_attribute("value")) == pytest.approx(
        explanation.predictions[rows, 2].mean()
    )


@pytest.mark.parametrize("dots", FEWER)
def test_a_rectangle_over_many_dots_is_a_cohort(serve, dots):  # noqa: F811
    explanation = cases.explanation_of(400, 5, seed=3)
    page = serve(explanation, **FEWER[dots])
    box = page.locator('[data-view="feature"] canvas').bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"], steps=4)
    page.mouse.up()
    page.locator(".whose").get_by_role("button").wait_for()
    settle(page)
    (cohort,), chosen = cohorts_in(page)
    rows = cohort_rows(explanation, cohort[1:])
    assert chosen == 0
    assert 0 < len(rows) < 400
    assert f"{len(rows)} of 400 rows" in page.locator(".whose").inner_text()


def test_engineered_columns_are_served_as_well(serve):  # noqa: F811
    explanation = both_columns()
    page = serve(explanation, place="#row=7&output=0")
    assert row_numbers(page) == explanation.get_ranked_local_values()[0][7]
    page.get_by_label("Columns").select_option(label="engineered")
    page.locator('[data-view="feature"] h2').wait_for()
    settle(page)
    assert row_numbers(page) == explanation.engineered.get_ranked_local_values()[0][7]
