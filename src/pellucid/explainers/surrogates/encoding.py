"""Rows as surrogates take them: numbers, and columns of categories."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid._core.validation import first_repeated
from pellucid.data.cells import as_numbers
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table, as_table, positional_names
from pellucid.models.recoding import category_codes, text_columns

_NOT_IN_NAMES = re.compile(r'[\[\]{}",:<>]')
"""Letters that LightGBM refuses in names of columns."""


@dataclass(frozen=True)
class Encoding:
    """From any table to a matrix, a sparse matrix, or a pandas frame with categorical columns.

    Attributes
    ----------
    features : tuple of str
        Names of the frame's columns.
    categories : mapping from column to list
        The categories of each categorical column, as seen in the examples; others are missing.
    unused : tuple of int
        Columns that the teacher never sees. They are zeros, from which nothing can be learned.
    """

    features: tuple[str, ...]
    categories: Mapping[int, Sequence[Any]]
    unused: tuple[int, ...] = ()

    @classmethod
    def of(
        cls, examples: Table, categorical: Collection[int] = (), unused: tuple[int, ...] = ()
    ) -> Self:
        """Learn which columns are categorical, and their categories, but for unused ones.

        Parameters
        ----------
        examples : Table
        categorical : collection of int
            Columns that hold numbers, and are categorical all the same.
        unused : tuple of int
            Columns that the model never sees.

        Raises
        ------
        InvalidInputError
            A column holds dates or durations, or is to be categorical in a sparse matrix; the
            message names it.
        """
        found: dict[int, list[Any]] = {}
        if categorical and isinstance(examples, SparseTable):
            raise InvalidInputError(
                "categorical_features are columns of numbers or texts; those of a sparse matrix "
                "cannot be categorical: encode them as one column for each category"
            )
        for j in sorted({*text_columns(examples), *categorical} - set(unused)):
            column = examples.column(j)
            if column.dtype.kind in "mM":
                raise InvalidInputError(
                    f"column {examples.features[j]!r} holds dates or durations, which no surrogate "
                    "takes; turn it into numbers"
                )
            found[j] = list(pd.unique(column[~pd.isna(column)]))
        safe = tuple(_NOT_IN_NAMES.sub("_", feature) for feature in examples.features)
        if first_repeated(safe) is not None:
            safe = positional_names(examples.n_features)
        return cls(safe, dict(sorted(found.items())), unused)

    def __call__(self, table: Table) -> Table:
        """Encode rows with the same columns as the examples."""
        if isinstance(table, SparseTable):
            matrix = table.matrix.astype(np.float64)
            matrix.data[np.isin(matrix.indices, self.unused)] = 0.0
            return as_table(_with_short_indices(matrix))
        if not self.categories and not self.unused:
            return as_table(table.to_matrix())
        if not self.categories:
            columns = [self._numbers(table, j) for j in range(table.n_features)]
            return as_table(np.stack(columns, axis=1))
        return as_table(
            pd.DataFrame({name: self._column(table, j) for j, name in enumerate(self.features)})
        )

    def _column(self, table: Table, j: int) -> "npt.NDArray[Any] | pd.Categorical[Any]":
        if j not in self.categories:
            return self._numbers(table, j)
        codes, _ = category_codes(table, j, self.categories[j])
        known = np.where(np.isnan(codes), -1, codes).astype(np.int64)
        return pd.Categorical.from_codes(known, categories=pd.Index(list(self.categories[j])))

    def _numbers(self, table: Table, j: int) -> Floats:
        if j in self.unused:
            return np.zeros(table.n_rows)
        return as_numbers(table.column(j), table.features[j])


def _with_short_indices(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Return the matrix with positions in 32 bits, where they fit: scikit-learn's trees ask for it."""
    if max(matrix.nnz, *matrix.shape) <= np.iinfo(np.int32).max:
        matrix.indices = matrix.indices.astype(np.int32, copy=False)
        matrix.indptr = matrix.indptr.astype(np.int32, copy=False)
    return matrix
