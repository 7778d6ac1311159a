"""Order features by value: pure functions on arrays, and their results as plain Python.

Features run along the last axis everywhere. Ties keep the order of the columns, so a ranking is
the same on every machine.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import check_count


def descending_rank(values: Floats) -> Integers:
    """Return the positions of the features from the largest value to the smallest.

    Parameters
    ----------
    values : ndarray of float64, shape (..., d)
        Signed values; NaN comes last.

    Returns
    -------
    ndarray of int64, shape (..., d)

    Examples
    --------
    >>> descending_rank(np.array([[0.5, 2.0, 0.5], [3.0, -4.0, 0.0]]))
    array([[1, 0, 2],
           [0, 2, 1]])
    """
    # A copy with the features side by side sorts as fast as memory allows.
    negated = np.negative(values, order="C")
    return np.argsort(negated, axis=-1, kind="stable").astype(np.int64, copy=False)


def ranked_names(features: Sequence[str], values: Floats, top_k: int | None = None) -> list[Any]:
    """Return the features' names from the largest value to the smallest.

    Parameters
    ----------
    features : sequence of str
        Names of the d features.
    values : ndarray of float64, shape (..., d)
    top_k : int, optional
        How many to return; by default, or if there are fewer, all.

    Returns
    -------
    list of str, nested like the leading axes of ``values``

    Raises
    ------
    InvalidInputError
        ``top_k`` is not a positive integer.

    Examples
    --------
    >>> ranked_names(["age", "hours"], np.array([[1.0, 2.0], [4.0, 3.0]]))
    [['hours', 'age'], ['age', 'hours']]
    """
    kept = _n_kept(values, top_k)
    names: list[Any] = np.array(features, dtype=object)[
        descending_rank(values)[..., :kept]
    ].tolist()
    return names


def ranked_values(values: Floats, top_k: int | None = None) -> list[Any]:
    """Return the values from the largest to the smallest.

    Parameters
    ----------
    values : ndarray of float64, shape (..., d)
    top_k : int, optional
        How many to return; by default, or if there are fewer, all.

    Returns
    -------
    list of float, nested like the leading axes of ``values``

    Raises
    ------
    InvalidInputError
        ``top_k`` is not a positive integer.

    Examples
    --------
    >>> ranked_values(np.array([1.0, -3.0, 2.0]), top_k=2)
    [2.0, 1.0]
    """
    kept = _n_kept(values, top_k)
    best: list[Any] = np.take_along_axis(
        values, descending_rank(values)[..., :kept], axis=-1
    ).tolist()
    return best


def _n_kept(values: Floats, top_k: int | None) -> int:
    n_features = int(values.shape[-1])
    return n_features if top_k is None else min(check_count("top_k", top_k), n_features)
