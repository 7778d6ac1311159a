"""Rows as XGBoost takes them, and as its trees read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid.data.frame import FrameTable
from pellucid.data.matrix import MatrixTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.models.recoding import (
    category_codes,
    is_numeric_matrix,
    is_plain_pandas,
    matrix_with_codes,
    text_columns,
)
from pellucid.models.xgboost.categories import Categories, read_categories
from pellucid.models.xgboost.document import read_model


@dataclass(frozen=True)
class Columns:
    """What a Booster knows of its columns.

    Attributes
    ----------
    name : str
        How messages call the model.
    features : tuple of str or None
        The names that it checks data frames against.
    categorical : tuple of int
        Columns that it treats as categories.
    categories : mapping from column to Categories
        The categories of the frame it was fitted on, which XGBoost stores since 3.1.
    missing : float
        The value that stands for a missing one, beside NaN.
    """

    name: str
    features: tuple[str, ...] | None
    categorical: tuple[int, ...]
    categories: Mapping[int, Categories]
    missing: float

    @classmethod
    def of(cls, booster: Any, name: str, *, missing: float) -> "Columns":
        """Read them from a Booster."""
        categorical = tuple(j for j, kind in enumerate(booster.feature_types or ()) if kind == "c")
        return cls(
            name,
            None if booster.feature_names is None else tuple(booster.feature_names),
            categorical,
            read_categories(read_model(booster)) if categorical else {},
            missing,
        )

    def native(self, table: Table) -> Any:
        """Return rows in a container that ``Booster.inplace_predict`` takes.

        Raises
        ------
        InvalidInputError
            A column holds strings that are none of its categories.
        """
        if isinstance(table, SparseTable):
            return sp.csr_matrix(table.matrix)
        own_names = self.features is None or self.features == table.features
        if is_numeric_matrix(table) or (own_names and is_plain_pandas(table, 0)):
            return table.native
        return self._numbers(table)

    def codes(self, table: Table) -> Floats:
        """Return the cells as XGBoost sees them, (n, d): float32 values, missing ones as NaN.

        Raises
        ------
        InvalidInputError
            A column holds strings that are none of its categories.
        """
        if isinstance(table, SparseTable):
            numbers = _dense_with_gaps(table.matrix)
        else:
            numbers = self._numbers(table)
        with np.errstate(over="ignore"):
            rounded = numbers.astype(np.float32)
        rounded[rounded == np.float32(self.missing)] = np.nan
        return rounded.astype(np.float64)

    def _numbers(self, table: Table) -> Floats:
        if not self.categorical or is_numeric_matrix(table):
            return table.to_matrix()
        if isinstance(table, MatrixTable) and not text_columns(table):
            return table.to_matrix()
        codes = {j: self._known_codes(table, j) for j in self.categories}
        codes |= {j: _own_codes(table, j) for j in self._pandas_categoricals(table)}
        return matrix_with_codes(table, codes)

    def _known_codes(self, table: Table, j: int) -> Floats:
        values = table.column(j)
        codes, unseen = category_codes(table, j, self.categories[j].as_spelled(values))
        if unseen.any():
            value = values[np.argmax(unseen)]
            raise InvalidInputError(
                f"column {table.features[j]!r} holds {value!r}, a category that {self.name} was "
                "not fitted with; XGBoost refuses these, so replace it or make it missing"
            )
        return codes

    def _pandas_categoricals(self, table: Table) -> list[int]:
        """Find the categoricals of which the model stores no categories."""
        if not isinstance(table, FrameTable) or not table.frame.implementation.is_pandas():
            return []
        dtypes = table.native.dtypes
        return [
            j
            for j in self.categorical
            if j not in self.categories and isinstance(dtypes.iloc[j], pd.CategoricalDtype)
        ]


def _own_codes(table: Table, j: int) -> Floats:
    """Return a pandas categorical's own codes, which XGBoost trusts if it knows no better."""
    codes = table.native.iloc[:, j].cat.codes.to_numpy(np.float64)
    return np.where(codes < 0, np.nan, codes)


def _dense_with_gaps(matrix: Any) -> Floats:
    """Return a sparse matrix as a dense one: XGBoost takes absent cells for missing values."""
    stored = matrix.tocoo()
    dense = np.full(stored.shape, np.nan)
    dense[stored.row, stored.col] = stored.data
    return dense
