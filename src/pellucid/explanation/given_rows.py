"""What an explanation does with the rows it carries, in whatever container they were given."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Integers
from pellucid.data.frame import FrameTable
from pellucid.data.groups import Players
from pellucid.data.matrix import MatrixTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table, align, as_table


def check_rows(data: Any, n_rows: int) -> None:
    """Check that there is one row of data per explained row.

    Raises
    ------
    InvalidInputError
        The number of rows is another one, or this is no container of rows.
    """
    if n_rows == 0:
        return
    found = as_table(data, name="data").n_rows
    if found != n_rows:
        raise InvalidInputError(f"data has {found} rows, but {n_rows} are explained")


def take_rows(data: Any, rows: Integers | slice) -> Any:
    """Return some of the rows, in their own kind of container."""
    return as_table(data, name="data").take(rows).native


def join_rows(parts: Sequence[Any]) -> Any:
    """Return the rows of all parts, one after the other; None if no part has any.

    Raises
    ------
    InvalidInputError
        Some parts have rows and others have none, or their containers differ.
    """
    if all(part is None for part in parts):
        return None
    if any(part is None for part in parts):
        raise InvalidInputError("some parts carry data and others do not")
    tables = [as_table(part, name="data") for part in parts]
    kinds = {type(table.native) for table in tables}
    if len(kinds) > 1:
        named = " and ".join(sorted(kind.__qualname__ for kind in kinds))
        raise InvalidInputError(f"the data of the parts is of different kinds: {named}")
    return reduce(lambda upper, lower: upper.stack(lower), tables).native


@dataclass(frozen=True, eq=False)
class FeatureColumns:
    """The columns that features stand for, among the rows that were explained.

    Attributes
    ----------
    table : Table
        The rows.
    places : tuple of (int or None)
        Which column each feature is; None for a group of columns, which has no value of its own.
    """

    table: Table
    places: tuple[int | None, ...]

    def column(self, feature: int) -> npt.NDArray[Any] | None:
        """Return a feature's column; None if it is a group of columns."""
        place = self.places[feature]
        if place is None:
            return None
        if place not in self._read:
            self._read[place] = self.table.column(place)
        return self._read[place]

    @cached_property
    def _read(self) -> dict[int, npt.NDArray[Any]]:
        """Columns asked for before; data frames take long to hand one out."""
        return {}

    def take(self, rows: Integers | slice) -> "FeatureColumns":
        """Return the columns of some rows."""
        return FeatureColumns(self.table.take(rows), self.places)


def feature_columns(
    data: Any, features: Sequence[str], players: Players | None
) -> FeatureColumns | None:
    """Return the column of the rows that each feature of an explanation stands for.

    Columns are matched by name where the names are the explanation's, else by position.

    Returns
    -------
    FeatureColumns or None
        None if there are no rows, or their columns are not those that were explained.
    """
    if data is None:
        return None
    explained = features if players is None else players.columns
    table = as_table(data, name="data")
    if table.has_names and set(table.features) == set(explained):
        table = align(table, explained, has_names=True, name="data", to="the explanation")
    elif table.n_features != len(explained):
        return None
    if players is None:
        return FeatureColumns(table, tuple(range(len(features))))
    columns = [np.flatnonzero(players.player_of == player) for player in range(len(features))]
    places = (int(found[0]) if len(found) == 1 else None for found in columns)
    return FeatureColumns(table, tuple(places))


def cells(columns: FeatureColumns) -> npt.NDArray[Any]:
    """Return all cells as one array (n, d): numbers if every feature holds numbers, else objects.

    A group of columns has missing values.
    """
    found = [columns.column(j) for j in range(len(columns.places))]
    n_rows = columns.table.n_rows
    known = [np.full(n_rows, np.nan) if column is None else column for column in found]
    if all(column.dtype.kind in "biuf" for column in known):
        return np.stack([column.astype(np.float64) for column in known], axis=1)
    mixed = np.empty((n_rows, len(found)), dtype=object)
    for j, column in enumerate(known):
        mixed[:, j] = column
    return mixed


def same_rows(one: Any, other: Any) -> bool:
    """Return whether two containers are of one kind and equal in content, NaN included."""
    if one is None or other is None or type(one) is not type(other):
        return one is other
    upper, lower = as_table(one, name="data"), as_table(other, name="data")
    if upper.n_rows != lower.n_rows or upper.features != lower.features:
        return False
    if isinstance(upper, FrameTable) and upper.frame.implementation.is_pandas_like():
        return bool(one.equals(other))  # index included, and one row as the Series it may be
    return _same_table(upper, lower)


def _same_table(one: Table, other: Table) -> bool:
    if isinstance(one, MatrixTable) and isinstance(other, MatrixTable):
        return _same_cells(one.array, other.array)
    if isinstance(one, SparseTable) and isinstance(other, SparseTable):
        return _same_matrix(one.matrix, other.matrix)
    if isinstance(one, FrameTable) and isinstance(other, FrameTable):
        return _same_frame(one.frame, other.frame)
    return False


def _same_cells(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    if one.dtype != other.dtype:
        return False
    if one.dtype.kind == "O":
        pairs = zip(one.ravel().tolist(), other.ravel().tolist(), strict=True)
        return one.shape == other.shape and all(_same_cell(a, b) for a, b in pairs)
    return np.array_equal(one, other, equal_nan=one.dtype.kind in "fcmM")


def _same_cell(one: Any, other: Any) -> bool:
    if isinstance(one, np.generic) or isinstance(other, np.generic):
        one, other = np.asarray(one).item(), np.asarray(other).item()
    if one is other:
        return True
    if isinstance(one, float) and isinstance(other, float) and one != one:  # noqa: PLR0124 - NaN
        return other != other  # noqa: PLR0124
    return type(one) is type(other) and bool(one == other)


def _same_matrix(one: Any, other: Any) -> bool:
    one, other = one.sorted_indices(), other.sorted_indices()
    return (
        one.shape == other.shape
        and np.array_equal(one.indptr, other.indptr)
        and np.array_equal(one.indices, other.indices)
        and _same_cells(one.data, other.data)
    )


def _same_frame(one: nw.DataFrame[Any], other: nw.DataFrame[Any]) -> bool:
    return one.schema == other.schema and all(
        _same_series(one[name], other[name]) for name in one.columns
    )


def _same_series(one: nw.Series[Any], other: nw.Series[Any]) -> bool:
    """Compare columns of one type; missing equals missing, and NaN equals NaN."""
    missing = one.is_null().to_numpy()
    if not np.array_equal(missing, other.is_null().to_numpy()):
        return False
    return _same_cells(one.to_numpy()[~missing], other.to_numpy()[~missing])
