"""Leaves with so many players that the background's patterns are listed in place of a table.

A mixture of a row and a background row reaches a leaf only if each player of its path is passed by
one of both. With b the row's pattern and c the background row's, that is if c has all players that
b lacks. For each player, a leaf keeps the set of background rows that pass it, a bit for each; so
those that go with a row are found by an intersection of such sets. There are few of them at deep
leaves.

One player of the path is left out of that, the *asked* one, so that a list can do for two sibling
leaves, who differ in one question to that player. Let the row get the value x from the asked player,
that of the side it goes to, or 0 if it fails the player above; and the background row get z. Of the
other players, let a be passed by the row only and k by the background row only. With
``w(a, k) = (a-1)! k! / (a+k)!``, as in :mod:`pellucid.kernels.tree_pair_walk`, the pair gives

- ``z w(a, k) + (x - z) w(a+1, k)`` to each of the a,
- ``-z w(k, a) - (x - z) w(k, a+1)`` to each of the k, and
- ``(x - z) w(a+1, k)`` to the asked player.

At one leaf of value 1, any player may be the asked one: x and z say whether the rows pass it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.simd import WIDTH, lowest, n_ones, splat, store, where
from pellucid.kernels.tree_pair_walk import shapley_weights

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
Patterns = npt.NDArray[np.uint32]

MOST_LISTED_PLAYERS = 31
"""Distinct players on a path beyond which a leaf is not listed."""

_BITS, _WORDS_AT_ONCE = 64, 4

# Indices are unsigned, as numba lets signed ones count from the end, which is slow.
_ONE, _TWO, _THREE, _FOUR = (np.uint64(i) for i in (1, 2, 3, 4))
_MOST = MOST_LISTED_PLAYERS + 1
_SORTED = 6
"""Players by whom rows are sorted, so that those that go with a row stand in few words."""


class LeafList(NamedTuple):
    """The background rows of a list; views of its entries.

    Attributes
    ----------
    header : float64, shape (2,)
        Number of rows of positive weight, and of all.
    weights : float64, shape (rows,)
    shares : float64, shape (rows,)
        Weights times z.
    patterns : uint32, shape (at least rows,)
        Before the list is made, those of all rows in their order; after it, those that count, sorted.
    passing : uint64, shape ((m + 1) * words,)
        Bits of the rows of the list, and for each player, of those that pass it.
    """

    header: Floats
    weights: Floats
    shares: Floats
    patterns: Patterns
    passing: Words


class Asked(NamedTuple):
    """What a list answers for.

    Attributes
    ----------
    m : int
        Players above; bit m of a pattern says whether a row goes left.
    bit : int
        The asked player; m if it is none of those.
    left, right : float
        Values of the sides; a leaf is the right side of value 1.
    """

    m: int | np.int64
    bit: int | np.int64
    left: float
    right: float


def list_weights() -> Floats:
    """Return what pairs weigh, by k and a: ``w(a, k) - w(a+1, k), w(a+1, k)`` and the same of k."""
    w = shapley_weights(_MOST)
    a, k = np.arange(_MOST), np.arange(_MOST)[:, None]
    gained, lost = (w[a, k], w[a + 1, k]), (w[k, a], w[k, a + 1])
    parts = [gained[0] - gained[1], gained[1], lost[0] - lost[1], lost[1]]
    return np.stack(parts, axis=-1).reshape(-1)


def words_of(n_rows: int) -> int:
    """Return how many words have a bit for each background row; they are taken in fours."""
    at_once = _BITS * _WORDS_AT_ONCE
    return int(_WORDS_AT_ONCE * ((n_rows + at_once - 1) // at_once))


_words_of = part(words_of)


def list_size(n_players: Integers, n_rows: int) -> Integers:
    """Return the number of entries of lists for so many players."""
    size: Integers = 2 + 2 * n_rows + (n_rows + 1) // 2 + (n_players + 1) * words_of(n_rows)
    return size


@part
def leaf_list(entries: Floats, n_rows: int) -> LeafList:
    """Return the parts of the entries of a list."""
    first = 2 + 2 * n_rows
    after = first + (n_rows + 1) // 2
    return LeafList(
        header=entries[:2],
        weights=entries[2 : 2 + n_rows],
        shares=entries[2 + n_rows : first],
        patterns=entries[first:after].view(np.uint32),
        passing=entries[after:].view(np.uint64),
    )


@part
def _value(asked: Asked, pattern: np.uint32) -> float:
    """Return what a row gets from the asked player."""
    passes = asked.bit == asked.m or (pattern >> np.uint32(asked.bit)) & np.uint32(1) != 0
    side = asked.left if (pattern >> np.uint32(asked.m)) & np.uint32(1) != 0 else asked.right
    return side if passes else 0.0


@kernel
def make_list(entries: Floats, weights: Floats, asked: Asked) -> None:
    """List the background rows.

    Parameters
    ----------
    entries : ndarray of float64
        Of the list; the patterns of all rows are there already.
    weights : ndarray of float64, shape (rows,)
        Weights of the background rows.
    asked : Asked
    """
    n_rows = len(weights)
    found = leaf_list(entries, n_rows)
    given = found.patterns.copy()
    place = np.zeros((1 << _SORTED) + 1, dtype=np.int64)
    for i in range(n_rows):
        place[_sorted_by(given[i]) + 1] += 1 if weights[i] > 0.0 else 0
    for key in range(1 << _SORTED):
        place[key + 1] += place[key]
    n = place[1 << _SORTED]
    for i in range(n_rows):
        if weights[i] > 0.0:
            key = _sorted_by(given[i])
            to = place[key]
            place[key] += 1
            found.patterns[to], found.weights[to] = given[i], weights[i]
            found.shares[to] = weights[i] * _value(asked, given[i])
    found.header[0], found.header[1] = n, n_rows
    n_words = _words_of(n_rows)
    for word in range(n_words):
        first, end = word * _BITS, min((word + 1) * _BITS, n)
        n_bits = max(end - first, 0)
        live = ~np.uint64(0) >> np.uint64(_BITS - n_bits) if n_bits > 0 else np.uint64(0)
        found.passing[word] = live
        for j in range(asked.m):
            bits = np.uint64(0)
            for i in range(first, end):
                passes = (found.patterns[i] >> np.uint32(j)) & np.uint32(1)
                bits |= np.uint64(passes) << np.uint64(i - first)
            found.passing[(j + 1) * n_words + word] = bits


@part
def _sorted_by(pattern: np.uint32) -> int:
    """Return the place among sorted patterns, of which the players asked first count most."""
    key = 0
    for j in range(_SORTED):
        key = 2 * key + int((pattern >> np.uint32(j)) & np.uint32(1))
    return key


@kernel
def add_listed(
    value: Floats,
    entries: Floats,
    columns: npt.NDArray[np.int32],
    asked: Asked,
    output: int,
    n_outputs: int,
    lines: Patterns,
    weights: Floats,
    first_row: int | np.int64,
    sums: Floats,
) -> None:
    """Add what a list gives to rows.

    Parameters
    ----------
    value : ndarray of float64, shape (w,)
        What all is multiplied by: values of a leaf.
    entries : ndarray of float64
        Of the list.
    columns : ndarray of int32
        The players, of whom number ``asked.bit`` is the asked one.
    asked : Asked
    output, n_outputs : int
        Output of the first of the values, and k.
    lines : ndarray of uint32, shape (n,)
        Patterns of the rows.
    weights : ndarray of float64
        As from :func:`list_weights`.
    first_row : int
        Where the first of the rows stands in the sums.
    sums : ndarray of float64, shape (at least d k, rows)
        Added to.
    """
    found = leaf_list(entries, int(entries[1]))
    given = np.empty(WIDTH * _MOST)
    failing = np.empty(_MOST, dtype=np.uint64)
    words = np.empty(_WORDS_AT_ONCE, dtype=np.uint64)
    for first in range(0, len(lines), WIDTH):
        n = min(WIDTH, len(lines) - first)
        if asked.m <= 2 * WIDTH:
            for i in range(n):
                line, start = lines[first + i], i * _MOST
                _meet(found, asked, line, 2, weights, failing, words, given, start)
        else:
            for i in range(n):
                line, start = lines[first + i], i * _MOST
                _meet(found, asked, line, 4, weights, failing, words, given, start)
        for j in range(len(columns)):
            for o in range(len(value)):
                target = sums[columns[j] * n_outputs + output + o, first_row:]
                for i in range(n):
                    target[first + i] += value[o] * given[i * _MOST + j]


@part
def _meet(
    found: LeafList,
    asked: Asked,
    line: np.uint32,
    n_vectors: int,
    weights: Floats,
    failing: Words,
    words: Words,
    given: Floats,
    start: int,
) -> None:
    """Write what one row is given by a list; there are two copies, by the number of players."""
    everyone = np.uint32((np.uint64(1) << np.uint64(asked.m)) - np.uint64(1))
    others = everyone & ~np.uint32(np.uint64(1) << np.uint64(asked.bit))
    fails = everyone & ~line
    n_words, stride = _words_of(int(found.header[0])), _words_of(int(found.header[1]))
    n_failing, left = 0, fails
    while left:
        failing[n_failing] = (lowest(left) + 1) * stride
        left &= left - np.uint32(1)
        n_failing += 1
    fails &= others
    x, of_row = _value(asked, line), np.uint64(n_ones(fails) * 4 * _MOST)
    taken, own = 0.0, 0.0
    given_0, given_1, given_2, given_3 = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
    for first in range(0, n_words, _WORDS_AT_ONCE):
        _intersect(found.passing, failing, n_failing, np.uint64(first), words)
        for w in range(_WORDS_AT_ONCE):
            alive, base = words[w], np.uint64((first + w) * _BITS)
            while alive:
                place = base + np.uint64(lowest(alive))
                alive &= alive - np.uint64(1)
                only_row = others & ~found.patterns[place]
                at = of_row + _FOUR * np.uint64(n_ones(only_row))
                of_x, of_z = x * found.weights[place], found.shares[place]
                own += (of_x - of_z) * weights[at + _ONE]
                taken += of_z * weights[at + _TWO] + of_x * weights[at + _THREE]
                share = of_z * weights[at] + of_x * weights[at + _ONE]
                given_0 = given_0 + where(only_row, 0, share)
                given_1 = given_1 + where(only_row, WIDTH, share)
                if n_vectors > 2:
                    given_2 = given_2 + where(only_row, 2 * WIDTH, share)
                    given_3 = given_3 + where(only_row, 3 * WIDTH, share)
    store(given, start, given_0 - where(fails, 0, taken))
    store(given, start + WIDTH, given_1 - where(fails, WIDTH, taken))
    if n_vectors > 2:
        store(given, start + 2 * WIDTH, given_2 - where(fails, 2 * WIDTH, taken))
        store(given, start + 3 * WIDTH, given_3 - where(fails, 3 * WIDTH, taken))
    given[start + asked.bit] = own


@part
def _intersect(passing: Words, failing: Words, z: int, first: np.uint64, words: Words) -> None:
    """Write which of four words of rows pass all players that a row fails."""
    w0, w1 = passing[first], passing[first + _ONE]
    w2, w3 = passing[first + _TWO], passing[first + _THREE]
    for q in range(z):
        place = failing[q] + first
        w0 &= passing[place]
        w1 &= passing[place + _ONE]
        w2 &= passing[place + _TWO]
        w3 &= passing[place + _THREE]
    words[0], words[1], words[2], words[3] = w0, w1, w2, w3
