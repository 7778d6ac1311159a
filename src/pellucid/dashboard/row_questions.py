"""Questions about a picture of many rows, answered where the rows are."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Booleans, Floats
from pellucid.dashboard.chunks import encode
from pellucid.dashboard.cohort_questions import members
from pellucid.dashboard.questions import column_name, numbers, position
from pellucid.dashboard.sent_columns import SentColumns

_MOST_PIXELS: Final = 4_000
_NO_SHADE: Final = 255
_AT_ONCE: Final = 2**20


def density(columns: SentColumns, params: Mapping[str, Any]) -> dict[str, Any]:
    """Count the rows of a cohort in the pixels of a picture, and average a third column there.

    Axes and colors are those of all rows, so that a cohort is seen where it is among them.

    Returns
    -------
    dict
        ``x`` and ``y``: the ranges of both axes; ``counts`` and ``shades``: chunks, row by row from
        the top, shades as in :class:`~pellucid.dashboard.aggregates.Aggregates`; ``color``: the low
        and the high value of shades; ``n``: rows of the cohort; ``n_missing``: those of them that are
        nowhere, since a value is missing.
    """
    fits = members(columns, params)
    width, height = (position(params, name, _MOST_PIXELS + 1) for name in ("width", "height"))
    xs, ys = (columns.floats(column_name(params, name)) for name in ("x", "y"))
    shown = np.isfinite(xs) & np.isfinite(ys)
    shade, ends = None, (np.nan, np.nan)
    if params.get("color") is not None:
        color = columns.floats(column_name(params, "color"))
        known = color[np.isfinite(color)]
        if len(known):
            low, high = np.quantile(known, [0.05, 0.95])
            ends = (low, high) if high > low else (known.min(), known.max())
            shade = (color, *ends)
    ranges = [_range(column[shown]) for column in (xs, ys)]
    shown &= fits
    counts = np.zeros(max(width * height, 1), dtype=np.int64)
    known_counts, sums = counts.copy(), np.zeros(len(counts))
    for start in range(0, len(xs), _AT_ONCE):
        rows = np.flatnonzero(shown[start : start + _AT_ONCE]) + start
        at = _bins(xs[rows], ranges[0], width)
        at += width * (height - 1 - _bins(ys[rows], ranges[1], height))
        counts += np.bincount(at, minlength=len(counts))
        if shade is not None:
            color, low, high = shade
            place = np.clip((color[rows] - low) / (high - low or 1.0), 0, 1)
            there = np.isfinite(place)
            known_counts += np.bincount(at[there], minlength=len(counts))
            sums += np.bincount(at[there], weights=place[there], minlength=len(counts))
    shades = np.full(len(counts), _NO_SHADE, dtype=np.uint8)
    there = known_counts > 0
    shades[there] = np.round((_NO_SHADE - 1) * sums[there] / known_counts[there])
    return {
        "x": ranges[0],
        "y": ranges[1],
        "color": [float(end) for end in ends],
        "counts": encode(counts.reshape(height, width)),
        "shades": encode(shades.reshape(height, width)),
        "n": int(fits.sum()),
        "n_missing": int(fits.sum() - shown.sum()),
    }


def pick(columns: SentColumns, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a cohort that is nearest to a place, in units of a pixel.

    ``at`` is the place in units of the columns ``x`` and ``y``, and ``unit`` what a pixel is; without
    ``y``, only the first counts. Or else ``row`` is a row whose own place is asked for and ``way``, such
    as ``[-1, 0]`` for the left, asks for the row beside it: of those in the nearest line of pixels on
    that side the one that is least far off, and the row itself where there is none.

    Returns
    -------
    dict
        ``row``, ``at``, where it is, and ``distance`` in pixels.
    """
    names = ("x", "y") if params.get("y") is not None else ("x",)
    found = [columns.floats(column_name(params, name)) for name in names]
    shown = members(columns, params)
    for column in found:
        shown &= np.isfinite(column)
    row = None if params.get("row") is None else position(params, "row", len(columns.local))
    if not shown.any() if row is None else not shown[row]:
        raise InvalidInputError("no such row has both of these values")
    distance = np.zeros(len(shown))
    if row is None or params.get("way") is not None:
        unit = numbers(params, "unit", len(names))
        if min(unit) <= 0:
            raise InvalidInputError("unit must be above 0")
        at = numbers(params, "at", len(names)) if row is None else [c[row] for c in found]
        away = [(c - place) / pixel for c, place, pixel in zip(found, at, unit, strict=True)]
        if row is not None:
            shown = _beside(row, away, numbers(params, "way", len(names)), shown)
        distance = np.sqrt(np.square(away).sum(axis=0))
        distance[~shown] = np.inf
        row = int(distance.argmin())
    there = [float(column[row]) for column in found]
    return {"row": row, "at": there, "distance": float(distance[row])}


def _beside(row: int, away: list[Floats], way: list[float], shown: Booleans) -> Booleans:
    """Return which rows are in the nearest line of pixels on one side of a row; if there is none, the row."""
    along = sum((step * off for step, off in zip(way, away, strict=True)), np.zeros(len(shown)))
    ahead = shown & (along >= 1)
    if not ahead.any():
        ahead[row] = True
        return ahead
    found: Booleans = ahead & (along < along[ahead].min() + 1)
    return found


def _range(known: Floats) -> list[float]:
    return [float(known.min()), float(known.max())] if len(known) else [0.0, 0.0]


def _bins(column: Floats, ends: list[float], n: int) -> npt.NDArray[np.int64]:
    low, high = ends
    scaled = (column - low) / ((high - low) or 1.0) * n
    return np.clip(scaled, 0, n - 1).astype(np.int64)
