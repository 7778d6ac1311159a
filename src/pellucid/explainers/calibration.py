"""What is known of all reference rows makes up for those that were not drawn.

The value that a column gets from one reference row is mostly a matter of that row's own cell in the
column, and of its prediction. Both are known for every reference row, drawn or not. A regression on
them predicts the values of the rows that were not drawn, at no further call of the model: a survey
sampler's generalized regression estimator.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Floats, Integers
from pellucid.data.background import Background
from pellucid.data.cells import as_numbers, as_ticks, as_words, holds_numbers, missing_mask
from pellucid.data.feature_map import FeatureMap

LEAST_DRAWN = 50
"""With fewer reference rows drawn, a regression on them is not worth its own error."""
N_FOLDS = 10
MOST_KNOTS = 12
DRAWN_PER_KNOT = 20
MOST_OUTPUTS = 3
"""So many components of the predictions take part."""
MOST_CELLS = 2**22
"""Cells of reference rows beyond which nothing is prepared."""
CELLS_AT_ONCE = 2**21
PRIOR_ROWS = 0.05
"""So many rows with the mean value are assumed at every knot, which steadies the fit."""


@dataclass(frozen=True, eq=False)
class Basis:
    """Functions of the cells of all reference rows, of which at most two are not zero.

    Between the knots of a column of numbers, the weights of two neighbors; for a category, or a
    missing value, one function that is 1.

    Attributes
    ----------
    places : ndarray of int64, shape (m, d)
        The first function that is not zero.
    weights : ndarray of float64, shape (m, d)
        Its value; that of the next one is what is missing to 1.
    n_functions : int
    """

    places: Integers
    weights: Floats
    n_functions: int

    def of(self, rows: Integers, columns: slice) -> Floats:
        """Return the functions of some reference rows and columns, shape (columns, rows, q)."""
        places, weights = self.places[rows, columns].T, self.weights[rows, columns].T
        found = np.zeros((*places.shape, self.n_functions + 1))
        np.put_along_axis(found, places[:, :, None], weights[:, :, None], axis=2)
        np.put_along_axis(found, places[:, :, None] + 1, 1 - weights[:, :, None], axis=2)
        return found[:, :, :-1]

    def sums(self, rows: Integers, weights: Floats) -> Floats:
        """Return the weighted sums of the functions over some reference rows, shape (d, q)."""
        d, q = self.places.shape[1], self.n_functions + 1
        at = self.places[rows] + np.arange(d) * q
        first = weights[:, None] * self.weights[rows]
        second = weights[:, None] - first
        below = np.bincount(at.ravel(), first.ravel(), d * q)
        above = np.bincount(at.ravel() + 1, second.ravel(), d * q)
        return np.asarray((below + above).reshape(d, q)[:, :-1], dtype=np.float64)


@final
class Calibration:
    """Predicts the values of games with reference rows that were not drawn.

    Parameters
    ----------
    background : Background
        Reference rows, m of them.
    player_of : ndarray of int64
        The player, of d, that each column belongs to.
    outputs : ndarray of float64, shape (m, k)
        What the model predicts for the reference rows.

    References
    ----------
    Särndal, Swensson, Wretman (1992): Model assisted survey sampling, chapter 6. Fitted on some of
    the draws and corrected by its errors on the others, as in Breidt, Opsomer (2017): Model-assisted
    survey estimation with modern prediction techniques. Statistical Science 32.
    """

    def __init__(self, background: Background, player_of: Integers, outputs: Floats) -> None:
        self._background = background
        self._player_of = player_of
        self._components = _components(outputs, background.weights)
        self._bases: dict[int, Basis] = {}

    def predict(self, drawn: Integers, rest: Integers, values: Floats) -> tuple[Floats, Floats]:
        """Predict values of games from those that were played.

        Parameters
        ----------
        drawn : ndarray of int64, shape (n,)
            Reference rows of the games that were played, in random order.
        rest : ndarray of int64
            The reference rows that they were drawn from.
        values : ndarray of float64, shape (n, d, k)
            Values of these games.

        Returns
        -------
        predicted : ndarray of float64, shape (n, d, k)
            Of the games that were played, each by a fit that knows nothing of it.
        mean : ndarray of float64, shape (d, k)
            Of the predictions for ``rest``, by weights.
        """
        n, d, k = values.shape
        basis = self._basis(min(n // DRAWN_PER_KNOT, MOST_KNOTS))
        predicted, mean = np.zeros_like(values), np.zeros((d, k))
        averages = self._averages(basis, rest)
        centered = values - values.mean(axis=0)
        n_functions = averages.shape[1]
        size = max(1, CELLS_AT_ONCE // (n * n_functions))
        for start in range(0, d, size):
            at = slice(start, min(start + size, d))
            functions = self._functions(basis, drawn, at)
            y = np.ascontiguousarray(centered[:, at].transpose(1, 0, 2))
            held, coefficients = _cross_fit(functions, y)
            predicted[:, at] = held.transpose(1, 0, 2)
            mean[at] = (averages[at, None] @ coefficients)[:, 0]
        trust = _trust(centered, predicted)
        return predicted * trust, mean * trust

    def _functions(self, basis: Basis, rows: Integers, columns: slice) -> Floats:
        own = basis.of(rows, columns)
        common = np.broadcast_to(
            self._components[rows], (len(own), len(rows), self._components.shape[1])
        )
        return np.concatenate([own, common], axis=2)

    def _averages(self, basis: Basis, rest: Integers) -> Floats:
        """Return the mean of all functions over some reference rows, shape (d, q)."""
        weights = self._background.weights[rest]
        p = weights / weights.sum()
        own = basis.sums(rest, p)
        common = np.broadcast_to(p @ self._components[rest], (len(own), self._components.shape[1]))
        return np.concatenate([own, common], axis=1)

    def _basis(self, n_knots: int) -> Basis:
        if n_knots not in self._bases:
            self._bases[n_knots] = make_basis(self._background, self._player_of, n_knots)
        return self._bases[n_knots]


def calibration_for(
    background: Background, groups: FeatureMap | None, outputs: Floats
) -> Calibration | None:
    """Return the calibration by a background, or None where it has too many cells.

    Columns that play in groups are mapped to their players by ``groups``.
    """
    table = background.table
    if table.n_rows * table.n_features > MOST_CELLS:
        return None
    player_of = np.arange(table.n_features) if groups is None else groups.raw_of
    return Calibration(background, player_of, outputs)


def _cross_fit(functions: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Fit each of d columns by its functions (d, n, q) to y (d, n, k), on all folds but one.

    Returns the predictions (d, n, k) of each fold by the fit on the others, and the mean of these
    fits' coefficients (d, q, k), by the folds' sizes.
    """
    d, n, q = functions.shape
    folds = [slice(fold, n, N_FOLDS) for fold in range(N_FOLDS)]
    transposed = functions.transpose(0, 2, 1)
    grams = [transposed[:, :, fold] @ functions[:, fold] for fold in folds]
    products = [transposed[:, :, fold] @ y[:, fold] for fold in folds]
    gram, product = sum(grams) + PRIOR_ROWS * np.eye(q), sum(products)
    predicted, coefficients = np.empty_like(y), np.zeros((d, q, y.shape[2]))
    for fold, own_gram, own_product in zip(folds, grams, products, strict=True):
        fit = np.linalg.solve(gram - own_gram, product - own_product)
        predicted[:, fold] = functions[:, fold] @ fit
        coefficients += y[:, fold].shape[1] / n * fit
    return predicted, coefficients


