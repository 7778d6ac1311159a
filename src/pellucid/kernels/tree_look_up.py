"""Rows explained by tables: one look-up per piece of a tree."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.simd import aligned
from pellucid.kernels.tree_cells import add_cells
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_groups import (
    COLUMN,
    FROM,
    HIGHEST,
    LEFT,
    N_FIELDS,
    NEW,
    PIECE,
    RIGHT,
    TO,
    Group,
    end_of_group,
    list_steps,
    sizes_of_groups,
    write_lines_of_group,
)
from pellucid.kernels.tree_lines import add_lines, width_of_line
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_patterns import ask
from pellucid.kernels.tree_pieces import Pieces

Floats = npt.NDArray[np.float64]
Patterns = npt.NDArray[np.uint32]

BLOCKS_AT_ONCE = 64
"""Blocks of rows that a group of pieces gives to before the next ones: 2,048 rows."""


_aligned = part(aligned)


class _Rows(NamedTuple):
    """Some of the rows: their first block, row and number, and memory for them."""

    block: int
    first: int
    n: int
    patterns: Patterns  # (level, row), of which the first are 0
    work: Floats  # (2, row)


def room_for_sums(n_sums: int, n_cells: int, n_rows: int) -> Floats:
    """Return memory for the sums of rows that look tables up, not yet written.

    All sums are in one piece: the system takes its time to hand memory out and to take it back.

    Parameters
    ----------
    n_sums : int
        Sums of each row.
    n_cells : int
        Values of a row.
    n_rows : int

    Returns
    -------
    ndarray of float64, shape (n_sums, n_cells + 1, more than n_rows)
        By row. The last cell is for nothing.
    """
    # An odd number of blocks, so that not all cells of a row take the same place in a cache.
    stride = (-(-n_rows // LANES) | 1) * LANES
    return aligned(n_sums * (n_cells + 1) * stride).reshape(n_sums, n_cells + 1, stride)


@kernel
def add_from_tables(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    first: int,
    end: int,
    entries: Floats,
    pair_weights: Floats,
    codes: Codes,
    first_block: int,
    n_rows: int,
    n_outputs: int,
    sums: Floats,
) -> None:
    """Add what pieces ``first`` to ``end - 1`` give to some rows.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    pieces : Pieces
    first, end : int
    entries : ndarray of float64
        Of those pieces only.
    pair_weights : ndarray of float64
        See :func:`pellucid.kernels.tree_leaf_lists.list_weights`.
    codes : ndarray of uint16, shape (blocks, c, LANES)
    first_block : int
        Block of codes and of sums that the first of the rows stands in.
    n_rows : int
    n_outputs : int
        k.
    sums : ndarray of float64
        One of :func:`room_for_sums`, for d k cells, cleared; added to.
    """
    n_blocks = (n_rows + LANES - 1) // LANES
    n_together = LANES * min(BLOCKS_AT_ONCE, n_blocks)
    n_levels, for_work, room, n_steps = sizes_of_groups(trees, paths, pieces, first, end, n_rows)
    lines, work = _aligned(room), np.empty(for_work)
    place = np.empty(end - first, dtype=np.int64)
    steps = np.empty((n_steps, N_FIELDS), dtype=np.int64)
    patterns = np.zeros((n_levels + 1, n_together), dtype=np.uint32)
    work_of_rows = np.empty((2, n_together))
    start = first
    while start < end:
        stop = end_of_group(trees, pieces, start, end, n_rows)
        there = entries[pieces.start[start] - pieces.start[first] :]
        group = Group(start, stop, lines, place, steps)
        write_lines_of_group(trees, paths, pieces, group, there, n_rows, work)
        n_steps = list_steps(trees, paths, pieces, group, n_levels + 0)
        for block in range(0, n_blocks, BLOCKS_AT_ONCE):
            n = min(n_together, n_rows - block * LANES)
            here = first_block + block
            rows = _Rows(here, here * LANES, n, patterns, work_of_rows)
            _take_steps(
                trees,
                paths,
                pieces,
                group,
                n_steps,
                there,
                pair_weights,
                codes,
                rows,
                n_outputs,
                sums,
            )
        start = stop


@kernel
def _take_steps(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    group: Group,
    n_steps: int,
    entries: Floats,
    pair_weights: Floats,
    codes: Codes,
    rows: _Rows,
    n_outputs: int,
    sums: Floats,
) -> None:
    """Add what a group of pieces gives to rows that are few enough for the cache."""
    steps, n_blocks, width = group.steps, (rows.n + LANES - 1) // LANES, trees.value.shape[1]
    flat, n_cells, stride = sums.reshape(-1), len(sums) - 1, sums.shape[1]
    for s in range(n_steps):
        step = steps[s]
        p, above = step[PIECE], rows.patterns[step[FROM]]
        if p < 0:
            ask(
                codes,
                rows.block,
                n_blocks,
                step[COLUMN],
                np.uint16(step[HIGHEST]),
                np.uint32(step[LEFT]),
                np.uint32(step[RIGHT]),
                np.uint32(step[NEW]),
                above,
                rows.patterns[step[TO]],
            )
            continue
        place = group.place[p - group.first]
        if place < 0:
            table = entries[pieces.start[p] - pieces.start[group.first] :]
            table = table[: pieces.start[p + 1] - pieces.start[p]]
            add_cells(
                trees,
                paths,
                pieces,
                p,
                table,
                pair_weights,
                above[: rows.n],
                rows.work,
                n_outputs,
                rows.first,
                sums,
            )
            continue
        add_lines(
            group.lines[place:],
            width_of_line(trees, pieces, p),
            above,
            pieces.columns[pieces.column_start[p] :],
            pieces.n_columns[p] + 0,
            width,
            trees.tree_output[pieces.tree[p]],
            n_outputs,
            n_cells,
            stride,
            rows.first,
            rows.n,
            flat,
        )
