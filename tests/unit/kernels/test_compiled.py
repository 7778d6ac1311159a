"""Compiled code is cached, and never older than any of the files it comes from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pellucid.kernels import compiled

CALLED = (
    "from pellucid.kernels.compiled import kernel\n\n\n@kernel\ndef answer(x):\n    return x + 1\n"
)
CALLING = """
from pellucid.kernels.called import answer
from pellucid.kernels.compiled import kernel


@kernel
def ask(x):
    return 10 * answer(x)
"""
SCRIPT = (
    "from pellucid.kernels.calling import ask; print(ask(1), sum(ask.stats.cache_hits.values()))"
)


TELLING = """
from pellucid.kernels.compiled import tell_of_compiling
from pellucid.kernels.calling import ask

tell_of_compiling(print)
assert ask(1) == 20
assert ask(1.5) == 25.0
"""


@pytest.fixture
def package(tmp_path):
    """A package like ours with one kernel that calls that of another file."""
    kernels = tmp_path / "pellucid" / "kernels"
    kernels.mkdir(parents=True)
    for folder in (kernels, kernels.parent):
        (folder / "__init__.py").touch()
    (kernels / "compiled.py").write_text(Path(compiled.__file__).read_text())
    (kernels / "called.py").write_text(CALLED)
    (kernels / "calling.py").write_text(CALLING)
    return kernels


def run(package, script):
    environment = os.environ | {"PYTHONPATH": str(package.parents[1]), "NUMBA_DISABLE_JIT": "0"}
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.split()


def ask(package):
    answer, n_hits = run(package, SCRIPT)
    return int(answer), int(n_hits)


def test_code_is_cached_until_a_file_changes_that_it_calls(package):
    assert ask(package) == (20, 0)
    assert ask(package) == (20, 1)
    (package / "called.py").write_text(CALLED.replace("x + 1", "x + 2"))
    assert ask(package) == (30, 0)


def test_who_waits_for_the_compiler_is_told_once_and_not_if_code_is_there(package):
    assert run(package, TELLING) == [str(package / "__pycache__")]
    assert run(package, TELLING) == []
