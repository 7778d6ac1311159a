"""The local model: least squares in closed form for all outputs, with standard errors."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.kernels.least_squares import products, scores

Selection: TypeAlias = Literal["highest_weights", "forward_selection"]

PENALTY = 1e-12
"""Ridge penalty relative to each column's own sum of squares: it decides what nothing else does."""
UNVARIED = 1e-12
"""Share of its squared size below which variation is rounding."""


@dataclass(frozen=True, eq=False)
class LocalModel:
    """A linear model of k outputs in a columns.

    Attributes
    ----------
    coefficients, std_error : ndarray of float64, shape (a, k)
        Zero for columns that are left out.
    intercept : ndarray of float64, shape (k,)
    r2 : ndarray of float64, shape (k,)
        Share of the outputs' variance that the model explains, adjusted for its number of
        coefficients.
    """

    coefficients: Floats
    std_error: Floats
    intercept: Floats
    r2: Floats

    def mirrored(self, total: float) -> "LocalModel":
        """Return the model of two outputs, of which this is the second, that sum to a constant."""
        return LocalModel(
            np.hstack([0.0 - self.coefficients, self.coefficients]),
            np.hstack([self.std_error, self.std_error]),
            np.append(total - self.intercept, self.intercept),
            np.append(self.r2, self.r2),
        )


def fit(
    design: Floats, outputs: Floats, *, most: int | None = None, by: Selection = "highest_weights"
) -> LocalModel:
    """Fit a linear model to samples that come in antithetic pairs.

    Parameters
    ----------
    design : ndarray of float64, shape (2 h, a)
        Sample i and sample h + i are a pair.
    outputs : ndarray of float64, shape (2 h, k)
    most : int, optional
        How many columns each output's model may have; by default all.
    by : {"highest_weights", "forward_selection"}
        How these are chosen.

    Notes
    -----
    Standard errors are White's with pairs as clusters; see Liang, Zeger (1986): Longitudinal data
    analysis using generalized linear models. Biometrika 73.

    Examples
    --------
    >>> design = np.array([[1.0, 2.0], [2.0, -1.0], [-1.0, -2.0], [-2.0, 1.0]])
    >>> model = fit(design, design @ np.array([[3.0], [0.5]]) + 7.0)
    >>> model.coefficients.ravel().round(6), model.intercept.round(6), model.r2.round(6)
    (array([3. , 0.5]), array([7.]), array([1.]))
    """
    mean, mean_output = design.mean(axis=0), outputs.mean(axis=0)
    centered, y = design - mean, outputs - mean_output
    gram, moments = products(centered, y)
    (n, a), k = design.shape, outputs.shape[1]
    coefficients, std_error, r2 = np.zeros((a, k)), np.zeros((a, k)), np.ones(k)
    spread = np.square(y).sum(axis=0)
    varying = spread > UNVARIED**2 * np.square(outputs).sum(axis=0)
    usable = np.flatnonzero(np.diag(gram) > UNVARIED * np.square(design).sum(axis=0))
    are_all = most is None or most >= len(usable)
    for some in _outputs_of_equal_columns(varying, are_all=are_all):
        chosen = usable
        if most is not None and not are_all:
            order = _ORDERS[by](gram[np.ix_(usable, usable)], moments[np.ix_(usable, some)], most)
            chosen = usable[np.sort(order)]
        inverse = _inverse(gram[np.ix_(chosen, chosen)])
        found = inverse @ moments[np.ix_(chosen, some)]
        variance, left = scores(
            np.ascontiguousarray(centered[:, chosen]),
            np.ascontiguousarray(y[:, some]),
            inverse,
            found,
        )
        # Few clusters, and as many degrees of freedom as coefficients, make residuals too small.
        n_pairs, n_free = n / 2, n - len(chosen) - 1
        place = np.ix_(chosen, some)
        coefficients[place] = found
        std_error[place] = np.sqrt(variance * n_pairs / (n_pairs - 1) * (n - 1) / n_free)
        r2[some] = 1.0 - left / spread[some] * (n - 1) / n_free
    return LocalModel(coefficients, std_error, mean_output - mean @ coefficients, r2)


def _outputs_of_equal_columns(varying: Booleans, *, are_all: bool) -> list[Integers]:
    """Return the outputs to fit, together where their models have the same columns."""
    found = np.flatnonzero(varying)
    return [found] if are_all and len(found) else [found[[i]] for i in range(len(found))]


def _inverse(gram: Floats) -> Floats:
    return np.asarray(np.linalg.inv(gram + PENALTY * np.diag(np.diag(gram))), dtype=np.float64)


def _highest_weights(gram: Floats, moments: Floats, most: int) -> Integers:
    """Order columns by the size of their coefficients in the model of all of them."""
    found = np.abs(_inverse(gram) @ moments).ravel()
    return np.argsort(-found, kind="stable")[:most]


def _forward_selection(gram: Floats, moments: Floats, most: int) -> Integers:
    """Order columns by what each adds to the variance explained by those before it."""
    left, moment = gram.copy(), moments.ravel().copy()
    open_, chosen = np.ones(len(gram), dtype=np.bool_), []
    least = UNVARIED * np.diag(gram)
    for _ in range(most):
        pivots = np.diag(left)
        usable = open_ & (pivots > least)
        gains = np.where(usable, np.square(moment) / np.where(usable, pivots, 1.0), -1.0)
        j = int(np.argmax(gains))
        if gains[j] < 0:
            break
        chosen.append(j)
        open_[j] = False
        share = left[j] / left[j, j]
        moment = moment - moment[j] * share
        left = left - np.outer(left[:, j], share)
    return np.array(chosen, dtype=np.int64)


_ORDERS = {"highest_weights": _highest_weights, "forward_selection": _forward_selection}
