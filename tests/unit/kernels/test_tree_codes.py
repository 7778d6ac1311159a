import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_walk import goes_left

from pellucid.kernels import tree_codes
from pellucid.kernels.tree_codes import LANES, code_trees, encode_rows


def assert_codes_go_where_cells_go(game):
    arrays = game.ensemble.arrays
    trees, coding = code_trees(arrays, game.player)
    rows = np.vstack([game.rows, game.background])
    codes = encode_rows(coding, rows)
    assert codes.shape == (-(-len(rows) // LANES), len(coding.feature), LANES)
    for node in np.flatnonzero(arrays.feature >= 0):
        assert trees.player[node] == game.player[arrays.feature[node]]
        for i, row in enumerate(rows):
            code = codes[i // LANES, trees.column[node], i % LANES]
            expected = goes_left(arrays, node, float(row[arrays.feature[node]]))
            assert (code <= trees.highest[node]) == expected
    assert (trees.column[arrays.feature < 0] == -1).all()


@settings(max_examples=100)
@given(games())
def test_codes_go_where_cells_go(game):
    assert_codes_go_where_cells_go(game)


@pytest.mark.parametrize("most", [1, 3])
def test_columns_are_split_where_codes_do_not_fit(most, monkeypatch):
    game = seeded_game(3, n_trees=6, depth=6)
    arrays = game.ensemble.arrays
    n_columns = len(code_trees(arrays, game.player)[1].feature)
    monkeypatch.setattr(tree_codes, "MOST_THRESHOLDS", most)
    assert len(code_trees(arrays, game.player)[1].feature) > n_columns
    assert_codes_go_where_cells_go(game)


def test_thresholds_themselves_and_infinities():
    game = seeded_game(4, depth=5)
    arrays = game.ensemble.arrays
    asked = arrays.feature >= 0
    cells = np.unique(arrays.threshold[asked])
    cells = np.concatenate([cells, np.nextafter(cells, np.inf), [np.inf, -np.inf, np.nan, -0.0]])
    game.rows = np.repeat(cells[:, None], game.ensemble.n_features, axis=1)
    assert_codes_go_where_cells_go(game)


def test_lone_leaves_need_no_codes():
    game = seeded_game(2, depth=0)
    trees, coding = code_trees(game.ensemble.arrays, game.player)
    assert encode_rows(coding, game.rows).shape[1] == 0
    assert (trees.player == -1).all()
