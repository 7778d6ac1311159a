"""True labels of rows, as numbers: of classes, or targets."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid._core.validation import kind_of
from pellucid.data.cells import as_numbers

_MOST_NAMES = 10


def class_numbers(true_labels: Any, n_rows: int, *names: Sequence[str]) -> Floats:
    """Return the number of each row's class.

    Parameters
    ----------
    true_labels : array, series, list, or one label
        Classes as strings, numbers or booleans: 1, 1.0 and True are the same.
    n_rows : int
    *names : sequence of str
        Names of the classes in order, by one or several ways to call them; the first way goes
        before the others.

    Raises
    ------
    InvalidInputError
        There is not one label for each row, or one is none of the classes.

    Examples
    --------
    >>> class_numbers([1, 0, True], 3, ("0", "1"), ("no", "yes"))
    array([1., 0., 1.])
    >>> class_numbers(["no", "maybe"], 2, ("0", "1"), ("no", "yes"))
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: true_labels has 'maybe' in row 1; classes are '0', '1'
    """
    labels = _one_per_row(true_labels, n_rows).tolist()
    known: dict[Any, int] = {}
    for way in names:
        for number, name in enumerate(way):
            known.setdefault(name, number)
            value = _as_number(name)
            if value is not None:
                known.setdefault(value, number)
    numbers = np.empty(n_rows)
    for row, label in enumerate(labels):
        try:
            numbers[row] = known[label]
        except (KeyError, TypeError):  # lists and the like cannot be looked up
            shown = ", ".join(repr(name) for name in names[0][:_MOST_NAMES])
            more = ", …" if len(names[0]) > _MOST_NAMES else ""
            raise InvalidInputError(
                f"true_labels has {label!r} in row {row}; classes are {shown}{more}"
            ) from None
    return numbers


def targets(true_labels: Any, n_rows: int) -> Floats:
    """Return each row's target.

    Raises
    ------
    InvalidInputError
        There is not one finite number for each row.

    Examples
    --------
    >>> targets([1, 2.5], 2)
    array([1. , 2.5])
    """
    numbers = np.ascontiguousarray(as_numbers(_one_per_row(true_labels, n_rows), "true_labels"))
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise InvalidInputError(
            f"true_labels has {numbers[bad[0]]} in row {bad[0]}; targets must be finite"
        )
    return numbers


def _one_per_row(true_labels: Any, n_rows: int) -> npt.NDArray[Any]:
    is_array = hasattr(true_labels, "__array__")
    labels = np.asarray(true_labels) if is_array else _objects(true_labels)
    if labels.ndim == 0 or (labels.ndim == 2 and labels.shape[1] == 1):
        labels = labels.reshape(-1)
    if labels.ndim != 1:
        raise InvalidInputError(
            f"true_labels must be one label for each row; got {kind_of(true_labels)} of "
            f"{labels.ndim} axes"
        )
    if len(labels) != n_rows:
        raise InvalidInputError(
            f"true_labels has {len(labels)} labels, but there are {n_rows} rows"
        )
    return labels


def _objects(true_labels: Any) -> npt.NDArray[Any]:
    if isinstance(true_labels, (list, tuple)):
        return np.fromiter(true_labels, dtype=object, count=len(true_labels))
    one = np.empty(1, dtype=object)
    one[0] = true_labels
    return one


def _as_number(name: str) -> float | None:
    if name in {"True", "False"}:
        return float(name == "True")
    try:
        return float(name)
    except ValueError:
        return None
