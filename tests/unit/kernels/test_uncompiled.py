"""Every kernel is plain Python too, and computes the same bits without the compiler."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

SCRIPT = """
import json
import numba
from oracles.tree_ensembles import seeded_game
from unit.kernels.kernels_at_work import results

game = seeded_game(3, n_columns=3, depth=3, n_trees=2, width=2, n_rows=2, m=3)
print(json.dumps({
    "compiled": not numba.config.DISABLE_JIT,
    "results": {name: found.tolist() for name, found in results(game).items()},
}))
"""


def run(*, compiled):
    environment = os.environ | {
        "NUMBA_DISABLE_JIT": "0" if compiled else "1",
        "PYTHONPATH": os.pathsep.join(
            [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        ),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=environment
    )
    found = json.loads(done.stdout)
    assert found["compiled"] == compiled
    return found["results"]


def test_kernels_compute_the_same_without_the_compiler():
    compiled, plain = run(compiled=True), run(compiled=False)
    assert set(plain) == set(compiled)
    for name, expected in compiled.items():
        np.testing.assert_allclose(plain[name], expected, atol=1e-14, err_msg=name)
