"""How rows flow through an explainer: block by block, on threads where the model is not asked."""

import time
from collections.abc import Iterator
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from pellucid._core.engine import Engine, SerialEngine, ThreadEngine
from pellucid._core.progress import RowProgress, show_progress_bar
from pellucid._core.typing import Floats, Integers
from pellucid.data.table import Table
from pellucid.explainers.attribution import DOES_NOT_ADD_UP, efficiency_gap
from pellucid.explainers.compiling import watch_compiling
from pellucid.explainers.interruption import Interruption
from pellucid.explainers.watching import FailedRow
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import Stats

if TYPE_CHECKING:
    from pellucid.explainers.base import Explainer


class Block(NamedTuple):
    """Rows that are explained together, what is predicted for them, and their places."""

    table: Table
    predictions: Floats | None
    rows: Integers


def parts_of(
    explainer: "Explainer",
    table: Table,
    rows: Integers,
    batch_size: int | None,
    interruption: Interruption,
) -> Iterator[Explanation]:
    """Explain rows block by block; parts come in the order of the rows.

    They are in the columns that play: engineered ones, which have their ``origin``, or raw ones.

    The first interrupt ends it after the rows that are finished, if there are any.
    """
    watch_compiling(show=explainer.show_progress)
    engine: Engine = SerialEngine() if explainer.calls_model else explainer.engine
    # An engine that works in other processes sends the explainer there, but cannot send
    # itself: a pool of processes, or a cluster's client, is not picklable.
    worker = copy(explainer)
    worker.engine, worker.n_in_call = SerialEngine(), len(rows)
    worker.twin = None
    if explainer.calls_model:
        worker.interruption = interruption
    if explainer.threads_within and isinstance(engine, ThreadEngine):
        engine, worker.engine = worker.engine, engine
    size = batch_size or explainer.batch_size or explainer._rows_per_batch()  # noqa: SLF001 - the base's flow
    explain = partial(explain_block, worker)

    def blocks() -> Iterator[Block]:
        # Predicting first, and on the calling thread: what the model refuses is known before
        # any long work, and no model is asked from two threads at once.
        for start in range(0, len(rows), size):
            at = rows[start : start + size]
            block = explainer.seen(table.take(_as_slice(at)))
            predicted = (
                None if explainer.predicts else explainer.model.predict(block, explainer.output)
            )
            yield Block(block, predicted, at)

    with show_progress_bar(
        len(rows), explainer.method, show=explainer.show_progress, in_parts=explainer.calls_model
    ) as bar:
        progress = RowProgress(bar)
        if explainer.calls_model:
            worker.progress = progress
        try:
            for part in engine.map(explain, blocks()):
                progress.update(part.stats.n_rows)
                interruption.n_finished += part.stats.n_rows
                yield part
                if interruption.happened:
                    return
        except KeyboardInterrupt:
            interruption.take()


def _as_slice(rows: Integers) -> Integers | slice:
    """Return rows that follow one another as a slice, which tables take without a copy."""
    is_slice = len(rows) == 1 or bool((np.diff(rows) == 1).all())
    return slice(int(rows[0]), int(rows[-1]) + 1) if is_slice else rows


def explain_block(explainer: "Explainer", block: Block) -> Explanation:
    """Explain the rows of a block, in the columns that play."""
    started = time.perf_counter()
    try:
        found = explainer._attribute(block.table)  # noqa: SLF001
    except FailedRow as failed:
        failed.reveal(int(block.rows[failed.i]))
    n_rows = len(found.values)  # fewer than given, if interrupted
    predictions = block.predictions
    if predictions is None:
        predictions = cast("Floats", found.predictions)
    predictions = predictions[:n_rows]
    base_values = np.empty(predictions.shape)
    base_values[:] = found.base_values
    gap, adds_up = efficiency_gap(found.values, base_values, predictions)
    local_r2, local_gap = found.fit_of_local_models(predictions)
    error = found.std_error
    stats = Stats(
        method=found.method or explainer.method,
        exact=found.exact and found.additive and error is None and adds_up,
        n_rows=n_rows,
        n_rows_given=n_rows,
        n_background=0 if explainer.background is None else explainer.background.n_rows,
        n_evaluations=found.n_evaluations,
        efficiency_gap=gap,
        largest_std_error=None if error is None else float(error.max(initial=0.0)),
        local_r2=local_r2,
        local_gap=local_gap,
        fidelity=found.fidelity,
        refused=explainer.refused,
        warnings=(
            *explainer.notes,
            *found.warnings,
            *(() if adds_up or not found.additive else (DOES_NOT_ADD_UP,)),
        ),
        reference_use=found.reference_use,
        settings=(*explainer.settings, *found.settings),
        seconds=time.perf_counter() - started,
    )
    return Explanation(
        values=found.values,
        base_values=base_values,
        predictions=predictions,
        features=explainer.features
        if explainer.engineering is None
        else explainer.engineering.features,
        classes=explainer.classes,
        task=explainer.model.task,
        output_space=explainer.output,
        stats=stats,
        std_error=error,
        players=explainer.players,
        local_r2=found.local_r2,
        origin=None if explainer.engineering is None else explainer.engineering.origin,
    )
