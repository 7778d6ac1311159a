"""Dense arrays."""

from collections.abc import Sequence
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.randomness import fingerprint
from pellucid._core.typing import Floats, Integers
from pellucid.data.table import Table, positional_names


@final
class MatrixTable(Table):
    """A two-dimensional NumPy array of any dtype.

    Parameters
    ----------
    array : ndarray, shape (n, d)
        Kept as it is, dtype included: what is float32 stays float32 for the model.
    features : sequence of str, optional
        Names of the columns.
    """

    def __init__(self, array: npt.NDArray[Any], features: Sequence[str] | None = None) -> None:
        self.array = array
        self.has_names = features is not None
        self.features = positional_names(array.shape[1]) if features is None else tuple(features)

    @property
    def n_rows(self) -> int:
        return int(self.array.shape[0])

    @property
    def native(self) -> npt.NDArray[Any]:
        return self.array

    def _with(self, array: npt.NDArray[Any]) -> Self:
        return type(self)(array, self.features if self.has_names else None)

    def take(self, rows: Integers | slice) -> Self:
        return self._with(self.array[rows])

    def select(self, columns: Sequence[int]) -> Self:
        names = [self.features[j] for j in columns] if self.has_names else None
        return type(self)(np.ascontiguousarray(self.array[:, list(columns)]), names)

    def with_features(self, features: Sequence[str]) -> Self:
        return type(self)(self.array, features)

    def stack(self, other: Self) -> Self:
        return self._with(np.concatenate([self.array, other.array]))

    def gather(self, index: Integers) -> Self:
        return self._with(np.take_along_axis(self.array, index, axis=0))

    def column(self, j: int) -> npt.NDArray[Any]:
        return self.array[:, j]

    def to_matrix(self) -> Floats:
        if self.array.dtype.kind in "fiub":
            return np.ascontiguousarray(self.array, dtype=np.float64)
        columns = [as_numbers(self.array[:, j], self.features[j]) for j in range(self.n_features)]
        return np.ascontiguousarray(np.stack(columns, axis=1))

    def missing_counts(self) -> Integers:
        if self.array.dtype.kind not in "fO":
            return np.zeros(self.n_features, dtype=np.int64)
        # NaN is the one value that differs from itself
        absent = self.array != self.array  # noqa: PLR0124
        if self.array.dtype.kind == "O":
            absent |= self.array == None  # noqa: E711
        return np.asarray(absent.sum(axis=0), dtype=np.int64)

    def row_keys(self) -> list[int]:
        if self.array.dtype.kind == "O":
            return [
                fingerprint([repr(row).encode() for row in cells]) for cells in self.array.tolist()
            ]
        rows = np.ascontiguousarray(self.array)
        return [fingerprint([row.tobytes()]) for row in rows]


def as_numbers(values: npt.NDArray[Any], feature: str) -> Floats:
    """Return a column of objects as float64, or say which column holds something else.

    Examples
    --------
    >>> as_numbers(np.array([1, "red"], dtype=object), "colour")
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: column 'colour' holds 'red' where numbers are needed
    """
    try:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    except (TypeError, ValueError):
        culprit = next((value for value in values.tolist() if not _is_number(value)), values[0])
        raise InvalidInputError(
            f"column {feature!r} holds {culprit!r} where numbers are needed"
        ) from None


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, (int, float, np.number, np.bool_))
