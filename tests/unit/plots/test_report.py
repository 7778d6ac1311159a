"""The page is well-formed, self-contained, harmless, and says what the numbers are."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from unit.plots.plot_cases import CASES, HOSTILE_NAMES, binary, explanation, hostile

from pellucid import FeatureMap, InvalidInputError, Origin, StorageError
from pellucid.plots import write_report
from pellucid.plots.wording import visible

TESTS = Path(__file__).parents[2]
PATHS = f"{TESTS}{os.pathsep}{TESTS.parent / 'src'}"
VOID = {"meta", "br"}
SELF_CLOSED = {"path", "rect", "line", "circle"}


class Page(HTMLParser):
    """Collects what is in a page, and fails where tags do not match."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.texts = [], [], [], []
        self.feed(path.read_text(encoding="utf-8"))
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.attributes.extend(attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in SELF_CLOSED
        self.tags.append((tag, dict(attributes)))
        self.attributes.extend(attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def count(self, name):
        return sum(tag == name for tag, _ in self.tags)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(params=CASES)
def found(request):
    return CASES[request.param]()


@pytest.fixture
def page(found, tmp_path):
    return Page(write_report(found.importance(), tmp_path / "report.html"))


def test_nothing_runs_and_nothing_is_fetched(page):
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "iframe", "object", "embed", "link", "img", "base", "form", "a"}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not [name for name, _ in page.attributes if name in {"src", "href", "srcset", "action"}]
    assert not [value for _, value in page.attributes if value and "url(" in value.lower()]


def test_policy_allows_nothing_from_outside(page):
    metas = [attributes for tag, attributes in page.tags if tag == "meta"]
    policy = next(m["content"] for m in metas if "http-equiv" in m)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_style_sheet_fetches_nothing_and_knows_both_themes(tmp_path):
    source = write_report(binary().importance(), tmp_path / "report.html").read_text()
    style = source[source.index("<style>") : source.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style
    used = set(re.findall(r"var\((--[\w-]+)\)", style)) - {"--label"}
    assert used <= set(re.findall(r"(--[\w-]+):", style))


def test_page_can_be_read_without_seeing_it(page):
    assert page.count("h1") == page.count("main") == page.count("title") == 1
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))
    pictures = [attributes for tag, attributes in page.tags if tag == "svg"]
    outer = [attributes for attributes in pictures if "viewbox" not in attributes]
    assert all(attributes.get("aria-hidden") == "true" for attributes in outer)
    tables = page.count("table")
    assert page.count("thead") == tables
    assert page.count("figcaption") + page.count("summary") + page.count("h3") >= tables
    html = next(attributes for tag, attributes in page.tags if tag == "html")
    assert html["lang"] == "en"


def test_hostile_names_are_shown_and_do_nothing(tmp_path):
    page = Page(write_report(hostile().importance(), tmp_path / "report.html"))
    for name in HOSTILE_NAMES:
        assert " ".join(visible(name).split()) in page.text
    for text in ("<b>careful</b>", "it is <no> tree", "by <hand>", "<i>one</i>"):
        assert text in page.text
    assert page.count("b") == page.count("i") == 0


def test_hostile_title(tmp_path):
    title = '</title><script>alert("1")</script>\u202e'
    page = Page(write_report(binary().importance(), tmp_path / "r.html", title=title))
    assert title[:-1] in page.text


def test_numbers_are_those_of_the_importance(tmp_path):
    importance = binary().importance()
    page = Page(write_report(importance, tmp_path / "report.html"))
    listed = re.findall(r"(feature \d) ([\d.]+) ± ([\d.]+)", page.text)
    ranked = importance.to_pandas()
    # Once beside the bars, and once beside the dots, which show one of two like outputs.
    assert [feature for feature, _, _ in listed] == [*ranked["feature"]] * 2
    assert listed[:5] == listed[5:]
    for column, position in (("importance", 1), ("std_error", 2)):
        shown = [float(cells[position]) for cells in listed[:5]]
        np.testing.assert_allclose(shown, ranked[column], atol=0.006)


