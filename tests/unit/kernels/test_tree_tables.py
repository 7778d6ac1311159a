from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_shapley import interventional_shapley_values, interventional_values_by_leaves
from oracles.tree_walk import tree_sums
from unit.kernels.kernels_at_work import values_by_pairs, values_by_tables

from pellucid.kernels.tree_codes import code_trees
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_pieces import (
    LISTED,
    MOST_LISTED_PLAYERS,
    PACKED,
    TABLE,
    cut_into_pieces,
)

FEW, SOME, MANY = 1, 1000, 10**7
NUMBERS_OF_ROWS = [FEW, SOME, MANY]


def cut(game, n_rows):
    """The pieces of a game's trees, and what their paths look like."""
    trees, _ = code_trees(game.ensemble.arrays, game.player)
    paths = describe_paths(game.ensemble.arrays, game.player)
    return cut_into_pieces(trees, paths, n_rows, len(game.weights)), paths


def by_leaves(game):
    return np.stack([interventional_values_by_leaves(game, row) for row in game.rows])


# -- values -----------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(games())
def test_the_oracle_for_many_players_equals_enumeration(game):
    for row in game.rows:
        expected, _ = interventional_shapley_values(game, row)
        found = interventional_values_by_leaves(game, row)
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
@settings(max_examples=100)
@given(games())
def test_values_equal_enumeration(n_rows, game):
    for row, found in zip(game.rows, values_by_tables(game, n_rows), strict=True):
        expected, _ = interventional_shapley_values(game, row)
        np.testing.assert_allclose(found, expected, atol=1e-11)


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
def test_eight_players_equal_enumeration(n_rows):
    game = seeded_game(1, n_columns=8, depth=9, n_trees=1, n_rows=1, m=3)
    expected, _ = interventional_shapley_values(game, game.rows[0])
    np.testing.assert_allclose(values_by_tables(game, n_rows)[0], expected, atol=1e-11)


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
@pytest.mark.parametrize("depth", [1, 15, 30])
def test_chains_that_ask_few_players_again_and_again(depth, n_rows):
    game = seeded_game(depth, depth=depth, chain=True, width=2)
    np.testing.assert_allclose(values_by_tables(game, n_rows), by_leaves(game), atol=1e-11)


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
@pytest.mark.parametrize("depth", [9, 15, 16, 17, 30, MOST_LISTED_PLAYERS])
def test_chains_that_ask_a_new_player_at_every_level(depth, n_rows):
    game = seeded_game(depth, n_columns=depth, depth=depth, long=True, n_trees=2, n_rows=9, m=40)
    _, paths = cut(game, n_rows)
    assert paths.tree_players.tolist() == [depth, depth]
    expected = by_leaves(game)
    assert (np.abs(expected) > 1e-6).any(axis=0).mean() > 0.8
    np.testing.assert_allclose(values_by_tables(game, n_rows), expected, atol=1e-11)


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
@pytest.mark.parametrize("seed", range(2))
def test_tables_equal_pair_walks_where_enumeration_is_too_long(seed, n_rows):
    game = seeded_game(seed, n_columns=12, depth=12, width=2, n_rows=80, m=90)
    assert cut(game, n_rows)[1].tree_players.max() > 8
    np.testing.assert_allclose(values_by_tables(game, n_rows), values_by_pairs(game), atol=1e-12)


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
def test_thousands_of_background_rows_equal_pair_walks(n_rows):
    game = seeded_game(3, n_columns=9, depth=9, width=2, n_rows=35, m=2100)
    np.testing.assert_allclose(values_by_tables(game, n_rows), values_by_pairs(game), atol=1e-12)


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
@settings(max_examples=40)
@given(games(most_columns=6, most_depth=5))
def test_values_add_up_and_players_never_asked_get_zero(n_rows, game):
    values = values_by_tables(game, n_rows)
    base = game.weights @ tree_sums(game.ensemble, game.background)
    np.testing.assert_allclose(
        values.sum(axis=1) + base, tree_sums(game.ensemble, game.rows), atol=1e-12
    )
    arrays = game.ensemble.arrays
    asked = set(game.player[arrays.feature[arrays.feature >= 0]])
    never = [j for j in range(game.n_players) if j not in asked]
    assert (values[:, never] == 0).all()


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
def test_players_with_exchanged_roles_exchange_values(n_rows):
    game = seeded_game(8, n_columns=4)
    order = np.array([2, 1, 0, 3])
    exchanged = values_by_tables(replace(game, player=order), n_rows)
    np.testing.assert_allclose(exchanged[:, order], values_by_tables(game, n_rows), atol=1e-14)


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
def test_background_rows_of_weight_zero_count_for_nothing(n_rows):
    game = seeded_game(4, n_columns=8, depth=8)
    more = replace(
        game,
        background=np.vstack([game.background[::-1] + 0.5, game.background]),
        weights=np.append(np.zeros(len(game.weights)), game.weights),
    )
    np.testing.assert_allclose(
        values_by_tables(more, n_rows), values_by_tables(game, n_rows), atol=1e-14
    )


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
def test_lone_leaves_add_nothing(n_rows):
    assert (values_by_tables(seeded_game(2, depth=0), n_rows) == 0).all()


