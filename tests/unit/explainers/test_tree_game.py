import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import Seeded, games, growing, seeded_game, tree_of
from oracles.tree_shapley import (
    interventional_shapley_values,
    interventional_values_by_leaves,
    path_dependent_shapley_values,
)

from pellucid._core.engine import SerialEngine, ThreadEngine
from pellucid.explainers import tree_batches, tree_game, tree_path_game, tree_plan
from pellucid.explainers.tree_game import InterventionalGame
from pellucid.explainers.tree_path_game import PathDependentGame
from pellucid.explainers.tree_plan import plan
from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_leaf_lists import MOST_LISTED_PLAYERS
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_predict import node_records, predict_sums
from pellucid.kernels.tree_tops import find_tops
from pellucid.models.ensemble import join_trees


def prepared(game, kind=InterventionalGame, engine=None):
    """A game ready to be played, and a function that plays it."""
    trees, coding = code_trees(game.ensemble.arrays, game.player)
    paths = describe_paths(game.ensemble.arrays, game.player)
    if kind is PathDependentGame:
        return PathDependentGame(trees, paths)
    background = encode_rows(coding, game.background)
    return InterventionalGame(trees, paths, background, game.weights, engine or SerialEngine())


def play(ready, game, rows=None, *, engine=None, n_in_call=None):
    trees, coding = code_trees(game.ensemble.arrays, game.player)
    rows = game.rows if rows is None else np.ascontiguousarray(rows)
    codes = encode_rows(coding, rows)
    return ready.values(
        codes,
        predict_sums(
            trees, node_records(trees), find_tops(trees), game.ensemble.base, codes, len(rows)
        ),
        n_players=game.n_players,
        engine=engine or SerialEngine(),
        n_in_call=len(rows) if n_in_call is None else n_in_call,
    )


def planned(game, n_rows):
    trees, _ = code_trees(game.ensemble.arrays, game.player)
    paths = describe_paths(game.ensemble.arrays, game.player)
    return plan(trees, paths, len(game.weights), n_rows)


# -- ways -------------------------------------------------------------------------------------------


def all_tabled(n_trees):
    return np.full(n_trees, np.inf)


def all_walked(n_trees):
    return np.full(n_trees, 1e-6)


def every_other_tabled(n_trees):
    return np.where(np.arange(n_trees) % 2, 1e-6, np.inf)


WAYS = {
    "as chosen": (None, None),
    "kept tables": (all_tabled, 2**25),
    "tables rebuilt": (all_tabled, 0),
    "pair walks": (all_walked, 2**25),
    "kept tables and walks": (every_other_tabled, 2**25),
    "tables rebuilt and walks": (every_other_tabled, 0),
}


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    force(monkeypatch, request.param)
    return request.param


def force(monkeypatch, way):
    """Make walks cost nothing or too much, and room for tables endless or none."""
    costs, room = WAYS[way]
    if costs is not None:
        monkeypatch.setattr(
            tree_plan, "pair_costs", lambda trees, *_arguments: costs(len(trees.tree_output))
        )
        monkeypatch.setattr(tree_game, "MOST_KEPT_ENTRIES", room)
    for module in (tree_plan, tree_game):
        monkeypatch.setattr(module, "ENTRIES_AT_ONCE", 300)
    monkeypatch.setattr(tree_game, "FEWEST_BLOCKS", 1)
    monkeypatch.setattr(tree_batches, "BLOCKS_AT_ONCE", 2)


def test_ways_are_what_they_are_called(way):
    game = seeded_game(5, n_trees=6, n_columns=6, depth=6)
    ready = prepared(game)
    found, kept = ready._plan(100)
    assert (kept is not None) == ("kept" in way or way == "as chosen")
    if way != "as chosen":
        assert (len(found.walked) > 0) == ("walks" in way)
        assert (len(found.chunks) > 1) == ("tables" in way)


def test_values_equal_enumeration(way):
    @settings(max_examples=40)
    @given(games())
    def check(game):
        for row, found in zip(game.rows, play(prepared(game), game), strict=True):
            expected, _ = interventional_shapley_values(game, row)
            np.testing.assert_allclose(found, expected, atol=1e-11)

    check()


