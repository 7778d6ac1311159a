"""One browser for all tests of the dashboard; each page is a context of its own."""

import os
import shutil

import pytest
from e2e.dashboard.pages import settle

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium():
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    return os.environ.get("CHROMIUM") or next(found, None)


@pytest.fixture(scope="session")
def browser():
    path = chromium()
    if path is None:
        missing = "no Chromium: `make browser` installs it, or CHROMIUM names one"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # A launched browser has a new profile of its own.
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def context_of(browser):
    """Make contexts that are closed at the end of the test."""
    made = []

    def make(**options):
        made.append(browser.new_context(**options))
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture(scope="session")
def blank(browser):
    """An empty page in which functions of the front end can be called; they leave nothing in it."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def show(context_of, tmp_path):
    """Save a result, open it, and wait until it is drawn; nothing may be asked of any network."""
    asked, said = [], []

    def open_page(result, *, width=1280, height=900, scheme="light", place="", **options):
        path = result.save_html(tmp_path / "page.html", overwrite=True, **options)
        page = context_of(
            viewport={"width": width, "height": height}, color_scheme=scheme, offline=True
        ).new_page()
        page.set_default_timeout(8000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto(f"{path.as_uri()}{place}")
        page.locator('[data-view="overview"] h2').wait_for()
        settle(page)
        return page

    yield open_page
    assert not said
    assert not [url for url in asked if not url.startswith(("file:", "blob:"))]
