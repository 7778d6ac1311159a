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


EXTREMES = [-np.inf, -1.7e308, -1.0, -5e-324, 0.0, 5e-324, 1e-35, 1.0, 1.7e308, np.inf]


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("last", range(5, len(EXTREMES)))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of differences, where nothing is compiled
def test_ranks_are_numbers_of_smaller_thresholds(first, last, zero):
    thresholds = np.array(EXTREMES[first : last + 1])
    thresholds[thresholds == 0.0] = zero
    cells = [*EXTREMES, *np.nextafter(EXTREMES, 0.0), -0.0, np.nan]
    _, coding = code_trees(seeded_game(1, depth=1).ensemble.arrays, np.zeros(9, dtype=np.int64))
    coding = coding._replace(
        feature=np.zeros(1, dtype=np.int32),
        missing_left=np.zeros(1, dtype=np.uint8),
        threshold_start=np.array([0, len(thresholds)]),
        thresholds=thresholds,
        category_size=np.zeros(1, dtype=np.int32),
    )
    codes = encode_rows(coding, np.array(cells)[:, np.newaxis])[0, 0, : len(cells)]
    expected = [len(thresholds) if np.isnan(x) else int((thresholds < x).sum()) for x in cells]
    assert codes.tolist() == expected


def test_lone_leaves_need_no_codes():
    game = seeded_game(2, depth=0)
    trees, coding = code_trees(game.ensemble.arrays, game.player)
    assert encode_rows(coding, game.rows).shape[1] == 0
    assert (trees.player == -1).all()
