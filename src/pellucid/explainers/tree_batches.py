"""How rows are divided for an engine, and what every game of trees needs of them first."""

from math import ceil

import numpy as np

from pellucid._core.engine import Engine, n_threads_of
from pellucid._core.typing import Floats
from pellucid.explainers.tree_structures import TreesToWalk
from pellucid.kernels.tree_codes import LANES, Codes, no_codes, rows_of, write_codes

BLOCKS_AT_ONCE = 320
"""Blocks of rows that look tables up together: about 10,000 rows."""

PARTS_PER_THREAD = 4
"""Parts of the rows for each thread where parts have no cost of their own: whoever is done first,
because something else runs on the other's core, takes the next one."""

FEWEST_BLOCKS = 16
"""Blocks of rows in such a part, or fewer that take long enough."""

SECONDS_OF_PART = 1e-3
"""What is long enough: a thread takes a tenth of it to wake up."""

WALKS_PER_THREAD = 8
"""Parts of the rows for each thread in pair walks, whose length depends on the rows."""

BLOCKS_OF_WALK = 2
"""Blocks of rows that a pair walk takes at a time."""


def codes_and_sums(
    walkable: TreesToWalk, base: Floats, matrix: Floats, engine: Engine
) -> tuple[Codes, Floats]:
    """Return the codes of encoded rows (n, e), and what the trees add up to, shape (n, k)."""
    coding = walkable.coding
    codes, sums = no_codes(coding, len(matrix)), np.empty((len(matrix), len(base)))

    def fill(blocks: slice) -> None:
        rows = matrix[rows_of(blocks)]
        write_codes(coding, rows, codes[blocks])
        sums[rows_of(blocks)] = walkable.sums(base, codes[blocks], len(rows))

    slices = small_slices(len(codes), engine)
    if len(slices) == 1:  # a thread takes longer to wake up than a few rows take
        fill(slices[0])
        return codes, sums
    for _ in engine.map(fill, slices):
        pass
    return codes, sums


def small_slices(n_blocks: int, engine: Engine, seconds_per_row: float = 0.0) -> list[slice]:
    """Divide blocks of rows for an engine: several slices for each thread, if there are many."""
    n_threads = n_threads_of(engine)
    n_parts = n_threads if n_threads == 1 else PARTS_PER_THREAD * n_threads
    seconds = max(LANES * seconds_per_row, SECONDS_OF_PART / FEWEST_BLOCKS)
    return _slices_of(n_blocks, max(-(-n_blocks // n_parts), ceil(SECONDS_OF_PART / seconds)))


def walk_slices(n_blocks: int, engine: Engine) -> list[slice]:
    """Divide blocks of rows for an engine: whole pair walks, several of them for each thread."""
    n_parts = WALKS_PER_THREAD * n_threads_of(engine)
    return _slices_of(n_blocks, BLOCKS_OF_WALK * max(1, -(-n_blocks // n_parts)))


def _slices_of(n_blocks: int, size: int) -> list[slice]:
    size = min(max(size, 1), BLOCKS_AT_ONCE)
    return [slice(i, min(i + size, n_blocks)) for i in range(0, n_blocks, size)]


def cost_in_words(seconds: float) -> str:
    """Say what a row is expected to cost."""
    return f"about {1e6 * seconds:.2g} microseconds per row and core"
