"""Results at the edge of what there is: one row, nothing but zeros, a hundred classes, a metric."""

import re

import numpy as np
import pytest
from e2e.dashboard import cases


def failures(page):
    return page.locator(".failed").all_inner_texts()


def test_one_row(show):
    page = show(cases.explanation_of(1, 3))
    assert page.locator('[data-view="data"] h2').inner_text() == "1 row"
    page.locator('[data-view="row"]').get_by_label("Next row").click()
    assert failures(page) == []


def test_all_values_zero(show):
    page = show(cases.all_zero())
    title = page.locator('[data-view="overview"] h2').inner_text()
    assert title == "No feature changes the predictions"
    assert failures(page) == []


def test_missing_values_have_a_place_of_their_own(show):
    explanation = cases.with_categories()
    page = show(explanation, place="#feature=1")
    feature = page.locator('[data-view="feature"]')
    feature.get_by_text("Rows without a value are at the left: 9.").wait_for()
    canvas = feature.locator("canvas")
    canvas.click(position={"x": 15, "y": canvas.bounding_box()["height"] / 2})
    page.locator('[data-view="row"] ol.rows .note', has_text="missing").first.wait_for()
    assert failures(page) == []


def test_categories_and_booleans_are_strips(show):
    explanation = cases.with_categories()
    page = show(explanation, place="#feature=0")
    rows = page.locator('[data-view="feature"] ol.rows li')
    shown = dict(
        zip(
            rows.locator(".name").all_inner_texts(),
            rows.locator(".number").all_inner_texts(),
            strict=True,
        )
    )
    counts = explanation.data["colour"].value_counts().to_dict()
    assert shown == {**{str(level): str(n) for level, n in counts.items()}, "missing": "3"}
    page.locator('[data-view="feature"]').get_by_label("Feature").select_option(label="flag")
    page.locator('[data-view="feature"] ol.rows .name', has_text="True").wait_for()
    assert failures(page) == []


def test_three_hundred_features_and_a_hundred_classes(show):
    explanation = cases.many()
    page = show(explanation, place="#output=-1")
    assert page.get_by_label("Output").locator("option").count() == 101
    page.locator('[data-view="row"] .classes button').first.click()
    page.locator('[data-view="overview"]').get_by_label("Features").select_option(label="all 300")
    page.locator('[data-view="overview"] ol.rows li').nth(299).wait_for()
    assert failures(page) == []


def test_three_thousand_features(show):
    page = show(cases.explanation_of(30, 3000))
    overview = page.locator('[data-view="overview"]')
    assert overview.locator("ol.rows li").count() == 10
    page.locator('[data-view="row"]').get_by_label("Next row").click()
    page.locator('[data-view="row"] ol.rows .name', has_text="2,990 other features").wait_for()
    overview.get_by_label("Features").select_option(label="100")
    # Strips of the most important features are there; the page says of the others what it has.
    overview.locator("ol.rows li").nth(99).wait_for()
    page.locator('[data-view="feature"] select').first.select_option(label="feature 2999")
    page.locator('[data-view="feature"] h2', has_text="feature 2999").wait_for()
    assert failures(page) == []


@pytest.mark.parametrize("shown", ["boxes", "bars"])
def test_boxes_and_bars_of_one_row_and_of_zeros(show, shown):
    for make in (lambda: cases.explanation_of(1, 3), cases.all_zero):
        page = show(make(), place=f"#show={shown}&measure=maxAbs")
        assert failures(page) == []
        assert page.evaluate(
            "() => [...document.getElementById('pellucid').shadowRoot.querySelectorAll('rect, path')]"
            ".every((node) => !/NaN|Infinity/.test(node.outerHTML))"
        )


