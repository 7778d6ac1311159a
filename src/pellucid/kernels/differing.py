"""In which players' columns a row differs from reference rows, cell by cell.

Cells come as words that are equal when the cells are, all missing ones alike; the word of zero is
0. A player differs if any of its columns does.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel

Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]
Booleans = npt.NDArray[np.bool_]


@kernel
def count_differing(words: Words, own: Words, player_of: Integers, n_differing: Integers) -> None:
    """Count the players that differ from each reference row.

    Parameters
    ----------
    words : ndarray of uint64, shape (m, d)
        Of the reference rows.
    own : ndarray of uint64, shape (d,)
        Of the row to compare with them.
    player_of : ndarray of int64, shape (d,)
    n_differing : ndarray of int64, shape (m,)
        Written to.
    """
    counted = np.full(len(own), -1, dtype=np.int64)  # there are no more players than columns
    for b in range(len(words)):
        n = 0
        for j in range(len(own)):
            player = player_of[j]
            if words[b, j] != own[j] and counted[player] != b:
                counted[player] = b
                n += 1
        n_differing[b] = n


@kernel
def mark_differing(
    words: Words, rows: Integers, own: Words, player_of: Integers, differs: Booleans
) -> None:
    """Mark the players that differ from some reference rows.

    Parameters
    ----------
    words, own, player_of
        As in :func:`count_differing`.
    rows : ndarray of int64, shape (r,)
        The reference rows.
    differs : ndarray of bool, shape (r, number of players)
        False everywhere; written to.
    """
    for i in range(len(rows)):
        for j in range(len(own)):
            if words[rows[i], j] != own[j]:
                differs[i, player_of[j]] = True


@kernel
def count_differing_sparse(
    start: Integers,
    columns: Indices,
    words: Words,
    own: Words,
    own_columns: Indices,
    player_of: Integers,
    n_differing: Integers,
) -> None:
    """Count the players that differ from each reference row; absent cells are zeros.

    Parameters
    ----------
    start : ndarray of int64, shape (m + 1,)
        First stored cell of each reference row.
    columns : ndarray of int32
        Column of each stored cell; none twice in a row.
    words : ndarray of uint64
        Of the stored cells.
    own : ndarray of uint64, shape (d,)
        Of the row to compare with them, zeros included.
    own_columns : ndarray of int32
        The columns in which this row is not zero.
    player_of : ndarray of int64, shape (d,)
    n_differing : ndarray of int64, shape (m,)
        Written to.
    """
    counted, stored_in = np.full((2, len(own)), -1, dtype=np.int64)
    for b in range(len(start) - 1):
        n = 0
        for cell in range(start[b], start[b + 1]):
            j = columns[cell]
            stored_in[j] = b
            player = player_of[j]
            if words[cell] != own[j] and counted[player] != b:
                counted[player] = b
                n += 1
        for j in own_columns:
            player = player_of[j]
            if stored_in[j] != b and counted[player] != b:
                counted[player] = b
                n += 1
        n_differing[b] = n


@kernel
def mark_differing_sparse(
    start: Integers,
    columns: Indices,
    words: Words,
    rows: Integers,
    own: Words,
    own_columns: Indices,
    player_of: Integers,
    differs: Booleans,
) -> None:
    """Mark the players that differ from some reference rows; absent cells are zeros.

    Parameters
    ----------
    start, columns, words, own, own_columns, player_of
        As in :func:`count_differing_sparse`.
    rows : ndarray of int64, shape (r,)
        The reference rows.
    differs : ndarray of bool, shape (r, number of players)
        False everywhere; written to.
    """
    stored_in = np.full(len(own), -1, dtype=np.int64)
    for i in range(len(rows)):
        for cell in range(start[rows[i]], start[rows[i] + 1]):
            j = columns[cell]
            stored_in[j] = i
            if words[cell] != own[j]:
                differs[i, player_of[j]] = True
        for j in own_columns:
            if stored_in[j] != i:
                differs[i, player_of[j]] = True
