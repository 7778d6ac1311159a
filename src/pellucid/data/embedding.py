"""Rows as points whose distances say how alike the rows are, whatever their columns hold."""

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid.data.cells import as_numbers, as_ticks, as_words, holds_numbers, missing_mask
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table

Points = Any
"""Dense float32 array, or CSR matrix, of one row per row."""

_MOST_LEVELS = 100


def embed(table: Table, weights: Floats) -> Points:
    """Turn rows into points.

    Every column of a dense table or a frame spans a block of coordinates with a total variance
    of 1, so that all columns count alike. Numbers and dates are standardized; where some are
    missing, these lie at the mean, and one standard deviation away in a direction of their own: as
    far from the others as those are from each other. Strings and categories are one-hot, a
    missing value being one more category; beyond the 100 most frequent they share one.
    The columns of a sparse matrix are divided by their largest absolute value, which keeps zeros.

    Parameters
    ----------
    table : Table
        Rows, n of them.
    weights : ndarray of float64, shape (n,)
        Weights of the rows, summing to 1.

    Returns
    -------
    ndarray of float32, shape (n, e), or scipy.sparse.csr_matrix

    Raises
    ------
    InvalidInputError
        A column holds an infinite value; the message names it.
    """
    if isinstance(table, SparseTable):
        return _embed_sparse(table)
    blocks = [
        _embed_column(table.column(j), weights, feature) for j, feature in enumerate(table.features)
    ]
    return np.concatenate([np.empty((table.n_rows, 0), dtype=np.float32), *blocks], axis=1)


def _embed_column(values: npt.NDArray[Any], weights: Floats, feature: str) -> Points:
    if values.dtype.kind in "mM":
        block = _standardized(as_ticks(values), weights)
    elif holds_numbers(values):
        numbers = as_numbers(values, feature)
        check_finite(numbers, feature)
        block = _standardized(numbers, weights)
    else:
        block = _one_hot(values, weights)
    centered = block - weights @ block
    variance = (weights @ centered**2).sum()
    if variance <= 0:
        return np.empty((len(values), 0), dtype=np.float32)
    return (centered / np.sqrt(variance)).astype(np.float32)


def check_finite(numbers: Floats, feature: str) -> None:
    """Raise if a column holds an infinite number; missing ones are allowed."""
    infinite = numbers[np.isinf(numbers)]
    if len(infinite):
        raise InvalidInputError(
            f"column {feature!r} holds {infinite[0]}, which is infinitely far from all else; "
            "replace it, or mark it as missing"
        )


def _standardized(numbers: Floats, weights: Floats) -> Floats:
    absent = missing_mask(numbers)
    if absent.all():
        return np.zeros((len(numbers), 1))
    present = weights[~absent] / weights[~absent].sum()
    centered = numbers - present @ numbers[~absent]
    deviation = np.sqrt(present @ centered[~absent] ** 2)
    standardized = np.where(absent, 0.0, centered / (deviation if deviation > 0 else 1.0))
    if not absent.any():
        return standardized[:, np.newaxis]
    return np.stack([standardized, absent.astype(np.float64)], axis=1)


def _one_hot(values: npt.NDArray[Any], weights: Floats) -> Floats:
    _, levels = np.unique(as_words(values), return_inverse=True)
    mass = np.bincount(levels, weights=weights)
    place = np.empty(len(mass), dtype=np.int64)
    place[np.argsort(-mass, kind="stable")] = np.arange(len(mass))
    columns = np.minimum(place[levels], _MOST_LEVELS)
    hot: Floats = np.eye(columns.max() + 1)[columns]
    return hot


def _embed_sparse(table: SparseTable) -> Points:
    matrix = sp.csr_matrix(table.matrix, dtype=np.float64, copy=True)
    absent = missing_mask(matrix.data)
    matrix.data[absent] = 0.0
    for column in matrix.indices[np.isinf(matrix.data)]:
        check_finite(np.array([np.inf]), table.features[column])
    largest = abs(matrix).max(axis=0).toarray().ravel()
    matrix.data /= np.where(largest > 0, largest, 1.0)[matrix.indices]
    if absent.any():
        flags = sp.csr_matrix(
            (absent.astype(np.float64), matrix.indices, matrix.indptr), matrix.shape
        )
        matrix = sp.hstack([matrix, flags], format="csr")
    matrix.eliminate_zeros()
    return matrix[:, np.unique(matrix.indices)]
