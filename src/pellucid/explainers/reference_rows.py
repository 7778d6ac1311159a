"""How a budget of model rows is spread over the reference rows.

The game of a row to explain is the weighted mean of one small game per reference row, whose
players are the columns in which the two rows differ. Every small game gets coalitions of its own:
the errors of many then average out instead of repeating. With a budget for few of them, a sample
of the reference rows is drawn, and what that leaves unknown is part of the standard error.
"""

from dataclasses import dataclass

import numpy as np

from pellucid._core.typing import Floats, Integers
from pellucid.explainers.coalitions import (
    AllCoalitions,
    Design,
    PermutationPairs,
)
from pellucid.explainers.shapley_regression import RegressionPairs

MOST_PLAYERS_LISTED = 3
"""Up to so many players, all coalitions cost hardly more than one pair of orders."""
MOST_PLAYERS_REGRESSED = 64
COALITIONS_PER_REGRESSED_PLAYER = 8
SHARE_DRAWN_TWICE = 0.2


@dataclass(frozen=True, eq=False)
class Plan:
    """Which reference rows take part in one explanation, and with which design each.

    Attributes
    ----------
    certain : tuple of (int, Design)
        Reference rows that take part by their own weight.
    sampled : tuple of (int, Design)
        Reference rows drawn for all the others, with probabilities in proportion to the weights.
    rest : ndarray of int64
        The reference rows that ``sampled`` was drawn from.
    """

    certain: tuple[tuple[int, Design], ...]
    sampled: tuple[tuple[int, Design], ...]
    rest: Integers

    @property
    def games(self) -> tuple[tuple[int, Design], ...]:
        """All reference rows and their designs."""
        return self.certain + self.sampled

    @property
    def is_exact(self) -> bool:
        """Whether all coalitions with all reference rows are evaluated."""
        return not self.sampled and all(isinstance(d, AllCoalitions) for _, d in self.certain)

    @property
    def n_coalitions(self) -> int:
        """Number of coalitions to evaluate."""
        return sum(design.n_coalitions for _, design in self.games)


def make_plan(
    weights: Floats, n_players: Integers, budget: int, generator: np.random.Generator
) -> Plan:
    """Spread a budget over reference rows: first on different ones, then on more coalitions.

    Parameters
    ----------
    weights : ndarray of float64, shape (m,)
        Of the reference rows; they sum to 1.
    n_players : ndarray of int64, shape (m,)
        In how many columns each reference row differs from the row to explain.
    budget : int
        Model rows to evaluate, on average over the draws.
    generator : numpy.random.Generator
        Draws the reference rows and the coalitions.
    """
    taking_part = np.flatnonzero((weights > 0) & (n_players > 0))
    cost, enough = least_cost(n_players), cost_of_all(n_players)
    p = weights / max(weights[taking_part].sum(), np.finfo(np.float64).tiny)
    free = cost[taking_part] == 0
    certain, rest = taking_part[free], taking_part[~free]
    if enough[rest].sum() <= budget:
        certain, rest = taking_part, rest[:0]
    n_draws = _affordable_draws(p[rest], cost[rest], budget)
    while len(rest):
        n_left = max(n_draws - int((cost[certain] > 0).sum()), 2)
        heavy = n_left * p[rest] >= p[rest].sum() * (1 - 1e-12)
        if not heavy.any():
            break
        certain, rest = np.concatenate([certain, rest[heavy]]), rest[~heavy]
    rows = _systematic_draw(rest, p[rest], n_left, generator) if len(rest) else rest
    twice = np.zeros(len(rows), dtype=np.int64)
    n_twice = int(len(rows) * SHARE_DRAWN_TWICE * _inclusion(p[rest], len(rows)))
    twice[generator.permutation(len(rows))[:n_twice]] = 1
    budget -= int((cost[rows] * (1 + twice)).sum())
    allowances = _allowances(p[certain], n_players[certain], budget, generator)
    return Plan(
        tuple(
            (int(b), design_for(int(n_players[b]), int(allowance), generator))
            for b, allowance in zip(certain, allowances, strict=True)
        ),
        tuple(
            (int(b), design_for(int(n_players[b]), int(cost[b] * (1 + more)), generator))
            for b, more in zip(rows, twice, strict=True)
        ),
        rest,
    )


