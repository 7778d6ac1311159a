"""Waiting for a page until it has drawn what it was asked for, however busy the machine is."""

import re

SETTLED = """async () => {
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  const root = document.getElementById("pellucid").shadowRoot;
  while (root.querySelector("[aria-busy]")) await new Promise(requestAnimationFrame);
}"""


UNFOLD = """(nodes) => Promise.all(nodes.map((node) => node.open || new Promise((done) => {
  node.addEventListener("toggle", done, { once: true });
  node.open = true;
})))"""


def unfold(details):
    """Open what is folded, and wait for what is made only then."""
    details.evaluate_all(UNFOLD)


def address(page):
    """What the page's address says when the page is left."""
    return page.evaluate(
        "() => { window.dispatchEvent(new Event('pagehide')); return location.hash; }"
    )


def address_row(page):
    found = re.search(r"\brow=(\d+)", address(page))
    return found and found[1]


def settle(page):
    page.evaluate(SETTLED)


def resize(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function("(width) => window.innerWidth === width", arg=width)
    settle(page)
