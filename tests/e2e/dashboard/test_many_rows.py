"""More rows than a page should hold: what is written stays exact, and any row can be chosen."""

import re

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.cohort_oracle import cohort_rows
from e2e.dashboard.live_pages import serve  # noqa: F401 - a fixture
from e2e.dashboard.pages import address_row, resize, settle
from e2e.dashboard.test_cohorts import cohorts_in
from e2e.dashboard.test_layout import LINT
from e2e.dashboard.test_numbers import click_dot, row_numbers

FEWER = {"rounded": {"round_above": 100}, "counted": {"round_above": 10, "count_above": 100}}


def explanation():
    return cases.explanation_of(400, 5, seed=3)


def selected(page):
    return int(address_row(page))


@pytest.mark.parametrize("dots", FEWER)
def test_a_click_chooses_the_row_under_it_and_shows_it_exactly(serve, dots):  # noqa: F811
    result = explanation()
    page = serve(result, **FEWER[dots])
    feature = page.locator('[data-view="feature"]')
    for x, y in [(0.3, 0.6), (0.7, 0.4)]:
        click_dot(page, x, y)
        settle(page)
        row = selected(page)
        page.locator('[data-view="row"] h2', has_text=f"Row {row}:").wait_for()
        assert row_numbers(page) == result.get_ranked_local_values()[row]
        feature.locator(".readout", has_text=f"Row {row} ").wait_for()
        said = feature.locator(".readout").inner_text()
        value = re.search(r"feature 0\s=\s([\u2212\d.]+) ·", said)[1]
        assert float(value.replace("\u2212", "-")) == pytest.approx(
            result.data["feature 0"].iloc[row], rel=1e-5
        )
        feature.locator(".ring").first.wait_for()


def test_counted_dots_are_near_the_click(serve):  # noqa: F811
    result = explanation()
    page = serve(result, **FEWER["counted"])
    canvas = page.locator('[data-view="feature"] canvas')
    box = canvas.bounding_box()
    click_dot(page, 0.5, 0.5)
    settle(page)
    row = selected(page)
    xs, ys = result.data["feature 0"].to_numpy(), result.values[:, 0, 0]
    ring = page.locator('[data-view="feature"] .ring path').first
    ring.wait_for()
    left, y, r = map(float, re.match(r"M(\S+) (\S+)a(\S+)", ring.get_attribute("d")).groups())
    at = [left + r, y]
    wanted = [
        (xs[row] - xs.min()) / np.ptp(xs) * box["width"],
        (1 - (ys[row] - ys.min()) / np.ptp(ys)) * box["height"],
    ]
    assert at == pytest.approx(wanted, abs=1.5)


def test_captions_say_how_dots_are_placed(serve):  # noqa: F811
    page = serve(explanation(), **FEWER["rounded"])
    page.get_by_text("Dots are placed to within 1/65,534 of each axis").wait_for()
    page = serve(explanation(), **FEWER["counted"])
    page.get_by_text("All 400 rows, counted in each pixel").wait_for()


def test_first_picture_needs_aggregates_alone(serve):  # noqa: F811
    asked = []
    page = serve(explanation(), waits=False, **FEWER["counted"])
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.locator('[data-view="overview"] h2').wait_for()
    settle(page)
    assert not [url for url in asked if "/chunk/" in url and "/aggregates/" not in url]


def test_table_is_sorted_filtered_and_found_where_the_rows_are(serve):  # noqa: F811
    result = explanation()
    page = serve(result, **FEWER["rounded"])
    data = page.locator('[data-view="data"]')
    data.locator("thead").get_by_role("button", name="feature 1").click()
    order = np.argsort(-result.data["feature 1"], kind="stable").to_numpy()
    first = data.locator("tbody tr").first
    data.locator(f'tbody tr[data-row="{order[0]}"]').wait_for()
    assert first.get_attribute("data-row") == str(order[0])
    data.get_by_label("Next page").click()
    data.locator("span", has_text="101 to 200 of 400").wait_for()
    settle(page)
    assert first.get_attribute("data-row") == str(order[100])
    data.get_by_label("Filter").select_option(label="feature 2")
    settle(page)
    data.get_by_label("Bound").fill("0.5")
    data.get_by_label("Bound").press("Enter")
    n = int((result.data["feature 2"] >= 0.5).sum())
    data.locator("h2", has_text=f"{n} rows").wait_for()
    settle(page)
    first.get_by_role("button").click()
    page.locator(
        '[data-view="row"] h2', has_text=f"Row {first.get_attribute('data-row')}:"
    ).wait_for()


