"""Path-dependent Shapley values of trees: absent players are averaged out by training weight.

In the game, a coalition follows the row at the nodes that ask its players, and takes both ways at
the others, weighted by their shares of the training rows. A leaf with the value v whose path asks
m players is then worth ``v * product of (b_j if j is in the coalition else r_j)``, where b_j says
whether the row passes all of j's nodes on the path, and r_j is the product of their shares. Since
the Shapley weights are Beta integrals, it adds to player f::

    v * (b_f - r_f) * integral over p from 0 to 1 of the product over j != f of (p b_j + (1-p) r_j)

The integrand has the degree m - 1, so Gauss-Legendre with ceil(m / 2) points is exact. One walk
through a tree carries the products down and the sums over leaves up, for a block of rows at once.
A player's factor is never divided by, only replaced by a ratio whose denominator is at least the
smallest point of the rule, so shares and decisions of zero need no special case.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.quadrature import gauss_legendre
from pellucid.kernels.tree_arrays import TreeArrays
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_predict import goes_left

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_LANES = 64
"""Rows that walk through a tree together; enough for the compiler to use vector instructions."""


class _Walk(NamedTuple):
    """Memory of one walk; a level is a depth on the current path, a lane is a row."""

    product: Floats  # (level, point, lane): the product of all factors above
    below: Floats  # (level, output, point, lane): the sum over the leaves below
    went_left: Floats  # (level, lane): 1.0 or 0.0
    passes: Floats  # (level, lane): b of the player asked just above
    share: Floats  # (level,): r of the player asked just above
    inverse: Floats  # (level, point): 1 / (p + (1 - p) r)
    values: Floats  # (player, output, lane)


def path_dependent_values(
    trees: TreeArrays,
    paths: TreePaths,
    player: Integers,
    matrix: Floats,
    *,
    n_players: int,
    n_outputs: int,
) -> Floats:
    """Return the path-dependent Shapley values of each row.

    Parameters
    ----------
    trees : TreeArrays
    paths : TreePaths
        Of the same trees and players.
    player : ndarray of int64, shape (e,)
        Player that each encoded column belongs to.
    matrix : ndarray of float64, shape (n, e)
        Encoded rows; C-contiguous.
    n_players, n_outputs : int
        d and k.

    Returns
    -------
    ndarray of float64, shape (n, d, k)
    """
    values = np.zeros((len(matrix), n_players, n_outputs))
    points, weights = gauss_legendre((int(paths.tree_players.max(initial=1)) + 1) // 2)
    _explain(trees, paths, player, points, weights, matrix, values)
    return values


def path_dependent_base(trees: TreeArrays, paths: TreePaths, base: Floats) -> Floats:
    """Return what a row is worth of which nothing is known, shape (k,)."""
    total = base.copy()
    _add_expected(trees, paths, total)
    return total


@kernel
def _add_expected(trees: TreeArrays, paths: TreePaths, total: Floats) -> None:
    reached = np.ones(len(trees.feature))
    for t in range(len(trees.tree_output)):
        for node in range(trees.tree_start[t], trees.tree_start[t + 1]):
            if paths.parent[node] >= 0:
                reached[node] = reached[paths.parent[node]] * paths.share[node]
            if trees.feature[node] < 0:
                for o in range(trees.value.shape[1]):
                    total[trees.tree_output[t] + o] += reached[node] * trees.value[node, o]


@kernel
def _explain(
    trees: TreeArrays,
    paths: TreePaths,
    player: Integers,
    points: Floats,
    weights: Floats,
    matrix: Floats,
    values: Floats,
) -> None:
    n_rows, n_players, n_outputs = values.shape
    n_levels, n_points, n_lanes = 2, points.shape[1], min(MOST_LANES, n_rows)
    for t in range(len(paths.tree_depth)):
        n_levels = max(n_levels, paths.tree_depth[t] + 1)
    walk = _Walk(
        product=np.ones((n_levels, n_points, n_lanes)),
        below=np.empty((n_levels, trees.value.shape[1], n_points, n_lanes)),
        went_left=np.empty((n_levels, n_lanes)),
        passes=np.ones((n_levels, n_lanes)),
        share=np.ones(n_levels),
        inverse=np.ones((n_levels, n_points)),
        values=np.empty((n_players, n_outputs, n_lanes)),
    )
    rows = np.empty(n_lanes, dtype=np.int64)
    for start in range(0, n_rows, MOST_LANES):
        for i in range(n_lanes):
            rows[i] = min(start + i, n_rows - 1)  # lanes left over repeat the last row
        walk.values[:] = 0.0
        for t in range(len(trees.tree_output)):
            q = (paths.tree_players[t] + 1) // 2
            if q > 0:
                _walk_tree(
                    trees, paths, player, t, points[q, :q], weights[q, :q], matrix, rows, walk
                )
        for j in range(n_players):
            for o in range(n_outputs):
                for i in range(min(n_lanes, n_rows - start)):
                    values[start + i, j, o] = walk.values[j, o, i]


@kernel
def _walk_tree(
    trees: TreeArrays,
    paths: TreePaths,
    player: Integers,
    t: int,
    points: Floats,
    weights: Floats,
    matrix: Floats,
    rows: Integers,
    walk: _Walk,
) -> None:
    root = trees.tree_start[t]
    node, came_from = root, -1
    while True:
        level, feature = paths.depth[node], trees.feature[node]
        if feature < 0:
            _stand_on_leaf(trees.value[node], level, len(points), walk)
        elif came_from == paths.parent[node]:
            for i in range(len(rows)):
                left = goes_left(trees, node, matrix[rows[i], feature])
                walk.went_left[level, i] = 1.0 if left else 0.0
            came_from, node = node, trees.left[node]
            _descend(trees, paths, node, points, walk)
            continue
        else:
            _climb(
                trees,
                paths,
                came_from,
                player[feature],
                trees.tree_output[t],
                points,
                weights,
                walk,
            )
            if came_from == trees.left[node]:
                came_from, node = node, trees.right[node]
                _descend(trees, paths, node, points, walk)
                continue
        if node == root:
            break
        came_from, node = node, paths.parent[node]


@kernel
def _stand_on_leaf(value: Floats, level: int, n_points: int, walk: _Walk) -> None:
    for o in range(len(value)):
        for q in range(n_points):
            for i in range(walk.product.shape[2]):
                walk.below[level, o, q, i] = value[o] * walk.product[level, q, i]


@kernel
def _descend(trees: TreeArrays, paths: TreePaths, child: int, points: Floats, walk: _Walk) -> None:
    """Replace the factor of the player just asked; it is 1 (b = r = 1) if not asked before."""
    node = paths.parent[child]
    is_left = child == trees.left[node]
    level, before = paths.depth[node], paths.previous[node] + 1
    share = paths.share[child]
    r = walk.share[before] * share
    walk.share[level + 1] = r
    passed, passes, went_left = walk.passes[before], walk.passes[level + 1], walk.went_left[level]
    inverse_before, inverse = walk.inverse[before], walk.inverse[level + 1]
    above, product = walk.product[level], walk.product[level + 1]
    n_lanes = len(passes)
    for i in range(n_lanes):
        passes[i] = passed[i] * (went_left[i] if is_left else 1.0 - went_left[i])
    for q in range(len(points)):
        p = points[q]
        inverse[q] = 1.0 / (p + (1.0 - p) * r)
        absent, present = (1.0 - p) * r * inverse_before[q], p * inverse_before[q]
        for i in range(n_lanes):
            ratio = absent + passes[i] * present
            product[q, i] = above[q, i] * (ratio if passed[i] > 0.0 else share)


@kernel
def _climb(
    trees: TreeArrays,
    paths: TreePaths,
    child: int,
    asked: int,
    output: int,
    points: Floats,
    weights: Floats,
    walk: _Walk,
) -> None:
    """Give the player asked above a child its part of the child's leaves, and pass their sum on.

    A leaf's part for a player depends on the last node that asks the player; a node above that
    asks it too will give its own part for all leaves below, which is therefore taken away here.
    """
    node = paths.parent[child]
    is_left = child == trees.left[node]
    level, before = paths.depth[node], paths.previous[node] + 1
    gain, gain_before = 1.0 - walk.share[level + 1], 1.0 - walk.share[before]
    passed, passes = walk.passes[before], walk.passes[level + 1]
    inverse_before, inverse = walk.inverse[before], walk.inverse[level + 1]
    n_lanes = len(passes)
    for o in range(walk.below.shape[1]):
        below, total = walk.below[level + 1, o], walk.below[level, o]
        values = walk.values[asked, output + o]
        for q in range(len(points)):
            absent = -weights[q] / (1.0 - points[q])
            present = weights[q] * gain * inverse[q]
            already = weights[q] * gain_before * inverse_before[q]
            for i in range(n_lanes):
                part = (present if passes[i] > 0.0 else absent) - already
                values[i] += passed[i] * part * below[q, i]
                total[q, i] = below[q, i] + (0.0 if is_left else total[q, i])
