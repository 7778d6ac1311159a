"""Leaves with so many players that the background's patterns are listed in place of a table.

A mixture of a row and a background row reaches a leaf only if each player of its path is passed by
one of both. With b the row's pattern and c the background row's, that is if c has all players that
b lacks. Then the a players that only the row passes gain ``(a-1)! z! / (a+z)!`` times the leaf's
value, and the z players that only the background row passes lose ``a! (z-1)! / (a+z)!`` of it, as
in :mod:`pellucid.kernels.tree_pair_walk`.

For each player, a leaf keeps the set of patterns that pass it, a bit for each. So the patterns that
go with a row are found by an intersection of z such sets; there are few of them at deep leaves.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.simd import WIDTH, load, lowest, n_ones, store, where

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

MOST_LISTED_PLAYERS = 31
"""Distinct players on a path beyond which a leaf is not listed."""

_SCATTER = np.uint64(0x9E3779B97F4A7C15)
"""Fibonacci hashing: Knuth, "The Art of Computer Programming", volume 3, section 6.4."""

_BITS, _WORDS_AT_ONCE = 64, 4


class LeafList(NamedTuple):
    """The patterns of a leaf of m players; views of its entries.

    Attributes
    ----------
    header : float64, shape (2,)
        Number of distinct patterns, and of background rows.
    weights : float64, shape (rows,)
        Weight of each pattern.
    patterns : uint32, shape (at least rows,)
        The patterns; before the list is made, those of all rows.
    passing : uint64, shape (m * words,)
        For each player, bits of the patterns that pass it.
    """

    header: Floats
    weights: Floats
    patterns: npt.NDArray[np.uint32]
    passing: Words


@kernel
def words_of(n_rows: int) -> int:
    """Return how many words have a bit for each background row; they are taken in fours."""
    at_once = _BITS * _WORDS_AT_ONCE
    return int(_WORDS_AT_ONCE * ((n_rows + at_once - 1) // at_once))


def list_size(n_players: Integers, n_rows: int) -> Integers:
    """Return the number of entries of leaves of so many players."""
    size: Integers = 2 + n_rows + (n_rows + 1) // 2 + n_players * words_of(n_rows)
    return size


@part
def leaf_list(entries: Floats, n_rows: int) -> LeafList:
    """Return the parts of the entries of a leaf."""
    first = 2 + n_rows
    after = first + (n_rows + 1) // 2
    return LeafList(
        header=entries[:2],
        weights=entries[2:first],
        patterns=entries[first:after].view(np.uint32),
        passing=entries[after:].view(np.uint64),
    )


@kernel
def make_list(entries: Floats, weights: Floats, m: int) -> None:
    """List the patterns that occur among those of all rows.

    Parameters
    ----------
    entries : ndarray of float64
        Of the leaf; the patterns of all rows are there already.
    weights : ndarray of float64, shape (rows,)
        Weights of the background rows.
    m : int
        Number of players.
    """
    n_rows = len(weights)
    found = leaf_list(entries, n_rows)
    n, n_words = _merge(weights, found.weights, found.patterns), words_of(n_rows)
    found.header[0], found.header[1] = n, n_rows
    found.passing[:] = np.uint64(0)
    for i in range(n):
        bit = np.uint64(1) << np.uint64(i % _BITS)
        for j in range(m):
            if (found.patterns[i] >> np.uint32(j)) & np.uint32(1):
                found.passing[j * n_words + i // _BITS] |= bit


@kernel
def _merge(weights: Floats, summed: Floats, patterns: npt.NDArray[np.uint32]) -> int:
    """Leave each pattern once, with the sum of its rows' weights; return their number."""
    size = 4
    while size < 2 * len(weights):
        size *= 2
    numbers = np.zeros(size, dtype=np.int32)  # 0 is a free place
    n = 0
    for i in range(len(weights)):
        if weights[i] <= 0.0:
            continue
        pattern = patterns[i]
        place = np.int64((np.uint64(pattern) * _SCATTER) >> np.uint64(32)) & (size - 1)
        while numbers[place] > 0 and patterns[numbers[place] - 1] != pattern:
            place = (place + 1) & (size - 1)
        if numbers[place] == 0:
            patterns[n], summed[n] = pattern, 0.0
            n += 1
            numbers[place] = n
        summed[numbers[place] - 1] += weights[i]
    return n


@kernel
def add_listed(
    value: Floats,
    entries: Floats,
    columns: npt.NDArray[np.int32],
    output: int,
    lines: npt.NDArray[np.uint32],
    pair_weights: Floats,
    given: Floats,
    sums: Floats,
) -> None:
    """Add what a listed leaf gives to rows.

    Parameters
    ----------
    value : ndarray of float64, shape (w,)
        Of the leaf.
    entries : ndarray of float64
        Of the leaf.
    columns : ndarray of int32, shape (m,)
        Its players.
    output : int
        Output of the first of its values.
    lines : ndarray of uint32, shape (n,)
        Patterns of the rows.
    pair_weights : ndarray of float64
        See :func:`pellucid.kernels.tree_pair_walk.shapley_weights`.
    given : ndarray of float64, shape (32,)
        Memory.
    sums : ndarray of float64, shape (d, k, n)
        Added to.
    """
    m = len(columns)
    found = leaf_list(entries, int(entries[1]))
    n_words = words_of(int(entries[0]))
    stride = words_of(int(entries[1]))
    everyone = np.uint32((1 << m) - 1)
    failing = np.empty(MOST_LISTED_PLAYERS, dtype=np.int64)
    words = np.empty(_WORDS_AT_ONCE, dtype=np.uint64)
    for i in range(len(lines)):
        fails = everyone & ~lines[i]
        z, left = 0, fails
        while left:
            failing[z] = lowest(left) * stride
            left &= left - np.uint32(1)
            z += 1
        taken = 0.0
        for start in range(WIDTH * ((m + WIDTH - 1) // WIDTH)):
            given[start] = 0.0
        for first in range(0, n_words, _WORDS_AT_ONCE):
            _intersect(found.passing, failing, z, first, int(entries[0]), words)
            for w in range(_WORDS_AT_ONCE):
                alive = words[w]
                while alive:
                    place = (first + w) * _BITS + lowest(alive)
                    alive &= alive - np.uint64(1)
                    only_row = everyone & ~fails & ~found.patterns[place]
                    a = n_ones(only_row)
                    taken += found.weights[place] * pair_weights[z, a]
                    share = found.weights[place] * pair_weights[a, z]
                    for start in range(0, m, WIDTH):
                        more = where(only_row, start, share)
                        store(given, start, load(given, start) + more)
        for j in range(m):
            # No pattern gives anything to a player that the row fails, but all take from it.
            share = given[j] - taken * ((fails >> np.uint32(j)) & np.uint32(1))
            for o in range(len(value)):
                sums[columns[j], output + o, i] += share * value[o]


@part
def _intersect(passing: Words, failing: Integers, z: int, first: int, n: int, words: Words) -> None:
    """Write which of four words of patterns pass all players that a row fails."""
    for w in range(_WORDS_AT_ONCE):
        n_left = min(max(n - (first + w) * _BITS, 0), _BITS)
        ones = ~np.uint64(0)
        words[w] = ones >> np.uint64(_BITS - n_left) if n_left > 0 else np.uint64(0)
    w0, w1, w2, w3 = words[0], words[1], words[2], words[3]
    for q in range(z):
        place = failing[q] + first
        w0 &= passing[place]
        w1 &= passing[place + 1]
        w2 &= passing[place + 2]
        w3 &= passing[place + 3]
    words[0], words[1], words[2], words[3] = w0, w1, w2, w3
