"""The steps of a pair walk: ask rows, list the entries that go on, add leaves, share out sums.

The words are those of :mod:`pellucid.kernels.tree_pair_walk`.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import part_of_kernel
from pellucid.kernels.tree_codes import Codes

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
    entry: Words,
    alive: Words,
    parted: Words,
    here: np.uint64,
    n: np.uint64,
    places: np.uint64,
    to_left: np.uint64,
    to_right: np.uint64,
    goes_words: Words,
    at: np.uint64,
    failed_words: Words,
    asked: np.uint64,
    rows_word: np.uint64,
) -> tuple[np.uint64, np.uint64]:
    """List the entries of a node that reach its children, and return how many."""
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
    entry: Words,
    alive: Words,
    parted: Words,
    first: np.uint64,
    n: np.uint64,
    places: np.uint64,
    fresh: np.uint64,
    fails: Bytes,
    fails_at: np.uint64,
    row_fails_at: np.uint64,
    weights: Floats,
    weight_places: np.uint64,
    pair_weights: Floats,
    n_fails: np.uint64,
    pair_sums: Floats,
    entry_sums: Floats,
    gained: Floats,
    gain: np.uint64,
) -> None:
    """Add a leaf's value for all pairs that reach it; its list of entries is used up."""
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
    entry: Words,
    parted: Words,
    first: np.uint64,
    n: np.uint64,
    last_row: np.uint64,
    fresh: np.uint64,
    work_entry: Words,
    work: Words,
    pair_sums: Floats,
    entry_sums: Floats,
    gained: Floats,
    gain: np.uint64,
) -> None:
    """Add or take off the sums so far for the player whom one row of a pair fails from here on."""
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
