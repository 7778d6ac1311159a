"""The whole page by keyboard: every control is reached, seen, large enough, and left again."""

import re

import pytest
from e2e.dashboard import cases
from e2e.dashboard.pages import settle, unfold

ROOT = 'document.getElementById("pellucid").shadowRoot'

# Marks each control that the keyboard should reach with its number.
CONTROLS = f"""() => {{
  const nodes = [...{ROOT}.querySelectorAll("button, select, input, textarea, summary, a[href], [tabindex='0']")]
    .filter((node) => node.getClientRects().length && !node.disabled && node.tabIndex >= 0 && !node.closest("details:not([open]) > :not(summary)"));
  nodes.forEach((node, i) => {{ node.dataset.number = i; }});
  return nodes.length;
}}"""

FOCUSED = f"""() => {{
  const node = {ROOT}.activeElement;
  if (!node) return null;
  const style = getComputedStyle(node);
  return [Number(node.dataset.number ?? -1), style.outlineStyle, parseFloat(style.outlineWidth), style.outlineColor];
}}"""

# Targets under 24 px are fine if a circle of 24 px around each meets no other target (WCAG 2.5.8).
SMALL = f"""() => {{
  const boxes = [...{ROOT}.querySelectorAll("button, select, input, summary, a[href]")]
    .filter((node) => node.getClientRects().length && !node.closest(".scroller tbody")).map((node) => [node, node.getBoundingClientRect()]);
  const middle = (r) => [r.left + r.width / 2, r.top + r.height / 2];
  return boxes.filter(([node, r]) => {{
    if (r.width >= 24 && r.height >= 24) return false;
    const [x, y] = middle(r);
    return boxes.some(([other, o]) => other !== node
      && Math.hypot(Math.max(o.left - x, 0, x - o.right), Math.max(o.top - y, 0, y - o.bottom)) < 12);
  }}).map(([node, r]) => [node.textContent.slice(0, 30), Math.round(r.width), Math.round(r.height)]);
}}"""


@pytest.fixture
def page(show):
    page = show(cases.with_categories(), place="#pins=1,2&feature=1")
    page.locator('[data-view="compare"] h2').wait_for()
    settle(page)
    return page


def test_tab_reaches_every_control_in_order_and_leaves(page):
    n = page.evaluate(CONTROLS)
    assert n > 40
    reached = []
    for _ in range(n + 1):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        number, style, width, _ = focused
        reached.append(number)
        assert (style, width) == ("solid", 2), number
    # Nothing holds the focus: after the last control it leaves the page.
    assert reached == list(range(n))
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED)[0] == n - 1


def test_rows_of_a_table_are_one_stop_and_arrows_go_through_all(show):
    page = show(cases.explanation_of(300, 3))
    settle(page)
    first = page.locator('[data-view="data"] tbody button').first
    first.focus()
    for row in range(1, 61):
        page.keyboard.press("ArrowDown")
        focused = page.locator('[data-view="data"] tbody button:focus')
        focused.filter(has_text=re.compile(f"^{row}$")).wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.locator('[data-view="row"] h2', has_text="Row 59:").wait_for()
    assert page.locator('[data-view="data"] tbody button[tabindex="0"]').all_inner_texts() == ["59"]
    page.keyboard.press("Tab")
    assert page.locator('[data-view="data"] button:focus').count() == 0


@pytest.mark.parametrize("width", [320, 1440])
def test_targets_are_large_enough_or_apart(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    settle(page)
    assert page.evaluate(SMALL) == []


def test_every_chart_has_a_name_a_summary_and_a_table(page):
    unfold(page.locator("details"))
    found = page.evaluate(f"""() => [...{ROOT}.querySelectorAll(".panel")].filter((panel) => panel.querySelector(".frame")).map((panel) => [
      panel.dataset.view,
      {ROOT}.getElementById(panel.getAttribute("aria-labelledby"))?.textContent.trim().length > 8,
      panel.querySelector(".said").textContent.trim().length > 20,
      [...panel.querySelectorAll(".frame")].every((frame) => frame.getAttribute("aria-label") || frame.querySelector("[aria-label]")),
      panel.querySelectorAll("details.table tbody tr").length > 1,
    ])""")
    assert found == [
        [view, True, True, True, True] for view in ("overview", "feature", "row", "compare")
    ]


def test_table_of_a_feature_counts_every_row(page):
    explanation = cases.with_categories()
    page.locator('[data-view="feature"] summary').click()
    rows = page.locator('[data-view="feature"] details tbody tr')
    rows.first.wait_for()
    cells = [row.split("\t") for row in rows.all_inner_texts()]
    assert sum(int(row[1]) for row in cells) == len(explanation)
    size = explanation.data["size"]
    missing = explanation.values[size.isna().to_numpy(), 1, 0]
    assert cells[-1][:2] == ["missing", str(len(missing))]
    assert float(cells[-1][2].replace("\u2212", "-")) == pytest.approx(missing.mean(), rel=0.01)


def test_nothing_moves_for_those_who_asked_for_less_motion(show):
    page = show(cases.explanation_of())
    page.emulate_media(reduced_motion="reduce")
    moving = page.evaluate(f"""() => [...{ROOT}.querySelectorAll("*")].filter((node) => {{
      const style = getComputedStyle(node);
      return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0 || style.scrollBehavior === "smooth";
    }}).length + document.getAnimations().length""")
    assert moving == 0


MARKS = f"""() => {{
  const probe = document.createElement("div");
  document.body.append(probe);
  probe.style.color = "Canvas";
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = light(getComputedStyle({ROOT}.querySelector("main")).backgroundColor);
  const canvas = light(getComputedStyle(probe).color);
  const against = (colour) => {{ const l = light(colour); return (Math.max(l, paper) + 0.05) / (Math.min(l, paper) + 0.05); }};
  const low = [...{ROOT}.querySelectorAll("rect.raises, rect.lowers, rect.flat, .zero, .stop, .whisker, .link, .pin")]
    .map((node) => [node.getAttribute("class"), getComputedStyle(node)])
    .map(([name, style]) => [name, style.fill === "none" || name === "zero" || name === "link" ? style.stroke : style.fill])
    .filter(([, colour]) => against(colour) < 3);
  return [paper === canvas, low];
}}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_stay_visible_in_forced_colors(show, scheme):
    page = show(cases.three_classes(), scheme=scheme, place="#show=bars&measure=mean&pins=1,2")
    page.emulate_media(forced_colors="active", color_scheme=scheme)
    settle(page)
    assert page.evaluate(MARKS) == [True, []]
    drawn = page.locator('[data-view="feature"] canvas').evaluate(
        "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v)"
    )
    assert drawn
