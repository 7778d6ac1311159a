"""``KernelExplainer``: Shapley values of any model, with their standard errors."""

from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Unpack, final

import numpy as np

from pellucid._core.errors import InvalidInputError, ModelError, UnsupportedModelError
from pellucid._core.randomness import generator_for
from pellucid._core.validation import check_count, check_fraction
from pellucid.data import background as reference
from pellucid.data.background import Background, as_background
from pellucid.data.table import Table
from pellucid.explainers.advice import how_to_be_surer
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.base import Explainer
from pellucid.explainers.calibration import calibration_for
from pellucid.explainers.differing import cells_of
from pellucid.explainers.engineering import NO_SUMS_OF_INTERACTIONS
from pellucid.explainers.kernel_interactions import top_interactions
from pellucid.explainers.keywords import Options
from pellucid.explainers.masking import MaskedRows
from pellucid.explainers.reference_rows import cost_of_all
from pellucid.explainers.rounds import (
    References,
    RowEstimate,
    RowInWork,
    error_of_summary,
    use_of_references,
)
from pellucid.explainers.watching import FailedRow, PartOfBatch, unsteadiness, watched
from pellucid.explanation.interaction_ranking import RankedInteractions
from pellucid.explanation.stats import ReferenceUse
from pellucid.models.model import Model

LEAST_BUDGET = 2_000
BUDGET_PER_PLAYER = 60
LEAST_BUDGET_PER_COLUMN = 8
TIMES_WITH_A_TARGET = 50
"""So many times the usual budget may be spent to reach a standard error that was asked for."""