def _trust(centered: Floats, predicted: Floats) -> Floats:
    """Return how much of the predictions (n, d, k) to use, from none to all, shape (d, k)."""
    deviations = predicted - predicted.mean(axis=0)
    together = (deviations * centered).sum(axis=0)
    alone = (deviations**2).sum(axis=0)
    share = np.divide(together, alone, out=np.zeros_like(together), where=alone > 0)
    return np.asarray(np.clip(share, 0, 1), dtype=np.float64)


def _components(outputs: Floats, weights: Floats) -> Floats:
    """Return the main components of predictions, standardized, shape (m, at most 3)."""
    centered = outputs - weights @ outputs
    scale = np.sqrt(weights @ centered**2)
    standard = np.divide(centered, scale, out=np.zeros_like(centered), where=scale > 0)
    size, axes = np.linalg.eigh((standard * weights[:, None]).T @ standard)
    kept = np.flatnonzero(size > 1e-6)[::-1][:MOST_OUTPUTS]
    components: Floats = standard @ axes[:, kept] / np.sqrt(size[kept])
    return components


def make_basis(background: Background, player_of: Integers, n_knots: int) -> Basis:
    """Make the functions of each player's cells, with at most ``n_knots`` knots or categories."""
    table, n_players = background.table, int(player_of.max()) + 1
    places = np.zeros((table.n_rows, n_players), dtype=np.int64)
    weights = np.ones((table.n_rows, n_players))
    for player in range(n_players):
        cells = [table.column(int(j)) for j in np.flatnonzero(player_of == player)]
        if len(cells) == 1 and (cells[0].dtype.kind in "mM" or holds_numbers(cells[0])):
            where = _between_knots(cells[0], table.features[player], background.weights, n_knots)
            places[:, player], weights[:, player] = where
        else:
            places[:, player] = _levels(cells, background.weights, n_knots)
    return Basis(places, weights, int(places.max()) + 2)


def _between_knots(
    cells: npt.NDArray[Any], feature: str, weights: Floats, n_knots: int
) -> tuple[Integers, Floats]:
    """Return the knot below each number and how near it is; missing ones lie beyond all knots."""
    x = as_ticks(cells) if cells.dtype.kind in "mM" else as_numbers(cells, feature)
    absent = missing_mask(x)
    places, near = np.full(len(x), n_knots, dtype=np.int64), np.ones(len(x))
    if absent.all():
        return places, near
    order = np.argsort(x[~absent], kind="stable")
    ordered, mass = x[~absent][order], np.cumsum(weights[~absent][order])
    at = np.searchsorted(mass, np.linspace(0, mass[-1], n_knots))
    knots = np.unique(ordered[np.minimum(at, len(ordered) - 1)])
    if not np.isfinite(knots).all():
        return np.where(absent, n_knots, 0), near
    if len(knots) == 1:
        return np.where(absent, n_knots, 0), near
    inside = np.clip(x[~absent], knots[0], knots[-1])
    below = np.minimum(np.searchsorted(knots, inside, side="right") - 1, len(knots) - 2)
    places[~absent] = below
    near[~absent] = (knots[below + 1] - inside) / (knots[below + 1] - knots[below])
    return places, near


def _levels(cells: list[npt.NDArray[Any]], weights: Floats, n_knots: int) -> Integers:
    """Return the place of each category, or combination of cells, by how frequent it is.

    Beyond the most frequent they share one place; none is told apart where most would.
    """
    words = np.stack([as_words(each) for each in cells], axis=1)
    _, levels = np.unique(words, axis=0, return_inverse=True)
    mass = np.bincount(levels.ravel(), weights=weights)
    rank = np.empty(len(mass), dtype=np.int64)
    rank[np.argsort(-mass, kind="stable")] = np.arange(len(mass))
    place: Integers = np.minimum(rank[levels.ravel()], n_knots)
    shared = weights[place == n_knots].sum()
    return place if shared < weights.sum() / 2 else np.zeros_like(place)
