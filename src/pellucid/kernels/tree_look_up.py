"""Rows explained by tables: one look-up per piece of a tree."""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_leaf_lists import add_listed
from pellucid.kernels.tree_leaf_tables import unpack_siblings
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_patterns import enter, without_bit
from pellucid.kernels.tree_pieces import (
    ABOVE,
    LISTED,
    MOST_BITS,
    PACKED,
    SIBLINGS,
    Pieces,
)
from pellucid.kernels.tree_tables import asked_of

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Patterns = npt.NDArray[np.uint32]


@kernel
def add_from_tables(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    first: int,
    end: int,
    entries: Floats,
    pair_weights: Floats,
    codes: Codes,
    first_block: int,
    n_rows: int,
    sums: Floats,
) -> None:
    """Add what pieces ``first`` to ``end - 1`` give to some rows.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    pieces : Pieces
    first, end : int
    entries : ndarray of float64
        Of those pieces only.
    pair_weights : ndarray of float64
        See :func:`pellucid.kernels.tree_leaf_lists.list_weights`.
    codes : ndarray of uint16, shape (blocks, c, LANES)
    first_block : int
        Block of codes that the first of the rows stands in.
    n_rows : int
    sums : ndarray of float64, shape (d, k, n_rows)
        Added to.
    """
    n_blocks = (n_rows + LANES - 1) // LANES
    n_levels, n_lines = _sizes(paths, pieces, first, end)
    own, given, unpacked = np.empty(n_rows), np.empty(n_rows), np.empty((3, n_lines))
    patterns = np.zeros((n_levels, n_blocks * LANES), dtype=np.uint32)
    waiting = np.empty(n_levels + 1, dtype=np.int64)
    one = np.ones(1)
    for t in range(pieces.tree[first], pieces.tree[end - 1] + 1):
        output = trees.tree_output[t]
        waiting[0], n_waiting = trees.tree_start[t], 1
        while n_waiting > 0:
            n_waiting -= 1
            node = waiting[n_waiting]
            p, role = pieces.first[node], pieces.role[node]
            if p >= end or p + pieces.n[node] <= first or pieces.n[node] == 0:
                continue
            enter(trees, paths, node, codes, first_block, n_blocks, patterns)
            lines = patterns[paths.depth[node]]
            if role == ABOVE:
                waiting[n_waiting], waiting[n_waiting + 1] = trees.right[node], trees.left[node]
                n_waiting += 2
                continue
            table = entries[pieces.start[p] - pieces.start[first] :]
            table = table[: pieces.start[p + 1] - pieces.start[p]]
            columns = pieces.columns[pieces.column_start[p] :][: pieces.n_columns[p]]
            if role == PACKED:
                _add_packed(trees.value[node], table, columns, output, lines[:n_rows], own, sums)
            elif role == SIBLINGS:
                _add_answers(trees, paths, pieces, node, codes, first_block, n_blocks, lines)
                sides = (trees.value[trees.left[node], 0], trees.value[trees.right[node], 0])
                m, bit, target = paths.n_players[node] + 0, paths.bit[node] + 0, sums[:, output]
                of_rows, there = lines[:n_rows], unpacked[:, : 2 << m]
                _add_siblings(table, columns, m, bit, sides, of_rows, own, given, there, target)
            elif role == LISTED:
                asked, value = asked_of(trees, paths, node), trees.value[node]
                if trees.column[node] >= 0:
                    _add_answers(trees, paths, pieces, node, codes, first_block, n_blocks, lines)
                    value = one
                add_listed(value, table, columns, asked, output, lines[:n_rows], pair_weights, sums)
            else:
                _add_answers(trees, paths, pieces, node, codes, first_block, n_blocks, lines)
                _add_lines(trees.value.shape[1], table, columns, output, lines[:n_rows], sums)


@part
def _sizes(paths: TreePaths, pieces: Pieces, first: int, end: int) -> tuple[int, int]:
    """Return the levels of the deepest tree, and the most lines of siblings."""
    n_levels, n_lines = 1, 1
    for p in range(first, end):
        n_levels = max(n_levels, paths.tree_depth[pieces.tree[p]] + 1)
        if pieces.role[pieces.root[p]] == SIBLINGS:
            n_lines = max(n_lines, 1 << pieces.n_bits[p])
    return n_levels, n_lines


