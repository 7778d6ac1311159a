"""Which columns a transformer's columns come from, found by changing one after the other.

A transformer that reports nothing of itself is treated as a function of rows. Cells are exchanged
between reference rows, so that every cell is one that the column really holds, missing ones
included. What is found is an assumption: it is told with every result that rests on it, hybrids of
reference rows have to confirm it before it is believed, and :class:`CheckedPreparation` has the rows
that are explained confirm it again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from pellucid._core.errors import FeatureMismatchError, ModelError, in_one_line
from pellucid._core.typing import Booleans, Integers
from pellucid.data.cells import as_words, missing_mask
from pellucid.data.copies import copy_of
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table, as_table
from pellucid.models.changes import differences
from pellucid.models.function import rows_like

N_BASE_ROWS = 8
"""Rows in which each column is changed."""
N_VALUES = 12
"""Other values that a column of numbers gets: quantiles, both ends and missing among them."""
MOST_LEVELS = 40
"""Other values that a column of anything else gets; the most frequent ones."""
N_HYBRIDS = 300
"""Mixtures of two rows that have to confirm what was found."""
N_ROWS_ALONE = 4
"""Rows that have to be transformed alone as they are among others."""
MOST_PROBED_COLUMNS = 500

Transform = Callable[[Table], Table]


class NotProbedError(Exception):
    """Probing found nothing that could be relied on; the message says why."""


def probe_columns(transform: Callable[[Any], Any], rows: Table, label: str) -> FeatureMap:
    """Find which columns of some rows each transformed column follows.

    Parameters
    ----------
    transform : callable
        From rows in the container of ``rows`` to transformed rows in any.
    rows : Table
        Reference rows, as the transformer takes them; m of them, with d columns.
    label : str
        How messages call the transformer.

    Returns
    -------
    FeatureMap
        Its ``assumption`` tells how it was found. Where a column follows several, credit is shared
        evenly, and the map is no partition.

    Raises
    ------
    NotProbedError
        The transformer is not a function of single rows, or fails; reference rows hold too little
        to see all; or hybrid rows contradict.
    """
    if rows.n_features > MOST_PROBED_COLUMNS:
        raise NotProbedError(f"with {rows.n_features} columns, probing them would take too long")
    call = partial(_transformed, transform)
    try:
        made = call(rows)
        _refuse_unsteady(call, rows, made)
        follows, n_probes = _follows(call, rows, made)
        times = follows.sum(axis=0)
        if (times > 1).any():
            mixing = f"{label} mixes columns, as changing them one by one shows"
            return FeatureMap.of_weights(follows, mixing=mixing).assuming(_told(label, n_probes, 0))
        found = FeatureMap.of_weights(follows).assuming(_told(label, n_probes, N_HYBRIDS))
        _confirm(call, rows, found)
    except NotProbedError:
        raise
    except Exception as error:
        raise NotProbedError(f"it failed on changed rows: {in_one_line(error)}") from error
    return found


@dataclass(frozen=True, eq=False)
class CheckedPreparation:
    """A preparation whose map was found by probing, which the rows it prepares have to confirm.

    Attributes
    ----------
    prepare : callable
        From raw rows to prepared ones.
    columns : FeatureMap
        The assumed map from raw to prepared columns.
    references : Table
        Rows with which those that come are mixed.
    """

    prepare: Transform
    columns: FeatureMap
    references: Table

    def __call__(self, table: Table) -> Table:
        """Prepare rows, and one mixture of each with a reference row.

        Raises
        ------
        ModelError
            A prepared column depends on other raw columns than was assumed.
        """
        prepared = self.prepare(table)
        names = self.references.features if self.references.has_names else None
        own = as_table(rows_like(self.references, table), features=names).like(self.references)
        both = self.references.stack(own)
        first = np.random.default_rng(0).integers(0, self.references.n_rows, table.n_rows)
        second = self.references.n_rows + np.arange(table.n_rows)
        wrong = _contradictions(self.prepare, both, self.columns, first, second)
        if len(wrong):
            raise ModelError(
                f"transformations makes a column of {self.references.features[wrong[0]]!r} that "
                "other columns change too, which probing did not find; KernelExplainer explains "
                "it without such assumptions"
            )
        return prepared


def _transformed(transform: Callable[[Any], Any], table: Table) -> Table:
    made = as_table(transform(copy_of(table.native)), name="the transformed rows")
    if made.n_rows != table.n_rows:
        raise NotProbedError(f"it makes {made.n_rows} rows of {table.n_rows}")
    return made


def _told(label: str, n_probes: int, n_hybrids: int) -> str:
    confirmed = f", and {n_hybrids} mixtures of two rows confirmed it" if n_hybrids else ""
    return (
        f"{label} does not report which columns it takes for which: changing one column at a time "
        f"in reference rows, {n_probes:,} times, showed it{confirmed}"
    )


def _refuse_unsteady(call: Transform, rows: Table, made: Table) -> None:
    """Refuse a transformer that is not a function of single rows."""
    if _differ(call(rows), made):
        raise NotProbedError("it makes something else of the same rows each time")
    for i in np.unique(np.linspace(0, rows.n_rows - 1, N_ROWS_ALONE).astype(np.int64)):
        one = np.array([i])
        if _differ(call(rows.take(one)), made.take(one)):
            raise NotProbedError("what it makes of a row depends on the other rows")


def _differ(one: Table, other: Table) -> bool:
    if one.n_features != other.n_features:
        return True
    return len(differences(one, other)[0]) > 0


def _follows(call: Transform, rows: Table, made: Table) -> tuple[Booleans, int]:
    """Return which transformed columns each column changes, (d, e), and how often it was changed."""
    d = rows.n_features
    base = np.unique(np.linspace(0, rows.n_rows - 1, N_BASE_ROWS).astype(np.int64))
    follows = np.zeros((d, made.n_features), dtype=np.bool_)
    n_probes = 0
    for j in range(d):
        donors = _donors(rows.column(j))
        if len(donors) < 2:
            raise NotProbedError(
                f"all reference rows hold the same in column {rows.features[j]!r}, so what "
                "follows it is not seen"
            )
        unchanged = np.repeat(base, len(donors))
        index = np.repeat(unchanged[:, None], d, axis=1)
        index[:, j] = np.tile(donors, len(base))
        _, changed = differences(call(rows.gather(index)), made.take(unchanged))
        follows[j, changed] = True
        n_probes += len(index)
    if not follows.any(axis=0).all():
        raise NotProbedError(
            f"its column {np.argmin(follows.any(axis=0))} is the same in all reference rows, so "
            "where it comes from is not seen"
        )
    return follows, n_probes


def _donors(values: Any) -> Integers:
    """Return rows whose cells stand for a column: quantiles of numbers, or the frequent levels."""
    _, first, times = np.unique(as_words(values), return_index=True, return_counts=True)
    if values.dtype.kind in "fiumM":
        present = first[~missing_mask(values[first])]
        ordered = present[np.argsort(values[present], kind="stable")]
        chosen = np.linspace(0, len(ordered) - 1, min(len(ordered), N_VALUES)).round()
        missing = first[missing_mask(values[first])]
        return np.concatenate([ordered[chosen.astype(np.int64)], missing])
    return np.asarray(first[np.argsort(-times, kind="stable")][:MOST_LEVELS], dtype=np.int64)


def _confirm(call: Transform, rows: Table, columns: FeatureMap) -> None:
    """Refuse a map that mixtures of two reference rows contradict."""
    first, second = np.random.default_rng(0).integers(0, rows.n_rows, (2, N_HYBRIDS))
    if len(_contradictions(call, rows, columns, first, second)):
        raise NotProbedError(
            "mixtures of two reference rows contradict what changing one column at a time shows"
        )


def _contradictions(
    call: Transform,
    rows: Table,
    columns: FeatureMap,
    first: Integers,
    second: Integers,
) -> Integers:
    """Return raw columns whose transformed ones are not those of the row that they come from.

    A random part of the columns of each pair of rows comes from the second one.
    """
    if not len(first):
        return np.zeros(0, dtype=np.int64)
    rng = np.random.default_rng(1)
    from_second = rng.random((len(first), rows.n_features)) < rng.random((len(first), 1))
    hybrids = call(rows.gather(np.where(from_second, second[:, None], first[:, None])))
    if hybrids.n_features != columns.n_engineered:
        raise FeatureMismatchError(
            f"transformations returns {hybrids.n_features} columns, then {columns.n_engineered}"
        )
    found = []
    for ends, is_own in ((first, ~from_second), (second, from_second)):
        i, e = differences(hybrids, call(rows.take(ends)))
        owner = columns.raw_of[e]
        # A column that was never seen to change must not change now.
        wrong = is_own[i, owner] | ~columns.is_owed[e]
        found.append(owner[wrong])
    return np.concatenate(found)
