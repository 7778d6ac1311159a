"""Where two tables of the same shape differ."""

import numpy as np
import scipy.sparse as sp

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.data.cells import as_words
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table

TOLERANCE = 1e-9
"""Numbers that differ by less, relative to their size, were summed in another order."""


def differences(one: Table, other: Table) -> tuple[Integers, Integers]:
    """Return the rows and columns of the cells in which two tables differ; sparse ones stay so.

    Examples
    --------
    >>> from pellucid.data.table import as_table
    >>> rows, columns = differences(as_table([[1.0, 2.0]]), as_table([[1.0, 3.0]]))
    >>> rows, columns
    (array([0]), array([1]))
    """
    if isinstance(one, SparseTable) and isinstance(other, SparseTable):
        return _sparse_differences(sp.csr_array(one.matrix), sp.csr_array(other.matrix))
    try:
        return _number_differences(one.to_matrix(), other.to_matrix())
    except InvalidInputError:  # other things than numbers
        pairs = [
            (as_words(one.column(j)), as_words(other.column(j))) for j in range(one.n_features)
        ]
        differ = np.stack([upper != lower for upper, lower in pairs], axis=1)
        rows, columns = np.nonzero(differ)
        return rows, columns


def _number_differences(one: Floats, other: Floats) -> tuple[Integers, Integers]:
    rows, columns = np.nonzero(_far(one, other))
    return rows, columns


def _sparse_differences(one: sp.csr_array, other: sp.csr_array) -> tuple[Integers, Integers]:
    with np.errstate(invalid="ignore"):  # infinity less infinity
        rows, columns = (one - other).tocoo().coords
    if not len(rows):
        return rows, columns
    far = _far(*(np.asarray(matrix[rows, columns]).ravel() for matrix in (one, other)))
    return rows[far], columns[far]


def _far(one: Floats, other: Floats) -> Booleans:
    """Return which numbers differ by more than the order of a sum explains."""
    with np.errstate(invalid="ignore"):
        far = np.abs(one - other) > TOLERANCE * (np.abs(one) + np.abs(other))
    far |= np.isnan(one) != np.isnan(other)
    far |= (np.isinf(one) | np.isinf(other)) & (one != other)
    return far
