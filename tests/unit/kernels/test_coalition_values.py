import numpy as np
import pytest
from oracles import coalition_values as twin
from oracles.shapley import shapley_values

from pellucid.explainers.shapley_regression import N_FOLDS, RegressionPairs
from pellucid.kernels.coalition_values import (
    values_of_all,
    values_of_orders,
    values_of_regression,
    write_orders,
)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 3), (5, 2), (9, 1)])
def test_all_coalitions_give_the_definition(n, k):
    outputs = np.random.default_rng(n).normal(size=(2**n, k))
    values = np.empty((n, k))
    values_of_all(outputs[1:-1].copy(), outputs[0].copy(), outputs[-1].copy(), values)
    expected = shapley_values(lambda S: outputs[sum(1 << i for i in S)], n)
    np.testing.assert_allclose(values, expected, atol=1e-13)


@pytest.mark.parametrize(("t", "n", "k"), [(1, 2, 1), (1, 6, 2), (3, 4, 1), (7, 11, 3)])
def test_orders_give_what_their_twin_gives_to_the_last_bit(t, n, k):
    numbers = np.random.default_rng(t * n)
    ranks = numbers.permuted(np.tile(np.arange(n), (t, 1)), axis=1)
    members = np.empty((2 * t * (n - 1), n), dtype=np.bool_)
    write_orders(ranks, members)
    np.testing.assert_array_equal(members, twin.members_of_orders(ranks))
    game = numbers.normal(size=(len(members), k)), *numbers.normal(size=(2, k))
    values, spread = np.empty((2, n, k))
    values_of_orders(ranks, *game, values, spread)
    expected, variance = twin.values_of_orders(ranks, *game)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(spread, variance)


@pytest.mark.parametrize(("n", "times", "k"), [(4, 4, 1), (7, 5, 2), (12, 6, 1), (30, 4, 2)])
def test_regressions_give_what_their_twin_gives(n, times, k):
    numbers = np.random.default_rng(n)
    design = RegressionPairs.draw(n, times * n, numbers)
    drawn = design.halves, design.weights, design.drawn, design.folds
    game = numbers.normal(size=(design.n_coalitions, k)), *numbers.normal(size=(2, k))
    values, variances = np.empty((2, n, k))
    values_of_regression(*drawn, N_FOLDS, *game, values, variances)
    expected, variance = twin.values_of_regression(drawn, N_FOLDS, game)
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(variances, variance, rtol=1e-9, atol=1e-11)
