"""Every block goes through every stage of each line in order, whoever takes it there."""

import threading
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid._core.engine import SerialEngine, ThreadEngine
from pellucid._core.sharing import go_through_stages

WAIT = 10.0
"""Seconds after which a thread that ought to come is given up."""

MOST_AHEAD = 18

END = 1000
"""Stages of rows that wait for a second thread in each of them."""


class Room:
    """What a stage needs: it says for which stage, and how many steps use it right now."""

    def __init__(self):
        self.stage, self.n_users = None, 0


class Log:
    """The stages that each block of each line went through, in their order, and what they needed."""

    def __init__(self):
        self.stages, self.prepared, self.n_rooms = {}, [], Counter()
        self.sizes = []
        self.lock = threading.Lock()

    def prepare(self, line, stage, old):
        with self.lock:
            self.prepared.append((line, stage))
            self.n_rooms[line] += old is None
            room = old or Room()
            assert not room.n_users
            room.stage = None
        time.sleep(0)
        room.stage = line, stage
        return room

    def step(self, line, stage, blocks, room):
        with self.lock:
            room.n_users += 1
            self.sizes.append(blocks.stop - blocks.start)
            for block in range(blocks.start, blocks.stop):
                self.stages.setdefault((line, block), []).append(stage)
        time.sleep(0)
        assert room.stage == (line, stage)
        with self.lock:
            room.n_users -= 1


def go(step, n_stages, n_blocks, engine, *, prepare, fewest_blocks):
    go_through_stages(
        step,
        n_stages,
        n_blocks,
        engine,
        prepare=prepare,
        most_ahead=MOST_AHEAD,
        fewest_blocks=fewest_blocks,
    )


def engine_of(n_threads):
    return SerialEngine() if n_threads == 1 else ThreadEngine(n_threads)


def nothing(_line, _stage, _old):
    """There are stages that need nothing."""


@settings(max_examples=80)
@given(
    lengths=st.lists(st.integers(0, 7), max_size=4),
    n_blocks=st.integers(0, 40),
    n_threads=st.integers(1, 9),
    fewest=st.integers(1, 9),
)
def test_every_block_goes_through_every_stage_in_order(lengths, n_blocks, n_threads, fewest):
    log, engine = Log(), engine_of(n_threads)
    go(log.step, lengths, n_blocks, engine, prepare=log.prepare, fewest_blocks=fewest)
    assert log.stages == {
        (line, block): list(range(end))
        for line, end in enumerate(lengths)
        for block in range(n_blocks)
        if end
    }
    if n_threads == 1:
        assert set(log.sizes) <= {n_blocks}
    assert min(log.sizes, default=n_blocks) >= min(fewest, n_blocks)
    everything = [(line, stage) for line, end in enumerate(lengths) for stage in range(end)]
    assert sorted(log.prepared) == (everything if n_blocks else [])


def test_what_one_thread_needs_is_kept_in_one_room():
    log = Log()
    go(log.step, [40, 30], 16, SerialEngine(), prepare=log.prepare, fewest_blocks=1)
    assert log.n_rooms == {0: 1, 1: 1}


def test_who_is_done_takes_half_of_the_rows_of_another_one():
    log, both = Log(), threading.Barrier(2)

    def step(line, stage, blocks, room):
        log.step(line, stage, blocks, room)
        if line == 1 or stage == 0:
            return
        if blocks.stop - blocks.start == 16:
            time.sleep(0.005)  # the other thread is done soon, and finds nothing to do
        else:
            both.wait(WAIT)  # both halves are under way at once, stage by stage

    go(step, [END, 1], 16, ThreadEngine(2), prepare=log.prepare, fewest_blocks=8)
    assert set(log.sizes) == {8, 16}
    assert not both.broken
    for (line, _), stages in log.stages.items():
        assert stages == list(range((END, 1)[line]))


def test_rows_that_come_to_a_stage_in_preparation_prepare_the_next_one():
    log, both = Log(), threading.Barrier(2)

    def prepare(line, stage, old):
        if stage in {0, 1}:
            both.wait(WAIT)
        return log.prepare(line, stage, old)

    go(log.step, [9], 16, ThreadEngine(2), prepare=prepare, fewest_blocks=4)
    assert not both.broken
    assert log.stages[0, 0] == list(range(9))


def test_rows_do_not_hurry_so_far_ahead_that_all_has_to_be_kept():
    log, is_far = Log(), threading.Event()

    def prepare(line, stage, old):
        room = log.prepare(line, stage, old)
        if stage == MOST_AHEAD - 1:
            is_far.set()
        return room

    def step(line, stage, blocks, room):
        if stage == 0 and blocks.start:  # the second half stays behind
            assert is_far.wait(WAIT)
            time.sleep(0.02)
            assert max(log.prepared) == (0, MOST_AHEAD - 1)
        log.step(line, stage, blocks, room)

    go(step, [100], 16, ThreadEngine(2), prepare=prepare, fewest_blocks=8)
    assert log.n_rooms[0] <= MOST_AHEAD
    assert all(stages == list(range(100)) for stages in log.stages.values())


def test_rows_that_are_too_few_are_not_divided():
    log = Log()
    go(log.step, [50], 7, ThreadEngine(3), prepare=log.prepare, fewest_blocks=4)
    assert log.sizes == [7] * 50


class HalfAnEngine(ThreadEngine):
    """Runs what is for the first half of the threads; no others can be had until these are done."""

    def map(self, function, blocks):
        blocks = list(blocks)
        yield from super().map(function, blocks[: len(blocks) // 2])
        yield from super().map(function, blocks[len(blocks) // 2 :])


@pytest.mark.parametrize("n_lines", [1, 2])
def test_threads_that_never_come_keep_nobody_waiting(n_lines):
    log, engine = Log(), HalfAnEngine(4)
    go(log.step, [100] * n_lines, 16, engine, prepare=log.prepare, fewest_blocks=1)
    assert len(log.stages) == 16 * n_lines
    assert all(stages == list(range(100)) for stages in log.stages.values())


@pytest.mark.parametrize("n_threads", [1, 2, 4, 12])
@pytest.mark.parametrize("where", ["step", "preparation"])
def test_an_error_ends_all_journeys(n_threads, where):
    log = Log()

    def fail(line, stage):
        if (line, stage) == (1, 2):
            raise ZeroDivisionError("here")

    def step(line, stage, blocks, _room):
        if where == "step":
            fail(line, stage)
        with log.lock:
            for block in range(blocks.start, blocks.stop):
                log.stages.setdefault((line, block), []).append(stage)

    def prepare(line, stage, old):
        if where == "preparation":
            fail(line, stage)
        return nothing(line, stage, old)

    with pytest.raises(ZeroDivisionError, match="here"):
        go(step, [5] * 6, 4, engine_of(n_threads), prepare=prepare, fewest_blocks=2)
    for (line, _), stages in log.stages.items():
        assert stages == list(range(len(stages)))
        assert line != 1 or len(stages) <= 2
    if n_threads == 1:
        assert (2, 0) not in log.stages