def test_path_dependent_values_equal_enumeration():
    game = seeded_game(3, n_columns=6, depth=7, width=2, n_rows=3)
    for row, found in zip(game.rows, play(prepared(game, PathDependentGame), game), strict=True):
        expected, _ = path_dependent_shapley_values(game, row)
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("n_in_call", [1, 1000, 10**6])
def test_all_ways_give_the_same_values(n_in_call, monkeypatch):
    game = seeded_game(6, n_trees=5, n_columns=11, depth=10, width=2, n_rows=70, m=90)
    found = {}
    for way in WAYS:
        with monkeypatch.context() as patch:
            force(patch, way)
            found[way] = play(prepared(game), game, n_in_call=n_in_call)
    for way, values in found.items():
        np.testing.assert_allclose(values, found["pair walks"], atol=1e-12, err_msg=way)


@pytest.mark.parametrize("n_in_call", [1, 10**6])
def test_trees_with_longer_paths_than_tables_hold_stand_between_others(n_in_call):
    n = MOST_LISTED_PLAYERS + 2
    long = seeded_game(1, n_columns=n, depth=n, long=True, n_rows=4, m=9)
    shapes = Seeded(2, chain=False), Seeded(3, chain=True, long=True), Seeded(4, chain=False)
    trees = [
        tree_of(growing(shape, n, depth, 1), 0)
        for shape, depth in zip(shapes, (4, n, 5), strict=True)
    ]
    game = replace(long, ensemble=join_trees(trees, base=np.zeros(1), n_features=n))
    ready = prepared(game)
    assert 1 in ready._plan(n_in_call)[0].walked
    expected = [interventional_values_by_leaves(game, row) for row in game.rows]
    np.testing.assert_allclose(play(ready, game, n_in_call=n_in_call), expected, atol=1e-12)


# -- bits -------------------------------------------------------------------------------------------

BIG = {"n_trees": 5, "n_columns": 9, "depth": 8, "width": 2, "n_rows": 230, "m": 70}


@pytest.mark.parametrize("n_threads", [2, 3, 4])
def test_threads_change_no_bit(n_threads, way):
    game, engine = seeded_game(7, **BIG), ThreadEngine(n_threads)
    expected = play(prepared(game), game)
    found = play(prepared(game, engine=engine), game, engine=engine)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("sizes", [[1] * 230, [64, 166], [3, 31, 33, 163]])
def test_blocks_of_a_call_change_no_bit(sizes, way):
    game = seeded_game(7, **BIG)
    ready = prepared(game)
    whole = play(ready, game)
    parts = np.split(game.rows, np.cumsum(sizes)[:-1])
    found = np.concatenate([play(ready, game, part, n_in_call=230) for part in parts])
    np.testing.assert_array_equal(found, whole)


def test_the_order_of_rows_and_other_rows_change_no_bit(way):
    game = seeded_game(7, **BIG)
    ready, order = prepared(game), np.random.default_rng(0).permutation(230)
    whole = play(ready, game)
    np.testing.assert_array_equal(play(ready, game, game.rows[order]), whole[order])
    # All that a row's values know of a call is how many rows it has, to a power of four.
    others = np.where(np.arange(256)[:, None] == 99, game.rows[99], 0.1)
    np.testing.assert_array_equal(play(ready, game, others)[99], whole[99])


