"""What the widget answers to its page, without a notebook around it."""

import re
import sys

import pytest
from e2e.dashboard import cases

import pellucid
from pellucid.dashboard.answers import pack
from pellucid.dashboard.front import ENTRY
from pellucid.dashboard.session import Session

pytest.importorskip("anywidget")


@pytest.fixture
def widget():
    return cases.three_classes().widget(title="Colors")


@pytest.fixture
def told(widget, monkeypatch):
    """Ask a widget, as its page does, and return what it tells."""
    heard = []
    monkeypatch.setattr(
        type(widget), "send", lambda _, content, buffers=None: heard.append((content, buffers))
    )

    def ask(**asked):
        heard.clear()
        widget._handle_custom_msg({"id": "view 1", **asked}, [])
        return heard[0]

    return ask


def test_first_picture_is_part_of_the_state(widget):
    state = widget.get_state()
    assert state["_manifest"]["title"] == "Colors"
    shown = state["_manifest"]["shown_output"]
    parts = ["measures", "strips", "ranges", "counts", "shades"]
    assert set(state["_first"]) == {f"aggregates/{shown}/{part}" for part in parts}


def test_module_is_what_every_notebook_takes(widget):
    """One default export, nothing imported, nothing loaded from an address, no style outside the page."""
    module = widget._esm
    assert module.count("export ") == 1
    assert module.endswith(f"export default {{ render: {ENTRY}.render }};")
    assert f"let {ENTRY}=" in module
    assert re.search(r"return\{render:\w+\}", module.rsplit(ENTRY, 2)[1])
    assert not re.search(r"\bimport\b|\brequire\b|\beval\b|document\.head", module)
    assert set(re.findall(r"https?://[^\"'` ]+", module)) == {"http://www.w3.org/2000/svg"}
    assert not getattr(widget, "_css", "")


def test_chunks_come_as_bytes_or_as_text(widget, told):
    chunk = widget._session.chunk("contribution/1/0")
    content, buffers = told(chunk="contribution/1/0")
    assert b"".join(buffers) == chunk
    assert content == {"id": "view 1", "size": len(chunk)}
    content, buffers = told(chunk="contribution/1/0", as_text=True)
    assert buffers is None
    assert content["texts"]


def test_long_chunks_come_in_parts(widget, told, monkeypatch):
    long = bytes(range(256)) * 10_000
    monkeypatch.setattr(Session, "chunk", lambda *_: long)
    _, buffers = told(chunk="long")
    assert [len(part) for part in buffers] == [2**20, 2**20, len(long) - 2**21]
    assert b"".join(buffers) == long


def test_questions_are_answered_by_the_session(widget, told):
    asked = {"row": 3, "output": 1}
    _, buffers = told(method="row", params=asked)
    assert b"".join(buffers) == pack(widget._session.answer("row", asked))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"chunk": "nothing"}, "nothing"),
        ({"method": "__init__", "params": {}}, "does not answer"),
        ({"method": "row", "params": {"row": 10**9, "output": 0}}, "row must be"),
        ({"method": "row", "params": 3}, "object"),
    ],
)
def test_what_cannot_be_answered_is_said(told, asked, said):
    content, _ = told(**asked)
    assert said in content["error"]


def test_an_accident_is_said_too(widget, told, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr(Session, "answer", broken)
    content, _ = told(method="row", params={"row": 0, "output": 0})
    assert content["error"] == "ZeroDivisionError: by hand"


def test_selection_takes_names(widget):
    widget.selection = {"feature": "feature 2", "output": "green", "row": 7, "pins": [1, 2]}
    assert widget.selection == {"feature": 2, "output": 1, "row": 7, "pins": [1, 2]}
    with pytest.raises(pellucid.InvalidInputError, match="no feature 'age' in this dashboard"):
        widget.selection = {"feature": "age"}


def test_without_anywidget_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(pellucid.MissingExtraError, match=r"pip install 'pellucid\[dashboard\]'"):
        cases.explanation_of().widget()
