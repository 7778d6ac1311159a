import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import CELLS, games, seeded_game
from oracles.tree_walk import tree_sums

from pellucid.kernels.lane_masks import WORD
from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_predict import node_records, predict_few, predict_sums
from pellucid.kernels.tree_tops import find_tops


def sums(game, rows, base):
    """The sums by the compiled walker."""
    trees, coding = code_trees(game.ensemble.arrays, game.player)
    return predict_sums(
        trees, node_records(trees), find_tops(trees), base, encode_rows(coding, rows), len(rows)
    )


def sums_of_few(game, rows, base):
    """The sums of one row after the other."""
    trees, coding = code_trees(game.ensemble.arrays, game.player)
    return predict_few(trees, node_records(trees), base, encode_rows(coding, rows), len(rows))


@settings(max_examples=150)
@given(games())
def test_sums_equal_those_of_the_slow_walker(game):
    base = game.ensemble.base
    for rows in (game.rows, game.background):
        for found in (sums, sums_of_few):
            np.testing.assert_array_equal(
                found(game, rows, np.zeros_like(base)) + base, tree_sums(game.ensemble, rows)
            )


@pytest.mark.parametrize("cell", [*CELLS, -0.0, -1e-300, 31.9, 32.0, 63.5, 1e300])
def test_every_cell_goes_the_way_the_contract_says(cell):
    game = seeded_game(3, n_columns=1, depth=4)
    rows = np.array([[cell]])
    for found in (sums, sums_of_few):
        np.testing.assert_allclose(
            found(game, rows, game.ensemble.base),
            tree_sums(game.ensemble, rows),
            rtol=1e-14,
        )


@pytest.mark.parametrize("n_trees", [1, 15, 16, 17, 40])
def test_few_rows_have_the_sums_they_have_among_others(n_trees):
    game = seeded_game(2, n_trees=n_trees, depth=5, width=2, n_rows=70)
    whole = sums(game, game.rows, game.ensemble.base)
    for chosen in (slice(0, 1), slice(31, 33), slice(69, 70)):
        rows = np.ascontiguousarray(game.rows[chosen])
        np.testing.assert_array_equal(sums_of_few(game, rows, game.ensemble.base), whole[chosen])


@pytest.mark.parametrize("chain", [False, True])
@pytest.mark.parametrize("width", [1, 2])
def test_rows_go_on_from_the_top_of_trees_that_are_larger(width, chain):
    game = seeded_game(
        6, n_columns=6, depth=40 if chain else 9, n_trees=3, width=width, chain=chain, n_rows=2100
    )
    assert np.diff(game.ensemble.arrays.tree_start).max() > 2 * WORD
    found = sums(game, game.rows, np.zeros(width)) + game.ensemble.base
    np.testing.assert_array_equal(found, tree_sums(game.ensemble, game.rows))


def test_no_rows_give_no_sums():
    game = seeded_game(0, width=2)
    assert sums(game, np.zeros((0, 5)), game.ensemble.base).shape == (0, 2)
