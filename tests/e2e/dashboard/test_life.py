"""Dashboards come and go, many on a page, and each draws once what it was last asked for."""

from e2e.dashboard import cases
from e2e.dashboard.pages import address_row, settle

from pellucid.dashboard.front import ENTRY, joined_modules

# The page's policy binds its own scripts, not what a test evaluates.
LOAD = f"""() => {{
  {joined_modules("file-host.js")}
  const manifest = JSON.parse(document.getElementById("manifest").textContent);
  window.takeAway = [];
  window.mountMore = async (times) => {{
    for (let i = 0; i < times; i++) {{
      const home = document.createElement("div");
      home.className = "another";
      document.body.append(home);
      window.takeAway.push([home, await {ENTRY}.show(home, manifest)]);
    }}
  }};
}}"""
MORE = "(times) => window.mountMore(times)"


def test_twelve_on_one_page_are_all_drawn(show):
    page = show(cases.explanation_of(30, 4))
    page.evaluate(LOAD)
    page.evaluate(MORE, 12)
    page.locator(".another [data-view='data'] h2").nth(11).wait_for()
    drawn = page.locator(".another [data-view='feature'] canvas").evaluate_all(
        "nodes => nodes.map((c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v))"
    )
    assert drawn == [True] * 12


TAKE_AWAY = """() => {
  for (const [home, away] of window.takeAway) {
    away();
    home.remove();
  }
  window.takeAway = [];
}"""


def test_coming_and_going_leaves_nothing_behind(show):
    page = show(cases.explanation_of(30, 4))
    page.evaluate(LOAD)
    session = page.context.new_cdp_session(page)
    counted = []
    for _ in range(6):
        page.evaluate(MORE, 4)
        page.locator(".another [data-view='data'] h2").nth(3).wait_for()
        page.evaluate(TAKE_AWAY)
        page.wait_for_timeout(50)
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"]
        counted.append({**session.send("Memory.getDOMCounters"), "heap": heap})
    # At first the browser learns which code is hot; then sixteen more dashboards came and went, and
    # not even one of them stayed.
    del counted[0]
    alone = page.evaluate(
        "() => document.getElementById('pellucid').shadowRoot.querySelectorAll('*').length"
    )
    assert counted[-1]["nodes"] - counted[0]["nodes"] < alone
    assert counted[-1]["jsEventListeners"] - counted[0]["jsEventListeners"] < 50
    assert counted[-1]["heap"] - counted[0]["heap"] < 16 * 20_000


def test_late_answers_do_not_overwrite_new_ones(show):
    page = show(cases.explanation_of(60, 4))
    page.evaluate("""() => {
      const next = document.getElementById("pellucid").shadowRoot.querySelector('[aria-label="Next row"]');
      const root = document.getElementById("pellucid").shadowRoot;
      for (let i = 0; i < 7; i++) root.querySelector('[aria-label="Next row"]').click();
      return next;
    }""")
    settle(page)
    place = address_row(page)
    assert page.locator('[data-view="row"] h2').inner_text().startswith(f"Row {place}:")
