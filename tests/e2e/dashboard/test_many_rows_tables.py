"""Tables and files where rows are many: the same as where all of them are in the page."""

import csv
import io

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.live_pages import serve  # noqa: F401 - a fixture
from e2e.dashboard.pages import settle, unfold

EXACT = {}
FEWER = {"rounded": {"round_above": 10}, "counted": {"round_above": 10, "count_above": 20}}


def bands_in(page):
    """The table below the chart of a feature."""
    details = page.locator('[data-view="feature"] details.table')
    unfold(details)
    details.locator("tbody tr").first.wait_for()
    return [line.locator("th, td").all_inner_texts() for line in details.locator("tr").all()]


def saved(page):
    data = page.locator('[data-view="data"]')
    with page.expect_download() as download:
        data.get_by_role("button", name="Save as CSV").click()
    return download.value.path().read_bytes()


@pytest.mark.parametrize("dots", FEWER)
def test_table_of_a_chart_is_that_of_all_rows(serve, dots):  # noqa: F811
    result = cases.with_categories()
    exact, page = serve(result), serve(result, **FEWER[dots])
    for name in result.features:
        for each in (exact, page):
            each.locator('[data-view="feature"] select').first.select_option(label=name)
            settle(each)
        assert bands_in(page) == bands_in(exact), name


def test_table_of_a_chart_follows_its_axes_and_the_cohort(serve):  # noqa: F811
    result, labels = cases.labelled_classes(3, n=400)
    pages = [serve(result, true_labels=labels, **more) for more in (EXACT, FEWER["counted"])]
    told = []
    for page in pages:
        page.locator('[data-view="feature"]').get_by_label("Across").select_option(label="error")
        page.locator('[data-view="feature"]').get_by_label("Up").select_option(label="prediction")
        page.locator('[data-view="cohorts"]').get_by_role(
            "button", name="Wrong predictions"
        ).click()
        page.locator(".whose").wait_for()
        settle(page)
        told.append(bands_in(page))
    wrong = int((result.predictions.argmax(axis=1) != labels).sum())
    assert sum(int(cells[1]) for cells in told[0][1:]) == wrong
    assert told[1] == told[0]


def test_table_is_unfolded_and_read_by_keyboard(serve):  # noqa: F811
    page = serve(cases.explanation_of(400, 5), **FEWER["counted"])
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    summary = page.locator('[data-view="feature"] details.table summary')
    assert summary.inner_text() == "Show as a table"
    summary.focus()
    page.keyboard.press("Enter")
    table = page.locator('[data-view="feature"] details.table')
    table.locator("caption").wait_for()
    assert [url.rsplit("/", 1)[1] for url in asked] == ["bands"]
    page.keyboard.press("Tab")
    name = "contribution of feature 0 against feature 0"
    table.get_by_role("group", name=name).and_(page.locator(":focus")).wait_for()


@pytest.mark.parametrize("dots", FEWER)
def test_readouts_are_those_of_exact_pages(serve, dots):  # noqa: F811
    result, labels = cases.labelled_numbers()
    said = []
    for options in (EXACT, FEWER[dots]):
        page = serve(result, true_labels=labels, place="#row=5", **options)
        feature = page.locator('[data-view="feature"]')
        feature.get_by_label("Color").select_option(label="error")
        readout = feature.locator(".readout", has_text="Row 5 ")
        readout.wait_for()
        settle(page)
        first = page.locator('[data-view="data"] tbody tr[data-row="0"]')
        said.append([readout.inner_text(), first.locator("th, td").all_inner_texts()])
    assert said[1] == said[0]
    assert len(said[0][1]) > 5


