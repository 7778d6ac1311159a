"""What is drawn again with the elements that are there is what a new page draws."""

import pytest
from e2e.dashboard import cases
from e2e.dashboard.pages import settle, unfold

TREE = """(views) => {
  const tree = (node) => node.nodeType === 3 ? node.data : [node.localName,
    [...node.attributes].map((a) => `${a.name}=${a.value}`).sort(), [...node.childNodes].map(tree)];
  const root = document.getElementById("pellucid").shadowRoot;
  return views.map((view) => tree(root.querySelector(`[data-view=${view}]`)));
}"""
RESULTS = {
    "classes with errors": cases.three_classes,
    "categories and missing values": cases.with_categories,
    "long names": cases.long_names,
    "plain": lambda: cases.explanation_of(60, 14),
}


def walk(page, rows):
    """Follow links to rows; none is a row as well."""
    for row in rows:
        page.evaluate(
            "(row) => { location.hash = location.hash.replace(/row=\\d*/, `row=${row}`) }", row
        )
        settle(page)


@pytest.mark.parametrize("kind", RESULTS)
def test_rows_walked_through_look_as_if_shown_at_first(show, kind):
    explanation = RESULTS[kind]()
    views = ["row", "overview", "feature"]
    rest = "&rowTop=6&pins=1"
    walked = show(explanation, place=f"#row=3{rest}")
    unfold(walked.locator('[data-view="row"] details'))
    walk(walked, [11, 2, "", 7, 7, 12, 5])
    fresh = show(explanation, place=f"#row=5{rest}")
    unfold(fresh.locator('[data-view="row"] details'))
    assert walked.evaluate(TREE, views) == fresh.evaluate(TREE, views)


def test_pins_and_orders_change_between_rows(show):
    explanation = cases.explanation_of(60, 14)
    page = show(explanation, place="#row=3")
    row = page.locator('[data-view="row"]')
    row.get_by_role("button", name="Pin to compare").click()
    row.get_by_label("Order").select_option(value="name")
    row.get_by_label("Next row").click()
    row.get_by_label("Next row").click()
    settle(page)
    fresh = show(explanation, place="#row=5&rowOrder=name&pins=3")
    assert page.evaluate(TREE, ["overview"]) == fresh.evaluate(TREE, ["overview"])
    names = row.locator("ol.rows .name")
    assert names.all_inner_texts() == fresh.locator('[data-view="row"] .name').all_inner_texts()
    assert row.get_by_label("Order").input_value() == "name"
    # Back at the pinned row, its pin is taken out again.
    row.get_by_label("Previous row").click()
    row.get_by_label("Previous row").click()
    row.get_by_role("button", name="Unpin").wait_for()
