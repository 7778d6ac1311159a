import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.shapley import shapley_values

from pellucid.explainers.coalitions import AllCoalitions, PermutationPairs
from pellucid.explainers.shapley_regression import RegressionPairs, pairs_per_size


def random_game(n, k=2, seed=0):
    """A game without any structure: one independent output for every coalition."""
    outputs = np.random.default_rng(seed).normal(size=(2**n, k))

    def play(coalitions):
        return outputs[coalitions.astype(int) @ (1 << np.arange(n))]

    def v(S):
        return play(np.isin(np.arange(n), S)[None])[0]

    return play, v


def estimate(design, play, n):
    ends = np.array([[False] * n, [True] * n])
    empty, full = play(ends)
    return design.estimate(play(design.coalitions), empty, full)


DESIGNS = {
    "one pair of orders": lambda n, generator: PermutationPairs.draw(n, 1, generator),
    "pairs of orders": lambda n, generator: PermutationPairs.draw(n, 4, generator),
    "regression": lambda n, generator: RegressionPairs.draw(n, 4 * n, generator),
    "more regression": lambda n, generator: RegressionPairs.draw(n, 7 * n, generator),
}


@pytest.fixture(params=DESIGNS)
def draw(request):
    return DESIGNS[request.param]


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_all_coalitions_are_exact(n):
    play, v = random_game(n)
    found = estimate(AllCoalitions(n), play, n)
    np.testing.assert_allclose(found.values, shapley_values(v, n), atol=1e-13)
    assert not found.variances.any()


def test_number_of_coalitions_is_as_announced(draw):
    for n in (4, 5, 8):
        design = draw(n, np.random.default_rng(0))
        assert design.coalitions.shape == (design.n_coalitions, n)
        assert design.coalitions.dtype == bool
        sizes = design.coalitions.sum(axis=1)
        assert sizes.min() >= 1
        assert sizes.max() <= n - 1
    assert AllCoalitions(5).coalitions.shape == (AllCoalitions(5).n_coalitions, 5)


def test_values_add_up(draw):
    n = 8
    play, v = random_game(n)
    found = estimate(draw(n, np.random.default_rng(0)), play, n)
    total = v(tuple(range(n))) - v(())
    np.testing.assert_allclose(found.values.sum(axis=0), total, atol=1e-12)


@pytest.mark.parametrize("n", [7, 9])
def test_estimates_are_unbiased_and_know_their_error(draw, n):
    play, v = random_game(n)
    exact = shapley_values(v, n)
    found = [estimate(draw(n, np.random.default_rng(seed)), play, n) for seed in range(600)]
    values = np.array([each.values for each in found])
    spread = values.std(axis=0, ddof=1)
    assert (np.abs(values.mean(axis=0) - exact) < 4.5 * spread / np.sqrt(600)).all()
    if found[0].variances is not None:
        stated = np.sqrt(np.mean([each.variances for each in found]))
        assert 0.9 < stated / np.sqrt((spread**2).mean()) < 1.15


def test_one_pair_of_orders_does_not_know_its_error():
    play, _ = random_game(5)
    found = estimate(PermutationPairs.draw(5, 1, np.random.default_rng(0)), play, 5)
    assert found.variances is None
    assert found.pair_variances is None


def test_orders_and_their_reverses_are_exact_for_pairwise_interactions():
    n = 6
    interactions = np.triu(np.random.default_rng(0).normal(size=(n, n)))

    def play(coalitions):
        return np.einsum("ci,ij,cj->c", coalitions, interactions, coalitions)[:, None]

    found = estimate(PermutationPairs.draw(n, 1, np.random.default_rng(1)), play, n)
    expected = shapley_values(lambda S: play(np.isin(np.arange(n), S)[None].astype(float))[0], n)
    np.testing.assert_allclose(found.values, expected, atol=1e-12)


def test_regression_is_exact_for_additive_games():
    n = 12
    worth = np.random.default_rng(0).normal(size=(n, 3))
    found = estimate(
        RegressionPairs.draw(n, 4 * n, np.random.default_rng(1)), lambda S: S @ worth, n
    )
    np.testing.assert_allclose(found.values, worth, atol=1e-12)
    np.testing.assert_allclose(found.variances, 0, atol=1e-25)


def test_regression_with_all_pairs_is_exact():
    n = 6
    play, v = random_game(n)
    design = RegressionPairs.draw(n, 2 ** (n - 1) - 1, np.random.default_rng(0))
    found = estimate(design, play, n)
    np.testing.assert_allclose(found.values, shapley_values(v, n), atol=1e-12)
    assert not found.variances.any()


@given(n=st.integers(4, 20), factor=st.integers(4, 12), seed=st.integers(0, 5))
def test_regression_pairs_are_distinct_and_of_the_sizes_planned(n, factor, seed):
    n_pairs = min(factor * n, 2 ** (n - 1) - 1)
    design = RegressionPairs.draw(n, n_pairs, np.random.default_rng(seed))
    counts = pairs_per_size(n, n_pairs)
    assert sum(counts) <= n_pairs
    assert counts[0] == n
    sizes = design.halves.sum(axis=1)
    assert np.bincount(sizes, minlength=n // 2 + 1)[1:].tolist() == counts
    assert len(np.unique(design.coalitions, axis=0)) == design.n_coalitions


def test_large_sizes_are_drawn_without_listing_them():
    design = RegressionPairs.draw(60, 400, np.random.default_rng(0))
    assert len(np.unique(design.coalitions, axis=0)) == design.n_coalitions
