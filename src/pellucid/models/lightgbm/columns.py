"""Rows as LightGBM takes them, and as its trees read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
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


@dataclass(frozen=True)
class Columns:
    """What a Booster knows of its columns.

    Attributes
    ----------
    name : str
        How messages call the model.
    categories : tuple of list
        The categories of the pandas categoricals it was fitted on, in the order of these columns.
        LightGBM keeps no record of which columns they are.
    largest_code : mapping from column to int
        The largest code that was seen in training, for the columns that it treats as categorical
        and that were not constant.
    """

    name: str
    categories: tuple[list[Any], ...]
    largest_code: Mapping[int, int]

    @classmethod
    def of(cls, booster: Any, header: Mapping[str, str], name: str) -> "Columns":
        """Read them from a Booster and the header of its text."""
        infos = header["feature_infos"].split()
        return cls(
            name,
            tuple(booster.pandas_categorical or ()),
            # A numeric column's values are an interval in brackets, a categorical's a list.
            {
                j: max(int(code) for code in info.split(":"))
                for j, info in enumerate(infos)
                if info[0] != "[" and info != "none"
            },
        )

    def native(self, table: Table) -> Any:
        """Return rows in a container that ``Booster.predict`` takes without a warning.

        Raises
        ------
        InvalidInputError
            A column holds strings and is not one of the model's categoricals.
        """
        if isinstance(table, SparseTable):
            matrix = table.matrix
            dtype = matrix.dtype if matrix.dtype in {np.float32, np.float64} else np.float64
            return sp.csr_matrix(matrix.astype(dtype, copy=False))
        if is_numeric_matrix(table) or is_plain_pandas(table, len(self.categories)):
            return table.native
        return self.codes(table)

    def codes(self, table: Table) -> Floats:
        """Return float64 cells as LightGBM sees them, (n, d); missing and unseen values as NaN.

        Raises
        ------
        InvalidInputError
            A column holds strings and is not one of the model's categoricals.
        """
        if is_numeric_matrix(table):
            matrix = table.to_matrix()
            if table.native.dtype.kind != "f":
                # LightGBM reads arrays of integers as float32.
                matrix = matrix.astype(np.float32).astype(np.float64)
            return matrix
        texts = text_columns(table) if self.categories else []
        holds_codes = isinstance(table, SparseTable | MatrixTable) and not texts
        if holds_codes or not self.categories:
            return table.to_matrix()
        lists = zip(self._categorical_columns(table, texts), self.categories, strict=True)
        return matrix_with_codes(
            table, {j: category_codes(table, j, categories)[0] for j, categories in lists}
        )

    def _categorical_columns(self, table: Table, texts: list[int]) -> list[int]:
        """Find the columns to which the lists of categories belong, in order.

        Not all that LightGBM treats as categorical have a list, nor does it know constant ones.
        """
        wanted = len(self.categories)
        known = list(self.largest_code)
        for columns in (sorted({*texts, *known}), texts, known):
            if len(columns) == wanted and self._lists_are_long_enough(columns):
                return columns
        named = ", ".join(repr(table.features[j]) for j in texts[:5]) or "none"
        raise InvalidInputError(
            f"{self.name} was fitted on {wanted} categorical columns, and the columns that hold "
            f"no numbers here are {named}; pass a data frame with the same categorical columns"
        )

    def _lists_are_long_enough(self, columns: list[int]) -> bool:
        return all(
            self.largest_code.get(j, 0) < len(categories)
            for j, categories in zip(columns, self.categories, strict=True)
        )
