import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_shapley import path_dependent_shapley_values

from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_path_dependent import path_dependent_values
from pellucid.kernels.tree_path_nodes import list_nodes
from pellucid.kernels.tree_path_rows import path_dependent_values_of_few, room_for_row
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_program import build_program


def explain(game, rows=None):
    """The values by rows and by vectors of rows, and the nodes by which the first were found."""
    trees, coding = code_trees(game.ensemble.arrays, game.player)
    paths = describe_paths(game.ensemble.arrays, game.player)
    program = build_program(trees, paths)
    nodes, rows = list_nodes(trees, paths, program), game.rows if rows is None else rows
    sizes = {"n_players": game.n_players, "n_outputs": game.ensemble.n_outputs}
    codes = encode_rows(coding, np.ascontiguousarray(rows))
    values = path_dependent_values_of_few(nodes, codes, n_rows=len(rows), **sizes)
    return values, path_dependent_values(program, codes, n_rows=len(rows), **sizes), nodes


def assert_equals_enumeration(game):
    for row, found in zip(game.rows, explain(game)[0], strict=True):
        expected, _ = path_dependent_shapley_values(game, row)
        np.testing.assert_allclose(found, expected, atol=1e-11)


@settings(max_examples=100)
@given(games())
def test_values_equal_enumeration(game):
    assert_equals_enumeration(game)


@pytest.mark.parametrize("depth", [1, 2, 8, 15])
@pytest.mark.parametrize("chain", [False, True])
def test_deep_trees_equal_enumeration(depth, chain):
    assert_equals_enumeration(
        seeded_game(depth, depth=depth if chain else min(depth, 8), chain=chain, width=2)
    )


@pytest.mark.parametrize("player", [[0, 0, 1, 1, 1], [0, 0, 0, 0, 0], [4, 0, 4, 0, 2]])
def test_players_of_several_columns_equal_enumeration(player):
    game = seeded_game(9, depth=7, width=3)
    game.player = np.array(player)
    assert_equals_enumeration(game)


@pytest.mark.parametrize("depth", [9, 16, 17, 18, 33, 60])
def test_rules_of_several_vectors_equal_the_other_way(depth):
    game = seeded_game(depth, n_columns=depth, depth=depth, long=True, n_trees=3, n_rows=3)
    values, expected, nodes = explain(game)
    assert nodes.n_points.max() == -(-depth // 2) or depth > 30
    np.testing.assert_allclose(values, expected, atol=1e-12)


def test_many_trees_of_several_outputs_equal_the_other_way():
    game = seeded_game(6, n_trees=12, n_columns=11, depth=10, width=3, n_rows=40)
    values, expected, _ = explain(game)
    np.testing.assert_allclose(values, expected, atol=1e-12)


def test_rows_change_no_bit_of_each_other():
    game = seeded_game(2, n_rows=70, depth=7, width=2, n_trees=4)
    whole, *_ = explain(game)
    for chosen in (slice(0, 1), slice(31, 33), slice(69, 70), slice(None, None, -1)):
        np.testing.assert_array_equal(explain(game, game.rows[chosen])[0], whole[chosen])


def test_lone_leaves_and_no_rows():
    assert (explain(seeded_game(2, depth=0))[0] == 0).all()
    assert explain(seeded_game(2), np.zeros((0, 5)))[0].shape == (0, 5, 1)


def test_nodes_are_listed_with_pairs_last_and_parents_first():
    game = seeded_game(3, n_trees=5, depth=6)
    _, _, nodes = explain(game)
    arrays = game.ensemble.arrays
    assert len(nodes.inner) == (arrays.feature >= 0).sum() == nodes.inner_start[-1]
    for t in range(5):
        slots = nodes.inner["slot"][nodes.inner_start[t] : nodes.inner_start[t + 1]]
        assert slots[0] == 0
        n_pairs = nodes.pair_start[t + 1] - nodes.pair_start[t]
        parents = (slots[1:] - 1) // 2
        assert (parents < np.arange(1, len(slots))).all()
        assert parents.max(initial=0) < len(slots) - n_pairs
        leaves = nodes.leaf_slot[nodes.leaf_start[t] : nodes.leaf_start[t + 1]]
        of_pairs = 2 * (len(slots) - n_pairs) + 1 + np.arange(2 * n_pairs)
        found = np.sort(np.concatenate([slots, leaves, of_pairs]))
        np.testing.assert_array_equal(found, np.arange(2 * len(slots) + 1))


def test_room_grows_with_the_largest_tree():
    small, large = (explain(seeded_game(3, depth=depth))[2] for depth in (3, 6))
    assert 0 < room_for_row(small) < room_for_row(large)
