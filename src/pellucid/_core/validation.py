"""One form for every error about a parameter."""

from collections.abc import Collection
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
    try:
        count = value.__index__()
    except AttributeError:
        count = None
    if count is None or isinstance(value, bool) or count < minimum:
        raise InvalidInputError(f"{name} must be an integer of at least {minimum}; got {value!r}")
    return int(count)
