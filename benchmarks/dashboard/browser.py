"""A browser that tells what CPU time it took, in all of its processes and in the page's main thread."""

import contextlib
import json
import os
import shutil
from collections import Counter

from playwright.sync_api import sync_playwright

CALIBRATION = """() => {
  let x = 1;
  for (let i = 0; i < 60e6; i++) x = (x * 1103515245 + 12345) & 0x7fffffff;
  return x;
}"""
FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
"""All that was to be drawn is, two frames later."""


@contextlib.contextmanager
def started():
    named = os.environ.get("CHROMIUM")
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    path = named or next(found, None)
    if path is None:
        raise SystemExit("no Chromium: `make browser` installs it, or CHROMIUM names one")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield Browser(browser)
        browser.close()


QUIET = 0.011
"""Seconds of CPU: processes are read to a hundredth of a second."""

SCRIPT = {"EventDispatch", "FireAnimationFrame", "TimerFire", "RunMicrotasks", "FunctionCall"}


def _by_click(events):
    """Add up what is script from one press of the button to the next movement of the pointer."""
    events = sorted((e for e in events if e["ph"] == "X"), key=lambda event: event["ts"])
    threads = Counter(_thread(e) for e in events if e["name"] == "EventDispatch")
    main = threads.most_common(1)[0][0]
    end, spent = 0, None
    for event in events:
        if _thread(event) != main or event["ts"] < end:
            continue  # what is within another event is counted there
        end = event["ts"] + event["dur"]
        kind = event["args"].get("data", {}).get("type")
        if kind == "pointerdown":
            if spent is not None:
                yield spent
            spent = 0.0
        elif kind == "pointermove" and spent is not None:
            yield spent
            spent = None
        if spent is not None:
            spent += event.get("tdur", 0) / 1e6
    if spent is not None:
        yield spent


def _thread(event):
    return event["pid"], event["tid"]


class Browser:
    """Pages, and the CPU time of all processes of the browser."""

    def __init__(self, browser):
        self._browser = browser
        self._session = browser.new_browser_cdp_session()

    def cpu(self):
        """CPU seconds of each process that lives."""
        processes = self._session.send("SystemInfo.getProcessInfo")["processInfo"]
        return {process["id"]: process["cpuTime"] for process in processes}

    def cpu_since(self, before):
        """CPU seconds of all processes that live since then, or were started since."""
        return sum(seconds - before.get(number, 0.0) for number, seconds in self.cpu().items())

    @contextlib.contextmanager
    def page(self):
        """Open an empty page in a window of its own, and wait until the browser has made the window."""
        context = self._browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(120_000)
        self.rest(page)
        yield page, MainThread(page)
        context.close()

    def rest(self, page):
        """Wait until the browser does nothing: the parts around a page are pages that load as well."""
        for _ in range(40):
            before = self.cpu()
            page.wait_for_timeout(300)
            if self.cpu_since(before) <= QUIET:
                return

    def script_of_clicks(self, page, click):
        """Do something that clicks, and return CPU seconds of script for each click."""
        self._browser.start_tracing(page=page, categories=["devtools.timeline"])
        click()
        events = json.loads(self._browser.stop_tracing())["traceEvents"]
        return list(_by_click(event for event in events if event["name"] in SCRIPT))

    def calibration(self):
        """CPU seconds of a loop, by which those of other machines can be compared."""
        with self.page() as (page, thread):
            before = thread.seconds()
            page.evaluate(CALIBRATION)
            return thread.seconds() - before


class MainThread:
    """CPU time of a page's main thread: script, layout, painting, and what a measurement asks."""

    def __init__(self, page):
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds(self):
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] for metric in metrics}["TaskDuration"]