def test_default_rows_are_lowest_median_and_highest(tmp_path):
    found = binary(n=21)
    order = np.argsort(found.predictions[:, 1])
    page = Page(write_report(found.importance(), tmp_path / "report.html"))
    rows = [int(number) for number in re.findall(r"Row (\d+):", page.text)]
    assert rows == [order[0], order[10], order[-1]]


def test_rows_and_output_can_be_chosen(tmp_path):
    importance = binary().importance()
    path = write_report(importance, tmp_path / "r.html", rows=[5, 2], output="class 0")
    page = Page(path)
    assert re.findall(r"Row (\d+): raw score of class 0", page.text) == ["5", "2"]
    assert "lowest" not in page.text


def test_unknown_row_or_output(tmp_path):
    importance = binary().importance()
    with pytest.raises(InvalidInputError, match="no row 99"):
        write_report(importance, tmp_path / "r.html", rows=[99])
    with pytest.raises(InvalidInputError, match="class 0"):
        write_report(importance, tmp_path / "r.html", output="nothing")
    assert not list(tmp_path.iterdir())


def test_without_local_values_the_page_is_about_the_whole(tmp_path):
    importance = replace(binary().importance(), local=None)
    page = Page(write_report(importance, tmp_path / "report.html"))
    assert "Single rows" not in page.text
    assert "What matters overall" in page.text


def test_provenance_is_complete(tmp_path):
    text = Page(write_report(hostile().importance(), tmp_path / "r.html")).text
    for fact in ("30 of 500", "estimated", "Largest standard error", "Methods passed over"):
        assert fact in text


def test_many_rows_are_thinned_out_and_the_page_says_so(tmp_path):
    rng = np.random.default_rng(0)
    found = explanation(rng.normal(size=(5000, 2, 1)), task="regression")
    path = write_report(found.importance(), tmp_path / "report.html")
    assert "about 1,000 of 5,000 drawn" in Page(path).text
    assert path.stat().st_size < 200_000


def test_existing_file_is_kept_unless_told(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("mine")
    with pytest.raises(StorageError, match="exists already"):
        write_report(binary().importance(), path)
    assert path.read_text() == "mine"
    write_report(binary().importance(), path, overwrite=True)
    assert path.read_text().startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [path]


def test_page_may_be_read_by_whom_other_new_files_may_be_read(tmp_path):
    (tmp_path / "other").write_text("")
    path = write_report(binary().importance(), tmp_path / "report.html")
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        write_report(binary().importance(), tmp_path / "file" / "report.html")


def test_same_explanation_same_page(tmp_path):
    pages = [
        write_report(hostile().importance(), tmp_path / f"{i}.html").read_bytes() for i in range(2)
    ]
    assert pages[0] == pages[1]


def test_page_needs_no_matplotlib(tmp_path):
    script = (
        "import sys\n"
        "from unit.plots.plot_cases import binary\n"
        "from pellucid.plots import write_report\n"
        f"write_report(binary().importance(), {str(tmp_path / 'r.html')!r})\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONPATH": PATHS})


def test_engineered_columns_have_a_section_of_their_own(tmp_path):
    view = replace(
        binary(), origin=Origin(FeatureMap.of([0, 0, 1, 1, 2], 3), ("name", "size", "age"))
    )
    importance = replace(view.raw(view.data), engineered=view).importance()
    text = Page(write_report(importance, tmp_path / "both.html")).text
    assert "In engineered columns" in text
    assert text.index("What matters overall") < text.index("In engineered columns")
    assert "feature 4" in text
    alone = Page(write_report(importance.engineered, tmp_path / "engineered.html")).text
    assert "What matters overall" not in alone


def test_settings_are_told(tmp_path):
    found = binary()
    settings = (("model", "<Forest>"), ("random_state", "7"))
    stats = replace(found.stats, settings=settings)
    page = write_report(replace(found, stats=stats).importance(), tmp_path / "report.html")
    assert "<li>model: &lt;Forest&gt;</li><li>random_state: 7</li>" in page.read_text()
