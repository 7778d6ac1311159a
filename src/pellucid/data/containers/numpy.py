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
    if array.ndim == 1:
        # an empty list is no rows, not one row of no columns
        array = array.reshape(1, -1) if len(array) else array.reshape(0, 0)
    return MatrixTable(array)


def from_masked_array(rows: Any, name: str) -> MatrixTable:
    """Wrap a masked array; masked cells are missing values."""
    masked = np.ma.getmaskarray(rows)
    array = np.ma.getdata(rows)
    if masked.any():
        kind = array.dtype.kind
        if kind in "iub":
            array = array.astype(np.float64)
        elif kind not in "fmM":  # as an object, a date in nanoseconds would be a number
            array = array.astype(object)
        array = array.copy()
        array[masked] = np.nan if array.dtype.kind == "f" else None
    return from_array(array, name)


ADAPTERS = {"ndarray": from_array, "MaskedArray": from_masked_array}
