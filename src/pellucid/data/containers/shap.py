"""SHAP's ``DenseData`` and ``SparseData``: read by their attributes, SHAP is never imported.

Their weights are read by :func:`~pellucid.data.background.as_background`.
"""

from typing import Any

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid.data.containers.scipy import from_sparse
from pellucid.data.matrix import MatrixTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import positional_names


def from_dense_data(rows: Any, name: str) -> MatrixTable:
    """Wrap the rows and names of a ``DenseData``, as ``shap.kmeans`` returns it."""
    if any(len(group) != 1 for group in rows.groups):
        raise InvalidInputError(f"{name} is a DenseData with grouped columns; pass the plain rows")
    data = np.asarray(rows.data).T if rows.transposed else np.asarray(rows.data)
    names = tuple(str(feature) for feature in rows.group_names)
    return MatrixTable(data, None if names == positional_names(len(names)) else names)


def from_sparse_data(rows: Any, name: str) -> SparseTable:
    """Wrap the rows of a ``SparseData``."""
    return from_sparse(rows.data, name)


ADAPTERS = {"DenseData": from_dense_data, "SparseData": from_sparse_data}
