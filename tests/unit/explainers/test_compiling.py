"""Who waits for the compiler is told on a terminal, unless told to be silent."""

import pytest

from pellucid._core import progress
from pellucid.explainers.compiling import watch_compiling
from pellucid.kernels import compiled


@pytest.fixture
def told(monkeypatch, capsys):
    """What is written when a kernel is compiled, in a process that has compiled none so far."""

    def written(show, *, terminal):
        monkeypatch.setattr(progress, "_is_watched", lambda: terminal)
        monkeypatch.setattr(compiled, "_told", [])
        watch_compiling(show=show)
        compiled._tell_that_it_compiles("a-folder")
        compiled._tell_that_it_compiles("another-folder")
        return capsys.readouterr().err

    yield written
    compiled.tell_of_compiling(None)


@pytest.mark.parametrize("show", [None, True])
def test_a_terminal_is_told_once_where_kernels_are_kept(told, show):
    text = told(show, terminal=True)
    assert text.count("\n") == 1
    assert "a-folder" in text
    assert "another-folder" not in text


@pytest.mark.parametrize(("show", "terminal"), [(False, True), (None, False), (True, False)])
def test_nobody_else_is(told, show, terminal):
    assert told(show, terminal=terminal) == ""
