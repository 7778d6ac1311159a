from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_shapley import interventional_shapley_values
from oracles.tree_walk import tree_sums

from pellucid.kernels import tree_pairs
from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_pair_walk import shapley_weights
from pellucid.kernels.tree_pairs import add_pairs, background_words, counted_nodes, pair_costs
from pellucid.kernels.tree_paths import describe_paths


def explain(game, rows=None, *, leaves=None, chosen=None, player=None):
    player = game.player if player is None else player
    rows = game.rows if rows is None else rows
    arrays = game.ensemble.arrays
    trees, coding = code_trees(arrays, player)
    leaves = np.ones(len(trees.column), dtype=bool) if leaves is None else leaves
    background = background_words(trees, encode_rows(coding, game.background), game.weights)
    values = np.zeros((len(rows), game.n_players, game.ensemble.n_outputs))
    add_pairs(
        trees,
        describe_paths(arrays, player),
        np.arange(len(trees.tree_output)) if chosen is None else chosen,
        counted_nodes(trees, leaves),
        encode_rows(coding, rows),
        background,
        values,
    )
    return values


def assert_equals_enumeration(game):
    for row, found in zip(game.rows, explain(game), strict=True):
        expected, _ = interventional_shapley_values(game, row)
        np.testing.assert_allclose(found, expected, atol=1e-12)


@settings(max_examples=100)
@given(games())
def test_values_equal_enumeration(game):
    assert_equals_enumeration(game)


@pytest.mark.parametrize("depth", [1, 15, 30])
def test_deep_chains_equal_enumeration(depth):
    assert_equals_enumeration(seeded_game(depth, depth=depth, chain=True, width=2))


def test_eight_players_equal_enumeration():
    assert_equals_enumeration(seeded_game(1, n_columns=8, depth=9, n_trees=1, n_rows=1, m=3))


def test_several_words_equal_enumeration():
    assert_equals_enumeration(seeded_game(4, n_columns=4, n_rows=70, m=150, n_trees=2))


def test_values_add_up_on_long_paths():
    game = seeded_game(5, n_columns=30, depth=13, n_rows=9, m=130, width=2)
    assert describe_paths(game.ensemble.arrays, game.player).tree_players.max() > 8
    base = game.weights @ tree_sums(game.ensemble, game.background)
    np.testing.assert_allclose(
        explain(game).sum(axis=1) + base, tree_sums(game.ensemble, game.rows), atol=1e-12
    )


def test_players_with_exchanged_roles_exchange_values():
    game = seeded_game(8, n_columns=4)
    order = np.array([2, 1, 0, 3])
    exchanged = explain(game, player=order)
    np.testing.assert_allclose(exchanged[:, order], explain(game), atol=1e-14)


@pytest.mark.parametrize("sizes", [[1] * 150, [64, 86], [3, 140, 7]])
def test_batches_change_no_bit(sizes):
    game = seeded_game(2, n_rows=150, depth=7, width=2, m=200)
    parts = np.split(game.rows, np.cumsum(sizes)[:-1])
    split = np.concatenate([explain(game, np.ascontiguousarray(part)) for part in parts])
    np.testing.assert_array_equal(split, explain(game))


def test_interrupts_can_be_heard_without_a_change_but_for_rounding(monkeypatch):
    game = seeded_game(5, n_rows=9, m=90)
    whole = explain(game)
    monkeypatch.setattr(tree_pairs, "COST_AT_ONCE", 1.0)
    np.testing.assert_allclose(explain(game), whole, atol=1e-14)
    one_by_one = [explain(game, row[None]) for row in game.rows]
    np.testing.assert_array_equal(np.concatenate(one_by_one), explain(game))


def test_no_rows_and_lone_leaves():
    game = seeded_game(2, depth=0)
    assert (explain(game) == 0).all()
    assert explain(game, np.zeros((0, 5))).shape == (0, 5, 1)


def test_rows_of_weight_zero_count_for_nothing():
    game = seeded_game(4)
    more = replace(
        game,
        background=np.vstack([game.background[::-1] + 0.5, game.background]),
        weights=np.append(np.zeros(len(game.weights)), game.weights),
    )
    np.testing.assert_array_equal(explain(more), explain(game))


def test_trees_and_leaves_that_are_not_chosen_count_for_nothing():
    game = seeded_game(9, depth=8, n_trees=4)
    arrays = game.ensemble.arrays
    rng = np.random.default_rng(0)
    leaves = (arrays.feature < 0) & (rng.random(len(arrays.feature)) < 0.3)
    leaves[arrays.tree_start[2] : arrays.tree_start[3]] = False
    chosen = np.array([0, 2, 3])
    found = explain(game, leaves=leaves, chosen=chosen)
    leaves[arrays.tree_start[1] : arrays.tree_start[2]] = False
    value = np.where(leaves[:, None], arrays.value, 0.0)
    part = replace(game, ensemble=replace(game.ensemble, arrays=arrays._replace(value=value)))
    assert np.abs(found).max() > 0.01
    np.testing.assert_allclose(found, explain(part), atol=1e-14)
    np.testing.assert_allclose(found + explain(game, leaves=~leaves), explain(game), atol=1e-13)


def test_more_players_than_bytes_count_are_refused():
    game = seeded_game(3, n_columns=3000, depth=270, chain=True, n_rows=1, m=1, n_trees=1)
    with pytest.raises(ValueError, match="players"):
        explain(game)


def test_costs_grow_with_the_background_and_the_tree():
    def costs(game, m, **rows):
        arrays = game.ensemble.arrays
        trees, _ = code_trees(arrays, game.player)
        return pair_costs(trees, describe_paths(arrays, game.player), m, **rows)

    small, large = seeded_game(7, depth=4), seeded_game(7, depth=12, n_columns=12)
    assert costs(large, 100).min() > 5 * costs(small, 100).max()
    few, many = costs(large, 10), costs(large, 1000)
    assert (many > 10 * few).all()
    assert (many < 100 * few).all()
    assert (costs(large, 100, n_rows=1) > 2 * costs(large, 100, n_rows=64)).all()
    assert (costs(large, 100, n_rows=1000) == costs(large, 100, n_rows=64)).all()


@pytest.mark.parametrize("n", [1, 4, 40])
def test_shapley_weights_of_a_pair_sum_to_one(n):
    weights = shapley_weights(n)
    for a in range(1, n + 1):
        b = n - a
        # The a gain the leaf's value if no b hinders them.
        positive, negative = a * weights[a, b], b * weights[b, a]
        assert positive - negative == pytest.approx(1.0 if b == 0 else 0.0, abs=1e-12)
