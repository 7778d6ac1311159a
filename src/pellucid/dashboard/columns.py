"""Feature values as columns for the page: numbers as they are, all else as codes of texts."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Integers
from pellucid.dashboard.chunks import encode, encode_texts
from pellucid.dashboard.protocol import FeatureKind
from pellucid.data.cells import as_numbers, holds_numbers, missing_mask


def kind_of_column(column: npt.NDArray[Any] | None) -> FeatureKind:
    """Return how a feature's values are shown; booleans are categories.

    Examples
    --------
    >>> kind_of_column(np.array([1.5, 2])), kind_of_column(np.array(["red"], dtype=object))
    ('number', 'category')
    """
    if column is None:
        return "none"
    present = column if column.dtype.kind != "O" else column[~missing_mask(column)]
    of_booleans = column.dtype.kind == "b" or (
        column.dtype.kind == "O"
        and len(present) > 0
        and all(isinstance(cell, (bool, np.bool_)) for cell in present)
    )
    return "number" if holds_numbers(column) and not of_booleans else "category"


def encode_column(column: npt.NDArray[Any], name: str, kind: FeatureKind) -> dict[str, bytes]:
    """Return a column of feature values as chunks, ``value`` and for categories ``levels``.

    Parameters
    ----------
    column : ndarray, shape (n,)
    name : str
        The feature's name, for messages.
    kind : {"number", "category"}
        As the whole column has it, of which these may be some rows.
    """
    if kind == "number":
        return {"value": encode(as_numbers(column, name))}
    codes, levels = as_codes(column)
    return {"value": encode(codes), "levels": encode_texts(levels)}


def as_codes(column: npt.NDArray[Any]) -> tuple[Integers, list[str]]:
    """Return codes of texts, and the texts in their order; the code after the last is missing.

    Examples
    --------
    >>> as_codes(np.array(["red", None, "blue"], dtype=object))
    (array([1, 2, 0]), ['blue', 'red'])
    """
    missing = missing_mask(column)
    texts = _texts(column[~missing])
    levels = sorted(set(texts))
    code_of = {level: code for code, level in enumerate(levels)}
    codes = np.full(len(column), len(levels), dtype=np.int64)
    codes[~missing] = [code_of[text] for text in texts]
    return codes, levels


def _texts(cells: npt.NDArray[Any]) -> list[str]:
    """Return cells as text, dates without a time of day if none of them has one."""
    if cells.dtype.kind == "M":
        days = cells.astype("datetime64[D]")
        return [str(cell) for cell in (days if (days == cells).all() else cells)]
    return [str(cell) for cell in cells.tolist()]
