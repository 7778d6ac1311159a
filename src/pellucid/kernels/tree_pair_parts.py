"""The steps of a pair walk: ask rows, list the entries that go on, add leaves, share out sums.

The words are those of :mod:`pellucid.kernels.tree_pair_walk`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import part_of_kernel
from pellucid.kernels.tree_codes import Codes

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

BITS = 64
"""Background rows of a word, and the most explained rows of a walk."""

# Indices are unsigned, as numba lets signed ones count from the end, which is slow.
ZERO, ONE, TWO, FOUR, SIX, EIGHT = (np.uint64(i) for i in (0, 1, 2, 4, 6, 8))
LAST_BYTE, WIDTH, ALL = np.uint64(56), np.uint64(BITS), np.uint64(2**64 - 1)
PAIRS, FOURS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
EIGHTS, ONES = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
PACK = np.uint64(0x0102040810204080)


class Walk(NamedTuple):
    """Memory of a walk with s words of background rows, and E entries for each output.

    Entry ``(word << shift) | row`` is a row with a word; the last of the ``s + 1`` words is of the
    explained rows themselves. A level is a depth of the tree. A list of entries belongs to the node
    at its level on its side (0 is left) of the node above.
    """

    node: Integers  # (level,)
    stage: Integers  # (level,): what comes next there
    n_listed: Words  # (level, 2): entries in the list
    entry: Words  # (level, 2, E)
    alive: Words  # (level, 2, E): background rows that reach the node with the row
    parted: Words  # (level, 2, E): those of them that fail the player just above for the first time
    goes: Bytes  # (level, s + 1, BITS): 1 if the row goes left
    goes_words: Words  # (level, s + 1)
    fails: Bytes  # (level, s + 1, BITS): number of players that the row fails
    kept: Words  # (level, s + 1, BITS / 8): what ``failed`` was before
    kept_words: Words  # (level, s + 1)
    failed: Words  # (player, s + 1, BITS / 8): byte 1 if the row fails the player
    failed_words: Words  # (player, s + 1)
    pair_sums: Floats  # (E, BITS): of leaf values by weight, for players whom z fails
    entry_sums: Floats  # (E,): the same for players whom x fails, all pairs of the entry
    gained: Floats  # (output, player, E): the entries' Shapley values
    work_entry: Words  # (E,)
    work: Words  # (E,)


def new_walk(depth: int, n_entries: int, n_words: int, n_players: int, n_outputs: int) -> Walk:
    """Return memory for walks through trees whose deepest leaf has ``depth`` nodes above."""
    n_levels = depth + 1
    n_lists, n_all = 2 * n_levels * n_entries, n_levels * (n_words + 1)
    return Walk(
        node=np.zeros(n_levels, dtype=np.int64),
        stage=np.zeros(n_levels, dtype=np.int64),
        n_listed=np.zeros(2 * n_levels, dtype=np.uint64),
        entry=np.zeros(n_lists, dtype=np.uint64),
        alive=np.zeros(n_lists, dtype=np.uint64),
        parted=np.zeros(n_lists, dtype=np.uint64),
        goes=np.zeros(n_all * BITS, dtype=np.uint8),
        goes_words=np.zeros(n_all, dtype=np.uint64),
        fails=np.zeros(n_all * BITS, dtype=np.uint8),
        kept=np.zeros(n_all * 8, dtype=np.uint64),
        kept_words=np.zeros(n_all, dtype=np.uint64),
        failed=np.zeros(n_players * (n_words + 1) * 8, dtype=np.uint64),
        failed_words=np.zeros(n_players * (n_words + 1), dtype=np.uint64),
        pair_sums=np.zeros(n_entries * BITS),
        entry_sums=np.zeros(n_entries),
        gained=np.zeros(n_outputs * n_entries * n_players),
        work_entry=np.zeros(n_entries, dtype=np.uint64),
        work=np.zeros(n_entries, dtype=np.uint64),
    )


@part_of_kernel
def ask(
    codes: Codes,
    first: np.uint64,
    highest: np.uint16,
    goes: Bytes,
    goes_eights: Words,
    eighth: np.uint64,
) -> np.uint64:
    """Set 64 bytes of ``goes``, eight of which are one of ``goes_eights``; return them as bits."""
    to = eighth * EIGHT
    for lane in range(WIDTH):
        goes[to + lane] = codes[first + lane] <= highest
    word = ZERO
    for i in range(EIGHT):
        word |= ((goes_eights[eighth + i] * PACK) >> LAST_BYTE) << (EIGHT * i)
    return word


@part_of_kernel
def lowest_bit(word: np.uint64) -> np.uint64:
    """Return the place of the lowest bit, in a way that compilers know as one instruction."""
    below = (word & (~word + ONE)) - ONE
    below = below - ((below >> ONE) & PAIRS)
    below = (below & FOURS) + ((below >> TWO) & FOURS)
    below = (below + (below >> FOUR)) & EIGHTS
    return (below * ONES) >> LAST_BYTE


@part_of_kernel
def list_children(
    walk: Walk,
    here: np.uint64,
    n: np.uint64,
    places: np.uint64,
    to_left: np.uint64,
    to_right: np.uint64,
    at: np.uint64,
    asked: np.uint64,
    rows_word: np.uint64,
) -> tuple[np.uint64, np.uint64]:
    """List the entries of a node that reach its children, and return how many."""
    entry, alive, parted = walk.entry, walk.alive, walk.parted
    goes_words, failed_words = walk.goes_words, walk.failed_words
    last_row = (ONE << places) - ONE
    old_rows, row_goes = failed_words[asked + rows_word], goes_words[at + rows_word]
    left_rows, right_rows = old_rows | ~row_goes, old_rows | row_goes
    left, right = to_left, to_right
    for i in range(here, here + n):
        e, reach = entry[i], alive[i]
        s, row = e >> places, e & last_row
        old, way = failed_words[asked + s], goes_words[at + s]
        rest = reach & ~((old | ~way) & (ALL * ((left_rows >> row) & ONE)))
        entry[left], alive[left], parted[left] = e, rest, rest & ~way & ~old
        left += ONE if rest != ZERO else ZERO
        rest = reach & ~((old | way) & (ALL * ((right_rows >> row) & ONE)))
        entry[right], alive[right], parted[right] = e, rest, rest & way & ~old
        right += ONE if rest != ZERO else ZERO
    return left - to_left, right - to_right


@part_of_kernel
def add_leaf(
    value: float,
    walk: Walk,
    first: np.uint64,
    n: np.uint64,
    places: np.uint64,
    fresh: np.uint64,
    fails_at: np.uint64,
    row_fails_at: np.uint64,
    gain: np.uint64,
    weights: Floats,
    weight_places: np.uint64,
    pair_weights: Floats,
    n_fails: np.uint64,
) -> None:
    """Add a leaf's value for all pairs that reach it; its list of entries is used up."""
    entry, alive, parted, fails = walk.entry, walk.alive, walk.parted, walk.fails
    pair_sums, entry_sums, gained = walk.pair_sums, walk.entry_sums, walk.gained
    last_row = (ONE << places) - ONE
    end = first + n
    while end > first:
        k = first
        for i in range(first, end):
            e, word, apart = entry[i], alive[i], parted[i]
            bit = lowest_bit(word)
            row = e & last_row
            b = np.uint64(fails[row_fails_at + row])
            a = np.uint64(fails[fails_at + (((e >> places) << SIX) | bit)])
            pair = (b * n_fails + a) * TWO
            share = value * weights[((e >> weight_places) << SIX) | bit]
            for_z, for_x = share * pair_weights[pair], share * pair_weights[pair + ONE]
            pair_sums[(e << SIX) | bit] += for_z
            entry_sums[e] += for_x
            z_gains = for_z * np.int64((apart >> bit) & ONE)
            x_loses = for_x * np.int64((fresh >> row) & ONE)
            gained[gain + e] += z_gains - x_loses
            word &= word - ONE
            entry[k], alive[k], parted[k] = e, word, apart
            k += ONE if word != ZERO else ZERO
        end = k


