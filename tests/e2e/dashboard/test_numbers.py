"""What the page shows is what Python returns, to the last bit."""

import csv
import io

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.pages import address, address_row, settle, unfold


def numbers_in(page, view):
    """All numbers of a view's table, as they are in the page's `data` elements."""
    unfold(page.locator(f'[data-view="{view}"] details.table'))
    return [
        float(text)
        for text in page.locator(f'[data-view="{view}"] details.table data').evaluate_all(
            "nodes => nodes.map((node) => node.value)"
        )
    ]


def row_numbers(page):
    return sorted(numbers_in(page, "row"), reverse=True)


def go(page, place):
    """Follow a link to another selection, and wait until it is drawn."""
    page.evaluate("(place) => { location.hash = place }", place)
    settle(page)


def chosen_row(page, explanation):
    """The row that the address names; without a name, that of the highest prediction."""
    said = address_row(page)
    return int(explanation.predictions[:, -1].argmax() if said is None else said)


def click_dot(page, share_x, share_y):
    canvas = page.locator('[data-view="feature"] canvas')
    box = canvas.bounding_box()
    spots = [(x / 20, y / 20) for x in range(1, 20) for y in range(1, 20)]
    spots.sort(key=lambda spot: abs(spot[0] - share_x) + abs(spot[1] - share_y))
    before = address(page)
    for x, y in spots:
        canvas.click(position={"x": x * box["width"], "y": y * box["height"]})
        if address(page) != before:
            return
    pytest.fail("no dot was there to click")


def test_click_on_a_dot_shows_the_values_of_python(show):
    explanation = cases.explanation_of(200, 6)
    page = show(explanation)
    for x, y in [(0.2, 0.8), (0.5, 0.5), (0.8, 0.2)]:
        click_dot(page, x, y)
        row = chosen_row(page, explanation)
        page.locator('[data-view="row"] h2', has_text=f"Row {row}:").wait_for()
        assert row_numbers(page) == explanation.get_ranked_local_values()[row]


def test_click_in_a_strip_chooses_the_row_under_it(show):
    explanation = cases.explanation_of(200, 6)
    page = show(explanation)
    canvas = page.locator('[data-view="overview"] canvas')
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] - 1, "y": 5})
    row = chosen_row(page, explanation)
    assert row == explanation.values[:, 0, 0].argmax()
    page.locator('[data-view="row"] h2', has_text=f"Row {row}:").wait_for()
    assert row_numbers(page) == explanation.get_ranked_local_values()[row]


def test_mirrored_outputs_are_both_exact(show):
    explanation = cases.mirrored()
    page = show(explanation, place="#row=17")
    for output in (1, 0):
        go(page, f"#output={output}&row=17")
        assert row_numbers(page) == explanation.get_ranked_local_values()[output][17]


def test_each_class_and_its_standard_errors(show):
    explanation = cases.three_classes()
    page = show(explanation)
    for output in range(3):
        go(page, f"#output={output}&row=8&rowOrder=name")
        shown = np.array(numbers_in(page, "row")).reshape(-1, 2)
        assert shown[:, 0].tolist() == explanation.values[8, :, output].tolist()
        assert shown[:, 1].tolist() == explanation.std_error[8, :, output].tolist()


