"""Interventional values of trees after a link or a loss: a rule that adds up to it.

For an explained row x and a background row z, the raw sums' Shapley values are rescaled by the mean
slope of the link, or of the row's loss, along the straight line from z's sums to x's, and averaged
over the background. That adds up exactly to the difference of the linked predictions or losses, as
the rescale rule of DeepLIFT does [1]_; it is not the Shapley value of the linked game.

References
----------
.. [1] Shrikumar, Greenside and Kundaje, "Learning important features through propagating
   activation differences", ICML 2017; for trees: Chen, Lundberg and Lee, "Explaining a series of
   models by propagating Shapley values", Nature Communications 13 (2022).
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.quadrature import gauss_legendre
from pellucid.kernels.tree_codes import CodedTrees, Codes
from pellucid.kernels.tree_pair_parts import BITS
from pellucid.kernels.tree_pairs import BackgroundWords, add_pairs
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_slopes import (
    LINKS,
    LOGISTIC_LOSS,
    LOSSES,
    PANEL_POINTS,
    SOFTMAX,
    Link,
    Loss,
    link_slopes,
    loss_slopes,
)

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def linked_values(
    trees: CodedTrees,
    paths: TreePaths,
    codes: Codes,
    sums: Floats,
    background: BackgroundWords,
    background_sums: Floats,
    *,
    link: Link,
    n_players: int,
) -> Floats:
    """Return the rescaled interventional values of each row's linked prediction.

    The softmax takes a pair walk for each of its outputs.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees and players.
    codes : ndarray of uint16, shape (blocks, c, LANES)
        Codes of the rows.
    sums, background_sums : ndarray of float64, shape (n, k) and (m, k)
        Raw sums of all trees and the base, of the rows and the background rows.
    background : BackgroundWords
        Weights sum to 1.
    link : {"logistic", "exponential", "softmax"}
    n_players : int
        d.

    Returns
    -------
    ndarray of float64, shape (n, d, k)
        Adds up to the row's linked prediction minus the weighted mean of the background's.
    """
    n, n_outputs = sums.shape
    values = np.zeros((n, n_players, n_outputs))
    n_slopes = n_outputs if LINKS[link] == SOFTMAX else 1
    slopes = _PairSlopes(LINKS[link], None, sums, background, background_sums, n_slopes)
    slopes.add(trees, paths, codes, values)
    return values


def loss_values(
    trees: CodedTrees,
    paths: TreePaths,
    codes: Codes,
    sums: Floats,
    labels: Floats,
    background: BackgroundWords,
    background_sums: Floats,
    *,
    loss: Loss,
    n_players: int,
) -> Floats:
    """Return the rescaled interventional values of each row's loss.

    A background row's loss is that by the explained row's label.

    Parameters
    ----------
    trees, paths, codes, sums, background, background_sums, n_players
        As for :func:`linked_values`; k is 1 for ``"logistic"`` and ``"squared"``.
    labels : ndarray of float64, shape (n,)
        Of the explained rows: as for :func:`apply_loss`.
    loss : {"logistic", "softmax", "probability", "squared"}

    Returns
    -------
    ndarray of float64, shape (n, d, 1)
        Adds up to the row's loss minus the weighted mean of the background's.

    Raises
    ------
    ValueError
        There are several sums for a loss of one.
    """
    if loss in {"logistic", "squared"} and sums.shape[1] != 1:
        raise ValueError(f"The {loss} loss is one of 1 raw sum, not of {sums.shape[1]}.")
    values = np.zeros((len(sums), n_players, 1))
    slopes = _PairSlopes(LOSSES[loss], labels, sums, background, background_sums, 1)
    slopes.add(trees, paths, codes, values)
    return values


class _PairSlopes:
    """Weights of pairs times mean slopes, for one batch of pairs after the other."""

    def __init__(
        self,
        rule: int,
        labels: Floats | None,
        sums: Floats,
        background: BackgroundWords,
        background_sums: Floats,
        n_slopes: int,
    ) -> None:
        self._rule = rule
        self._is_loss = labels is not None
        self._labels = np.zeros(len(sums)) if labels is None else labels
        self._sums = sums
        self._background = background
        self._background_sums = background_sums[background.row]
        self._n_slopes = n_slopes

    def add(self, trees: CodedTrees, paths: TreePaths, codes: Codes, values: Floats) -> None:
        """Add the rescaled values of all trees to ``values``."""
        add_pairs(
            trees,
            paths,
            np.arange(len(trees.tree_output)),
            np.ones(len(trees.column), dtype=np.bool_),
            codes,
            self._background,
            values,
            self._of_batch,
            max(1, self._n_slopes * self._sums.shape[1] // 8),
        )

    def _of_batch(self, rows: slice, words: slice, shift: int) -> list[tuple[int, Floats]]:
        n_outputs = self._sums.shape[1]
        n_pairs = ((words.stop - words.start) << shift) * BITS
        slopes = np.zeros((self._n_slopes, n_outputs, n_pairs))
        points, rule = gauss_legendre(PANEL_POINTS)
        bits = slice(words.start * BITS, words.stop * BITS)
        _set_slopes(
            self._rule,
            self._labels[rows],
            self._sums[rows],
            self._background_sums[bits],
            self._background.weights[bits],
            points[PANEL_POINTS],
            rule[PANEL_POINTS],
            shift,
            slopes,
        )
        if self._is_loss:
            return [(0, slopes[0])]
        return [(-1, slopes[0])] if self._n_slopes == 1 else list(enumerate(slopes))


@kernel
def _set_slopes(
    code: int,
    labels: Floats,
    sums: Floats,
    background_sums: Floats,
    weights: Floats,
    points: Floats,
    rule: Floats,
    shift: int,
    slopes: Floats,
) -> None:
    n_slopes, n_outputs = slopes.shape[:2]
    of_pair = np.empty((n_slopes, n_outputs))
    work = np.empty((3, n_outputs))
    for row in range(len(sums)):
        for z in range(len(weights)):
            if weights[z] <= 0.0:
                continue
            x_sums, z_sums = sums[row], background_sums[z]
            if code >= LOGISTIC_LOSS:
                loss_slopes(code, labels[row], x_sums, z_sums, points, rule, work, of_pair[0])
            else:
                link_slopes(code, x_sums, z_sums, points, rule, work, of_pair)
            pair = ((((z // BITS) << shift) | row) * BITS) + z % BITS
            for a in range(n_slopes):
                for b in range(n_outputs):
                    slopes[a, b, pair] = weights[z] * of_pair[a, b]