@part_of_kernel
def gain_sums(
    sign: float,
    walk: Walk,
    first: np.uint64,
    n: np.uint64,
    last_row: np.uint64,
    fresh: np.uint64,
    gain: np.uint64,
) -> None:
    """Add or take off the sums so far for the player whom one row of a pair fails from here on."""
    entry, parted, work_entry, work = walk.entry, walk.parted, walk.work_entry, walk.work
    pair_sums, entry_sums, gained = walk.pair_sums, walk.entry_sums, walk.gained
    left = ZERO
    for i in range(first, first + n):
        e, apart = entry[i], parted[i]
        gained[gain + e] -= sign * entry_sums[e] * np.int64((fresh >> (e & last_row)) & ONE)
        work_entry[left], work[left] = e, apart
        left += ONE if apart != ZERO else ZERO
    while left > ZERO:
        k = ZERO
        for i in range(left):
            e, word = work_entry[i], work[i]
            gained[gain + e] += sign * pair_sums[(e << SIX) | lowest_bit(word)]
            word &= word - ONE
            work_entry[k], work[k] = e, word
            k += ONE if word != ZERO else ZERO
        left = k


@part_of_kernel
def start(walk: Walk, root: int, live: Words, n_rows: int, shift: int) -> None:
    """List all entries at the root, and set sums and fails to zero."""
    n = ZERO
    for s in range(len(live)):
        for row in range(n_rows):
            walk.entry[n], walk.alive[n] = np.uint64((s << shift) | row), live[s]
            n += ONE
    n_entries = len(live) << shift
    walk.pair_sums[: n_entries * BITS] = 0.0
    walk.entry_sums[:n_entries] = 0.0
    walk.fails[: (len(live) + 1) * BITS] = 0
    walk.n_listed[0], walk.node[0], walk.stage[0] = n, root, 0


