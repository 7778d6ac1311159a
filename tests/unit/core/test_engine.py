import multiprocessing
import os
import threading
import time
from itertools import count

import numpy as np
import pytest

from pellucid._core.engine import SerialEngine, ThreadEngine, make_engine
from pellucid._core.errors import InvalidInputError

ENGINES = [SerialEngine(), ThreadEngine(1), ThreadEngine(3)]


def square(number):
    return number**2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n_blocks", [0, 1, 2, 50])
def test_parts_come_in_the_order_of_the_blocks(engine, n_blocks):
    assert list(engine.map(square, range(n_blocks))) == [square(i) for i in range(n_blocks)]


def test_threads_keep_the_order_when_early_blocks_finish_last():
    second_has_run = threading.Event()

    def wait_for_the_second(block):
        if block == 0:
            assert second_has_run.wait(timeout=10)
        if block == 1:
            second_has_run.set()
        return block

    assert list(ThreadEngine(2).map(wait_for_the_second, range(4))) == [0, 1, 2, 3]


def test_threads_take_blocks_only_as_they_go():
    taken = count()
    parts = ThreadEngine(3).map(square, (next(taken) for _ in range(1000)))

    assert next(parts) == 0
    assert next(taken) == 2 * 3 + 1
    parts.close()


def test_no_more_than_the_given_number_of_threads_run_at_once():
    lock, gate = threading.Lock(), threading.Barrier(2, timeout=10)
    running, most = 0, 0

    def watch(block):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait()  # passes only when two run at once
        with lock:
            running -= 1
        return block

    assert list(ThreadEngine(2).map(watch, range(8))) == list(range(8))
    assert most == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_error_of_a_block_reaches_the_caller(engine):
    def fail_on_two(block):
        if block == 2:
            raise KeyError(block)
        return block

    parts = engine.map(fail_on_two, range(5))

    assert [next(parts), next(parts)] == [0, 1]
    with pytest.raises(KeyError):
        next(parts)


def test_after_an_error_waiting_blocks_are_not_begun():
    begun = []
    failed = threading.Event()

    def fail_first(block):
        begun.append(block)
        if block == 0:
            failed.set()
            raise KeyError(block)
        return block

    def blocks():
        yield from range(2)
        assert failed.wait(timeout=10)
        yield from range(2, 1000)

    with pytest.raises(KeyError):
        list(ThreadEngine(1).map(fail_first, blocks()))

    assert len(begun) <= 2


def test_blocks_have_ended_when_nobody_asks_for_more():
    begun, ended = [], []

    def note(block):
        begun.append(block)
        time.sleep(0.01)
        ended.append(block)

    parts = ThreadEngine(2).map(note, range(100))
    next(parts)
    parts.close()

    assert sorted(ended) == sorted(begun)
    assert len(begun) <= 2 * 2 + 1


def test_threads_are_kept_for_the_next_map():
    def name(_):
        return threading.current_thread().name

    engine = ThreadEngine(1)

    assert {*engine.map(name, range(3))} == {*engine.map(name, range(3))}


def n_idle():
    return len([t for t in threading.enumerate() if t.name.startswith("pellucid")])


def test_maps_within_maps_and_at_once_do_not_wait_for_one_another():
    engine, n_before = ThreadEngine(5), n_idle()

    def squares(n):
        return sum(engine.map(square, range(n)))

    expected = [sum(i**2 for i in range(n)) for n in range(20)]
    found = {}

    def explain(key):
        found[key] = list(engine.map(squares, range(20)))

    callers = [threading.Thread(target=explain, args=(key,)) for key in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=30)

    assert found == dict.fromkeys(range(4), expected)
    assert n_idle() <= n_before + 5


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # from Python 3.12 on
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_forked_process_has_threads_of_its_own():
    engine = ThreadEngine(2)
    assert list(engine.map(square, range(3))) == [0, 1, 4]

    child = multiprocessing.get_context("fork").Process(target=_must_square, args=(engine,))
    child.start()
    child.join(timeout=30)

    assert child.exitcode == 0


def _must_square(engine):
    assert list(engine.map(square, range(3))) == [0, 1, 4]


@pytest.mark.parametrize(
    ("n_jobs", "n_threads"), [(None, 1), (1, 1), (2, 2), (np.int64(3), 3), (-1000, 1)]
)
def test_n_jobs_counts_as_in_scikit_learn(n_jobs, n_threads):
    engine = make_engine(n_jobs)

    assert getattr(engine, "n_threads", 1) == n_threads


def test_negative_n_jobs_counts_back_from_all_cores(monkeypatch):
    monkeypatch.setattr("pellucid._core.engine._n_cores", lambda: 8)

    assert make_engine(-1).n_threads == 8
    assert make_engine(-3).n_threads == 6


@pytest.mark.parametrize("n_jobs", [0, True, 1.5, "2"])
def test_impossible_n_jobs_is_refused(n_jobs):
    with pytest.raises(InvalidInputError, match="n_jobs must be"):
        make_engine(n_jobs)