@part
def _add_answers(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    root: int,
    codes: Codes,
    first_block: int,
    n_blocks: int,
    lines: Patterns,
) -> None:
    """Add to the rows' patterns whether they go left at the splits of a piece."""
    waiting = np.empty(MOST_BITS + 2, dtype=np.int64)
    waiting[0], n_waiting = root, 1
    while n_waiting > 0:
        n_waiting -= 1
        node = waiting[n_waiting]
        column = trees.column[node]
        if column < 0:
            continue
        waiting[n_waiting], waiting[n_waiting + 1] = trees.right[node], trees.left[node]
        n_waiting += 2
        highest = np.uint16(trees.highest[node])
        bit = np.uint32(paths.n_players[root] + pieces.rank[node])
        for block in range(n_blocks):
            asked = codes[first_block + block, column]
            here = lines[block * LANES : (block + 1) * LANES]
            for lane in range(LANES):
                here[lane] |= np.uint32(np.uint32(asked[lane] <= highest) << bit)


@part
def _add_lines(
    width: int,
    table: Floats,
    columns: npt.NDArray[np.int32],
    output: int,
    lines: Patterns,
    sums: Floats,
) -> None:
    size = len(table) // (len(columns) * width)
    for j in range(len(columns)):
        for o in range(width):
            column, target = table[(j * width + o) * size :], sums[columns[j], output + o]
            for i in range(len(lines)):
                target[i] += column[np.uint64(lines[i])]


@part
def _add_packed(
    value: Floats,
    packed: Floats,
    columns: npt.NDArray[np.int32],
    output: int,
    lines: Patterns,
    own: Floats,
    sums: Floats,
) -> None:
    size = len(packed) // 2
    t = packed[size:]
    for i in range(len(lines)):
        own[i] = packed[np.uint64(lines[i])]
    for j in range(len(columns)):
        others = ~np.uint32(1 << j)
        for o in range(len(value)):
            target = sums[columns[j], output + o]
            scale = value[o] if len(value) > 1 else 1.0  # it is in the entries else
            for i in range(len(lines)):
                target[i] += scale * (own[i] - t[np.uint64(lines[i] & others)])


@part
def _add_siblings(
    packed: Floats,
    columns: npt.NDArray[np.int32],
    m: int,
    asked: int,
    sides: tuple[float, float],
    lines: Patterns,
    own: Floats,
    given: Floats,
    unpacked: Floats,
    sums: Floats,
) -> None:
    """Add what two siblings give; both ways come to the same, to the bit."""
    if len(lines) < unpacked.shape[1] // 4:  # writing a line takes less than working it out
        _add_packed_siblings(packed, columns, m, asked, sides, lines, own, given, sums)
    else:
        unpack_siblings(packed, asked, sides[0], sides[1], unpacked)
        _add_unpacked_siblings(unpacked, columns, asked, lines, own, sums)


@part
def _add_unpacked_siblings(
    unpacked: Floats,
    columns: npt.NDArray[np.int32],
    asked: int,
    lines: Patterns,
    own: Floats,
    sums: Floats,
) -> None:
    s, t, of_asked = unpacked[0], unpacked[1], unpacked[2]
    for i in range(len(lines)):
        own[i] = s[np.uint64(lines[i])]
    for j in range(len(columns)):
        others, target = ~np.uint32(1 << j), sums[columns[j]]
        if j == asked:
            for i in range(len(lines)):
                target[i] += of_asked[np.uint64(lines[i])]
        else:
            for i in range(len(lines)):
                target[i] += own[i] - t[np.uint64(lines[i] & others)]


@part
def _add_packed_siblings(
    packed: Floats,
    columns: npt.NDArray[np.int32],
    m: int,
    asked: int,
    sides: tuple[float, float],
    lines: Patterns,
    own: Floats,
    given: Floats,
    sums: Floats,
) -> None:
    """Add what two siblings give to rows so few that unpacking them would take longer."""
    t, mask = packed[len(packed) // 2 :], np.uint64(len(packed) // 4 - 1)
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
        target = sums[columns[j]]
        without = ~np.uint32(1 << (j if j < asked else j - 1))
        for i in range(len(lines)):
            if j == asked:
                at = 2 * np.uint64(lines[i])
                target[i] += own[i] - t[at + np.uint64(1)]
            else:
                at = 2 * np.uint64(lines[i] & without)
                target[i] += own[i] - (given[i] * t[at] + t[at + np.uint64(1)])
