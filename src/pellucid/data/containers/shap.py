"""SHAP's ``DenseData``: read by its attributes, SHAP itself is never imported."""

from typing import Any

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid.data.matrix import MatrixTable


def from_dense_data(rows: Any, name: str) -> MatrixTable:
    """Wrap the rows and names of a ``DenseData``; its weights are read by the background."""
    if any(len(group) != 1 for group in rows.groups):
        raise InvalidInputError(f"{name} is a DenseData with grouped columns; pass the plain rows")
    names = list(rows.group_names)
    data = np.asarray(rows.data)
    return MatrixTable(data, [str(feature) for feature in names])


ADAPTERS = {"DenseData": from_dense_data}
