"""Path-dependent Shapley interaction indices of trees, for the pairs of players that can interact.

A leaf of value v is worth ``v * product of (b_j if j is in the coalition else r_j)``, where b_j
says whether the row passes all nodes of the path that ask player j, and r_j is the product of their
shares of the training rows. Of its players i and j, it adds to their interaction index [1]_::

    v * (b_i - r_i) * (b_j - r_j)
      * integral over p from 0 to 1 of the product over l != i, j of (p b_l + (1-p) r_l)

which Gauss-Legendre computes exactly. With the *gain* ``g_j = (b_j - r_j) / (p b_j + (1-p) r_j)``
and the product P over all players, the integrand is ``P g_i g_j``. Going down a path, every node
changes the gain of its own player alone; so the leaf's term is the sum, over the nodes of the path
and the players above each, of the node's change times the other's gain so far. The changes of all
leaves below a node share these factors: one walk through a tree, for a block of rows at once, sums
them up on its way back, and every node pays once for each player above it.

References
----------
.. [1] Grabisch and Roubens, "An axiomatic approach to the concept of interaction among players in
   cooperative games", International Journal of Game Theory 28 (1999).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.quadrature import gauss_legendre
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_pair_slots import PairSlots
from pellucid.kernels.tree_paths import TreePaths

Floats = npt.NDArray[np.float64]


class _Walk(NamedTuple):
    """Memory of one walk; a level is a depth on the current path, a lane is a row."""

    product: Floats  # (level, point, lane): the product of all factors above
    below: Floats  # (level, output, point, lane): the sum over the leaves below
    change: Floats  # (level, output, point, lane): the same times the changes of the gain here
    gain: Floats  # (level, point, lane): of the player asked just above
    passes: Floats  # (level, lane): b of the player asked just above
    share: Floats  # (level,): r of the player asked just above
    inverse: Floats  # (level, point): 1 / (p + (1 - p) r)
    latest: npt.NDArray[np.int64]  # (bit,): level below the last node that asks the player


def path_dependent_interactions(
    trees: CodedTrees,
    paths: TreePaths,
    slots: PairSlots,
    codes: Codes,
    *,
    n_players: int,
    n_outputs: int,
) -> tuple[Floats, Floats]:
    """Return the path-dependent interaction indices of pairs, and the players' Shapley values.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    slots : PairSlots
        All three of the same trees and players.
    codes : ndarray of uint16, shape (blocks, c, LANES)
    n_players, n_outputs : int
        d and k.

    Returns
    -------
    pairs : ndarray of float64, shape (blocks, n_pairs, k, LANES)
    values : ndarray of float64, shape (blocks, d, k, LANES)
    """
    pairs = np.zeros((len(codes), len(slots.first), n_outputs, LANES))
    values = np.zeros((len(codes), n_players, n_outputs, LANES))
    points, weights = _rules(int(paths.tree_players.max(initial=1)))
    n_levels = int(paths.tree_depth.max(initial=1)) + 1
    walk = _new_walk(n_levels, trees.value.shape[1], points.shape[1])
    for block in range(len(codes)):  # an interrupt is heard between blocks
        _explain(
            trees, paths, slots, points, weights, codes[block], pairs[block], values[block], walk
        )
    return pairs, values


def _rules(most_players: int) -> tuple[Floats, Floats]:
    """Return the rules exact for 1 to ``most_players`` players, all of an even number of points.

    The sums over points go two at a time. A rule with a point to spare is as exact.
    """
    most = 2 * ((most_players + 3) // 4)
    points, weights = gauss_legendre(most)
    rows = 2 * ((np.arange(most_players + 1) + 3) // 4)
    return np.ascontiguousarray(points[rows]), np.ascontiguousarray(weights[rows])


def _new_walk(n_levels: int, width: int, n_points: int) -> _Walk:
    """Return memory whose level 0, where nothing was asked yet, is never written to."""
    return _Walk(
        product=np.ones((n_levels, n_points, LANES)),
        below=np.zeros((n_levels, width, n_points, LANES)),
        change=np.zeros((n_levels, width, n_points, LANES)),
        gain=np.zeros((n_levels, n_points, LANES)),
        passes=np.ones((n_levels, LANES)),
        share=np.ones(n_levels),
        inverse=np.ones((n_levels, n_points)),
        latest=np.zeros(n_levels, dtype=np.int64),
    )


@kernel
def _explain(
    trees: CodedTrees,
    paths: TreePaths,
    slots: PairSlots,
    points: Floats,
    weights: Floats,
    codes: npt.NDArray[np.uint16],
    pairs: Floats,
    values: Floats,
    walk: _Walk,
) -> None:
    for t in range(len(trees.tree_output)):
        m = paths.tree_players[t]
        if m > 0:
            q = 2 * ((m + 3) // 4)
            _walk_tree(
                trees, paths, slots, t, points[m, :q], weights[m, :q], codes, pairs, values, walk
            )


@kernel
def _walk_tree(
    trees: CodedTrees,
    paths: TreePaths,
    slots: PairSlots,
    t: int,
    points: Floats,
    weights: Floats,
    codes: npt.NDArray[np.uint16],
    pairs: Floats,
    values: Floats,
    walk: _Walk,
) -> None:
    root, output = trees.tree_start[t], trees.tree_output[t]
    node, came_from = root, -1
    while True:
        if came_from == paths.parent[node]:
            child = trees.left[node]
        else:
            if trees.player[came_from] >= 0:
                _climb(trees, paths, came_from, weights, walk)
            child = trees.right[node] if came_from == trees.left[node] else -1
        if child < 0:
            _settle(trees, paths, slots, node, output, len(points), pairs, values, walk)
            if node == root:
                break
            came_from, node = node, paths.parent[node]
            continue
        _see_who_passes(trees, paths, child, codes, walk)
        if trees.player[child] < 0:
            _add_leaf(trees, paths, child, points, weights, walk)
            came_from = child
        else:
            _descend(paths, child, points, walk)
            came_from, node = node, child


@kernel
def _see_who_passes(
    trees: CodedTrees,
    paths: TreePaths,
    child: int,
    codes: npt.NDArray[np.uint16],
    walk: _Walk,
) -> None:
    node = paths.parent[child]
    level, before, column = paths.depth[node], paths.previous[node] + 1, trees.column[node]
    walk.share[level + 1] = walk.share[before] * paths.share[child]
    is_left, highest = child == trees.left[node], trees.highest[node]
    for i in range(LANES):
        passes = (codes[column, i] <= highest) == is_left
        walk.passes[level + 1, i] = walk.passes[before, i] if passes else 0.0


@kernel
def _descend(paths: TreePaths, child: int, points: Floats, walk: _Walk) -> None:
    """Replace the factor and the gain of the player just asked; 1 and 0 if not asked before."""
    node = paths.parent[child]
    level, before, share = paths.depth[node], paths.previous[node] + 1, paths.share[child]
    walk.latest[paths.bit[node]] = level + 1
    r = walk.share[level + 1]
    for q in range(len(points)):
        p = points[q]
        factor, inverse_before = p + (1.0 - p) * r, walk.inverse[before, q]
        walk.inverse[level + 1, q] = 1.0 / factor
        present, absent = factor * inverse_before, (1.0 - p) * r * inverse_before
        gain_present, gain_absent = (1.0 - r) / factor, -1.0 / (1.0 - p)
        for i in range(LANES):
            passes = walk.passes[level + 1, i] > 0.0
            ratio = present if passes else absent
            ratio = ratio if walk.passes[before, i] > 0.0 else share
            walk.product[level + 1, q, i] = walk.product[level, q, i] * ratio
            walk.gain[level + 1, q, i] = gain_present if passes else gain_absent


@kernel
def _add_leaf(
    trees: CodedTrees, paths: TreePaths, leaf: int, points: Floats, weights: Floats, walk: _Walk
) -> None:
    """Do what going down to a leaf and coming back does, without leaving traces of the way."""
    node = paths.parent[leaf]
    level, before, share = paths.depth[node], paths.previous[node] + 1, paths.share[leaf]
    is_second = 0.0 if leaf == trees.left[node] else 1.0
    r = walk.share[level + 1]
    for o in range(walk.below.shape[1]):
        value = trees.value[leaf, o]
        for q in range(len(points)):
            p = points[q]
            factor, inverse_before = p + (1.0 - p) * r, walk.inverse[before, q]
            present, absent = value * factor * inverse_before, value * (1 - p) * r * inverse_before
            weight, unchanged = weights[q], value * share
            gain_present, gain_absent = (1.0 - r) / factor, -1.0 / (1.0 - p)
            for i in range(LANES):
                passes = walk.passes[level + 1, i] > 0.0
                ratio = present if passes else absent
                ratio = ratio if walk.passes[before, i] > 0.0 else unchanged
                gain = gain_present if passes else gain_absent
                below = walk.product[level, q, i] * ratio
                change = weight * (gain - walk.gain[before, q, i])
                walk.below[level, o, q, i] = below + is_second * walk.below[level, o, q, i]
                walk.change[level, o, q, i] = (
                    change * below + is_second * walk.change[level, o, q, i]
                )


@kernel
def _climb(trees: CodedTrees, paths: TreePaths, child: int, weights: Floats, walk: _Walk) -> None:
    """Pass the sums over a child's leaves on, and weight them by the change of the gain."""
    node = paths.parent[child]
    level, before = paths.depth[node], paths.previous[node] + 1
    walk.latest[paths.bit[node]] = before
    is_second = 0.0 if child == trees.left[node] else 1.0
    for o in range(walk.below.shape[1]):
        for q in range(len(weights)):
            weight = weights[q]
            for i in range(LANES):
                below = walk.below[level + 1, o, q, i]
                walk.below[level, o, q, i] = below + is_second * walk.below[level, o, q, i]
                change = weight * (walk.gain[level + 1, q, i] - walk.gain[before, q, i])
                walk.change[level, o, q, i] = (
                    change * below + is_second * walk.change[level, o, q, i]
                )


