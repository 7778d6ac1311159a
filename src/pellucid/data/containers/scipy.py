"""SciPy sparse matrices and arrays, as compressed sparse rows."""

from typing import Any

from pellucid.data.sparse import SparseTable


def from_sparse(rows: Any, name: str) -> SparseTable:  # noqa: ARG001 - every adapter is told
    """Wrap a sparse matrix; other formats than CSR are converted."""
    matrix = rows.tocsr()
    return SparseTable(matrix.reshape(1, -1).tocsr() if matrix.ndim == 1 else matrix)


ADAPTERS = {"_spbase": from_sparse}
