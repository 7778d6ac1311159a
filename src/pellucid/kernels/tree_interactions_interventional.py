"""Interventional Shapley interaction indices of trees: absent players take background rows' values.

For one leaf, a row matters only by its *failures*: the players of the path of whom it does not pass
all nodes. With the failures F of the explained row and G of a background row, the leaf is reached
by the coalitions that hold all of G and none of F; by none at all if they overlap. In this game,
with ``a = |G|``, ``b = |F|``, and the Beta function B, the leaf's value counts for

- a player of G by ``B(a, b+1)``, and of F by ``-B(a+1, b)``: its Shapley value;
- two players of G by ``B(a-1, b+1)``, two of F by ``B(a+1, b-1)``, and one of each by ``-B(a, b)``:
  their interaction index.

A walk through a tree sorts the explained rows and the background rows into *groups* with the same
failures, and leaves out those that overlap with all of the other side: what is left thins out
towards the leaves. At a leaf, each pair of groups counts once, whatever the number of their rows.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_codes import CodedTrees, Codes
from pellucid.kernels.tree_pair_slots import PairSlots
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_row_groups import BITS, Side, fit, leave_out, new_side, sort_rows

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

VISITS_AT_ONCE = 2e7
"""Nodes times rows between two of which an interrupt is heard: a fraction of a second."""


class _Leaf(NamedTuple):
    """Memory for one leaf."""

    slot: npt.NDArray[np.int32]  # (pair,): of the path's pairs (i, j), i < j, at j (j-1) / 2 + i
    asked: Integers  # (bit,): the path's players
    background: Floats  # (group,): weight of a group of background rows
    n_failures: Integers  # (group,): of the background
    failure: Integers  # (group, place): which players a group of background rows fails
    fitting: Integers  # (place,): groups of the background without overlap
    fails: npt.NDArray[np.bool_]  # (bit,): the players whom a group of rows fails
    cross: Floats  # (bit,): interaction of a player with any of those
    values: Floats  # (bit, group): Shapley values; group 0 of the explained rows first
    pairs: Floats  # (pair, group)


def interventional_interactions(
    trees: CodedTrees,
    paths: TreePaths,
    slots: PairSlots,
    codes: Codes,
    n_rows: int,
    background: Codes,
    weights: Floats,
    *,
    n_players: int,
    n_outputs: int,
) -> tuple[Floats, Floats]:
    """Return the interventional interaction indices of pairs, and the players' Shapley values.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    slots : PairSlots
        All three of the same trees and players.
    codes : ndarray of uint16, shape (blocks, c, LANES)
        The rows to explain; many at once cost less than one by one.
    n_rows : int
        n; lanes beyond are left alone.
    background : ndarray of uint16, shape (background blocks, c, LANES)
    weights : ndarray of float64, shape (m,)
        Weights of the background rows, summing to 1; lanes beyond m are left alone.
    n_players, n_outputs : int
        d and k.

    Returns
    -------
    pairs : ndarray of float64, shape (n_pairs, k, n)
    values : ndarray of float64, shape (d, k, n)
    """
    pairs = np.zeros((len(slots.first), n_outputs, n_rows))
    values = np.zeros((n_players, n_outputs, n_rows))
    most = int(paths.tree_players.max(initial=1))
    beta = beta_table(most + 2)
    n_nodes = np.cumsum(np.diff(trees.tree_start))
    share = n_nodes * float(n_rows + len(weights)) // VISITS_AT_ONCE
    ends = np.append(np.flatnonzero(np.diff(share)) + 1, len(n_nodes))
    n_levels = int(paths.tree_depth.max(initial=1)) + 1
    n_words = (most + BITS - 1) // BITS
    rows = new_side(codes, n_rows, n_levels, n_words)
    others = new_side(background, len(weights), n_levels, n_words)
    leaf = _new_leaf(most, n_rows, len(weights))
    for first, end in zip(np.append(0, ends[:-1]), ends, strict=True):
        _explain(
            trees,
            paths,
            slots,
            int(first),
            int(end),
            weights,
            beta,
            rows,
            others,
            leaf,
            pairs,
            values,
        )
    return pairs, values


def beta_table(most: int) -> Floats:
    """Return the Beta function of whole numbers up to ``most``; 0 where one of them is 0.

    Examples
    --------
    >>> float(beta_table(3)[2, 3])  # 1! 2! / 4!
    0.08333333333333333
    """
    table = np.zeros((most + 1, most + 1))
    if most > 0:
        table[1, 1:] = 1.0 / np.arange(1, most + 1)
    second = np.arange(1, most + 1)
    for x in range(1, most):
        table[x + 1, 1:] = table[x, 1:] * x / (x + second)
    return table


def _new_leaf(most_players: int, n_rows: int, n_background: int) -> _Leaf:
    n_pairs = most_players * (most_players - 1) // 2
    return _Leaf(
        slot=np.empty(n_pairs, dtype=np.int32),
        asked=np.empty(most_players, dtype=np.int64),
        background=np.empty(n_background),
        n_failures=np.empty(n_background, dtype=np.int64),
        failure=np.empty((n_background, most_players), dtype=np.int64),
        fitting=np.empty(n_background, dtype=np.int64),
        fails=np.empty(most_players, dtype=np.bool_),
        cross=np.empty(most_players),
        values=np.empty((most_players, n_rows)),
        pairs=np.empty((n_pairs, n_rows)),
    )


@kernel
def _explain(
    trees: CodedTrees,
    paths: TreePaths,
    slots: PairSlots,
    first_tree: int,
    end_tree: int,
    weights: Floats,
    beta: Floats,
    rows: Side,
    others: Side,
    leaf: _Leaf,
    pairs: Floats,
    values: Floats,
) -> None:
    for t in range(first_tree, end_tree):
        node, came_from = trees.tree_start[t], -1
        while node >= 0:
            child = -1
            if trees.player[node] < 0:
                if paths.n_players[node] > 0:
                    _stand_on_leaf(
                        trees,
                        paths,
                        slots,
                        t,
                        node,
                        weights,
                        beta,
                        rows,
                        others,
                        leaf,
                        pairs,
                        values,
                    )
            elif came_from == paths.parent[node]:
                child = trees.left[node]
            elif came_from == trees.left[node]:
                child = trees.right[node]
            if child < 0:
                came_from, node = node, paths.parent[node]
                continue
            sort_rows(trees, paths, child, rows)
            sort_rows(trees, paths, child, others)
            if leave_out(rows, others, paths.depth[child]):
                came_from, node = node, child
            else:
                came_from = child


@kernel
def _stand_on_leaf(
    trees: CodedTrees,
    paths: TreePaths,
    slots: PairSlots,
    t: int,
    node: int,
    weights: Floats,
    beta: Floats,
    rows: Side,
    others: Side,
    leaf: _Leaf,
    pairs: Floats,
    values: Floats,
) -> None:
    m, level = paths.n_players[node], paths.depth[node]
    _find_pairs(trees, paths, slots, node, leaf)
    _describe_background(others, level, m, weights, leaf)
    for group in range(rows.n_groups[level]):
        _count_group(rows, others, level, group, m, beta, leaf)
    _add_leaf(rows, level, m, trees.value[node], trees.tree_output[t], leaf, pairs, values)


@kernel
def _find_pairs(
    trees: CodedTrees, paths: TreePaths, slots: PairSlots, leaf_node: int, leaf: _Leaf
) -> None:
    """Write the players of a path and the slots of their pairs."""
    node = paths.parent[leaf_node]
    while node >= 0:
        if paths.previous[node] < 0:
            j = paths.bit[node]
            leaf.asked[j] = trees.player[node]
            for i in range(j):
                leaf.slot[j * (j - 1) // 2 + i] = slots.slot[slots.start[node] + i]
        node = paths.parent[node]


@kernel
def _describe_background(others: Side, level: int, m: int, weights: Floats, leaf: _Leaf) -> None:
    for h in range(others.n_groups[level]):
        leaf.background[h] = 0.0
        n = 0
        for j in range(m):
            if others.failures[level, h, j // BITS] >> (j % BITS) & 1 != 0:
                leaf.failure[h, n] = j
                n += 1
        leaf.n_failures[h] = n
    for i in range(others.n_rows[level]):
        leaf.background[others.group[level, i]] += weights[others.row[level, i]]


@kernel
def _count_group(
    rows: Side, others: Side, level: int, group: int, m: int, beta: Floats, leaf: _Leaf
) -> None:
    """Write what a leaf of value 1 adds for a group of explained rows."""
    b = 0
    for j in range(m):
        leaf.fails[j] = rows.failures[level, group, j // BITS] >> (j % BITS) & 1 != 0
        b += 1 if leaf.fails[j] else 0
        leaf.values[j, group] = 0.0
        leaf.cross[j] = 0.0
    for pair in range(m * (m - 1) // 2):
        leaf.pairs[pair, group] = 0.0
    n_fitting = 0
    for h in range(others.n_groups[level]):
        leaf.fitting[n_fitting] = h
        n_fitting += 1 if fit(rows, others, level, group, h) else 0
    of_failing, between_failing = 0.0, 0.0
    for place in range(n_fitting):
        h = leaf.fitting[place]
        a, weight = leaf.n_failures[h], leaf.background[h]
        of_failing -= weight * beta[a + 1, b]
        between_failing += weight * beta[a + 1, max(b - 1, 0)]
        alone, cross, both = beta[a, b + 1], beta[a, b], beta[max(a - 1, 0), b + 1]
        for y in range(a):
            j = leaf.failure[h, y]
            leaf.values[j, group] += weight * alone
            leaf.cross[j] -= weight * cross
            for x in range(y):
                leaf.pairs[j * (j - 1) // 2 + leaf.failure[h, x], group] += weight * both
    if b > 0:
        _count_failing(group, m, of_failing, between_failing, leaf)


@kernel
def _count_failing(
    group: int, m: int, of_failing: float, between_failing: float, leaf: _Leaf
) -> None:
    """Write what the leaf adds to the players whom a group of explained rows fails."""
    for j in range(m):
        if leaf.fails[j]:
            leaf.values[j, group] = of_failing
        for i in range(j):
            if leaf.fails[i] and leaf.fails[j]:
                leaf.pairs[j * (j - 1) // 2 + i, group] = between_failing
            elif leaf.fails[i] or leaf.fails[j]:
                leaf.pairs[j * (j - 1) // 2 + i, group] = leaf.cross[i if leaf.fails[j] else j]


@kernel
def _add_leaf(
    rows: Side,
    level: int,
    m: int,
    value: Floats,
    output: int,
    leaf: _Leaf,
    pairs: Floats,
    values: Floats,
) -> None:
    for j in range(m):
        for o in range(len(value)):
            for place in range(rows.n_rows[level]):
                row = rows.row[level, place]
                values[leaf.asked[j], output + o, row] += (
                    value[o] * leaf.values[j, rows.group[level, place]]
                )
    for pair in range(m * (m - 1) // 2):
        for o in range(len(value)):
            for place in range(rows.n_rows[level]):
                row = rows.row[level, place]
                pairs[leaf.slot[pair], output + o, row] += (
                    value[o] * leaf.pairs[pair, rows.group[level, place]]
                )
