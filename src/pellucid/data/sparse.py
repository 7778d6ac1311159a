"""Sparse matrices, kept sparse."""

from collections.abc import Mapping, Sequence
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from pellucid._core.randomness import fingerprint
from pellucid._core.typing import Floats, Integers
from pellucid.data.cells import as_words, missing_mask
from pellucid.data.table import Table, positional_names


@final
class SparseTable(Table):
    """A SciPy matrix in compressed sparse row format; absent cells are zeros.

    Parameters
    ----------
    matrix : scipy.sparse.csr_matrix or csr_array, shape (n, d)
        Kept as it is, dtype included; every cell is stored once at most.
    features : sequence of str, optional
        Names of the columns.
    """

    def __init__(self, matrix: Any, features: Sequence[str] | None = None) -> None:
        self.matrix = matrix
        self.has_names = features is not None
        self.features = positional_names(matrix.shape[1]) if features is None else tuple(features)

    @property
    def n_rows(self) -> int:
        return int(self.matrix.shape[0])

    @property
    def native(self) -> Any:
        return self.matrix

    def _with(self, matrix: Any) -> Self:
        return type(self)(matrix, self.features if self.has_names else None)

    def take(self, rows: Integers | slice) -> Self:
        return self._with(self.matrix[rows])

    def select(self, columns: Sequence[int]) -> Self:
        names = [self.features[j] for j in columns] if self.has_names else None
        return type(self)(self.matrix[:, list(columns)].tocsr(), names)

    def with_features(self, features: Sequence[str]) -> Self:
        return type(self)(self.matrix, features)

    def like(self, reference: Table) -> Self:  # noqa: ARG002 - a matrix has one type only
        return self

    def stack(self, other: Self) -> Self:
        return self._with(sp.vstack([self.matrix, other.matrix], format="csr"))

    def gather(self, index: Integers) -> Self:
        # Each stored cell (row i, column j) goes to the new rows whose index is i in column j.
        stored = self.matrix.tocsc()
        rows, columns, values = [], [], []
        cell_of = np.full(self.n_rows, -1, dtype=np.int64)
        for j in np.flatnonzero(np.diff(stored.indptr)):
            cells = slice(stored.indptr[j], stored.indptr[j + 1])
            cell_of[stored.indices[cells]] = np.arange(cells.start, cells.stop)
            cell = cell_of[index[:, j]]
            hit = np.flatnonzero(cell >= 0)
            rows.append(hit)
            columns.append(np.full(len(hit), j))
            values.append(stored.data[cell[hit]])
            cell_of[stored.indices[cells]] = -1
        shape = (len(index), self.n_features)
        if not rows:
            return self._with(type(self.matrix)(shape, dtype=self.matrix.dtype))
        place = (np.concatenate(rows), np.concatenate(columns))
        return self._with(type(self.matrix)((np.concatenate(values), place), shape=shape))

    def with_cells(self, cells: Mapping[int, Floats]) -> Self:
        columns = list(cells)
        stored = self.matrix.tocoo()
        kept = ~np.isin(stored.col, columns)
        block = np.stack(list(cells.values()), axis=1)
        rows, at = np.nonzero(block)
        dtype = self.matrix.dtype
        if dtype.kind in "iub" and not np.array_equal(block.astype(dtype), block):
            dtype = np.dtype(np.float64)
        data = np.concatenate([stored.data[kept].astype(dtype), block[rows, at].astype(dtype)])
        width = self.matrix.indices.dtype  # many models take no wider indices than they have to
        place = (
            np.concatenate([stored.row[kept], rows]).astype(width),
            np.concatenate([stored.col[kept], np.array(columns)[at]]).astype(width),
        )
        return self._with(type(self.matrix)((data, place), shape=self.matrix.shape))

    def column(self, j: int) -> npt.NDArray[Any]:
        dense: npt.NDArray[Any] = self.matrix[:, [j]].toarray().ravel()
        return dense

    def to_matrix(self) -> Floats:
        return np.require(self.matrix.toarray(), np.float64, ["C", "W"])

    def missing_counts(self) -> Integers:
        absent = self.matrix.indices[missing_mask(self.matrix.data)]
        return np.bincount(absent, minlength=self.n_features).astype(np.int64)

    def row_keys(self) -> list[int]:
        # A stored zero is a zero, and cells may be stored in any order.
        matrix = self.matrix.copy()
        matrix.eliminate_zeros()
        matrix.sort_indices()
        columns, words = matrix.indices.astype(np.int64), as_words(matrix.data)
        bounds = zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)
        return [fingerprint([columns[i:j].tobytes(), words[i:j].tobytes()]) for i, j in bounds]
