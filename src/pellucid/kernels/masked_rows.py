"""Rows that take the cells of some players from one row and all others from a reference row.

They are written for many games at once. Each game has its reference row, the players that it is
about, and coalitions of these; each coalition becomes one masked row. Cells are moved as words of
their own width, whatever they hold, so that every bit of them arrives.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part_of_kernel

Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Words = npt.NDArray[Any]
"""Cells as signed integers of the same width."""

LAST_COLUMN = 2**31 - 1
"""Stands behind all columns."""


class Games(NamedTuple):
    """Games of one row to explain, r of them, one masked row for each coalition.

    Attributes
    ----------
    reference : int64, shape (r,)
        Reference row of each game; -1 stands for the row to explain itself, of which every
        coalition makes the same row.
    first_row : int64, shape (r + 1,)
        First masked row of each game; the last entry is the number of all.
    first_player : int64, shape (r + 1,)
        First entry of each game in ``player``.
    player : int64
        The players of each game, one at least.
    first_member : int64, shape (r + 1,)
        First entry of each game in ``member``.
    member : int8
        For each coalition, and each player of its game: 1 if it is in, else 0.
    """

    reference: Integers
    first_row: Integers
    first_player: Integers
    player: Integers
    first_member: Integers
    member: npt.NDArray[np.int8]


@kernel
def write_rows(
    references: Words, own: Words, games: Games, player_of: Integers, first: int, rows: Words
) -> None:
    """Write some masked rows of a dense matrix.

    Parameters
    ----------
    references : ndarray of signed integers, shape (m, d)
        The reference rows.
    own : ndarray of the same dtype, shape (d,)
        The row to explain.
    games : Games
    player_of : ndarray of int64, shape (d,)
        Player that each column belongs to.
    first : int
        The first masked row to write.
    rows : ndarray of the same dtype, shape (n, d)
        Written to.
    """
    place = np.full(len(own), -1, dtype=np.int64)  # there are no more players than columns
    at = np.zeros(len(own), dtype=np.int64)
    change = np.zeros_like(own)
    for g in range(len(games.reference)):
        begin, end = max(games.first_row[g], first), min(games.first_row[g + 1], first + len(rows))
        if begin >= end:
            continue
        reference = own if games.reference[g] < 0 else references[games.reference[g]]
        players = games.player[games.first_player[g] : games.first_player[g + 1]]
        _enter(players, place)
        for j in range(len(own)):
            at[j] = max(place[player_of[j]], 0)
            change[j] = own[j] ^ reference[j] if place[player_of[j]] >= 0 else 0
        _leave(players, place)
        for row in range(begin, end):
            member = _coalition(games, g, row)
            into = rows[row - first]
            for j in range(len(own)):  # without a branch, whose way nobody could foresee
                into[j] = reference[j] ^ (change[j] & -member[at[j]])


class SparseRows(NamedTuple):
    """Rows in compressed sparse row format, columns ascending.

    Attributes
    ----------
    start : int64, shape (m + 1,)
        First stored cell of each row.
    column : int32
    word : signed integers
    """

    start: Integers
    column: Indices
    word: Words


class MergedCells(NamedTuple):
    """The stored cells of a reference row and of the row to explain, columns ascending.

    Attributes
    ----------
    column : int32
    place : int64
        Of the column's player among those of the game.
    is_stored : int64
        1 if the reference row has the cell, else 0.
    appears : int64
        1 if the cell comes or goes as the player enters, else 0.
    word : signed integers
        The reference row's.
    change : signed integers
        The bits that are others in the row to explain.
    """

    column: Indices
    place: Integers
    is_stored: Integers
    appears: Integers
    word: Words
    change: Words


def room_for_cells(n: int, dtype: npt.DTypeLike) -> MergedCells:
    """Return the place that merging up to n cells takes; ``dtype`` is that of the words."""
    column, (place, is_stored, appears) = np.zeros(n, np.int32), np.zeros((3, n), np.int64)
    return MergedCells(column, place, is_stored, appears, *np.zeros((2, n), dtype))


@kernel
def write_sparse_rows(
    references: SparseRows,
    own: SparseRows,
    games: Games,
    player_of: Integers,
    merged: MergedCells,
    first: int,
    rows: SparseRows,
) -> None:
    """Write some masked rows of a sparse matrix, stored cells only, columns ascending.

    Parameters
    ----------
    references : SparseRows
        The reference rows, m of them.
    own : SparseRows
        The row to explain alone.
    games : Games
    player_of : ndarray of int64, shape (d,)
        Player that each column belongs to.
    merged : MergedCells
        Has a place for each stored cell of the row to explain and of any reference row.
    first : int
        The first masked row to write.
    rows : SparseRows
        Written to; it has room for one cell more than there can be.
    """
    place = np.full(len(player_of), -1, dtype=np.int64)
    column, at, is_stored, appears, word, change = merged
    start, into_column, into_word = rows
    end_of_all, cell = first + len(start) - 1, 0
    start[0] = 0
    for g in range(len(games.reference)):
        begin, end = max(games.first_row[g], first), min(games.first_row[g + 1], end_of_all)
        if begin >= end:
            continue
        players = games.player[games.first_player[g] : games.first_player[g + 1]]
        _enter(players, place)
        n = _merge(references, games.reference[g], own, player_of, place, merged)
        _leave(players, place)
        for row in range(begin, end):
            member = _coalition(games, g, row)
            for c in range(n):  # without a branch: a cell that is not there is written over
                is_in = member[at[c]]
                into_column[cell] = column[c]
                into_word[cell] = word[c] ^ (change[c] & -is_in)
                cell += is_stored[c] ^ (appears[c] & is_in)
            start[row - first + 1] = cell


@part_of_kernel
def _merge(
    references: SparseRows,
    reference: int,
    own: SparseRows,
    player_of: Integers,
    place: Integers,
    merged: MergedCells,
) -> int:
    """Merge the cells of a reference row (-1: of the row to explain) with the row to explain's."""
    base = own if reference < 0 else references
    one, end_of_one = base.start[max(reference, 0)], base.start[max(reference, 0) + 1]
    other, end_of_other = own.start[0], own.start[1]
    n = 0
    while one < end_of_one or other < end_of_other:
        here = base.column[one] if one < end_of_one else LAST_COLUMN
        there = own.column[other] if other < end_of_other else LAST_COLUMN
        j = min(here, there)
        here_word = base.word[one] if here == j else 0
        there_word = own.word[other] if there == j else 0
        plays = place[player_of[j]] >= 0
        merged.column[n] = j
        merged.place[n] = max(place[player_of[j]], 0)
        merged.is_stored[n] = here == j
        merged.appears[n] = plays and here != there
        merged.word[n] = here_word
        merged.change[n] = here_word ^ there_word if plays else 0
        one += here == j
        other += there == j
        n += 1
    return n


