"""NumPy arrays: two-dimensional, or one row."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid.data.matrix import MatrixTable


def from_array(rows: npt.NDArray[Any], name: str) -> MatrixTable:
    """Wrap an array; one dimension is one row."""
    array = np.asarray(rows)
    if array.dtype.names is not None:
        raise InvalidInputError(f"{name} is a structured array; pass a data frame instead")
    if array.ndim not in {1, 2}:
        raise InvalidInputError(f"{name} has {array.ndim} dimensions; 1 or 2 are needed")
    return MatrixTable(array.reshape(1, -1) if array.ndim == 1 else array)


ADAPTERS = {"ndarray": from_array}
