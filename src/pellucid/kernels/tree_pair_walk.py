"""Interventional Shapley values of trees with long paths: walk once per row and background row.

A coalition takes its players' values from the explained row x and the others' from the background
row z. Where both go the same way, so does every mixture; where they part at a player who belongs to
neither side yet, the walk follows x with the player in the coalition, then z with the player out of
it. A leaf reached with a players on x's side and b on z's is worth its value in the game "all a
and none of the b", whose Shapley values are ``(a-1)! b! / (a+b)!`` for each of the a and
``-a! (b-1)! / (a+b)!`` for each of the b.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_arrays import TreeArrays
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_predict import goes_left

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NEITHER, OF_ROW, OF_BACKGROUND = 0, 1, 2


class PairWalk(NamedTuple):
    """Memory of one walk, and the weights; a level is a node where the rows parted."""

    side: npt.NDArray[np.uint8]  # (player,): which row's values it takes
    asked: Integers  # (level,): the player at whom the rows part
    other: Integers  # (level,): the child on the background row's way
    second: npt.NDArray[np.bool_]  # (level,): whether that child is being visited
    sums: Floats  # (level + 1, 2, output): of leaf values by weight, for x's side and z's
    shapley_weights: Floats  # (a, b): (a-1)! b! / (a+b)!


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


def expected_visits(trees: TreeArrays, paths: TreePaths) -> Floats:
    """Return how many nodes of each tree a walk visits on average, shape (T,).

    As if both rows were drawn from the training rows, independently at each node: a child that
    takes the share s of them is then visited with the probability ``1 - (1-s)^2``.
    """
    visits = np.zeros(len(trees.tree_output))
    _add_visits(trees, paths, visits)
    return visits


@kernel
def _add_visits(trees: TreeArrays, paths: TreePaths, visits: Floats) -> None:
    reached = np.ones(len(trees.feature))
    for t in range(len(visits)):
        for node in range(trees.tree_start[t], trees.tree_start[t + 1]):
            if paths.parent[node] >= 0:
                share = paths.share[node]
                reached[node] = reached[paths.parent[node]] * share * (2.0 - share)
            visits[t] += reached[node]


@kernel
def new_walk(n_players: int, n_levels: int, width: int, weights: Floats) -> PairWalk:
    """Return memory for walks through trees whose paths ask at most ``n_levels`` players."""
    return PairWalk(
        side=np.zeros(n_players, dtype=np.uint8),
        asked=np.empty(n_levels, dtype=np.int64),
        other=np.empty(n_levels, dtype=np.int64),
        second=np.empty(n_levels, dtype=np.bool_),
        sums=np.empty((n_levels + 1, 2, width)),
        shapley_weights=weights,
    )


@kernel
def add_pairs(
    trees: TreeArrays,
    player: Integers,
    chosen: Integers,
    n_levels: int,
    matrix: Floats,
    background: Floats,
    weights: Floats,
    pair_weights: Floats,
    values: Floats,
) -> None:
    """Add what the chosen trees give, averaged over the background, to ``values`` (n, d, k)."""
    walk = new_walk(values.shape[1], n_levels, trees.value.shape[1], pair_weights)
    for row in range(len(matrix)):
        for t in chosen:
            for z in range(len(background)):
                if weights[z] > 0.0:
                    add_pair(
                        trees, player, t, matrix[row], background[z], weights[z], walk, values[row]
                    )


@kernel
def add_pair(
    trees: TreeArrays,
    player: Integers,
    t: int,
    x: Floats,
    z: Floats,
    weight: float,
    walk: PairWalk,
    values: Floats,
) -> None:
    """Add the Shapley values of one tree, row and background row, times a weight, to (d, k)."""
    node, output = trees.tree_start[t], trees.tree_output[t]
    width, level, n_row, n_background = trees.value.shape[1], 0, 0, 0
    while True:
        while trees.feature[node] >= 0:
            feature = trees.feature[node]
            asked = player[feature]
            side = walk.side[asked]
            from_z = side != OF_ROW and goes_left(trees, node, z[feature])
            from_x = side != OF_BACKGROUND and goes_left(trees, node, x[feature])
            if side == NEITHER and from_x != from_z:
                walk.side[asked] = OF_ROW
                walk.asked[level] = asked
                walk.other[level] = trees.left[node] if from_z else trees.right[node]
                walk.second[level] = False
                level, n_row = level + 1, n_row + 1
                node = trees.left[node] if from_x else trees.right[node]
            else:
                node = trees.left[node] if from_x or from_z else trees.right[node]
        for o in range(width):
            value = weight * trees.value[node, o]
            walk.sums[level, 0, o] = value * walk.shapley_weights[n_row, n_background]
            walk.sums[level, 1, o] = value * walk.shapley_weights[n_background, n_row]
        while level > 0 and walk.second[level - 1]:
            level, n_background = level - 1, n_background - 1
            asked = walk.asked[level]
            walk.side[asked] = NEITHER
            for o in range(width):
                values[asked, output + o] -= walk.sums[level + 1, 1, o]
                walk.sums[level, 0, o] += walk.sums[level + 1, 0, o]
                walk.sums[level, 1, o] += walk.sums[level + 1, 1, o]
        if level == 0:
            break
        asked = walk.asked[level - 1]
        for o in range(width):
            values[asked, output + o] += walk.sums[level, 0, o]
            walk.sums[level - 1, 0, o] = walk.sums[level, 0, o]
            walk.sums[level - 1, 1, o] = walk.sums[level, 1, o]
        walk.side[asked] = OF_BACKGROUND
        walk.second[level - 1] = True
        n_row, n_background = n_row - 1, n_background + 1
        node = walk.other[level - 1]
