"""Cohorts: by rule, by brush, by keyboard; all of the page follows, with numbers that Python agrees with."""

import json
from urllib.parse import parse_qsl, quote

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.cohort_oracle import cohort_rows
from e2e.dashboard.pages import address, address_row, settle
from e2e.dashboard.test_numbers import go, numbers_in


def place_of(*cohorts, chosen=0, rest=""):
    return f"#cohorts={quote(json.dumps([list(one) for one in cohorts]))}&cohort={chosen}{rest}"


def cohorts_in(page):
    """Rules of the cohorts in the page's address, and which is chosen."""
    said = dict(parse_qsl(address(page).removeprefix("#")))
    return json.loads(said.get("cohorts", "[]")), int(said["cohort"]) if "cohort" in said else None


QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]


def test_importances_of_a_cohort_are_those_of_its_rows(show):
    explanation = cases.three_classes(errors=False)
    page = show(explanation, place=place_of(["", ["value/1", 0, None]], rest="&output=2"))
    rows = explanation.data["feature 1"].to_numpy() >= 0
    values = np.abs(explanation.values[rows, :, 2])
    shown = np.array(numbers_in(page, "overview")).reshape(-1, 12)
    order = np.argsort(-values.mean(axis=0), kind="stable")
    assert shown[:, 0] == pytest.approx(values.mean(axis=0)[order], rel=1e-12)
    assert shown[:, 1] == pytest.approx(
        values.std(axis=0, ddof=1)[order] / np.sqrt(rows.sum()), rel=1e-12
    )
    signed = explanation.values[rows, :, 2][:, order]
    assert shown[:, 2] == pytest.approx(signed.mean(axis=0))
    assert shown[:, 4] == pytest.approx(values.max(axis=0)[order], rel=1e-15)
    assert shown[:, 5:] == pytest.approx(np.quantile(signed, QUANTILES, axis=0).T, rel=1e-12)
    assert f"{rows.sum()} of 50 rows" in page.locator(".whose").inner_text()
    go(page, place_of(["", ["value/1", 0, None]], rest="&output=-1"))
    over_all = np.abs(explanation.values[rows]).mean(axis=(0, 2))
    shown = np.array(numbers_in(page, "overview")).reshape(-1, 2)
    assert shown[:, 0] == pytest.approx(np.sort(over_all)[::-1], rel=1e-12)


def test_every_view_follows_and_lets_go(show):
    explanation = cases.with_categories()
    page = show(explanation, place=place_of(["", ["value/0", ["red", None]], ["value/1", -1, 1]]))
    rows = cohort_rows(explanation, [["value/0", ["red", None]], ["value/1", -1, 1]])
    heading = page.locator('[data-view="data"] h2')
    assert heading.inner_text() == f"{len(rows)} rows"
    counted = page.locator('[data-view="feature"] ol.rows .number').all_inner_texts()
    assert sum(map(int, counted)) == len(rows)
    assert page.locator(".whose").inner_text().startswith("Shown: colour is red or missing, size")
    page.locator(".whose").get_by_role("button", name="All rows").click()
    settle(page)
    assert heading.inner_text() == "80 rows"
    assert cohorts_in(page)[1] is None


