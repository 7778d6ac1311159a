"""Kernels are compiled once for all: for one kind of arguments, and kept on disk where possible."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

SOURCE = Path(__file__).parents[3] / "src"
SCRIPT = """
import json
import pickle
import sys

import joblib
import numpy as np
import scipy.sparse as sp
from numba.core.dispatcher import Dispatcher
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor

import pellucid
from pellucid import TreeExplainer
from pellucid.data.background import as_background
from pellucid.kernels import compiled

rng = np.random.default_rng(0)
X = np.round(rng.normal(size=(200, 6)), 1)
score = X[:, 0] * X[:, 1] + X[:, 2]
forest = RandomForestRegressor(4, random_state=0).fit(X, score)
boosting = GradientBoostingClassifier(n_estimators=4, random_state=0).fit(X, score > 0)


def frozen(array):
    array = array.copy(order="K")
    array.flags.writeable = False
    return array


forms = [X]
if sys.argv[1] == "everything":
    columns = np.asfortranarray(X)
    forms += [X.astype(np.float32), columns, columns.astype(np.float32), frozen(X), frozen(columns)]
    forms += [np.repeat(X, 2, axis=0)[::2], np.hstack([X, X])[:, :6], X[::-1], sp.csr_matrix(X)]
    forms += [X.astype(int), X.tolist()]
if sys.argv[1] == "a row":
    forms = []
    explanation = TreeExplainer(forest).explain_local(X[0])
for rows in forms:
    background = as_background(rows[:60])
    if rows is not X:
        object.__setattr__(background, "weights", frozen(background.weights))
    for model in (forest, boosting):
        for arguments in ((), (background,)):
            explainer = TreeExplainer(model, *arguments)
            for n_rows in (1, 1, 200):
                explanation = explainer.explain_local(rows[:n_rows])
                assert explanation.stats.exact
            pickle.loads(pickle.dumps(explainer)).explain_local(rows[:3])
            joblib.dump(explainer, sys.argv[2])
            joblib.load(sys.argv[2], mmap_mode="r").explain_local(rows[:3])
    linked = TreeExplainer(boosting, background, output="probability")
    linked.explain_local(rows[:9])
    joblib.dump(linked, sys.argv[2])
    joblib.load(sys.argv[2], mmap_mode="r").explain_local(rows[:3])

kernels = {
    f"{name}.{one.py_func.__name__}": one
    for name, module in list(sys.modules.items())
    if name.startswith("pellucid.kernels.")
    for one in vars(module).values()
    if isinstance(one, Dispatcher) and one.py_func.__module__ == name
}
print(json.dumps({
    "file": pellucid.__file__,
    "compiled": sum(sum(one.stats.cache_misses.values()) for one in kernels.values()),
    "loaded": sum(sum(one.stats.cache_hits.values()) for one in kernels.values()),
    "signatures": {name: len(one.signatures) for name, one in kernels.items()},
    "values": explanation.values.tolist(),
    "ready_to_compile": "numba.np.linalg" in sys.modules,
}))
"""

pytestmark = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")


def explain(what, folder, **environment):
    """Explain rows in a process of its own; ``None`` takes a variable away from it."""
    variables = os.environ | environment
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, what, str(folder / "explainer.joblib")],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in variables.items() if value is not None},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_kernel_is_compiled_for_one_kind_of_arguments_and_kept(tmp_path):
    places = {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(SOURCE)}
    cold = explain("everything", tmp_path, **places)
    assert cold["compiled"] > 10
    assert {name: n for name, n in cold["signatures"].items() if n > 1} == {}
    warm = explain("everything", tmp_path, **places)
    assert warm["compiled"] == 0
    assert 0 < warm["loaded"] < cold["compiled"]
    assert warm["values"] == cold["values"]
    # Half a second: numba learns all that it can compile, which is not asked of it here.
    assert cold["ready_to_compile"]
    assert not warm["ready_to_compile"]


def test_code_stays_in_memory_where_nothing_can_be_written(tmp_path):
    package = shutil.copytree(
        SOURCE / "pellucid", tmp_path / "pellucid", ignore=shutil.ignore_patterns("__pycache__")
    )
    # Permissions do not stop the root user, but no folder can be made where there is a file.
    in_the_way = package / "kernels" / "__pycache__"
    in_the_way.touch()
    home = tmp_path / "home"
    home.touch()
    places = {name: str(home) for name in ("HOME", "LOCALAPPDATA", "XDG_CACHE_HOME")}
    places |= {"NUMBA_CACHE_DIR": None, "PYTHONDONTWRITEBYTECODE": "1"}
    found = explain("a row", tmp_path, **places, PYTHONPATH=str(tmp_path))
    assert found["file"] == str(package / "__init__.py")
    assert found["compiled"] > 0
    assert found["loaded"] == 0
    assert in_the_way.read_bytes() == home.read_bytes() == b""
    assert found["values"] == explain("a row", tmp_path, PYTHONPATH=str(SOURCE))["values"]
