"""Blocks of masked rows, in the container that the model knows them in.

A block is written where the one before it was, wholly: whatever the model did to its rows is
forgotten. Data frames, and cells that are no words of fixed width, are made anew for each block.
"""

from typing import Any, Protocol, TypeVar, final

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Integers
from pellucid.data.matrix import MatrixTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.explainers.call_sizes import rows_per_call
from pellucid.kernels.masked_rows import (
    Games,
    SparseRows,
    room_for_cells,
    write_origins,
    write_rows,
    write_sparse_rows,
)

_WIDTHS = (1, 2, 4, 8)

Rows = TypeVar("Rows", MatrixTable, SparseTable)


class Blocks(Protocol):
    """Writes masked rows of a batch of rows to explain."""

    rows_per_call: int
    """How many masked rows the model is given at once, at most."""

    def write(self, i: int, games: Games, first: int, n_rows: int) -> Table:
        """Return some masked rows of row i to explain, from the first one on."""
        ...


def blocks_of(references: Table, own: Table, player_of: Integers) -> Blocks:
    """Return what writes masked rows.

    Parameters
    ----------
    references, own : Table
        The reference rows and the rows to explain, in the same kind of container.
    player_of : ndarray of int64, shape (d,)
        Player that each column belongs to.
    """
    if isinstance(references, MatrixTable) and isinstance(own, MatrixTable):
        own = _as_below(references, own)
        if _are_words(own.array):
            return DenseBlocks(references, own, player_of)
    if isinstance(references, SparseTable) and isinstance(own, SparseTable):
        own = _as_below(references, own)
        if _are_words(own.matrix.data):
            return SparseBlocks(references, own, player_of)
    return GatheredBlocks(references, own, player_of)


def _as_below(references: Rows, own: Rows) -> Rows:
    """Return rows in the type of cells that they get below the reference rows."""
    return references.take(slice(0, 0)).stack(own)


def _are_words(array: npt.NDArray[Any]) -> bool:
    return array.dtype.kind in "fiubmM" and array.dtype.itemsize in _WIDTHS


def _as_words(array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return an array's cells as signed integers of the same width, in memory kernels take."""
    cells = np.require(array, dtype, ["C", "A", "W", "E"])
    return cells.view(f"i{cells.dtype.itemsize}")


def _names(table: Table) -> tuple[str, ...] | None:
    return table.features if table.has_names else None


@final
class DenseBlocks:
    """Masked rows of a matrix of numbers or dates."""

    def __init__(self, references: MatrixTable, own: MatrixTable, player_of: Integers) -> None:
        self.names = _names(references)
        self.dtype = own.array.dtype
        self.references = _as_words(references.array, self.dtype)
        self.own = _as_words(own.array, self.dtype)
        self.player_of = player_of
        self.rows_per_call = rows_per_call(own.n_features)
        self.block = self.own[:0]

    def write(self, i: int, games: Games, first: int, n_rows: int) -> Table:
        """Return some masked rows of row i to explain, from the first one on."""
        if len(self.block) < n_rows:
            self.block = np.empty((n_rows, self.own.shape[1]), dtype=self.own.dtype)
        block = self.block[:n_rows]
        write_rows(self.references, self.own[i], games, self.player_of, first, block)
        return MatrixTable(block.view(self.dtype), self.names)


@final
class SparseBlocks:
    """Masked rows of a sparse matrix, which are never made dense."""

    def __init__(self, references: SparseTable, own: SparseTable, player_of: Integers) -> None:
        self.names = _names(references)
        self.kind = type(own.matrix)
        self.dtype = own.matrix.dtype
        self.references = _sparse_rows(references.matrix, self.dtype)
        self.own = _sparse_rows(own.matrix, self.dtype)
        self.player_of = player_of
        self.most_stored = sum(
            int(np.diff(rows.start).max(initial=0)) for rows in (self.references, self.own)
        )
        self.rows_per_call = rows_per_call(self.most_stored)
        self.merged = room_for_cells(self.most_stored, self.own.word.dtype)
        self.block = self._room(0)

    def _room(self, n_rows: int) -> SparseRows:
        n_cells = n_rows * self.most_stored + 1
        return SparseRows(
            np.empty(n_rows + 1, dtype=np.int64),
            np.empty(n_cells, dtype=np.int32),
            np.empty(n_cells, dtype=self.own.word.dtype),
        )

    def write(self, i: int, games: Games, first: int, n_rows: int) -> Table:
        """Return some masked rows of row i to explain, from the first one on."""
        if len(self.block.start) <= n_rows:
            self.block = self._room(n_rows)
        begin, end = self.own.start[i], self.own.start[i + 1]
        own = SparseRows(
            np.array([0, end - begin]), self.own.column[begin:end], self.own.word[begin:end]
        )
        rows = self.block._replace(start=self.block.start[: n_rows + 1])
        write_sparse_rows(self.references, own, games, self.player_of, self.merged, first, rows)
        stored = slice(0, rows.start[-1])
        cells = rows.word[stored].view(self.dtype)
        parts = (cells, rows.column[stored], rows.start.astype(np.int32))
        matrix = self.kind(parts, shape=(n_rows, len(self.player_of)))
        matrix.has_canonical_format = True
        return SparseTable(matrix, self.names)


def _sparse_rows(matrix: Any, dtype: npt.DTypeLike) -> SparseRows:
    ordered = matrix if matrix.has_sorted_indices else matrix.sorted_indices()
    return SparseRows(
        np.require(ordered.indptr, np.int64, ["C", "A", "W", "E"]),
        np.require(ordered.indices, np.int32, ["C", "A", "W", "E"]),
        _as_words(ordered.data, dtype),
    )


@final
class GatheredBlocks:
    """Masked rows of a data frame, or of an array of objects or strings."""

    def __init__(self, references: Table, own: Table, player_of: Integers) -> None:
        # The references come first, so that their column types and categories lead.
        self.rows = references.stack(own)
        self.n_references = references.n_rows
        self.player_of = player_of
        self.rows_per_call = rows_per_call(own.n_features)

    def write(self, i: int, games: Games, first: int, n_rows: int) -> Table:
        """Return some masked rows of row i to explain, from the first one on."""
        origins = np.empty((self.rows.n_features, n_rows), dtype=np.int64)
        write_origins(games, self.n_references + i, self.player_of, first, origins)
        return self.rows.gather(origins.T)