def test_rules_are_made_narrowed_named_and_removed(show):
    explanation = cases.with_categories()
    page = show(explanation)
    view = page.locator('[data-view="cohorts"]')
    view.get_by_label("Rows where").select_option(label="size")
    view.get_by_role("button", name="New cohort").click()
    view.get_by_text("Give at least one end of the range.").wait_for()
    view.get_by_label("from").fill("2")
    view.get_by_label("to", exact=True).fill("1")
    view.get_by_role("button", name="New cohort").click()
    view.get_by_text("These two numbers are no range.").wait_for()
    view.get_by_label("from").fill("-0,5")
    view.get_by_label("to", exact=True).fill("")
    view.get_by_role("button", name="New cohort").click()
    large = (explanation.data["size"] >= -0.5).sum()
    page.locator(".whose", has_text=f"({large} of 80 rows)").wait_for()
    view.get_by_label("Rows where").select_option(label="colour")
    view.get_by_role("checkbox", name="red").check()
    view.get_by_role("button", name="Narrow the cohort shown").click()
    rules = [["value/1", -0.5, None], ["value/0", ["red"]]]
    both = cohort_rows(explanation, rules)
    page.locator(".whose", has_text=f"({len(both)} of 80 rows)").wait_for()
    assert cohorts_in(page) == ([["", rules[0]], ["", *rules]], 1)
    view.get_by_label("Name").nth(1).fill("mine")
    view.get_by_label("Name").nth(1).press("Enter")
    page.locator(".whose", has_text="Shown: mine").wait_for()
    view.get_by_label("Remove this cohort").first.click()
    settle(page)
    assert cohorts_in(page) == ([["mine", *rules]], 0)
    view.get_by_label("Remove this cohort").click()
    settle(page)
    assert cohorts_in(page) == ([], None)


def test_a_rectangle_over_dots_is_the_cohort_of_the_rows_in_it(show):
    explanation = cases.explanation_of(300, 4)
    page = show(explanation)
    box = page.locator('[data-view="feature"] canvas').bounding_box()
    before = address_row(page)
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.6 * box["height"], steps=4)
    page.mouse.up()
    settle(page)
    (cohort,), chosen = cohorts_in(page)
    rows = cohort_rows(explanation, cohort[1:])
    assert chosen == 0
    assert [rule[0] for rule in cohort[1:]] == ["value/0", "contribution/0/0"]
    assert 10 < len(rows) < 250
    assert page.locator('[data-view="data"] h2').inner_text() == f"{len(rows)} rows"
    # The drag chose no row.
    assert address_row(page) == before


def test_two_corners_by_keyboard_make_the_same(show):
    explanation = cases.explanation_of(60, 3)
    page = show(explanation, place="#row=5")
    chart = page.locator('[data-view="feature"] .frame.dots')
    chart.focus()
    page.keyboard.press("b")
    page.locator(".live", has_text="Corner marked").wait_for(state="attached")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("b")
    settle(page)
    (cohort,), _ = cohorts_in(page)
    rows = cohort_rows(explanation, cohort[1:])
    assert {5, int(address_row(page))} <= set(rows)
    assert page.locator('[data-view="data"] h2').inner_text() == f"{len(rows)} rows"


def test_a_category_becomes_a_cohort(show):
    explanation = cases.with_categories()
    page = show(explanation, place="#feature=0")
    page.locator('[data-view="feature"]').get_by_role("button", name="missing").click()
    settle(page)
    assert cohorts_in(page) == ([["", ["value/0", [None]]]], 0)
    assert page.locator('[data-view="data"] h2').inner_text() == "3 rows"


def test_a_sample_says_that_a_cohort_is_of_the_rows_in_the_page(show):
    page = show(
        cases.explanation_of(300, 5), max_rows=40, place=place_of(["", ["value/0", 0, None]])
    )
    assert "of the 40 rows in this page, a sample of 300" in page.locator(".whose").inner_text()


def test_no_row_left_is_said(show):
    page = show(cases.labelled_numbers()[0], true_labels=cases.labelled_numbers()[1],
                place=place_of(["", ["value/0", 1e9, None]]))  # fmt: skip
    assert page.get_by_text("No row belongs to this cohort").count() == 2
    assert page.locator(".failed").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_names_and_narrow_pages_stay_whole(show, scheme):
    explanation = cases.hostile()
    level = cases.HOSTILE[0]
    rules = ["\u202e<b>${x}</b> " * 5, ["value/1", [level]], ["contribution/1/0", None, 3]]
    page = show(explanation, place=place_of(rules), width=420, scheme=scheme)
    assert page.evaluate("() => window.hacked") is None
    assert page.locator(".failed").count() == 0
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
