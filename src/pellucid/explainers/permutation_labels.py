"""True labels for a metric: as the user wrote them, and as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers
from pellucid.explainers.true_labels import class_numbers, targets
from pellucid.models.model import Model


@dataclass(frozen=True, eq=False)
class TrueLabels:
    """The true labels of n rows.

    Attributes
    ----------
    given : ndarray, shape (n,) or (n, k)
        In the user's own words.
    numbers : ndarray, shape (n,) or (n, k)
        Numbers of classes as integers, or targets.
    words : tuple
        A classifier's classes in the user's own words, in the model's order.
    """

    given: npt.NDArray[Any]
    numbers: npt.NDArray[Any]
    words: tuple[Any, ...] = ()

    def take(self, rows: Integers) -> "TrueLabels":
        """Return the labels of some rows."""
        return TrueLabels(self.given[rows], self.numbers[rows], self.words)

    @property
    def columns(self) -> list[Floats]:
        """The numbers, target by target."""
        columns = self.numbers.reshape(len(self.numbers), -1).T
        return [np.ascontiguousarray(column, dtype=np.float64) for column in columns]


def read_labels(
    true_labels: Any, n_rows: int, model: Model, classes: Sequence[str] | None
) -> TrueLabels:
    """Read the true labels of rows.

    Parameters
    ----------
    true_labels : array, series or list
        Classes, by the model's names for them or by those that the user gave; or targets.
    n_rows : int
    model : Model
    classes : sequence of str or None
        The user's names for the model's classes.

    Raises
    ------
    InvalidInputError
        There are none, there is not one for each row, or one is no class or no finite number.
    """
    if true_labels is None:
        raise InvalidInputError(
            "true_labels is None; permutation importance compares predictions with true labels"
        )
    if model.classes is None:
        columns = np.asarray(true_labels)
        if columns.ndim == 2 and columns.shape[1] > 1:
            numbers = np.stack([targets(column, n_rows) for column in columns.T], axis=1)
        else:
            numbers = targets(true_labels, n_rows)
        return TrueLabels(numbers, numbers)
    ways = (model.classes, tuple(classes or ()))
    found = class_numbers(true_labels, n_rows, *ways).astype(np.int64)
    given = np.asarray(true_labels).reshape(n_rows)
    return TrueLabels(given, found, _words(given, found, ways))


def _words(
    given: npt.NDArray[Any], numbers: Integers, ways: Sequence[Sequence[str]]
) -> tuple[Any, ...]:
    """Return each class in the words of the labels, also those that no label names."""
    kinds, first = np.unique(numbers, return_index=True)
    words = dict(zip(kinds.tolist(), given[first].tolist(), strict=True))
    some = next(iter(words.values()))
    for way in ways:
        if not isinstance(some, str):
            written = [_read(name, type(some)) for name in way]
        elif all(way[k] == word for k, word in words.items() if k < len(way)):
            written = list(way)
        else:
            continue
        return tuple(words.get(k, word) for k, word in enumerate(written))
    return tuple(words.get(k, name) for k, name in enumerate(ways[0]))


def _read(name: str, kind: type) -> Any:
    """Read a class's name as a label of some type, or leave it as it is."""
    if kind is bool:
        return name in {"True", "1", "1.0"}
    try:
        return kind(float(name)) if kind in {int, float} else name
    except ValueError:
        return name
