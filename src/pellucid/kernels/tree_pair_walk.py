"""Interventional Shapley values of trees with long paths: all pairs of rows walk together.

A coalition takes its players' values from the explained row x and the others' from the background
row z. A row *fails* a player at a node if it would have left the path there at a question to that
player. Some mixture of both rows reaches a leaf unless both fail the same player there. If x fails b
players and z fails a, the leaf's value belongs to the game "all the a and none of the b", whose
Shapley values are ``(a-1)! b! / (a+b)!`` for each of the a, ``-a! (b-1)! / (a+b)!`` for each of the b.

Whom x fails does not depend on z, nor the other way round. So a tree is walked once for many rows of
both kinds: background rows are bits of words, and an *entry*, an explained row with 64 background
rows, holds the word of those that reach the node with it. A question costs an entry a few operations
on its word, and entries whose word is empty are left behind. Single pairs matter only at leaves and
where they part, and are taken in rounds, of the lowest bit of every word: so the processor
mispredicts once per round and not once per word.

What leaves give is added up per pair in a running sum, and per entry in another: a player whom only
one row of a pair fails beneath a node gets what the sum grows by while the walk is beneath that node.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_codes import CodedTrees, Codes
from pellucid.kernels.tree_pair_parts import (
    ALL,
    BITS,
    EIGHT,
    ONE,
    WIDTH,
    ZERO,
    Walk,
    add_leaf,
    ask,
    count_fails,
    fail,
    gain_sums,
    list_children,
    restore,
    start,
)

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

_ASK, _RIGHT, _LEAVE_LEFT, _LEAVE_RIGHT, _DONE = 0, 1, 2, 3, 4


def shapley_weights(most: int) -> Floats:
    """Return ``(a-1)! b! / (a+b)!`` for a and b up to ``most``; 0 for a = 0.

    Examples
    --------
    >>> float(shapley_weights(3)[2, 1])  # 1! 1! / 3!
    0.16666666666666666
    """
    weights = np.zeros((most + 1, most + 1))
    b = np.arange(most + 1)
    if most > 0:
        weights[1] = 1.0 / (b + 1)
    for a in range(1, most):
        weights[a + 1] = weights[a] * a / (a + b + 1)
    return weights


@kernel
def walk_trees(
    trees: CodedTrees,
    counted: npt.NDArray[np.bool_],
    chosen: Integers,
    target: int,
    n_players: int,
    codes: Codes,
    n_words: int,
    n_rows: int,
    shift: int,
    live: Words,
    weights: Floats,
    weight_shift: int,
    pair_weights: Floats,
    most: int,
    walk: Walk,
) -> None:
    """Add what the chosen trees give each entry to ``walk.gained``.

    Parameters
    ----------
    counted : ndarray of bool, shape (N,)
        Whether any leaf beneath the node counts.
    target : int
        Output to which all outputs of the trees are added; -1 for their own.
    codes : ndarray of uint16, shape ((s + 1) * c * BITS,)
        Of background rows, and in the last word of the explained rows.
    live : ndarray of uint64, shape (s,)
        Background rows that there are.
    weights : ndarray of float64, shape (1 or k, ...)
        By output of the trees, or for all: that of the pair of an entry and a bit is number
        ``((entry >> weight_shift) << 6) | bit``.
    pair_weights : ndarray of float64, shape ((most + 1) ** 2 * 2,)
        By b and a, for players whom z fails and for those whom x fails.
    """
    for t in chosen:
        for o in range(trees.value.shape[1]):
            output = trees.tree_output[t] + o
            _walk_tree(
                trees,
                counted,
                t,
                o,
                (output if target < 0 else target) * n_players,
                codes,
                n_words,
                n_rows,
                shift,
                live,
                weights[output if len(weights) > 1 else 0],
                weight_shift,
                pair_weights,
                most,
                walk,
            )


@kernel
def _walk_tree(  # noqa: PLR0915 - it is one loop
    trees: CodedTrees,
    counted: npt.NDArray[np.bool_],
    t: int,
    value: int,
    first_gained: int,
    codes: Codes,
    n_words: int,
    n_rows: int,
    shift: int,
    live: Words,
    weights: Floats,
    weight_shift: int,
    pair_weights: Floats,
    most: int,
    walk: Walk,
) -> None:
    goes_words, failed_words, n_listed = walk.goes_words, walk.failed_words, walk.n_listed
    goes_eights, fails_eights = walk.goes.view(np.uint64), walk.fails.view(np.uint64)
    n_columns = np.uint64(len(codes) // ((n_words + 1) * BITS))
    rows_word, n_all, n_side = (
        np.uint64(n_words),
        np.uint64(n_words + 1),
        np.uint64(n_words << shift),
    )
    places, last_row = np.uint64(shift), np.uint64((1 << shift) - 1)
    weight_places, n_fails = np.uint64(weight_shift), np.uint64(most + 1)
    child, is_left, flip = 0, False, ZERO
    if trees.column[trees.tree_start[t]] < 0:
        return
    start(walk, trees.tree_start[t], live, n_rows, shift)
    level, here = 0, ZERO
    while level >= 0:
        node, stage = walk.node[level], walk.stage[level]
        player = np.uint64(trees.player[node])
        at, asked = np.uint64(level) * n_all, player * n_all
        gain = (np.uint64(first_gained) + player) * n_side
        left_list = np.uint64(2 * level + 2)
        if stage == _ASK:
            column = np.uint64(trees.column[node])
            highest = np.uint16(trees.highest[node])
            for s in range(n_all):
                first, to = (s * n_columns + column) * WIDTH, (at + s) * EIGHT
                goes_words[at + s] = ask(codes, first, highest, walk.goes, goes_eights, to)
            to_left, to_right = left_list * n_side, (left_list + ONE) * n_side
            n_listed[left_list], n_listed[left_list + ONE] = list_children(
                walk,
                here,
                n_listed[here // n_side],
                places,
                to_left,
                to_right,
                at,
                asked,
                rows_word,
            )
        if stage in (_LEAVE_LEFT, _LEAVE_RIGHT):
            sign = 1.0
            which = left_list if stage == _LEAVE_LEFT else left_list + ONE
            fresh = failed_words[asked + rows_word] & ~walk.kept_words[at + rows_word]
            n, first = n_listed[which], which * n_side
        elif stage == _DONE:
            level -= 1
            continue
        else:
            sign = -1.0
            is_left = stage == _ASK
            child = trees.left[node] if is_left else trees.right[node]
            # Next comes the other child, unless the walk first goes beneath this one.
            walk.stage[level] = _RIGHT if is_left else _DONE
            which = left_list if is_left else left_list + ONE
            n, first = n_listed[which], which * n_side
            if n == ZERO or not counted[child]:
                continue
            flip = ALL if is_left else ZERO
            below = at + n_all
            count_fails(walk, goes_eights, fails_eights, at, asked, n_all, flip)
            fresh = (goes_words[at + rows_word] ^ flip) & ~failed_words[asked + rows_word]
            if trees.column[child] < 0:
                leaf, fails_at = trees.value[child, value], below * WIDTH
                row_fails_at = fails_at + rows_word * WIDTH
                add_leaf(
                    leaf,
                    walk,
                    first,
                    n,
                    places,
                    fresh,
                    fails_at,
                    row_fails_at,
                    gain,
                    weights,
                    weight_places,
                    pair_weights,
                    n_fails,
                )
                continue
        gain_sums(sign, walk, first, n, last_row, fresh, gain)
        if sign > 0.0:
            restore(walk, at, asked, n_all)
            walk.stage[level] = _RIGHT if stage == _LEAVE_LEFT else _DONE
            continue
        fail(walk, goes_eights, at, asked, n_all, flip)
        walk.stage[level] = _LEAVE_LEFT if is_left else _LEAVE_RIGHT
        level, here = level + 1, first
        walk.node[level], walk.stage[level] = child, _ASK
