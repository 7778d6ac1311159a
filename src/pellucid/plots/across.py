"""Where rows lie by the value of one feature, and how its values are written."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Floats
from pellucid.data.cells import as_numbers, date_ticks, holds_numbers, missing_mask
from pellucid.plots.wording import cell, typeset

_DAY: Final = 86_400_000_000


def places_across(
    column: npt.NDArray[Any], name: str, values: Floats, top_k: int
) -> tuple[Floats, tuple[str, ...], int]:
    """Return where rows lie, the names of levels, and how many of these are not shown."""
    ticks = date_ticks(column)
    if ticks is not None:
        return ticks / _DAY, (), 0
    if holds_numbers(column) and column.dtype.kind != "b":
        return as_numbers(column, name), (), 0
    texts = np.array([cell(value) for value in column.tolist()], dtype=object)
    found, codes, counts = np.unique(texts, return_inverse=True, return_counts=True)
    frequent = np.argsort(-counts, kind="stable")[:top_k]
    means = np.bincount(codes, weights=values) / counts
    order = frequent[np.argsort(-means[frequent], kind="stable")]
    place_of = np.full(len(found), np.nan)
    place_of[order] = np.arange(len(order))
    return place_of[codes], tuple(found[order].tolist()), len(found) - len(order)


def similar_places(column: npt.NDArray[Any], places: Floats) -> Floats:
    """Return the places by which rows are similar; rows without a value are similar too."""
    absent = missing_mask(column) | ~np.isfinite(places)
    return np.where(absent, np.inf, places)


def color_ends(column: npt.NDArray[Any]) -> tuple[str, str]:
    """Write the low and the high values of a column, as colors take them."""
    if not holds_numbers(column):
        return "low", "high"
    found = as_numbers(column, "")
    known = np.isfinite(found)
    if not known.any():
        return "low", "high"
    low, high = np.percentile(found[known], [5, 95])
    return typeset(cell(float(low))), typeset(cell(float(high)))
