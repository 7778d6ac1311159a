"""Lists and tuples: a list of rows, or one row of numbers or strings."""

from typing import Any

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid.data.containers.numpy import from_array
from pellucid.data.matrix import MatrixTable


def from_list(rows: Any, name: str) -> MatrixTable:
    """Wrap a list of rows of equal length, or one flat row."""
    try:
        array = np.asarray(rows)
    except ValueError:
        raise InvalidInputError(f"{name} is a list whose rows differ in length") from None
    if array.dtype.kind in "US":
        # NumPy would turn the numbers of a mixed row into strings.
        array = np.asarray(rows, dtype=object)
    if array.dtype.kind == "O" and array.ndim == 1:
        nested = next((cell for cell in array if isinstance(cell, (dict, set))), None)
        if nested is not None:
            raise InvalidInputError(
                f"{name} is a list of {type(nested).__name__}s; pass a data frame instead"
            )
    return from_array(array, name)


ADAPTERS = {"list": from_list, "tuple": from_list}
