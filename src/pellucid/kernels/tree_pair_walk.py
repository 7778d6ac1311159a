"""Interventional Shapley values of trees with long paths: all pairs of rows walk together.

A coalition takes its players' values from the explained row x and the others' from the background
row z. A leaf is reached by some mixture of both unless x and z both fail the same player there, that
is, both leave the leaf's path at questions to that player. If x fails b players and z fails a, then
the leaf's value belongs to the game "all the a and none of the b", whose Shapley values are
``(a-1)! b! / (a+b)!`` for each of the a and ``-a! (b-1)! / (a+b)!`` for each of the b.

Which players x fails does not depend on z, nor the other way round. So a tree is walked once for
many rows of both kinds: at a node, the background rows that fail a player are bits of a word, and an
*entry*, which is an explained row with 64 background rows, holds the word of those that still reach
the node with it. A question costs an entry a few operations on bits, and entries whose word is empty
are left behind. Per pair, only leaves and the nodes where both part are visited, bit by bit: in
rounds, each of which takes the lowest bit of every word, so that the processor mispredicts once per
round and not once per word.

What the leaves give is added up per pair in one running sum: a player who is failed by z alone
beneath some node gets the growth of the pair's sum while the walk is beneath it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

BITS = 64
MOST_ENTRIES = 128

ZERO, ONE, ALL = np.uint64(0), np.uint64(1), np.uint64(2**64 - 1)
_PAIRS, _FOURS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_EIGHTS, _SUM = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
_ONES = _SUM
_PACK = np.uint64(0x0102040810204080)
_TWO, _FOUR, _LAST_BYTE = np.uint64(2), np.uint64(4), np.uint64(56)
_SIX, _EIGHT, _WIDTH = np.uint64(6), np.uint64(8), np.uint64(64)


class Walk(NamedTuple):
    """Memory of one walk for up to E entries of r rows and s words of background rows.

    Entry ``(word << shift) | row`` is a row with a word; the last of the ``s + 1`` words is of the
    explained rows themselves. A level is a depth of the tree, and a list of entries belongs to the
    node at its level on its side (0 is left) of the node above. All arrays are flat, as numba counts
    references to the slices of an array that has more dimensions.
    """

    node: Integers  # (level,)
    stage: Integers  # (level,): what comes next there
    count: Words  # (level, 2): entries in the list
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
    pair_sums: Floats  # (E, BITS): of leaf values by weight, for players failed by z
    entry_sums: Floats  # (E,): the same for players failed by x, all pairs of the entry
    gained: Floats  # (output, E, player): the entries' Shapley values
    work_entry: Words  # (E,)
    work: Words  # (E,)
    work_parted: Words  # (E,)


@kernel
def new_walk(n_levels: int, n_entries: int, n_words: int, n_players: int, n_outputs: int) -> Walk:
    """Return memory for trees up to ``n_levels - 2`` deep."""
    n_lists, n_all = 2 * n_levels * n_entries, n_levels * (n_words + 1)
    return Walk(
        node=np.zeros(n_levels, dtype=np.int64),
        stage=np.zeros(n_levels, dtype=np.int64),
        count=np.zeros(2 * n_levels, dtype=np.uint64),
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
        work_parted=np.zeros(n_entries, dtype=np.uint64),
    )


@kernel
def lowest(word: np.uint64) -> np.uint64:
    """Return the place of the lowest bit: written as compilers recognize one instruction in it."""
    below = (word & (~word + ONE)) - ONE
    below = below - ((below >> ONE) & _PAIRS)
    below = (below & _FOURS) + ((below >> _TWO) & _FOURS)
    below = (below + (below >> _FOUR)) & _EIGHTS
    return (below * _SUM) >> _LAST_BYTE


@kernel
def _ask(codes: Codes, first: np.uint64, highest: int, goes: Bytes, at: np.uint64, packed: Words, eighth) -> np.uint64:
    """Set 64 bytes of ``goes``, and return them as bits."""
    high = np.uint16(highest)
    for lane in range(_WIDTH):
        goes[at + lane] = codes[first + lane] <= high
    word = ZERO
    for i in range(_EIGHT):
        word |= ((packed[eighth + i] * _PACK) >> _LAST_BYTE) << (_EIGHT * i)
    return word


@kernel
def walk_tree(
    trees: CodedTrees,
    counted: npt.NDArray[np.bool_],
    t: int,
    output: int,
    n_players: int,
    codes: Codes,
    n_words: int,
    n_rows: int,
    shift: int,
    live: Words,
    weights: Floats,
    pair_weights: Floats,
    walk: Walk,
) -> None:
    """Set ``walk.gained`` to what one output of a tree gives each entry."""
    if trees.column[trees.tree_start[t]] < 0:
        return
    n_columns = np.uint64(len(codes) // ((n_words + 1) * BITS))
    one_side = np.uint64(n_words << shift)
    last_row = np.uint64((1 << shift) - 1)
    shift_ = np.uint64(shift)
    n_all = np.uint64(n_words + 1)
    rows_word = np.uint64(n_words)
    stride = np.uint64(n_players)
    eighths = _EIGHT * n_all
    codes_, live_ = codes, live
    entry, reach, parted, count = walk.entry, walk.alive, walk.parted, walk.count
    goes, goes_words = walk.goes, walk.goes_words
    failed, failed_words, kept, kept_words = walk.failed, walk.failed_words, walk.kept, walk.kept_words
    fails = walk.fails
    pair_sums, entry_sums, gained = walk.pair_sums, walk.entry_sums, walk.gained
    packed, fails_packed = goes.view(np.uint64), fails.view(np.uint64)
    first_gained = np.uint64(trees.tree_output[t] + output) * one_side * stride
    n = ZERO
    for s in range(n_words):
        for row in range(n_rows):
            e = np.uint64((s << shift) | row)
            entry[n], reach[n] = e, live[s]
            n += ONE
            entry_sums[e] = 0.0
    for pair in range(one_side * _WIDTH):
        pair_sums[pair] = 0.0
    for i in range(eighths):
        fails_packed[i] = ZERO
    count[0], walk.node[0], walk.stage[0] = n, trees.tree_start[t], 0
    level, here = 0, ZERO
    while level >= 0:
        node = walk.node[level]
        player = np.uint64(trees.player[node])
        at, asked = np.uint64(level) * n_all, player * n_all
        at8, asked8 = at * _EIGHT, asked * _EIGHT
        gain = first_gained + player
        stage = walk.stage[level]
        list_left = np.uint64(2 * level + 2)
        if stage == 0:
            # The list of this node is at its level, on the side last gone to.
            column, highest = np.uint64(trees.column[node]), trees.highest[node]
            for s in range(n_all):
                goes_words[at + s] = _ask(
                    codes, (s * n_columns + column) * _WIDTH, highest, goes, (at + s) * _WIDTH,
                    packed, (at + s) * _EIGHT,
                )
            old_rows, row_goes = failed_words[asked + rows_word], goes_words[at + rows_word]
            left_rows, right_rows = old_rows | ~row_goes, old_rows | row_goes
            to_left, to_right = list_left * one_side, (list_left + ONE) * one_side
            n_left, n_right = to_left, to_right
            for i in range(here, here + count[here // one_side]):
                e, word = entry[i], reach[i]
                s, row = e >> shift_, e & last_row
                old, way = failed_words[asked + s], goes_words[at + s]
                alive = word & ~((old | ~way) & (ZERO - ((left_rows >> row) & ONE)))
                entry[n_left], reach[n_left] = e, alive
                parted[n_left] = alive & ~way & ~old
                n_left += ONE if alive != ZERO else ZERO
                alive = word & ~((old | way) & (ZERO - ((right_rows >> row) & ONE)))
                entry[n_right], reach[n_right] = e, alive
                parted[n_right] = alive & way & ~old
                n_right += ONE if alive != ZERO else ZERO
            count[list_left], count[list_left + ONE] = n_left - to_left, n_right - to_right
        elif stage == 2 or stage == 4:
            fresh = failed_words[asked + rows_word] & ~kept_words[at + rows_word]
            which = list_left if stage == 2 else list_left + ONE
            _gain(which * one_side, count[which], last_row, fresh, gain, stride, 1.0, entry, parted, entry_sums, gained, pair_sums, walk.work_entry, walk.work)
            for s in range(n_all):
                failed_words[asked + s] = kept_words[at + s]
            for i in range(eighths):
                failed[asked8 + i] = kept[at8 + i]
        if stage >= 4:
            level -= 1
            continue
        is_left = stage == 0
        child = trees.left[node] if is_left else trees.right[node]
        # Next comes the other child, unless the walk first goes beneath this one.
        walk.stage[level] = 1 if is_left else 5
        which = list_left if is_left else list_left + ONE
        n, first = count[which], which * one_side
        if n == ZERO or not counted[child]:
            continue
        flip = ALL if is_left else ZERO
        flip_bytes = flip & _ONES
        below8 = at8 + eighths
        for i in range(eighths):
            new = (packed[at8 + i] ^ flip_bytes) & (failed[asked8 + i] ^ _ONES)
            fails_packed[below8 + i] = fails_packed[at8 + i] + new
        fresh = (goes_words[at + rows_word] ^ flip) & ~failed_words[asked + rows_word]
        if trees.column[child] < 0:
            _add_leaf(
                trees.value[child, output], first, n, last_row, shift_, fresh, below8 * _EIGHT,
                (below8 + _EIGHT * rows_word) * _EIGHT, gain, stride, weights, pair_weights,
                entry, reach, parted, fails, entry_sums, gained, pair_sums, walk.work_entry, walk.work, walk.work_parted,
            )
            continue
        _gain(first, n, last_row, fresh, gain, stride, -1.0, entry, parted, entry_sums, gained, pair_sums, walk.work_entry, walk.work)
        for s in range(n_all):
            kept_words[at + s] = failed_words[asked + s]
            failed_words[asked + s] |= goes_words[at + s] ^ flip
        for i in range(eighths):
            kept[at8 + i] = failed[asked8 + i]
            failed[asked8 + i] |= packed[at8 + i] ^ flip_bytes
        walk.stage[level] = 2 if is_left else 4
        level += 1
        here = first
        walk.node[level], walk.stage[level] = child, 0


@kernel
def _add_leaf(
    value, first, n, last_row, shift, fresh, fails_at, row_fails_at, gain, stride, weights, pair_weights,
    entry, reach, parted, fails, entry_sums, gained, pair_sums, work_entry, work, work_parted,
):
    for i in range(n):
        e = entry[first + i]
        work_entry[i], work[i], work_parted[i] = e, reach[first + i], parted[first + i]
        gained[gain + e * stride] += entry_sums[e] * np.float64(np.int64((fresh >> (e & last_row)) & ONE))
    left = n
    while left > ZERO:
        k = ZERO
        for i in range(left):
            e, word, apart = work_entry[i], work[i], work_parted[i]
            place = lowest(word)
            z = ((e >> shift) << _SIX) | place
            pair = np.uint64(fails[row_fails_at + (e & last_row)]) * _WIDTH + np.uint64(fails[fails_at + z])
            share = value * weights[z]
            for_z = share * pair_weights[_TWO * pair]
            pair_sums[(e << _SIX) | place] += for_z
            entry_sums[e] += share * pair_weights[_TWO * pair + ONE]
            gained[gain + e * stride] += for_z * np.float64(np.int64((apart >> place) & ONE))
            word &= word - ONE
            work_entry[k], work[k], work_parted[k] = e, word, apart
            k += ONE if word != ZERO else ZERO
        left = k
    for i in range(n):
        e = entry[first + i]
        gained[gain + e * stride] -= entry_sums[e] * np.float64(np.int64((fresh >> (e & last_row)) & ONE))


@kernel
def _gain(first, count, last_row, fresh, gain, stride, sign, entry, parted, entry_sums, gained, pair_sums, work_entry, work):
    n = ZERO
    for i in range(first, first + count):
        e, apart = entry[i], parted[i]
        gained[gain + e * stride] -= sign * entry_sums[e] * np.float64(np.int64((fresh >> (e & last_row)) & ONE))
        work_entry[n], work[n] = e, apart
        n += ONE if apart != ZERO else ZERO
    while n > ZERO:
        k = ZERO
        for i in range(n):
            e, word = work_entry[i], work[i]
            gained[gain + e * stride] += sign * pair_sums[(e << _SIX) | lowest(word)]
            word &= word - ONE
            work_entry[k], work[k] = e, word
            k += ONE if word != ZERO else ZERO
        n = k
