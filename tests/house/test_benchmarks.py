"""The benchmarks run: tried on tiny ensembles, and none of their numbers looked at."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from sklearn.svm import SVC

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
    "grouped": ("--quick --rows 100 --backgrounds 20", "times as much as single columns"),
    "draw_growth": ("--folder .", ""),
}


BLACK_BOXES = {
    "problems": "checked by",
    "accuracy": "median ratio to shap",
    "whole_reference": "SamplingExplainer",
    "coverage": "values covered",
    "old_example": "old way's error",
}


MIMICS = {
    "compare": ("--problems diabetes-mlp --repeats 1 --no-auto", "held-out R2"),
    "attributions": ("", "error of attributions"),
    "stream": ("--rows 4000 --features 8", "sampling error"),
}


@pytest.mark.parametrize("script", RUNS)
def test_benchmark_of_trees_runs(script, tmp_path):
    for library in ("lightgbm", "matplotlib", "xgboost"):
        pytest.importorskip(library)
    costs = ROOT / "docs" / "_static" / "trees-cost.csv"
    (tmp_path / costs.name).write_bytes(costs.read_bytes())
    words, expected = RUNS[script]
    assert expected in output_of(f"trees/{script}.py", words, tmp_path)
    assert (script == "draw_growth") == bool(list(tmp_path.glob("*.svg")))


@pytest.mark.parametrize("script", BLACK_BOXES)
def test_benchmark_of_black_boxes_runs(script, tmp_path):
    pytest.importorskip("shap")
    if script == "old_example" and "probability" not in SVC().get_params():
        pytest.skip("this scikit-learn has no SVC(probability=True) any more")
    assert BLACK_BOXES[script] in output_of(f"black_box/{script}.py", "--quick", tmp_path)


@pytest.mark.parametrize("script", MIMICS)
def test_benchmark_of_surrogates_runs(script, tmp_path):
    for library in ("lightgbm", "shap"):
        pytest.importorskip(library)
    words, expected = MIMICS[script]
    assert expected in output_of(f"mimic/{script}.py", f"--quick {words}", tmp_path)


def test_benchmark_of_networks_runs(tmp_path):
    pytest.importorskip("torch")
    assert "times ours" in output_of("deep/run.py", "--quick", tmp_path)


def test_benchmark_of_dashboards_runs():
    pytest.importorskip("plotly")
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        pytest.skip("no Chromium")
    # The paths of a browser's sockets have to be short.
    with tempfile.TemporaryDirectory() as folder:
        assert "selected dots / pellucid" in output_of("dashboard/run.py", "--quick", Path(folder))


def output_of(script, words, folder):
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / script), *words.split()],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        check=False,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
