import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.explainers.coalitions import AllCoalitions, PermutationPairs
from pellucid.explainers.reference_rows import (
    cost_of_all,
    design_for,
    least_cost,
    make_plan,
)
from pellucid.explainers.shapley_regression import RegressionPairs


def plan_for(weights, n_players, budget, seed=0):
    weights = np.asarray(weights, dtype=float)
    return make_plan(
        weights / weights.sum(), np.asarray(n_players), budget, np.random.default_rng(seed)
    )


def rows_of(games):
    return [row for row, _ in games]


def test_a_budget_for_everything_gives_everything():
    n_players = np.array([0, 1, 2, 3, 4, 5])
    plan = plan_for(np.ones(6), n_players, int(cost_of_all(n_players).sum()))
    assert plan.is_exact
    assert sorted(rows_of(plan.certain)) == [1, 2, 3, 4, 5]
    assert not len(plan.rest)


def test_weights_do_not_matter_to_whether_everything_is_affordable():
    n_players = np.array([5, 5, 5])
    plan = plan_for([100, 1, 1], n_players, 90)
    assert plan.is_exact
    assert plan.n_coalitions == 90


@given(
    m=st.integers(1, 60),
    budget=st.integers(40, 5000),
    equal=st.booleans(),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=150, deadline=None)
def test_every_reference_row_is_certain_or_drawn_from(m, budget, equal, seed):
    rng = np.random.default_rng(seed)
    weights = np.ones(m) if equal else rng.exponential(size=m) * (rng.random(m) < 0.9)
    weights[0] += 0.1
    n_players = rng.integers(0, 14, size=m)
    plan = plan_for(weights, n_players, budget, seed)
    takes_part = np.flatnonzero((weights > 0) & (n_players > 0))
    known = [*rows_of(plan.certain), *plan.rest]
    assert sorted(known) == takes_part.tolist()
    assert set(rows_of(plan.sampled)) <= set(plan.rest)
    assert bool(plan.sampled) == bool(len(plan.rest))
    rows = rows_of(plan.sampled)
    assert len(set(rows)) == len(rows) or len(rows) == 2


@pytest.mark.parametrize("budget", [100, 500, 2000, 20_000])
def test_budget_is_kept(budget):
    weights = np.random.default_rng(0).exponential(size=40)
    spent = [plan_for(weights, np.full(40, 12), budget, seed).n_coalitions for seed in range(50)]
    assert np.mean(spent) <= budget
    assert np.mean(spent) > 0.75 * budget


def test_reference_rows_are_drawn_in_proportion_to_their_weights():
    weights = np.random.default_rng(0).uniform(1, 3, size=50)
    counts = np.zeros(50)
    for seed in range(2000):
        plan = plan_for(weights, np.full(50, 12), 220, seed)
        counts[rows_of(plan.sampled)] += 1
    share = counts / counts.sum()
    np.testing.assert_allclose(share, weights / weights.sum(), rtol=0.25)


def test_different_reference_rows_come_before_more_coalitions():
    plan = plan_for(np.ones(100), np.full(100, 11), 20 * 60)
    assert 0.75 * 60 <= len(plan.sampled) <= 60
    assert len(set(rows_of(plan.sampled))) == len(plan.sampled)


def test_some_are_drawn_twice_when_the_draws_exhaust_the_reference_rows():
    plan = plan_for(np.ones(100), np.full(100, 11), 20 * 90)
    twice = [design for _, design in plan.sampled if design.n_coalitions == 40]
    assert 0.05 < len(twice) / len(plan.sampled) < 0.3


def test_designs_by_allowance():
    generator = np.random.default_rng(0)
    assert isinstance(design_for(3, 0, generator), AllCoalitions)
    assert isinstance(design_for(8, 254, generator), AllCoalitions)
    assert isinstance(design_for(12, 96, generator), RegressionPairs)
    assert isinstance(design_for(12, 95, generator), PermutationPairs)
    assert isinstance(design_for(200, 10_000, generator), PermutationPairs)
    assert design_for(12, 1, generator).n_coalitions == least_cost(np.array(12)) == 22
