"""What a page sends along with a question, checked: a page is never believed."""

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any, Final

from pellucid._core.errors import InvalidInputError
from pellucid._core.validation import as_integer

MOST_CHANGES: Final = 10_000
_LONGEST_NAME: Final = 60


def position(params: Mapping[str, Any], name: str, n: int) -> int:
    """Return a position among n things.

    Examples
    --------
    >>> position({"row": 3}, "row", 3)
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: row must be a whole number from 0 to 2; got 3
    """
    found = as_integer(params.get(name))
    if found is None or not 0 <= found < n:
        got = repr(params.get(name))[:60]
        raise InvalidInputError(f"{name} must be a whole number from 0 to {n - 1}; got {got}")
    return found


def number(params: Mapping[str, Any], name: str) -> float:
    """Return a finite number.

    Examples
    --------
    >>> number({"x": float("nan")}, "x")
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: x must be a finite number; got nan
    """
    found = params.get(name)
    is_number = isinstance(found, Real) and not isinstance(found, bool)
    if not is_number or not math.isfinite(found):  # type: ignore[arg-type]
        raise InvalidInputError(f"{name} must be a finite number; got {repr(found)[:60]}")
    return float(found)  # type: ignore[arg-type]


def numbers(params: Mapping[str, Any], name: str, n: int) -> list[float]:
    """Return a list of n finite numbers.

    Examples
    --------
    >>> numbers({"at": [1, 2.5]}, "at", 2)
    [1.0, 2.5]
    """
    found = params.get(name)
    if not isinstance(found, (list, tuple)) or len(found) != n:
        raise InvalidInputError(f"{name} must be a list of {n} numbers; got {repr(found)[:60]}")
    return [number({name: item}, name) for item in found]


def text(params: Mapping[str, Any], name: str, most: int = 1000) -> str:
    """Return a text that may be missing.

    Examples
    --------
    >>> text({}, "find")
    ''
    """
    found = params.get(name, "")
    if not isinstance(found, str) or len(found) > most:
        raise InvalidInputError(f"{name} must be a text of at most {most} characters")
    return found


def column_name(params: Mapping[str, Any], name: str) -> str:
    """Return what names a column.

    Examples
    --------
    >>> column_name({"x": "value/3"}, "x")
    'value/3'
    """
    found = params.get(name)
    if not isinstance(found, str) or len(found) > _LONGEST_NAME:
        raise InvalidInputError(f"{name} must name a column")
    return found


def changes(params: Mapping[str, Any]) -> dict[int, float | None]:
    """Return what cells are changed to, by the position of the input; None is a missing value.

    Examples
    --------
    >>> changes({"changes": {"2": 1.5}})
    {2: 1.5}
    """
    found = params.get("changes", {})
    if not isinstance(found, Mapping) or len(found) > MOST_CHANGES:
        raise InvalidInputError("changes must be an object of inputs and their new values")
    said: dict[int, float | None] = {}
    for key, value in found.items():
        if not str(key).isdecimal():
            raise InvalidInputError(f"changes names {str(key)[:60]!r}, which is no input's number")
        said[int(key)] = (
            None if value is None else number({"a changed value": value}, "a changed value")
        )
    return said
