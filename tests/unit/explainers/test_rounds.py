"""A stop at the standard error asked for, and what the stats tell of the reference rows."""

import numpy as np
import pandas as pd
import pytest

from pellucid import InvalidInputError, KernelExplainer
from pellucid.data.background import Background
from pellucid.data.table import as_table
from pellucid.explainers.coalitions import Estimate, PermutationPairs, joined
from pellucid.explainers.shapley_regression import RegressionPairs


@pytest.fixture(scope="module")
def problem():
    """Ten columns, three hundred reference rows, and the exact values of eight rows."""
    local = np.random.default_rng(5)
    background, rows = local.normal(size=(300, 10)), local.normal(size=(8, 10))
    first = local.normal(size=(10, 4)) / 2

    def network(X):
        return np.tanh(np.asarray(X) @ first) @ np.array([[1.0, 0.2], [-2, 0], [0.5, 1], [1, -1]])

    exact = KernelExplainer(network, background, budget=10**6).explain_local(rows)
    assert exact.stats.exact
    return network, background, rows, exact


@pytest.mark.parametrize("target", [0.15, 0.06, 0.025])
def test_it_stops_when_the_error_is_what_was_asked_for(problem, target):
    network, background, rows, exact = problem
    errors, covered = [], []
    for seed in range(4):
        explainer = KernelExplainer(network, background, target_se=target, random_state=seed)
        found = explainer.explain_local(rows)
        sizes = np.linalg.norm(found.values, axis=(1, 2))
        relative = np.linalg.norm(found.std_error, axis=(1, 2)) / sizes
        assert relative.max() <= target
        assert found.stats.sampling.relative_std_error == pytest.approx(relative.max())
        assert found.stats.warnings == ()
        difference = found.values - exact.values
        errors.append(np.linalg.norm(difference, axis=(1, 2)) / sizes)
        covered.append(np.abs(difference) <= 1.96 * found.std_error)
    assert np.sqrt(np.mean(np.square(errors))) <= 1.1 * target
    assert np.size(covered) == 640
    assert 0.9 <= np.mean(covered) <= 1.0


def test_a_smaller_error_costs_more(problem):
    network, background, rows, _ = problem
    cost = [
        KernelExplainer(network, background, target_se=target)
        .explain_local(rows)
        .stats.n_evaluations
        for target in (0.15, 0.06, 0.025)
    ]
    assert cost[0] < cost[1] < cost[2]


def test_a_target_out_of_reach_is_told_with_by_how_much(problem):
    network, background, rows, _ = problem
    explainer = KernelExplainer(network, background, target_se=0.01, budget=1500, batch_size=3)
    stats = explainer.explain_local(rows).stats
    assert stats.sampling.target_se == 0.01
    assert stats.sampling.n_missed == 8
    assert stats.sampling.relative_std_error > 0.05
    (warning,) = stats.warnings
    assert "target_se=0.01 was not reached within the budget for 8 rows" in warning
    assert f"{stats.sampling.relative_std_error:.2g}" in warning
    assert stats.n_evaluations <= 1.05 * 1500 * 8
    one_batch = KernelExplainer(network, background, target_se=0.01, budget=1500)
    whole = one_batch.explain_local(rows).stats
    assert (whole.warnings, whole.sampling) == (stats.warnings, stats.sampling)
    importance = explainer.explain_global(rows)
    assert importance.stats.warnings == importance.local.stats.warnings == stats.warnings


def test_rounds_depend_on_the_content_of_the_row_alone(problem):
    network, background, rows, _ = problem
    whole = KernelExplainer(network, background, target_se=0.05).explain_local(rows)
    turned = KernelExplainer(network, background, target_se=0.05, n_jobs=2, batch_size=3)
    found = turned.explain_local(rows[::-1])
    np.testing.assert_array_equal(found.values[::-1], whole.values)
    np.testing.assert_array_equal(found.std_error[::-1], whole.std_error)
    assert found.stats.sampling == whole.stats.sampling
    assert found.stats.n_evaluations == whole.stats.n_evaluations
    frames = KernelExplainer(network, pd.DataFrame(background), target_se=0.05)
    np.testing.assert_allclose(
        frames.explain_local(pd.DataFrame(rows)).values, whole.values, rtol=1e-9, atol=1e-9
    )


