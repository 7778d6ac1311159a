"""For those who use a keyboard, a reader, or need contrast."""

import pytest
from e2e.dashboard import cases

FOCUS = """() => {
  let node = document.activeElement;
  while (node && node.shadowRoot && node.shadowRoot.activeElement) node = node.shadowRoot.activeElement;
  return [node.closest("[data-view]")?.dataset.view ?? "", node.tagName, node.getAttribute("aria-label") ?? node.textContent];
}"""


def tab_to(page, wanted, most=60):
    for _ in range(most):
        page.keyboard.press("Tab")
        view, tag, text = page.evaluate(FOCUS)
        if wanted(view, tag, text):
            return
    pytest.fail("the keyboard does not get there")


def test_tour_by_keyboard_alone(show):
    explanation = cases.three_classes(errors=False)
    page = show(explanation)
    row = page.locator('[data-view="row"] h2')
    tab_to(page, lambda view, tag, text: view == "overview" and text.startswith("feature"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    second = explanation.output("green").importance().get_ranked_global_names()
    assert page.locator('[data-view="overview"] [aria-pressed="true"]').count() == 1
    assert second
    tab_to(page, lambda view, _, text: view == "feature" and "Arrow keys" in text)
    before = row.inner_text()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "(before) => document.getElementById('pellucid').shadowRoot.querySelector('[data-view=row] h2').textContent !== before",
        arg=before,
    )
    assert page.evaluate(FOCUS)[0] == "feature"
    before = row.inner_text()
    tab_to(page, lambda view, _, text: view == "row" and text == "Next row")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "(before) => document.getElementById('pellucid').shadowRoot.querySelector('[data-view=row] h2').textContent !== before",
        arg=before,
    )
    assert page.evaluate(FOCUS)[2] == "Next row"
    tab_to(page, lambda view, _, text: view == "row" and text == "Pin to compare")
    page.keyboard.press("Enter")
    page.locator('[data-view="compare"] h2').wait_for()
    tab_to(page, lambda view, tag, _: view == "row" and tag == "SUMMARY")
    page.keyboard.press("Enter")
    page.locator('[data-view="row"] table').wait_for()
    tab_to(page, lambda view, tag, text: view == "data" and tag == "BUTTON" and text == "0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator('[data-view="row"] h2', has_text="Row 1:").wait_for()
    page.locator(".live", has_text="Row 1 chosen").wait_for(state="attached")
    page.keyboard.press("Escape")
    page.locator('[data-view="row"] h2', has_text="No row is chosen").wait_for()


def test_everything_that_acts_has_a_name(show):
    page = show(cases.with_categories(), place="#pins=1,2")
    page.locator('[data-view="compare"] h2').wait_for()
    nameless = page.evaluate("""() => [...document.getElementById("pellucid").shadowRoot.querySelectorAll("button, select, input, summary, [tabindex]")]
      .filter((node) => !(node.getAttribute("aria-label") ?? node.textContent).trim() && !node.labels?.[0]?.textContent.trim())
      .map((node) => node.outerHTML)""")
    assert nameless == []
    sizes = page.evaluate("""() => [...document.getElementById("pellucid").shadowRoot.querySelectorAll("button, select, input, summary")]
      .filter((node) => node.offsetParent).map((node) => [node.textContent.slice(0, 20), node.getBoundingClientRect().height])""")
    assert [size for size in sizes if size[1] < 23.5] == []


CONTRAST = """() => {
  const root = document.getElementById("pellucid").shadowRoot;
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = light(getComputedStyle(root.querySelector("main")).backgroundColor);
  const against = (colour) => { const l = light(colour); return (Math.max(l, paper) + 0.05) / (Math.min(l, paper) + 0.05); };
  const low = [];
  for (const node of root.querySelectorAll("text, h1, h2, p, dt, dd, button, select, th, td, label, summary, .number, .note")) {
    if (!node.textContent.trim()) continue;
    const style = getComputedStyle(node);
    const colour = node instanceof SVGElement ? style.fill : style.color;
    if (against(colour) < 4.5) low.push(["text", node.textContent.slice(0, 30), colour]);
  }
  for (const node of root.querySelectorAll("rect.raises, rect.lowers, rect.flat, .zero, .stop, .ring path:not(.ring-halo)")) {
    const style = getComputedStyle(node);
    const colour = node.matches("rect, .stop") ? style.fill : style.stroke;
    if (against(colour) < 3) low.push(["mark", node.getAttribute("class"), colour]);
  }
  return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_of_every_text_and_mark(show, scheme):
    page = show(cases.mirrored(), scheme=scheme, place="#pins=1,2&show=bars&measure=mean")
    page.locator('[data-view="compare"] h2').wait_for()
    assert page.evaluate(CONTRAST) == []


def test_colors_are_those_of_the_other_pictures(show):
    from pellucid.plots.palette import DARK, LIGHT

    page = show(cases.explanation_of())
    read = "(name) => getComputedStyle(document.getElementById('pellucid')).getPropertyValue(name)"
    for scheme, palette in [("light", LIGHT), ("dark", DARK)]:
        page.emulate_media(color_scheme=scheme)
        for name in ("paper", "ink", "muted", "rule", "bar", "raises", "lowers", "neutral"):
            assert page.evaluate(read, f"--{name}") == getattr(palette, name)
        assert page.evaluate(read, "--ramp") == f"linear-gradient(90deg,{','.join(palette.ramp)})"