def test_boxes_are_the_quantiles_of_all_rows(show):
    explanation = cases.explanation_of(400, 1)
    page = show(explanation, place="#show=boxes")
    rect = page.locator('[data-view="overview"] rect.flat')
    whisker = page.locator('[data-view="overview"] path.whisker').get_attribute("d")
    places = [float(v) for v in re.findall(r"[MH]([-\d.]+)", whisker)[:2]]
    box = [float(rect.get_attribute(name)) for name in ("x", "width")]
    p5, p25, p75, p95 = np.quantile(explanation.values, [0.05, 0.25, 0.75, 0.95])
    per_unit = (places[1] - places[0]) / (p95 - p5)
    assert box[0] == pytest.approx(places[0] + per_unit * (p25 - p5), abs=0.01)
    assert box[1] == pytest.approx(per_unit * (p75 - p25), abs=0.01)


def test_dates_are_an_axis_with_ticks_of_the_calendar(show):
    explanation = cases.with_categories()
    page = show(explanation, place="#feature=3&row=31")
    feature = page.locator('[data-view="feature"]')
    ticks = feature.locator("svg .tick").all_text_contents()
    dates = [text for text in ticks if re.fullmatch(r"2026-0[1-3](-\d\d)?", text)]
    assert len(dates) >= 2
    assert "day = 2026-02-01" in feature.locator(".readout").inner_text().replace("\xa0", " ")
    page.locator('[data-view="row"] ol.rows .note', has_text="2026-02-01").wait_for()
    data = page.locator('[data-view="data"]')
    data.get_by_label("Filter").select_option(label="day")
    data.get_by_label("Bound").fill("2026-03-01")
    data.locator(".chip", has_text="21 of 80 rows").wait_for()
    assert failures(page) == []


def test_title_claims_no_direction_that_is_within_the_error(show):
    plain = cases.explanation_of(60, 2)
    for shift, title in [(0, "No feature clearly"), (5, "On average feature 0 raises")]:
        values = plain.values - plain.values.mean(axis=0) + [[shift], [0]]
        page = show(
            cases.plain_with(plain, plain.data, values=values), place="#show=bars&measure=mean"
        )
        assert page.locator('[data-view="overview"] h2').inner_text().startswith(title)


def test_loading_failure_and_trying_again(context_of, tmp_path):
    path = cases.explanation_of().save_html(tmp_path / "page.html")
    source = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r'(data-chunk="contribution/0">.{40}).*?<', r"\1<", source), encoding="utf-8"
    )
    page = context_of().new_page()
    page.goto(path.as_uri())
    failed = page.locator('[data-view="row"] .failed')
    failed.get_by_text("This part could not be drawn").wait_for()
    failed.get_by_role("button", name="Try again").click()
    failed.get_by_text("This part could not be drawn").wait_for()


def test_without_feature_values_predictions_take_their_place(show):
    page = show(cases.explanation_of(40, 4, data="none"))
    assert (
        page.locator('[data-view="feature"]').get_by_label("Across").input_value() == "prediction"
    )
    assert failures(page) == []


def test_importance_of_a_metric_is_bars_alone(show):
    importance = cases.metric_importance()
    page = show(importance)
    assert page.locator("[data-view]").count() == 1
    title = page.locator('[data-view="overview"] h2').inner_text()
    # They differ by less than twice the standard error of the difference.
    assert importance.values[0] - importance.values[1] < 2 * 0.1 * 2**0.5
    assert title == "feature 0 and feature 1 matter most to the accuracy"
    bars = page.locator('[data-view="overview"] .raises, [data-view="overview"] .lowers').count()
    assert bars == np.count_nonzero(importance.values)


def test_group_without_a_row_says_so(show):
    page = show(cases.explanation_of(30, 4))
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    page.get_by_text("No row is chosen").first.wait_for()
    page.locator('[data-view="data"]').get_by_label("Find").fill("no such text")
    page.get_by_text("No row fits.").wait_for()
    assert failures(page) == []


def test_what_a_local_model_misses_is_a_step_of_its_own(show):
    plain = cases.explanation_of(20, 4)
    short = cases.plain_with(plain, plain.data, predictions=plain.predictions + 2.5)
    page = show(short, place="#row=7")
    names = page.locator('[data-view="row"] ol.rows .name').all_inner_texts()
    assert names[-2:] == ["not attributed", "this row"]
    assert page.locator('[data-view="row"] svg.marks text.value').all_text_contents()[-2] == "+2.50"
