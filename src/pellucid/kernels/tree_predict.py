"""What the trees add up to."""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes

Floats = npt.NDArray[np.float64]


def predict_sums(trees: CodedTrees, base: Floats, codes: Codes, n_rows: int) -> Floats:
    """Return the sum of base and leaves for each row.

    Parameters
    ----------
    trees : CodedTrees
    base : ndarray of float64, shape (k,)
    codes : ndarray of uint16, shape (blocks, c, LANES)
    n_rows : int
        Rows that the blocks hold, n.

    Returns
    -------
    ndarray of float64, shape (n, k)
    """
    sums = np.empty((n_rows, len(base)))
    sums[:] = base
    _add_leaves(trees, codes, sums)
    return sums


@kernel
def _add_leaves(trees: CodedTrees, codes: Codes, sums: Floats) -> None:
    width = trees.value.shape[1]
    for block in range(len(codes)):
        first = block * LANES
        asked = codes[block]
        for t in range(len(trees.tree_output)):
            root, output = trees.tree_start[t], trees.tree_output[t]
            for lane in range(min(LANES, len(sums) - first)):
                node = root
                while trees.column[node] >= 0:
                    # Without a branch, which processors would foretell wrongly half of the times.
                    right = asked[trees.column[node], lane] > trees.highest[node]
                    node = trees.left[node] + right * (trees.right[node] - trees.left[node])
                for o in range(width):
                    sums[first + lane, output + o] += trees.value[node, o]
