"""Path-dependent Shapley values of trees: absent players are averaged out by training weight.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.simd import WIDTH, splat, store
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_path_steps import (
    Frame,
    Memory,
    enter,
    join_inner,
    join_leaf,
    join_leaves,
    join_pair,
    join_pair_and_leaf,
    join_pairs,
    question_of,
)
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_program import (
    ENTER_SECOND,
    INNER_AND_LEAF,
    INNER_AND_PAIR,
    PAIR_AND_LEAF,
    STEP_BITS,
    TWO_INNER,
    TWO_LEAVES,
    PathProgram,
)

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

COST_LIMIT = 3e7
"""Cost up to which compiled code runs at a time, in products of vectors of some nanoseconds."""

ROOM = 4096
MOST_VECTORS = 8
CHUNK = 32
ROOM_FOR_SUMS = 32768


def path_dependent_values(
    program: PathProgram, codes: Codes, *, n_rows: int, n_players: int, n_outputs: int
) -> Floats:
    values = np.zeros((n_rows, n_players, n_outputs))
    if codes.shape[1] == 0 or n_rows == 0:
        return values
    n_cells = n_players * n_outputs
    n_vectors = -(-n_rows // WIDTH)
    chunk = max(1, min(CHUNK, ROOM_FOR_SUMS // (WIDTH * n_cells), n_vectors))
    start = np.arange(n_vectors) * WIDTH
    code_start = start // LANES * (codes.shape[1] * LANES) + start % LANES
    per_vector = vector_room(program)
    room = max(min(ROOM, chunk * int(per_vector.max())), int(per_vector.max()))
    cost = np.diff(program.step_start) * (program.n_points * program.leaf_value.shape[1] + 4)
    flat = codes.reshape(-1)
    sums = _empty(chunk * n_cells * WIDTH)
    n_lanes = WIDTH * min(chunk, MOST_VECTORS)
    product = _empty(room)
    below = _empty(room)
    passes = _empty(n_lanes * (int(program.n_levels.max()) + 1))
    scale = _empty(8 * -(-int(program.n_points.max()) // WIDTH) * WIDTH)
    for first in range(0, n_vectors, chunk):
        end = min(first + chunk, n_vectors)
        memory = Memory(flat, code_start[first:end], sums, product, below, passes, scale)
        sums[:] = 0.0
        slices = np.cumsum(cost * (end - first)) // COST_LIMIT
        edges = [0, *(np.flatnonzero(np.diff(slices)) + 1).tolist(), len(cost)]
        for first_tree, end_tree in zip(edges[:-1], edges[1:], strict=True):
            _run(program, first_tree, end_tree, n_cells, n_outputs, memory)
        _put(sums, values.reshape(n_rows, n_cells)[first * WIDTH : end * WIDTH])
    return values


def vector_room(program: PathProgram):
    n_sums = program.n_sums * program.leaf_value.shape[1]
    return np.maximum(program.n_levels, n_sums) * program.n_points * WIDTH


def _empty(n: int) -> Floats:
    """Return an array that starts at a cache line."""
    cells = np.empty(n + 8)
    start = -(cells.ctypes.data // 8) % 8
    return cells[start : start + n]


def path_dependent_base(trees: CodedTrees, paths: TreePaths, base: Floats) -> Floats:
    """Return what a row is worth of which nothing is known, shape (k,)."""
    total = base.copy()
    _add_expected(trees, paths, total)
    return total


@kernel
def _add_expected(trees: CodedTrees, paths: TreePaths, total: Floats) -> None:
    reached = np.ones(len(trees.column))
    for t in range(len(trees.tree_output)):
        for node in range(trees.tree_start[t], trees.tree_start[t + 1]):
            if paths.parent[node] >= 0:
                reached[node] = reached[paths.parent[node]] * paths.share[node]
            if trees.column[node] < 0:
                for o in range(trees.value.shape[1]):
                    total[trees.tree_output[t] + o] += reached[node] * trees.value[node, o]


@kernel
def _put(sums: Floats, values: Floats) -> None:
    n_rows, n_cells = values.shape
    for row in range(n_rows):
        start = row // WIDTH * n_cells * WIDTH + row % WIDTH
        for cell in range(n_cells):
            values[row, cell] = sums[start + cell * WIDTH]


@kernel
def _run(
    program: PathProgram,
    first_tree: int,
    end_tree: int,
    n_cells: int,
    n_outputs: int,
    memory: Memory,
) -> None:
    row, n_vectors = len(memory.scale) // 8, len(memory.code_start)
    width = program.leaf_value.shape[1]
    for t in range(first_tree, end_tree):
        n_points = np.int64(program.n_points[t])
        if n_points == 0:
            continue
        for q in range(row):
            memory.scale[q] = program.points[n_points, q] if q < n_points else 1.0
            memory.scale[row + q] = 1.0
        per_vector = max(program.n_levels[t], program.n_sums[t] * width) * n_points * WIDTH
        n_together = min(MOST_VECTORS, max(1, len(memory.product) // per_vector))
        for first in range(0, n_vectors, n_together):
            n = min(n_together, n_vectors - first)
            for j in range(n):
                store(memory.passes, j * WIDTH, splat(1.0))
                for q in range(n_points):
                    weight = splat(program.weights[n_points, q])
                    store(memory.product, (j * n_points + q) * WIDTH, weight)
            frame = Frame(
                first=first,
                n=n,
                n_points=n_points,
                n_cells=n_cells,
                n_outputs=n_outputs,
                output=program.tree_output[t],
                width=width,
            )
            _run_tree(program, t, frame, memory)


@kernel
def _run_tree(program: PathProgram, t: int, frame: Frame, memory: Memory) -> None:
    level, top, leaf = 0, -1, program.leaf_start[t]
    for s in range(program.step_start[t], program.step_start[t + 1]):
        step = np.int64(program.step[np.uint64(s)])
        node, kind = step >> STEP_BITS, step & ((1 << STEP_BITS) - 1)
        asked = question_of(program, node, 1, frame, memory)
        if kind <= ENTER_SECOND:
            enter(program, asked, kind, level, frame, memory)
            level += 1
            continue
        if kind == TWO_INNER:
            top -= 1
            join_inner(program, asked, level, top, frame, memory)
        elif kind == INNER_AND_LEAF:
            join_leaf(asked, program, leaf, level, top, frame, memory)
            leaf += 1
        elif kind == TWO_LEAVES:
            join_leaves(asked, program, leaf, frame, memory)
            leaf += 2
        else:
            pair = question_of(program, node + 1, 2, frame, memory)
            if kind == INNER_AND_PAIR:
                join_pair(asked, pair, program, leaf, level, top, frame, memory)
                leaf += 2
            elif kind == PAIR_AND_LEAF:
                top += 1
                join_pair_and_leaf(asked, pair, program, leaf, level, top, frame, memory)
                leaf += 3
            else:
                top += 1
                other = question_of(program, node + 2, 3, frame, memory)
                join_pairs(asked, pair, other, program, leaf, level, top, frame, memory)
                leaf += 4
        level -= 1
