"""Where a row goes in a tree, and what the trees add up to."""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_arrays import TreeArrays

Floats = npt.NDArray[np.float64]


@kernel
def goes_left(trees: TreeArrays, node: int, x: float) -> bool:
    """Return whether a row whose value of the node's feature is ``x`` goes to the left child."""
    if x != x:  # noqa: PLR0124 - NaN
        return bool(trees.missing_left[node] != 0)
    n_words = trees.category_size[node]
    if n_words == 0:
        return bool(x <= trees.threshold[node])
    if x < 0.0 or x >= 32.0 * n_words:
        return False
    category = int(x)
    word = trees.category_words[trees.category_start[node] + (category >> 5)]
    return bool((word >> (category & 31)) & 1)


def predict_sums(trees: TreeArrays, base: Floats, matrix: Floats) -> Floats:
    """Return the sum of base and leaves for each row.

    Parameters
    ----------
    trees : TreeArrays
    base : ndarray of float64, shape (k,)
    matrix : ndarray of float64, shape (n, e)
        C-contiguous.

    Returns
    -------
    ndarray of float64, shape (n, k)
    """
    sums = np.empty((len(matrix), len(base)))
    sums[:] = base
    _add_leaves(trees, matrix, sums)
    return sums


@kernel
def _add_leaves(trees: TreeArrays, matrix: Floats, sums: Floats) -> None:
    width = trees.value.shape[1]
    for row in range(len(matrix)):
        for t in range(len(trees.tree_output)):
            node = trees.tree_start[t]
            while trees.feature[node] >= 0:
                if goes_left(trees, node, matrix[row, trees.feature[node]]):
                    node = trees.left[node]
                else:
                    node = trees.right[node]
            for o in range(width):
                sums[row, trees.tree_output[t] + o] += trees.value[node, o]
