"""One form for every error about a parameter."""

import operator
from collections.abc import Collection, Iterable
from numbers import Real
from typing import Any, TypeVar

from pellucid._core.errors import InvalidInputError

Choice = TypeVar("Choice", bound=str)


def check_choice(name: str, value: Any, choices: Collection[Choice]) -> Choice:
    """Return ``value`` if it is one of ``choices``.

    Examples
    --------
    >>> check_choice("output", "odds", ("raw", "probability"))
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: output must be one of 'raw', 'probability'; got 'odds'
    """
    for choice in choices:
        if isinstance(value, str) and value == choice:
            return choice
    listed = ", ".join(repr(choice) for choice in choices)
    raise InvalidInputError(f"{name} must be one of {listed}; got {value!r}")


def check_count(name: str, value: Any, *, minimum: int = 1) -> int:
    """Return ``value`` as an integer if it is one of at least ``minimum``.

    Examples
    --------
    >>> check_count("top_k", 0)
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: top_k must be an integer of at least 1; got 0
    """
    count = as_integer(value)
    if count is None or count < minimum:
        raise InvalidInputError(f"{name} must be an integer of at least {minimum}; got {value!r}")
    return count


def check_fraction(name: str, value: Any, *, zero: bool = False) -> float:
    """Return ``value`` as a float if it lies between 0 and 1.

    Parameters
    ----------
    name : str
        How the message calls the parameter.
    value : object
        What was passed for it.
    zero : bool
        Whether 0 itself is allowed; 1 never is.

    Examples
    --------
    >>> check_fraction("confidence", 95)
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: confidence must be a number above 0 and below 1; got 95
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not (0 < value < 1 or (zero and value == 0)):
        lowest = "of at least 0" if zero else "above 0"
        raise InvalidInputError(f"{name} must be a number {lowest} and below 1; got {value!r}")
    return float(value)


def kind_of(value: Any) -> str:
    """Say in a message what an object is.

    Examples
    --------
    >>> from decimal import Decimal
    >>> kind_of(None), kind_of("rows.csv"), kind_of(3), kind_of(Decimal(3))
    ('None', 'a str', 'an int', 'a decimal.Decimal')
    """
    if value is None:
        return "None"
    kind = type(value)
    home = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    name = f"{home}{kind.__qualname__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def as_integer(value: Any) -> int | None:
    """Return an integer of Python or NumPy as an ``int``; None for all else, booleans included.

    Examples
    --------
    >>> as_integer(3), as_integer(3.0), as_integer(True)
    (3, None, None)
    """
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def first_repeated(names: Iterable[str]) -> str | None:
    """Return the first name that has appeared before, or None if all are different.

    Examples
    --------
    >>> first_repeated(["age", "hours", "age"])
    'age'
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
