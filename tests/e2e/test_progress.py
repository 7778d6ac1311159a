"""A progress bar appears on a terminal, and only there."""

import os
import pty
import subprocess
import sys
import termios

import pytest

pytestmark = pytest.mark.e2e

SLOW = """
import time
import numpy as np
from pellucid import KernelExplainer

def slow(rows):
    time.sleep(0.02)
    return rows.sum(axis=1)

rows = np.random.default_rng(0).normal(size=(80, 3))
KernelExplainer(slow, rows[:5], batch_size=5{options}).explain_global(rows)
"""


def written_to_terminal(script):
    """Run a script whose standard error is a terminal; return what it wrote there."""
    terminal, standard_error = pty.openpty()
    termios.tcsetwinsize(standard_error, (24, 80))
    process = subprocess.Popen([sys.executable, "-c", script], stderr=standard_error)
    os.close(standard_error)
    written = b""
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # how Linux says that the other side has closed
            break
        if not chunk:
            break
        written += chunk
    os.close(terminal)
    assert process.wait(timeout=60) == 0, written.decode()
    return written.decode()


def test_terminal_shows_a_bar():
    assert "row" in written_to_terminal(SLOW.format(options=""))


def test_terminal_shows_no_bar_when_told_so():
    assert written_to_terminal(SLOW.format(options=", show_progress=False")) == ""


def test_pipe_shows_no_bar():
    done = subprocess.run(
        [sys.executable, "-c", SLOW.format(options="")], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
