"""Pages of real servers, in a real browser."""

import pytest
from e2e.dashboard.pages import settle

from pellucid.dashboard.server import Server
from pellucid.dashboard.session import Session


@pytest.fixture
def serve(context_of):
    """Serve a result, open it by its link, and wait until it is drawn."""
    servers, asked, said = [], [], []

    def open_page(result, *, width=1280, height=900, place="", waits=True, **options):
        server = Server(Session(result, **options)).start()
        servers.append(server)
        page = context_of(viewport={"width": width, "height": height}).new_page()
        page.set_default_timeout(8000)
        page.on("request", lambda request: asked.append((server.port, request.url)))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto(f"{server.new_link()}{place}")
        page.locator('[data-view="overview"] h2').wait_for()
        if waits:
            settle(page)
        page.server = server
        return page

    yield open_page
    for server in servers:
        server.stop()
    assert not said
    for port, url in asked:
        assert url.startswith((f"http://127.0.0.1:{port}/", "blob:")), url
