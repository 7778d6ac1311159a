"""Interventional values of trees after a link: a rule that adds up to the linked prediction.

For an explained row x and a background row z, the raw sums' Shapley values are rescaled by the mean
slope of the link along the straight line from z's sums to x's, and averaged over the background.
That adds up exactly to the difference of the linked predictions, as the rescale rule of DeepLIFT
does [1]_; it is not the Shapley value of the linked game.

References
----------
.. [1] Shrikumar, Greenside and Kundaje, "Learning important features through propagating
   activation differences", ICML 2017; for trees: Chen, Lundberg and Lee, "Explaining a series of
   models by propagating Shapley values", Nature Communications 13 (2022).
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.quadrature import gauss_legendre
from pellucid.kernels.tree_arrays import TreeArrays
from pellucid.kernels.tree_pair_walk import add_pair, new_walk, shapley_weights
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_predict import predict_sums

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LOGISTIC, EXPONENTIAL, SOFTMAX = 0, 1, 2
_CODES = {"logistic": LOGISTIC, "exponential": EXPONENTIAL, "softmax": SOFTMAX}

MOST_PANELS = 64
PANEL_POINTS = 8


def apply_link(sums: Floats, link: Literal["logistic", "exponential", "softmax"]) -> Floats:
    """Return the linked predictions of raw sums (n, k), shape (n, k)."""
    linked = np.empty_like(sums)
    _link_rows(sums, _CODES[link], linked)
    return linked


def linked_values(
    trees: TreeArrays,
    paths: TreePaths,
    player: Integers,
    matrix: Floats,
    background: Floats,
    weights: Floats,
    *,
    base: Floats,
    link: Literal["logistic", "exponential", "softmax"],
    n_players: int,
) -> Floats:
    """Return the rescaled interventional values of each row.

    Parameters
    ----------
    trees : TreeArrays
    paths : TreePaths
        Of the same trees and players.
    player : ndarray of int64, shape (e,)
        Player that each encoded column belongs to.
    matrix, background : ndarray of float64, shape (n, e) and (m, e)
        Encoded rows; C-contiguous.
    weights : ndarray of float64, shape (m,)
        Weights of the background rows, summing to 1.
    base : ndarray of float64, shape (k,)
    link : {"logistic", "exponential", "softmax"}
    n_players : int
        d.

    Returns
    -------
    ndarray of float64, shape (n, d, k)
        Adds up to the row's linked prediction minus the weighted mean of the background's.
    """
    values = np.zeros((len(matrix), n_players, len(base)))
    asked = np.unique(player[trees.feature[trees.feature >= 0]])
    pair_weights = shapley_weights(int(paths.tree_players.max(initial=0)))
    points, rule = gauss_legendre(PANEL_POINTS)
    _add_linked_pairs(
        trees,
        player,
        asked,
        _CODES[link],
        matrix,
        background,
        weights,
        predict_sums(trees, base, matrix),
        predict_sums(trees, base, background),
        pair_weights,
        points[PANEL_POINTS],
        rule[PANEL_POINTS],
        values,
    )
    return values


@kernel
def _link_rows(sums: Floats, link: int, linked: Floats) -> None:
    for row in range(len(sums)):
        _link(sums[row], link, linked[row])


@kernel
def _link(sums: Floats, link: int, linked: Floats) -> None:
    largest, total = sums[0], 0.0
    for o in range(len(sums)):
        largest = max(largest, sums[o])
    for o in range(len(sums)):
        if link == LOGISTIC:
            linked[o] = _logistic(sums[o])
        elif link == EXPONENTIAL:
            linked[o] = np.exp(sums[o])
        else:
            linked[o] = np.exp(sums[o] - largest)
            total += linked[o]
    if link == SOFTMAX:
        for o in range(len(sums)):
            linked[o] /= total


@kernel
def _logistic(sum_: float) -> float:
    small = np.exp(-abs(sum_))
    return float((1.0 if sum_ >= 0.0 else small) / (1.0 + small))


@kernel
def _mean_slope(link: int, x: float, z: float) -> float:
    """Return the slope of the secant of a link of one variable, without cancellation."""
    if link == EXPONENTIAL:
        apart = abs(x - z)
        return float(np.exp(max(x, z)) * (-np.expm1(-apart) / apart if apart > 0.0 else 1.0))
    half = (x - z) / 2.0
    if abs(half) > 1.0:
        return (_logistic(x) - _logistic(z)) / (x - z)
    slopes = _logistic(x) * _logistic(-x) * _logistic(z) * _logistic(-z)
    return float(np.sqrt(slopes) * (np.sinh(half) / half if half != 0.0 else 1.0))


@kernel
def _add_linked_pairs(
    trees: TreeArrays,
    player: Integers,
    asked: Integers,
    link: int,
    matrix: Floats,
    background: Floats,
    weights: Floats,
    sums: Floats,
    background_sums: Floats,
    pair_weights: Floats,
    points: Floats,
    rule: Floats,
    values: Floats,
) -> None:
    n_players, n_outputs = values.shape[1:]
    walk = new_walk(n_players, len(pair_weights), trees.value.shape[1], pair_weights)
    of_pair = np.empty((n_players, n_outputs))
    slopes = np.empty((n_outputs, n_outputs))
    work = np.empty((3, n_outputs))
    for row in range(len(matrix)):
        for z in range(len(background)):
            if weights[z] <= 0.0:
                continue
            for j in asked:
                for o in range(n_outputs):
                    of_pair[j, o] = 0.0
            for t in range(len(trees.tree_output)):
                add_pair(trees, player, t, matrix[row], background[z], 1.0, walk, of_pair)
            if link == SOFTMAX:
                _mean_softmax_slopes(sums[row], background_sums[z], points, rule, work, slopes)
                _rescale_softmax(
                    of_pair,
                    asked,
                    slopes,
                    sums[row],
                    background_sums[z],
                    weights[z],
                    work,
                    values[row],
                )
                continue
            for o in range(n_outputs):
                slope = weights[z] * _mean_slope(link, sums[row, o], background_sums[z, o])
                for j in asked:
                    values[row, j, o] += slope * of_pair[j, o]


@kernel
def _mean_softmax_slopes(
    x: Floats, z: Floats, points: Floats, rule: Floats, work: Floats, slopes: Floats
) -> None:
    """Average the Jacobian of the softmax over the line from z to x, into ``slopes`` (k, k).

    The softmax has no pole closer to a real line than pi over the spread of its direction, so on
    panels on which the sums move apart by at most 2, eight points are exact to 1e-12.
    """
    n = len(x)
    lowest = highest = x[0] - z[0]
    for a in range(n):
        lowest, highest = min(lowest, x[a] - z[a]), max(highest, x[a] - z[a])
        for b in range(n):
            slopes[a, b] = 0.0
    n_panels = int(min(MOST_PANELS, np.ceil((highest - lowest) / 2.0) + 1))
    between, at = work[0], work[1]
    for panel in range(n_panels):
        for q in range(len(points)):
            for a in range(n):
                between[a] = z[a] + (panel + points[q]) / n_panels * (x[a] - z[a])
            _link(between, SOFTMAX, at)
            for a in range(n):
                slopes[a, a] += rule[q] / n_panels * at[a]
                for b in range(n):
                    slopes[a, b] -= rule[q] / n_panels * at[a] * at[b]


@kernel
def _rescale_softmax(
    of_pair: Floats,
    asked: Integers,
    slopes: Floats,
    x: Floats,
    z: Floats,
    weight: float,
    work: Floats,
    values: Floats,
) -> None:
    """Rescale, and spread what quadrature and rounding leave over in proportion to the values."""
    n = len(x)
    rescaled, gap, size = work[0], work[1], work[2]
    _link(x, SOFTMAX, gap)
    _link(z, SOFTMAX, size)
    for a in range(n):
        gap[a], size[a] = gap[a] - size[a], 0.0
    for j in asked:
        for a in range(n):
            rescaled[a] = 0.0
            for b in range(n):
                rescaled[a] += slopes[a, b] * of_pair[j, b]
        for a in range(n):
            of_pair[j, a] = rescaled[a]
            gap[a] -= rescaled[a]
            size[a] += abs(rescaled[a])
    for a in range(n):
        share = gap[a] / size[a] if size[a] > 0.0 else 0.0
        for j in asked:
            values[j, a] += weight * (of_pair[j, a] + share * abs(of_pair[j, a]))
