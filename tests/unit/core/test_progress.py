import io
import subprocess
import sys

import pytest

from pellucid._core.progress import SilentProgress, show_progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def work(*, show):
    with show_progress_bar(4, "explaining", show=show) as bar:
        bar.update(1)
        bar.update(3)
        return bar


@pytest.mark.parametrize("show", [False, None])
def test_nothing_is_shown_where_nobody_watches(capsys, show):
    assert isinstance(work(show=show), SilentProgress)
    assert capsys.readouterr().err == ""


def test_bar_is_shown_on_request(capsys):
    assert work(show=True).n == 4
    shown = capsys.readouterr().err
    assert "explaining" in shown
    assert "4/4" in shown


def test_short_work_shows_nothing_on_a_terminal_either(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    bar = work(show=None)

    assert not isinstance(bar, SilentProgress)
    assert "explaining" not in terminal.getvalue()


@pytest.mark.parametrize("show", [False, True])
def test_error_passes_through_the_bar(show):
    with (
        pytest.raises(ZeroDivisionError),
        show_progress_bar(4, "explaining", show=show) as bar,
    ):
        bar.update(1 // 0)


def test_tqdm_is_loaded_only_where_a_bar_is_shown():
    program = (
        "import sys\n"
        "from pellucid._core.progress import show_progress_bar\n"
        "with show_progress_bar(1, '', show=None): pass\n"
        "assert 'tqdm' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stderr=subprocess.PIPE)
