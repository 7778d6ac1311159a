"""Tables that answer for the pieces of trees in the interventional game.

The background enters here only, once, as the counts of its patterns at each leaf; so explaining a
row costs the same for any number of background rows, but for the listed leaves.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_leaf_lists import Asked, leaf_list, make_list
from pellucid.kernels.tree_leaf_tables import (
    MOST_PACKED_PLAYERS,
    Packing,
    Rules,
    new_packing,
    pack_leaf,
    pack_siblings,
)
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_patterns import enter
from pellucid.kernels.tree_pieces import LISTED, MOST_BITS, PACKED, SIBLINGS, Pieces

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Patterns = npt.NDArray[np.uint32]

BLOCKS_AT_ONCE = 32
"""Blocks of background rows that go through a tree together."""


class _Work(NamedTuple):
    """Memory in which tables are made."""

    counts: Floats  # by pattern, of one leaf after the other
    packed: Floats
    packing: Packing
    patterns: npt.NDArray[np.int32]  # (level, line)
    waiting: Integers
    level: Integers
    slot: Integers


@kernel
def build_tables(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    first: int,
    end: int,
    background: Codes,
    weights: Floats,
    rules: Rules,
    entries: Floats,
) -> None:
    """Build the tables of pieces ``first`` to ``end - 1``.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    pieces : Pieces
    first, end : int
    background : ndarray of uint16, shape (blocks, c, LANES)
        Codes of the background rows.
    weights : ndarray of float64, shape (m,)
        Weights of the background rows.
    rules : Rules
    entries : ndarray of float64
        Entries of those pieces only; written.
    """
    most, n_counts = _sizes(trees, paths, pieces, first, end)
    work = _Work(
        counts=np.zeros(n_counts),
        packed=np.empty(2 << most),
        packing=new_packing(most, len(weights)),
        patterns=np.empty((MOST_BITS + 1, 1 << MOST_BITS), dtype=np.int32),
        waiting=np.empty(MOST_BITS + 2, dtype=np.int64),
        level=np.empty(MOST_BITS + 2, dtype=np.int64),
        slot=np.empty(MOST_PACKED_PLAYERS, dtype=np.int64),
    )
    n_levels = 1
    for p in range(first, end):
        n_levels = max(n_levels, paths.tree_depth[pieces.tree[p]] + 1)
    n_at_once = min(BLOCKS_AT_ONCE, len(background))
    patterns = np.zeros((n_levels, n_at_once * LANES), dtype=np.uint32)
    for block in range(0, len(background), BLOCKS_AT_ONCE):
        n_blocks = min(n_at_once, len(background) - block)
        _count(
            trees,
            paths,
            pieces,
            first,
            end,
            background,
            weights,
            block,
            n_blocks,
            patterns,
            work.counts,
            entries,
        )
    # From a literal on, the kernels beneath would be compiled once more.
    place: int | np.int64 = np.int64(0)
    for p in range(first, end):
        table = entries[pieces.start[p] - pieces.start[first] :]
        table = table[: pieces.start[p + 1] - pieces.start[p]]
        if pieces.role[pieces.root[p]] == LISTED:
            make_list(table, weights, asked_of(trees, paths, pieces.root[p]))
        else:
            place = _build_piece(trees, paths, pieces, p, place, rules, work, table)


@kernel
def _sizes(
    trees: CodedTrees, paths: TreePaths, pieces: Pieces, first: int, end: int
) -> tuple[int, int]:
    """Return the most players of a leaf that is not listed, and the number of all their counts."""
    most, n_counts = 1, 0
    waiting = np.empty(MOST_BITS + 2, dtype=np.int64)
    for p in range(first, end):
        if pieces.role[pieces.root[p]] == LISTED:
            continue
        waiting[0], n_waiting = pieces.root[p], 1
        while n_waiting > 0:
            n_waiting -= 1
            node = waiting[n_waiting]
            if trees.column[node] < 0:
                most = max(most, paths.n_players[node])
                n_counts += 1 << paths.n_players[node]
            else:
                waiting[n_waiting], waiting[n_waiting + 1] = trees.right[node], trees.left[node]
                n_waiting += 2
    return most, n_counts


@kernel
def _count(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    first: int,
    end: int,
    background: Codes,
    weights: Floats,
    first_block: int,
    n_blocks: int,
    patterns: Patterns,
    counts: Floats,
    entries: Floats,
) -> None:
    """Add up the weights of some background rows by pattern, for each leaf of some pieces.

    For a listed leaf, the rows' patterns are written to where its list will be.
    """
    first_row = first_block * LANES
    n_rows = min(n_blocks * LANES, len(weights) - first_row)
    waiting = np.empty(patterns.shape[0] + 1, dtype=np.int64)
    place = 0
    for t in range(pieces.tree[first], pieces.tree[end - 1] + 1):
        waiting[0], n_waiting = trees.tree_start[t], 1
        while n_waiting > 0:
            n_waiting -= 1
            node = waiting[n_waiting]
            p = pieces.first[node]
            if p >= end or p + max(1, pieces.n[node]) <= first:
                continue
            enter(trees, paths, node, background, first_block, n_blocks, patterns)
            here = patterns[paths.depth[node]]
            role = pieces.role[node]
            if trees.column[node] >= 0 and role in (SIBLINGS, LISTED):
                _add_side(trees, paths, node, background[first_block:], here[:n_rows])
            elif trees.column[node] >= 0:
                waiting[n_waiting], waiting[n_waiting + 1] = trees.right[node], trees.left[node]
                n_waiting += 2
                continue
            if role == LISTED:
                start = pieces.start[p] - pieces.start[first]
                listed = leaf_list(entries[start:], len(weights)).patterns
                for i in range(n_rows):
                    listed[first_row + i] = here[i]
            elif role == SIBLINGS or paths.n_players[node] > 0:
                for i in range(n_rows):
                    counts[place + here[i]] += weights[first_row + i]
                place += (2 if role == SIBLINGS else 1) << paths.n_players[node]


@part
def _add_side(
    trees: CodedTrees, paths: TreePaths, node: int, codes: Codes, patterns: Patterns
) -> None:
    """Add to rows' patterns at a node whether they go left there."""
    column, highest = trees.column[node], np.uint16(trees.highest[node])
    bit = np.uint32(paths.n_players[node])
    for i in range(len(patterns)):
        is_left = codes[i // LANES, column, i % LANES] <= highest
        patterns[i] |= np.uint32(is_left) << bit


@part
def asked_of(trees: CodedTrees, paths: TreePaths, root: int) -> Asked:
    """Return what the list of a leaf, or of two siblings by their parent, answers for."""
    m = np.int64(paths.n_players[root])
    if trees.column[root] < 0:
        return Asked(m, np.int64(0), 1.0, 1.0)
    left, right = trees.value[trees.left[root], 0], trees.value[trees.right[root], 0]
    return Asked(m, np.int64(paths.bit[root]), left, right)


@kernel
def _build_piece(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    p: int,
    place: int | np.int64,
    rules: Rules,
    work: _Work,
    table: Floats,
) -> int | np.int64:
    """Build the table of a piece, and return where the counts of the next one begin."""
    root = pieces.root[p]
    m, lines, width = paths.n_players[root], 1 << pieces.n_bits[p], trees.value.shape[1]
    if pieces.role[root] in (PACKED, SIBLINGS):
        return _pack(trees, paths, root, place, rules, work, table)
    table[:] = 0.0
    for line in range(lines):
        work.patterns[0, line] = line & ((1 << m) - 1)
    work.waiting[0], work.level[0], n_waiting = root, 0, 1
    while n_waiting > 0:
        n_waiting -= 1
        node, level = work.waiting[n_waiting], work.level[n_waiting]
        if level > 0:
            _carry_patterns(trees, paths, pieces, node, m, lines, level, work.patterns)
        if trees.column[node] >= 0:
            for child in (trees.right[node], trees.left[node]):
                work.waiting[n_waiting], work.level[n_waiting] = child, level + 1
                n_waiting += 1
            continue
        n = np.int64(paths.n_players[node])
        place = _pack(trees, paths, node, place, rules, work, work.packed)
        _find_slots(trees, paths, pieces, p, node, work.slot)
        here = work.patterns[level]
        s, t = work.packed[: 1 << n], work.packed[1 << n :]
        for j in range(n):
            others = ~(1 << j)
            for o in range(width):
                value = trees.value[node, o] if width > 1 else 1.0
                column = table[(work.slot[j] * width + o) * lines :][:lines]
                for line in range(lines):
                    b = here[line]
                    column[line] += value * (s[b] - t[b & others])
    return place


@kernel
def _pack(
    trees: CodedTrees,
    paths: TreePaths,
    root: int,
    place: int | np.int64,
    rules: Rules,
    work: _Work,
    packed: Floats,
) -> int | np.int64:
    """Pack a leaf, or two siblings by their parent; return where the next counts begin."""
    # A sum is an int64: from others, the kernels beneath would be compiled once more.
    m = paths.n_players[root] + 0
    if trees.column[root] < 0:
        value = trees.value[root, 0] if trees.value.shape[1] == 1 else 1.0
        counts = work.counts[place : place + (1 << m)]
        pack_leaf(counts, m, rules, value, work.packing, packed)
        return place + int(1 << m)
    left, right = trees.value[trees.left[root], 0], trees.value[trees.right[root], 0]
    counts, bit = work.counts[place : place + (2 << m)], paths.bit[root] + 0
    pack_siblings(counts, m, bit, left, right, rules, work.packing, packed)
    return place + int(2 << m)


@kernel
def _carry_patterns(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    node: int,
    m: int,
    lines: int,
    level: int,
    patterns: npt.NDArray[np.int32],
) -> None:
    """Work out the pattern at a node of a piece, for each line of the piece's table."""
    parent = paths.parent[node]
    above, here = patterns[level - 1], patterns[level]
    question, bit = m + pieces.rank[parent], paths.bit[parent]
    flip = 0 if node == trees.left[parent] else 1
    if paths.previous[parent] < 0:
        for line in range(lines):
            here[line] = above[line] | ((((line >> question) & 1) ^ flip) << bit)
    else:
        for line in range(lines):
            here[line] = above[line] & ~((((line >> question) & 1) ^ flip ^ 1) << bit)


@kernel
def _find_slots(
    trees: CodedTrees, paths: TreePaths, pieces: Pieces, p: int, leaf: int, slot: Integers
) -> None:
    """Write which column of the piece each of the leaf's players has."""
    start, n = pieces.column_start[p], pieces.n_columns[p]
    node = paths.parent[leaf]
    while node >= 0:
        for j in range(n):
            if pieces.columns[start + j] == trees.player[node]:
                slot[paths.bit[node]] = j
                break
        node = paths.parent[node]
