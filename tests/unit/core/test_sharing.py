"""Every block goes through every stage of its journey in order, whoever takes it there."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid._core.engine import SerialEngine, ThreadEngine
from pellucid._core.sharing import Journey, go_through_stages

WAIT = 10.0
"""Seconds after which a thread that ought to come is given up."""

END = 1000
"""Stages of rows that wait for a second thread in each of them."""


class Log:
    """The stages that each block of each line went through, in their order."""

    def __init__(self):
        self.stages = {}
        self.sizes = []
        self.lock = threading.Lock()

    def __call__(self, line, stage, blocks):
        with self.lock:
            self.sizes.append(blocks.stop - blocks.start)
            for block in range(blocks.start, blocks.stop):
                self.stages.setdefault((line, block), []).append(stage)


@settings(max_examples=60)
@given(
    lengths=st.lists(st.integers(0, 7), max_size=4),
    n_blocks=st.integers(1, 40),
    n_threads=st.integers(1, 5),
    fewest=st.integers(1, 9),
)
def test_every_block_goes_through_every_stage_in_order(lengths, n_blocks, n_threads, fewest):
    log = Log()
    journeys = [Journey(line, 0, end, slice(0, n_blocks)) for line, end in enumerate(lengths)]
    engine = SerialEngine() if n_threads == 1 else ThreadEngine(n_threads)
    go_through_stages(log, journeys, engine, fewest_blocks=fewest)
    assert log.stages == {
        (line, block): list(range(end))
        for line, end in enumerate(lengths)
        for block in range(n_blocks)
        if end
    }
    if n_threads == 1:
        assert set(log.sizes) <= {n_blocks}
    assert min(log.sizes, default=n_blocks) >= min(fewest, n_blocks)


def test_who_is_done_takes_half_of_the_rows_of_another_one():
    log, both = Log(), threading.Barrier(2)

    def step(line, stage, blocks):
        log(line, stage, blocks)
        if blocks.stop - blocks.start == 16:
            time.sleep(0.005)  # the other thread comes soon, and finds nothing to do
        else:
            both.wait(WAIT)  # both halves are under way at once, stage by stage

    go_through_stages(step, [Journey(0, 0, END, slice(0, 16))], ThreadEngine(2), fewest_blocks=8)
    assert set(log.sizes) >= {8}
    assert not both.broken
    assert all(stages == list(range(END)) for stages in log.stages.values())


def test_rows_that_are_too_few_are_not_divided():
    log = Log()
    journeys = [Journey(0, 0, 50, slice(3, 10))]
    go_through_stages(log, journeys, ThreadEngine(3), fewest_blocks=4)
    assert log.sizes == [7] * 50


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_an_error_ends_all_journeys(n_threads):
    log = Log()

    def step(line, stage, blocks):
        if (line, stage) == (1, 2):
            raise ZeroDivisionError("here")
        log(line, stage, blocks)

    journeys = [Journey(line, 0, 5, slice(0, 4)) for line in range(6)]
    engine = SerialEngine() if n_threads == 1 else ThreadEngine(n_threads)
    with pytest.raises(ZeroDivisionError, match="here"):
        go_through_stages(step, journeys, engine, fewest_blocks=4)
    assert log.stages[1, 0] == [0, 1]
    if n_threads == 1:
        assert (2, 0) not in log.stages
