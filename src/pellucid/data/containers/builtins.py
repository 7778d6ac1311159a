"""Lists and tuples: a list of rows, or one row of numbers or strings."""

from typing import Any

import numpy as np

from pellucid._core.errors import InvalidInputError
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
    if array.ndim not in {1, 2}:
        raise InvalidInputError(f"{name} is a list of {array.ndim} dimensions; 1 or 2 are needed")
    return MatrixTable(np.atleast_2d(array))


ADAPTERS = {"list": from_list, "tuple": from_list}
