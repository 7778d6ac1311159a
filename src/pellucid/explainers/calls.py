"""How a call goes: rows flow through an explainer, in one view or in both."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Integers
from pellucid._core.validation import check_count
from pellucid.data.sampling import SamplingPolicy
from pellucid.data.table import Table
from pellucid.explainers.flow import parts_of
from pellucid.explainers.interruption import Interruption
from pellucid.explanation.aggregate import ImportanceAccumulator
from pellucid.explanation.collecting import collect
from pellucid.explanation.given_rows import take_rows
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import Stats

if TYPE_CHECKING:
    from pellucid.data.sampling_outcome import SamplingOutcome
    from pellucid.explainers.base import Explainer

WITHOUT_ENGINEERED = "interrupted before the engineered columns were explained"


def explain_local(
    explainer: "Explainer", evaluation_examples: Any, *, include_engineered: bool
) -> Explanation:
    """Explain rows one by one; see :meth:`Explainer.explain_local`."""
    table = explainer.columns.put_in_order(evaluation_examples)
    # Made before any work: what it refuses is known at once.
    twin = explainer.in_engineered_columns() if include_engineered else None
    interruption = Interruption()
    found = _explain_all(explainer, table, interruption, fold=twin is None)
    data = explainer.columns.shown(evaluation_examples, table)
    if len(found) < table.n_rows:
        data = take_rows(data, slice(0, len(found)))
    raw = replace(found, data=data) if found.is_raw else found.raw(data)
    if twin is None:
        return raw
    if found.is_raw:
        view = None if interruption.happened else _explained_view(twin, table)
        if view is None:
            warnings.warn(WITHOUT_ENGINEERED, RuntimeWarning, stacklevel=3)
            return replace(raw, stats=raw.stats.warned(WITHOUT_ENGINEERED))
        found = view
        if len(found) < table.n_rows:
            said = Interruption.words(len(found), table.n_rows)
            raw = raw[: len(found)]
            raw = replace(raw, stats=replace(raw.stats.warned(said), n_rows_given=table.n_rows))
    return replace(raw, engineered=_with_rows(twin, found, table, np.arange(len(found))))


def _explain_all(
    explainer: "Explainer", table: Table, interruption: Interruption, *, fold: bool = False
) -> Explanation:
    """Explain all rows; fewer of them, if it is interrupted.

    With ``fold``, values of engineered columns are added up as they come, and none are kept.
    """
    parts = parts_of(explainer, table, np.arange(table.n_rows), None, interruption)
    found = collect((part.raw() if fold else part for part in parts), table.n_rows)
    stats = interruption.noted_in(found.stats.concluded(explainer.advice), table.n_rows)
    return found if stats is found.stats else replace(found, stats=stats)


def _explained_view(twin: "Explainer", table: Table) -> Explanation | None:
    """Explain all rows once more, in engineered columns; None if it is interrupted too early."""
    interruption = Interruption()
    try:
        return _explain_all(twin, table, interruption)
    except KeyboardInterrupt:
        if interruption.happened:  # it is the second one
            raise
        return None


def _with_rows(
    twin: "Explainer", explanation: Explanation, table: Table, rows: Integers
) -> Explanation:
    """Let an explanation in engineered columns carry its rows, as they were transformed."""
    return replace(explanation, data=twin.seen(table.take(rows)).native)


def explain_global(
    explainer: "Explainer",
    evaluation_examples: Any,
    *,
    sampling_policy: SamplingPolicy | None,
    include_local: bool,
    batch_size: int | None,
    include_engineered: bool,
) -> Importance:
    """Explain the model over many rows; see :meth:`Explainer.explain_global`."""
    table = explainer.columns.put_in_order(evaluation_examples)
    batch_size = None if batch_size is None else check_count("batch_size", batch_size)
    if not isinstance(sampling_policy, SamplingPolicy | None):
        raise InvalidInputError(
            f"sampling_policy must be a SamplingPolicy or None; got {sampling_policy!r}"
        )
    twin = explainer.in_engineered_columns() if include_engineered else None
    policy = sampling_policy or SamplingPolicy(allow_eval_sampling=False)
    call = _GlobalCall(explainer, twin, table, policy, include_local, batch_size)
    return call.finished(call.raw(evaluation_examples))


class _GlobalCall:
    """A call of ``explain_global``: sums over rows in one view, or in both."""

    def __init__(  # noqa: PLR0917 - what the call was made with
        self,
        explainer: "Explainer",
        twin: "Explainer | None",
        table: Table,
        policy: SamplingPolicy,
        include_local: bool,  # noqa: FBT001
        batch_size: int | None,
    ) -> None:
        self.explainer, self.twin, self.table = explainer, twin, table
        self.policy, self.batch_size = policy, batch_size
        self.sums = ImportanceAccumulator(
            keep_local=include_local, n_rows=table.n_rows, compares=policy.allow_eval_sampling
        )
        self.engineered = ImportanceAccumulator(keep_local=include_local, n_rows=table.n_rows)
        self.rows = policy.order(table.n_rows, explainer.random_state)
        self.outcome: SamplingOutcome | None = None
        self.interruption = Interruption()

    def raw(self, evaluation_examples: Any) -> Importance:
        """Explain as many rows as the policy wants, and return their importance."""
        seen, n = 0, self.table.n_rows
        while seen < len(self.rows) and self.outcome is None and not self.interruption.happened:
            stop = self.policy.next_stop(n, seen, self.sums.n_evaluations)
            for part in self._parts(self.explainer, self.rows[seen:stop]):
                self.sums.add(part.raw())
                if self.twin is not None and part.is_engineered:
                    self.engineered.add(part)
            seen = stop
            if not self.interruption.happened:
                self.outcome = self.sums.outcome(self.policy, n)
        self.rows = self.rows[: self.sums.n_rows]
        found = self.sums.result(n_rows_given=n, sampling=self.outcome)
        stats = self.interruption.noted_in(found.stats.concluded(self.explainer.advice), n)
        if found.local is None:
            return replace(found, stats=stats)
        columns = self.explainer.columns
        if np.array_equal(self.rows, np.arange(n)):
            data = columns.shown(evaluation_examples, self.table)
        else:
            data = self.table.take(self.rows).with_features(columns.features).native
        return replace(found, stats=stats, local=replace(found.local, data=data, stats=stats))

    def finished(self, raw: Importance) -> Importance:
        """Add what is found of the same rows in engineered columns, if that was asked for."""
        if self.twin is None:
            return raw
        n_given = self.table.n_rows
        if self.explainer is not self.twin and not self._explained_view(self.twin):
            warnings.warn(WITHOUT_ENGINEERED, RuntimeWarning, stacklevel=4)
            return _restated(raw, raw.stats.warned(WITHOUT_ENGINEERED))
        found = self.engineered.result(n_rows_given=n_given)
        stats = found.stats.concluded(self.twin.advice)
        if self.explainer is not self.twin:
            stats = self.interruption.noted_in(stats, len(self.rows))
        stats = replace(stats, n_rows_given=n_given, sampling=self.outcome)
        if found.local is not None:
            rows = self.rows[: len(found.local)]
            found = replace(found, local=_with_rows(self.twin, found.local, self.table, rows))
        return replace(raw, engineered=_restated(found, stats))

    def _explained_view(self, twin: "Explainer") -> bool:
        """Explain the rows once more, in engineered columns; False if interrupted too early."""
        if self.interruption.happened:
            return False
        self.interruption = Interruption()
        try:
            for part in self._parts(twin, self.rows):
                self.engineered.add(part)
        except KeyboardInterrupt:
            if self.interruption.happened:  # it is the second one
                raise
            return False
        return True

    def _parts(self, explainer: "Explainer", rows: Integers) -> Iterator[Explanation]:
        return parts_of(explainer, self.table, rows, self.batch_size, self.interruption)


def _restated(importance: Importance, stats: Stats) -> Importance:
    """Return an importance with other stats, which are also those of its local explanation."""
    local = importance.local
    local = None if local is None else replace(local, stats=stats)
    return replace(importance, stats=stats, local=local)