@part_of_kernel
def _enter(players: Integers, place: Integers) -> None:
    """Give the players of a game their places; all others have -1."""
    for i in range(len(players)):
        place[players[i]] = i


@part_of_kernel
def _leave(players: Integers, place: Integers) -> None:
    for player in players:
        place[player] = -1


@part_of_kernel
def _coalition(games: Games, g: int, row: int) -> npt.NDArray[np.int8]:
    """Return who is in the coalition of a masked row of game g."""
    n = games.first_player[g + 1] - games.first_player[g]
    start = games.first_member[g] + (row - games.first_row[g]) * n
    return games.member[start : start + n]


@kernel
def write_origins(
    games: Games, own: int, player_of: Integers, first: int, origins: Integers
) -> None:
    """Write from which row some masked rows take each cell, for rows that are no matrix of words.

    Parameters
    ----------
    games : Games
    own : int
        Number of the row to explain; the reference rows have their own numbers.
    player_of : ndarray of int64, shape (d,)
        Player that each column belongs to.
    first : int
        The first masked row to write.
    origins : ndarray of int64, shape (d, n)
        Written to; a masked row is a column.
    """
    place = np.full(len(player_of), -1, dtype=np.int64)
    end_of_all = first + origins.shape[1]
    for g in range(len(games.reference)):
        begin, end = max(games.first_row[g], first), min(games.first_row[g + 1], end_of_all)
        if begin >= end:
            continue
        reference = own if games.reference[g] < 0 else games.reference[g]
        players = games.player[games.first_player[g] : games.first_player[g + 1]]
        _enter(players, place)
        for j in range(len(player_of)):
            i = place[player_of[j]]
            for row in range(begin, end):
                is_in = i >= 0 and _coalition(games, g, row)[i] != 0
                origins[j, row - first] = own if is_in else reference
        _leave(players, place)