def least_cost(n_players: Integers) -> Integers:
    """Return the model rows that a game needs at least: all coalitions, or one pair of orders."""
    exact = cost_of_all(np.minimum(n_players, MOST_PLAYERS_LISTED)).astype(np.int64)
    return np.where(n_players <= MOST_PLAYERS_LISTED, exact, 2 * (n_players - 1))


def cost_of_all(n_players: Integers) -> Floats:
    """Return the model rows that all coalitions need; beyond 2**500, a bound is enough."""
    cost: Floats = np.maximum(np.exp2(np.minimum(n_players, 500).astype(np.float64)) - 2, 0)
    return cost


def _affordable_draws(p: Floats, cost: Integers, budget: int) -> int:
    """Return how many reference rows can be drawn if some are to be given a second pair.

    Only so far as the draws exhaust the reference rows does their spread overstate the error, so
    only then are second pairs needed to know it.
    """
    if not len(p):
        return 0
    n_draws = budget * float(p.sum() / (p * cost).sum())
    return int(n_draws / (1 + SHARE_DRAWN_TWICE * _inclusion(p, n_draws)))


def _inclusion(p: Floats, n_draws: float) -> float:
    """Return which share of the reference rows that matter would be drawn."""
    return min(1.0, n_draws * float((p**2).sum() / p.sum() ** 2)) if len(p) else 0.0


def _systematic_draw(
    rows: Integers, p: Floats, n_draws: int, generator: np.random.Generator
) -> Integers:
    """Draw without replacement with probabilities in proportion to p, none above 1 / n_draws."""
    order = generator.permutation(len(rows))
    edges = np.cumsum(p[order]) / p.sum()
    points = (generator.random() + np.arange(n_draws)) / n_draws
    places = np.minimum(np.searchsorted(edges, points, side="right"), len(rows) - 1)
    return rows[order[places]]


def _allowances(
    p: Floats, n_players: Integers, budget: int, generator: np.random.Generator
) -> Integers:
    """Give each reference row one pair, and share out the remainder in proportion to weights.

    Rows whose coalitions can all be evaluated take no more than that. Fractions of a pair are
    rounded at random, so that it is a random part of the rows that get one more.
    """
    cost, enough = least_cost(n_players).astype(np.float64), cost_of_all(n_players)
    allowance = cost.copy()
    is_open = enough > cost
    left = budget - cost.sum()
    while left > 0 and is_open.any():
        share = cost + left * p * is_open / p[is_open].sum()
        done = is_open & (share >= enough)
        if not done.any():
            allowance[is_open] = share[is_open]
            break
        allowance[done] = enough[done]
        left -= (enough - cost)[done].sum()
        is_open &= ~done
    pairs = allowance[is_open] / cost[is_open]
    order = generator.permutation(len(pairs))
    up_to_here = np.floor(np.cumsum(pairs[order]) + 1e-9)
    whole = np.empty(len(pairs))
    whole[order] = np.diff(up_to_here, prepend=0.0)
    allowance[is_open] = np.maximum(whole, 1) * cost[is_open]
    return allowance.astype(np.int64)


def design_for(n_players: int, allowance: int, generator: np.random.Generator) -> Design:
    """Choose the best design that needs no more model rows than allowed, one pair at least."""
    if n_players <= MOST_PLAYERS_LISTED or 2**n_players - 2 <= allowance:
        return AllCoalitions(n_players)
    if (
        n_players <= MOST_PLAYERS_REGRESSED
        and allowance >= COALITIONS_PER_REGRESSED_PLAYER * n_players
    ):
        return RegressionPairs.draw(n_players, allowance // 2, generator)
    n_pairs = max(allowance // (2 * (n_players - 1)), 1)
    return PermutationPairs.draw(n_players, n_pairs, generator)
