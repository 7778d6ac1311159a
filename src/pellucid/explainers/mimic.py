"""``MimicExplainer``: a surrogate that is explained in the model's place, and how good it is."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Unpack, cast, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.extras import is_installed
from pellucid._core.validation import check_count
from pellucid.data.background import Background, as_background
from pellucid.data.sampling import SamplingPolicy
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.base import Explainer
from pellucid.explainers.interruption import whole
from pellucid.explainers.keywords import Options
from pellucid.explainers.said_categorical import said_categorical
from pellucid.explainers.surrogates import KINDS
from pellucid.explainers.surrogates.correction import Correction
from pellucid.explainers.surrogates.encoding import Encoding
from pellucid.explainers.surrogates.examination import examine
from pellucid.explainers.surrogates.fitted import FittedSurrogate, Teacher, teach
from pellucid.explainers.surrogates.kinds import Surrogate
from pellucid.explainers.surrogates.lessons import Curriculum, draw_curriculum, sampled
from pellucid.explainers.surrogates.telling import facts_of, warnings_of
from pellucid.explanation.fidelity import VERDICTS, Fidelity, r_squared
from pellucid.explanation.importance import Importance
from pellucid.models.log_odds import in_log_odds
from pellucid.models.model import Model


class Amount(NamedTuple):
    """How many hybrids are taught, of all reference rows together."""

    per_row: int
    least: int
    most: int


HYBRIDS, FEW_HYBRIDS = Amount(10, 20_000, 50_000), Amount(1, 2_000, 20_000)
MOST_TAUGHT = 200_000
MOST_EXAMPLES = 50_000
CLOSE_ENOUGH = 0.01
ALL_CORES = -1
MOST_ROWS_WITHOUT_DATA = 5_000


@final
class MimicExplainer(Explainer):
    """Explains any model by a surrogate, and says how faithfully the surrogate follows it.

    A simple model is taught to predict what the model predicts, on the reference rows and on
    *hybrids* of them, and is explained exactly in the model's place. That is as fast as explaining
    the simple model, and as good as the surrogate is faithful: which is measured on rows that it
    has not seen, and stands in every explanation's ``stats.fidelity``.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline, or a function of rows.
    initialization_examples : array, data frame, sparse matrix or Background
        Reference rows, shape (m, d), from which the surrogate learns. A fifth of them, 5,000 at
        most, are kept to measure it.
    surrogate : "auto" or Surrogate
        ``LGBMExplainableModel``, ``LinearExplainableModel``, ``SGDExplainableModel``,
        ``DecisionTreeExplainableModel`` or ``EBMExplainableModel``. ``"auto"`` tries all whose
        packages are installed: of those whose R² on held-out rows is within 0.01 of the best, it
        takes the simplest of the best verdict. The stats name one that would take too long.
    explainable_model : Surrogate, optional
        The old SDK's word for ``surrogate``.
    explainable_model_args : mapping, optional
        Options of the surrogate's own library, such as ``{"n_estimators": 200}``.
    augment_data : bool
        Whether hybrid rows are taught too: rows that take some columns from one reference row and
        the others from another one. Attributions are made of such rows, so without them a
        surrogate may have the right predictions for the wrong reasons.
    max_num_of_augmentations : int, optional
        Hybrids for each reference row; by default 10, or as many as make 20,000 to 50,000 in all
        (for linear surrogates 1, or 2,000 to 20,000). Fewer are quicker to teach, more follow the
        model better; 200,000 in all are the most.
    most_examples : int
        Reference rows that are used at most; of more, a random sample, whose error is stated.
    categorical_features : sequence of int or str, optional
        Columns of numbers that are categories all the same, by name or position in the
        initialization examples. Columns of strings and of pandas categories always are.
    correct : bool
        Whether the rest, the model's prediction minus the surrogate's, is explained too, as
        :class:`KernelExplainer` does. Values are then unbiased whatever the surrogate, add up to
        the model's predictions, and have standard errors; each row costs ``budget`` model rows.
    budget : int, optional
        For ``correct=True``, as in :class:`KernelExplainer`.
    **options
        As in every explainer: ``features``, ``classes``, ``fold``, ``transformations``,
        ``model_task``, ``output``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``,
        ``show_progress``.

    Attributes
    ----------
    surrogate : FittedSurrogate
        What was taught: ``surrogate.predict(rows)``, and the library's own ``surrogate.natives``.
    fidelity : Fidelity
        How closely it follows the model on rows that it has not seen.

    Raises
    ------
    InvalidInputError
        The reference rows or a parameter cannot be used.
    UnsupportedModelError
        This is no model, or there are no reference rows.
    MissingExtraError
        ``LGBMExplainableModel`` is asked for and LightGBM is not installed, or
        ``EBMExplainableModel`` and interpret-core.

    Notes
    -----
    Values are the surrogate's own Shapley values, exactly: interventional ones with the reference
    rows as background. What they miss of a row's prediction is its ``residuals``. With ``correct``,
    Shapley values of the rest are added, which the surrogate, as a control variate, makes small; a
    row for which the model's own values are surer than that takes these, from the same model rows.
    Probabilities of several classes are learned such that they add up to 1. Linear and additive
    surrogates learn the log-odds of a classifier's probabilities, unless ``output`` says otherwise,
    and are explained in them, as ``output="raw"``: probabilities below 0.001 count as 0.001 there.

    References
    ----------
    .. [1] Witter, Liu, Musco (2025): Regression-adjusted Monte Carlo estimators for Shapley values
       and probabilistic values (the correction).

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import LinearExplainableModel
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> def price(rows):
    ...     return 3 * rows[:, 0] - rows[:, 1]
    >>> explainer = MimicExplainer(price, X, LinearExplainableModel, features=["size", "age"])
    >>> explainer.fidelity.verdict
    'faithful'
    >>> explainer.explain_global(X).get_ranked_global_names()
    ['size', 'age']
    """

    method = "mimic"
    default_batch_size: ClassVar[int] = 10_000
    calls_model: ClassVar[bool] = True

    def __init__(
        self,
        model: Any,
        initialization_examples: Any = None,
        surrogate: Surrogate | str = "auto",
        *,
        explainable_model: Surrogate | None = None,
        explainable_model_args: Mapping[str, Any] | None = None,
        augment_data: bool = True,
        max_num_of_augmentations: int | None = None,
        most_examples: int = MOST_EXAMPLES,
        categorical_features: Sequence[int | str] | None = None,
        correct: bool = False,
        budget: int | None = None,
        **options: Unpack[Options],
    ) -> None:
        self._wanted = _kind(surrogate if explainable_model is None else explainable_model)
        self._arguments = dict(explainable_model_args or {})
        if self._arguments and self._wanted is None:
            raise InvalidInputError(
                "explainable_model_args are of one kind of surrogate; say which, as surrogate="
            )
        self._n_hybrids = (
            max_num_of_augmentations
            if max_num_of_augmentations is None
            else check_count("max_num_of_augmentations", max_num_of_augmentations, minimum=0)
        )
        if not augment_data:
            self._n_hybrids = 0
        self._most_examples = check_count("most_examples", most_examples, minimum=2)
        if budget is not None and not correct:
            raise InvalidInputError("budget is what correct=True may spend; pass both or none")
        self.correct, self.budget = correct, budget
        self._may_choose_output = options.get("output", "auto") == "auto"
        self._n_jobs = options.get("n_jobs") or ALL_CORES
        given = None if initialization_examples is None else as_background(initialization_examples)
        self._categorical = said_categorical(categorical_features, given)
        super().__init__(model, given, **options)

    def cannot_explain(
        self,
        model: Model,  # noqa: ARG002 - any model will do
        background: Background | None,
    ) -> str | None:
        """Return the reason why this explainer cannot explain the model, or None if it can."""
        if background is None:
            return "a surrogate learns from initialization_examples"
        return None

    def _prepare(self) -> None:
        n_given = self._references().n_rows
        self.background = sampled(self._references(), self._most_examples, self.random_state)
        background = self._references()
        hybrids = self._hybrids_per_row(background.n_rows)
        curriculum = draw_curriculum(
            self.model,
            self.output,
            background,
            hybrids_per_row=hybrids,
            random_state=self.random_state,
        )
        self.surrogate, self.fidelity = self._taught(curriculum)
        self._wanted = self.surrogate.kind  # also of another view of the same model
        if self.surrogate.are_log_odds:
            self.output, self.model = "raw", in_log_odds(self.model)
        self.method = f"mimic: {self.surrogate.kind.name}" + (", corrected" if self.correct else "")
        self._curriculum_facts = facts_of(curriculum, n_given)
        self._explainers = self.surrogate.explainers(background, self.engine)
        self._correction = (
            Correction.of(
                self.model,
                self.surrogate,
                self.output,
                background,
                budget=self.budget,
                random_state=self.random_state,
            )
            if self.correct
            else None
        )

    def _hybrids_per_row(self, n_examples: int) -> int:
        if self._n_hybrids is not None:
            return min(self._n_hybrids, MOST_TAUGHT // n_examples)
        few = self._wanted is not None and self._wanted.has_few_parameters
        amount = FEW_HYBRIDS if few else HYBRIDS
        in_all = min(max(amount.per_row * n_examples, amount.least), amount.most)
        return max(1, in_all // n_examples)

    def _references(self) -> Background:
        if self.background is None:
            raise AssertionError("cannot_explain() refuses to go without a background")
        return self.background

    def _taught(self, curriculum: Curriculum) -> tuple[FittedSurrogate, Fidelity]:
        """Teach the kind that was asked for, or the simplest that is about as good as the best."""
        categorical = self._categorical.columns_among(self.columns)
        encoding = Encoding.of(self._references().table, categorical, self.model.unused)
        teacher = Teacher(self.features, self.classes, self.model.task)
        wanted, self._left_out = self._kinds(curriculum)
        may_choose = self._may_choose_output and self.output == "probability"
        candidates = []
        for kind in wanted:
            as_log_odds = may_choose and kind.in_log_odds
            fitted = teach(
                kind,
                curriculum.in_log_odds if as_log_odds else curriculum,
                encoding,
                "raw" if as_log_odds else self.output,
                teacher=teacher,
                are_log_odds=as_log_odds,
                random_state=self.random_state,
                n_jobs=self._n_jobs,
                options=self._arguments,
            )
            candidates.append((fitted, examine(fitted, curriculum, self.classes)))
        return _simplest_of_the_best(candidates)

    def _kinds(self, curriculum: Curriculum) -> tuple[list[Surrogate], list[Surrogate]]:
        """Return the kinds to teach, and those that ``"auto"`` leaves out for their time."""
        if self._wanted is not None:
            return [self._wanted], []
        n_cells = curriculum.taught.rows.n_features * curriculum.taught.outputs.size
        at_hand = [kind for kind in KINDS if kind.package is None or is_installed(kind.package)]
        slow = [k for k in at_hand if k.most_cells is not None and n_cells > k.most_cells]
        return [kind for kind in at_hand if kind not in slow], slow

    def _settings(self) -> tuple[tuple[str, str], ...]:
        left_out = [
            (
                "left out",
                f"{kind.name}, which would take too long to teach; ask for it by surrogate=",
            )
            for kind in self._left_out
        ]
        return (*super()._settings(), *self._curriculum_facts, *left_out)

    def _attribute(self, table: Table) -> Attribution:
        encoded = self.surrogate.encoding(table)
        parts = [
            whole(explainer.explain_local(encoded), table.n_rows) for explainer in self._explainers
        ]
        outputs = self.surrogate.outputs
        values = np.concatenate([part.values for part in parts], axis=2) @ outputs.back
        base = np.hstack([part.base_values for part in parts]) @ outputs.back + outputs.offset
        if self._correction is None:
            return Attribution(
                values,
                base,
                exact=False,
                additive=False,
                warnings=warnings_of(self.fidelity),
                fidelity=self.fidelity,
            )
        return self._correction.corrected(table, values, base, self.fidelity)

    def explain_global(
        self,
        evaluation_examples: Any = None,
        *,
        sampling_policy: SamplingPolicy | None = None,
        include_local: bool = True,
        batch_size: int | None = None,
        include_engineered: bool = False,
    ) -> Importance:
        """Explain the model over many rows; without any, over the reference rows.

        Parameters
        ----------
        evaluation_examples : array, data frame, sparse matrix or list, optional
            Rows to explain, shape (n, d); by default the reference rows, a random sample of 5,000
            if there are more.
        sampling_policy, include_local, batch_size, include_engineered
            As in :meth:`Explainer.explain_global`.
        """
        if evaluation_examples is None:
            references = (
                self.background if self.engineering is None else self.engineering.background
            )
            evaluation_examples = cast("Background", references).table.native
            if sampling_policy is None:
                sampling_policy = SamplingPolicy(
                    relative_error=0.0,
                    min_rows=MOST_ROWS_WITHOUT_DATA,
                    max_rows=MOST_ROWS_WITHOUT_DATA,
                )
        return super().explain_global(
            evaluation_examples,
            sampling_policy=sampling_policy,
            include_local=include_local,
            batch_size=batch_size,
            include_engineered=include_engineered,
        )

    def get_surrogate_model_replication_measure(self, training_data: Any) -> float:
        """Return how well the surrogate replicates the model on rows: the old SDK's measure.

        ``fidelity`` tells more, and was measured on rows that the surrogate had not seen: on rows
        that it was taught, it looks better than it is.

        Parameters
        ----------
        training_data : array, data frame, sparse matrix or list
            Rows, shape (n, d).

        Returns
        -------
        float
            For classifiers the share of rows for which both predict the same class, else R².

        Raises
        ------
        InvalidInputError
            The rows cannot be used; the message names the culprit.
        ModelError
            The model failed on the rows.
        """
        table = self.columns.put_in_order(training_data)
        teacher = self.model.predict(table, self.output)
        student = self.surrogate.predict_table(table)
        if self.model.classes is None:
            return r_squared(teacher, student)
        return float((teacher.argmax(axis=1) == student.argmax(axis=1)).mean())


def _kind(surrogate: Any) -> Surrogate | None:
    """Return the kind that was asked for, or None for the best."""
    if isinstance(surrogate, Surrogate):
        return surrogate
    if isinstance(surrogate, str) and surrogate == "auto":
        return None
    raise InvalidInputError(
        'surrogate must be "auto" or one of LGBMExplainableModel, LinearExplainableModel, '
        "SGDExplainableModel, DecisionTreeExplainableModel and EBMExplainableModel; "
        f"got {surrogate!r}"
    )


def _simplest_of_the_best(
    candidates: list[tuple[FittedSurrogate, Fidelity]],
) -> tuple[FittedSurrogate, Fidelity]:
    """Return the simplest of those about as good as the best, and of the best verdict among them."""
    best = max(fidelity.overall_r2 for _, fidelity in candidates)
    close = [pair for pair in candidates if pair[1].overall_r2 >= best - CLOSE_ENOUGH]
    return min(close, key=lambda pair: VERDICTS.index(pair[1].verdict))
