"""What an explanation does with the rows it carries, in whatever container they were given."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Integers
from pellucid.data.frame import FrameTable
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


def feature_table(data: Any, features: Sequence[str]) -> Table | None:
    """Return the explained columns of the rows, in the order of the explanation.

    Columns are matched by name where the names are the explanation's, else by position.

    Returns
    -------
    Table or None
        None if there are no rows, or their columns are not those that were explained.
    """
    if data is None:
        return None
    table = as_table(data, name="data")
    if table.has_names and set(table.features) == set(features):
        return align(table, features, has_names=True, name="data", to="the explanation")
    return table if table.n_features == len(features) else None


def cells(table: Table) -> npt.NDArray[Any]:
    """Return all cells as one array (n, d): numbers if every column holds numbers, else objects."""
    columns = [table.column(j) for j in range(table.n_features)]
    if all(column.dtype.kind in "biuf" for column in columns):
        return table.to_matrix()
    mixed = np.empty((table.n_rows, table.n_features), dtype=object)
    for j, column in enumerate(columns):
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
