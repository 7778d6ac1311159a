"""SciPy's sparse matrices and arrays, in whatever format they were given."""

from typing import Any

import scipy.sparse as sp

from pellucid._core.errors import StorageError
from pellucid.explanation.rows.columns import Arrays, Description, pick, put

_FORMATS = ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")


def encode(data: Any, arrays: Arrays) -> Description:
    """Add the stored cells, as compressed sparse rows."""
    rows = data.tocsr()
    if rows.ndim != 2:
        raise StorageError(
            "data is a sparse array of one dimension, which cannot be stored; pass a matrix of one "
            "row, or save with include_data=False"
        )
    return {
        "is_matrix": sp.isspmatrix(data),
        "format": data.format,
        "shape": list(rows.shape),
        "cells": put(arrays, "cells", rows.data),
        "columns": put(arrays, "columns", rows.indices),
        "starts": put(arrays, "starts", rows.indptr),
    }


def decode(description: Description, arrays: Arrays) -> Any:
    """Return the matrix; whether the columns are in range is checked."""
    if description["format"] not in _FORMATS:
        raise ValueError(f"the sparse format {description['format']!r} is not known")
    n_rows, n_columns = description["shape"]
    parts = (
        pick(arrays, description["cells"], "biuf"),
        pick(arrays, description["columns"], "i"),
        pick(arrays, description["starts"], "i"),
    )
    kind = sp.csr_matrix if description["is_matrix"] else sp.csr_array
    rows = kind(parts, shape=(int(n_rows), int(n_columns)))
    rows.check_format(full_check=True)
    return rows.asformat(description["format"])
