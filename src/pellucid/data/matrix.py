"""Dense arrays."""

from collections.abc import Mapping, Sequence
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Floats, Integers
from pellucid.data.cells import as_numbers, as_objects, as_words, missing_mask, row_fingerprints
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

    def like(self, reference: Table) -> Self:  # noqa: ARG002 - an array has one type only
        return self

    def stack(self, other: Self) -> Self:
        parts = [self.array, other.array]
        kinds = {array.dtype.kind for array in parts}
        if len(kinds) > 1 and not kinds <= set("fiub"):
            parts = [array.astype(object) for array in parts]  # NumPy would write numbers as text
        return self._with(np.concatenate(parts))

    def gather(self, index: Integers) -> Self:
        return self._with(np.take_along_axis(self.array, index, axis=0))

    def with_cells(self, cells: Mapping[int, Floats]) -> Self:
        changed = self.array.copy()
        for j, numbers in cells.items():
            cast = numbers.astype(changed.dtype)
            if changed.dtype.kind in "iub" and not np.array_equal(cast, numbers):
                changed = changed.astype(np.float64)
                cast = numbers
            changed[:, j] = cast
        return self._with(changed)

    def column(self, j: int) -> npt.NDArray[Any]:
        values = self.array[:, j]
        return values if values.dtype.kind in "fiubmM" else as_objects(values.tolist())

    def to_matrix(self) -> Floats:
        if self.array.dtype.kind in "fiub":
            return np.require(self.array, np.float64, ["C", "W"])
        matrix = np.empty(self.array.shape)
        for j, feature in enumerate(self.features):
            matrix[:, j] = as_numbers(self.array[:, j], feature)
        return matrix

    def missing_counts(self) -> Integers:
        return np.asarray(missing_mask(self.array).sum(axis=0), dtype=np.int64)

    def row_keys(self) -> list[int]:
        return row_fingerprints(as_words(self.array))
