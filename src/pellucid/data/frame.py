"""Data frames of the libraries that narwhals knows: pandas, polars, pyarrow."""

from collections.abc import Mapping, Sequence
from typing import Any, Self, final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.extras import require
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import first_repeated
from pellucid.data.cells import as_numbers, as_objects, as_words, missing_mask, row_fingerprints
from pellucid.data.column_types import cast_like, frame_types, same_type, unite
from pellucid.data.table import Table, positional_names

_NO_ARRAYS = (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Decimal)


@final
class FrameTable(Table):
    """An eager data frame; columns keep their types: categories, strings, nullable integers.

    Parameters
    ----------
    frame : narwhals.DataFrame
        The rows; column names are strings.
    has_names : bool
        False if the names are mere positions, as pandas numbers columns that were given none.
    labels : pandas.Index, optional
        What pandas calls the columns, where that is no string: numbers, dates, or several levels.
    """

    def __init__(
        self, frame: nw.DataFrame[Any], *, has_names: bool = True, labels: Any = None
    ) -> None:
        self.frame = frame
        self.has_names = has_names
        self.labels = labels
        self.features = tuple(frame.columns)

    @property
    def n_rows(self) -> int:
        return len(self.frame)

    @property
    def native(self) -> Any:
        frame = self.frame.to_native()
        if self.labels is not None:
            return frame.set_axis(self.labels, axis=1)
        return frame if self.has_names else frame.set_axis(range(self.n_features), axis=1)

    def _with(self, frame: nw.DataFrame[Any]) -> Self:
        return type(self)(frame, has_names=self.has_names, labels=self.labels)

    def take(self, rows: Integers | slice) -> Self:
        return self._with(self.frame[rows])

    def select(self, columns: Sequence[int]) -> Self:
        chosen = self.frame.select([self.features[j] for j in columns])
        if not self.has_names:
            chosen = _renamed(chosen, positional_names(len(columns)))
        labels = None if self.labels is None else self.labels[list(columns)]
        return type(self)(chosen, has_names=self.has_names, labels=labels)

    def with_features(self, features: Sequence[str]) -> Self:
        if self.has_names and tuple(features) == self.features:
            return self
        return type(self)(_renamed(self.frame, features))

    def like(self, reference: Table) -> Self:
        if not isinstance(reference, FrameTable):
            return self
        frame = _in_the_library_of(self.frame, reference.frame)
        cast = [
            cast_like(frame[self.features[j]], reference.frame[reference.features[j]])
            for j in _where_types_differ(frame, reference.frame)
        ]
        labels = reference.labels if self.features == reference.features else self.labels
        return type(self)(
            frame.with_columns(*cast) if cast else frame, has_names=self.has_names, labels=labels
        )

    def stack(self, other: Self) -> Self:
        upper, lower = self.frame, other.frame
        united = [
            unite(upper[self.features[j]], lower[other.features[j]])
            for j in _where_types_differ(upper, lower)
        ]
        if united:  # all at once: a frame is copied for every call
            above, below = zip(*united, strict=True)
            upper, lower = upper.with_columns(*above), lower.with_columns(*below)
        return self._with(nw.maybe_reset_index(nw.concat([upper, lower], how="vertical")))

    def gather(self, index: Integers) -> Self:
        columns = [column[index[:, j]] for j, column in enumerate(_columns(self.frame))]
        return self._with(_from_columns([nw.maybe_reset_index(column) for column in columns]))

    def with_cells(self, cells: Mapping[int, Floats]) -> Self:
        frame = nw.maybe_reset_index(self.frame)
        numbers = {self.features[j]: column for j, column in cells.items()}
        found = nw.from_dict(numbers, backend=frame.implementation)
        cast = [cast_like(found[name], frame[name]) for name in numbers]
        return self._with(frame.with_columns(*cast))

    def column(self, j: int) -> npt.NDArray[Any]:
        return _values(self.frame[self.features[j]])

    def to_matrix(self) -> Floats:
        matrix = np.empty((self.n_rows, self.n_features))
        for j, column in enumerate(_columns(self.frame)):
            matrix[:, j] = as_numbers(_values(column), column.name)
        return matrix

    def missing_counts(self) -> Integers:
        counts = [missing_mask(self.column(j)).sum() for j in range(self.n_features)]
        return np.array(counts, dtype=np.int64)

    def row_keys(self) -> list[int]:
        words = [as_words(self.column(j)) for j in range(self.n_features)]
        return row_fingerprints(np.stack(words, axis=1))


def wrap_frame(
    native: Any, name: str, columns: Sequence[str], *, has_names: bool = True, labels: Any = None
) -> FrameTable:
    """Wrap a library's data frame; the names of its columns must be different strings."""
    repeated = first_repeated(columns)
    if repeated is not None:
        raise InvalidInputError(f"{name} has more than one column {repeated!r}")
    frame = nw.from_native(native, eager_only=True)
    return FrameTable(frame, has_names=has_names, labels=labels)


def _renamed(frame: nw.DataFrame[Any], names: Sequence[str]) -> nw.DataFrame[Any]:
    return frame.rename(dict(zip(frame.columns, names, strict=True)))


def _where_types_differ(one: nw.DataFrame[Any], other: nw.DataFrame[Any]) -> list[int]:
    pairs = zip(frame_types(one), frame_types(other), strict=True)
    return [j for j, pair in enumerate(pairs) if not same_type(*pair)]


def _columns(frame: nw.DataFrame[Any]) -> list[nw.Series[Any]]:
    return [frame[name] for name in frame.columns]


def _from_columns(columns: Sequence[nw.Series[Any]]) -> nw.DataFrame[Any]:
    first, *others = columns
    return first.to_frame().with_columns(*others)


def _in_the_library_of(frame: nw.DataFrame[Any], reference: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    if frame.implementation is reference.implementation:
        return frame
    wanted = reference.implementation
    purpose = f"turning rows from {frame.implementation} into {wanted}"
    require("pyarrow", extra="parquet", purpose=purpose)
    native: Any
    if wanted.is_pandas_like():
        native = frame.to_pandas()
    else:
        native = frame.to_polars() if wanted.is_polars() else frame.to_arrow()
    return nw.from_native(native, eager_only=True)


def _values(column: nw.Series[Any]) -> npt.NDArray[Any]:
    is_plain = not isinstance(column.dtype, _NO_ARRAYS)
    if is_plain and not (column.dtype == nw.Boolean and column.is_null().any()):
        values = column.to_numpy()
        if values.dtype.kind in "fiubmM":
            return values
    return as_objects(column.to_list())
