from itertools import combinations
from math import comb

import numpy as np
import pytest

from pellucid import InvalidInputError, KernelExplainer
from pellucid.data.background import Background
from pellucid.data.table import as_table

rng = np.random.default_rng(4)


def product_of_three(X):
    """Two outputs: interactions of three columns, and of two."""
    return np.stack([X[:, 0] * X[:, 1] * X[:, 2] + X[:, 3], np.sin(X[:, 1]) * X[:, 4]], axis=1)


def index_by_definition(function, x, reference, pair):
    """Return the Shapley interaction index of two columns, straight from the definition."""
    (background, weights), (i, j), d = reference, pair, len(x)
    others = [c for c in range(d) if c not in {i, j}]

    def v(S):
        mixed = background.copy()
        mixed[:, list(S)] = x[list(S)]
        return weights @ function(mixed)

    total = 0.0
    for size in range(d - 1):
        weight = 1 / ((d - 1) * comb(d - 2, size))
        for S in combinations(others, size):
            total = total + weight * (v((*S, i, j)) - v((*S, i)) - v((*S, j)) + v(S))
    return total


def expected(function, rows, background, weights):
    found = {}
    for i, j in combinations(range(rows.shape[1]), 2):
        indices = [index_by_definition(function, x, (background, weights), (i, j)) for x in rows]
        found[str(i), str(j)] = np.abs(indices).mean(axis=0)
    return found


def test_all_coalitions_equal_the_definition():
    background, rows = rng.normal(size=(4, 5)), rng.normal(size=(3, 5))
    rows[0, 2] = background[1, 2]
    weights = np.array([0.4, 0.3, 0.3, 0.0])
    explainer = KernelExplainer(product_of_three, Background(as_table(background), weights))
    ranked = explainer.top_interactions(rows)
    assert ranked.stats.exact
    found = expected(product_of_three, rows, background, weights)
    for pair, values in zip(ranked.pairs, ranked.values, strict=True):
        np.testing.assert_allclose(values, found.pop(pair), atol=1e-12)
    assert all(np.abs(values).max() < 1e-12 for values in found.values())
    assert ranked.overall.tolist() == sorted(ranked.overall, reverse=True)


def test_estimates_are_near_the_definition():
    background, rows = rng.normal(size=(60, 6)), rng.normal(size=(6, 6)) * 2

    def function(X):
        return product_of_three(X)[:, :1]

    ranked = KernelExplainer(function, background, budget=3500).top_interactions(rows, 3)
    assert not ranked.stats.exact
    assert set(ranked.pairs) == {("0", "1"), ("0", "2"), ("1", "2")}
    found = expected(function, rows, background, np.full(60, 1 / 60))
    for pair, values in zip(ranked.pairs, ranked.values, strict=True):
        np.testing.assert_allclose(values, found[pair], atol=2 * ranked.stats.largest_std_error)
        assert abs(values[0] - found[pair][0]) < 0.2 * found[pair][0]


@pytest.mark.parametrize(("m", "budget"), [(400, 5000), (25, 4400)])
def test_standard_errors_are_those_of_the_estimates(m, budget):
    local = np.random.default_rng(2)
    background, rows = local.normal(size=(m, 8)), local.normal(size=(1, 8)) * 2

    def function(X):
        return np.prod(1 + X[:, :5], axis=1) + X[:, 7]

    exact = KernelExplainer(function, background, budget=10**6).top_interactions(rows)
    assert exact.stats.exact
    pair, size = exact.pairs[0], exact.values[0, 0]
    errors, stated = [], []
    for seed in range(20):
        explainer = KernelExplainer(function, background, budget=budget, random_state=seed)
        ranked = explainer.top_interactions(rows, 28)
        errors.append(ranked.values[ranked.pairs.index(pair), 0] - size)
        stated.append(ranked.stats.largest_std_error)
    assert 0.7 < np.mean(stated) / np.sqrt(np.mean(np.square(errors))) < 2


def test_only_pairs_of_important_columns_are_tried():
    background, rows = rng.normal(size=(50, 30)), rng.normal(size=(5, 30))
    ranked = KernelExplainer(product_of_three, background).top_interactions(rows, 3)
    assert ("1", "4") in ranked.pairs
    assert "only pairs among the 4 most important features" in ranked.stats.warnings[0]


def test_the_ranking_depends_on_the_content_of_the_rows_alone():
    background, rows = rng.normal(size=(50, 30)), rng.normal(size=(8, 30))
    first = KernelExplainer(product_of_three, background).top_interactions(rows, 3)
    explainer = KernelExplainer(product_of_three, background, batch_size=3, n_jobs=2)
    assert explainer.top_interactions(rows[::-1], 3) == first


def test_pairs_that_do_not_interact_are_left_out():
    background, rows = rng.normal(size=(20, 12)), rng.normal(size=(4, 12))
    additive = KernelExplainer(lambda X: X @ np.arange(12.0), background, budget=400)
    assert additive.top_interactions(rows, 3).overall.max(initial=0) < 1e-12


def test_a_row_that_equals_all_reference_rows_has_no_interactions():
    background = np.ones((3, 4))
    assert (
        len(KernelExplainer(product_of_three_of_four, background).top_interactions(background)) == 0
    )


def product_of_three_of_four(X):
    return X[:, 0] * X[:, 1] * X[:, 2] + X[:, 3]


def test_impossible_numbers_of_pairs_are_refused():
    explainer = KernelExplainer(product_of_three_of_four, np.ones((3, 4)))
    with pytest.raises(InvalidInputError, match="top_k"):
        explainer.top_interactions(np.ones((1, 4)), 0)
