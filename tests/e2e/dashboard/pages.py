"""Waiting for a page until it has drawn what it was asked for, however busy the machine is."""

SETTLED = """async () => {
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  const root = document.getElementById("pellucid").shadowRoot;
  while (root.querySelector("[aria-busy]")) await new Promise(requestAnimationFrame);
}"""


def settle(page):
    page.evaluate(SETTLED)


def resize(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function("(width) => window.innerWidth === width", arg=width)
    settle(page)