@final
class KernelExplainer(Explainer):
    """Shapley values of any model, from its predictions alone, with their standard errors.

    The values are those of the interventional game: a column that is absent from a coalition takes
    the value it has in a reference row, averaged over all reference rows. They are exact where the
    budget allows for all coalitions, and estimates with a standard error otherwise.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline, or a function of rows.
    initialization_examples : array, data frame, sparse matrix or Background
        Reference rows, shape (m, d). Give as many as you have: unlike with other implementations,
        more of them make the values better and cost next to nothing.
    budget : int, optional
        Model rows to evaluate per explained row, on average over the reference rows drawn. By
        default 60 times the number of features in which the row differs from the reference rows on
        average, and 2,000 at least; with ``target_se`` up to 50 times as many.
    nsamples : int or "auto", optional
        The same in the old SDK's unit: coalitions, each evaluated on all m reference rows.
    target_se : float, optional
        Stop when the length of a row's standard errors (root of the sum of squares, over all
        features and outputs) is at most this share of the length of its values, such as 0.02.
        Rounds double the evaluations until it is reached or the budget is spent; a warning in the
        stats says how many rows did not get there, and how near they came.
    summarize : int, optional
        Number of weighted rows by which the reference rows are summarized first. Seldom useful:
        the summary's own error is larger than the one it saves, and no standard error covers it.
        A warning in the stats compares the mean predictions of both.
    **options
        As in every explainer: ``features``, ``classes``, ``groups``, ``fold``, ``transformations``,
        ``model_task``, ``output``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``,
        ``show_progress``.

    Raises
    ------
    InvalidInputError
        The reference rows or a parameter cannot be used.
    UnsupportedModelError
        There are no reference rows, or this is no model.

    Notes
    -----
    The game of a row is the weighted mean of one game per reference row, played by the features in
    which the two differ. Where the budget allows, each reference row gets all coalitions of these
    features; else pairs of a coalition and its complement and Shapley's weighted regression [1]_
    [2]_; else random orders of the features, each with its reverse [3]_. Each gets its own, so that
    the errors of many reference rows average out. If even that exceeds the budget, as many
    reference rows are drawn, without replacement and in proportion to their weights, as there are
    pairs of orders to pay for. What is known of all reference rows makes up for those that were not
    drawn: from 50 drawn ones on, a feature's values are regressed on its own cell and on the
    prediction, by a fit to some of the draws that is corrected by its errors on the others [4]_; and
    they are adjusted to the mean prediction. The standard error covers all of this; where it rests
    on few reference rows it is enlarged, so that 1.96 of it cover the exact value in 95 % of cases.
    ``stats.reference_use`` tells how many reference rows were used, and how much of the error is due to
    the others.

    The values of a row add up to its prediction minus the mean prediction over the reference rows.
    They depend on the row, the model, the reference rows and ``random_state`` alone.

    Ctrl-C ends a call with the rows that are finished, and a warning; a second one ends it at once.
    Of the row in work, the rounds that are complete are kept. R's kernelshap stops at a standard
    error too: at the largest one, relative to the range of the values, as [2]_ do.

    References
    ----------
    .. [1] Lundberg, Lee (2017): A unified approach to interpreting model predictions. NeurIPS.
    .. [2] Covert, Lee (2021): Improving KernelSHAP: practical Shapley value estimation via linear
       regression. AISTATS.
    .. [3] Mitchell, Cooper, Frank, Holmes (2022): Sampling permutations for Shapley value
       estimation. JMLR 23.
    .. [4] Breidt, Opsomer (2017): Model-assisted survey estimation with modern prediction
       techniques. Statistical Science 32.

    Examples
    --------
    >>> import numpy as np
    >>> def area(rows):
    ...     return rows[:, 0] * rows[:, 1]
    >>> explainer = KernelExplainer(area, np.array([[0.0, 0.0], [2.0, 2.0]]))
    >>> explanation = explainer.explain_local(np.array([[4.0, 3.0]]))
    >>> explanation.values[0, :, 0], explanation.base_values[0, 0]
    (array([5.5, 4.5]), np.float64(2.0))
    """

    method = "kernel"
    default_batch_size: ClassVar[int] = 10
    calls_model: ClassVar[bool] = True
    takes_groups: ClassVar[bool] = True

    def __init__(
        self,
        model: Any,
        initialization_examples: Any = None,
        *,
        budget: int | None = None,
        nsamples: int | str | None = None,
        target_se: float | None = None,
        summarize: int | None = None,
        **options: Unpack[Options],
    ) -> None:
        check_estimation(budget, nsamples, target_se, summarize)
        self.budget = None if budget is None else int(budget)
        self._n_coalitions = None if nsamples is None or nsamples == "auto" else int(nsamples)
        self.target_se = None if target_se is None else float(target_se)
        self._summarized: Background | None = None
        if summarize is not None and initialization_examples is not None:
            self._summarized = as_background(initialization_examples)
            initialization_examples = reference.summarize(
                self._summarized,
                int(summarize),
                random_state=check_count("random_state", options.get("random_state", 0), minimum=0),
            )
        super().__init__(model, initialization_examples, **options)

    def cannot_explain(self, model: Model, background: Background | None) -> str | None:
        """Return the reason why this explainer cannot explain the model, or None if it can."""
        return reason_against_kernel(model, background, self.output)

    def top_interactions(self, evaluation_examples: Any, top_k: int = 10) -> RankedInteractions:
        """Rank the pairs of features by their mean absolute interaction over many rows.

        Pairs among the most important features are tried: all pairs if there are few, else about
        twice as many as are asked for.

        Parameters
        ----------
        evaluation_examples : array, data frame, sparse matrix, list, or one row
            Rows to explain, shape (n, d) or (d,).
        top_k : int
            How many pairs to return, if as many interact at all.

        Returns
        -------
        RankedInteractions
            Strengths are mean absolute Shapley interaction indices, exact where the budget per row
            allows for all coalitions. Estimates are made from two halves of the draws, so that
            noise does not pose as interaction; one that is much smaller than
            ``stats.largest_std_error`` appears smaller than it is.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer, or the rows cannot be used.
        ModelError
            The model failed on the rows.

        Examples
        --------
        >>> import numpy as np
        >>> explainer = KernelExplainer(lambda X: X[:, 0] * X[:, 1] + X[:, 2], np.zeros((1, 3)))
        >>> explainer.top_interactions(np.array([[1.0, 2.0, 3.0], [1.0, -4.0, 0.0]])).to_dict()
        {('0', '1'): 3.0}
        """
        if self.engineering is not None:
            raise UnsupportedModelError(NO_SUMS_OF_INTERACTIONS)
        table = self.columns.put_in_order(evaluation_examples)
        known = self._known
        budget = self.budget or max(LEAST_BUDGET, BUDGET_PER_PLAYER * len(self.features))
        return top_interactions(
            self,
            known,
            partial(self._masked, self.model),
            table,
            top_k=check_count("top_k", top_k),
            budget=budget,
        )

    def _settings(self) -> tuple[tuple[str, str], ...]:
        budget = (
            "the default"
            if self.budget is None
            else f"{self.budget:,} model rows per explained row"
        )
        target = () if self.target_se is None else (("target_se", f"{self.target_se:g}"),)
        return (*super()._settings(), ("budget", budget), *target)

    def advice(self, use: ReferenceUse) -> str | None:
        """Return what makes estimates surer, where nothing was asked for and they are unsure."""
        asked = self.budget is not None or self.target_se is not None
        return None if asked else how_to_be_surer(use)

    def _prepare(self) -> None:
        background = self._reference_rows()
        if self._n_coalitions is not None:
            self.budget = self._n_coalitions * background.n_rows
        self._check_budget(background)
        outputs = self._predict_background(background)
        groups = None if self.players is None else self.players.feature_map
        self._cells = cells_of(background.table, groups, self.model.unused)
        calibration = calibration_for(background, groups, outputs)
        self._known = References(background.weights, outputs, calibration)
        notes = [unsteadiness(self.model, self.output, background, outputs)]
        if self._summarized is not None:
            whole = replace(
                self._summarized, table=self.seen(self.columns.put_in_order(self._summarized.table))
            )
            notes.append(error_of_summary(self._known, whole, self._predict_background(whole)))
        self._steady = notes[0] is None
        self._notes = tuple(note for note in notes if note)

    def _reference_rows(self) -> Background:
        if self.background is None:
            raise AssertionError("cannot_explain() refuses to go without a background")
        return self.background

    def _check_budget(self, background: Background) -> None:
        d = self.n_players
        enough = cost_of_all(np.full(background.n_rows, d)).sum()
        least = int(min(LEAST_BUDGET_PER_COLUMN * d, enough))
        if self.budget is not None and self.budget < least:
            given = "budget" if self._n_coalitions is None else "nsamples times the reference rows"
            raise InvalidInputError(
                f"{given} is {self.budget} model rows per explained row; with {d} features at least "
                f"{least} are needed"
            )

    def _attribute(self, table: Table) -> Attribution:
        known, n_evaluations = self._known, 0
        found: list[RowEstimate] = []
        part = PartOfBatch(self.progress)
        asked = watched(self.model, self.output, known.outputs.shape[1], part.add)
        masked = self._masked(asked, table)
        for i, key in enumerate(table.row_keys()):
            row = RowInWork(known, masked, i, partial(generator_for, self.random_state, key))
            budget = self._budget_for(row)
            part.begin(i, budget)
            try:
                row.play(budget, self.target_se)
            except (InvalidInputError, ModelError) as error:
                raise FailedRow(i, "mixed with reference rows", error) from error
            except KeyboardInterrupt:
                is_begun = row.estimate is not None
                if not found and not is_begun:
                    raise
                self.interruption.take(len(found) + is_begun, last_is_early=is_begun)
            n_evaluations += row.n_evaluations
            if row.estimate is not None:
                found.append(row.estimate)
            if self.interruption.happened:
                break
        is_exact = all(row.is_exact for row in found)
        return Attribution(
            np.stack([row.values for row in found]),
            known.weights @ known.outputs,
            std_error=None if is_exact else np.stack([row.std_error for row in found]),
            n_evaluations=n_evaluations,
            exact=self._steady,
            warnings=self._notes,
            reference_use=use_of_references(found, self.target_se),
        )

    def _masked(self, model: Model, table: Table) -> MaskedRows:
        return MaskedRows(model, self.output, self._reference_rows().table, self._cells, table)

    def _budget_for(self, row: RowInWork) -> int:
        if self.budget is not None:
            return self.budget
        usual = max(LEAST_BUDGET, round(BUDGET_PER_PLAYER * row.mean_players))
        return usual if self.target_se is None else TIMES_WITH_A_TARGET * usual


def check_estimation(
    budget: int | None,
    nsamples: int | str | None,
    target_se: float | None,
    summarize: int | None,
) -> None:
    """Check how much an estimate may cost, and how sure it is to be.

    Raises
    ------
    InvalidInputError
        A parameter cannot be used, or two of them say the same.
    """
    n_coalitions = None if nsamples == "auto" else nsamples
    for name, count in (("budget", budget), ("nsamples", n_coalitions), ("summarize", summarize)):
        if count is not None:
            check_count(name, count)
    if budget is not None and n_coalitions is not None:
        raise InvalidInputError("budget and nsamples say the same; give one of them")
    if target_se is not None:
        check_fraction("target_se", target_se)


def reason_against_kernel(
    model: Model,  # noqa: ARG001 - any model will do
    background: Background | None,
    output: str,  # noqa: ARG001 - any output space will do
) -> str | None:
    """Return the reason against the kernel explainer, or None."""
    if background is None:
        return "it needs initialization_examples as reference rows"
    return None
