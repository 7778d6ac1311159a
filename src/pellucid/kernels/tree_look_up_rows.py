"""Few rows explained by tables: what is to be looked up is known before memory is asked for it.

Tables of many trees are larger than a processor's caches, and one row needs a few cells of each. So
the lines of all tables are found first, and those that give nothing are left out; then each table
is asked for its cells some tables before they are needed, so that many of them are on their way at
once. A guess of the processor about what comes next that turns out wrong costs as much as a piece:
hence the loops of fixed length over short pieces, most of them all.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part_of_kernel
from pellucid.kernels.simd import prefetch
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_leaf_lists import add_listed
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_piece_lists import SHORT, PieceLists
from pellucid.kernels.tree_pieces import LISTED, PACKED, SIBLINGS, TABLE, Pieces
from pellucid.kernels.tree_tables import asked_of

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int32]

AHEAD = 3
"""Pieces between the one whose cells are asked for and the one that is looked up."""

_LINE_BITS = 3
"""A line of the cache holds eight cells."""

_START_OF_LIST = 64
"""Cells of a listed leaf that are asked for: the processor sees itself which ones follow."""

# Indices are unsigned, as numba lets signed ones count from the end, which is slow.
_ONE, _SIX, _SIXTY_THREE = (np.uint64(i) for i in (1, 6, 63))


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
    n, n_players, n_outputs, _ = sums.shape
    n_pieces, n_above = len(lists.piece), len(lists.is_new)
    patterns = np.empty(n_above + n_pieces, dtype=np.uint32)
    counting = np.empty(n_pieces + 1, dtype=np.int32)
    # One cell more than values: for players that a short piece does not have.
    flat = np.empty(n_players * n_outputs + 1)
    values = flat[:-1].reshape(n_players, n_outputs, 1)
    for row in range(n):
        _find_lines(lists, codes[row // LANES], row % LANES, patterns)
        lines = patterns[n_above:]
        n_counting = _leave_out(lists, lines, counting)
        values[:] = sums[row]
        flat[-1] = 0.0
        chosen = counting[:n_counting]
        _add_pieces(trees, paths, pieces, lists, chosen, lines, entries, pair_weights, values, flat)
        sums[row] = values


@part_of_kernel
def _goes_left(lists: PieceLists, i: int, codes: Codes, lane: int) -> int:
    """Return -1, all ones, for a row that goes left at an asked node, and 0 for another one."""
    # The sign bit of a difference, for a comparison would be compiled to a branch.
    code = np.int64(codes[np.uint64(lists.column[i]), np.uint64(lane)])
    return int((code - np.int64(lists.highest[i]) - 1) >> 63)


@kernel
def _find_lines(lists: PieceLists, codes: Codes, lane: int, patterns: Bits) -> None:
    """Write the row's pattern at each node above pieces, and the line of each piece."""
    patterns[:] = 0
    n_above = len(lists.is_new)
    for i in range(n_above):
        bit = np.int64(lists.bit[i])
        passed, failed = bit & _goes_left(lists, i, codes, lane), bit
        failed &= ~passed
        # A player asked for the first time is passed unless the row fails here.
        above = np.int64(patterns[i]) | np.int64(lists.is_new[i])
        patterns[np.uint64(lists.left[i])] = above & ~failed
        patterns[np.uint64(lists.right[i])] = above & ~passed
    for i in range(len(lists.within)):
        slot, asked = np.uint64(lists.within[i]), n_above + i
        answer = np.int64(lists.bit[asked]) & _goes_left(lists, asked, codes, lane)
        patterns[slot] = np.int64(patterns[slot]) | answer


@kernel
def _leave_out(lists: PieceLists, lines: Bits, counting: Places) -> int:
    """Write the places of the pieces that give the row anything, and return how many there are."""
    n = 0
    for i in range(len(lists.piece)):
        line = np.uint64(lines[i] & lists.lines[i])
        word = lists.counting[np.uint64(lists.first_word[i]) + (line >> _SIX)]
        counting[n] = i
        n += int(np.int64((word >> (line & _SIXTY_THREE)) & _ONE))
    return n


