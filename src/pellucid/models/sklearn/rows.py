"""Rows in the container that a scikit-learn estimator was fitted on, as far as it says."""

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from pellucid.data.copies import copy_of
from pellucid.data.frame import FrameTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table


def names_of(estimator: Any) -> tuple[str, ...] | None:
    """Return the column names an estimator was fitted with, or None if it had none."""
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else tuple(str(name) for name in names)


def names_made_by(transformer: Any) -> list[str] | None:
    """Return the names that a fitted transformer gives to its columns, or None if it has none."""
    if not hasattr(transformer, "get_feature_names_out"):
        return None
    try:
        return [str(name) for name in transformer.get_feature_names_out()]
    except (AttributeError, ValueError):  # one of its steps has none, or was given none
        return None


def rows_for(table: Table, names: Sequence[str] | None) -> Any:
    """Return a copy of rows as an estimator takes them without complaint about names.

    It is a copy since transformers with ``copy=False`` write to it.

    Parameters
    ----------
    table : Table
        Rows whose columns are in the estimator's order.
    names : sequence of str or None
        The names it was fitted with; None if it was fitted without names.

    Returns
    -------
    pandas or polars DataFrame, ndarray or CSR matrix, shape (m, d)
        A frame if it knows names. Otherwise the matrix, in the dtype of the columns; or, where
        columns hold other things than numbers, a pandas frame whose columns have no names.

    Examples
    --------
    >>> from pellucid.data.table import as_table
    >>> rows_for(as_table([[1.0, 2.0]]), ["age", "hours"])
       age  hours
    0  1.0    2.0
    """
    if names is None:
        return _without_names(table)
    if isinstance(table, FrameTable):
        named = table.with_features(names).frame
        if named.implementation.is_pyarrow():
            return named.to_pandas()
        return copy_of(named.to_native())
    return frame_of(table.with_features(names))


def frame_of(table: Table) -> pd.DataFrame:
    """Return a copy of rows as a pandas frame with the table's names."""
    if isinstance(table, SparseTable):
        from_matrix = pd.DataFrame.sparse.from_spmatrix  # type: ignore[attr-defined] # not in the stubs
        sparse: pd.DataFrame = from_matrix(table.matrix, columns=list(table.features))
        return sparse
    if not isinstance(table, FrameTable):
        return pd.DataFrame(copy_of(table.native), columns=list(table.features))
    frame: pd.DataFrame = copy_of(table.frame.to_pandas())
    return frame


def _without_names(table: Table) -> Any:
    if not isinstance(table, FrameTable):
        return copy_of(table.native)
    types = table.frame.schema.values()
    if all(dtype.is_numeric() or dtype == nw.Boolean for dtype in types):
        single = all(dtype == nw.Float32 for dtype in types)
        return table.to_matrix().astype(np.float32 if single else np.float64)
    frame = table.frame.to_pandas()
    return copy_of(frame.set_axis(range(frame.shape[1]), axis=1))