def test_weighted_reference_rows_are_explained_to_the_error_asked_for(problem):
    network, background, rows, _ = problem
    weights = np.random.default_rng(1).exponential(size=300) ** 2
    reference = Background(as_table(background), weights / weights.sum())
    exact = KernelExplainer(network, reference, budget=10**6).explain_local(rows)
    errors, covered = [], []
    for seed in range(4):
        explainer = KernelExplainer(network, reference, target_se=0.05, random_state=seed)
        found = explainer.explain_local(rows)
        assert found.stats.sampling.n_missed == 0
        difference = found.values - exact.values
        sizes = np.linalg.norm(exact.values, axis=(1, 2))
        errors.append(np.linalg.norm(difference, axis=(1, 2)) / sizes)
        covered.append(np.abs(difference) <= 1.96 * found.std_error)
    assert np.sqrt(np.mean(np.square(errors))) <= 0.055
    assert np.mean(covered) >= 0.9


def test_a_budget_for_everything_ends_in_exact_values():
    background, rows = np.random.default_rng(0).normal(size=(2, 30, 6))
    explainer = KernelExplainer(lambda X: X.prod(axis=1), background, target_se=1e-9)
    explanation = explainer.explain_local(rows)
    assert explanation.stats.exact
    assert explanation.stats.sampling.n_missed == 0
    assert explanation.stats.warnings == ()


def test_impossible_targets_are_refused():
    for target in (0, 1.5, True, "small"):
        with pytest.raises(InvalidInputError, match="target_se"):
            KernelExplainer(lambda X: X.sum(axis=1), np.ones((3, 2)), target_se=target)


# -- the reference rows ------------------------------------------------------------------------------


def test_stats_tell_how_many_reference_rows_were_used(problem):
    network, background, rows, exact = problem
    assert exact.stats.sampling.n_references == 300
    assert exact.stats.sampling.unseen_share == 0
    few = KernelExplainer(network, background, budget=2000).explain_local(rows).stats.sampling
    assert 80 < few.n_references < 120
    assert 0.3 < few.unseen_share < 1
    many = KernelExplainer(network, background, budget=8000).explain_local(rows).stats.sampling
    assert many.n_references == 300
    assert many.unseen_share == 0


def test_the_unseen_share_tells_what_more_coalitions_would_not_help():
    local = np.random.default_rng(3)
    background, rows = local.normal(size=(400, 10)), local.normal(size=(6, 10))

    def mean_share(model):
        explainer = KernelExplainer(model, background, budget=2000)
        return explainer.explain_local(rows).stats.sampling.unseen_share

    # Of products of three columns, a pair of orders knows little; of an additive model, all.
    assert mean_share(lambda X: (X[:, :8] ** 2).sum(axis=1)) > 0.999
    assert mean_share(lambda X: X[:, 0] * X[:, 1] * X[:, 2] * X[:, 3] * X[:, 4]) < 0.9


# -- rounds joined ------------------------------------------------------------------------------------


def test_orders_of_two_rounds_are_as_good_as_orders_of_one():
    generator = np.random.default_rng(0)
    designs = [PermutationPairs.draw(5, n_pairs, generator) for n_pairs in (1, 3)]
    both = PermutationPairs(np.concatenate([design.ranks for design in designs]))

    def game(coalitions):
        members = coalitions.astype(float)
        product = members[:, 0] * members[:, 1] * members[:, 2] + members @ np.arange(5.0)
        return np.stack([product, product**2], axis=1)

    empty, full = game(np.zeros((1, 5)))[0], game(np.ones((1, 5)))[0]
    one, three, four = (
        design.estimate(game(design.coalitions), empty, full) for design in (*designs, both)
    )
    found = joined(one, three, 1 / 4)
    np.testing.assert_allclose(found.values, four.values)
    np.testing.assert_allclose(found.variances, four.variances)
    np.testing.assert_allclose(found.pair_variances, four.pair_variances)
    assert (found.freedom, found.n_pairs) == (four.freedom, four.n_pairs)


def test_two_regressions_are_averaged_and_better_than_each():
    generator = np.random.default_rng(0)

    def game(coalitions):
        return np.exp(coalitions @ np.linspace(0, 1, 7) / 2)[:, None] * coalitions[:, [2]]

    empty, full = game(np.zeros((1, 7)))[0], game(np.ones((1, 7)))[0]
    designs = [RegressionPairs.draw(7, 32, generator) for _ in range(2)]
    first, second = (design.estimate(game(design.coalitions), empty, full) for design in designs)
    found = joined(first, second, 0.5)
    np.testing.assert_allclose(found.values, (first.values + second.values) / 2)
    np.testing.assert_allclose(found.variances, (first.variances + second.variances) / 4)


def test_a_better_design_replaces_the_one_before():
    orders = Estimate(np.ones((4, 1)), None, n_pairs=1)
    everything = Estimate(np.zeros((4, 1)), np.zeros((4, 1)))
    assert joined(orders, everything, 0.1) is everything