@part_of_kernel
def fail(
    walk: Walk,
    goes_eights: Words,
    at: np.uint64,
    asked: np.uint64,
    n_all: np.uint64,
    flip: np.uint64,
) -> None:
    """Let the rows that go the other way fail the player, and keep who failed before."""
    for s in range(n_all):
        walk.kept_words[at + s] = walk.failed_words[asked + s]
        walk.failed_words[asked + s] |= walk.goes_words[at + s] ^ flip
    for i in range(EIGHT * n_all):
        walk.kept[at * EIGHT + i] = walk.failed[asked * EIGHT + i]
        walk.failed[asked * EIGHT + i] |= goes_eights[at * EIGHT + i] ^ (flip & ONES)


@part_of_kernel
def restore(walk: Walk, at: np.uint64, asked: np.uint64, n_all: np.uint64) -> None:
    """Undo :func:`fail`."""
    for s in range(n_all):
        walk.failed_words[asked + s] = walk.kept_words[at + s]
    for i in range(EIGHT * n_all):
        walk.failed[asked * EIGHT + i] = walk.kept[at * EIGHT + i]


@part_of_kernel
def count_fails(
    walk: Walk,
    goes_eights: Words,
    fails_eights: Words,
    at: np.uint64,
    asked: np.uint64,
    n_all: np.uint64,
    flip: np.uint64,
) -> None:
    """Count the players whom each row fails at a child."""
    below = at + n_all
    for i in range(EIGHT * n_all):
        way = goes_eights[at * EIGHT + i] ^ (flip & ONES)
        new = way & (walk.failed[asked * EIGHT + i] ^ ONES)
        fails_eights[below * EIGHT + i] = fails_eights[at * EIGHT + i] + new
