"""Rows are divided among threads in as many parts as pay."""

import pytest

from pellucid._core.engine import SerialEngine, ThreadEngine
from pellucid.explainers.tree_batches import (
    BLOCKS_AT_ONCE,
    BLOCKS_OF_WALK,
    FEWEST_BLOCKS,
    small_slices,
    walk_slices,
)

DIVIDED = [small_slices, walk_slices, lambda n, engine: small_slices(n, engine, 1.0)]


@pytest.mark.parametrize("divide", DIVIDED)
@pytest.mark.parametrize("engine", [SerialEngine(), ThreadEngine(2), ThreadEngine(7)])
@pytest.mark.parametrize("n_blocks", [0, 1, 2, 15, 16, 33, 313, 1000])
def test_every_block_is_in_one_slice(divide, engine, n_blocks):
    slices = divide(n_blocks, engine)
    assert [i for blocks in slices for i in range(blocks.start, blocks.stop)] == [*range(n_blocks)]
    assert all(0 < blocks.stop - blocks.start <= BLOCKS_AT_ONCE for blocks in slices)


@pytest.mark.parametrize(
    ("seconds_per_row", "n_slices"), [(0.0, 1), (1e-9, 1), (1e-5, 2), (1e-3, 8)]
)
def test_few_rows_are_divided_if_they_take_long(seconds_per_row, n_slices):
    assert len(small_slices(8, ThreadEngine(2), seconds_per_row)) == n_slices


def test_rows_that_take_no_time_are_divided_if_they_are_many():
    assert len(small_slices(2 * FEWEST_BLOCKS, ThreadEngine(2))) == 2
    assert len(small_slices(100 * FEWEST_BLOCKS, ThreadEngine(2))) >= 8


def test_walks_are_whole():
    starts = [blocks.start for blocks in walk_slices(313, ThreadEngine(2))]
    assert len(starts) >= 4
    assert all(start % BLOCKS_OF_WALK == 0 for start in starts)
