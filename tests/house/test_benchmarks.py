"""The benchmarks run: tried on tiny ensembles, and none of their numbers looked at."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TINY = "--quick --models lightgbm-31"
RUNS = {
    "run": (f"{TINY} --rows 20 --repeats 1 --peers pellucid --games path-dependent", "rows/s"),
    "threads": (f"{TINY} --rows 100 --repeats 1", "2 threads"),
    "latency": (f"{TINY} --calls 2 --starts 0", "95th percentile"),
    "memory": (
        "--quick --rows 2000 --features 12 --games path-dependent --measure explain_local",
        '"extra"',
    ),
    "draw_growth": ("--folder .", ""),
}


@pytest.mark.parametrize("script", RUNS)
def test_benchmark_runs(script, tmp_path):
    for library in ("lightgbm", "matplotlib", "xgboost"):
        pytest.importorskip(library)
    costs = ROOT / "docs" / "_static" / "trees-cost.csv"
    (tmp_path / costs.name).write_bytes(costs.read_bytes())
    words, expected = RUNS[script]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "trees" / f"{script}.py"), *words.split()],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
    assert (script == "draw_growth") == bool(list(tmp_path.glob("*.svg")))
