"""Lists and tuples: one row, or rows of equal length."""

from typing import Any

import numpy as np

from pellucid._core.errors import StorageError
from pellucid._core.validation import kind_of
from pellucid.explanation.rows import numpy
from pellucid.explanation.rows.columns import Arrays, Description


def encode(data: Any, arrays: Arrays) -> Description:
    """Add a list; rows within it come back as lists, and numbers of one type all through."""
    if type(data) not in {list, tuple}:
        raise StorageError(
            f"data is {kind_of(data)}, which cannot be stored; save with include_data=False"
        )
    array = np.asarray(data)
    if array.dtype.kind not in "biuf":
        array = np.asarray(data, dtype=object)
    return {
        "container": "tuple" if isinstance(data, tuple) else "list",
        "cells": numpy.encode(array, arrays),
    }


def decode(description: Description, arrays: Arrays) -> Any:
    """Return the list."""
    rows = numpy.decode(description["cells"], arrays).tolist()
    return tuple(rows) if description["container"] == "tuple" else rows
