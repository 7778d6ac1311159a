"""Many rows look lines up, few rows cell by cell: both to the same bits."""

import numpy as np
import pytest
from oracles.tree_ensembles import seeded_game
from oracles.tree_shapley import interventional_shapley_values
from unit.kernels.kernels_at_work import values_by_tables, values_of_few_by_tables

from pellucid.kernels import tree_lines
from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_codes import LANES, code_trees
from pellucid.kernels.tree_lines import add_four, are_lines_worthwhile, turn_four
from pellucid.kernels.tree_look_up import BLOCKS_AT_ONCE
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_pieces import PACKED, SIBLINGS, TABLE, cut_into_pieces

PLANS = [1000, 10**5, 10**7]


def many_rows(width, n_rows=BLOCKS_AT_ONCE * LANES + 45):
    return seeded_game(5, n_columns=7, depth=6, n_trees=4, width=width, n_rows=n_rows, m=30)


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("plan", PLANS)
def test_many_rows_are_given_what_few_are_to_the_bit(plan, width):
    game = many_rows(width)
    found = values_by_tables(game, plan)
    np.testing.assert_array_equal(values_of_few_by_tables(game, plan), found)
    for i in (0, 1, 2047, 2048, len(found) - 1):
        expected, _ = interventional_shapley_values(game, game.rows[i])
        np.testing.assert_allclose(found[i], expected, atol=1e-11)


@pytest.mark.parametrize("n_rows", [1, 3, 31, 32, 33, 70])
def test_numbers_of_rows_that_fill_no_vector(n_rows):
    game = many_rows(1, n_rows)
    found = values_by_tables(game, 10**5)
    np.testing.assert_array_equal(values_of_few_by_tables(game, 10**5), found)


def test_lines_of_all_kinds_of_pieces_were_written_and_cells_looked_up():
    written, looked_up = set(), set()
    for width in (1, 2):
        game = many_rows(width)
        trees, _ = code_trees(game.ensemble.arrays, game.player)
        paths = describe_paths(game.ensemble.arrays, game.player)
        for plan in PLANS:
            pieces = cut_into_pieces(trees, paths, plan, len(game.weights))
            for p, root in enumerate(pieces.root):
                role = int(pieces.role[root])
                for n_rows in (3, len(game.rows)):
                    is_written = are_lines_worthwhile(pieces, p, n_rows)
                    (written if is_written else looked_up).add(role)
    assert written == {TABLE, PACKED, SIBLINGS}
    assert looked_up >= {TABLE, PACKED, SIBLINGS}


# -- four by four -----------------------------------------------------------------------------------

CELLS = np.random.default_rng(0).random(40)
PLACES, TARGETS = (3, 30, 11, 3), (0, 9, 21, 30)


@kernel
def add(cells, sums):
    add_four(cells, 3, 30, 11, 3, sums, 0, 9, 21, 30)


@kernel
def turn(cells, lines):
    turn_four(cells, 3, 30, 11, 3, lines, 2, 7)


def test_four_rows_of_four_cells_are_added_to_four_columns():
    expected = np.arange(40.0)
    for j, target in enumerate(TARGETS):
        expected[target : target + 4] += CELLS[np.array(PLACES) + j]
    found, plain = np.arange(40.0), np.arange(40.0)
    add(CELLS, found)
    tree_lines._plain_add_four(CELLS, *PLACES, plain, *TARGETS)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(plain, expected)


def test_four_columns_are_written_as_four_rows():
    expected = np.zeros(40)
    for i in range(4):
        expected[2 + 7 * i : 6 + 7 * i] = CELLS[np.array(PLACES) + i]
    found, plain = np.zeros(40), np.zeros(40)
    turn(CELLS, found)
    tree_lines._plain_turn_four(CELLS, *PLACES, plain, 2, 7)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(plain, expected)
