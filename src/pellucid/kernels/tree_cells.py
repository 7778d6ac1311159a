"""Rows look the cells of pieces up one after the other: those of a list, or where rows are few."""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.tree_codes import CodedTrees
from pellucid.kernels.tree_leaf_lists import add_listed
from pellucid.kernels.tree_leaf_tables import unpack_siblings
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_patterns import without_bit
from pellucid.kernels.tree_pieces import LISTED, PACKED, SIBLINGS, Pieces
from pellucid.kernels.tree_tables import asked_of

Floats = npt.NDArray[np.float64]
Patterns = npt.NDArray[np.uint32]


@kernel
def add_cells(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    p: int,
    table: Floats,
    pair_weights: Floats,
    lines: Patterns,
    work: Floats,
    n_outputs: int,
    first_row: int,
    sums: Floats,
) -> None:
    """Add what a piece gives to some rows.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    pieces : Pieces
    p : int
        The piece.
    table : ndarray of float64
        Its entries.
    pair_weights : ndarray of float64
        See :func:`pellucid.kernels.tree_leaf_lists.list_weights`.
    lines : ndarray of uint32, shape (n,)
        The rows' patterns with their answers; overwritten.
    work : ndarray of float64, shape (2, at least n)
    n_outputs : int
    first_row : int
        Where the first of the rows stands in the sums.
    sums : ndarray of float64, shape (at least d k, rows)
        Added to.
    """
    node, output, width = pieces.root[p], trees.tree_output[pieces.tree[p]], trees.value.shape[1]
    role, one, own = pieces.role[node], np.ones(1), work[0]
    columns = pieces.columns[pieces.column_start[p] :][: pieces.n_columns[p]]
    rows = slice(first_row, first_row + len(lines))
    if role == PACKED:
        value = trees.value[node] if width > 1 else one
        _add_packed(value, table, columns, output, n_outputs, lines, own, rows, sums)
    elif role == SIBLINGS:
        sides = (trees.value[trees.left[node], 0], trees.value[trees.right[node], 0])
        m, bit = paths.n_players[node] + 0, paths.bit[node] + 0
        if 2 * len(lines) < 1 << m:  # writing a line takes less than working it out
            _add_siblings(table, columns, m, bit, sides, output, n_outputs, lines, work, rows, sums)
        else:
            unpacked = np.empty((3, 2 << m))
            unpack_siblings(table, bit, sides[0], sides[1], unpacked)
            _add_unpacked(unpacked, columns, bit, output, n_outputs, lines, own, rows, sums)
    elif role == LISTED:
        asked = asked_of(trees, paths, node)
        value = trees.value[node] if trees.column[node] < 0 else one
        add_listed(
            value,
            table,
            columns,
            asked,
            output,
            n_outputs,
            lines,
            pair_weights,
            first_row,
            sums,
        )
    else:
        _add_columns(width, table, columns, output, n_outputs, lines, rows, sums)


@part
def _add_columns(
    width: int,
    table: Floats,
    columns: npt.NDArray[np.int32],
    output: int,
    n_outputs: int,
    lines: Patterns,
    rows: slice,
    sums: Floats,
) -> None:
    size = len(table) // (len(columns) * width)
    for j in range(len(columns)):
        for o in range(width):
            column = table[(j * width + o) * size :]
            target = sums[columns[j] * n_outputs + output + o, rows]
            for i in range(len(lines)):
                target[i] += column[np.uint64(lines[i])]


@part
def _add_packed(
    value: Floats,
    packed: Floats,
    columns: npt.NDArray[np.int32],
    output: int,
    n_outputs: int,
    lines: Patterns,
    own: Floats,
    rows: slice,
    sums: Floats,
) -> None:
    t = packed[len(packed) // 2 :]
    for i in range(len(lines)):
        own[i] = packed[np.uint64(lines[i])]
    for j in range(len(columns)):
        others = ~np.uint32(1 << j)
        for o in range(len(value)):
            target, scale = sums[columns[j] * n_outputs + output + o, rows], value[o]
            for i in range(len(lines)):
                target[i] += scale * (own[i] - t[np.uint64(lines[i] & others)])


@part
def _add_unpacked(
    unpacked: Floats,
    columns: npt.NDArray[np.int32],
    asked: int,
    output: int,
    n_outputs: int,
    lines: Patterns,
    own: Floats,
    rows: slice,
    sums: Floats,
) -> None:
    """Add what two siblings give, written out by :func:`unpack_siblings`."""
    s, t, of_asked = unpacked[0], unpacked[1], unpacked[2]
    for i in range(len(lines)):
        own[i] = s[np.uint64(lines[i])]
    for j in range(len(columns)):
        others, target = ~np.uint32(1 << j), sums[columns[j] * n_outputs + output, rows]
        if j == asked:
            for i in range(len(lines)):
                target[i] += of_asked[np.uint64(lines[i])]
        else:
            for i in range(len(lines)):
                target[i] += own[i] - t[np.uint64(lines[i] & others)]


@part
def _add_siblings(
    packed: Floats,
    columns: npt.NDArray[np.int32],
    m: int,
    asked: int,
    sides: tuple[float, float],
    output: int,
    n_outputs: int,
    lines: Patterns,
    work: Floats,
    rows: slice,
    sums: Floats,
) -> None:
    """Add what two siblings give, worked out for each row."""
    t, mask = packed[len(packed) // 2 :], np.uint64(len(packed) // 4 - 1)
    own, given = work[0], work[1]
    for i in range(len(lines)):
        line = lines[i]
        passes = asked == m or (line >> np.uint32(asked)) & np.uint32(1) != 0
        side = sides[0] if (line >> np.uint32(m)) & np.uint32(1) != 0 else sides[1]
        given[i] = side if passes else 0.0
        others = without_bit(np.uint64(line), np.uint64(asked), mask)
        lines[i] = others
        at = others + others
        own[i] = given[i] * packed[at] + packed[at + np.uint64(1)]
    for j in range(len(columns)):
        target = sums[columns[j] * n_outputs + output, rows]
        without = ~np.uint32(1 << (j if j < asked else j - 1))
        for i in range(len(lines)):
            if j == asked:
                at = 2 * np.uint64(lines[i])
                target[i] += own[i] - t[at + np.uint64(1)]
            else:
                at = 2 * np.uint64(lines[i] & without)
                target[i] += own[i] - (given[i] * t[at] + t[at + np.uint64(1)])
