"""Questions about a table of many rows, answered where the rows are."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Booleans, Integers
from pellucid.dashboard.chunks import encode, encode_texts
from pellucid.dashboard.cohort_questions import members
from pellucid.dashboard.questions import column_name, position, text
from pellucid.dashboard.sent_columns import SentColumns

_MOST_LINES: Final = 500
_MOST_FIELDS: Final = 100
_MOST_CELLS: Final = 1_000_000
_BANDS: Final = 10


def page(columns: SentColumns, params: Mapping[str, Any], output: int) -> dict[str, Any]:
    """Return some lines of the table of all rows, sorted and filtered.

    Returns
    -------
    dict
        ``n``: rows that fit; ``lines``: for each its ``row``, ``label``, ``prediction`` and ``cells``,
        which are those of the columns named by ``fields``.
    """
    names = _fields(params)
    rows, shown = _asked_rows(columns, params, _MOST_LINES)
    lines = [
        {
            "row": row,
            "label": str(columns.labels[row]),
            "prediction": float(columns.local.predictions[row, output]),
            "cells": cells,
        }
        for row, cells in zip(shown.tolist(), columns.cells_of(names, shown.tolist()), strict=True)
    ]
    return {"n": len(rows), "lines": lines}


def table(columns: SentColumns, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return whole columns of some lines of that table, as a file needs them.

    Returns
    -------
    dict
        ``n``: rows that fit; ``columns``: a chunk for each of ``fields``, of which ``label`` may be one:
        numbers, or texts of what is none, empty where it is missing.
    """
    names = _fields(params)
    most = _MOST_CELLS // max(len(names), 1)
    rows, shown = _asked_rows(columns, params, most)
    some = columns.at(shown)
    return {"n": len(rows), "columns": [_column(columns, some, name) for name in names]}


def bands(columns: SentColumns, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the rows of a cohort have in one column, by what they have in another.

    Returns
    -------
    dict
        ``groups``: of the categories of column ``x``, or of bands of it that hold about as many rows each,
        those in which column ``y`` is known. Each has a ``name``: a category, None for missing values,
        or the ends of a band, or one number; ``n`` rows; and ``numbers``: mean, minimum, median and
        maximum of ``y``. Dates are texts.
    """
    x, y = (column_name(params, name) for name in ("x", "y"))
    fits, levels = members(columns, params), columns.levels(x)
    xs, ys = columns.floats(x)[fits], columns.floats(y)[fits]
    known = np.isfinite(xs)
    names: list[list[float | str | None]]
    if levels is not None:
        names, group = [[level] for level in levels], xs
    elif known.any():
        edges = np.unique(np.quantile(xs[known], np.arange(_BANDS + 1) / _BANDS))
        written = columns.written(x, edges)
        names = [list(ends) for ends in pairwise(written)] or [written]
        # Only the highest value of all is on the last edge.
        group = np.minimum(np.searchsorted(edges, xs, side="right") - 1.0, len(names) - 1)
    else:
        names, group = [], xs
    group = np.where(known, group, len(names))
    groups = []
    for number, name in enumerate([*names, [None]]):
        own = ys[(group == number) & np.isfinite(ys)]
        if len(own):
            told = columns.written(y, np.array([own.mean(), *np.quantile(own, [0, 0.5, 1])]))
            groups.append({"name": name, "n": len(own), "numbers": told})
    return {"groups": groups}


def _fields(params: Mapping[str, Any]) -> list[str]:
    fields = params.get("fields", [])
    if not isinstance(fields, Sequence) or isinstance(fields, str) or len(fields) > _MOST_FIELDS:
        raise InvalidInputError(f"fields must be a list of at most {_MOST_FIELDS} columns")
    return [column_name({"a field": name}, "a field") for name in fields]


def _asked_rows(
    columns: SentColumns, params: Mapping[str, Any], most: int
) -> tuple[Integers, Integers]:
    """Return all rows of the table in order, and those of them that are asked for."""
    n = len(columns.local)
    first, count = position(params, "first", n + 1), position(params, "count", most + 1)
    rows = _ordered(columns, params)
    return rows, rows[first : first + count].astype(np.int64)


def _ordered(columns: SentColumns, params: Mapping[str, Any]) -> Integers:
    """Return the rows that fit, sorted; pages of one table ask for them again and again."""
    asked = repr([params.get(name) for name in ("rules", "find", "sort", "ascending")])
    kept, rows = columns.last_order
    if kept == asked:
        return rows
    fits = members(columns, params)
    wanted = text(params, "find").strip().lower()
    if wanted:
        fits &= _containing(columns, wanted)
    rows = np.flatnonzero(fits)
    ascending = params.get("ascending", True)
    if params.get("sort") is not None:
        keys = columns.floats(column_name(params, "sort"))[rows]
        rows = rows[np.argsort(keys if ascending else -keys, kind="stable")]
    elif not ascending:
        rows = rows[::-1]
    rows = rows.astype(np.min_scalar_type(len(fits)))
    columns.last_order = asked, rows
    return rows


def _column(columns: SentColumns, some: SentColumns, name: str) -> bytes:
    """Return a column of some of all rows as a chunk."""
    if name == "label":
        return encode_texts(map(str, some.labels), packed=False)
    numbers, levels = some.numbers(name), some.levels(name)
    if levels is not None:
        told = (*map(str, levels), "")
        return encode_texts(
            (told[code] for code in numbers.astype(np.int64).tolist()), packed=False
        )
    if columns.is_date(name):
        return encode_texts(
            (str(cell or "") for cell in columns.written(name, numbers)), packed=False
        )
    return encode(numbers, packed=False)


def _containing(columns: SentColumns, wanted: str) -> Booleans:
    """Return the rows whose label or whose category contains a text, or whose number is it."""
    found = np.fromiter(
        (wanted in str(label).lower() for label in columns.labels),
        dtype=np.bool_,
        count=len(columns.local),
    )
    value = _as_number(wanted)
    for j, feature in enumerate(columns.features):
        if feature["kind"] == "category":
            codes, levels = columns.coded(j)
            fits = [code for code, level in enumerate(levels) if wanted in level.lower()]
            found |= np.isin(codes, fits)
        elif feature["kind"] == "number" and value is not None:
            found |= columns.numbers(f"value/{j}") == value
    return found


def _as_number(said: str) -> float | None:
    try:
        return float(said)
    except ValueError:
        return None
