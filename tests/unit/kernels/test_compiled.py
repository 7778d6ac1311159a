import os
import subprocess
import sys

SCRIPT = """
import numpy as np
from pellucid.kernels.tree_pair_walk import new_walk

print(new_walk(1, 1, 1, np.zeros((1, 1))).sums.shape)
"""


def test_kernels_work_where_no_cache_can_be_written():
    # Only files inside zip archives may be cached: as on a read-only disk without a home folder.
    environment = os.environ | {"NUMBA_CACHE_LOCATOR_CLASSES": "ZipCacheLocator"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == "(2, 2, 1)\n"