# -- bits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
def test_borders_of_chunks_change_no_bit(n_rows):
    game = seeded_game(6, n_columns=9, depth=9, width=2, n_rows=40, m=50)
    whole = values_by_tables(game, n_rows, n_chunks=1)
    n_pieces = len(cut(game, n_rows)[0].root)
    assert n_pieces > 7
    for n_chunks in (2, 7, n_pieces):
        found = values_by_tables(game, n_rows, n_chunks=n_chunks)
        np.testing.assert_array_equal(found, whole)


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
def test_rows_change_no_bit_of_each_other(n_rows):
    # Columns of packed leaves have 2 to 512 lines here: more than there are rows, and fewer.
    game = seeded_game(2, n_columns=9, depth=9, width=2, n_rows=301, m=50)
    whole = values_by_tables(game, n_rows)
    for chosen in (slice(0, 1), slice(5, 36), slice(32, 64), slice(0, 33), slice(None, None, -1)):
        rows = np.ascontiguousarray(game.rows[chosen])
        found = values_by_tables(replace(game, rows=rows), n_rows)
        np.testing.assert_array_equal(found, whole[chosen])


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
def test_tables_are_the_same_whatever_was_in_their_memory(n_rows):
    game = seeded_game(11, n_columns=7, depth=8, m=33)  # entries are NaN before they are written
    found = values_by_tables(game, n_rows)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(values_by_tables(game, n_rows), found)


# -- pieces -----------------------------------------------------------------------------------------


def test_the_number_of_rows_decides_how_trees_are_cut():
    game = seeded_game(1, n_columns=12, depth=10, m=20)
    kinds = []
    for n_rows in NUMBERS_OF_ROWS:
        pieces, _ = cut(game, n_rows)
        kinds.append(set(pieces.role[pieces.root].tolist()))
    assert LISTED in kinds[0]
    assert TABLE not in kinds[0]
    assert PACKED in kinds[1]
    assert TABLE in kinds[2]
    assert LISTED not in kinds[2]


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
def test_more_rows_are_never_dearer_each(n_rows):
    game = seeded_game(1, n_columns=12, depth=10, m=20)
    one, other = cut(game, n_rows)[0], cut(game, 16 * n_rows)[0]
    assert (other.seconds_per_row <= one.seconds_per_row).all()
    assert (other.seconds_to_build >= one.seconds_to_build).all()


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
def test_every_leaf_that_asks_someone_is_in_one_piece(n_rows):
    game = seeded_game(5, n_columns=9, depth=9, n_trees=5)
    pieces, paths = cut(game, n_rows)
    feature = game.ensemble.arrays.feature
    roots = np.zeros(len(feature), dtype=int)
    roots[pieces.root] = 1
    for node in range(len(feature)):  # children stand behind their parents
        if paths.parent[node] >= 0:
            roots[node] += roots[paths.parent[node]]
    leaves = feature < 0
    np.testing.assert_array_equal(roots[leaves], (paths.n_players > 0)[leaves])


def test_leaves_of_too_many_players_are_in_no_piece_and_make_their_tree_infinitely_dear():
    n = MOST_LISTED_PLAYERS + 1
    game = seeded_game(n, n_columns=n, depth=n, long=True, n_trees=1)
    pieces, paths = cut(game, 1)
    assert paths.n_players[pieces.root].max() <= MOST_LISTED_PLAYERS
    assert pieces.seconds_to_build.tolist() == [np.inf]
    pieces, _ = cut(seeded_game(n, n_columns=n, depth=n - 1, long=True, n_trees=1), 1)
    assert np.isfinite(pieces.seconds_to_build).all()