def test_a_sample_shows_importances_of_all_rows_and_its_own_rows(show):
    explanation = cases.explanation_of(300, 5)
    page = show(explanation, max_rows=40)
    importance = explanation.importance()
    shown = np.array(numbers_in(page, "overview")).reshape(-1, 12)
    assert shown[:, 0].tolist() == importance.get_ranked_global_values()
    assert (
        shown[:, 1].tolist() == importance.std_error[importance.global_importance_rank, 0].tolist()
    )
    means = explanation.values[:, importance.global_importance_rank, 0].mean(axis=0)
    assert shown[:, 2] == pytest.approx(means, rel=1e-12)
    values = explanation.values[:, importance.global_importance_rank, 0]
    assert shown[:, 3] == pytest.approx(values.std(axis=0, ddof=1) / 300**0.5, rel=1e-12)
    assert shown[:, 4].tolist() == np.abs(values).max(axis=0).tolist()
    quantiles = np.quantile(values, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1], axis=0)
    assert pytest.approx(quantiles, rel=1e-12) == shown[:, 5:].T
    assert "40 of 300 rows" in page.locator(".provenance").inner_text()
    # Rows of the sample keep what they are called, and their values.
    page.locator('[data-view="row"]').get_by_label("Next row").click()
    settle(page)
    title = page.locator('[data-view="row"] h2').inner_text()
    row = int(title.removeprefix("Row ").split(":")[0])
    assert row_numbers(page) == explanation.get_ranked_local_values()[row]


def test_all_classes_together_show_the_overall_importance(show):
    explanation = cases.three_classes()
    page = show(explanation, place="#output=-1")
    shown = np.array(numbers_in(page, "overview")).reshape(-1, 2)
    assert shown[:, 0].tolist() == explanation.importance().get_ranked_global_values()


def test_table_sorts_finds_and_filters(show):
    explanation = cases.with_categories()
    page = show(explanation)
    data = page.locator('[data-view="data"]')
    data.get_by_label("Find").fill("red")
    reds = int((explanation.data["colour"] == "red").sum())
    data.locator(".chip", has_text=f"{reds} of 80 rows").wait_for()
    data.get_by_role("button", name="Show all rows").click()
    data.get_by_label("Filter").select_option(label="size")
    data.get_by_label("Bound").fill("0.5")
    large = explanation.data[explanation.data["size"] >= 0.5]
    data.locator(".chip", has_text=f"{len(large)} of 80 rows").wait_for()
    data.locator("thead").get_by_role("button", name="size").click()
    first = data.locator("tbody tr[data-row]").first
    first.filter(has_text=str(large["size"].idxmax())).wait_for()
    assert first.locator("th").inner_text() == large["size"].idxmax()


def test_csv_holds_what_is_shown_in_full(show):
    explanation = cases.with_categories()
    page = show(explanation)
    data = page.locator('[data-view="data"]')
    data.get_by_label("Find").fill("blue")
    data.locator(".chip").wait_for()
    with page.expect_download() as download:
        data.get_by_role("button", name="Save as CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    blue = explanation.data["colour"] == "blue"
    assert [row[0] for row in rows] == explanation.data.index[blue].tolist()
    place = head.index("contribution of size")
    assert [float(row[place]) for row in rows] == explanation.values[blue, 1, 0].tolist()


def test_pinned_rows_are_compared_by_their_values(show):
    explanation = cases.explanation_of(60, 4)
    page = show(explanation, place="#pins=3,50")
    page.locator('[data-view="compare"] h2').wait_for()
    shown = np.array(numbers_in(page, "compare")).reshape(-1, 2)
    apart = np.abs(explanation.values[3, :, 0] - explanation.values[50, :, 0])
    order = np.argsort(-apart)
    assert shown[:, 0].tolist() == explanation.values[3, order, 0].tolist()
    assert shown[:, 1].tolist() == explanation.values[50, order, 0].tolist()


def test_selection_survives_in_the_address(show):
    explanation = cases.three_classes()
    page = show(explanation)
    page.get_by_label("Output").select_option(label="green")
    page.locator('[data-view="overview"]').get_by_label("Show").select_option(label="bars")
    page.locator('[data-view="row"]').get_by_label("Next row").click()
    # The address follows by itself, a moment after the last change.
    page.wait_for_function("() => /row=/.test(location.hash)")
    again = show(explanation, place=page.evaluate("() => location.hash"))
    assert (
        again.locator('[data-view="row"] h2').inner_text()
        == page.locator('[data-view="row"] h2').inner_text()
    )
    assert again.get_by_label("Output").input_value() == "1"
    assert again.locator('[data-view="overview"]').get_by_label("Show").input_value() == "bars"