@kernel
def _add_pieces(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    lists: PieceLists,
    chosen: Places,
    lines: Bits,
    entries: Floats,
    pair_weights: Floats,
    values: Floats,
    flat: Floats,
) -> None:
    """Add what pieces give, each of which is asked for its cells some pieces before."""
    n = len(chosen)
    for ahead in range(n + AHEAD):
        if ahead < n:
            _ask_for(pieces, lists, np.uint64(chosen[ahead]), lines, entries)
        if ahead < AHEAD:
            continue
        i = np.uint64(chosen[ahead - AHEAD])
        if not lists.is_short[i]:
            _add_long(trees, paths, pieces, lists, i, lines, entries, pair_weights, values, flat)
            continue
        role, start, line = lists.role[i], np.uint64(lists.start[i]), np.uint64(lines[i])
        n_lines = _ONE << np.uint64(lists.n_bits[i])
        if role == TABLE:
            place = start + line
            for j in range(lists.n_columns[i]):
                flat[np.uint64(lists.cells[i, np.uint64(j)])] += entries[place]
                place += n_lines
            continue
        s, t = entries[start + line], start + n_lines
        for j in range(SHORT):
            share = s - entries[t + (line & ~(_ONE << np.uint64(j)))]
            flat[np.uint64(lists.cells[i, np.uint64(j)])] += share
        if role == SIBLINGS:
            flat[np.uint64(lists.asked[i])] += entries[t + n_lines + line]


@part_of_kernel
def _add_long(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    lists: PieceLists,
    i: np.uint64,
    lines: Bits,
    entries: Floats,
    pair_weights: Floats,
    values: Floats,
    flat: Floats,
) -> None:
    """Add what a piece gives of any kind, with any number of players and values."""
    p, n_columns, n_outputs = np.uint64(lists.piece[i]), lists.n_columns[i], values.shape[1]
    role, start, line = lists.role[i], np.uint64(lists.start[i]), np.uint64(lines[i])
    n_lines = _ONE << np.uint64(lists.n_bits[i])
    root, output = pieces.root[p], trees.tree_output[pieces.tree[p]]
    first = np.uint64(pieces.column_start[p])
    if role == TABLE:
        place = start + line
        for j in range(n_columns):
            cell = pieces.columns[first + np.uint64(j)] * n_outputs + output
            for o in range(trees.value.shape[1]):
                flat[np.uint64(cell + o)] += entries[place]
                place += n_lines
    elif role == LISTED:
        asked = asked_of(trees, paths, root)
        value = np.ones(1) if trees.column[root] >= 0 else trees.value[root]
        table, here = entries[start : np.uint64(pieces.start[p + _ONE])], lines[i : i + _ONE]
        columns = pieces.columns[first : first + np.uint64(n_columns)]
        add_listed(value, table, columns, asked, output, here, pair_weights, values)
    else:
        # Siblings have a third part for the player whom their parent asks, leaves have none.
        own = -1 if role == PACKED else int(np.int64(paths.bit[root]))
        for j in range(n_columns):
            share = _share(entries, start, line, n_lines, j, own)
            cell = pieces.columns[first + np.uint64(j)] * n_outputs + output
            _add_share(trees.value, root, share, cell, flat)


@part_of_kernel
def _ask_for(pieces: Pieces, lists: PieceLists, i: np.uint64, lines: Bits, entries: Floats) -> None:
    """Ask the memory for the cells of a piece."""
    role, start, line = lists.role[i], int(lists.start[i]), int(np.int64(lines[i]))
    m = int(np.int64(lists.n_bits[i]))
    n_lines = 1 << m
    if role == TABLE:
        place = start + line
        for _ in range(lists.n_columns[i]):
            prefetch(entries, place)
            place += n_lines
    elif role == LISTED:
        end = int(pieces.start[np.uint64(lists.piece[i]) + _ONE])
        end = min(start + _START_OF_LIST, end)
        for place in range(start, end, 1 << _LINE_BITS):
            prefetch(entries, place)
    else:
        t = start + n_lines
        prefetch(entries, start + line)
        prefetch(entries, t + line)
        for j in range(_LINE_BITS, SHORT):
            prefetch(entries, t + (line & ~(1 << j)))
        for j in range(SHORT, m):
            prefetch(entries, t + (line & ~(1 << j)))
        if role == SIBLINGS:
            prefetch(entries, t + n_lines + line)


@part_of_kernel
def _add_share(value: Floats, root: int, share: float, cell: int, flat: Floats) -> None:
    """Add a share of a leaf's values to those of a player; a single value is in the share."""
    if value.shape[1] == 1:
        flat[np.uint64(cell)] += share
        return
    for o in range(value.shape[1]):
        flat[np.uint64(cell + o)] += value[np.uint64(root), np.uint64(o)] * share


@part_of_kernel
def _share(
    entries: Floats, start: np.uint64, line: np.uint64, n_lines: np.uint64, j: int, asked: int
) -> float:
    """Return what a packed leaf, or two siblings, give to player j."""
    if j == asked:
        return float(entries[start + n_lines + n_lines + line])
    t = entries[start + n_lines + (line & ~(_ONE << np.uint64(j)))]
    return float(entries[start + line] - t)
