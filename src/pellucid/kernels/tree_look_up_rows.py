"""Few rows explained by tables: what is to be looked up is known before memory is asked for it.

Tables of many trees are larger than a processor's caches, and one row needs a few cells of each. So
the lines of all tables are found first, and those that give nothing are left out; then each table
is asked for its cells some tables before they are needed, so that many of them are on their way at
once. Lines that are written out take one way to the memory, other ones several. A guess of the
processor about what comes next that turns out wrong costs as much as a piece: hence the loops of
fixed length over short pieces, most of them all.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part_of_kernel
from pellucid.kernels.simd import prefetch
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_leaf_lists import add_listed
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_patterns import without_bit
from pellucid.kernels.tree_piece_lists import SHORT, PieceLists
from pellucid.kernels.tree_pieces import LISTED, PACKED, SIBLINGS, TABLE, Pieces
from pellucid.kernels.tree_ready_lines import (
    NO_SLOT,
    ReadyLines,
    passes,
    slot_of,
    value_at,
    write_shares,
)
from pellucid.kernels.tree_tables import asked_of

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int32]

AHEAD = 16
"""Pieces between the one whose cells are asked for and the one that is looked up."""

_LINE_BITS = 3
"""A line of the cache holds eight cells."""

_START_OF_LIST = 64
"""Cells of a listed leaf that are asked for: the processor sees itself which ones follow."""

# Indices are unsigned, as numba lets signed ones count from the end, which is slow.
_ZERO, _ONE, _SIX, _SIXTY_THREE = (np.uint64(i) for i in (0, 1, 6, 63))


@kernel
def add_few_from_tables(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    lists: PieceLists,
    ready: ReadyLines,
    n_written: int,
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
    ready : ReadyLines
        Of these lists.
    n_written : int
        Its slots that are written.
    entries : ndarray of float64
        Of all pieces of these trees.
    pair_weights : ndarray of float64
        See :func:`pellucid.kernels.tree_leaf_lists.list_weights`.
    codes : ndarray of uint16, shape (blocks, c, LANES)
    sums : ndarray of float64, shape (n, d, k, 1)
        Added to.
    """
    n, n_players, n_outputs, _ = sums.shape
    n_pieces, n_above = len(lists.number), len(lists.above)
    patterns = np.empty(n_above + n_pieces, dtype=np.uint32)
    counting = np.empty(n_pieces + 1, dtype=np.int32)
    places = np.empty(n_pieces + 1, dtype=np.uint32)
    slots = np.empty(n_pieces + 1, dtype=np.uint32)
    # More cells than values: for players that a short piece does not have.
    flat = np.zeros(n_players * n_outputs + SHORT)
    values = flat[:-SHORT].reshape(n_players, n_outputs, 1)
    for row in range(n):
        _find_lines(lists, codes[row // LANES], row % LANES, patterns)
        lines = patterns[n_above:]
        n_counting = _leave_out(lists, lines, counting, places)
        chosen = counting[:n_counting]
        _find_slots(lists, ready, np.uint64(n_written), chosen, places, lines, slots)
        values[:] = sums[row]
        _add_pieces(
            trees,
            paths,
            pieces,
            lists,
            ready,
            chosen,
            places,
            slots,
            lines,
            entries,
            pair_weights,
            n_outputs,
            flat,
        )
        sums[row] = values


@part_of_kernel
def _goes_left(code: int, highest: int) -> int:
    """Return -1, all ones, for a row that goes left at an asked node, and 0 for another one."""
    # The sign bit of a difference, for a comparison would be compiled to a branch.
    return int((np.int64(code) - np.int64(highest) - 1) >> 63)


@kernel
def _find_lines(lists: PieceLists, codes: Codes, lane: int, patterns: Bits) -> None:
    """Write the row's pattern at each node above pieces, and the line of each piece."""
    patterns[:] = 0
    for i in range(len(lists.above)):
        asked = lists.above[i]
        bit = np.int64(asked["bit"])
        code = codes[np.uint64(asked["column"]), np.uint64(lane)]
        passed, failed = bit & _goes_left(code, asked["highest"]), bit
        failed &= ~passed
        # A player asked for the first time is passed unless the row fails here.
        above = np.int64(patterns[i]) | np.int64(asked["new_bit"])
        patterns[np.uint64(asked["left"])] = above & ~failed
        patterns[np.uint64(asked["right"])] = above & ~passed
    for i in range(len(lists.within)):
        asked = lists.within[i]
        slot, code = np.uint64(asked["slot"]), codes[np.uint64(asked["column"]), np.uint64(lane)]
        answer = np.int64(asked["bit"]) & _goes_left(code, asked["highest"])
        patterns[slot] = np.int64(patterns[slot]) | answer


@part_of_kernel
def _line_of(lists: PieceLists, i: np.uint64, pattern: np.uint32) -> np.uint64:
    """Return the line of a piece: a row's pattern there, without what the line leaves out."""
    mask = (_ONE << np.uint64(lists.n_bits[i])) - _ONE
    return without_bit(np.uint64(pattern), np.uint64(lists.asked_bit[i]), mask)


@part_of_kernel
def _given(lists: PieceLists, i: np.uint64, pattern: np.uint32) -> float:
    """Return what a row gets from the player whom two siblings' parent asks."""
    piece, whole = lists.pieces[i], np.uint64(pattern)
    asked, side = np.uint64(piece["asked_bit"]), np.uint64(piece["side_bit"])
    given = piece["given"][(whole >> side) & _ONE]
    return float(given * np.float64(np.int64(passes(whole, asked, side))))


@kernel
def _leave_out(lists: PieceLists, lines: Bits, counting: Places, places: Bits) -> int:
    """Write which pieces give the row anything, and its lines there; return how many there are."""
    n = 0
    for i in range(len(lists.number)):
        line = _line_of(lists, np.uint64(i), lines[i])
        word = lists.counting[np.uint64(lists.first_word[i]) + (line >> _SIX)]
        counting[n], places[n] = i, line
        n += int(np.int64((word >> (line & _SIXTY_THREE)) & _ONE))
    return n


@kernel
def _find_slots(
    lists: PieceLists,
    ready: ReadyLines,
    n_written: np.uint64,
    chosen: Places,
    places: Bits,
    lines: Bits,
    slots: Bits,
) -> None:
    """Write the slots of a row's lines; ``NO_SLOT`` for those that are not written out."""
    for k in range(len(chosen)):
        i = np.uint64(chosen[k])
        slots[k] = slot_of(lists, ready, n_written, i, np.uint64(places[k]), lines[i])


@kernel
def _add_pieces(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    lists: PieceLists,
    ready: ReadyLines,
    chosen: Places,
    places: Bits,
    slots: Bits,
    lines: Bits,
    entries: Floats,
    pair_weights: Floats,
    n_outputs: int,
    flat: Floats,
) -> None:
    """Add what pieces give, each of which is asked for its cells some pieces before."""
    n, work = len(chosen), np.empty(SHORT)
    for ahead in range(n + AHEAD):
        if ahead < n:
            if slots[ahead] == NO_SLOT:
                _ask_for(pieces, lists, np.uint64(chosen[ahead]), places[ahead], entries)
            else:
                prefetch(ready.shares, int(np.int64(slots[ahead])) * SHORT)
        if ahead < AHEAD:
            continue
        k = np.uint64(ahead - AHEAD)
        i, line, slot = np.uint64(chosen[k]), np.uint64(places[k]), np.uint64(slots[k])
        if slot != NO_SLOT:
            cells, start = lists.pieces[i]["cells"], slot * np.uint64(SHORT)
            for j in range(SHORT):
                flat[np.uint64(cells[np.uint64(j)])] += ready.shares[start + np.uint64(j)]
            continue
        piece = lists.pieces[i]
        if not piece["is_short"]:
            _add_long(
                trees, paths, pieces, lists, i, line, lines, entries, pair_weights, n_outputs, flat
            )
            continue
        write_shares(piece, line, _given(lists, i, lines[i]), entries, _ZERO, work)
        for j in range(SHORT):
            flat[np.uint64(piece["cells"][np.uint64(j)])] += work[np.uint64(j)]


@part_of_kernel
def _add_long(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    lists: PieceLists,
    i: np.uint64,
    line: np.uint64,
    lines: Bits,
    entries: Floats,
    pair_weights: Floats,
    n_outputs: int,
    flat: Floats,
) -> None:
    """Add what a piece gives of any kind, with any number of players and values."""
    p, piece = np.uint64(lists.number[i]), lists.pieces[i]
    role, start, n_columns = piece["role"], np.uint64(piece["start"]), np.int64(piece["n_columns"])
    n_lines = _ONE << np.uint64(piece["n_bits"])
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
        cells, row = flat.reshape(-1, 1), np.int64(0)
        add_listed(value, table, columns, asked, output, n_outputs, here, pair_weights, row, cells)
    elif role == PACKED:
        s, t = entries[start + line], start + n_lines
        for j in range(n_columns):
            share = s - entries[t + (line & ~(_ONE << np.uint64(j)))]
            cell = pieces.columns[first + np.uint64(j)] * n_outputs + output
            _add_share(trees.value, root, share, cell, flat)
    else:
        x, t, bit = _given(lists, i, lines[i]), start + n_lines + n_lines, paths.bit[root]
        s = value_at(entries, start, line, x)
        for j in range(n_columns):
            if j == bit:
                share = s - entries[t + line + line + _ONE]
            else:
                other = _ONE << np.uint64(j if j < bit else j - 1)
                share = s - value_at(entries, t, line & ~other, x)
            cell = pieces.columns[first + np.uint64(j)] * n_outputs + output
            flat[np.uint64(cell)] += share


@part_of_kernel
def _ask_for(
    pieces: Pieces, lists: PieceLists, i: np.uint64, line_of_row: np.uint32, entries: Floats
) -> None:
    """Ask the memory for the cells of a piece."""
    piece = lists.pieces[i]
    role, start = piece["role"], int(np.int64(piece["start"]))
    line = int(np.int64(line_of_row))
    m = int(np.int64(piece["n_bits"]))
    n_lines = 1 << m
    if role == TABLE:
        place = start + line
        for _ in range(piece["n_columns"]):
            prefetch(entries, place)
            place += n_lines
    elif role == LISTED:
        end = int(pieces.start[np.uint64(lists.number[i]) + _ONE])
        end = min(start + _START_OF_LIST, end)
        for place in range(start, end, 1 << _LINE_BITS):
            prefetch(entries, place)
    else:
        width = 2 if role == SIBLINGS else 1
        t = start + width * n_lines
        prefetch(entries, start + width * line)
        prefetch(entries, t + width * line)
        for j in range(_LINE_BITS - 1, SHORT):
            prefetch(entries, t + width * (line & ~(1 << j)))
        for j in range(SHORT, m):
            prefetch(entries, t + width * (line & ~(1 << j)))


@part_of_kernel
def _add_share(value: Floats, root: int, share: float, cell: int, flat: Floats) -> None:
    """Add a share of a leaf's values to those of a player; a single value is in the share."""
    if value.shape[1] == 1:
        flat[np.uint64(cell)] += share
        return
    for o in range(value.shape[1]):
        flat[np.uint64(cell + o)] += value[np.uint64(root), np.uint64(o)] * share
