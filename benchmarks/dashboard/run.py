"""What a dashboard costs the browser: to load, per click, to change the feature; beside plotly.

All times are CPU times, which other load disturbs little: of all processes of the browser (all), of the
page's main thread (main), which script, layout and painting share, or of script alone. A calibration
loop says how fast the machine is.

Pages take turns, each in a window of its own, and are measured from when that window is made and rests: a
browser's address bar and menus are pages too, and load with each window. "Load" ends when everything is
drawn, below the first screen as well. Each page shows importances, the dots of one feature, and the values
of one row side by side. One page of plotly does no more than that; two others show the dots of all features
beside importances, as the dashboard does, and where the chosen row is among all of them. A click is pressing
and releasing the button over a dot, until the page has drawn the values of that row; "after" is the half
second that follows, in which the dashboard writes the selection into its address. A bare page, in which a
click moves one pixel, says what no page can avoid.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import numpy as np
from browser import FRAMES, started
from pages import BARE_PAGE, MARKS, SELECTED, explanation_of, plotly_page

from pellucid import ExplanationDashboard

MOST_ROWS_IN_A_FILE = 50_000
MOST_OF_A_CLICK = 0.016
UNTIL = (
    "async () => {{ while (!({})) await new Promise((done) => setTimeout(done, 20)); await {}; }}"
)
SETTLE = "() => {{ window.settled = async () => {{ await {}; await {}; await {}; }}; }}"
PAUSE = 500


class Ours:
    name = "pellucid"
    root = 'document.getElementById("pellucid")?.shadowRoot'
    first = f"{root}?.querySelector('[data-view=overview] h2')"
    whole = f"{root}?.querySelector('[data-view=data] h2') && !{root}.querySelector('[aria-busy]')"
    settled = f"""(async () => {{ while ({root}.querySelector("[aria-busy]"))
      await new Promise((done) => setTimeout(done)); }})()"""
    shown = f"{root}.querySelector('[data-view=row] h2').textContent"
    dots = '[data-view="feature"] canvas'

    def __init__(self, explanation, folder):
        if len(explanation) <= MOST_ROWS_IN_A_FILE:
            path = explanation.save_html(folder / f"{len(explanation)}.html", max_rows=10**9)
            self.link, self.size = path.as_uri, path.stat().st_size
        else:
            served = ExplanationDashboard(explanation)
            self.link, self.size = lambda: served.show(browser=False), 0

    def choose(self, j):
        return (
            f"""{self.root}.querySelectorAll('[data-view=overview] ol.rows button')[{j}].click()"""
        )


class Plotly:
    first = whole = "window.drawn"
    settled = "window.last"
    shown = "window.shown"
    dots = "#dots .nsewdrag"

    def __init__(self, explanation, folder, kind):
        self.name = f"plotly, {kind}"
        path = folder / f"{self.name}-{len(explanation)}.html"
        path.write_text(plotly_page(explanation, kind), encoding="utf-8")
        self.link, self.size = path.as_uri, path.stat().st_size

    def choose(self, j):
        return f"window.last = window.choose({j})"


class Bare:
    name = "bare page"
    first = whole = "true"
    settled = "null"
    shown = 'document.getElementById("dot").style.left'
    dots = "#dots"

    def __init__(self, folder):
        path = folder / "bare.html"
        path.write_text(BARE_PAGE, encoding="utf-8")
        self.link, self.size = path.as_uri, path.stat().st_size

    def choose(self, j):
        return str(j)


def measure(browser, subject, clicks):
    """CPU seconds of one visit."""
    found = {}
    with browser.page() as (page, thread):
        start = browser.cpu()
        page.goto(subject.link(), wait_until="commit")
        page.evaluate(UNTIL.format(subject.first, FRAMES))
        found["first"] = browser.cpu_since(start)
        page.evaluate(UNTIL.format(subject.whole, FRAMES))
        found["load"] = browser.cpu_since(start)
        page.evaluate(SETTLE.format(FRAMES, subject.settled, FRAMES))
        browser.rest(page)
        hand = Hand(browser, page, thread, subject)
        found |= hand.clicks(clicks)
        found["script"] = browser.script_of_clicks(page, lambda: hand.clicks(clicks))
        before, thread_before = browser.cpu(), thread.seconds()
        for j in (1, 2, 3):
            page.evaluate(f"async () => {{ {subject.choose(j)}; await settled(); }}")
        found["feature"] = browser.cpu_since(before) / 3
        found["feature main"] = (thread.seconds() - thread_before) / 3
    return found


class Hand:
    """A pointer that clicks on dots, and says what that took."""

    def __init__(self, browser, page, thread, subject):
        self._browser, self._page, self._thread, self._subject = browser, page, thread, subject
        self._session = page.context.new_cdp_session(page)

    def clicks(self, n):
        """CPU seconds of each of some clicks, which choose other rows."""
        box = self._page.locator(self._subject.dots).bounding_box()
        found = {"click main": [], "click": [], "after": []}
        changed = 0
        for x, y in np.random.default_rng(0).uniform(0.35, 0.65, size=(n, 2)):
            at = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            self._point("mouseMoved", at)
            # Plotly looks for the dot under the pointer twenty times a second.
            self._page.wait_for_timeout(100)
            self._settle()
            row = self._page.evaluate(self._subject.shown)
            before, thread_before = self._browser.cpu(), self._thread.seconds()
            self._point("mousePressed", at, button="left", clickCount=1)
            self._point("mouseReleased", at, button="left", clickCount=1)
            self._settle()
            found["click main"].append(self._thread.seconds() - thread_before)
            found["click"].append(self._browser.cpu_since(before))
            before = self._browser.cpu()
            self._page.wait_for_timeout(PAUSE)
            found["after"].append(self._browser.cpu_since(before))
            changed += self._page.evaluate(self._subject.shown) != row
        if changed < 0.8 * n:
            raise SystemExit(f"{self._subject.name}: many clicks chose no other row")
        return found

    def _point(self, kind, at, **more):
        self._session.send("Input.dispatchMouseEvent", {"type": kind, **at, **more})

    def _settle(self):
        self._session.send("Runtime.evaluate", {"expression": "settled()", "awaitPromise": True})


def report(subject, visits, loop):
    """Print medians over visits, and return them; of what is read coarsely for each click, means."""
    found = {
        key: statistics.median(visit[key] for visit in visits)
        for key in ("first", "load", "feature", "feature main")
    }
    every = {
        key: np.concatenate([visit[key] for visit in visits])
        for key in ("script", "click main", "click", "after")
    }
    found |= {"script": np.median(every["script"]), "p95": np.percentile(every["script"], 95)}
    found |= {"click main": np.median(every["click main"])}
    found |= {key: np.mean(every[key]) for key in ("click", "after")}
    ms = {key: 1e3 * seconds for key, seconds in found.items()}
    print(
        f"  {subject.name:<24}{subject.size / 1e6:5.1f} MB{ms['first']:7.0f}{ms['load']:7.0f}"
        f" ({found['load'] / loop:4.1f})   {ms['script']:5.1f} / {ms['p95']:4.1f}"
        f"{ms['click main']:8.1f}{ms['click']:7.1f}{ms['after']:7.1f}"
        f"{ms['feature main']:10.0f}{ms['feature']:6.0f}"
    )
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[5_000, 50_000, 1_000_000])
    parser.add_argument("--visits", type=int, default=3)
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument(
        "--peers", nargs="*", choices=MARKS, default=[*MARKS], help="plotly's pages"
    )
    parser.add_argument("--quick", action="store_true", help="try it on few rows")
    given = parser.parse_args()
    if given.quick:
        given.rows, given.visits, given.clicks, given.peers = [1_000], 1, 4, [SELECTED]
    with tempfile.TemporaryDirectory() as folder, started() as browser:
        loop = statistics.median(browser.calibration() for _ in range(3))
        print(f"Milliseconds of CPU; the calibration loop takes {1e3 * loop:.0f}")
        print(f"{'':34}{'load':>13}{'':17}{'click':>20}{'':14}{'feature':>16}")
        print(
            f"{'':26}{'page':>8}{'first':>7}{'all':>7} (loops)  script / p95{'main':>7}{'all':>7}"
            f"{'after':>7}{'main':>10}{'all':>6}"
        )
        for n in given.rows:
            compare(browser, n, given, Path(folder), loop)


def compare(browser, n, given, folder, loop):
    """Measure and report all subjects of one number of rows."""
    explanation = explanation_of(n)
    subjects = [Ours(explanation, folder), Bare(folder)]
    if n <= MOST_ROWS_IN_A_FILE:
        subjects += [Plotly(explanation, folder, kind) for kind in given.peers]
    visits = [
        [measure(browser, one, given.clicks) for one in subjects] for _ in range(given.visits)
    ]
    print(f"{n:,} rows")
    ours, bare, *peers = [
        report(subject, [visit[i] for visit in visits], loop) for i, subject in enumerate(subjects)
    ]
    verdict = "within" if ours["p95"] <= MOST_OF_A_CLICK else "BEYOND"
    print(f"  script of a click, 95th percentile: {verdict} {1e3 * MOST_OF_A_CLICK:.0f} ms")
    for kind, peer in zip(given.peers, peers, strict=False):  # there are none for many rows
        keys = ("load", "script", "click main", "click", "feature")
        print(f"  plotly, {kind} / pellucid:" + _ratios(peer, ours, {}, keys))
        keys = ("load", "click main", "click")
        print("    the same beyond the bare page:" + _ratios(peer, ours, bare, keys))


def _ratios(peer, ours, floor, keys):
    ratio = {key: (peer[key] - floor.get(key, 0)) / (ours[key] - floor.get(key, 0)) for key in keys}
    return ",".join(f" {key} {value:.1f}" for key, value in ratio.items())


if __name__ == "__main__":
    main()
