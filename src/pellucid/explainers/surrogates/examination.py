"""How a surrogate is examined: on rows, hybrids and segments that it was not taught."""

import itertools
from collections.abc import Sequence

import numpy as np

from pellucid._core.typing import Booleans
from pellucid.data.cells import holds_numbers, missing_mask
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.explainers.surrogates.fitted import FittedSurrogate
from pellucid.explainers.surrogates.lessons import Curriculum
from pellucid.explanation.fidelity import Fidelity, measure_fidelity

LEAST_SHARE = 0.05
LEAST_ROWS = 20
MOST_COLUMNS = 200
N_BINS = 4


def examine(
    surrogate: FittedSurrogate, curriculum: Curriculum, classes: Sequence[str] | None
) -> Fidelity:
    """Measure a surrogate's fidelity on what it was not taught."""
    held_out, hybrids = curriculum.held_out, curriculum.hybrids
    return measure_fidelity(
        surrogate.kind.name,
        held_out.outputs,
        surrogate.answers(held_out.rows),
        hybrids=(None if hybrids is None else (hybrids.outputs, surrogate.answers(hybrids.rows))),
        classes=classes,
        segments=segments_of(held_out.rows),
    )


def segments_of(table: Table) -> dict[str, Booleans]:
    """Return the rows of each segment by one feature: a quarter of its range, or a category.

    Examples
    --------
    >>> from pellucid.data.table import as_table
    >>> rows = as_table([[float(i)] for i in range(80)], features=["age"])
    >>> [(rule, int(members.sum())) for rule, members in segments_of(rows).items()][:2]
    [('age <= 19.75', 20), ('19.75 < age <= 39.5', 20)]
    """
    found: dict[str, Booleans] = {}
    if isinstance(table, SparseTable):
        return found
    least = max(LEAST_ROWS, LEAST_SHARE * table.n_rows)
    for j in range(min(table.n_features, MOST_COLUMNS)):
        column, name = table.column(j), table.features[j]
        absent = missing_mask(column)
        found[f"{name} is missing"] = absent
        if holds_numbers(column):
            numbers = np.where(absent, np.nan, column).astype(np.float64)
            edges = np.unique(np.nanquantile(numbers, np.arange(1, N_BINS) / N_BINS))
            bounds = [-np.inf, *edges, np.inf]
            for low, high in itertools.pairwise(bounds):
                found[_interval(name, low, high)] = (numbers > low) & (numbers <= high)
        else:
            present = column[~absent]
            for value in dict.fromkeys(present.tolist()):
                found[f"{name} = {value}"] = ~absent & (column == value)
    return {rule: rows for rule, rows in found.items() if rows.sum() >= least}


def _interval(name: str, low: float, high: float) -> str:
    if np.isinf(low):
        return name if np.isinf(high) else f"{name} <= {high:.6g}"
    return f"{name} > {low:.6g}" if np.isinf(high) else f"{low:.6g} < {name} <= {high:.6g}"