@pytest.mark.parametrize("n_threads", [1, 3])
def test_path_dependent_values_know_nothing_of_their_call(n_threads):
    game, engine = seeded_game(7, **BIG), ThreadEngine(n_threads)
    ready = prepared(game, PathDependentGame)
    whole = play(ready, game)
    np.testing.assert_array_equal(play(ready, game, engine=engine), whole)
    parts = [play(ready, game, part) for part in np.split(game.rows, [3, 10, 100])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(play(ready, game, game.rows[::-1]), whole[::-1])


def test_path_dependent_values_row_by_row_are_the_same_to_rounding(monkeypatch):
    game = seeded_game(7, **BIG)
    ready = prepared(game, PathDependentGame)
    whole = play(ready, game)
    one_by_one = np.concatenate([play(ready, game, row[None]) for row in game.rows])
    np.testing.assert_allclose(one_by_one, whole, atol=1e-13)
    np.testing.assert_array_equal(play(ready, game, game.rows[:2]), one_by_one[:2])
    in_blocks = play(ready, game, game.rows[:1], n_in_call=230)
    np.testing.assert_array_equal(in_blocks, whole[:1])
    monkeypatch.setattr(tree_path_game, "MOST_SLOTS", 0)
    large = prepared(game, PathDependentGame)
    np.testing.assert_array_equal(play(large, game, game.rows[:1]), whole[:1])


def test_kept_tables_give_few_rows_the_same_to_rounding(monkeypatch):
    game = seeded_game(7, **BIG)
    ready = prepared(game)
    assert ready._plan(1)[1] is not None
    found = play(ready, game, game.rows[:4])
    np.testing.assert_array_equal(found[2:3], play(ready, game, game.rows[2:3]))
    monkeypatch.setattr(tree_game, "FEW_ROWS", 0)
    np.testing.assert_allclose(found, play(ready, game, game.rows[:4]), atol=1e-13)


def test_games_that_were_pickled_give_the_same_bits(way):
    game = seeded_game(7, **BIG)
    first = prepared(game)
    expected = play(first, game)
    np.testing.assert_array_equal(play(pickle.loads(pickle.dumps(first)), game), expected)


def test_playing_again_gives_the_same_bits(way):
    game = seeded_game(7, **BIG)
    ready = prepared(game)
    expected = play(ready, game)
    play(ready, game, game.rows[:3])
    np.testing.assert_array_equal(play(ready, game), expected)


# -- plans ------------------------------------------------------------------------------------------

DEEP = {"n_trees": 4, "n_columns": 12, "depth": 12, "m": 100}


def test_few_rows_are_walked_through_deep_trees_and_many_look_up_tables():
    game = seeded_game(2, **DEEP)
    few, many = planned(game, 8), planned(game, 10**7)
    largest = np.argmax(np.diff(game.ensemble.arrays.tree_start))
    assert largest in few.walked
    assert many.walked.tolist() == []
    assert many.n_entries > few.n_entries
    assert many.seconds_to_build > few.seconds_to_build
    assert many.seconds_per_row < few.seconds_per_row


@pytest.mark.parametrize(
    ("room", "tried"),
    [
        ("none", [1024, 256, 64, 16]),
        ("too little", [1024, 256, 64]),
        ("the usual takes a third", [1024]),
        ("larger ones take a third", [1024, 2048]),
        ("endless", [1024, 2048, 4096]),
    ],
)
def test_larger_tables_are_planned_only_where_the_usual_ones_leave_room(room, tried, monkeypatch):
    game = seeded_game(2, **DEEP)
    usual, larger = (planned(game, n_rows).n_entries for n_rows in (1024, 2048))
    assert usual < larger
    most = {
        "none": 0,
        "too little": usual - 1,
        "the usual takes a third": 3 * usual - 3,
        "larger ones take a third": 3 * larger - 3,
        "endless": 10**9,
    }
    asked = []
    monkeypatch.setattr(tree_game, "MOST_KEPT_ENTRIES", most[room])
    monkeypatch.setattr(
        tree_game, "plan", lambda *arguments: asked.append(arguments[-1]) or plan(*arguments)
    )
    prepared(game)
    assert asked == tried


def test_trees_of_one_leaf_go_no_way():
    found = planned(seeded_game(2, depth=0), 100)
    assert found.walked.tolist() == []
    assert not found.chunks
    assert found.seconds(100) == 0


@pytest.mark.parametrize("n_rows", [1, 100, 10**6])
def test_chunks_hold_every_tabled_tree_once_and_are_not_too_large(n_rows, monkeypatch):
    monkeypatch.setattr(tree_plan, "ENTRIES_AT_ONCE", 4000)
    monkeypatch.setattr(tree_plan, "pair_costs", lambda trees, *_rest: every_other_tabled(9))
    game = seeded_game(4, n_columns=8, depth=7, n_trees=9)
    found = planned(game, n_rows)
    start, tree = found.pieces.start, found.pieces.tree
    held = np.concatenate([np.arange(*chunk) for chunk in found.chunks])
    splits = np.diff(game.ensemble.arrays.tree_start) > 1
    walked = found.walked.tolist()
    assert walked == [t for t in range(9) if splits[t] and t % 2]
    np.testing.assert_array_equal(held, np.flatnonzero(~np.isin(tree, walked)))
    for first, end in found.chunks:
        assert start[end] - start[first] <= 4000 or end == first + 1
    assert found.n_entries == sum(start[end] - start[first] for first, end in found.chunks)


def test_estimates_of_more_rows_are_longer_and_of_each_row_shorter():
    game = seeded_game(2, **DEEP)
    totals = [planned(game, 4**i).seconds(4**i) for i in range(10)]
    each = [total / 4**i for i, total in enumerate(totals)]
    assert (np.diff(totals) > 0).all()
    assert (np.diff(each) <= 0).all()
    assert each[-1] < each[0] / 4


def test_estimates_grow_with_trees_and_with_background_rows_that_are_walked():
    game = seeded_game(2, **DEEP)
    more = replace(game, weights=np.full(1000, 1e-3))
    assert planned(more, 1).seconds(1) > 3 * planned(game, 1).seconds(1)
    small = seeded_game(2, **(DEEP | {"depth": 5}))
    assert planned(game, 10**6).seconds_per_row > 3 * planned(small, 10**6).seconds_per_row


def test_games_tell_what_a_row_costs(monkeypatch):
    game = seeded_game(2, **DEEP)
    kept = prepared(game)
    monkeypatch.setattr(tree_game, "MOST_KEPT_ENTRIES", 0)
    rebuilt = prepared(game)
    for n_rows in (1, 64, 4096):
        assert 0 < kept.seconds_per_row(n_rows) <= rebuilt.seconds_per_row(n_rows)
        assert rebuilt.seconds_per_row(n_rows) == planned(game, n_rows).seconds(n_rows) / n_rows
    assert kept.seconds_per_row(1) > kept.seconds_per_row(64)  # rows share what tables take
    small = prepared(seeded_game(2, depth=3), PathDependentGame)
    assert 0 < small.seconds_per_row(1) < prepared(game, PathDependentGame).seconds_per_row(1)


# -- storage and edges ------------------------------------------------------------------------------


def test_games_are_pickled_without_their_tables():
    game = seeded_game(1, n_columns=12, depth=11, m=40)
    ready = prepared(game)
    before = len(pickle.dumps(ready))
    assert before < 8 * ready._kept_plan.n_entries / 2
    play(ready, game)
    assert len(pickle.dumps(ready)) == before


@pytest.mark.parametrize("kind", [InterventionalGame, PathDependentGame])
@pytest.mark.parametrize("engine", [SerialEngine(), ThreadEngine(2)])
def test_no_rows_have_no_values(kind, engine):
    game = seeded_game(1, width=2)
    assert play(prepared(game, kind), game, game.rows[:0], engine=engine).shape == (0, 5, 2)


@pytest.mark.parametrize("kind", [InterventionalGame, PathDependentGame])
def test_lone_leaves_add_nothing(kind):
    game = seeded_game(2, depth=0)
    assert (play(prepared(game, kind), game) == 0).all()


def test_background_rows_of_weight_zero_count_for_nothing(way):
    game = seeded_game(4, n_columns=8, depth=8)
    more = replace(
        game,
        background=np.vstack([game.background[::-1] + 0.5, game.background]),
        weights=np.append(np.zeros(len(game.weights)), game.weights),
    )
    np.testing.assert_allclose(play(prepared(more), more), play(prepared(game), game), atol=1e-14)
