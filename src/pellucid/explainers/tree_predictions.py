"""Predictions by a model's trees, compared with its own."""

from weakref import WeakSet

import numpy as np

from pellucid._core.errors import InvalidInputError, ModelError
from pellucid._core.typing import Floats, Integers, OutputSpace
from pellucid.data.table import Table
from pellucid.explainers.attribution import LARGEST_GAP
from pellucid.models.model import Model
from pellucid.models.structures import TreeStructure

ROWS_COMPARED = 32
"""Rows of a batch for which the model's own predictions are compared with the trees' sums, and
about as many more with missing or infinite cells."""

FEW_ROWS = 8
"""Rows of a call that are compared only if the model's trees have not been so far."""

_COMPARED: WeakSet[TreeStructure] = WeakSet()


def compared_predictions(
    model: Model,
    structure: TreeStructure,
    table: Table,
    unusual: Integers,
    predictions: Floats,
    *,
    output: OutputSpace,
) -> Floats:
    """Return predictions once they are found to be the model's own, for some of the rows.

    These are spread evenly; with them go rows with missing or infinite cells, which libraries
    treat in the most different ways. If any differs by more than rounding, all of the model's
    own predictions are returned, which the values then do not add up to. In calls of a few
    ordinary rows, a model is asked the first time only: what it takes for one row is often
    many times what the row's values take.

    Parameters
    ----------
    model : Model
    structure : TreeStructure
        The model's trees.
    table : Table
        Rows, n.
    unusual : ndarray of int
        Rows that are compared in any case.
    predictions : ndarray of float64, shape (n, k)
        Those of the trees.
    output : {"raw", "probability", "value"}
        The space they are in.
    """
    n_rows = table.n_rows
    is_known = structure in _COMPARED
    if n_rows == 0 or (n_rows <= FEW_ROWS and is_known and not len(unusual)):
        return predictions
    spread = np.linspace(0, n_rows - 1, min(n_rows, ROWS_COMPARED)).astype(np.int64)
    rows = np.union1d(spread, unusual)
    try:
        own = model.predict(table.take(rows), output)
    except (InvalidInputError, ModelError):
        model.predict(table, output)  # its error counts rows as the user does
        raise
    if np.abs(own - predictions[rows]).max() > LARGEST_GAP * np.abs(own).max():
        return model.predict(table, output)
    _COMPARED.add(structure)
    return predictions


def unusual_rows(matrix: Floats) -> Integers:
    """Return the first rows (n, e) with missing or infinite cells, among them any column's first.

    A model may take such cells in one column and refuse them in another one.
    """
    none = np.empty(0, dtype=np.int64)
    with np.errstate(all="ignore"):
        if np.isfinite(matrix.sum()):  # known in a third of the time that each cell takes
            return none
    unusual = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if not len(unusual):
        return none
    cells = matrix[unusual]
    kinds = np.concatenate([np.isnan(cells), np.isinf(cells)], axis=1)
    first = kinds.argmax(axis=0)[kinds.any(axis=0)]
    chosen = np.union1d(np.arange(min(len(unusual), ROWS_COMPARED)), first)
    return np.take(unusual, chosen)
