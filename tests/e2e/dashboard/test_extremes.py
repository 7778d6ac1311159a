"""Results at the edge of what there is: one row, nothing but zeros, a hundred classes, a metric."""

import numpy as np
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
    assert title == "feature 0 matters most to the accuracy"
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
