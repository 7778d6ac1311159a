"""Shapley values of sums of trees by enumeration of coalitions, straight from the definitions.

A *game* is what ``oracles.tree_ensembles`` makes: an ensemble, its players, and rows.
"""

from dataclasses import replace
from math import comb

import numpy as np
from oracles.shapley import shapley_values
from oracles.tree_walk import goes_left, tree_sums
from scipy.integrate import quad_vec


def expectation(arrays, node, row, player, coalition):
    """What a subtree is worth if only the coalition's players are known, shape (w,).

    At a node whose player is not in the coalition, both children count by their covers; where no
    training row came, equally.
    """
    if arrays.feature[node] < 0:
        return arrays.value[node]
    feature = int(arrays.feature[node])
    left, right = int(arrays.left[node]), int(arrays.right[node])
    if player[feature] in coalition:
        child = left if goes_left(arrays, node, float(row[feature])) else right
        return expectation(arrays, child, row, player, coalition)
    total = arrays.cover[left] + arrays.cover[right]
    share = arrays.cover[left] / total if total > 0 else 0.5
    return share * expectation(arrays, left, row, player, coalition) + (1 - share) * expectation(
        arrays, right, row, player, coalition
    )


def path_dependent_shapley_values(game, row):
    """Path-dependent Shapley values (d, k) of one encoded row, and their base (k,)."""
    arrays = game.ensemble.arrays
    width = arrays.value.shape[1]

    def v(coalition):
        total = game.ensemble.base.copy()
        for root, first in zip(arrays.tree_start, arrays.tree_output, strict=False):
            worth = expectation(arrays, int(root), row, game.player, coalition)
            total[first : first + width] += worth
        return total

    return shapley_values(v, game.n_players), v(())


def interventional_shapley_values(game, row):
    """Interventional Shapley values (d, k) of one encoded row, and their base (k,)."""

    def v(coalition):
        known = np.isin(game.player, coalition)
        return game.weights @ tree_sums(game.ensemble, np.where(known, row, game.background))

    return shapley_values(v, game.n_players), v(())


def logistic_slope(sums):
    """Jacobian of the logistic function of each output."""
    p = 1 / (1 + np.exp(-sums))
    return np.diag(p * (1 - p))


def exponential_slope(sums):
    """Jacobian of the exponential of each output."""
    return np.diag(np.exp(sums))


def softmax_slope(sums):
    """Jacobian of the softmax."""
    p = np.exp(sums - sums.max())
    p /= p.sum()
    return np.diag(p) - np.outer(p, p)


SLOPES = {"logistic": logistic_slope, "exponential": exponential_slope, "softmax": softmax_slope}


def rescaled_values(game, row, slope=None):
    """Each pair's Shapley values times the mean slope between both, shape (d, k).

    The slope of the link, unless another function of the raw sums is given, shape (any k, k).
    """
    slope = SLOPES[game.ensemble.link] if slope is None else slope
    total = 0.0
    x = tree_sums(game.ensemble, row[None])[0]
    for z_row, weight in zip(game.background, game.weights, strict=True):
        z = tree_sums(game.ensemble, z_row[None])[0]
        pair = replace(game, background=z_row[None], weights=np.ones(1))
        values, _ = interventional_shapley_values(pair, row)
        mean_slope, _ = quad_vec(
            lambda t, x=x, z=z: slope(z + t * (x - z)), 0, 1, epsabs=1e-13, epsrel=1e-13
        )
        total = total + weight * values @ mean_slope.T
    return total


def loss_of(loss, sums, label):
    """The loss of raw sums (k,) by its definition; for logistic losses, k is 1."""
    if loss == "squared":
        return (sums[0] - label) ** 2
    outputs = np.append(0.0, sums) if loss == "logistic" else sums
    return np.logaddexp.reduce(outputs) - outputs[int(label)]


def loss_slope(loss, sums, label):
    """Gradient of the loss by the raw sums, shape (1, k)."""
    if loss == "squared":
        return 2.0 * (sums[None] - label)
    outputs = np.append(0.0, sums) if loss == "logistic" else sums
    p = np.exp(outputs - np.logaddexp.reduce(outputs))
    p[int(label)] -= 1.0
    return p[None, -len(sums) :]


def interventional_values_by_leaves(game, row):
    """Interventional Shapley values (d, k) of one encoded row, however many players there are.

    For a pair of an explained row and a background row, a leaf is a game of two camps: a players
    whose nodes only the former passes, all of whom have to be there, and b whose nodes only the
    latter passes, none of whom may be. The last of the a makes the leaf's value if all b come
    later, in one of ``comb(a + b, a)`` orders of the camps; the first of the b undoes it if all a
    came before, in as many. Each of a camp is as likely to be that one.
    """
    arrays = game.ensemble.arrays
    values = np.zeros((game.n_players, game.ensemble.n_outputs))
    width = arrays.value.shape[1]

    def visit(node, first, z_row, weight, passes):
        if any(ways == (False, False) for ways in passes.values()):
            return
        if arrays.feature[node] >= 0:
            feature = int(arrays.feature[node])
            player = int(game.player[feature])
            left = [goes_left(arrays, node, float(cells[feature])) for cells in (row, z_row)]
            before = passes.get(player, (True, True))
            for child, is_left in ((arrays.left[node], True), (arrays.right[node], False)):
                now = tuple(b and way == is_left for b, way in zip(before, left, strict=True))
                visit(int(child), first, z_row, weight, passes | {player: now})
            return
        needed = [j for j, ways in passes.items() if ways == (True, False)]
        hindering = [j for j, ways in passes.items() if ways == (False, True)]
        orders = comb(len(needed) + len(hindering), len(needed))
        for camp, sign in ((needed, 1.0), (hindering, -1.0)):
            for j in camp:
                part = sign * weight / (len(camp) * orders)
                values[j, first : first + width] += part * arrays.value[node]

    for z_row, weight in zip(game.background, game.weights, strict=True):
        for root, first in zip(arrays.tree_start, arrays.tree_output, strict=False):
            visit(int(root), int(first), z_row, float(weight), {})
    return values
