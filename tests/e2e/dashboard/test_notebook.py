"""The dashboard in notebooks, run for real: live, saved and reopened, trusted and not."""

import contextlib
import subprocess
import sys

import pytest
from e2e.dashboard import cases, live_cases
from e2e.dashboard.conftest import chromium
from e2e.dashboard.notebooks import (
    RUN_CELL,
    Lab,
    environment_in,
    free_port,
    serving,
    write_notebook,
)
from e2e.dashboard.pages import settle, unfold

from pellucid.dashboard.server import Server
from pellucid.dashboard.session import Session

in_lab = pytest.mark.xdist_group("jupyter")
"""One process starts JupyterLab, which takes long, and has all tests that need it."""
N, D = 400, 5
SETUP = f"""from e2e.dashboard import cases
explanation = cases.explanation_of({N}, {D}, 2, classes=("no", "yes"), seed=3)"""


@pytest.fixture(scope="module")
def explanation():
    return cases.explanation_of(N, D, 2, classes=("no", "yes"), seed=3)


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    pytest.importorskip("jupyterlab")
    with Lab(tmp_path_factory.mktemp("lab"), browser).running() as running:
        yield running


def click_dot(view):
    """Click dots until another row is shown, and return its number."""
    title = view.locator('[data-view="row"] h2')
    before = title.inner_text()
    canvas = view.locator('[data-view="feature"] canvas')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for share in (0.5, 0.45, 0.55, 0.4, 0.6, 0.35):
        canvas.click(position={"x": share * box["width"], "y": share * box["height"]})
        with contextlib.suppress(Exception):
            view.locator('[data-view="row"] h2', has_not_text=before).wait_for(timeout=3000)
            return int(title.inner_text().split(":")[0].removeprefix("Row "))
    pytest.fail("no dot was there to click")


def row_numbers(view):
    unfold(view.locator('[data-view="row"] details.table'))
    data = view.locator('[data-view="row"] details.table data')
    return sorted(map(float, data.evaluate_all("nodes => nodes.map((n) => n.value)")), reverse=True)


def check_click(view, explanation):
    """What the page shows after a click is what Python returns, to the last bit."""
    view.locator('[data-view="row"] h2').wait_for()
    row = click_dot(view)
    assert row_numbers(view) == explanation.get_ranked_local_values()[1][row]
    return row


@in_lab
def test_widget_in_jupyterlab_is_python_live(lab, explanation):
    write_notebook(
        lab.folder / "live.ipynb",
        f"{SETUP}\nwidget = explanation.widget()\nwidget",
        "print('selected', dict(widget.selection))",
        "widget.selection = {'row': 7, 'feature': 'feature 2', 'output': 'no'}",
        "from e2e.dashboard import live_cases\nfrom pellucid import ExplanationDashboard\n"
        "model, sums = live_cases.moody()\nExplanationDashboard(sums, model)",
        "from pellucid.dashboard.session import Session\n"
        "from pellucid.dashboard.widget import as_widget\n"
        "as_widget(Session(explanation, round_above=10, count_above=20))",
    )
    with lab.open("live.ipynb", kernel=True) as page:
        page.evaluate(RUN_CELL, 0)
        widget = page.locator(".pellucid-widget").first
        row = check_click(widget, explanation)
        title = page.title()
        page.evaluate(RUN_CELL, 1)
        said = page.locator(".jp-OutputArea-output", has_text="selected").inner_text()
        assert f"'row': {row}," in said
        page.evaluate(RUN_CELL, 2)
        widget.locator('[data-view="row"] h2', has_text="Row 7:").wait_for()
        assert "feature 2" in widget.locator('[data-view="feature"] h2').inner_text()
        assert row_numbers(widget) == explanation.get_ranked_local_values()[0][7]
        assert title == page.title()
        assert "live" in title
        page.evaluate(RUN_CELL, 3)
        check_what_if(page.locator('.pellucid-widget [data-view="whatif"]'))
        page.evaluate(RUN_CELL, 4)
        check_many_rows(page, page.locator(".pellucid-widget").nth(2), explanation)


def check_many_rows(page, view, explanation):
    """What is not in the page comes from Python: the table of a chart, and the rows as a file."""
    view.locator('[data-view="data"] h2').wait_for()
    details = view.locator('[data-view="feature"] details.table')
    unfold(details)
    details.locator("caption").wait_for()
    counts = details.locator("tbody td:nth-child(2)").all_inner_texts()
    assert sum(map(int, counts)) == N
    with page.expect_download() as download:
        view.locator('[data-view="data"]').get_by_role("button", name="Save as CSV").click()
    _, *lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    last = [float(line.split(",")[-1]) for line in lines]
    assert last == explanation.values[:, D - 1, 1].tolist()


@in_lab
def test_widget_and_snapshot_in_notebook_7(lab, explanation):
    pytest.importorskip("notebook", minversion="7")
    write_notebook(lab.folder / "seven.ipynb", f"{SETUP}\nexplanation", "explanation.widget()")
    with lab.open("seven.ipynb", kernel=True, place="notebooks") as page:
        page.evaluate(RUN_CELL, 0)
        check_click(page.frame_locator(".pellucid-snapshot iframe"), explanation)
        page.evaluate(RUN_CELL, 1)
        check_click(page.locator(".pellucid-widget"), explanation)


