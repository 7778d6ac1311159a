"""Groups of pieces that rows go through together, and how rows come to them, step by step.

The trees' nodes are spread over memory, and so is what is known of them. Rows that take turns, tile
by tile, would look all of it up again: so the steps to the pieces of a group are written down once,
and every tile of rows takes them from there.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.lane_masks import ALL
from pellucid.kernels.simd import WIDTH
from pellucid.kernels.tree_codes import CodedTrees
from pellucid.kernels.tree_lines import (
    are_lines_worthwhile,
    room_for_work,
    width_of_line,
    write_lines,
)
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_patterns import bit_of, kept_at
from pellucid.kernels.tree_pieces import ABOVE, MOST_BITS, Pieces

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ROOM = 2**15
"""Numbers in the lines of a group, or a few more: a quarter of a megabyte, which stays in a
processor core's own cache."""

N_FIELDS = 8
PIECE, FROM, TO, COLUMN, HIGHEST, LEFT, RIGHT, NEW = range(N_FIELDS)
"""Fields of a step. Either a piece gives to rows, by their patterns at the level ``FROM``; or the
piece is -1, and rows are asked for the code in a column, which gives the patterns at the level
``TO``: bits that are new, of which those who go left or right keep the ones in ``LEFT`` or
``RIGHT``."""


class Group(NamedTuple):
    """Pieces ``first`` to ``end - 1``, where their lines are, and what rows do to come to them."""

    first: int
    end: int
    lines: Floats
    place: Integers  # of each piece's lines; -1 if they are not written
    steps: Integers  # (step, field)


@part
def sizes_of_groups(
    trees: CodedTrees, paths: TreePaths, pieces: Pieces, first: int, end: int, n_rows: int
) -> tuple[int, int, int, int]:
    """Return the levels of the deepest tree; room to write a piece's lines; a group's lines, steps."""
    n_levels, for_work, room, n_steps, start = 1, 1, 1, 1, first
    for p in range(first, end):
        n_levels = max(n_levels, paths.tree_depth[pieces.tree[p]] + 1)
        if are_lines_worthwhile(pieces, p, n_rows):
            for_work = max(for_work, room_for_work(trees, pieces, p))
    while start < end:
        stop, needed = end_of_group(trees, pieces, start, end, n_rows), 0
        for p in range(start, stop):
            needed += _room_of(trees, pieces, p, n_rows)
        first_tree, last_tree = pieces.tree[start], pieces.tree[stop - 1]
        n_nodes = trees.tree_start[last_tree + 1] - trees.tree_start[first_tree]
        room, n_steps, start = max(room, needed), max(n_steps, 2 * n_nodes), stop
    return n_levels, for_work, room, n_steps


@kernel
def end_of_group(trees: CodedTrees, pieces: Pieces, first: int, end: int, n_rows: int) -> int:
    """Return the end of the pieces from ``first`` on that are gone through together."""
    p, room = first, 0
    while p < end and room < ROOM:
        room += _room_of(trees, pieces, p, n_rows)
        p += 1
    return p


@part
def _room_of(trees: CodedTrees, pieces: Pieces, p: int, n_rows: int) -> int:
    """Return how many numbers the lines of a piece are, if they are written."""
    if not are_lines_worthwhile(pieces, p, n_rows):
        return 0
    room = width_of_line(trees, pieces, p) << np.int64(pieces.n_bits[p])
    return int((room + WIDTH - 1) // WIDTH * WIDTH)


@part
def write_lines_of_group(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    group: Group,
    entries: Floats,
    n_rows: int,
    work: Floats,
) -> None:
    """Write the lines of those pieces of a group for which it is worthwhile."""
    at = 0
    for p in range(group.first, group.end):
        room = _room_of(trees, pieces, p, n_rows)
        group.place[p - group.first] = at if room > 0 else -1
        if room > 0:
            begin = pieces.start[p] - pieces.start[group.first]
            table = entries[begin : begin + pieces.start[p + 1] - pieces.start[p]]
            lines = group.lines[at : at + room]
            write_lines(trees, paths, pieces, p, table, work, lines)
            at += room


@kernel
def list_steps(
    trees: CodedTrees, paths: TreePaths, pieces: Pieces, group: Group, n_levels: int
) -> int:
    """Write what rows do to come to the pieces of a group, and return in how many steps."""
    n, steps = 0, group.steps
    waiting = np.empty(n_levels + MOST_BITS + 2, dtype=np.int64)
    for t in range(pieces.tree[group.first], pieces.tree[group.end - 1] + 1):
        waiting[0], n_waiting = trees.tree_start[t], 1
        while n_waiting > 0:
            n_waiting -= 1
            node = waiting[n_waiting]
            p = pieces.first[node]
            if p >= group.end or p + pieces.n[node] <= group.first or pieces.n[node] == 0:
                continue
            parent, level = paths.parent[node], paths.depth[node] + 1
            if parent < 0:
                _list_question(steps[n], level - 1, level, 0, 0, ALL, ALL, np.uint32(0))
            else:
                low, high, new = kept_at(trees, paths, node, parent)
                column, highest = trees.column[parent], trees.highest[parent]
                _list_question(steps[n], level - 1, level, column, highest, low, high, new)
            n += 1
            if pieces.role[node] == ABOVE:
                waiting[n_waiting], waiting[n_waiting + 1] = trees.right[node], trees.left[node]
                n_waiting += 2
                continue
            n = _list_answers(trees, paths, pieces, node, level, waiting[n_waiting:], steps, n)
            steps[n, PIECE], steps[n, FROM] = p, level
            n += 1
    return n


@part
def _list_question(
    step: Integers,
    above: int,
    level: int,
    column: int,
    highest: int,
    left: np.uint32,
    right: np.uint32,
    new: np.uint32,
) -> None:
    step[PIECE], step[FROM], step[TO] = -1, above, level
    step[COLUMN], step[HIGHEST] = column, highest
    step[LEFT], step[RIGHT], step[NEW] = left, right, new


@part
def _list_answers(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    root: int,
    level: int,
    waiting: Integers,
    steps: Integers,
    n: int,
) -> int:
    """List the splits of a piece: at each, rows are given a bit that those who go right lose."""
    waiting[0], n_waiting = root, 1
    while n_waiting > 0:
        n_waiting -= 1
        node = waiting[n_waiting]
        if trees.column[node] < 0:
            continue
        waiting[n_waiting], waiting[n_waiting + 1] = trees.right[node], trees.left[node]
        n_waiting += 2
        bit = bit_of(paths.n_players[root] + pieces.rank[node])
        column, highest = trees.column[node], trees.highest[node]
        _list_question(steps[n], level, level, column, highest, ALL, np.uint32(~bit), bit)
        n += 1
    return n
