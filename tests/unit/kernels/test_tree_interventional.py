import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_shapley import interventional_shapley_values
from oracles.tree_walk import tree_sums

from pellucid.kernels import tree_interventional
from pellucid.kernels.tree_interventional import KEPT, PAIRS, REBUILT, InterventionalGame
from pellucid.kernels.tree_pair_walk import add_pairs, shapley_weights
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_pattern_tables import add_from_tables, build_tables


def prepared(game, player=None):
    player = game.player if player is None else player
    arrays = game.ensemble.arrays
    paths = describe_paths(arrays, player)
    return InterventionalGame(arrays, paths, player, game.background, game.weights)


def explain(game, rows=None, player=None):
    return prepared(game, player).values(
        game.rows if rows is None else rows,
        n_players=game.n_players,
        n_outputs=game.ensemble.n_outputs,
    )


def empty_values(game):
    return np.zeros((len(game.rows), game.n_players, game.ensemble.n_outputs))


def by_tables(game):
    """The values by pattern tables alone."""
    arrays, values = game.ensemble.arrays, empty_values(game)
    paths = describe_paths(arrays, game.player)
    everything = np.arange(len(arrays.tree_output))
    tables = build_tables(arrays, paths, everything, game.background, game.weights)
    add_from_tables(arrays, paths, game.player, tables, game.rows, values)
    return values


def by_pairs(game):
    """The values by pair walks alone."""
    arrays, values = game.ensemble.arrays, empty_values(game)
    most = int(describe_paths(arrays, game.player).tree_players.max())
    add_pairs(
        arrays,
        game.player,
        np.arange(len(arrays.tree_output)),
        most,
        game.rows,
        game.background,
        game.weights,
        shapley_weights(most),
        values,
    )
    return values


WAYS = {"as chosen": explain, "tables": by_tables, "pairs": by_pairs}


def assert_equals_enumeration(game, way):
    for row, found in zip(game.rows, WAYS[way](game), strict=True):
        expected, _ = interventional_shapley_values(game, row)
        np.testing.assert_allclose(found, expected, atol=1e-11)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=100, deadline=None)
