"""Copies of rows in whatever container they come."""

from typing import Any

import numpy as np


def copy_of(rows: Any) -> Any:
    """Return rows that stay what they are when the ones given are written to, or the reverse.

    Examples
    --------
    >>> rows = [[1.0, 2.0]]
    >>> copy = copy_of(rows)
    >>> rows[0][0] = 5.0
    >>> copy
    [[1.0, 2.0]]
    """
    if isinstance(rows, list):
        return [copy_of(row) for row in rows]
    if isinstance(rows, np.ndarray):
        return rows.copy(order="K")
    copy = getattr(rows, "copy", None) or getattr(rows, "clone", None)
    return rows if copy is None else copy()  # a pyarrow table cannot be written to
