import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_shapley import interventional_shapley_values
from unit.kernels.kernels_at_work import values_by_tables, values_of_few_by_tables

from pellucid.kernels.tree_codes import code_trees
from pellucid.kernels.tree_look_up_rows import AHEAD
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_pieces import LISTED, PACKED, SIBLINGS, TABLE, cut_into_pieces

NUMBERS_OF_ROWS = [1, 1000, 10**7]


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
@settings(max_examples=40)
@given(games())
def test_values_equal_enumeration(n_rows, game):
    for row, found in zip(game.rows, values_of_few_by_tables(game, n_rows), strict=True):
        expected, _ = interventional_shapley_values(game, row)
        np.testing.assert_allclose(found, expected, atol=1e-11)


@pytest.mark.parametrize("n_rows", NUMBERS_OF_ROWS)
@pytest.mark.parametrize("width", [1, 2])
def test_values_are_those_of_many_rows_to_the_bit(width, n_rows):
    game = seeded_game(2, n_columns=9, depth=9, width=width, n_rows=35, m=50, n_trees=4)
    expected = values_by_tables(game, n_rows)
    np.testing.assert_array_equal(values_of_few_by_tables(game, n_rows), expected)


def test_pieces_of_all_kinds_were_among_them():
    kinds = set()
    for width in (1, 2):
        game = seeded_game(2, n_columns=9, depth=9, width=width, n_rows=35, m=50, n_trees=4)
        trees, _ = code_trees(game.ensemble.arrays, game.player)
        paths = describe_paths(game.ensemble.arrays, game.player)
        for n_rows in NUMBERS_OF_ROWS:
            pieces = cut_into_pieces(trees, paths, n_rows, len(game.weights))
            kinds |= set(pieces.role[pieces.root].tolist())
            assert len(pieces.root) > AHEAD
    assert kinds == {TABLE, PACKED, LISTED, SIBLINGS}


def test_trees_may_go_by_tables_some_at_a_time():
    game = seeded_game(4, n_columns=8, depth=7, n_trees=5, m=20)
    parts = [values_of_few_by_tables(game, 1000, chosen) for chosen in ([0, 2, 4], [1, 3], [])]
    assert [bool(part.any()) for part in parts] == [True, True, False]
    np.testing.assert_allclose(sum(parts), values_by_tables(game, 1000), atol=1e-13)


def test_lone_leaves_add_nothing():
    assert (values_of_few_by_tables(seeded_game(2, depth=0), 1) == 0).all()
