"""Trees cut into pieces: subtrees with so few questions that all their answers fit into a table.

A *piece* is a subtree below a node whose path asks m players, with s splits of its own. What its
leaves add to the players depends on m + s bits of a row: which of the m players' nodes above the
row passes, and whether it goes left at each of the s splits. So a table with ``2^(m + s)`` lines
answers for all leaves of the piece in one look-up. Large pieces make explaining cheap and their
tables expensive; which nodes become pieces is found by dynamic programming over the tree.

A leaf alone, or two siblings, can also be kept *packed*, as few numbers per pattern of which their
table would be made, or *listed*, as the background's patterns that occur; both cost less to build
and more per row.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.tree_codes import CodedTrees
from pellucid.kernels.tree_leaf_lists import MOST_LISTED_PLAYERS, list_size
from pellucid.kernels.tree_leaf_tables import MOST_PACKED_PLAYERS
from pellucid.kernels.tree_paths import TreePaths

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_BITS = 12
"""Bits of a piece with splits."""

ABOVE, INSIDE, TABLE, PACKED, LISTED, SIBLINGS = 0, 1, 2, 3, 4, 5
"""What a node is: above all pieces (or in none), inside of one, or the root of one of a kind."""

# Nanoseconds on one core, measured; what counts is how they compare.
LOOK_UP = 1.0  # a piece, per row
ADD = 0.55  # an entry of a table to a row's values
ADD_PACKED = 0.8  # an entry that is worked out of a packed leaf
ADD_LINE = 0.28  # an entry of a line
WRITE_LINE = 1.6  # an entry of a line, for all rows
START_LIST = 35.0  # a list, per row
ADD_LISTED = 2.0  # a player of a list, per row
SCAN = 0.025  # a background row of a list, per row
MEET = 5.0  # one that goes with the row
ASK = 0.12  # a split, per row
START_PACK = 1500.0  # a leaf or two siblings
TRANSFORM = 0.055  # a pattern, per player and point
SUM = 0.4  # a pattern, per point
OCCUR = 2.0  # a pattern that occurs, per point
FIND = 0.5  # a count
UNPACK = 0.4  # an entry of a leaf's table, where it is made
JOIN_SIBLINGS = 0.5  # an entry of two siblings
JOIN = 1.0  # an entry of a leaf's table, where it is added to that of its piece
COUNT = 1.2  # a background row, per leaf
LIST = 6.0  # a background row, per listed leaf


class Pieces(NamedTuple):
    """The pieces of trees, numbered from the top down and from left to right; N nodes, P pieces.

    Attributes
    ----------
    role : uint8, shape (N,)
        ``ABOVE``, ``INSIDE``, ``TABLE``, ``PACKED``, ``LISTED`` or ``SIBLINGS``.
    first : int32, shape (N,)
        First piece in the node's subtree; the piece itself at its root and inside of it.
    n : int32, shape (N,)
        Number of pieces in the node's subtree; 0 inside of a piece.
    rank : int32, shape (N,)
        Number of a split among those of its piece, from the top down, left before right.
    root, tree : int64, shape (P,)
    n_bits : int32, shape (P,)
        m + s.
    n_columns : int32, shape (P,)
        Number of players that the piece adds to.
    column_start : int64, shape (P,)
    columns : int32
        The players: those of the path in the order of their bits, then those of the splits.
    start : int64, shape (P + 1,)
        Where the piece's entries begin; the last is their number.
    seconds_to_build, seconds_per_row : float64, shape (T,)
        Estimated costs of each tree; infinite if a leaf of it is in no piece.
    """

    role: npt.NDArray[np.uint8]
    first: npt.NDArray[np.int32]
    n: npt.NDArray[np.int32]
    rank: npt.NDArray[np.int32]
    root: Integers
    tree: Integers
    n_bits: npt.NDArray[np.int32]
    n_columns: npt.NDArray[np.int32]
    column_start: Integers
    columns: npt.NDArray[np.int32]
    start: Integers
    seconds_to_build: Floats
    seconds_per_row: Floats


def cut_into_pieces(trees: CodedTrees, paths: TreePaths, n_rows: int, n_background: int) -> Pieces:
    """Cut trees so that building the tables and explaining ``n_rows`` rows costs least.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees.
    n_rows : int
        Rows that share the cost of building.
    n_background : int
        Number of background rows.
    """
    n_nodes, n_trees = len(trees.column), len(trees.tree_output)
    role = np.zeros(n_nodes, dtype=np.uint8)
    first, n, rank, n_splits = (np.zeros(n_nodes, dtype=np.int32) for _ in range(4))
    seconds = np.zeros((2, n_trees))
    n_pieces = _choose_and_number(
        trees, paths, float(n_rows), n_background, n_splits, role, seconds, first, n, rank
    )
    roots = np.flatnonzero(role >= TABLE)
    root = np.empty(n_pieces, dtype=np.int64)
    root[first[roots]] = roots
    n_bits = paths.n_players[root] + n_splits[root]
    column_start = np.cumsum(n_bits, dtype=np.int64) - n_bits
    columns = np.empty(int(n_bits.sum()), dtype=np.int32)
    n_columns = np.zeros(n_pieces, dtype=np.int32)
    _list_columns(trees, paths, root, column_start, columns, n_columns)
    lines = np.left_shift(1, n_bits.astype(np.int64))
    size = lines * n_columns * trees.value.shape[1]
    size = np.where(role[root] == PACKED, 2 * lines, size)
    n_others = n_bits - np.where(paths.bit[root] == paths.n_players[root], 1, 2)
    size = np.where(role[root] == SIBLINGS, 4 << np.maximum(n_others, 0).astype(np.int64), size)
    size = np.where(role[root] == LISTED, list_size(n_bits.astype(np.int64), n_background), size)
    return Pieces(
        role=role,
        first=first,
        n=n,
        rank=rank,
        root=root,
        tree=np.searchsorted(trees.tree_start, root, side="right") - 1,
        n_bits=n_bits,
        n_columns=n_columns,
        column_start=column_start,
        columns=columns,
        start=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(size)]),
        seconds_to_build=seconds[0],
        seconds_per_row=seconds[1],
    )


@kernel
def _choose_and_number(
    trees: CodedTrees,
    paths: TreePaths,
    n_rows: float,
    n_background: int,
    n_splits: npt.NDArray[np.int32],
    role: npt.NDArray[np.uint8],
    seconds: Floats,
    first: npt.NDArray[np.int32],
    n: npt.NDArray[np.int32],
    rank: npt.NDArray[np.int32],
) -> int:
    """Do both, as every kernel that is entered from Python takes a while to load."""
    _choose(trees, paths, n_rows, n_background, n_splits, role, seconds)
    return _number(trees, n_splits, role, first, n, rank)


@kernel
def _choose(
    trees: CodedTrees,
    paths: TreePaths,
    n_rows: float,
    n_background: int,
    n_splits: npt.NDArray[np.int32],
    role: npt.NDArray[np.uint8],
    seconds: Floats,
) -> None:
    """Say for each node whether it should be the root of a piece, if it is not inside of one."""
    width = trees.value.shape[1]
    n_nodes = len(trees.column)
    reached = _reached(trees, paths)
    n_added = np.zeros(n_nodes)  # entries per line of the tables of all leaves below
    tabulate = np.zeros(n_nodes)  # cost of the tables of all leaves below
    build = np.zeros(n_nodes)
    explain = np.zeros(n_nodes)
    for t in range(len(trees.tree_output)):
        root = trees.tree_start[t]
        for node in range(trees.tree_start[t + 1] - 1, root - 1, -1):
            if trees.column[node] < 0:
                m = paths.n_players[node]
                n_added[node] = m * width
                meet = n_background * reached[node]
                _choose_for_leaf(
                    m, width, n_rows, n_background, meet, node, role, tabulate, build, explain
                )
                continue
            left, right = trees.left[node], trees.right[node]
            n_splits[node] = 1 + n_splits[left] + n_splits[right]
            n_added[node] = n_added[left] + n_added[right]
            tabulate[node] = tabulate[left] + tabulate[right]
            build[node] = build[left] + build[right]
            explain[node] = explain[left] + explain[right] + 2.0 * ASK
            n_bits = paths.n_players[node] + n_splits[node]
            if n_bits <= MOST_BITS:
                as_piece = tabulate[node] + JOIN * (1 << n_bits) * n_added[node]
                per_row = LOOK_UP + ASK * n_splits[node]
                per_row += _seconds_to_add(n_bits, n_bits * width, n_rows, ADD)
                if as_piece + n_rows * per_row < build[node] + n_rows * explain[node]:
                    role[node], build[node], explain[node] = TABLE, as_piece, per_row
            if n_splits[node] == 1 and width == 1 and n_bits <= MOST_PACKED_PLAYERS:
                packed = _seconds_to_pack(n_bits, n_background) + (3 << n_bits) * JOIN_SIBLINGS
                per_row = LOOK_UP + ASK + _seconds_to_add(n_bits, n_bits, n_rows, ADD_PACKED)
                if packed + n_rows * per_row < build[node] + n_rows * explain[node]:
                    role[node], build[node], explain[node] = SIBLINGS, packed, per_row
            if n_splits[node] == 1 and width == 1 and n_bits <= MOST_LISTED_PLAYERS:
                listed, meet = LIST * n_background, n_background * reached[node]
                per_row = ASK + _seconds_to_meet(n_bits, n_background, meet)
                if listed + n_rows * per_row < build[node] + n_rows * explain[node]:
                    role[node], build[node], explain[node] = LISTED, listed, per_row
        seconds[0, t] = 1e-9 * build[root]
        seconds[1, t] = 1e-9 * explain[root]


@kernel
def _reached(trees: CodedTrees, paths: TreePaths) -> Floats:
    """Estimate which part of all pairs of rows reaches each node.

    Rows are taken to be drawn from the training rows, independently at each node.
    """
    reached = np.ones(len(trees.column))
    for node in range(len(reached)):
        if paths.parent[node] >= 0:
            share = paths.share[node]
            reached[node] = reached[paths.parent[node]] * share * (2.0 - share)
    return reached


@part
def _seconds_to_add(n_bits: int, n_cells: int, n_rows: float, by_cell: float) -> float:
    """Return the nanoseconds a row takes for the cells of a piece, some of them for the lines."""
    by_line = ADD_LINE + WRITE_LINE * float(1 << n_bits) / max(n_rows, 1.0)
    return float(n_cells) * min(by_cell, by_line)


@part
def _seconds_to_pack(m: int, n_background: int) -> float:
    """Return the nanoseconds that a leaf of m players takes, or two siblings that go on from it."""
    lines = float(1 << m)
    per_point = lines * (SUM + m * TRANSFORM) + min(lines, float(n_background)) * OCCUR
    return START_PACK + COUNT * n_background + FIND * lines + (m + 1) // 2 * per_point


@part
def _seconds_to_meet(m: int, n_background: int, meet: float) -> float:
    """Return the nanoseconds a row takes at a list of m players if it meets so many others."""
    return START_LIST + ADD_LISTED * m + SCAN * n_background + MEET * meet


@kernel
def _choose_for_leaf(
    m: int,
    width: int,
    n_rows: float,
    n_background: int,
    meet: float,
    leaf: int,
    role: npt.NDArray[np.uint8],
    tabulate: Floats,
    build: Floats,
    explain: Floats,
) -> None:
    if m == 0:
        return
    role[leaf], build[leaf], explain[leaf] = ABOVE, np.inf, np.inf
    tabulate[leaf] = np.inf
    if m <= MOST_PACKED_PLAYERS:
        lines, pack = float(1 << m), _seconds_to_pack(m, n_background)
        tabulate[leaf] = pack + lines * m * UNPACK
        per_row = LOOK_UP + _seconds_to_add(m, m * width, n_rows, ADD_PACKED)
        role[leaf], build[leaf], explain[leaf] = PACKED, pack, per_row
    if m <= MOST_LISTED_PLAYERS:
        listed = LIST * n_background
        per_row = _seconds_to_meet(m, n_background, meet) + ADD_LISTED * m * (width - 1)
        if listed + n_rows * per_row < build[leaf] + n_rows * explain[leaf]:
            role[leaf], build[leaf], explain[leaf] = LISTED, listed, per_row


@kernel
def _number(
    trees: CodedTrees,
    n_splits: npt.NDArray[np.int32],
    role: npt.NDArray[np.uint8],
    first: npt.NDArray[np.int32],
    n: npt.NDArray[np.int32],
    rank: npt.NDArray[np.int32],
) -> int:
    """Give numbers to the pieces, and to the splits in each; return the number of pieces."""
    n_nodes, total = len(trees.column), 0
    for node in range(n_nodes):
        if trees.column[node] >= 0 and role[node] != ABOVE:
            role[trees.left[node]] = role[trees.right[node]] = INSIDE
    for node in range(n_nodes - 1, -1, -1):
        if role[node] >= TABLE:
            n[node] = 1
        elif trees.column[node] >= 0 and role[node] == ABOVE:
            n[node] = n[trees.left[node]] + n[trees.right[node]]
    for t in range(len(trees.tree_output)):
        first[trees.tree_start[t]] = total
        total += n[trees.tree_start[t]]
    for node in range(n_nodes):
        if trees.column[node] >= 0:
            left, right = trees.left[node], trees.right[node]
            first[left] = first[node]
            first[right] = first[node] + (n[left] if role[node] == ABOVE else 0)
            if role[node] != ABOVE:
                rank[left] = rank[node] + 1
                rank[right] = rank[node] + 1 + n_splits[left]
    return total


@kernel
def _list_columns(
    trees: CodedTrees,
    paths: TreePaths,
    root: Integers,
    column_start: Integers,
    columns: npt.NDArray[np.int32],
    n_columns: npt.NDArray[np.int32],
) -> None:
    waiting = np.empty(MOST_BITS + 2, dtype=np.int64)
    for p in range(len(root)):
        start, n = column_start[p], paths.n_players[root[p]]
        node = paths.parent[root[p]]
        while node >= 0:
            columns[start + paths.bit[node]] = trees.player[node]
            node = paths.parent[node]
        waiting[0], n_waiting = root[p], 1
        while n_waiting > 0:
            n_waiting -= 1
            node = waiting[n_waiting]
            if trees.column[node] < 0:
                continue
            is_known = False
            for j in range(n):
                is_known = is_known or columns[start + j] == trees.player[node]
            if not is_known:
                columns[start + n] = trees.player[node]
                n += 1
            waiting[n_waiting], waiting[n_waiting + 1] = trees.right[node], trees.left[node]
            n_waiting += 2
        n_columns[p] = n