@kernel
def _settle(
    trees: CodedTrees,
    paths: TreePaths,
    slots: PairSlots,
    node: int,
    output: int,
    n_points: int,
    pairs: Floats,
    values: Floats,
    walk: _Walk,
) -> None:
    """Give the changes at a node to its player, and to its pairs with the players above."""
    level, here, start = paths.depth[node], trees.player[node], slots.start[node]
    for o in range(walk.below.shape[1]):
        for q in range(0, n_points, 2):
            for i in range(LANES):
                values[here, output + o, i] += (
                    walk.change[level, o, q, i] + walk.change[level, o, q + 1, i]
                )
        for bit in range(paths.n_players[node]):
            slot, other = slots.slot[start + bit], walk.latest[bit]
            if slot < 0:
                continue
            q = 0
            while q + 4 <= n_points:
                for i in range(LANES):
                    pairs[slot, output + o, i] += (
                        walk.change[level, o, q, i] * walk.gain[other, q, i]
                        + walk.change[level, o, q + 1, i] * walk.gain[other, q + 1, i]
                        + walk.change[level, o, q + 2, i] * walk.gain[other, q + 2, i]
                        + walk.change[level, o, q + 3, i] * walk.gain[other, q + 3, i]
                    )
                q += 4
            if q < n_points:
                for i in range(LANES):
                    pairs[slot, output + o, i] += (
                        walk.change[level, o, q, i] * walk.gain[other, q, i]
                        + walk.change[level, o, q + 1, i] * walk.gain[other, q + 1, i]
                    )
