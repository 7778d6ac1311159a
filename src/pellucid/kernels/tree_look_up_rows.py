"""Few rows explained by tables: what is to be looked up is known before memory is asked for it.

Tables of many trees are larger than a processor's caches, and one row needs a few cells of each. So
the lines of all tables are found first; then each table is asked for its cells some tables before
they are needed, so that many of them are on their way at once.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part, part_of_kernel
from pellucid.kernels.simd import prefetch
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_leaf_lists import add_listed
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_pieces import ABOVE, LISTED, PACKED, TABLE, Pieces
from pellucid.kernels.tree_tables import asked_of

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Lines = npt.NDArray[np.uint32]

AHEAD = 12
"""Pieces between the one whose cells are asked for and the one that is looked up."""

_LINE_BITS = 3
"""A line of the cache holds eight cells."""

_START_OF_LIST = 64
"""Cells of a listed leaf that are asked for: the processor sees itself which ones follow."""


class PieceLists(NamedTuple):
    """What is gone through to find the lines of pieces, without a branch.

    Attributes
    ----------
    above : int64
        Inner nodes above pieces, parents before children.
    within : int64
        Inner nodes in pieces.
    answer : int64
        Bit of each of these in the lines of its piece.
    piece : int64
        The pieces.
    """

    above: Integers
    within: Integers
    answer: Integers
    piece: Integers


def list_pieces(
    trees: CodedTrees, paths: TreePaths, pieces: Pieces, is_tabled: npt.NDArray[np.bool_]
) -> PieceLists:
    """List the pieces of some trees.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    pieces : Pieces
    is_tabled : ndarray of bool, shape (T,)
        Whether each tree counts.
    """
    is_inner = (trees.column >= 0) & np.repeat(is_tabled, np.diff(trees.tree_start))
    within = np.flatnonzero(is_inner & (pieces.role != ABOVE))
    m = paths.n_players[pieces.root[pieces.first[within]]]
    return PieceLists(
        above=np.flatnonzero(is_inner & (pieces.role == ABOVE)),
        within=within,
        answer=m.astype(np.int64) + pieces.rank[within],
        piece=np.flatnonzero(is_tabled[pieces.tree]),
    )


@kernel
def add_few_from_tables(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    lists: PieceLists,
    entries: Floats,
    pair_weights: Floats,
    codes: Codes,
    sums: Floats,
) -> None:
    """Add what the pieces of some trees give to some rows, one row after the other.

    To the bit this is what :func:`add_from_tables` adds.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    pieces : Pieces
    lists : PieceLists
        Of the trees that count.
    entries : ndarray of float64
        Of all pieces of these trees.
    pair_weights : ndarray of float64
        See :func:`pellucid.kernels.tree_leaf_lists.list_weights`.
    codes : ndarray of uint16, shape (blocks, c, LANES)
    sums : ndarray of float64, shape (n, d, k, 1)
        Added to.
    """
    patterns = np.zeros(len(trees.column), dtype=np.uint32)
    lines = np.zeros(len(pieces.root), dtype=np.uint32)
    flat = sums.reshape(len(sums), -1)
    for row in range(len(sums)):
        _find_lines(trees, paths, pieces, lists, codes[row // LANES], row % LANES, patterns, lines)
        _add_pieces(trees, paths, pieces, lists, lines, entries, pair_weights, sums[row], flat[row])


@part
def _goes_left(trees: CodedTrees, node: np.uint64, codes: Codes, lane: int) -> np.uint32:
    # The sign bit of a difference, for a comparison would be compiled to a branch.
    code = np.int64(codes[np.uint64(trees.column[node]), np.uint64(lane)])
    return np.uint32((code - np.int64(trees.highest[node]) - 1) >> 63 & 1)


@kernel
def _find_lines(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    lists: PieceLists,
    codes: Codes,
    lane: int,
    patterns: Lines,
    lines: Lines,
) -> None:
    """Write the row's pattern at the root of each piece, with its answers in the piece."""
    one = np.uint32(1)
    for node in lists.above:
        at, bit = np.uint64(node), np.uint32(paths.bit[np.uint64(node)])
        is_left = _goes_left(trees, at, codes, lane)
        # A player asked for the first time is passed unless the row fails here.
        is_new = np.uint32(paths.previous[at] < 0)
        above = patterns[at] | (is_new << bit)
        patterns[np.uint64(trees.left[at])] = above & ~((one - is_left) << bit)
        patterns[np.uint64(trees.right[at])] = above & ~(is_left << bit)
    for p in lists.piece:
        lines[p] = patterns[pieces.root[p]]
    for i in range(len(lists.within)):
        node = np.uint64(lists.within[i])
        is_left = _goes_left(trees, node, codes, lane)
        lines[pieces.first[node]] |= is_left << np.uint32(lists.answer[i])


