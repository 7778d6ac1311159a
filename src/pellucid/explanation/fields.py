"""What both result types check and compare of their fields."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid._core.validation import first_repeated


def frozen_floats(name: str, numbers: Any, shape: tuple[int, ...] | int) -> Floats:
    """Return a read-only view of numbers as float64, C-contiguous and of a known shape.

    Memory-mapped and other arrays that fulfil this already are not copied.

    Parameters
    ----------
    name : str
        How error messages call the numbers.
    numbers : array-like
    shape : tuple of int, or int
        The shape needed, or only the number of axes.

    Raises
    ------
    InvalidInputError
        These are no numbers, or their shape is another one.

    Examples
    --------
    >>> frozen_floats("base_values", [1, 2], (3,))
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: base_values has shape (2,); (3,) is needed
    """
    try:
        array = np.ascontiguousarray(numbers, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError(f"{name} is no array of numbers") from None
    if isinstance(shape, int):
        if array.ndim != shape:
            raise InvalidInputError(f"{name} has {array.ndim} axes; {shape} are needed")
    elif array.shape != shape:
        raise InvalidInputError(f"{name} has shape {array.shape}; {shape} is needed")
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


def checked_names(name: str, names: Sequence[str], n: int) -> tuple[str, ...]:
    """Return ``n`` distinct names as a tuple of plain strings.

    Raises
    ------
    InvalidInputError
        The number is another one, a name is no string, or one appears twice.

    Examples
    --------
    >>> checked_names("features", ["age", "age"], 2)
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: features has 'age' more than once
    """
    found = tuple(names)
    if len(found) != n:
        raise InvalidInputError(f"{name} has {len(found)} names; {n} are needed")
    if {*map(type, found)} != {str}:
        for item in found:
            if not isinstance(item, str):
                raise InvalidInputError(f"{name} must be strings; got {item!r}")
    repeated, plain = _plain_names(found)
    if repeated is not None:
        raise InvalidInputError(f"{name} has {repeated!r} more than once")
    return plain


@lru_cache(maxsize=16)
def _plain_names(names: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Return the first name that is repeated, if any, and the names as plain strings."""
    return first_repeated(names), tuple(str(item) for item in names)


def same_floats(one: Floats | None, other: Floats | None) -> bool:
    """Return whether both are absent, or equal in every number, NaN included."""
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other, equal_nan=True)
