"""``KernelExplainer``: Shapley values of any model, with their standard errors."""

from typing import Any, ClassVar, Unpack, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.randomness import generator_for
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import check_count
from pellucid.data import background as reference
from pellucid.data.background import Background
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.averaging import (
    Game,
    mean_of_sampled,
    sum_of_certain,
    variance_of_a_pair,
)
from pellucid.explainers.base import Explainer
from pellucid.explainers.differing import cells_of
from pellucid.explainers.keywords import Options
from pellucid.explainers.masking import MaskedRows
from pellucid.explainers.reference_rows import Plan, cost_of_all, make_plan
from pellucid.models.model import Model

LEAST_BUDGET = 2_000
BUDGET_PER_PLAYER = 60
LEAST_BUDGET_PER_COLUMN = 8


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
        default 60 times the number of columns in which the row differs from the reference rows on
        average, and 2,000 at least.
    nsamples : int or "auto", optional
        The same in the old SDK's unit: coalitions, each evaluated on all m reference rows.
    summarize : int, optional
        Number of weighted rows by which the reference rows are summarized first. Seldom useful:
        the summary's own error is larger than the one it saves, and no standard error covers it.
    **options
        As in every explainer: ``features``, ``classes``, ``groups``, ``transformations``,
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
    The game of a row is the weighted mean of one game per reference row, played by the columns in
    which the two differ. Where the budget allows, each reference row gets all coalitions of these
    columns; else pairs of a coalition and its complement and Shapley's weighted regression [1]_
    [2]_; else random orders of the columns, each with its reverse [3]_. Each gets its own, so that
    the errors of many reference rows average out. If even that exceeds the budget, as many
    reference rows are drawn, without replacement and in proportion to their weights, as there are
    pairs of orders to pay for, and the values are adjusted to the mean prediction over all
    reference rows, which is known. The standard error covers all of this; where it rests on few
    reference rows it is enlarged, so that 1.96 of it cover the exact value in 95 % of cases.

    The values of a row add up to its prediction minus the mean prediction over the reference rows.
    They depend on the row, the model, the reference rows and ``random_state`` alone.

    References
    ----------
    .. [1] Lundberg, Lee (2017): A unified approach to interpreting model predictions. NeurIPS.
    .. [2] Covert, Lee (2021): Improving KernelSHAP: practical Shapley value estimation via linear
       regression. AISTATS.
    .. [3] Mitchell, Cooper, Frank, Holmes (2022): Sampling permutations for Shapley value
       estimation. JMLR 23.

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
        summarize: int | None = None,
        **options: Unpack[Options],
    ) -> None:
        self.budget = None if budget is None else check_count("budget", budget)
        self._n_coalitions = (
            None if nsamples is None or nsamples == "auto" else check_count("nsamples", nsamples)
        )
        if self.budget is not None and self._n_coalitions is not None:
            raise InvalidInputError("budget and nsamples say the same; give one of them")
        if summarize is not None and initialization_examples is not None:
            initialization_examples = reference.summarize(
                initialization_examples,
                check_count("summarize", summarize),
                random_state=check_count("random_state", options.get("random_state", 0), minimum=0),
            )
        super().__init__(model, initialization_examples, **options)

    def cannot_explain(self, model: Model, background: Background | None) -> str | None:
        """Return the reason why this explainer cannot explain the model, or None if it can."""
        return reason_against_kernel(model, background, self.output)

    def _settings(self) -> tuple[tuple[str, str], ...]:
        budget = (
            "the default"
            if self.budget is None
            else f"{self.budget:,} model rows per explained row"
        )
        return (*super()._settings(), ("budget", budget))

    def _prepare(self) -> None:
        background = self._references()
        if self._n_coalitions is not None:
            self.budget = self._n_coalitions * background.n_rows
        self._check_budget(background)
        self._outputs = self._predict_background(background)
        self._base = background.weights @ self._outputs
        self._cells = cells_of(
            background.table, None if self.players is None else self.players.feature_map
        )

    def _references(self) -> Background:
        if self.background is None:
            raise AssertionError("cannot_explain() refuses to go without a background")
        return self.background

    def _check_budget(self, background: Background) -> None:
        d = len(self.features)
        enough = cost_of_all(np.full(background.n_rows, d)).sum()
        least = int(min(LEAST_BUDGET_PER_COLUMN * d, enough))
        if self.budget is not None and self.budget < least:
            given = "budget" if self._n_coalitions is None else "nsamples times the reference rows"
            raise InvalidInputError(
                f"{given} is {self.budget} model rows per explained row; with {d} features at least "
                f"{least} are needed"
            )

    def _attribute(self, table: Table) -> Attribution:
        references = self._references()
        masked = MaskedRows(self.model, self.output, references.table, self._cells, table)
        d, k = masked.n_players, len(self._base)
        values, std_error = np.empty((2, table.n_rows, d, k))
        plans = []
        for i, key in enumerate(table.row_keys()):
            plan = self._plan(masked.count_differing(i), key)
            values[i], std_error[i] = self._attribute_row(masked, i, plan)
            plans.append(plan)
        exact = all(plan.is_exact for plan in plans)
        return Attribution(
            values,
            self._base,
            std_error=None if exact else std_error,
            n_evaluations=sum(1 + plan.n_coalitions for plan in plans),
        )

    def _plan(self, n_players: Integers, key: int) -> Plan:
        weights = self._references().weights
        usual = max(LEAST_BUDGET, round(BUDGET_PER_PLAYER * float(weights @ n_players)))
        generator = generator_for(self.random_state, key)
        return make_plan(weights, n_players, self.budget or usual, generator)

    def _attribute_row(self, masked: MaskedRows, i: int, plan: Plan) -> tuple[Floats, Floats]:
        weights = self._references().weights
        d, k = masked.n_players, len(self._base)
        games = self._play(masked, i, plan)
        n_certain = len(plan.certain)
        of_a_pair = variance_of_a_pair(games, d, k)
        values, variance = sum_of_certain(games[:n_certain], weights, of_a_pair)
        if plan.sampled:
            share = weights[plan.rest].sum()
            p = weights / share
            drawn = [b for b, _ in plan.sampled]
            gap = self._outputs[drawn].mean(axis=0) - p[plan.rest] @ self._outputs[plan.rest]
            mean, of_mean = mean_of_sampled(games[n_certain:], p[drawn], gap, of_a_pair)
            values += share * mean
            variance += of_mean.scaled(share**2)
        return values, variance.std_error

    def _play(self, masked: MaskedRows, i: int, plan: Plan) -> list[Game]:
        """Evaluate a plan's coalitions for one row, and estimate the values of its games."""
        references = [b for b, _ in plan.games]
        players = list(masked.differing(i, np.array(references, dtype=np.int64)))
        coalitions = [design.coalitions for _, design in plan.games]
        full, outputs = masked.predict(i, references, players, coalitions)
        return [
            Game(b, at, design.estimate(found, self._outputs[b], full))
            for (b, design), at, found in zip(plan.games, players, outputs, strict=True)
        ]


def reason_against_kernel(
    model: Model,  # noqa: ARG001 - any model will do
    background: Background | None,
    output: str,  # noqa: ARG001 - any output space will do
) -> str | None:
    """Return the reason against the kernel explainer, or None."""
    if background is None:
        return "it needs initialization_examples as reference rows"
    return None
