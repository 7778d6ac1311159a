"""In a real browser: pages of others get nothing, and nothing that is called like a script runs."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from e2e.dashboard import cases, live_cases
from e2e.dashboard.live_pages import serve  # noqa: F401 - a fixture
from e2e.dashboard.pages import settle

ATTACK = """<!doctype html><title>attack</title><body><script>
const home = "http://127.0.0.1:PORT";
async function attempt(make) {
  try { return await make(); } catch (error) { return "refused"; }
}
window.results = (async () => {
  const found = {};
  for (const path of ["/", "/manifest", "/chunk/label", "/page.js"]) {
    for (const headers of [{}, { "x-pellucid": "1" }]) {
      found[path + Object.keys(headers)] = await attempt(async () => {
        const answer = await fetch(home + path, { credentials: "include", headers });
        return [answer.status, (await answer.text()).length];
      });
    }
  }
  found.post = await attempt(async () => (await fetch(home + "/call/predict", {
    method: "POST", credentials: "include", body: '{"row": 0}', headers: { "content-type": "application/json" } })).status);
  found.simple = await attempt(async () => (await fetch(home + "/call/predict", {
    method: "POST", mode: "no-cors", credentials: "include", body: '{"row": 0}' })).type);
  found.script = await new Promise((done) => {
    const node = document.createElement("script");
    node.src = home + "/page.js";
    node.onload = () => done("loaded");
    node.onerror = () => done("refused");
    document.body.append(node);
  });
  found.frame = await new Promise((done) => {
    const node = document.createElement("iframe");
    node.src = home + "/";
    node.onload = () => {
      try { done(node.contentDocument ? "read" : "closed"); } catch (error) { done("closed"); }
    };
    document.body.append(node);
  });
  return found;
})();
</script>"""


@pytest.fixture
def attacker():
    """A page of another port of this machine, to which a browser sends this machine's cookies."""
    content = {"page": b""}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(content["page"])

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def at(port):
        content["page"] = ATTACK.replace("PORT", str(port)).encode()
        return f"http://127.0.0.1:{server.server_port}/"

    yield at
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_page_of_another_port_gets_nothing(serve, attacker):  # noqa: F811
    model, explanation = live_cases.moody()
    page = serve(explanation, model=model)
    page.locator("[data-view='whatif'] .curve svg").first.wait_for()
    page.wait_for_load_state("networkidle")
    model.mood = "slow"  # so that it would be seen to be asked
    other = page.context.new_page()
    other.goto(attacker(page.server.port))
    found = other.evaluate("() => window.results")
    assert found.pop("frame") == "closed"
    assert found.pop("simple") in {"opaque", "refused"}
    assert set(map(str, found.values())) == {"refused"}, found
    assert not model.asked.is_set()


def test_a_link_opens_one_browser_and_leaves_no_trace_in_the_address(serve, context_of):  # noqa: F811
    page = serve(cases.explanation_of(20, 3))
    assert "token" not in page.url
    page.reload()
    page.locator('[data-view="overview"] h2').wait_for()
    settle(page)
    assert page.evaluate("() => document.cookie") == ""
    link = page.server.new_link()
    other = context_of().new_page()
    assert other.goto(link).status == 200
    third = context_of().new_page()
    assert third.goto(link).status == 403
    assert "open the link" in third.locator("body").inner_text()


def test_a_link_in_a_page_of_another_site_opens_it(serve, context_of):  # noqa: F811
    """As in a notebook or a mail: strict cookies must not stand in the way."""
    page = serve(cases.explanation_of(20, 3))
    other = context_of().new_page()
    other.route(
        "https://notes.example/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<a href="{page.server.new_link()}">open</a>'
        ),
    )
    other.goto("https://notes.example/")
    other.get_by_text("open").click()
    other.locator('[data-view="overview"] h2').wait_for()
    settle(other)
    assert other.locator(".failed").count() == 0


def test_hostile_names_do_nothing(serve):  # noqa: F811
    named = cases.hostile()
    result = cases.plain_with(named, named.data, task="regression", output_space="value")
    page = serve(result, model=lambda rows: rows.iloc[:, [0, 2]].to_numpy(dtype=float))
    for box in page.locator('[data-view="whatif"] .input input[type=range]').all():
        box.press("ArrowRight")
    for box in page.locator('[data-view="whatif"] .input select').all():
        box.select_option(index=0)
    page.get_by_role("button", name="Show partial dependence").click()
    page.locator(".dependence h3").wait_for()
    settle(page)
    assert page.evaluate("() => window.hacked") is None
    assert page.locator(".failed:not([hidden])").count() == 0


def test_policy_blocks_what_a_page_could_be_made_to_load(serve):  # noqa: F811
    page = serve(cases.explanation_of(20, 3))
    blocked = page.evaluate(
        """async () => {
        const tried = [];
        tried.push(await fetch("https://attacker.example/").then(() => "sent", () => "blocked"));
        const image = new Image();
        tried.push(await new Promise((done) => {
          image.onload = () => done("loaded");
          image.onerror = () => done("blocked");
          image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
        }));
        try { tried.push(new Function("return 'ran'")()); } catch { tried.push("blocked"); }
        return tried;
      }"""
    )
    assert blocked == ["blocked", "blocked", "blocked"]
