"""NumPy arrays: numbers, text of fixed width, dates, and objects that are plain scalars."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import StorageError
from pellucid._core.validation import kind_of
from pellucid.explanation.rows.columns import (
    Arrays,
    Description,
    decode_cells,
    encode_cells,
    objects,
    put,
)


def encode(data: Any, arrays: Arrays) -> Description:
    """Add an array of one or two dimensions."""
    if not isinstance(data, np.ndarray) or isinstance(data, np.ma.MaskedArray):
        raise StorageError(
            f"data is {kind_of(data)}, which cannot be stored; save with include_data=False"
        )
    array = np.asarray(data)
    if array.dtype.kind in "biufUS":
        return {"type": "plain", "values": put(arrays, "values", array)}
    if array.dtype.kind in "mM":
        return {"type": "time", **encode_times(arrays, array)}
    if array.dtype.kind == "O":
        cells = encode_cells(arrays, array.ravel().tolist(), "objects")
        return {"type": "objects", "shape": list(array.shape), "cells": cells}
    raise StorageError(
        f"data is an array of type {array.dtype}, which cannot be stored; save with "
        "include_data=False"
    )


def decode(description: Description, arrays: Arrays) -> npt.NDArray[Any]:
    """Return the array."""
    kind = description["type"]
    if kind == "plain":
        return arrays[description["values"]]
    if kind == "time":
        return decode_times(arrays, description)
    if kind == "objects":
        cells = objects(decode_cells(arrays, description["cells"]))
        return cells.reshape(description["shape"])
    raise ValueError(f"arrays of {kind!r} are not known")


def encode_times(arrays: Arrays, times: npt.NDArray[Any]) -> Description:
    """Add dates or durations as counts of their unit."""
    native = times.astype(times.dtype.newbyteorder("="), copy=False)
    counts = np.ascontiguousarray(native).view(np.int64)
    return {"unit": native.dtype.str[1:], "counts": put(arrays, "counts", counts)}


def decode_times(arrays: Arrays, description: Description) -> npt.NDArray[Any]:
    """Return dates or durations."""
    dtype = np.dtype(description["unit"])
    counts = arrays[description["counts"]]
    if dtype.kind not in "mM" or counts.dtype != np.int64:
        raise ValueError("these are no dates")
    return counts.view(dtype)
