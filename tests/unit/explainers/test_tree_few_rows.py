"""Few rows in a call: values are the same bits while lines are written out for them, and after."""

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from oracles.tree_ensembles import seeded_game
from unit.explainers.test_tree_game import play, prepared

from pellucid.explainers import tree_few_rows

GAME = {"n_trees": 6, "n_columns": 9, "depth": 8, "m": 60, "n_rows": 40}


@pytest.fixture
def game():
    return seeded_game(3, **GAME)


@pytest.fixture
def expected(game):
    """Values of a game in which nothing is ever written out."""
    rows = [play(prepared(game), game, row[None]) for row in game.rows]
    return np.concatenate(rows)


def n_written(ready):
    return ready._few_rows._n_written


def test_values_are_the_same_to_the_bit_while_lines_are_written(game, expected, monkeypatch):
    monkeypatch.setattr(tree_few_rows, "SLOTS_PER_CALL", 300)
    ready, written = prepared(game), []
    for _ in range(3):
        for row, value in zip(game.rows, expected, strict=True):
            np.testing.assert_array_equal(play(ready, game, row[None])[0], value)
            written.append(n_written(ready))
    assert written[0] == 0  # the first call has enough to do
    grown = np.diff(written)
    assert (grown >= 0).all()
    assert grown.max() < 300 + 3 * 256
    assert np.count_nonzero(grown) > 10
    assert grown[-1] == 0
    few = ready._few_rows
    assert written[-1] * 8 == len(few._ready.shares)
    assert few._next_piece == len(few._lists.number)
    np.testing.assert_array_equal(play(ready, game, game.rows[:5]), expected[:5])


def test_lines_take_no_more_memory_than_they_may(game, expected, monkeypatch):
    monkeypatch.setattr(tree_few_rows, "MOST_SLOTS", 1000)
    ready = prepared(game)
    for _ in range(2):
        for row, value in zip(game.rows, expected, strict=True):
            np.testing.assert_array_equal(play(ready, game, row[None])[0], value)
    assert 500 < n_written(ready) <= 1000
    assert len(ready._few_rows._ready.shares) <= 8 * 1000


def test_calls_of_more_rows_write_no_lines(game):
    ready = prepared(game)
    for _ in range(3):
        play(ready, game)
    assert ready._few_rows is None


def test_several_threads_may_ask_at_once(game, expected, monkeypatch):
    monkeypatch.setattr(tree_few_rows, "SLOTS_PER_CALL", 100)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(3):
            ready, start = prepared(game), Barrier(4)

            def ask(first, ready=ready, start=start):
                start.wait()
                order = np.roll(np.arange(len(game.rows)), first)
                return order, [play(ready, game, game.rows[i][None])[0] for i in order]

            with ThreadPoolExecutor(4) as pool:
                for order, found in pool.map(ask, (0, 10, 20, 30)):
                    np.testing.assert_array_equal(found, expected[order])
            assert n_written(ready) > 0
    finally:
        sys.setswitchinterval(before)


def test_who_finds_another_thread_writing_goes_on(game, expected):
    ready = prepared(game)
    play(ready, game, game.rows[:1])
    with ready._few_rows._writing:
        np.testing.assert_array_equal(play(ready, game, game.rows[1:2]), expected[1:2])
    assert n_written(ready) == 0
    play(ready, game, game.rows[:1])
    assert n_written(ready) > 0


def test_lines_are_not_pickled(game, expected):
    ready = prepared(game)
    size = len(pickle.dumps(ready))
    for row in game.rows:
        play(ready, game, row[None])
    stored = pickle.dumps(ready)
    assert len(stored) == size
    again = pickle.loads(stored)
    assert again._few_rows is None
    np.testing.assert_array_equal(play(again, game, game.rows[:3]), expected[:3])
