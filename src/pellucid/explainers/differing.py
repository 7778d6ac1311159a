"""Which players differ between a row to explain and reference rows."""

from typing import Any, NamedTuple, Protocol, final

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Booleans, Integers
from pellucid.data.cells import Words, as_words
from pellucid.data.feature_map import FeatureMap
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.kernels.differing import (
    count_differing,
    count_differing_sparse,
    mark_differing,
    mark_differing_sparse,
)


class Cells(Protocol):
    """Cells of a table, to be compared by their content; all missing ones are equal."""

    players: FeatureMap
    """Which player each column belongs to; one differs if any of its columns does."""
    unused: tuple[int, ...]
    """Columns that no prediction depends on; their cells count as equal."""

    def row(self, i: int) -> Any:
        """Return the cells of row i in a form to be compared."""
        ...

    def count_differing(self, row: Any) -> Integers:
        """Return how many players differ between a row and each row here, shape (m,)."""
        ...

    def differing(self, row: Any, others: slice | Integers) -> Booleans:
        """Return which players differ between a row and some rows here, shape (r, players)."""
        ...


@final
class DenseCells:
    """Cells of any table, as one word for each content."""

    def __init__(self, table: Table, players: FeatureMap, unused: tuple[int, ...]) -> None:
        words = [as_words(table.column(j)) for j in range(table.n_features)]
        self.words = np.stack(words, axis=1)
        self.words[:, unused] = 0
        self.players, self.unused = players, unused

    def row(self, i: int) -> Words:
        """Return the cells of row i in a form to be compared, shape (d,)."""
        return np.ascontiguousarray(self.words[i])

    def count_differing(self, row: Words) -> Integers:
        """Return how many players differ between a row and each row here, shape (m,)."""
        found = np.empty(len(self.words), dtype=np.int64)
        count_differing(self.words, row, self.players.raw_of, found)
        return found

    def differing(self, row: Words, others: slice | Integers) -> Booleans:
        """Return which players differ between a row and some rows here, shape (r, players)."""
        rows = np.arange(len(self.words))[others]
        found = np.zeros((len(rows), self.players.n_raw), dtype=np.bool_)
        mark_differing(self.words, rows, row, self.players.raw_of, found)
        return found


class SparseRow(NamedTuple):
    """A row to compare with those of a sparse matrix.

    Attributes
    ----------
    words : ndarray of uint64, shape (d,)
        Of all its cells, zeros included.
    columns : ndarray of int32
        Where it is not zero.
    """

    words: Words
    columns: npt.NDArray[np.int32]


@final
class SparseCells:
    """Cells of a sparse matrix; absent ones equal stored zeros."""

    def __init__(self, table: SparseTable, players: FeatureMap, unused: tuple[int, ...]) -> None:
        self.start = table.matrix.indptr.astype(np.int64)
        self.columns = table.matrix.indices.astype(np.int32)
        self.words = as_words(table.matrix.data)
        self.words[np.isin(self.columns, unused)] = 0
        self.players, self.unused = players, unused

    def row(self, i: int) -> SparseRow:
        """Return the cells of row i in a form to be compared."""
        stored = slice(self.start[i], self.start[i + 1])
        words = np.zeros(self.players.n_engineered, dtype=np.uint64)
        words[self.columns[stored]] = self.words[stored]
        return SparseRow(words, np.flatnonzero(words).astype(np.int32))

    def count_differing(self, row: SparseRow) -> Integers:
        """Return how many players differ between a row and each row here, shape (m,)."""
        found = np.empty(len(self.start) - 1, dtype=np.int64)
        count_differing_sparse(
            self.start, self.columns, self.words, *row, self.players.raw_of, found
        )
        return found

    def differing(self, row: SparseRow, others: slice | Integers) -> Booleans:
        """Return which players differ between a row and some rows here, shape (r, players)."""
        rows = np.arange(len(self.start) - 1)[others]
        found = np.zeros((len(rows), self.players.n_raw), dtype=np.bool_)
        mark_differing_sparse(
            self.start, self.columns, self.words, rows, *row, self.players.raw_of, found
        )
        return found


def cells_of(
    table: Table, players: FeatureMap | None = None, unused: tuple[int, ...] = ()
) -> Cells:
    """Return a table's cells for comparison; without players, each column is one.

    Cells of unused columns, which no prediction depends on, all count as equal.

    Examples
    --------
    >>> from pellucid.data.table import as_table
    >>> table = as_table([["b", 1.0], [None, 1.0], ["b", 2.0]])
    >>> cells = cells_of(table)
    >>> cells.differing(cells.row(0), slice(None))
    array([[False, False],
           [ True, False],
           [False,  True]])
    >>> pair = cells_of(table, FeatureMap.of(np.array([0, 0]), n_raw=1))
    >>> pair.count_differing(pair.row(0))
    array([0, 1, 1])
    """
    players = players or FeatureMap.identity(table.n_features)
    if isinstance(table, SparseTable):
        return SparseCells(table, players, unused)
    return DenseCells(table, players, unused)
