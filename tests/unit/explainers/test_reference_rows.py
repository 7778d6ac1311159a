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
    van_der_corput,
)
from pellucid.explainers.shapley_regression import RegressionPairs


def plan_for(weights, n_players, budget, seed=0):
    weights = np.asarray(weights, dtype=float)
    return make_plan(
        weights / weights.sum(), np.asarray(n_players), budget, np.random.default_rng(seed)
    )


def test_a_budget_for_everything_gives_everything():
    n_players = np.array([0, 1, 2, 3, 4, 5])
    plan = plan_for(np.ones(6), n_players, int(cost_of_all(n_players).sum()))
    assert plan.is_exact
    assert sorted(plan.certain) == [1, 2, 3, 4, 5]
    assert not len(plan.rest)


def test_weights_do_not_matter_to_whether_everything_is_affordable():
    n_players = np.array([5, 5, 5])
    plan = plan_for([100, 1, 1], n_players, 90)
    assert plan.is_exact
    assert sum(plan.allowances.values()) == 90


@given(
    m=st.integers(1, 60),
    budget=st.integers(40, 5000),
    equal=st.booleans(),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=150)
def test_every_reference_row_is_certain_or_drawn_from(m, budget, equal, seed):
    rng = np.random.default_rng(seed)
    weights = np.ones(m) if equal else rng.exponential(size=m) * (rng.random(m) < 0.9)
    weights[0] += 0.1
    n_players = rng.integers(0, 14, size=m)
    plan = plan_for(weights, n_players, budget, seed)
    takes_part = np.flatnonzero((weights > 0) & (n_players > 0))
    assert sorted([*plan.certain, *plan.rest]) == takes_part.tolist()
    assert set(plan.sampled) <= set(plan.rest)
    assert bool(len(plan.sampled)) == bool(len(plan.rest))
    assert set(plan.allowances) == {*plan.certain, *plan.sampled}
    least = least_cost(n_players)
    assert all(allowed >= least[b] for b, allowed in plan.allowances.items())
    if (weights[plan.rest] == weights[plan.rest][:1]).all():
        assert len(set(plan.sampled)) == len(plan.sampled)


@pytest.mark.parametrize("budget", [100, 500, 2000, 20_000])
@pytest.mark.parametrize("equal", [True, False])
def test_budget_is_kept(budget, equal):
    weights = np.ones(40) if equal else np.random.default_rng(0).exponential(size=40)
    plans = [plan_for(weights, np.full(40, 12), budget, seed) for seed in range(50)]
    spent = [sum(plan.allowances.values()) for plan in plans]
    assert np.mean(spent) <= budget
    assert np.mean(spent) > 0.75 * budget


def test_reference_rows_are_drawn_in_proportion_to_their_weights():
    weights = np.random.default_rng(0).uniform(1, 3, size=50)
    counts = np.zeros(50)
    for seed in range(2000):
        np.add.at(counts, plan_for(weights, np.full(50, 12), 220, seed).sampled, 1)
    share = counts / counts.sum()
    np.testing.assert_allclose(share, weights / weights.sum(), rtol=0.25)


def test_different_reference_rows_come_before_more_coalitions():
    plan = plan_for(np.ones(100), np.full(100, 11), 20 * 60)
    assert 0.75 * 60 <= len(plan.sampled) <= 60
    assert len(set(plan.sampled)) == len(plan.sampled)


def test_some_are_played_twice_when_the_draws_exhaust_the_reference_rows():
    plan = plan_for(np.ones(100), np.full(100, 11), 20 * 90)
    twice = [b for b in plan.sampled if plan.allowances[b] == 40]
    assert 0.05 < len(twice) / len(plan.sampled) < 0.3


@pytest.mark.parametrize("budget", [300, 1000, 5000])
def test_a_larger_budget_keeps_the_reference_rows_of_a_smaller_one(budget):
    n_players = np.random.default_rng(0).integers(3, 14, size=200)
    small, large = (plan_for(np.ones(200), n_players, size, 7) for size in (budget, 2 * budget))
    assert set(small.allowances) <= set(large.allowances)
    assert all(large.allowances[b] >= small.allowances[b] for b in small.allowances)


def test_points_are_spread_evenly_whatever_their_number():
    for n in (1, 2, 7, 64, 100):
        points = np.sort(van_der_corput(n))
        assert points[0] == 0
        assert np.diff(points, append=1).max() <= 2 / n


def test_designs_by_allowance():
    generator = np.random.default_rng(0)
    assert isinstance(design_for(3, 0, generator), AllCoalitions)
    assert isinstance(design_for(8, 254, generator), AllCoalitions)
    assert isinstance(design_for(12, 96, generator), RegressionPairs)
    assert isinstance(design_for(12, 95, generator), PermutationPairs)
    assert isinstance(design_for(200, 10_000, generator), PermutationPairs)
    assert design_for(12, 1, generator).n_coalitions == least_cost(np.array(12)) == 22
