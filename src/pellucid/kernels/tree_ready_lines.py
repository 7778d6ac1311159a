"""Lines of short pieces written out: what all players get, side by side in one line of the cache.

Tables of leaves are small because what players get is worked out of cells all over them, each of
which is a way to the memory for a row that comes alone. Written out, a line is one such way. That
takes more memory than the tables, and longer than a row can wait: so lines are written out some at
a time and up to a bound, and rows look the others up as if there were none.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part, part_of_kernel
from pellucid.kernels.simd import aligned, n_ones
from pellucid.kernels.tree_piece_lists import SHORT, PieceLists, Records
from pellucid.kernels.tree_pieces import PACKED, TABLE

Floats = npt.NDArray[np.float64]
Slots = npt.NDArray[np.uint32]

NO_SLOT = 2**32 - 1
"""In place of a slot where there is none."""

# Indices are unsigned, as numba lets signed ones count from the end, which is slow.
_ONE, _SIX, _SIXTY_THREE, _SHORT = (np.uint64(i) for i in (1, 6, 63, SHORT))


class ReadyLines(NamedTuple):
    """Lines that are written out, or have room to be so.

    Each line that gives anybody anything has a *slot* of ``SHORT`` cells; lines of siblings have one
    for each value that a row can get there from the player whom the parent asks.

    Attributes
    ----------
    first_slot : uint32
        For each word of ``PieceLists.counting``, the slot of the first line that counts; those of
        the others follow. ``NO_SLOT`` where there is no room.
    shares : float64
        What the players of a piece get, in the order of its ``cells``, slot after slot.
    """

    first_slot: Slots
    shares: Floats


def no_ready_lines(lists: PieceLists) -> ReadyLines:
    """Return that there is no room for any line.

    Parameters
    ----------
    lists : PieceLists
    """
    return ReadyLines(np.full(len(lists.counting), NO_SLOT, dtype=np.uint32), np.empty(0))


def room_for_lines(lists: PieceLists, most: int) -> ReadyLines:
    """Return room for the lines of short pieces, which the system hands out as it is written to.

    Parameters
    ----------
    lists : PieceLists
    most : int
        Slots. Pieces behind those that fill them have no room: a row that finds lines ready up to
        some piece is faster than one that finds as many here and there.
    """
    ready = no_ready_lines(lists)
    n_slots = _number_slots(lists, most, ready.first_slot)
    return ready._replace(shares=aligned(n_slots * SHORT))


@kernel
def _number_slots(lists: PieceLists, most: int, first_slot: Slots) -> int:
    n = 0
    for i in range(len(lists.number)):
        piece, first = lists.pieces[i], np.int64(lists.first_word[i])
        if not piece["is_short"]:
            continue
        end, before = first + _n_words(piece), n
        for word in range(first, end):
            first_slot[word] = n
            n += int(np.int64(piece["n_values"])) * n_ones(lists.counting[word])
        if n > most:
            first_slot[first:end] = NO_SLOT
            return before
    return n


@part
def _n_words(piece: Records) -> int:
    return int(((1 << np.int64(piece["n_bits"])) + 63) >> 6)


@kernel
def write_lines_out(
    lists: PieceLists, ready: ReadyLines, entries: Floats, first: int, n_written: int, most: int
) -> tuple[int, int]:
    """Write out lines of some more pieces.

    Parameters
    ----------
    lists : PieceLists
    ready : ReadyLines
        With room for the lines, which are written.
    entries : ndarray of float64
        Of all pieces.
    first : int
        The piece with which to go on.
    n_written : int
        Slots before that, all of which are written.
    most : int
        Slots after which no other piece is begun.

    Returns
    -------
    first, n_written : int
        With which to go on the next time.
    """
    end = n_written + most
    while first < len(lists.number) and n_written < end:
        piece, word = lists.pieces[first], np.uint64(lists.first_word[first])
        first += 1
        if ready.first_slot[word] == NO_SLOT:
            continue
        for place in range(1 << np.int64(piece["n_bits"])):
            line = np.uint64(place)
            if not lists.counting[word + (line >> _SIX)] >> (line & _SIXTY_THREE) & _ONE:
                continue
            for value in range(np.int64(piece["n_values"])):
                x = _value(piece, value)
                write_shares(piece, line, x, entries, np.uint64(n_written), ready.shares)
                n_written += 1
    return first, n_written


@part_of_kernel
def _value(piece: Records, number: int) -> float:
    """Return what rows get from the asked player, by the number of such values."""
    # If nobody can have failed him, there is no zero among them.
    place = number if piece["asked_bit"] == piece["side_bit"] else number - 1
    return 0.0 if place < 0 else float(piece["given"][np.uint64(place)])


@part_of_kernel
def value_at(entries: Floats, start: np.uint64, line: np.uint64, x: float) -> float:
    """Return what siblings give at a line to a row that gets x from the asked player."""
    place = start + line + line
    return float(x * entries[place] + entries[place + _ONE])


@part_of_kernel
def write_shares(
    piece: Records, line: np.uint64, x: float, entries: Floats, slot: np.uint64, shares: Floats
) -> None:
    """Write what the players of a short piece get at a line; cells of no player get anything."""
    role, start, into = piece["role"], np.uint64(piece["start"]), slot * _SHORT
    n_lines = _ONE << np.uint64(piece["n_bits"])
    if role == TABLE:
        place, n_columns = start + line, piece["n_columns"]
        for j in range(n_columns):
            shares[into + np.uint64(j)] = entries[place]
            place += n_lines
        for j in range(n_columns, SHORT):
            shares[into + np.uint64(j)] = 0.0
    elif role == PACKED:
        s, t = entries[start + line], start + n_lines
        for j in range(SHORT):
            shares[into + np.uint64(j)] = s - entries[t + (line & ~(_ONE << np.uint64(j)))]
    else:
        t = start + n_lines + n_lines
        s = value_at(entries, start, line, x)
        for j in range(SHORT - 1):
            without = value_at(entries, t, line & ~(_ONE << np.uint64(j)), x)
            shares[into + np.uint64(j)] = s - without
        shares[into + _SHORT - _ONE] = s - entries[t + line + line + _ONE]


@part_of_kernel
def slot_of(
    lists: PieceLists,
    ready: ReadyLines,
    n_written: np.uint64,
    i: np.uint64,
    line: np.uint64,
    pattern: np.uint32,
) -> np.uint64:
    """Return the slot of a line that counts, for a row with some pattern; ``NO_SLOT`` if not ready."""
    word = np.uint64(lists.first_word[i]) + (line >> _SIX)
    first = np.uint64(ready.first_slot[word])
    if first >= n_written:
        return np.uint64(NO_SLOT)
    piece, whole = lists.pieces[i], np.uint64(pattern)
    asked, side = np.uint64(piece["asked_bit"]), np.uint64(piece["side_bit"])
    are_one = np.uint64(asked == side)
    value = passes(whole, asked, side) * (_ONE + ((whole >> side) & _ONE)) - are_one
    below = lists.counting[word] & ((_ONE << (line & _SIXTY_THREE)) - _ONE)
    return first + np.uint64(n_ones(below)) * np.uint64(piece["n_values"]) + value


@part_of_kernel
def passes(whole: np.uint64, asked: np.uint64, side: np.uint64) -> np.uint64:
    """Return 1 if a row passes the player whom two siblings' parent asks at all nodes above, else 0."""
    # Nobody can have failed a player above whom no node there asks: both bits are one then.
    return np.uint64(((whole >> asked) | np.uint64(asked == side)) & _ONE)
