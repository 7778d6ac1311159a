"""Shapley values of sums of trees by enumeration of coalitions, straight from the definitions.

A *game* is what ``oracles.tree_ensembles`` makes: an ensemble, its players, and rows.
"""

from dataclasses import replace

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
