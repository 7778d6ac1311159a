"""The game of one row to explain, played in rounds until its values are sure enough.

A round with twice the budget keeps what the rounds before it have found: it plays with more
reference rows, and draws more coalitions for those that it has already. One round with the whole
budget is the same thing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, final

import numpy as np
from numpy.random import Generator

from pellucid._core.typing import Floats
from pellucid.data.background import Background
from pellucid.explainers.averaging import (
    Game,
    Predict,
    mean_of_sampled,
    sum_of_certain,
    variance_of_a_pair,
)
from pellucid.explainers.calibration import LEAST_DRAWN, Calibration
from pellucid.explainers.coalitions import Design, joined
from pellucid.explainers.masking import MaskedRows
from pellucid.explainers.reference_rows import (
    Plan,
    cost_of_all,
    design_for,
    least_cost,
    make_plan,
)
from pellucid.explanation.stats import ReferenceUse, relative_length

FIRST_ROUND = 500
FIRST_ROUND_PER_PLAYER = 60
"""Model rows of the first of several rounds: some thirty orders and their reverses."""
DRAW_OF_REFERENCES = 0
OVERDRAFT = 1.05
"""How far a round may go beyond a budget that is kept on average over the draws."""


@dataclass(frozen=True, eq=False)
class References:
    """What is known of the reference rows, m of them, before any row is explained.

    Attributes
    ----------
    weights : ndarray of float64, shape (m,)
    outputs : ndarray of float64, shape (m, k)
        What the model predicts for them.
    calibration : Calibration or None
    """

    weights: Floats
    outputs: Floats
    calibration: Calibration | None


@dataclass(frozen=True, eq=False)
class RowEstimate:
    """What is found of one row to explain.

    Attributes
    ----------
    values, std_error : ndarray of float64, shape (d, k)
    is_exact : bool
    n_references : int
        How many reference rows took part.
    unseen_share : float
        The share of the variances, summed over columns and outputs, that comes from having used
        some of the reference rows only; NaN if it is not known of any.
    """

    values: Floats
    std_error: Floats
    is_exact: bool
    n_references: int
    unseen_share: float

    @property
    def relative_error(self) -> float:
        """Length of the standard errors over that of the values, all columns and outputs."""
        return relative_length(self.std_error, self.values)


class _Played(NamedTuple):
    game: Game
    cost: int


@final
class RowInWork:
    """The game of one row, and what has been found of it so far.

    Parameters
    ----------
    references : References
    masked : MaskedRows
        Evaluates coalitions.
    i : int
        Position of the row in ``masked``.
    draw : callable
        Returns the random generator that belongs to a counter.

    Attributes
    ----------
    estimate : RowEstimate or None
        After the rounds that are complete.
    n_evaluations : int
        Model rows evaluated.
    """

    def __init__(
        self, references: References, masked: MaskedRows, i: int, draw: Callable[[int], Generator]
    ) -> None:
        self.estimate: RowEstimate | None = None
        self.n_evaluations = 0
        self._references = references
        self._masked = masked
        self._i = i
        self._draw = draw
        self._played: dict[int, _Played] = {}
        self._n_players = masked.count_differing(i)

    @property
    def mean_players(self) -> float:
        """In how many columns the row differs from the reference rows on average."""
        return float(self._references.weights @ self._n_players)

    def play(self, budget: int, target: float | None = None) -> RowEstimate:
        """Play until the relative error is down to the target, or the budget is spent.

        Parameters
        ----------
        budget : int
            Model rows to evaluate, on average over the draws.
        target : float, optional
            None plays one round with all of the budget.
        """
        for number, so_far in enumerate(self._rounds(budget, target)):
            plan = make_plan(
                self._references.weights, self._n_players, so_far, self._draw(DRAW_OF_REFERENCES)
            )
            designs = self._designs(plan, self._draw(DRAW_OF_REFERENCES + 1 + number))
            cost = sum(design.n_coalitions for design in designs.values())
            if self.estimate is not None and self.n_evaluations + cost > OVERDRAFT * budget:
                break
            self._evaluate(designs)
            self.estimate = self._estimated(plan)
            if target is not None and self.estimate.relative_error <= target:
                break
        if self.estimate is None:
            raise AssertionError("there is at least one round")
        return self.estimate

    def _rounds(self, budget: int, target: float | None) -> Iterator[int]:
        """Yield the budget of each round, those before it included; each is twice the last."""
        if target is not None:
            so_far = max(FIRST_ROUND, round(FIRST_ROUND_PER_PLAYER * self.mean_players))
            while so_far < budget:
                yield so_far
                so_far *= 2
        yield budget

    def _designs(self, plan: Plan, generator: Generator) -> dict[int, Design]:
        """Draw the coalitions of the reference rows that a plan allows more than they have."""
        least, enough = least_cost(self._n_players), cost_of_all(self._n_players)
        designs = {}
        for b, allowed in plan.allowances.items():
            spent = self._played[b].cost if b in self._played else 0
            if b in self._played and spent >= enough[b]:
                continue
            left = allowed if allowed >= enough[b] else allowed - spent
            if b not in self._played or left >= least[b]:
                designs[b] = design_for(int(self._n_players[b]), int(left), generator)
        return designs

    def _evaluate(self, designs: dict[int, Design]) -> None:
        rows = list(designs)
        players = list(self._masked.differing(self._i, np.array(rows, dtype=np.int64)))
        coalitions = [design.coalitions for design in designs.values()]
        full, outputs = self._masked.predict(self._i, rows, players, coalitions)
        self.n_evaluations += 1 + sum(len(found) for found in outputs)
        for b, at, found in zip(rows, players, outputs, strict=True):
            estimate = designs[b].estimate(found, self._references.outputs[b], full)
            cost = len(found)
            if b in self._played:
                earlier, spent = self._played[b]
                cost += spent
                estimate = joined(earlier.estimate, estimate, spent / cost)
            self._played[b] = _Played(Game(b, at, estimate), cost)

    def _estimated(self, plan: Plan) -> RowEstimate:
        weights, outputs = self._references.weights, self._references.outputs
        certain = [self._played[b].game for b in plan.certain.tolist()]
        sampled = [self._played[b].game for b in plan.sampled.tolist()]
        d, k = self._masked.n_players, outputs.shape[1]
        of_a_pair = variance_of_a_pair([played.game for played in self._played.values()], d, k)
        values, variance = sum_of_certain(certain, weights, of_a_pair)
        unseen = np.zeros((d, k))
        if sampled:
            share = weights[plan.rest].sum()
            p = weights / share
            gap = outputs[plan.sampled].mean(axis=0) - p[plan.rest] @ outputs[plan.rest]
            found = mean_of_sampled(sampled, p[plan.sampled], gap, of_a_pair, self._predictor(plan))
            values += share * found.values
            variance += found.variance.scaled(share**2)
            unseen = share**2 * found.unseen
        known = ~np.isnan(unseen)
        total = float(variance.estimate[known].sum())
        return RowEstimate(
            values,
            variance.std_error,
            plan.is_exact,
            n_references=len(weights) - len(plan.rest) + len(set(plan.sampled.tolist())),
            unseen_share=_share(float(unseen[known].sum()), total, is_known=bool(known.any())),
        )

    def _predictor(self, plan: Plan) -> Predict | None:
        calibration = self._references.calibration
        if calibration is None or len(plan.sampled) < LEAST_DRAWN:
            return None
        return partial(calibration.predict, plan.sampled, plan.rest)


def _share(part: float, whole: float, *, is_known: bool) -> float:
    if not is_known:
        return float("nan")
    return part / whole if whole > 0 else 0.0


def use_of_references(rows: Sequence[RowEstimate], target_se: float | None) -> ReferenceUse:
    """Return what the stats tell of the reference rows and the errors of one row or more."""
    errors = [row.relative_error for row in rows]
    shares = [row.unseen_share for row in rows if not np.isnan(row.unseen_share)]
    return ReferenceUse(
        n_references=min(row.n_references for row in rows),
        unseen_share=max(shares, default=None),
        relative_std_error=max(errors),
        target_se=target_se,
        n_missed=0 if target_se is None else sum(error > target_se for error in errors),
    )


def error_of_summary(summary: References, whole: Background, outputs: Floats) -> str:
    """Say how far the mean prediction of a summary is from that of the rows it stands for.

    Parameters
    ----------
    summary : References
    whole : Background
        The m rows that it stands for.
    outputs : ndarray of float64, shape (m, k)
        What the model predicts for them.
    """
    mean = whole.weights @ outputs
    off = np.abs(summary.weights @ summary.outputs - mean)
    variance = whole.weights @ (outputs - mean) ** 2
    n_rows, n_all = len(summary.weights), whole.n_rows
    of_random = np.sqrt(variance / n_rows * max(1 - n_rows / n_all, 0))
    worst = int(np.argmax(off))
    return (
        f"the mean prediction of the summary's {n_rows:,} rows is {off[worst]:.3g} off that of all "
        f"{n_all:,} rows; as many random rows would be {of_random[worst]:.3g} off (standard error)"
    )
