"""Questions about cohorts: which of all rows fit some rules, and what they are like."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Booleans
from pellucid.dashboard.aggregates import aggregate_output, aggregate_overall, without_strips
from pellucid.dashboard.chunks import encode
from pellucid.dashboard.labels import errors_of, predicted_classes
from pellucid.dashboard.performance import performance_chunks
from pellucid.dashboard.questions import column_name, number
from pellucid.dashboard.sent_columns import SentColumns

_MOST_RULES: Final = 50
_MOST_LEVELS: Final = 10_000


def members(columns: SentColumns, params: Mapping[str, Any]) -> Booleans:
    """Return which rows fit all ``rules``, as the page has them in ``front/types.js``.

    A rule has a ``field``, the name of a column, and either ``low`` and ``high``, one of which may be
    None, or ``levels``, in which None stands for missing values.
    """
    rules = params.get("rules", [])
    if not isinstance(rules, Sequence) or isinstance(rules, str) or len(rules) > _MOST_RULES:
        raise InvalidInputError(f"rules must be a list of at most {_MOST_RULES}")
    fits = np.ones(len(columns.local), dtype=np.bool_)
    for rule in rules:
        if not isinstance(rule, Mapping):
            raise InvalidInputError("a rule must be an object of a field and ends or levels")
        fits &= _fitting(columns, rule)
    return fits


def _fitting(columns: SentColumns, rule: Mapping[str, Any]) -> Booleans:
    field = column_name(rule, "field")
    found, names = columns.numbers(field), columns.levels(field)
    levels = rule.get("levels")
    fits: Booleans
    if levels is None:
        low, high = (
            end if rule.get(name) is None else number(rule, name)
            for name, end in (("low", -np.inf), ("high", np.inf))
        )
        fits = (found >= low) & (found <= high)
        return fits
    if not isinstance(levels, Sequence) or isinstance(levels, str) or len(levels) > _MOST_LEVELS:
        raise InvalidInputError(f"levels must be a list of at most {_MOST_LEVELS}")
    if names is None:
        fits = np.isnan(found) & (None in levels)
        return fits
    wanted = np.array([name in levels for name in [*names, None]], dtype=np.bool_)
    fits = wanted[np.minimum(found.astype(np.int64), len(names))]
    return fits


def cohort(columns: SentColumns, params: Mapping[str, Any], output: int) -> dict[str, Any]:
    """Say what a cohort is like.

    Returns
    -------
    dict
        ``n``: its rows; ``prediction``: their mean; ``quality``: with labels, the accuracy or the mean
        absolute error; NaN where there is no row. ``rows``: if ``params`` ask for it, a chunk of zeros
        and ones.
    """
    fits, local, truth = members(columns, params), columns.local, columns.truth
    n = int(fits.sum())
    answer: dict[str, Any] = {"n": n, "prediction": np.nan, "quality": np.nan}
    if n:
        answer["prediction"] = float(local.predictions[fits, output].mean())
    if n and truth is not None:
        quality = (
            predicted_classes(local) == truth.numbers[:, 0]
            if truth.kind == "classes"
            else np.abs(errors_of(local, truth, output))
        )
        answer["quality"] = float(quality[fits].mean())
    if params.get("rows"):
        answer["rows"] = encode(fits.astype(np.uint8))
    return answer


def aggregates(columns: SentColumns, params: Mapping[str, Any], output: int) -> dict[str, bytes]:
    """Return what the page shows of all rows, of a cohort; output -1 is the mean over all outputs."""
    rows = np.flatnonzero(members(columns, params))
    if not len(rows):
        found = without_strips(np.full((5, columns.local.num_features), np.nan))
    else:
        importance = replace(columns.local[rows], engineered=None).importance()
        shades = None if columns.shades is None else columns.shades[rows]
        found = (
            aggregate_overall(importance)
            if output < 0
            else aggregate_output(importance, output, shades)
        )
    return {name: encode(array) for name, array in found.chunks().items()}


def performance(columns: SentColumns, params: Mapping[str, Any], output: int) -> dict[str, bytes]:
    """Return how well the predictions of a cohort agree with its labels."""
    rows = np.flatnonzero(members(columns, params))
    if columns.truth is None or not len(rows):
        raise InvalidInputError("there are no labels of such rows")
    return performance_chunks(columns.local[rows], columns.truth.take(rows), [output])
