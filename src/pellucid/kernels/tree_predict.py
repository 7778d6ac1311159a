"""What the trees add up to."""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.simd import at_most, lowest
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
    nodes = int(np.diff(trees.tree_start).max(initial=0))
    _add_leaves(trees, codes.reshape(-1), len(codes), nodes, sums)
    return sums


@kernel
def _add_leaves(
    trees: CodedTrees, codes: Codes, n_blocks: int, most_nodes: int, sums: Floats
) -> None:
    """Go through each tree with a block of rows, whose bits say which of them are there."""
    width = trees.value.shape[1]
    size = len(codes) // max(1, n_blocks)
    waiting = np.empty(most_nodes, dtype=np.int32)
    present = np.empty(most_nodes, dtype=np.uint32)
    for block in range(n_blocks):
        first_row = block * LANES
        n_lanes = min(LANES, len(sums) - first_row)
        everyone = np.uint32((np.int64(1) << n_lanes) - 1)
        for t in range(len(trees.tree_output)):
            output, n_waiting = trees.tree_output[t], 1
            waiting[0], present[0] = trees.tree_start[t], everyone
            while n_waiting > 0:
                n_waiting -= 1
                node, here = waiting[n_waiting], present[n_waiting]
                column = trees.column[node]
                if column < 0:
                    while here:
                        for o in range(width):
                            sums[first_row + lowest(here), output + o] += trees.value[node, o]
                        here &= here - np.uint32(1)
                    continue
                start = block * size + column * LANES
                left = here & at_most(codes, start, trees.highest[node])
                right = here & ~left
                waiting[n_waiting], present[n_waiting] = trees.right[node], right
                n_waiting += 1 if right else 0
                waiting[n_waiting], present[n_waiting] = trees.left[node], left
                n_waiting += 1 if left else 0
