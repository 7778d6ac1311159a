"""Gauss-Legendre rules: a rule of q points integrates polynomials up to degree 2q - 1 exactly."""

from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@cache
def gauss_legendre(most: int) -> tuple[Floats, Floats]:
    """Return the rules of 1 to ``most`` points on the interval from 0 to 1; not to be changed.

    Returns
    -------
    points, weights : ndarray of float64, shape (most + 1, most)
        Row q holds the rule of q points, filled up with zeros.

    Examples
    --------
    >>> points, weights = gauss_legendre(2)
    >>> round(float(weights[2] @ points[2] ** 3), 12)  # the integral of p cubed is a quarter
    0.25
    """
    points = np.zeros((most + 1, most))
    weights = np.zeros((most + 1, most))
    for q in range(1, most + 1):
        found, found_weights = np.polynomial.legendre.leggauss(q)
        points[q, :q] = (found + 1.0) / 2.0
        weights[q, :q] = found_weights / 2.0
    return points, weights