@kernel
def _add_pieces(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    lists: PieceLists,
    lines: Lines,
    entries: Floats,
    pair_weights: Floats,
    sums: Floats,
    flat: Floats,
) -> None:
    """Add what pieces give, each of which is asked for its cells some pieces before."""
    n_outputs, n, one = sums.shape[1], len(lists.piece), np.ones(1)
    for ahead in range(n + AHEAD):
        if ahead < n:
            p = lists.piece[ahead]
            role, m = pieces.role[pieces.root[p]], int(np.int64(pieces.n_bits[p]))
            _ask_for(
                entries, role, pieces.start[p], pieces.start[p + 1], int(np.int64(lines[p])), m
            )
        if ahead < AHEAD:
            continue
        p = lists.piece[ahead - AHEAD]
        root, n_lines = pieces.root[p], int(np.int64(1) << np.int64(pieces.n_bits[p]))
        line = int(np.int64(lines[p]))
        role, output = pieces.role[root], trees.tree_output[pieces.tree[p]]
        start, first = pieces.start[p], pieces.column_start[p]
        end = first + np.int64(pieces.n_columns[p])
        if role == TABLE:
            place = start + line
            for j in range(first, end):
                cell = pieces.columns[np.uint64(j)] * n_outputs + output
                for o in range(trees.value.shape[1]):
                    flat[np.uint64(cell + o)] += entries[np.uint64(place)]
                    place += n_lines
        elif role == LISTED:
            asked = asked_of(trees, paths, root)
            value = one if trees.column[root] >= 0 else trees.value[root]
            table, here = entries[start : pieces.start[p + 1]], lines[p : p + 1]
            columns = pieces.columns[first:end]
            add_listed(value, table, columns, asked, output, here, pair_weights, sums)
        else:
            # Siblings have a third part for the player whom their parent asks, leaves have none.
            own = -1 if role == PACKED else int(np.int64(paths.bit[root]))
            for j in range(end - first):
                share = _share(entries, start, line, n_lines, j, own)
                cell = pieces.columns[np.uint64(first + j)] * n_outputs + output
                _add_share(trees.value, root, share, cell, flat)


@part_of_kernel
def _ask_for(entries: Floats, role: int, start: int, end: int, line: int, m: int) -> None:
    """Ask the memory for the cells of a piece."""
    n_lines = 1 << m
    if role == LISTED:
        for place in range(start, min(start + _START_OF_LIST, end), 1 << _LINE_BITS):
            prefetch(entries, place)
        return
    for place in range(start + line, end, n_lines):
        prefetch(entries, place)
    if role != TABLE:
        for j in range(_LINE_BITS, m):
            prefetch(entries, start + n_lines + (line & ~(1 << j)))


@part_of_kernel
def _add_share(value: Floats, root: int, share: float, cell: int, flat: Floats) -> None:
    """Add a share of a leaf's values to those of a player; a single value is in the share."""
    if value.shape[1] == 1:
        flat[np.uint64(cell)] += share
        return
    for o in range(value.shape[1]):
        flat[np.uint64(cell + o)] += value[np.uint64(root), np.uint64(o)] * share


@part_of_kernel
def _share(entries: Floats, start: int, line: int, n_lines: int, j: int, asked: int) -> float:
    """Return what a packed leaf, or two siblings, give to player j."""
    if j == asked:
        return float(entries[np.uint64(start + 2 * n_lines + line)])
    t = entries[np.uint64(start + n_lines + (line & ~(1 << j)))]
    return float(entries[np.uint64(start + line)] - t)
