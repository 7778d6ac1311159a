"""The dashboard that stays in a saved notebook: small, closed off, and text is text."""

import base64
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from e2e.dashboard import cases

import pellucid
from pellucid.dashboard.picture import picture
from pellucid.dashboard.snapshot import MOST_BYTES, size_in_notebook, snapshot_html
from pellucid.explanation.summary import summarize_global


class Read(HTMLParser):
    """The elements of a fragment, and the page in its frame."""

    def __init__(self, source):
        super().__init__()
        self.elements = []
        self.feed(source)
        self.close()
        self.frame = dict(self.elements)["iframe"]
        self.page = self.frame["srcdoc"]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))


def n_sent(fragment):
    return int(re.search(r'"n_sent": (\d+)', Read(fragment).page)[1])


@pytest.mark.parametrize(
    ("n", "d", "k", "rows"),
    [
        (40, 4, 1, (40, 40)),
        (9000, 3, 1, (4000, 5000)),
        (3000, 60, 1, (1000, 1500)),
        (60, 200, 40, (60, 60)),
        (30, 1500, 1, (0, 0)),
    ],
)
def test_it_takes_at_most_a_megabyte(n, d, k, rows):
    explanation = cases.explanation_of(n, d, k, data="none")
    fragment = explanation._repr_html_()
    assert size_in_notebook(fragment) <= MOST_BYTES == 1_000_000
    assert rows[0] <= n_sent(fragment) <= rows[1]


def test_what_shows_one_of_many_outputs_says_so():
    fragment = cases.explanation_of(60, 200, 40, data="none")._repr_html_()
    assert "one of 40 outputs" in Read(fragment).page


def test_what_does_not_fit_is_a_table_that_says_so():
    shown = cases.explanation_of(3, 9000, data="none")._repr_html_()
    assert "iframe" not in shown
    assert "too large to be part of a notebook; save_html writes it" in shown


def test_nothing_explained_is_a_table_too():
    assert "Explanation of 0 rows" in cases.explanation_of()[:0]._repr_html_()


def test_importance_shows_itself_with_and_without_its_rows():
    explanation = cases.explanation_of(50)
    assert n_sent(explanation.importance()._repr_html_()) == 50
    assert n_sent(cases.metric_importance()._repr_html_()) == 0


def test_rows_and_numbers_of_the_page_are_the_results():
    explanation = cases.explanation_of(30, 3)
    chunk = re.search(r'data-chunk="contribution/0">([^<]+)', Read(snapshot_html(explanation)).page)
    body = base64.b64decode(chunk[1])[16:]
    assert np.array_equal(np.frombuffer(body, "<f8").reshape(3, 30), explanation.values[:, :, 0].T)


def test_frame_reaches_nothing_outside():
    read = Read(cases.hostile()._repr_html_())
    assert [tag for tag, _ in read.elements] == ["div", "style", "img", "iframe"]
    assert read.frame["sandbox"] == "allow-scripts allow-downloads"
    assert "default-src 'none'; script-src 'sha256-" in read.page
    image = dict(read.elements)["img"]
    assert image["src"].startswith("data:image/svg+xml;base64,")
    assert "hacked" in image["alt"]


def test_table_comes_back_when_asked_for(compact_tables):
    assert "iframe" not in cases.explanation_of()._repr_html_()


def test_unknown_form_is_refused():
    with pytest.raises(pellucid.InvalidInputError, match="form must be one of"):
        pellucid.set_notebook_display("plot")


RESULTS = {
    "plain": cases.explanation_of,
    "estimated": lambda: cases.explanation_of(20, 4, errors=True),
    "hostile": cases.hostile,
    "zero": cases.all_zero,
    "metric": cases.metric_importance,
    "long": cases.long_names,
}


@pytest.mark.parametrize("name", RESULTS)
def test_picture_is_an_image_by_itself(name):
    result = RESULTS[name]()
    importance = result if isinstance(result, pellucid.Importance) else result.importance()
    drawn = picture(summarize_global(importance))
    root = ET.fromstring(drawn)
    kinds = {element.tag.split("}")[1] for element in root.iter()}
    assert kinds <= {"svg", "style", "rect", "text", "path"}
    assert len(drawn) < 12_000
    assert not re.search(r"href|url\(|@import|on\w+=", re.sub("<text.*?</text>", "", drawn))
    bars = [r for r in root.iter("{http://www.w3.org/2000/svg}rect") if "bar" in r.get("class")]
    places = [(float(r.get("x")), float(r.get("width"))) for r in bars]
    assert all(x >= 0 and x + width <= 540 for x, width in places)


def test_bars_of_the_picture_are_as_long_as_their_values():
    importance = cases.metric_importance()
    summary = summarize_global(importance)
    drawn = ET.fromstring(picture(summary))
    widths = [
        float(r.get("width"))
        for r in drawn.iter("{http://www.w3.org/2000/svg}rect")
        if "bar" in r.get("class")
    ]
    values = [abs(bar.value) for bar in summary.charts[0].bars]
    assert np.allclose(np.array(widths) / widths[0], np.array(values) / values[0], atol=0.01)