def check_what_if(view):
    """The prediction of the changed row is the model's own."""
    model, sums = live_cases.moody()
    row = sums.data[sums.predictions[:, 0].argmax()].copy()
    view.locator(".predicted").wait_for()
    view.get_by_label("part 0", exact=True).fill("0.5")
    view.locator("h2", has_text="changed").wait_for()
    row[0] = float(view.get_by_label("part 0", exact=True).input_value())
    wanted = float(model(row[None])[0])
    view.locator(f'.predicted data[value="{wanted!r}"]').wait_for()


@pytest.fixture(scope="module")
def saved(lab):
    """A notebook whose last cell shows an explanation, executed and written by nbclient."""
    write_notebook(lab.folder / "saved.ipynb", f"{SETUP}\nexplanation")
    run = [sys.executable, "-m", "jupyter", "execute", "--inplace", "saved.ipynb"]
    subprocess.run(run, cwd=lab.folder, env=lab.environment, check=True, capture_output=True)
    return lab.folder / "saved.ipynb"


@in_lab
def test_saved_notebook_is_interactive_without_a_kernel(lab, saved, explanation):
    import nbformat

    # Trust is in what a notebook holds, so the copy is made a little different.
    trusted = saved.with_name("trusted.ipynb")
    notebook = nbformat.read(saved, as_version=4)
    notebook.cells[0].source += "  # trusted"
    nbformat.write(notebook, trusted)
    trust = [sys.executable, "-m", "jupyter", "trust", trusted.name]
    subprocess.run(trust, cwd=lab.folder, env=lab.environment, check=True, capture_output=True)
    with lab.open(trusted.name, kernel=False) as page:
        check_click(page.frame_locator(".pellucid-snapshot iframe"), explanation)


@in_lab
def test_notebook_that_is_not_trusted_shows_the_picture(lab, saved):
    with lab.open(saved.name, kernel=False) as page:
        picture = page.locator(".jp-OutputArea-output img")
        picture.wait_for()
        assert page.locator(".jp-OutputArea-output iframe").count() == 0
        assert picture.evaluate("node => node.complete && node.naturalWidth") == 620
        assert picture.get_attribute("alt").startswith("Importance over 400 rows: 5 features")


@in_lab
def test_converted_notebook_is_interactive(lab, saved, explanation, context_of):
    convert = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", saved.name]
    subprocess.run(convert, cwd=lab.folder, env=lab.environment, check=True, capture_output=True)
    page = context_of(offline=True).new_page()
    page.goto(saved.with_suffix(".html").as_uri(), wait_until="domcontentloaded")
    check_click(page.frame_locator(".pellucid-snapshot iframe"), explanation)


def test_twelve_in_one_page_are_all_drawn(context_of, tmp_path):
    shown = [cases.explanation_of(40, 4, seed=seed)._repr_html_() for seed in range(12)]
    path = tmp_path / "twelve.html"
    path.write_text(f"<!doctype html>{''.join(shown)}", encoding="utf-8")
    page = context_of(offline=True).new_page()
    page.goto(path.as_uri())
    for i in range(12):
        frame = page.frame_locator("iframe").nth(i)
        frame.locator('[data-view="data"] h2').wait_for()
        assert frame.locator('[data-view="feature"] canvas').evaluate(IS_DRAWN)


IS_DRAWN = """(node) => {
  const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
  return data.some((value) => value);
}"""
WITHOUT_WEBGL = [
    "--disable-gpu",
    "--disable-webgl",
    "--disable-3d-apis",
    "--disable-software-rasterizer",
]


def test_files_and_live_pages_are_drawn_without_webgl(browser, tmp_path):
    path = cases.explanation_of(40, 4).save_html(tmp_path / "page.html")
    plain = browser.browser_type.launch(
        executable_path=chromium(),
        args=["--headless", "--no-sandbox", *WITHOUT_WEBGL],
        ignore_default_args=["--enable-unsafe-swiftshader"],
    )
    model, sums = live_cases.moody()
    server = Server(Session(sums, model=model, round_above=10, count_above=20)).start()
    for address in (path.as_uri(), server.new_link()):
        page = plain.new_page()
        page.goto(address)
        page.locator('[data-view="data"] h2').wait_for()
        settle(page)
        has_webgl = "() => Boolean(document.createElement('canvas').getContext('webgl'))"
        assert not page.evaluate(has_webgl)
        for view in ("overview", "feature"):
            assert page.locator(f'[data-view="{view}"] canvas').evaluate(IS_DRAWN)
    check_what_if(page.locator('[data-view="whatif"]'))
    plain.close()
    server.stop()


MARIMO = f"""import marimo
app = marimo.App()

@app.cell
def _():
    {SETUP.replace(chr(10), chr(10) + "    ")}
    explanation
    return (explanation,)

@app.cell
def _(explanation):
    explanation.widget()
    return

if __name__ == "__main__":
    app.run()
"""


def test_marimo_shows_both(browser, tmp_path, explanation):
    pytest.importorskip("marimo")
    (tmp_path / "app.py").write_text(MARIMO)
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "marimo", "run", "app.py", "--headless", "--no-token"]
    with serving([*command, "--port", str(port)], tmp_path, environment_in(tmp_path), address):
        context = browser.new_context(viewport={"width": 1200, "height": 1800})
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(address)
        check_click(page.locator(".pellucid-widget"), explanation)
        check_click(page.frame_locator(".pellucid-snapshot iframe"), explanation)
        context.close()