def test_labels_are_columns_of_the_table(serve):  # noqa: F811
    explanation, labels = cases.labelled_classes(3, n=400)
    page = serve(explanation, true_labels=labels, place="#output=2", **FEWER["counted"])
    data = page.locator('[data-view="data"]')
    data.locator("thead").get_by_role("button", name="error").click()
    errors = 1 - explanation.predictions[np.arange(400), labels]
    worst = int(errors.argmax())
    line = data.locator("tbody tr").first
    data.locator(f'tbody tr[data-row="{worst}"]').wait_for()
    settle(page)
    assert line.get_attribute("data-row") == str(worst)
    cells = line.locator("td").all_inner_texts()
    assert float(cells[0]) == pytest.approx(explanation.predictions[worst, 2], rel=1e-3)
    predicted = explanation.predictions.argmax(axis=1)
    assert cells[1:4] == [f"class {labels[worst]}", f"class {predicted[worst]}", "wrong"]
    assert float(cells[4]) == pytest.approx(errors[worst], rel=1e-3)
    assert float(cells[5].replace("\u2212", "-")) == pytest.approx(
        explanation.data[data.locator("thead th").nth(6).inner_text()].iloc[worst], rel=1e-5
    )
    data.get_by_label("Filter").select_option(label="outcome")
    data.get_by_label("Bound").select_option(label="wrong")
    n = int((predicted != labels).sum())
    data.locator("h2", has_text=f"{n} rows").wait_for()
    data.get_by_label("Filter").select_option(label="error")
    settle(page)
    data.get_by_label("Bound").fill("much")
    data.get_by_label("Bound").press("Enter")
    data.get_by_text("No row fits").wait_for()


@pytest.mark.parametrize("dots", FEWER)
def test_keys_go_from_dot_to_dot_and_make_a_cohort(serve, dots):  # noqa: F811
    result = explanation()
    page = serve(result, place="#row=5", **FEWER[dots])
    chart = page.locator('[data-view="feature"] .frame.dots')
    chart.focus()
    page.keyboard.press("b")
    page.locator(".live", has_text="Corner marked").wait_for(state="attached")
    rows = [5]
    for key in ["ArrowLeft", "ArrowLeft"] + ["ArrowUp"] * (dots == "counted"):
        page.keyboard.press(key)
        page.wait_for_function(f"() => !/row={rows[-1]}\\b/.test(location.hash)")
        rows.append(selected(page))
    xs, ys = result.data["feature 0"].to_numpy(), result.values[:, 0, 0]
    # Dots that are rounded to the same place are in any order.
    assert (np.diff(xs[rows[:3]]) <= np.ptp(xs) / 65_534).all()
    assert dots == "rounded" or ys[rows[2]] < ys[rows[3]]
    settle(page)
    page.keyboard.press("b")
    page.locator(".whose").get_by_role("button").wait_for()
    settle(page)
    (cohort,), _ = cohorts_in(page)
    ends = np.sort([[xs[rows[0]], xs[rows[-1]]], [ys[rows[0]], ys[rows[-1]]]])
    assert [said[1:] for said in cohort[1:]] == ends.tolist()
    inside = cohort_rows(result, cohort[1:])
    assert {rows[0], rows[-1]} <= set(inside)
    assert page.locator('[data-view="data"] h2').inner_text() == f"{len(inside)} rows"


def test_categories_and_missing_values_are_shown(serve):  # noqa: F811
    result = cases.with_categories()
    page = serve(result, round_above=10, count_above=20)
    feature = page.locator('[data-view="feature"] select').first
    for name in ("colour", "size", "day"):
        feature.select_option(label=name)
        settle(page)
        assert page.locator(".failed").count() == 0
        assert page.locator('[data-view="feature"] canvas').count() == 1
    ticks = page.locator('[data-view="feature"] .tick').all_text_contents()
    assert len([tick for tick in ticks if re.match(r"2026-0[1-3]", tick)]) >= 3
    feature.select_option(label="size")
    page.get_by_text("Rows without a value").wait_for()


@pytest.mark.parametrize("dots", FEWER)
def test_texts_keep_apart(serve, dots):  # noqa: F811
    page = serve(cases.long_names(), round_above=10, count_above=20 if dots == "counted" else 10**6)
    for width in (1440, 940, 420):
        resize(page, width)
        assert page.evaluate(LINT) == [], width
