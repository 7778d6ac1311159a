"""``ColumnPairs``: fitted transformers, each for columns of its own, as the old SDK listed them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from pellucid._core.errors import (
    FeatureMismatchError,
    InvalidInputError,
    ModelError,
    PellucidError,
    in_one_line,
)
from pellucid._core.validation import as_integer, kind_of
from pellucid.data.frame import FrameTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table, as_table
from pellucid.models.sklearn.fitted import refuse_unfitted, transform_rows
from pellucid.models.sklearn.rows import frame_of, names_of, rows_for

MOST_DENSE_COLUMNS = 4096
"""Sparse columns are made dense, as by sklearn-pandas, if there are no more than this in all."""


@dataclass(frozen=True, eq=False)
class Part:
    """A fitted transformer and the columns that it takes.

    Attributes
    ----------
    columns : tuple of int
        Positions of the columns.
    transformer : object or None
        None passes the columns through.
    label : str
        How messages call the pair.
    is_single : bool
        Whether it is one column that was named alone, not in a list: it has one dimension.
    as_frame : bool
        Whether the transformer takes the columns as pandas has them.
    """

    columns: tuple[int, ...]
    transformer: Any
    label: str
    is_single: bool = False
    as_frame: bool = False

    def rows_of(self, rows: Any) -> Any:
        """Return what the transformer takes of some rows.

        A transformer that knows the names of its columns, or is said to take a frame, gets a frame;
        any other one an array. A column that was named alone has one dimension, unless the
        transformer says how many columns it was fitted on: it takes tables, then.
        """
        table = as_table(rows, name="the rows").select(self.columns)
        is_single = self.is_single and not hasattr(self.transformer, "n_features_in_")
        if isinstance(table, SparseTable):
            return table.matrix.toarray().ravel() if is_single else table.native
        names = names_of(self.transformer)
        if names is not None:
            return rows_for(table, names)
        frame = frame_of(table)
        if is_single:
            return frame.iloc[:, 0] if self.as_frame else np.array(frame.iloc[:, 0])
        return frame if self.as_frame else _array(table, frame)

    def transform(self, rows: Any) -> Any:
        """Return the columns that come of it, as an array or sparse matrix of two dimensions."""
        given = self.rows_of(rows)
        try:
            made = transform_rows(self.transformer, given)
        except PellucidError:
            raise
        except Exception as error:
            raise ModelError(
                f"transformations: {self.label} failed: {in_one_line(error)}{self._hint(given)}"
            ) from error
        if sp.issparse(made):
            return made
        found = np.asarray(made)
        return found.reshape(len(found), -1) if found.ndim < 2 else found

    def _hint(self, given: Any) -> str:
        if np.ndim(given) != 1:
            return ""
        return "; a column named alone has one dimension, one in a list two"


@dataclass(frozen=True, eq=False)
class ColumnPairs:
    """Fitted transformers side by side, each for columns of its own.

    Attributes
    ----------
    parts : tuple of Part
        Their outputs stand side by side in this order.
    names : tuple of str or None
        Names of the raw columns.
    n_features_in_ : int or None
        Number of raw columns.
    stays_sparse : bool
        Whether to return a sparse matrix if there is a sparse part.
    """

    parts: tuple[Part, ...]
    names: tuple[str, ...] | None
    n_features_in_: int | None
    stays_sparse: bool = False

    def transform(self, rows: Any) -> Any:
        """Return the engineered columns (n, e) of rows in any container."""
        made = [part.transform(rows) for part in self.parts]
        if not any(sp.issparse(block) for block in made):
            return np.hstack(made)
        whole = sp.hstack(made, format="csr")
        wide = whole.shape[1] > MOST_DENSE_COLUMNS
        return whole if self.stays_sparse or wide else whole.toarray()


def read_pairs(
    pairs: Any, *, names: Sequence[str] | None, n_columns: int | None = None, what: str
) -> ColumnPairs:
    """Read a list of pairs of columns and fitted transformers.

    Parameters
    ----------
    pairs : sequence of (columns, transformer) or (columns, transformer, options)
        Columns by name or position: one alone, or a list of them. The transformer is fitted, None
        to pass the columns through, or a list of transformers that follow each other. Of
        sklearn-pandas's options, ``{"input_df": True}`` hands the transformer a frame.
    names : sequence of str or None
        Names of the raw columns; None if they have none, or these are not known.
    n_columns : int, optional
        Number of raw columns, where it is known.
    what : str
        How error messages call the list.

    Raises
    ------
    InvalidInputError
        This is no list of pairs, or a transformer is none.
    FeatureMismatchError
        There is no such column.
    UnsupportedModelError
        A transformer is not fitted.
    """
    read = [_read_pair(pair, what) for pair in pairs]
    if not read:
        raise InvalidInputError(f"{what} is an empty list")
    if names is None and n_columns is None:
        named = [column for columns, _, _, _ in read for column in columns]
        names = tuple(dict.fromkeys(column for column in named if isinstance(column, str))) or None
        positions = [column for column in named if not isinstance(column, str)]
        n_columns = None if names or not positions else max(positions) + 1
    known = None if names is None else tuple(names)
    n = n_columns if known is None else len(known)
    parts = [
        Part(
            columns=tuple(_position(column, known, n, what) for column in columns),
            transformer=transformer,
            label=_shown(columns, transformer, is_single=is_single),
            is_single=is_single,
            as_frame=bool(options.get("input_df", False)),
        )
        for columns, transformer, is_single, options in read
    ]
    return ColumnPairs(tuple(parts), known, n)


def _read_pair(pair: Any, what: str) -> tuple[list[str | int], Any, bool, dict[str, Any]]:
    """Return columns, transformer, whether one column stands alone, and options."""
    if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) not in {2, 3}:
        raise InvalidInputError(
            f"{what} holds {_short(pair)}; pairs (columns, fitted transformer) are needed"
        )
    columns, transformer, options = pair[0], pair[1], pair[2] if len(pair) == 3 else {}
    is_single = isinstance(columns, str) or not isinstance(columns, Iterable)
    listed = [columns] if is_single else list(columns)
    if not listed:
        raise InvalidInputError(f"{what}: a pair with {_kind(transformer)} has no columns")
    settled = [column if isinstance(column, str) else as_integer(column) for column in listed]
    if None in settled:
        raise InvalidInputError(
            f"{what} has {_short(listed[settled.index(None)])} where a column's name or position "
            "is needed"
        )
    if isinstance(transformer, list | tuple):
        transformer = _chain(transformer, what, listed)
    label = _shown(listed, transformer, is_single=is_single)
    if isinstance(transformer, type):
        raise InvalidInputError(f"{what}: {label} is a class; pass a fitted transformer")
    if transformer is not None and not hasattr(transformer, "transform"):
        raise InvalidInputError(
            f"{what}: the pair of {_short(columns)} has {kind_of(transformer)}; a fitted "
            "transformer or None is needed"
        )
    refuse_unfitted(transformer, called=f"{what}: {label}")
    n_fitted = getattr(transformer, "n_features_in_", len(settled))
    if n_fitted != len(settled):
        raise FeatureMismatchError(
            f"{what}: {label} was fitted with {n_fitted} column{'s' * (n_fitted != 1)}, and gets "
            f"{len(settled)}"
        )
    return settled, transformer, is_single, dict(options or {})  # type: ignore[return-value]


def _chain(steps: Iterable[Any], what: str, columns: Sequence[Any]) -> Any:
    """Return transformers that follow each other as one."""
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    chained = [step for step in steps if step is not None]
    for step in chained:
        if isinstance(step, type) or not hasattr(step, "transform"):
            raise InvalidInputError(
                f"{what}: the pair of {_short(columns)} has {kind_of(step)} in its list; fitted "
                "transformers are needed"
            )
        refuse_unfitted(step, called=f"{what}: {_shown(columns, step, is_single=False)}")
    if len(chained) < 2:
        return chained[0] if chained else None
    return make_pipeline(*chained)


def _position(column: str | int, names: Sequence[str] | None, n: int | None, what: str) -> int:
    if isinstance(column, str):
        if names is None:
            raise FeatureMismatchError(
                f"{what} names column {column!r}, but the columns have no names; pass features="
            )
        if column not in names:
            raise FeatureMismatchError(
                f"{what} has column {column!r}, which is none of the rows' columns "
                f"{_short(list(names))}"
            )
        return list(names).index(column)
    if n is not None and not -n <= column < n:
        raise FeatureMismatchError(f"{what} has column {column}, but there are {n} columns")
    return column if column >= 0 or n is None else column + n


def _array(table: Table, frame: Any) -> npt.NDArray[Any]:
    """Return columns as pandas puts them into one array, in the type that holds them all."""
    return np.array(frame if isinstance(table, FrameTable) else table.native)


def _kind(transformer: Any) -> str:
    return "None" if transformer is None else type(transformer).__name__


def _shown(columns: Sequence[Any], transformer: Any, *, is_single: bool) -> str:
    given = columns[0] if is_single else list(columns)
    return f"({_short(given)}, {_kind(transformer)})"


def _short(thing: Any, most: int = 60) -> str:
    shown = repr(thing)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
