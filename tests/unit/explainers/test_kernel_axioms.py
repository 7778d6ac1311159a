"""Shapley's axioms for estimates, on set functions that know no order or smoothness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid import KernelExplainer

GAMES = st.tuples(st.integers(3, 9), st.integers(1, 90), st.integers(0, 2**31))
"""Number of columns and of reference rows, and a seed."""
SETTINGS = st.sampled_from([{"budget": 8}, {"budget": 40}, {"budget": 200}, {"target_se": 0.2}])
"""Budgets are per column."""


class SetFunction:
    """A model of rows of zeros and ones that has a number of its own for each such row."""

    def __init__(self, table):
        self.table = table

    def __call__(self, X):
        return self.table[X.astype(np.int64) @ 2 ** np.arange(X.shape[1])]


def play(game, how, table_of, background_of=lambda background: background):
    """Explain the row of ones against random rows of zeros and ones."""
    d, m, seed = game
    local = np.random.default_rng(seed)
    background = background_of((local.random((m, d)) < 0.3) * 1.0)
    table = table_of(local.normal(size=(2**d, 2)))
    options = {key: value * d if key == "budget" else value for key, value in how.items()}
    explainer = KernelExplainer(SetFunction(table), background, **options)
    return explainer.explain_local(np.ones((1, d)))


def error_of(explanation):
    return np.zeros_like(explanation.values) if explanation.stats.exact else explanation.std_error


@given(GAMES, SETTINGS)
@settings(max_examples=60)
def test_efficiency_is_exact(game, how):
    found = play(game, how, lambda table: table)
    total = found.values.sum(axis=1) + found.base_values
    np.testing.assert_allclose(total, found.predictions, atol=1e-10)
    assert found.stats.efficiency_gap < 1e-10


@given(GAMES, SETTINGS)
@settings(max_examples=40)
def test_a_column_that_equals_all_reference_rows_has_exactly_nothing(game, how):
    def with_ones(background):
        background[:, 1] = 1.0
        return background

    found = play(game, how, lambda table: table, with_ones)
    np.testing.assert_array_equal(found.values[:, 1], 0.0)
    np.testing.assert_array_equal(error_of(found)[:, 1], 0.0)


@given(GAMES, SETTINGS)
@settings(max_examples=40, derandomize=True)
def test_a_column_that_the_function_ignores_has_nothing_beyond_the_error(game, how):
    def ignoring_the_first(table):
        table[1::2] = table[::2]
        return table

    found = play(game, how, ignoring_the_first)
    assert (np.abs(found.values[:, 0]) <= 6 * error_of(found)[:, 0] + 1e-10).all()


@given(GAMES, SETTINGS)
@settings(max_examples=40, derandomize=True)
def test_interchangeable_columns_get_the_same_up_to_the_error(game, how):
    def symmetric(table):
        d = len(table).bit_length() - 1
        codes = np.arange(2**d)
        first, second = codes & 1, codes >> 1 & 1
        swapped = (codes & ~3) | second | first << 1
        return table + table[swapped]

    def equal_columns(background):
        background[:, 1] = background[:, 0]
        return background

    found = play(game, how, symmetric, equal_columns)
    error = np.hypot(error_of(found)[:, 0], error_of(found)[:, 1])
    assert (np.abs(found.values[:, 0] - found.values[:, 1]) <= 6 * error + 1e-10).all()


@given(GAMES, SETTINGS)
@settings(max_examples=40, derandomize=True)
def test_sums_of_functions_get_the_sum_up_to_the_error(game, how):
    def explain(weights):
        return play(game, how, lambda table: table @ np.array(weights)[:, None])

    one, other, both = (explain(weights) for weights in ((1.0, 0.0), (0.0, 1.0), (2.0, -3.0)))
    difference = both.values - (2 * one.values - 3 * other.values)
    error = np.sqrt(error_of(both) ** 2 + 4 * error_of(one) ** 2 + 9 * error_of(other) ** 2)
    assert (np.abs(difference) <= 6 * error + 1e-10).all()


@pytest.mark.parametrize("how", [{"budget": 200}, {"target_se": 0.2}])
def test_estimates_of_random_set_functions_stay_honest(how):
    errors, stated = [], []
    for seed in range(25):
        game = (8, 80, seed)
        exact = play(game, {"budget": 10**4}, lambda table: table)
        found = play(game, how, lambda table: table)
        assert exact.stats.exact
        assert not found.stats.exact
        errors.append(found.values - exact.values)
        stated.append(found.std_error)
    errors, stated = np.array(errors), np.array(stated)
    assert 0.9 <= (np.abs(errors) <= 1.96 * stated).mean() <= 1.0
