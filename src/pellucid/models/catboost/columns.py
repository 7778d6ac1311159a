"""Rows as CatBoost takes them, and as its trees read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import catboost
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid.data.cells import missing_mask
from pellucid.data.frame import FrameTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.models.catboost.hashing import category_hash
from pellucid.models.recoding import is_numeric_matrix, matrix_with_codes


@dataclass(frozen=True)
class Columns:
    """What a model knows of its columns.

    Attributes
    ----------
    name : str
        How messages call the model.
    features : tuple of str
        ``"0"``, ``"1"``, … where it was fitted without names.
    categorical, text, embedding : tuple of int
        The columns that hold no numbers.
    n_outputs : int
        Number of outputs of the sum of trees.
    """

    name: str
    features: tuple[str, ...]
    categorical: tuple[int, ...]
    text: tuple[int, ...]
    embedding: tuple[int, ...]
    n_outputs: int

    @classmethod
    def of(cls, model: Any, name: str) -> "Columns":
        """Read them from a model."""
        _, bias = model.get_scale_and_bias()
        return cls(
            name,
            tuple(str(feature) for feature in model.feature_names_),
            tuple(model.get_cat_feature_indices()),
            tuple(model.get_text_feature_indices()),
            tuple(model.get_embedding_feature_indices()),
            np.size(bias),
        )

    def pool(self, table: Table) -> Any:
        """Return rows in a container that CatBoost takes, under the model's own names.

        Raises
        ------
        InvalidInputError
            A column of categories holds something else, or one of numbers holds strings.
        """
        try:
            return catboost.Pool(
                self._rows(table),
                cat_features=list(self.categorical),
                text_features=list(self.text),
                embedding_features=list(self.embedding),
                feature_names=list(self.features),
            )
        except (catboost.CatBoostError, TypeError):
            # CatBoost's message gives a column's number at best.
            for j in self.categorical:
                self.check_categories(table.column(j), table.features[j])
            raise

    def _rows(self, table: Table) -> Any:
        if isinstance(table, SparseTable):
            return sp.csr_matrix(table.matrix)
        others = {*self.categorical, *self.text, *self.embedding}
        if is_numeric_matrix(table) and not others:
            return table.native
        if isinstance(table, FrameTable) and table.frame.implementation.is_pandas():
            is_plain = [
                isinstance(dtype, np.dtype) and dtype.kind in "fiub"
                for dtype in table.native.dtypes
            ]
            if all(j in others or is_plain[j] for j in range(table.n_features)):
                return table.native
        numbers = matrix_with_codes(table, {j: np.zeros(table.n_rows) for j in others})
        columns = {
            j: table.column(j) if j in others else numbers[:, j] for j in range(len(numbers.T))
        }
        return pd.DataFrame(columns)

    def check_categories(self, values: npt.NDArray[Any], feature: str) -> None:
        """Check that a column of categories holds strings and integers only.

        Raises
        ------
        InvalidInputError
            It holds a missing value or another kind of number; the message names the column.
        """
        if missing_mask(values).any():
            raise InvalidInputError(
                f"{self.name} takes no missing values in columns of categories, and there are some "
                f"in column {feature!r}; fill them with the string that stood for them in training"
            )
        for value in [] if values.dtype.kind in "iub" else values.tolist():
            if not isinstance(value, str | int | np.integer | np.bool_):
                raise InvalidInputError(
                    f"column {feature!r} holds {value!r} where {self.name} needs a category: a "
                    "string or an integer"
                )

    def codes(self, hashes: Mapping[int, tuple[int, ...]], table: Table) -> Floats:
        """Return the cells as the trees ask them, (n, d): float32 values, categories as codes.

        Parameters
        ----------
        hashes : mapping from column to tuple of int
            The categories that some split asks, by their hashes; their positions are the codes.
            All other categories have the code -1.
        table : Table
            Rows, n of them.

        Raises
        ------
        InvalidInputError
            A column of categories holds something else, or one of numbers holds strings.
        """
        found = matrix_with_codes(
            table, {j: self._category_codes(table, j, hashes.get(j, ())) for j in self.categorical}
        )
        with np.errstate(over="ignore"):
            return found.astype(np.float32).astype(np.float64)

    def _category_codes(self, table: Table, j: int, hashes: tuple[int, ...]) -> Floats:
        values = table.column(j)
        self.check_categories(values, table.features[j])
        code_of = {category: code for code, category in enumerate(hashes)}
        place, distinct = pd.factorize(values)
        codes = [code_of.get(category_hash(_as_text(value)), -1) for value in distinct.tolist()]
        return np.array(codes, dtype=np.float64)[place]


def _as_text(value: str | int) -> str:
    """Return a category as CatBoost spells it: True is ``"1"``."""
    return value if isinstance(value, str) else str(int(value))