@given(games())
def test_values_equal_enumeration(way, game):
    assert_equals_enumeration(game, way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("depth", [1, 15, 30])
def test_deep_chains_equal_enumeration(depth, way):
    assert_equals_enumeration(seeded_game(depth, depth=depth, chain=True, width=2), way)


@pytest.mark.parametrize("way", WAYS)
def test_eight_players_equal_enumeration(way):
    game = seeded_game(1, n_columns=8, depth=9, n_trees=1, n_rows=1, m=3)
    assert_equals_enumeration(game, way)


@pytest.mark.parametrize("seed", range(4))
def test_tables_equal_pairs_where_enumeration_is_too_long(seed):
    game = seeded_game(seed, n_columns=12, depth=12, width=2, n_rows=80, m=90)
    assert describe_paths(game.ensemble.arrays, game.player).tree_players.max() > 8
    np.testing.assert_allclose(by_tables(game), by_pairs(game), atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(games(most_columns=6, most_depth=5))
def test_values_add_up_and_players_never_asked_get_zero(game):
    values = explain(game)
    base = game.weights @ tree_sums(game.ensemble, game.background)
    np.testing.assert_allclose(
        values.sum(axis=1) + base, tree_sums(game.ensemble, game.rows), atol=1e-12
    )
    arrays = game.ensemble.arrays
    asked = set(game.player[arrays.feature[arrays.feature >= 0]])
    never = [j for j in range(game.n_players) if j not in asked]
    assert (values[:, never] == 0).all()


def test_players_with_exchanged_roles_exchange_values():
    game = seeded_game(8, n_columns=4)
    order = np.array([2, 1, 0, 3])
    exchanged = explain(game, player=order)
    np.testing.assert_allclose(exchanged[:, order], explain(game), atol=1e-14)


@pytest.mark.parametrize("sizes", [[1] * 150, [64, 86], [150]])
@pytest.mark.parametrize("most_players", [3, 12])
def test_batches_change_no_bit(sizes, most_players, monkeypatch):
    monkeypatch.setattr(tree_interventional, "MOST_PLAYERS", most_players)
    game = seeded_game(2, n_rows=150, depth=7, width=2, m=80)
    whole = explain(game)
    parts = np.split(game.rows, np.cumsum(sizes)[:-1])
    split = np.concatenate([explain(game, np.ascontiguousarray(part)) for part in parts])
    np.testing.assert_array_equal(split, whole)


def test_no_rows_and_lone_leaves():
    game = seeded_game(2, depth=0)
    assert (explain(game) == 0).all()
    assert explain(game, np.zeros((0, 5))).shape == (0, 5, 1)


def test_rows_of_weight_zero_count_for_nothing():
    game = seeded_game(4)
    expected = explain(game)
    game.background = np.vstack([game.background, game.background[::-1] + 0.5])
    game.weights = np.append(game.weights, np.zeros(len(game.weights)))
    np.testing.assert_allclose(explain(game), expected, atol=1e-14)


# -- the choice between the two ways ----------------------------------------------------------------


def test_tables_that_are_rebuilt_give_the_bits_of_those_that_are_kept(monkeypatch):
    game = seeded_game(6, n_trees=12, m=600)
    kept = prepared(game)
    assert (kept.costs.way == KEPT).all()
    monkeypatch.setattr(tree_interventional, "MOST_KEPT_ENTRIES", 2000)
    monkeypatch.setattr(tree_interventional, "MOST_REBUILT_ENTRIES", 3000)
    rebuilt = prepared(game)
    assert {KEPT, REBUILT} <= set(rebuilt.costs.way.tolist())
    arguments = {"n_players": game.n_players, "n_outputs": 1}
    values = rebuilt.values(game.rows, **arguments)
    np.testing.assert_allclose(values, kept.values(game.rows, **arguments), atol=1e-13)
    one_by_one = [rebuilt.values(row[None], **arguments) for row in game.rows]
    np.testing.assert_array_equal(np.concatenate(one_by_one), values)


def test_long_paths_are_walked():
    game = seeded_game(7, n_columns=30, depth=30, chain=True)
    assert (prepared(game).costs.way == PAIRS).all()


def test_walks_between_which_interrupts_are_heard_change_no_bit(monkeypatch):
    game = seeded_game(5)
    whole = explain(game)
    monkeypatch.setattr(tree_interventional, "MOST_PLAYERS", 0)
    walked = explain(game)
    monkeypatch.setattr(tree_interventional, "COST_AT_ONCE", 0.0)
    np.testing.assert_array_equal(explain(game), walked)
    np.testing.assert_allclose(walked, whole, rtol=1e-9, atol=1e-12)


def test_costs_grow_with_the_background_for_walks_only():
    def costs(game):
        paths = describe_paths(game.ensemble.arrays, game.player)
        return [tree_interventional.tree_costs(game.ensemble.arrays, paths, m) for m in (10, 10000)]

    few, many = costs(seeded_game(7, n_columns=30, depth=30, chain=True))
    assert many.per_row == pytest.approx(1000 * few.per_row)
    few, many = costs(seeded_game(7, depth=4))
    assert many.per_row < 100 * few.per_row


def test_game_is_pickled_without_its_tables():
    game = seeded_game(1, m=400, n_columns=10, depth=9)
    first = prepared(game)
    data = pickle.dumps(first)
    assert len(data) < first.costs.entries.sum()
    again = pickle.loads(data)
    arguments = {"n_players": game.n_players, "n_outputs": 1}
    np.testing.assert_array_equal(
        again.values(game.rows, **arguments), first.values(game.rows, **arguments)
    )


@pytest.mark.parametrize("n", [1, 4, 40])
def test_shapley_weights_of_a_pair_sum_to_one(n):
    weights = shapley_weights(n)
    for a in range(1, n + 1):
        b = n - a
        # The a gain the leaf's value if no b hinders them.
        positive, negative = a * weights[a, b], b * weights[b, a]
        assert positive - negative == pytest.approx(1.0 if b == 0 else 0.0, abs=1e-12)
