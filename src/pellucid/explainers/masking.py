"""Rows that take some columns from the row to explain and the others from a reference row."""

from collections.abc import Sequence
from typing import Any, Protocol, final

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Booleans, Floats, Integers, OutputSpace
from pellucid.data.cells import as_words
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table, as_table
from pellucid.models.function import rows_like
from pellucid.models.model import Model

MOST_ROWS_PER_CALL = 16_384
MOST_CELLS_PER_CALL = 4_194_304


class Cells(Protocol):
    """Cells of a table, to be compared by their content; all missing ones are equal."""

    def row(self, i: int) -> npt.NDArray[Any]:
        """Return the cells of row i in a form to be compared, shape (d,)."""
        ...

    def differing(self, row: npt.NDArray[Any], others: slice | Integers) -> Booleans:
        """Return in which columns a row differs from each of some rows here, shape (r, d)."""
        ...


@final
class DenseCells:
    """Cells of any table, as one word for each content."""

    def __init__(self, table: Table) -> None:
        words = [as_words(table.column(j)) for j in range(table.n_features)]
        self.words = np.stack(words, axis=1)

    def row(self, i: int) -> npt.NDArray[Any]:
        """Return the cells of row i in a form to be compared, shape (d,)."""
        words: npt.NDArray[Any] = self.words[i]
        return words

    def differing(self, row: npt.NDArray[Any], others: slice | Integers) -> Booleans:
        """Return in which columns a row differs from each of some rows here, shape (r, d)."""
        differs: Booleans = self.words[others] != row
        return differs


@final
class SparseCells:
    """Cells of a sparse matrix; absent ones equal stored zeros."""

    def __init__(self, table: SparseTable) -> None:
        self.matrix = table.matrix

    def row(self, i: int) -> npt.NDArray[Any]:
        """Return the cells of row i in a form to be compared, shape (d,)."""
        cells: npt.NDArray[Any] = self.matrix[[i]].toarray().ravel()
        return cells

    def differing(self, row: npt.NDArray[Any], others: slice | Integers) -> Booleans:
        """Return in which columns a row differs from each of some rows here, shape (r, d)."""
        chosen = self.matrix[others]
        differs = np.tile(row != 0, (chosen.shape[0], 1))
        at = np.repeat(np.arange(chosen.shape[0]), np.diff(chosen.indptr)), chosen.indices
        here = row[chosen.indices]
        differs[at] = as_words(here) != as_words(chosen.data)
        return differs


def cells_of(table: Table) -> Cells:
    """Return a table's cells for comparison.

    Examples
    --------
    >>> cells = cells_of(as_table([["b", 1.0], [None, 1.0], ["b", 2.0]]))
    >>> cells.differing(cells.row(0), slice(None))
    array([[False, False],
           [ True, False],
           [False,  True]])
    """
    return SparseCells(table) if isinstance(table, SparseTable) else DenseCells(table)


def in_kind_of(reference: Table, table: Table) -> Table:
    """Return a table in the kind of container of another one, and with its column types."""
    names = reference.features if reference.has_names else None
    return as_table(rows_like(reference, table), features=names).like(reference)


@final
class MaskedRows:
    """Builds masked rows for a batch of rows to explain, and has the model predict them.

    Parameters
    ----------
    model : Model
        Predicts the rows.
    space : {"raw", "probability", "value"}
        The output space that it predicts.
    background : Table
        Reference rows, m of them.
    cells : Cells
        Those of the reference rows.
    table : Table
        Rows to explain.
    """

    def __init__(
        self, model: Model, space: OutputSpace, background: Table, cells: Cells, table: Table
    ) -> None:
        self.model = model
        self.space = space
        self.n_references = background.n_rows
        own = in_kind_of(background, table)
        # The references come first, so that their column types and categories lead.
        self.rows = background.stack(own)
        self.cells = cells
        self.own_cells = cells_of(own)

    def differing(self, i: int, references: slice | Integers) -> Booleans:
        """Return in which columns row i to explain differs from reference rows, shape (r, d)."""
        return self.cells.differing(self.own_cells.row(i), references)

    def count_differing(self, i: int) -> Integers:
        """Return in how many columns row i to explain differs from each reference row, (m,)."""
        size = max(MOST_CELLS_PER_CALL // self.rows.n_features, 1)
        return np.concatenate(
            [
                self.differing(i, slice(start, min(start + size, self.n_references))).sum(axis=1)
                for start in range(0, self.n_references, size)
            ]
        )

    def predict(
        self,
        i: int,
        references: Sequence[int],
        players: Sequence[Booleans],
        coalitions: Sequence[Booleans],
    ) -> tuple[Floats, list[Floats]]:
        """Predict row i to explain, and what its coalitions with reference rows make of it.

        Every call is about one row to explain only, so that its results do not depend on the rows
        around it, down to the last bit.

        Parameters
        ----------
        i : int
            Row to explain.
        references : sequence of r int
            Reference rows.
        players : sequence of r ndarray of bool, shape (d,)
            Columns that the coalitions are about, for each reference row.
        coalitions : sequence of r ndarray of bool, shape (c, n)
            Which of these columns are taken from the row to explain.

        Returns
        -------
        full : ndarray of float64, shape (k,)
            Output for the row to explain.
        outputs : list of r ndarray of float64, shape (c, k)
        """
        d = self.rows.n_features
        lengths = [len(block) for block in coalitions]
        taken = np.zeros((1 + sum(lengths), d), dtype=np.bool_)
        taken[0] = True
        start = 1
        for block, at in zip(coalitions, players, strict=True):
            taken[start : start + len(block), at] = block
            start += len(block)
        used, place = np.unique(np.asarray(references, dtype=np.int64), return_inverse=True)
        rows = self.rows.take(np.append(used, self.n_references + i))
        origin = np.concatenate([[0], np.repeat(place, lengths)])
        size = max(min(MOST_ROWS_PER_CALL, MOST_CELLS_PER_CALL // d), 1)
        parts = []
        for first in range(0, len(taken), size):
            call = slice(first, first + size)
            index = np.where(taken[call], len(used), origin[call, None])
            parts.append(self.model.predict(rows.gather(index), self.space))
        outputs = np.concatenate(parts)
        return outputs[0], np.split(outputs[1:], np.cumsum(lengths)[:-1]) if lengths else []
