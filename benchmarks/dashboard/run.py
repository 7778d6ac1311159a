"""What a dashboard costs the browser: to load, per click, to change the feature; beside plotly.

All times are CPU times, which other load disturbs little: of all processes of the browser (all), of the
page's main thread (main), which script, layout and painting share, or of script alone. A calibration
loop says how fast the machine is. Pages take turns; each click chooses another row and waits until it
is drawn.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import numpy as np
from browser import TWO_FRAMES, started
from pages import explanation_of, plotly_page

from pellucid import ExplanationDashboard

MOST_ROWS_IN_A_FILE = 50_000
MOST_OF_A_CLICK = 0.016
DRAWN = """async () => {
  const root = document.getElementById("pellucid").shadowRoot;
  while (!root.querySelector('[data-view="data"] h2') || root.querySelector("[aria-busy]"))
    await new Promise(requestAnimationFrame);
}"""


class Ours:
    name = "pellucid"

    def __init__(self, explanation, folder):
        self._server = None
        if len(explanation) <= MOST_ROWS_IN_A_FILE:
            path = explanation.save_html(folder / f"{len(explanation)}.html", max_rows=10**9)
            self.link, self.size = path.as_uri, path.stat().st_size
        else:
            self._server = ExplanationDashboard(explanation)
            self.link, self.size = lambda: self._server.show(browser=False), 0

    def first_picture(self, page):
        page.locator('[data-view="overview"] h2').wait_for()

    def drawn(self, page):
        page.evaluate(DRAWN)
        page.evaluate(TWO_FRAMES)

    def dots(self, page):
        return page.locator('[data-view="feature"] canvas')

    def row(self, page):
        return page.locator('[data-view="row"] h2').inner_text()

    def choose(self, page, j):
        button = page.locator('[data-view="overview"] ol.rows button').nth(j)
        button.evaluate("node => node.click()")
        self.drawn(page)


class Plotly:
    name = "plotly scattergl"

    def __init__(self, explanation, folder):
        path = folder / f"plotly-{len(explanation)}.html"
        path.write_text(plotly_page(explanation), encoding="utf-8")
        self.link, self.size = path.as_uri, path.stat().st_size

    def first_picture(self, page):
        page.wait_for_function("() => window.drawn")

    def drawn(self, page):
        page.wait_for_function("() => window.drawn")
        page.evaluate("async () => { await window.last; }")
        page.evaluate(TWO_FRAMES)

    def dots(self, page):
        return page.locator("#dots .nsewdrag")

    def row(self, page):
        return page.evaluate("() => window.shown")

    def choose(self, page, j):
        page.evaluate("async (j) => { await window.choose(j); }", j)
        self.drawn(page)


def measure(browser, subject, clicks):
    """CPU seconds of one visit."""
    found = {}
    start = browser.cpu()
    with browser.page() as (page, thread):
        page.goto(subject.link())
        subject.first_picture(page)
        found["first"] = browser.cpu_since(start)
        subject.drawn(page)
        found["load"] = browser.cpu_since(start)
        spent = []
        found["script"] = browser.script_of_clicks(
            page, lambda: spent.extend(clicked(subject, page, thread, clicks))
        )
        found["click"] = spent
        before, thread_before = browser.cpu(), thread.seconds()
        for j in (1, 2, 3):
            subject.choose(page, j)
        found["feature"] = browser.cpu_since(before) / 3
        found["feature main"] = (thread.seconds() - thread_before) / 3
    return found


def clicked(subject, page, thread, clicks):
    """CPU seconds of the main thread for each of some clicks on dots, which choose other rows."""
    box = subject.dots(page).bounding_box()
    found, changed = [], 0
    for x, y in np.random.default_rng(0).uniform(0.35, 0.65, size=(clicks, 2)):
        at = box["x"] + x * box["width"], box["y"] + y * box["height"]
        page.mouse.move(*at)
        page.wait_for_timeout(
            100
        )  # plotly looks for the dot under the pointer twenty times a second
        page.evaluate(TWO_FRAMES)
        row = subject.row(page)
        before = thread.seconds()
        page.mouse.click(*at)
        subject.drawn(page)
        found.append(thread.seconds() - before)
        changed += subject.row(page) != row
    if changed < 0.8 * clicks:
        raise SystemExit(f"{subject.name}: many clicks chose no other row")
    return found


def empty_page(browser):
    """CPU seconds of all processes for a page without anything."""
    start = browser.cpu()
    with browser.page() as (page, _):
        page.goto("data:text/html,<p>empty")
        page.evaluate(TWO_FRAMES)
        return browser.cpu_since(start)


def report(name, size, visits, loop):
    found = {
        key: statistics.median(visit[key] for visit in visits)
        for key in ("first", "load", "feature", "feature main")
    }
    script, click = (
        np.concatenate([visit[key] for visit in visits]) for key in ("script", "click")
    )
    found |= {
        "script": np.median(script),
        "p95": np.percentile(script, 95),
        "click": np.median(click),
    }
    print(
        f"  {name:<17} {size / 1e6:5.1f} MB {found['first']:7.2f} s {found['load']:6.2f} s"
        f" ({found['load'] / loop:4.1f} loops) {1e3 * found['script']:7.1f} / {1e3 * found['p95']:5.1f} ms"
        f" {1e3 * found['click']:7.1f} ms"
        f" {1e3 * found['feature']:8.0f} / {1e3 * found['feature main']:4.0f} ms"
    )
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[5_000, 50_000, 1_000_000])
    parser.add_argument("--visits", type=int, default=3)
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--no-peer", action="store_true", help="measure pellucid alone")
    parser.add_argument("--quick", action="store_true", help="try it on few rows")
    given = parser.parse_args()
    if given.quick:
        given.rows, given.visits, given.clicks = [5_000], 1, 4
    with tempfile.TemporaryDirectory() as folder, started() as browser:
        loop = statistics.median(browser.calibration() for _ in range(3))
        empty = statistics.median(empty_page(browser) for _ in range(5))
        print(f"calibration loop: {1e3 * loop:.0f} ms of CPU; an empty page: {1e3 * empty:.0f} ms")
        print(
            f"{'':20}{'page':>8}{'first picture':>15}{'load, all':>11}{'':14}"
            f"{'click, script p50 / p95':>17}{'main':>6}{'feature, all / main':>24}"
        )
        for n in given.rows:
            compare(browser, n, given, (Path(folder), loop, empty))


def compare(browser, n, given, surroundings):
    """Measure and report all subjects of one number of rows."""
    folder, loop, empty = surroundings
    explanation = explanation_of(n)
    subjects = [Ours(explanation, folder)]
    if not given.no_peer and n <= MOST_ROWS_IN_A_FILE:
        subjects.append(Plotly(explanation, folder))
    visits = [
        [measure(browser, one, given.clicks) for one in subjects] for _ in range(given.visits)
    ]
    print(f"{n:,} rows")
    told = [
        report(subject.name, subject.size, [visit[i] for visit in visits], loop)
        for i, subject in enumerate(subjects)
    ]
    verdict = "within" if told[0]["p95"] <= MOST_OF_A_CLICK else "BEYOND"
    print(f"  script of a click, 95th percentile: {verdict} {1e3 * MOST_OF_A_CLICK:.0f} ms")
    if len(told) == 2:
        ours, peer = told
        ratios = {key: peer[key] / ours[key] for key in ("load", "script", "click", "feature")}
        ratios["load beyond an empty page"] = (peer["load"] - empty) / (ours["load"] - empty)
        print(
            "  plotly / pellucid: "
            + ", ".join(f"{key} {ratio:.1f}" for key, ratio in ratios.items())
        )


if __name__ == "__main__":
    main()
