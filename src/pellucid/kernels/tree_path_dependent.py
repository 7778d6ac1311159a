"""Path-dependent Shapley values of trees: absent players are averaged out by training weight.

In the game, a coalition follows the row at the nodes that ask its players, and takes both ways at
the others, weighted by their shares of the training rows. A leaf with the value v whose path asks
m players is then worth ``v * product of (b_j if j is in the coalition else r_j)``, where b_j says
whether the row passes all of j's nodes on the path, and r_j is the product of their shares. Since
the Shapley weights are Beta integrals, it adds to player f::

    v * (b_f - r_f) * integral over p from 0 to 1 of the product over j != f of (p b_j + (1-p) r_j)

The integrand has the degree m - 1, so Gauss-Legendre with ceil(m / 2) points is exact.

A node replaces the factor of its player, and ``ratio = share + gain t`` is the new factor over the
old one for a child, where t is ``p / u``, u the factor ``p + (1 - p) r`` of a row that passed the
player's nodes above (1 if there are none), and the gain is ``b - share`` for a row that did, b
being 1 or 0 as the row goes to this child or not, and 0 for all others. The ratios of both
children add up to 1 and their gains to 0. So with C, the product of the factors above a node, and
G, the sum over the leaves below it of their values times the ratios from there on, for each point::

    C of the first child  =  C ratio              G  =  G second + ratio (G first - G second)
    C of the second child =  C (1 - ratio)

and the node gives its player, over all points of the rule with its weights::

    gain * sum of C (r / u**2) (G first - G second)

This is what the leaves below give for their factor as it is after the node, less what they give
for it as it was before: added up along a path, what they give for its last state. No factor is
ever divided by, and u is at least the smallest point of the rule, so shares and decisions of zero
need no special case.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.simd import WIDTH, aligned, splat, store
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_path_frame import Frame, Memory, question_of
from pellucid.kernels.tree_path_steps import (
    enter,
    join_inner,
    join_leaf,
    join_leaves,
    join_pair,
    join_pair_and_leaf,
    join_pairs,
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

COST_LIMIT = 3 * 10**7
"""Cost up to which compiled code runs before Python can hear an interrupt: some 0.1 seconds."""

MOST_TOGETHER = 16
"""Vectors that take a step together, so that what a step costs apart from them hardly counts."""

ROOM = 2**14
"""Products to be kept for vectors that take steps together, for which there are fewer if paths are
long: an eighth of a megabyte, which stays in a processor core's own cache."""

MOST_SUMS = 2**15
"""Values to be kept for vectors that take a tree before the next: a quarter of a megabyte."""

MOST_VECTORS = 32
"""Vectors that take a tree before the next."""


def path_dependent_values(
    program: PathProgram, codes: Codes, *, n_rows: int, n_players: int, n_outputs: int
) -> Floats:
    """Return the path-dependent Shapley values of each row.

    A row's values are the same to the last bit whatever other rows there are.

    Parameters
    ----------
    program : PathProgram
    codes : ndarray of uint16, shape (ceil(n / LANES), c, LANES)
        Rows as :func:`encode_rows` returns them.
    n_rows, n_players, n_outputs : int
        n, d and k.

    Returns
    -------
    ndarray of float64, shape (n, d, k)
    """
    n_cells, n_vectors = n_players * n_outputs, -(-n_rows // WIDTH)
    values = np.zeros((n_rows, n_cells))
    n_levels, dearest = int(program.n_levels.max(initial=0)), int(program.cost.max(initial=0))
    if n_vectors > 0 and dearest > 0:
        most = min(MOST_VECTORS, n_vectors, MOST_SUMS // (n_cells * WIDTH), COST_LIMIT // dearest)
        most = max(1, most)
        per_vector = int(program.room.max())
        room = max(per_vector, min(ROOM, per_vector * most))
        start = np.arange(n_vectors) * WIDTH
        memory = Memory(
            codes=codes.reshape(-1),
            code_start=start // LANES * (codes.shape[1] * LANES) + start % LANES,
            sums=aligned(most * n_cells * WIDTH),
            product=aligned(room),
            below=aligned(room),
            passes=aligned((n_levels + 1) * min(most, MOST_TOGETHER) * WIDTH),
            scale=aligned(8 * -(-program.points.shape[1] // WIDTH) * WIDTH),
        )
        for first in range(0, n_vectors, most):
            end = min(first + most, n_vectors)
            memory.sums[:] = 0.0
            vectors = memory._replace(code_start=memory.code_start[first:end])
            for first_tree, end_tree in _slices(program.cost * (end - first)):
                _run(program, first_tree, end_tree, n_cells, n_outputs, vectors)
            _transpose(memory.sums, values[first * WIDTH : end * WIDTH])
    return values.reshape(n_rows, n_players, n_outputs)


def _slices(cost: Integers) -> list[tuple[int, int]]:
    """Cut trees into runs that cost about ``COST_LIMIT`` each."""
    if cost.sum() <= COST_LIMIT:
        return [(0, len(cost))]
    edges = np.flatnonzero(np.diff(np.cumsum(cost) // COST_LIMIT)) + 1
    return list(zip([0, *edges.tolist()], [*edges.tolist(), len(cost)], strict=True))


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
def _transpose(sums: Floats, values: Floats) -> None:
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
    for t in range(first_tree, end_tree):
        n_points = int(program.n_points[t])
        if n_points == 0:
            continue
        for q in range(row):
            # Points left over are never used, but divided by.
            memory.scale[q] = program.points[n_points, q] if q < n_points else 1.0
            memory.scale[row + q] = 1.0
        n_together = min(MOST_TOGETHER, max(1, len(memory.product) // program.room[t]))
        for first in range(0, n_vectors, n_together):
            frame = Frame(
                first=first,
                n=min(n_together, n_vectors - first),
                n_points=n_points,
                n_cells=n_cells,
                n_outputs=n_outputs,
                output=program.tree_output[t],
                width=program.leaf_value.shape[1],
            )
            for j in range(frame.n):
                store(memory.passes, j * WIDTH, splat(1.0))
                for q in range(n_points):
                    weight = splat(program.weights[n_points, q])
                    store(memory.product, (j * n_points + q) * WIDTH, weight)
            _run_tree(program, t, frame, memory)


@kernel
def _run_tree(program: PathProgram, t: int, frame: Frame, memory: Memory) -> None:
    level, top, leaf = 0, -1, program.leaf_start[t]
    for s in range(program.step_start[t], program.step_start[t + 1]):
        step = int(program.step[np.uint64(s)])
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
            join_leaf(program, asked, leaf, level, top, frame, memory)
            leaf += 1
        elif kind == TWO_LEAVES:
            join_leaves(program, asked, leaf, frame, memory)
        else:
            pair = question_of(program, node + 1, 2, frame, memory)
            if kind == INNER_AND_PAIR:
                join_pair(program, asked, pair, leaf, level, top, frame, memory)
                leaf += 2
            elif kind == PAIR_AND_LEAF:
                top += 1
                join_pair_and_leaf(program, asked, pair, leaf, level, top, frame, memory)
                leaf += 3
            else:
                top += 1
                other = question_of(program, node + 2, 3, frame, memory)
                join_pairs(program, asked, pair, other, leaf, level, top, frame, memory)
                leaf += 4
        level -= 1
