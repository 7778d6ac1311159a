"""What the trees add up to."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.lane_masks import ALL, Masks, either, same_mask, write_masks
from pellucid.kernels.simd import lowest
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_tops import Top, Tops, load_top, new_top

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

FEW_ROWS = 8
"""Rows that go through trees one after the other: a block of them asks all nodes of a tree's top."""

_NODE = np.dtype([(name, "i4") for name in ("column", "highest", "left", "right")])

BLOCKS_AT_ONCE = 64
"""Blocks of rows that take a tree before the next one."""

SIDE_BY_SIDE = 16
"""Trees that one row goes through side by side, so that it waits for memory once for all."""


def node_records(trees: CodedTrees) -> npt.NDArray[Any]:
    """Return what each node asks and its children, side by side in memory, shape (N,).

    A leaf asks column -1, and is its own child.
    """
    nodes = np.empty(len(trees.column), dtype=_NODE)
    for name in _NODE.names or ():
        nodes[name] = getattr(trees, name)
    leaves = np.flatnonzero(trees.column < 0)
    nodes["left"][leaves] = nodes["right"][leaves] = leaves
    return nodes


def predict_sums(
    trees: CodedTrees,
    nodes: npt.NDArray[Any],
    tops: Tops,
    base: Floats,
    codes: Codes,
    n_rows: int,
) -> Floats:
    """Return the sum of base and leaves for each row.

    Parameters
    ----------
    trees : CodedTrees
    nodes : records, shape (N,)
        As of :func:`node_records`.
    tops : Tops
        Of the same trees.
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
    _add_leaves(
        trees, nodes, tops, codes.reshape(-1), codes.shape[1] * LANES, len(base), sums.reshape(-1)
    )
    return sums


def predict_few(
    trees: CodedTrees, nodes: npt.NDArray[Any], base: Floats, codes: Codes, n_rows: int
) -> Floats:
    """Return the sums of a few rows, as :func:`predict_sums` does, one row after the other."""
    sums = np.empty((n_rows, len(base)))
    sums[:] = base
    _add_leaves_of_few(trees.tree_start, trees.tree_output, trees.value, nodes, codes, sums)
    return sums


@kernel
def _add_leaves(
    trees: CodedTrees,
    nodes: npt.NDArray[Any],
    tops: Tops,
    codes: npt.NDArray[np.uint16],
    block_size: int,
    n_outputs: int,
    sums: Floats,
) -> None:
    """Let rows leave the top of each tree in whole blocks, and go on from there one by one."""
    n_rows, width = len(sums) // n_outputs, trees.value.shape[1]
    n_blocks = (n_rows + LANES - 1) // LANES
    top, exits = new_top(), np.empty(LANES, dtype=np.uint32)
    at, lanes = np.empty(LANES, dtype=np.int64), np.empty(LANES, dtype=np.int64)
    values = np.empty(LANES)
    for first_block in range(0, n_blocks, BLOCKS_AT_ONCE):
        for t in range(len(trees.tree_output)):
            n_nodes, output = load_top(tops, t, top), trees.tree_output[t]
            is_whole = trees.tree_start[t + 1] - trees.tree_start[t] == 2 * n_nodes + 1
            for i in range(n_nodes + 1):
                values[i] = trees.value[top.exit[i], 0]
            for block in range(first_block, min(first_block + BLOCKS_AT_ONCE, n_blocks)):
                start, cell = block * block_size, block * LANES * n_outputs + output
                n_lanes = min(LANES, n_rows - block * LANES)
                _leave(top, n_nodes, codes, start, exits)
                if is_whole and width == 1:
                    _add_values(values, exits, n_lanes, cell, n_outputs, sums)
                    continue
                for lane in range(n_lanes):
                    at[np.uint64(lane)] = top.exit[np.uint64(lowest(exits[np.uint64(lane)]))]
                if not is_whole:
                    _go_on(nodes, codes, start, n_lanes, lanes, at)
                _add_values_of_leaves(trees.value, at, n_lanes, cell, n_outputs, sums)


@part
def _leave(top: Top, n_nodes: int, codes: npt.NDArray[np.uint16], start: int, exits: Masks) -> None:
    """Write the exits that no node rules out for each row of a block; the lowest is the row's."""
    left_over = same_mask(ALL)
    for i in range(n_nodes):
        node = np.uint64(i)
        place, kept = start + top.start[node], top.kept[node]
        left_over = left_over & either(codes, place, top.highest[node], ALL, kept)
    write_masks(exits, 0, left_over)


@part
def _add_values(
    values: Floats, exits: Masks, n_lanes: int, cell: int, n_outputs: int, sums: Floats
) -> None:
    place, step = np.uint64(cell), np.uint64(n_outputs)
    for lane in range(n_lanes):
        sums[place] += values[np.uint64(lowest(exits[np.uint64(lane)]))]
        place += step


@part
def _add_values_of_leaves(
    value: Floats, at: Integers, n_lanes: int, cell: int, n_outputs: int, sums: Floats
) -> None:
    place, step = np.uint64(cell), np.uint64(n_outputs)
    for lane in range(n_lanes):
        leaf = np.uint64(at[np.uint64(lane)])
        for o in range(value.shape[1]):
            sums[place + np.uint64(o)] += value[leaf, np.uint64(o)]
        place += step


@part
def _go_on(
    nodes: npt.NDArray[Any],
    codes: npt.NDArray[np.uint16],
    start: int,
    n_lanes: int,
    lanes: Integers,
    at: Integers,
) -> None:
    """Let rows go on from nodes to leaves, each row a step before any takes the next one."""
    n_under_way = n_lanes
    for lane in range(n_lanes):
        lanes[lane] = lane
    while n_under_way > 0:
        n_before, n_under_way = n_under_way, 0
        for i in range(n_before):
            here = np.uint64(lanes[np.uint64(i)])
            node = nodes[np.uint64(at[here])]
            column = np.int64(node["column"])
            code = codes[np.uint64(start + max(int(column), 0) * LANES) + here]
            at[here] = _child_of(node, code)
            lanes[np.uint64(n_under_way)] = np.int64(here)
            n_under_way += int(1 + (column >> 63))  # a row that has arrived is left out


@part
def _child_of(node: Any, code: int) -> int:
    """Return the child that a row with this code goes to."""
    # The sign bit of a difference, for a comparison would be compiled to a branch.
    goes_left = (np.int64(code) - np.int64(node["highest"]) - 1) >> 63
    return int((np.int64(node["left"]) & goes_left) | (np.int64(node["right"]) & ~goes_left))


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
                    at[i] = _child_of(node, codes[block, np.uint64(column), lane])
            for i in range(n):
                output = tree_output[first + i]
                for o in range(width):
                    sums[row, output + o] += value[at[i], o]
