"""Columns of categories as the codes that a model was fitted on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Booleans, Floats
from pellucid.data.cells import holds_numbers
from pellucid.data.frame import FrameTable
from pellucid.data.matrix import MatrixTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table


def matrix_with_codes(table: Table, codes: Mapping[int, Floats]) -> Floats:
    """Return the cells as float64, some columns replaced by codes.

    Parameters
    ----------
    table : Table
        Rows, n of them.
    codes : mapping from column to ndarray of float64, shape (n,)

    Raises
    ------
    InvalidInputError
        Another column does not hold numbers; the message names it.
    """
    if not codes:
        return table.to_matrix()
    matrix = np.empty((table.n_rows, table.n_features))
    others = [j for j in range(table.n_features) if j not in codes]
    if others:
        # Under names, so that messages give a column's place among all of them.
        matrix[:, others] = table.with_features(table.features).select(others).to_matrix()
    for j, column in codes.items():
        matrix[:, j] = column
    return matrix


def category_codes(table: Table, j: int, categories: Sequence[Any]) -> tuple[Floats, Booleans]:
    """Return a column's positions in a model's list of categories.

    Parameters
    ----------
    table : Table
        Rows, n of them.
    j : int
        The column.
    categories : sequence
        Distinct values in the order of their codes.

    Returns
    -------
    codes : ndarray of float64, shape (n,)
        NaN where the value is missing or not in the list.
    unseen : ndarray of bool, shape (n,)
        Where the value is not in the list.

    Raises
    ------
    InvalidInputError
        The column holds numbers and the categories are strings, or the other way round.
    """
    values = table.column(j)
    missing = np.asarray(pd.isna(values), dtype=np.bool_)
    index = pd.Index(list(categories))
    position = index.get_indexer(pd.Index(values))
    position[missing] = -1
    unseen = (position < 0) & ~missing
    if unseen.any() and (unseen | missing).all():
        value = values[np.argmax(unseen)]
        if len(index) and isinstance(value, str) != isinstance(index[0], str):
            raise InvalidInputError(
                f"column {table.features[j]!r} holds {value!r}, but the model knows the "
                f"categories {_listed(index)}"
            )
    return np.where(position < 0, np.nan, position), unseen


def _listed(index: "pd.Index[Any]", most: int = 5) -> str:
    return ", ".join(repr(value) for value in index[:most]) + (", …" if len(index) > most else "")


def is_plain_pandas(table: Table, categorical: int) -> bool:
    """Whether the rows are a pandas frame of numbers and so many categorical columns."""
    if not isinstance(table, FrameTable) or not table.frame.implementation.is_pandas():
        return False
    dtypes = table.native.dtypes
    is_category = [isinstance(dtype, pd.CategoricalDtype) for dtype in dtypes]
    is_number = [pd.api.types.is_numeric_dtype(dtype) for dtype in dtypes]
    return sum(is_category) == categorical and all(np.add(is_category, is_number))


def text_columns(table: Table) -> list[int]:
    """Return the columns whose cells are not numbers: strings, dates, or a pandas category."""
    if is_numeric_matrix(table) or isinstance(table, SparseTable):
        return []
    categories = _pandas_categories(table)
    return [
        j for j in range(table.n_features) if j in categories or not holds_numbers(table.column(j))
    ]


def _pandas_categories(table: Table) -> set[int]:
    """Return the pandas categoricals, whose values may be numbers all the same."""
    if not isinstance(table, FrameTable) or not table.frame.implementation.is_pandas():
        return set()
    dtypes = table.native.dtypes
    return {j for j, dtype in enumerate(dtypes) if isinstance(dtype, pd.CategoricalDtype)}


def is_numeric_matrix(table: Table) -> bool:
    """Whether the rows are an array of a numeric dtype, which libraries take as it is."""
    return isinstance(table, MatrixTable) and table.array.dtype.kind in "fiub"
