"""``Explainer``: everything that explainers have in common, so that each is its algorithm alone.

An explainer prepares once, on the model and the background, and then answers for many batches of
rows. Building tables of thresholds or summarising the background can be a thousand times dearer
than one row, and a scoring service pays it at start-up only.

A new algorithm is one final class with three short methods: ``cannot_explain`` states a reason
against, ``_prepare`` runs once, ``_attribute`` answers for one batch. Names, containers, batches,
threads, progress, streaming and stats are the base's.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import copy
from importlib.metadata import version
from typing import Any, ClassVar, Unpack, get_args

import numpy as np

from pellucid._core.engine import make_engine
from pellucid._core.errors import InvalidInputError, ModelError, UnsupportedModelError
from pellucid._core.progress import RowProgress, SilentProgress
from pellucid._core.typing import Floats, OutputSpace
from pellucid._core.validation import check_choice, check_count
from pellucid.data.background import Background, as_background
from pellucid.data.feature_map import FeatureMap
from pellucid.data.sampling import SamplingPolicy
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.call_sizes import MOST_ROWS_PER_CALL
from pellucid.explainers.calls import explain_global, explain_local
from pellucid.explainers.columns import settle_columns, settle_players
from pellucid.explainers.compiling import watch_compiling
from pellucid.explainers.description import describe
from pellucid.explainers.engineering import Engineering, engineering_of
from pellucid.explainers.interruption import Interruption
from pellucid.explainers.keywords import Fold, Options, check_keywords
from pellucid.explainers.outputs import settle_classes, settle_output, understand
from pellucid.explanation.folding import ENGINEERED
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import ReferenceUse
from pellucid.models.model import Model, Unavailable


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
    fold : {"group", "sum"}
        What the value of a raw column is, of which transformations make several: its Shapley value
        in the game in which these enter and leave together, or the sum of their values in the game
        in which each plays for itself. Sums are values by convention, and their stats say so.
    show_progress : bool, optional
        True or False shows or hides the progress bar; by default it appears on terminals and in
        notebooks when the work takes longer than a second. Where the bar may appear, a line says so
        when kernels have to be compiled, which happens once after an installation.

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
    sums_mean_nothing: ClassVar[str | None] = None
    """Why values of engineered columns cannot be had, or say nothing of raw ones; None if they do."""
    takes_groups: ClassVar[bool] = False
    """Whether columns can play in groups; ``self.players`` then says which do."""
    assumption: str | None = None
    """How it was found which columns come from which, if values rest on that being true."""
    settled_output: OutputSpace
    """The output space before ``_prepare``, which may take another one that suits it better."""
    n_in_call: int
    """Rows of the whole call, of which ``_attribute`` is given batches."""
    twin: "Explainer | None"
    """The explainer of the same model in engineered columns, once it was needed."""
    make_twin: Callable[["Explainer"], "Explainer"]
    """Makes the explainer of the same model in engineered columns."""
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
        self.fold: Fold = check_choice("fold", options.get("fold", "group"), get_args(Fold))
        self.random_state = check_count("random_state", options.get("random_state", 0), minimum=0)
        self.show_progress = options.get("show_progress")
        watch_compiling(show=self.show_progress)
        batch_size = options.get("batch_size")
        self.batch_size = None if batch_size is None else check_count("batch_size", batch_size)
        self.engine = options.get("engine") or make_engine(options.get("n_jobs"))
        self.columns, self.background = settle_columns(
            self.model, self.background, options.get("features")
        )
        self.players = settle_players(options.get("groups"), self.columns)
        self.classes = settle_classes(self.model, options.get("classes"))
        self.interruption, self.progress = Interruption(), RowProgress(SilentProgress())
        self.refused: tuple[tuple[str, str], ...] = ()
        self.engineering: Engineering | None = None
        self.twin = None
        self.make_twin = twin_of
        if self.fold == "sum":
            self._enter_engineered_columns()
        self._settle(options.get("output", "auto"))

    def _settle(self, output: str) -> None:
        """Settle what is explained, and prepare for it."""
        if self.players is not None and not self.takes_groups:
            raise InvalidInputError(f"{type(self).__name__} explains single columns, not groups")
        self.output = settle_output(self.model, output, self._natural_output)
        self.settled_output = self.output
        reason = self.cannot_explain(self.model, self.background)
        if reason is not None:
            raise UnsupportedModelError(
                f"{type(self).__name__} cannot explain {self.model.name}: {reason}"
            )
        self._prepare()
        self.settings = (*self._settings(), *(() if self.engineering is None else (ENGINEERED,)))

    def _enter_engineered_columns(self) -> None:
        """Let the model at the end of all transformations play, with the columns it takes."""
        if self.sums_mean_nothing is not None:
            raise UnsupportedModelError(
                f"{type(self).__name__} has no values in engineered columns: {self.sums_mean_nothing}"
            )
        self.engineering = engineering_of(
            self.model, self.columns.features, self.players, self.background
        )
        self.background = self.engineering.prepared_background()
        self.model, self.players = self.engineering.engineered.model, None

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

    def advice(self, use: ReferenceUse) -> str | None:  # noqa: ARG002 - for those that override it
        """Return what to do about estimates that are not very sure, if anybody may wonder."""
        return None

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

    def explain_local(
        self, evaluation_examples: Any, *, include_engineered: bool = False
    ) -> Explanation:
        """Explain rows one by one.

        Parameters
        ----------
        evaluation_examples : array, data frame, sparse matrix, list, or one row
            Rows to explain, shape (n, d) or (d,). Columns are matched by name where both sides
            have names.
        include_engineered : bool
            Whether to explain the same rows also in the columns that transformations make of them:
            ``explanation.engineered``.

        Returns
        -------
        Explanation

        Raises
        ------
        UnsupportedModelError
            There are no engineered columns to explain, or not by this method.
        InvalidInputError
            The rows cannot be used; the message names the culprit.
        ModelError
            The model failed on the rows.
        """
        return explain_local(self, evaluation_examples, include_engineered=include_engineered)

    def explain_global(
        self,
        evaluation_examples: Any,
        *,
        sampling_policy: SamplingPolicy | None = None,
        include_local: bool = True,
        batch_size: int | None = None,
        include_engineered: bool = False,
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
        include_engineered : bool
            Whether to explain the same rows also in the columns that transformations make of them:
            ``importance.engineered``.

        Returns
        -------
        Importance

        Raises
        ------
        UnsupportedModelError
            There are no engineered columns to explain, or not by this method.
        InvalidInputError
            The rows cannot be used; the message names the culprit.
        ModelError
            The model failed on the rows.
        """
        return explain_global(
            self,
            evaluation_examples,
            sampling_policy=sampling_policy,
            include_local=include_local,
            batch_size=batch_size,
            include_engineered=include_engineered,
        )

    # -- what the base settles once ----------------------------------------------------------------

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features, in the model's order: columns, or groups of columns."""
        if self.engineering is not None:
            return self.engineering.origin.features
        return self.columns.features if self.players is None else self.players.names

    @property
    def n_players(self) -> int:
        """Number of players of the game: features, or the engineered columns in their place."""
        return len(self.features if self.engineering is None else self.engineering.features)

    def in_engineered_columns(self) -> "Explainer":
        """Return the explainer of the same model in engineered columns; it is made once.

        Raises
        ------
        UnsupportedModelError
            There are none, or they cannot be explained.
        """
        raw = self.model if self.engineering is None else self.engineering.raw
        if isinstance(raw.engineered, Unavailable):
            raise UnsupportedModelError(
                f"{raw.name} has no engineered columns: {raw.engineered.reason}"
            )
        if self.engineering is not None:
            return self
        if self.twin is None:
            self.twin = self.make_twin(self)
        return self.twin

    def seen(self, table: Table) -> Table:
        """Return rows as the model that plays takes them."""
        return table if self.engineering is None else self.engineering.prepare(table)

    @property
    def notes(self) -> tuple[str, ...]:
        """What stats have to warn of, whatever the rows."""
        note = None if self.background is None else self.background.note
        told = (None if note is None else f"background: {note}", self.assumption)
        return tuple(text for text in told if text is not None)


def twin_of(explainer: Explainer) -> Explainer:
    """Return an explainer of the same kind in the engineered columns of the same model."""
    twin = copy(explainer)
    twin._enter_engineered_columns()  # noqa: SLF001 - a copy of it
    twin._settle(explainer.settled_output)  # noqa: SLF001
    return twin