@pytest.mark.parametrize("dots", FEWER)
def test_file_is_that_of_exact_pages(serve, dots):  # noqa: F811
    result, labels = cases.labelled_classes(3, n=400)
    wrong = (result.predictions.argmax(axis=1) != labels) & (result.data["feature 1"] >= 0.1)
    files = []
    for options in (EXACT, FEWER[dots]):
        page = serve(result, true_labels=labels, place="#output=1", **options)
        page.locator('[data-view="cohorts"]').get_by_role(
            "button", name="Wrong predictions"
        ).click()
        page.locator(".whose").wait_for()
        data = page.locator('[data-view="data"]')
        data.get_by_label("Filter").select_option(label="feature 1")
        settle(page)
        data.get_by_label("Bound").fill("0.1")
        data.get_by_label("Bound").press("Enter")
        data.locator("h2", has_text=f"{wrong.sum()} rows").wait_for()
        data.locator("thead").get_by_role("button", name="error").click()
        data.locator("th[aria-sort=descending]", has_text="error").wait_for()
        settle(page)
        files.append(saved(page))
    assert files[1] == files[0]
    head, *rows = csv.reader(io.StringIO(files[1].decode("utf-8-sig")))
    assert {int(row[0]) for row in rows} == set(np.flatnonzero(wrong))
    assert len(head) == 1 + 1 + 4 + 5 + 5
    assert {row[head.index("outcome")] for row in rows} == {"wrong"}


@pytest.mark.parametrize("make", [cases.with_categories, cases.hostile])
def test_file_of_what_is_hard_to_write_is_that_of_exact_pages(serve, make):  # noqa: F811
    exact, page = serve(make()), serve(make(), **FEWER["counted"])
    assert saved(page) == saved(exact)


def test_long_file_says_how_far_it_is_and_can_be_stopped(serve):  # noqa: F811
    result = cases.explanation_of(20_000, 5)
    page = serve(result, **FEWER["counted"])
    data = page.locator('[data-view="data"]')
    held, downloads = [], []
    page.on("download", lambda download: downloads.append(download.url))

    def hold_the_second(route):
        held.append(route)
        if len(held) == 1:
            route.continue_()

    page.route("**/call/table", hold_the_second)
    data.get_by_role("button", name="Save as CSV").click()
    data.get_by_text("8,334 of 20,000 rows").wait_for()
    # The table goes on meanwhile, and so does the file.
    data.get_by_label("Next page").click()
    data.get_by_text("101 to 200 of 20,000").wait_for()
    data.get_by_role("button", name="Stop").click()
    data.get_by_role("button", name="Save as CSV").wait_for()
    held[1].continue_()
    page.unroute("**/call/table")
    assert not downloads
    rows = saved(page).decode("utf-8-sig").splitlines()
    assert len(rows) == 20_001
    assert [row.split(",")[0] for row in rows[1:]] == [str(i) for i in range(20_000)]
    contribution = [float(row.split(",")[-1]) for row in rows[1:]]
    assert contribution == result.values[:, 4, 0].tolist()
    data.get_by_text("20,000 of 20,000 rows").wait_for()


def test_what_goes_wrong_with_a_file_is_said_beside_it(serve):  # noqa: F811
    page = serve(cases.explanation_of(400, 5), **FEWER["counted"])
    page.route("**/call/table", lambda route: route.fulfill(status=429, body="wait a moment"))
    data = page.locator('[data-view="data"]')
    data.get_by_role("button", name="Save as CSV").click()
    data.get_by_text("wait a moment").wait_for()
    page.unroute("**/call/table")
    assert len(saved(page).splitlines()) == 401


def test_largest_file_is_said_beforehand(serve):  # noqa: F811
    page = serve(cases.explanation_of(400, 5), **FEWER["counted"])

    def with_less_room(route):
        script = route.fetch().text()
        assert script.count("=3e7") == 1
        route.fulfill(body=script.replace("=3e7", "=1200"), content_type="text/javascript")

    page.route("**/page.js", with_less_room)
    page.reload()
    data = page.locator('[data-view="data"]')
    data.get_by_text("A file holds the first 100 rows").wait_for()
    settle(page)
    assert len(saved(page).splitlines()) == 101
