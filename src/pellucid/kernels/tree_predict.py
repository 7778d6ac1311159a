"""What the trees add up to."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.simd import at_most, lowest
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

FEW_ROWS = 2
"""Rows that go through trees one after the other."""

_NODE = np.dtype([(name, "i4") for name in ("column", "highest", "left", "right")])

SIDE_BY_SIDE = 16
"""Trees that one row goes through side by side, so that it waits for memory once for all."""


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


def node_records(trees: CodedTrees) -> npt.NDArray[Any]:
    """Return what each node asks and its children, side by side in memory, shape (N,)."""
    nodes = np.empty(len(trees.column), dtype=_NODE)
    for name in _NODE.names or ():
        nodes[name] = getattr(trees, name)
    return nodes


def predict_few(
    trees: CodedTrees, nodes: npt.NDArray[Any], base: Floats, codes: Codes, n_rows: int
) -> Floats:
    """Return the sum of base and leaves for each of a few rows, as :func:`predict_sums` does.

    Parameters
    ----------
    trees : CodedTrees
    nodes : records, shape (N,)
        As of :func:`node_records`.
    base : ndarray of float64, shape (k,)
    codes : ndarray of uint16, shape (blocks, c, LANES)
    n_rows : int

    Returns
    -------
    ndarray of float64, shape (n, k)
    """
    sums = np.empty((n_rows, len(base)))
    sums[:] = base
    _add_leaves_of_few(trees.tree_start, trees.tree_output, trees.value, nodes, codes, sums)
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


@kernel
def _add_leaves_of_few(
    tree_start: Integers,
    tree_output: Integers,
    value: Floats,
    nodes: npt.NDArray[Any],
    codes: Codes,
    sums: Floats,
) -> None:
    n_trees, width = len(tree_output), value.shape[1]
    at = np.empty(SIDE_BY_SIDE, dtype=np.int64)
    for row in range(len(sums)):
        block, lane = np.uint64(row // LANES), np.uint64(row % LANES)
        for first in range(0, n_trees, SIDE_BY_SIDE):
            n = min(SIDE_BY_SIDE, n_trees - first)
            for i in range(n):
                at[i] = tree_start[first + i]
            n_under_way = n
            while n_under_way > 0:
                n_under_way = 0
                for i in range(n):
                    node = nodes[np.uint64(at[i])]
                    column = np.int64(node["column"])
                    if column < 0:
                        continue
                    n_under_way += 1
                    code = np.int64(codes[block, np.uint64(column), lane])
                    # The sign bit of a difference, for a comparison would be compiled to a branch.
                    goes_left = (code - np.int64(node["highest"]) - 1) >> 63
                    left, right = np.int64(node["left"]), np.int64(node["right"])
                    at[i] = (left & goes_left) | (right & ~goes_left)
            for i in range(n):
                output = tree_output[first + i]
                for o in range(width):
                    sums[row, output + o] += value[at[i], o]
