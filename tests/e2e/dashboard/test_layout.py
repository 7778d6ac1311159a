"""No text lies on another, or is cut off, in any width, theme or kind of result."""

import pytest
from e2e.dashboard import cases
from e2e.dashboard.pages import resize, settle

# Rectangles of all texts within pictures, and of the names and numbers beside them.
LINT = """() => {
  const root = document.getElementById("pellucid").shadowRoot;
  const found = [];
  const main = root.querySelector("main").getBoundingClientRect();
  const open = (node) => !node.closest("details:not([open]) > :not(summary)") && !node.closest("[hidden]");
  for (const panel of root.querySelectorAll(".panel")) {
    const box = panel.getBoundingClientRect();
    const nodes = [...panel.querySelectorAll("text, ol.rows .name, ol.rows .note, ol.rows .number, h2, .said")];
    const texts = nodes.filter((node) => node.textContent.trim() && open(node)).map((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return [node.textContent, range.getBoundingClientRect(), node];
    });
    for (const [text, r] of texts) {
      if (r.left < box.left - 1 || r.right > box.right + 1) found.push(["outside", text]);
    }
    for (let i = 0; i < texts.length; i++) for (let j = i + 1; j < texts.length; j++) {
      const [one, a] = texts[i];
      const [other, b] = texts[j];
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (width > 1.5 && height > 3.5) found.push(["overlap", one, other, Math.round(width), Math.round(height)]);
    }
  }
  for (const node of root.querySelectorAll("button, select, input, h1, dd, p")) {
    if (!open(node) || node.closest(".scroller") || node.closest(".live") || node.matches(".live")) continue;
    const r = node.getBoundingClientRect();
    if (r.width && (r.left < main.left - 1 || r.right > main.right + 1)) found.push(["wide", node.textContent.slice(0, 40)]);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push(["page is wider than the window"]);
  return found;
}"""

RESULTS = {
    "long names": cases.long_names,
    "three features": lambda: cases.explanation_of(30, 3, 2, classes=("no", "yes"), scale=1e-4),
    "many features and classes": cases.many,
    "categories": cases.with_categories,
    "standard errors": cases.three_classes,
}


# Every number of features with every number of classes, and of the rest each pair somewhere.
PAIRS = [
    (1, 2, "long", "boxes", "en"),
    (1, 10, "plain", "strips", "es"),
    (1, 100, "hostile", "bars", "en"),
    (3, 2, "hostile", "strips", "es"),
    (3, 10, "long", "bars", "es"),
    (3, 100, "plain", "boxes", "en"),
    (300, 2, "plain", "bars", "en"),
    (300, 10, "hostile", "boxes", "es"),
    (300, 100, "long", "strips", "en"),
]

WIDTHS = [(1440, "dark"), (940, "light"), (420, "dark"), (320, "light")]
"""Pages that are widened and darkened are drawn anew as those that are opened so."""


@pytest.mark.parametrize("kind", RESULTS)
def test_texts_keep_apart_in_every_width_and_theme(show, kind):
    place = "#pins=1,2,3&row=2&feature=0" + ("&top=50&rowTop=50" if "many" in kind else "")
    page = show(RESULTS[kind](), width=1440, place=place)
    for width, scheme in WIDTHS:
        page.emulate_media(color_scheme=scheme)
        resize(page, width)
        assert page.evaluate(LINT) == [], (kind, width)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "-".join(map(str, pair)))
def test_texts_keep_apart_whatever_there_is(show, pair):
    d, k, names, shown, language = pair
    result = cases.named(d, k, names)
    place = f"#pins=1,2&row=2&top=30&show={shown}&measure=mean"
    page = show(result, width=1440, place=place, language=language)
    for i, (width, scheme) in enumerate(WIDTHS):
        page.emulate_media(color_scheme=WIDTHS[(i + d + k) % 2][1] if i % 2 else scheme)
        resize(page, width)
        assert page.evaluate(LINT) == [], width
    assert page.locator(".failed").count() == 0
    assert page.evaluate("() => window.hacked") is None


def test_steps_of_many_rows_are_labelled_without_touching(show):
    page = show(cases.explanation_of(12, 14, scale=1e3, errors=True), width=420)
    for _ in range(12):
        page.locator('[data-view="row"]').get_by_label("Next row").click()
        settle(page)
        assert page.evaluate(LINT) == []
