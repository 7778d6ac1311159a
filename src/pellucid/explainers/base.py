"""``Explainer``: everything that explainers have in common, so that each is its algorithm alone.

An explainer prepares once, on the model and the background, and then answers for many batches of
rows. Building tables of thresholds or summarising the background can be a thousand times dearer
than one row, and a scoring service pays it at start-up only.

A new algorithm is one final class with three short methods: ``cannot_explain`` states a reason
against, ``_prepare`` runs once, ``_attribute`` answers for one batch. Names, containers, batches,
threads, progress, streaming and stats are the base's.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Any, ClassVar, NamedTuple, Unpack, cast

import numpy as np

from pellucid._core.engine import Engine, SerialEngine, ThreadEngine, make_engine
from pellucid._core.errors import InvalidInputError, ModelError, UnsupportedModelError
from pellucid._core.progress import RowProgress, SilentProgress, show_progress_bar
from pellucid._core.typing import Floats, Integers, OutputSpace
from pellucid._core.validation import check_count
from pellucid.data.background import Background, as_background
from pellucid.data.feature_map import FeatureMap
from pellucid.data.sampling import SamplingPolicy
from pellucid.data.table import Table
from pellucid.explainers.attribution import DOES_NOT_ADD_UP, Attribution, efficiency_gap
from pellucid.explainers.columns import settle_columns, settle_players
from pellucid.explainers.interruption import Interruption
from pellucid.explainers.keywords import Options, check_keywords
from pellucid.explainers.masked_blocks import MOST_ROWS_PER_CALL
from pellucid.explainers.outputs import settle_classes, settle_output, understand
from pellucid.explainers.watching import FailedRow
from pellucid.explanation.aggregate import ImportanceAccumulator
from pellucid.explanation.collecting import collect
from pellucid.explanation.given_rows import take_rows
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import Stats
from pellucid.models.model import Model


class Block(NamedTuple):
    """Rows that are explained together, what is predicted for them, and their places."""

    table: Table
    predictions: Floats | None
    rows: Integers


class Explainer(ABC):
    """Base of all explainers.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline, or a function of rows.
    initialization_examples : array, data frame, sparse matrix or Background, optional
        Reference rows, shape (m, d); explainers that need none accept None.
    features : sequence of str, optional
        Names of the columns; by default those of the data or of the model.
    classes : sequence of str, optional
        Names of a classifier's outputs, in the model's order.
    groups : mapping from str to list of columns, or list of lists of columns, optional
        Columns, by name or position in the initialization examples, that are explained as one
        feature: they enter and leave a coalition together. Columns in no group stay features of
        their own.
    transformations : object, optional
        A fitted transformer from raw rows to what the model takes, or a list of pairs (columns,
        fitted transformer); explanations are then of the raw columns.
    model_task : {"classification", "regression", "outlier detection"}, optional
        Overrules what is found out about the model.
    output : {"auto", "raw", "probability", "value"}
        The output space to explain; ``"auto"`` takes the one the method is exact in.
    random_state : int
        Seed. The same seed gives the same values, whatever the batch size, threads and order.
    n_jobs : int, optional
        Threads, as in scikit-learn: None is one, -1 all cores. Where the model itself has to be
        called, it is called from one thread, whatever is said here.
    engine : Engine, optional
        What maps over blocks of rows, instead of ``n_jobs`` threads; the same holds for it.
    batch_size : int, optional
        Rows per block; changes memory, never results.
    show_progress : bool, optional
        True or False shows or hides the progress bar; by default it appears on terminals and in
        notebooks when the work takes longer than a second.

    Raises
    ------
    UnsupportedModelError
        The model cannot be explained by this explainer; the message says why.
    InvalidInputError
        The initialization examples or a parameter cannot be used.
    """

    method: str
    default_batch_size: ClassVar[int] = 1000
    calls_model: ClassVar[bool] = False
    """Whether ``_attribute`` calls the user's model, which is then kept on one thread."""
    threads_within: ClassVar[bool] = False
    """Whether ``_attribute`` spreads a batch over the threads of ``self.engine`` itself."""
    predicts: ClassVar[bool] = False
    """Whether ``_attribute`` delivers the predictions with the values."""
    takes_groups: ClassVar[bool] = False
    """Whether columns can play in groups; ``self.players`` then says which do."""
    assumption: str | None = None
    """How it was found which columns come from which, if values rest on that being true."""
    n_in_call: int
    """Rows of the whole call, of which ``_attribute`` is given batches."""
    interruption: Interruption
    """Where an algorithm that calls the model may take an interrupt and return fewer rows."""
    progress: RowProgress
    """Where an algorithm that calls the model may tell of parts of its batch."""

    def __init__(
        self, model: Any, initialization_examples: Any = None, **options: Unpack[Options]
    ) -> None:
        check_keywords(type(self), options)
        self.background = (
            None if initialization_examples is None else as_background(initialization_examples)
        )
        self.model = understand(model, self.background, options)
        self.random_state = check_count("random_state", options.get("random_state", 0), minimum=0)
        self.show_progress = options.get("show_progress")
        batch_size = options.get("batch_size")
        self.batch_size = None if batch_size is None else check_count("batch_size", batch_size)
        self.engine = options.get("engine") or make_engine(options.get("n_jobs"))
        self.columns, self.background = settle_columns(
            self.model, self.background, options.get("features")
        )
        self.players = settle_players(options.get("groups"), self.columns)
        if self.players is not None and not self.takes_groups:
            raise InvalidInputError(f"{type(self).__name__} explains single columns, not groups")
        self.classes = settle_classes(self.model, options.get("classes"))
        self.output = settle_output(self.model, options.get("output", "auto"), self._natural_output)
        reason = self.cannot_explain(self.model, self.background)
        if reason is not None:
            raise UnsupportedModelError(
                f"{type(self).__name__} cannot explain {self.model.name}: {reason}"
            )
        self.interruption, self.progress = Interruption(), RowProgress(SilentProgress())
        self.refused: tuple[tuple[str, str], ...] = ()
        self._prepare()
        self.settings = self._settings()

    def __repr__(self) -> str:
        """Return what is explained, how, and against what."""
        return describe(self)

    # -- what an algorithm writes ------------------------------------------------------------------

    @abstractmethod
    def cannot_explain(self, model: Model, background: Background | None) -> str | None:
        """Return the reason why this explainer cannot explain the model, or None if it can."""

    @abstractmethod
    def _prepare(self) -> None:
        """Do, once, all the work that does not depend on the rows to explain."""

    @abstractmethod
    def _attribute(self, table: Table) -> Attribution:
        """Attribute one batch of rows, whose columns are in the model's order."""

    def _rows_per_batch(self) -> int:
        """Return how many rows ``_attribute`` is given at once, if the user does not say."""
        return self.default_batch_size

    def _natural_output(self) -> OutputSpace:
        """Return the output space that ``output="auto"`` stands for."""
        return self.model.default_space

    def _settings(self) -> tuple[tuple[str, str], ...]:
        """Return what the stats tell of the model and the parameters that values depend on."""
        return (
            ("model", self.model.name),
            ("random_state", str(self.random_state)),
            ("pellucid", version("pellucid")),
            *(() if self.players is None else (("groups", self.players.summary),)),
        )

    def _grouped(self, own: FeatureMap) -> FeatureMap:
        """Return whose engineered columns are whose, of a model's own map to the raw ones."""
        return own if self.players is None else self.players.feature_map.then(own)

    def _predict_background(self, background: Background) -> Floats:
        """Return what the model predicts for the reference rows, shape (m, k).

        An algorithm calls this before it looks at their cells: rows that the model refuses are
        refused in the model's own words.
        """
        starts = range(0, background.n_rows, MOST_ROWS_PER_CALL)
        calls = (background.table.take(slice(i, i + MOST_ROWS_PER_CALL)) for i in starts)
        try:
            return np.concatenate([self.model.predict(rows, self.output) for rows in calls])
        except (InvalidInputError, ModelError) as error:
            raise type(error)(f"initialization_examples: {error}") from error

    # -- what users call ---------------------------------------------------------------------------

    def explain_local(self, evaluation_examples: Any) -> Explanation:
        """Explain rows one by one.

        Parameters
        ----------
        evaluation_examples : array, data frame, sparse matrix, list, or one row
            Rows to explain, shape (n, d) or (d,). Columns are matched by name where both sides
            have names.

        Returns
        -------
        Explanation

        Raises
        ------
        InvalidInputError
            The rows cannot be used; the message names the culprit.
        ModelError
            The model failed on the rows.
        """
        table = self.columns.put_in_order(evaluation_examples)
        interruption = Interruption()
        parts = self._explain(table, np.arange(table.n_rows), None, interruption)
        whole = collect(parts, table.n_rows)
        data = self.columns.shown(evaluation_examples, table)
        if len(whole) < table.n_rows:
            data = take_rows(data, slice(0, len(whole)))
        stats = interruption.noted_in(whole.stats.concluded(), table.n_rows)
        return replace(whole, data=data, stats=stats)

    def explain_global(
        self,
        evaluation_examples: Any,
        *,
        sampling_policy: SamplingPolicy | None = None,
        include_local: bool = True,
        batch_size: int | None = None,
    ) -> Importance:
        """Explain the model over many rows.

        Parameters
        ----------
        evaluation_examples : array, data frame, sparse matrix or list
            Rows to explain, shape (n, d).
        sampling_policy : SamplingPolicy, optional
            Explain random rows only until the ranking is sure enough; by default all rows. What
            came of it is in ``stats.sampling``.
        include_local : bool
            Whether to keep the local explanation; False needs memory for one batch only.
        batch_size : int, optional
            Rows per block; changes memory, never results.

        Returns
        -------
        Importance

        Raises
        ------
        InvalidInputError
            The rows cannot be used; the message names the culprit.
        ModelError
            The model failed on the rows.
        """
        table = self.columns.put_in_order(evaluation_examples)
        batch_size = None if batch_size is None else check_count("batch_size", batch_size)
        if not isinstance(sampling_policy, SamplingPolicy | None):
            raise InvalidInputError(
                f"sampling_policy must be a SamplingPolicy or None; got {sampling_policy!r}"
            )
        policy = sampling_policy or SamplingPolicy(allow_eval_sampling=False)
        accumulator = ImportanceAccumulator(
            keep_local=include_local, n_rows=table.n_rows, compares=policy.allow_eval_sampling
        )
        rows = policy.order(table.n_rows, self.random_state)
        outcome, seen, interruption = None, 0, Interruption()
        while seen < len(rows) and outcome is None and not interruption.happened:
            stop = policy.next_stop(table.n_rows, seen, accumulator.n_evaluations)
            for part in self._explain(table, rows[seen:stop], batch_size, interruption):
                accumulator.add(part)
            seen = stop
            if not interruption.happened:
                outcome = accumulator.outcome(policy, table.n_rows)
        importance = accumulator.result(n_rows_given=table.n_rows, sampling=outcome)
        stats = interruption.noted_in(importance.stats.concluded(), table.n_rows)
        importance = replace(importance, stats=stats)
        if importance.local is None:
            return importance
        rows = rows[: interruption.n_finished]
        if np.array_equal(rows, np.arange(table.n_rows)):
            data = self.columns.shown(evaluation_examples, table)
        else:
            data = table.take(rows).with_features(self.columns.features).native
        return replace(importance, local=replace(importance.local, data=data, stats=stats))

    # -- what the base settles once ----------------------------------------------------------------

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features, in the model's order: columns, or groups of columns."""
        return self.columns.features if self.players is None else self.players.names

    # -- how rows flow -----------------------------------------------------------------------------

    def _explain(
        self, table: Table, rows: Integers, batch_size: int | None, interruption: Interruption
    ) -> Iterator[Explanation]:
        """Explain rows block by block; parts come in the order of the rows.

        The first interrupt ends it after the rows that are finished, if there are any.
        """
        engine: Engine = SerialEngine() if self.calls_model else self.engine
        # An engine that works in other processes sends the explainer there, but cannot send
        # itself: a pool of processes, or a cluster's client, is not picklable.
        worker = copy(self)
        worker.engine, worker.n_in_call = SerialEngine(), len(rows)
        if self.calls_model:
            worker.interruption = interruption
        if self.threads_within and isinstance(engine, ThreadEngine):
            engine, worker.engine = worker.engine, engine
        size = batch_size or self.batch_size or self._rows_per_batch()
        explain_block = partial(Explainer._explain_block, worker)

        def blocks() -> Iterator[Block]:
            # Predicting first, and on the calling thread: what the model refuses is known before
            # any long work, and no model is asked from two threads at once.
            for start in range(0, len(rows), size):
                at = rows[start : start + size]
                block = table.take(at)
                predicted = None if self.predicts else self.model.predict(block, self.output)
                yield Block(block, predicted, at)

        with show_progress_bar(
            len(rows), self.method, show=self.show_progress, in_parts=self.calls_model
        ) as bar:
            progress = RowProgress(bar)
            if self.calls_model:
                worker.progress = progress
            try:
                for part in engine.map(explain_block, blocks()):
                    progress.update(part.stats.n_rows)
                    interruption.n_finished += part.stats.n_rows
                    yield part
                    if interruption.happened:
                        return
            except KeyboardInterrupt:
                interruption.take()

    @property
    def notes(self) -> tuple[str, ...]:
        """What stats have to warn of, whatever the rows."""
        note = None if self.background is None else self.background.note
        told = (None if note is None else f"background: {note}", self.assumption)
        return tuple(text for text in told if text is not None)

    def _explain_block(self, block: Block) -> Explanation:
        started = time.perf_counter()
        try:
            found = self._attribute(block.table)
        except FailedRow as failed:
            failed.reveal(int(block.rows[failed.i]))
        n_rows = len(found.values)  # fewer than given, if interrupted
        predictions = block.predictions
        if predictions is None:
            predictions = cast("Floats", found.predictions)
        predictions = predictions[:n_rows]
        base_values = np.array(np.broadcast_to(found.base_values, predictions.shape))
        gap, adds_up = efficiency_gap(found.values, base_values, predictions)
        local_r2, local_gap = found.fit_of_local_models(predictions)
        error = found.std_error
        stats = Stats(
            method=self.method,
            exact=found.exact and found.additive and error is None and adds_up,
            n_rows=n_rows,
            n_rows_given=n_rows,
            n_background=0 if self.background is None else self.background.n_rows,
            n_evaluations=found.n_evaluations,
            efficiency_gap=gap,
            largest_std_error=None if error is None else float(error.max(initial=0.0)),
            local_r2=local_r2,
            local_gap=local_gap,
            fidelity=found.fidelity,
            refused=self.refused,
            warnings=(
                *self.notes,
                *found.warnings,
                *(() if adds_up or not found.additive else (DOES_NOT_ADD_UP,)),
            ),
            reference_use=found.reference_use,
            settings=(*self.settings, *found.settings),
            seconds=time.perf_counter() - started,
        )
        return Explanation(
            values=found.values,
            base_values=base_values,
            predictions=predictions,
            features=self.features,
            classes=self.classes,
            task=self.model.task,
            output_space=self.output,
            stats=stats,
            std_error=error,
            players=self.players,
            local_r2=found.local_r2,
        )


def describe(explainer: Explainer, name: str | None = None) -> str:
    """Return an explainer in one line; ``name`` takes the place of its class's."""
    background, n_features = explainer.background, len(explainer.features)
    against = "no" if background is None else f"{background.n_rows:,}"
    return (
        f"<{name or type(explainer).__name__} of {explainer.model.name}: {explainer.method}, "
        f"{against} reference row{'' if against == '1' else 's'}, "
        f"{n_features:,} feature{'' if n_features == 1 else 's'}, output {explainer.output!r}>"
    )
