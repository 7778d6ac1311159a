"""Rows that a method of networks has no values for go to the method that needs no structure."""

from copy import copy
from dataclasses import dataclass, replace
from typing import Self

from pellucid._core.progress import RowProgress, SilentProgress
from pellucid._core.typing import Integers
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.base import Explainer
from pellucid.explainers.interruption import Interruption
from pellucid.explainers.kernel import KernelExplainer
from pellucid.explainers.watching import FailedRow
from pellucid.explanation.stats import ReferenceUse


@dataclass(frozen=True, eq=False)
class HandingOver:
    """The kernel explainer of the same game as another explainer's.

    Attributes
    ----------
    kernel : KernelExplainer
    """

    kernel: KernelExplainer

    @classmethod
    def of(cls, explainer: Explainer) -> Self:
        """Prepare for an explainer whose model, columns and players are settled."""
        columns, players = explainer.columns, explainer.players
        kernel = KernelExplainer(
            explainer.model,
            explainer.background,
            features=columns.features if columns.spoken and explainer.engineering is None else None,
            groups=None if players is None else players.as_groups(),
            output=explainer.output,
            random_state=explainer.random_state,
            show_progress=False,
        )
        return cls(kernel)

    def attribute(self, explainer: Explainer, table: Table) -> Attribution:
        """Attribute a batch for an explainer, whose progress and interrupts it counts for."""
        worker = copy(self.kernel)
        worker.progress, worker.interruption = explainer.progress, explainer.interruption
        return _named(worker._attribute(table), worker)  # noqa: SLF001 - in the other's place

    def complete(self, table: Table, rows: Integers) -> Attribution:
        """Attribute some rows of a batch, by number: all of them, or an interrupt is passed on."""
        worker = copy(self.kernel)
        worker.progress, worker.interruption = RowProgress(SilentProgress()), Interruption()
        try:
            found = worker._attribute(table.take(rows))  # noqa: SLF001 - in the other's place
        except FailedRow as failed:
            failed.i = int(rows[failed.i])
            raise
        if len(found.values) < len(rows):
            raise KeyboardInterrupt
        return _named(found, worker)

    def advice(self, use: ReferenceUse) -> str | None:
        """Return what to do about estimates that are not very sure."""
        said = self.kernel.advice(use)
        return None if said is None else f"{said} (KernelExplainer takes it)"


def _named(found: Attribution, kernel: KernelExplainer) -> Attribution:
    return replace(found, method=kernel.method)
