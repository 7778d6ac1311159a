"""What axe-core, the checker of accessibility rules that others use too, finds: nothing serious."""

from importlib.resources import files

import pytest
from e2e.dashboard import cases
from e2e.dashboard.pages import unfold

CHECK = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
  return found.violations.map(({ id, impact, nodes }) => [impact, id, nodes.length, nodes[0].html.slice(0, 160), nodes[0].failureSummary.slice(0, 300)]);
}"""


@pytest.fixture(scope="session")
def axe():
    """Return axe-core's script, which is no part of the page."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


RESULTS = {
    "strips": (cases.mirrored, "#pins=1,2,3"),
    "bars": (cases.three_classes, "#show=bars&measure=mean&feature=2"),
    "boxes and categories": (cases.with_categories, "#show=boxes&feature=0"),
    "dates": (cases.with_categories, "#feature=3&row=2"),
    "no row": (cases.hostile, "#pins=1"),
    "metric": (cases.metric_importance, ""),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", RESULTS)
def test_axe_finds_nothing(show, axe, kind, scheme):
    make, place = RESULTS[kind]
    page = show(make(), scheme=scheme, place=place)
    if kind == "no row":
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        page.get_by_text("No row is chosen").first.wait_for()
    unfold(page.locator("details"))
    page.evaluate(axe)
    assert page.evaluate(CHECK) == []


def test_axe_sees_into_the_page(show, axe):
    """A nameless button and a pale text, put there on purpose, are found."""
    page = show(cases.explanation_of())
    page.evaluate(
        """() => {
      const bad = document.createElement("p");
      bad.textContent = "pale";
      bad.style.color = "#eee";
      document.getElementById("pellucid").shadowRoot.querySelector("main").append(document.createElement("button"), bad);
    }"""
    )
    page.evaluate(axe)
    assert {rule for _, rule, *_ in page.evaluate(CHECK)} == {"button-name", "color-contrast"}
