"""``Preparation``: a fitted transformer as a step between tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid._core.errors import (
    FeatureMismatchError,
    InvalidInputError,
    PellucidError,
    in_one_line,
)
from pellucid.data.cells import missing_mask
from pellucid.data.copies import copy_of
from pellucid.data.table import Table, as_table, order_of
from pellucid.models.function import rows_like
from pellucid.models.sklearn.fitted import takes_any_container, transform_rows
from pellucid.models.sklearn.pairs import ColumnPairs
from pellucid.models.sklearn.rows import names_made_by, rows_for


@dataclass(frozen=True, eq=False)
class Preparation:
    """Calls a fitted transformer on a table.

    Attributes
    ----------
    transformer : object
        Anything with ``transform``.
    names_in : tuple of str or None
        The column names it was fitted with.
    example : Table or None
        A raw row that it takes, in the kind of container of the initialization examples.
    names_out : tuple of str or None
        The column names that the model behind it was fitted with.
    n_out : int or None
        The number of columns that the model behind it was fitted with.
    """

    transformer: Any
    names_in: tuple[str, ...] | None
    example: Table | None = None
    names_out: tuple[str, ...] | None = None
    n_out: int | None = None

    def __call__(self, table: Table) -> Table:
        """Transform rows; dense, sparse or frame as the transformer returns them.

        Raises
        ------
        InvalidInputError
            The transformer refuses a cell; the message names the column.
        FeatureMismatchError
            It returns other columns than the model was fitted with.
        """
        prepared = self._transformed(table)
        if self.n_out not in {None, prepared.n_features}:
            raise FeatureMismatchError(
                f"transformations returns {prepared.n_features} columns, but the model was "
                f"fitted with {self.n_out}"
            )
        if self.names_out is None:
            return prepared
        order = _order(self._names(prepared), self.names_out)
        return (prepared if order is None else prepared.select(order)).with_features(self.names_out)

    def rows_of(self, table: Table) -> Any:
        """Return rows in the container that the transformer takes."""
        if isinstance(self.transformer, ColumnPairs):
            return table.native if self.names_in is None else table.with_features(self.names_in)
        if self.names_in is None and takes_any_container(self.transformer):
            return copy_of(table.native if self.example is None else rows_like(self.example, table))
        return rows_for(table, self.names_in)

    def order(self) -> list[int] | None:
        """Return the place of each of the model's columns among the transformer's, if not its own.

        Columns are matched by name where both sides have the same names. Other names were given by
        hand to the model's columns, in the transformer's order.
        """
        if self.names_out is None:
            return None
        made = names_made_by(self.transformer)
        if made is None and self.example is not None:
            made = self._names(self._transformed(self.example))
        return _order(made, self.names_out)

    def _names(self, prepared: Table) -> list[str] | None:
        return list(prepared.features) if prepared.has_names else names_made_by(self.transformer)

    def _transformed(self, table: Table) -> Table:
        rows = self.rows_of(table)
        try:
            made = transform_rows(self.transformer, rows)
        except Exception as error:
            refused = self._refused_cell(table)
            if refused is None:
                raise
            if isinstance(error, PellucidError):  # says itself who refuses it
                raise InvalidInputError(f"{refused}; {error}") from error
            raise InvalidInputError(
                f"{refused}, which {_called(self.transformer)} refuses ({in_one_line(error)})"
            ) from error
        return as_table(made, name="the transformed rows")

    def _refused_cell(self, table: Table) -> str | None:
        """Say which cell alone, in the example's row, makes the transformer raise."""
        if self.example is None or not self._takes(self.example):
            return None
        names = self.example.features if self.example.has_names else None
        own = as_table(rows_like(self.example, table), features=names).like(self.example)
        while own.n_rows > 1:  # the first row that it refuses
            half = own.take(slice(0, own.n_rows // 2))
            own = own.take(slice(own.n_rows // 2, None)) if self._takes(half) else half
        both = self.example.stack(own)
        for j in range(own.n_features):
            index = np.zeros((1, own.n_features), dtype=np.int64)
            index[0, j] = 1
            if not self._takes(both.gather(index)):
                cell = own.column(j)
                held = "a missing value" if missing_mask(cell)[0] else repr(cell.tolist()[0])
                return f"column {self.example.features[j]!r} holds {held}"
        return None

    def _takes(self, table: Table) -> bool:
        try:
            transform_rows(self.transformer, self.rows_of(table))
        except Exception:  # noqa: BLE001 - whatever it is, the first one was told
            return False
        return True


def _order(made: list[str] | None, wanted: tuple[str, ...]) -> list[int] | None:
    if made is None or tuple(made) == wanted or set(made) != set(wanted):
        return None
    return order_of(made, wanted, name="the transformed rows", to="the model")


def _called(transformer: Any) -> str:
    steps = getattr(transformer, "steps", None)
    return type(transformer if steps is None or len(steps) > 1 else steps[0][1]).__name__
