"""SciPy sparse matrices and arrays, as compressed sparse rows."""

from typing import Any

from pellucid._core.errors import InvalidInputError
from pellucid.data.sparse import SparseTable


def from_sparse(rows: Any, name: str) -> SparseTable:
    """Wrap a sparse matrix; other formats than CSR are converted, one dimension is one row."""
    if rows.ndim not in {1, 2}:
        raise InvalidInputError(f"{name} has {rows.ndim} dimensions; 1 or 2 are needed")
    if rows.dtype.kind not in "fiub":
        raise InvalidInputError(f"{name} is a sparse matrix of {rows.dtype}; numbers are needed")
    matrix = (rows if rows.ndim == 2 else rows.reshape(1, -1)).tocsr()
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    return SparseTable(matrix)


ADAPTERS = {"_spbase": from_sparse}
