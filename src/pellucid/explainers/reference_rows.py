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
SHARE_PLAYED_TWICE = 0.2
LEAST_PLAYED_TWICE = 10
ENOUGH_DRAWS = 100
"""With so many draws, a few second pairs cost little, and tell the variance within games."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Which reference rows take part in one explanation, and what each may cost.

    Attributes
    ----------
    certain : ndarray of int64
        Reference rows that take part by their own weight.
    sampled : ndarray of int64
        Reference rows drawn for all the others, with probabilities in proportion to the weights;
        one of a large weight may be there more than once.
    rest : ndarray of int64
        The reference rows that ``sampled`` was drawn from.
    allowances : dict from int to int
        Model rows that each reference row's game may cost.
    is_exact : bool
        Whether all coalitions with all reference rows are evaluated.
    """

    certain: Integers
    sampled: Integers
    rest: Integers
    allowances: dict[int, int]
    is_exact: bool


def make_plan(
    weights: Floats, n_players: Integers, budget: int, generator: np.random.Generator
) -> Plan:
    """Spread a budget over reference rows: first on different ones, then on more coalitions.

    With the same state of the generator, a larger budget draws the same reference rows and more of
    them, if their weights are equal.

    Parameters
    ----------
    weights : ndarray of float64, shape (m,)
        Of the reference rows; they sum to 1.
    n_players : ndarray of int64, shape (m,)
        In how many columns each reference row differs from the row to explain.
    budget : int
        Model rows to evaluate, on average over the draws.
    generator : numpy.random.Generator
        Draws the reference rows.
    """
    order, start = generator.permutation(len(weights)), generator.random()
    order = order[(weights > 0)[order] & (n_players > 0)[order]]
    p = weights / max(weights[order].sum(), np.finfo(np.float64).tiny)
    cost, enough = least_cost(n_players), cost_of_all(n_players)
    is_exact = bool(enough[order].sum() <= budget)
    is_certain = np.ones(len(order), dtype=np.bool_)
    if not is_exact:
        n_draws = _affordable_draws(p[order], cost[order], budget)
        is_certain = (cost[order] == 0) | (n_draws * p[order] >= 1 - 1e-12)
        n_left = max(int(n_draws * p[order][~is_certain].sum() + 1e-9), 2)
        if (~is_certain).sum() <= n_left:
            is_certain[:] = True
    certain, rest = order[is_certain], order[~is_certain]
    sampled = draw(rest, p[rest], n_left, start) if len(rest) else rest
    times = np.ones(len(sampled), dtype=np.int64)
    times[: _n_played_twice(len(sampled), _inclusion(p[rest], len(sampled)))] = 2
    of_sampled = times * cost[sampled]
    of_certain = _allowances(
        p[certain], n_players[certain], budget - int(of_sampled.sum()), generator
    )
    allowances = dict(zip(certain.tolist(), of_certain.tolist(), strict=True))
    for b, allowance in zip(sampled.tolist(), of_sampled.tolist(), strict=True):
        allowances[b] = allowances.get(b, 0) + allowance
    return Plan(certain, sampled, np.sort(rest), allowances, is_exact)


def least_cost(n_players: Integers) -> Integers:
    """Return the model rows that a game needs at least: all coalitions, or one pair of orders."""
    exact = cost_of_all(np.minimum(n_players, MOST_PLAYERS_LISTED)).astype(np.int64)
    return np.where(n_players <= MOST_PLAYERS_LISTED, exact, 2 * (n_players - 1))


def cost_of_all(n_players: Integers) -> Floats:
    """Return the model rows that all coalitions need; beyond 2**500, a bound is enough."""
    cost: Floats = np.maximum(np.exp2(np.minimum(n_players, 500).astype(np.float64)) - 2, 0)
    return cost


def _affordable_draws(p: Floats, cost: Integers, budget: int) -> float:
    """Return how many draws are affordable if some games are to be played twice.

    A reference row that would be drawn once or more takes part once.
    """
    are_equal = bool((p == p[0]).all())
    per_draw = float(p @ cost)

    def spent(n_draws: float) -> float:
        once = n_draws * per_draw if are_equal else float(np.minimum(n_draws * p, 1) @ cost)
        return once * (1 + _n_played_twice(n_draws, _inclusion(p, n_draws)) / max(n_draws, 1))

    few, many = 0.0, budget / per_draw
    while spent(many) < budget and many * p.min() < 1:
        many *= 2
    for _ in range(50):
        middle = (few + many) / 2
        few, many = (middle, many) if spent(middle) <= budget else (few, middle)
    return few


def _inclusion(p: Floats, n_draws: float) -> float:
    """Return which share of the reference rows that matter would be drawn."""
    return min(1.0, n_draws * float((p**2).sum() / p.sum() ** 2)) if len(p) else 0.0


def _n_played_twice(n_draws: float, inclusion: float) -> int:
    """Return how many games to play twice.

    As far as the draws exhaust the reference rows, their spread overstates the error, and the
    variance within games has to be known.
    """
    least = LEAST_PLAYED_TWICE if n_draws >= ENOUGH_DRAWS else 0
    return max(int(n_draws * SHARE_PLAYED_TWICE * inclusion), least)


def draw(rows: Integers, p: Floats, n_draws: int, start: float) -> Integers:
    """Draw rows, which are in random order, with probabilities in proportion to p.

    Of equal ones the first, which are a random sample without replacement. Else where a sequence
    of low discrepancy [1]_, turned by a random start, falls among rows laid out by their weights.

    References
    ----------
    .. [1] J. G. van der Corput, "Verteilungsfunktionen", 1935.
    """
    if (p == p[0]).all():
        return rows[:n_draws]
    edges = np.cumsum(p) / p.sum()
    points = (start + van_der_corput(n_draws)) % 1
    return rows[np.minimum(np.searchsorted(edges, points, side="right"), len(rows) - 1)]


def van_der_corput(n: int) -> Floats:
    """Return n points of [0, 1) that are spread evenly, and so is each first part of them.

    Examples
    --------
    >>> van_der_corput(5)
    array([0.   , 0.5  , 0.25 , 0.75 , 0.125])
    """
    points, digits, place = np.zeros(n), np.arange(n), 0.5
    while digits.any():
        points += place * (digits & 1)
        digits >>= 1
        place /= 2
    return points


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
