"""What the steps of a path program work on: rows, memory, and nodes that are ready to be asked."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import part
from pellucid.kernels.simd import WIDTH, Vector, choose, fma, load, splat, spread, store
from pellucid.kernels.tree_codes import LANES
from pellucid.kernels.tree_program import BEFORE, COLUMN, LIMIT, PLAYER, PathProgram

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Memory(NamedTuple):
    """What steps read and write; all arrays are flat.

    Attributes
    ----------
    codes : uint16
        Of all rows, as :func:`encode_rows` returns them.
    code_start : int64, shape (v,)
        First code of each vector of rows.
    sums : float64, shape (v, player, output, lane)
        Values to be returned.
    product : float64, shape (level, vector, point, lane)
        Weight of the rule times the product of the factors of all players asked above.
    below : float64, shape (place, output, vector, point, lane)
        Stack of sums over the leaves below, each times the product of the ratios from there on.
    passes : float64, shape (level, vector, lane)
        1 where a row passes the node just above and all others that ask its player, 0 elsewhere.
    scale : float64, shape (8, points)
        Points and weights of nodes: those of new players, then of others.
    """

    codes: npt.NDArray[np.uint16]
    code_start: Integers
    sums: Floats
    product: Floats
    below: Floats
    passes: Floats
    scale: Floats


class Frame(NamedTuple):
    """What takes a tree's steps together: ``n`` vectors of rows from the ``first`` on; and sizes.

    ``n_cells`` is the number of values of a row, ``n_outputs`` per player; the tree has ``width``
    of them, from ``output`` on.
    """

    first: int
    n: int
    n_points: int
    n_cells: int
    n_outputs: int
    output: int
    width: int


class Question(NamedTuple):
    """A node, ready to be asked.

    ``limit`` is that of the program; ``column``, ``passed``, ``points``, ``weights`` and ``share``
    are where its codes, the mask of the rows that come, and its numbers start in their arrays;
    ``cell`` is where its player's values start among those of a row.
    """

    column: int
    limit: int
    passed: int
    cell: int
    points: int
    weights: int
    share: int


@part
def question_of(
    program: PathProgram, node: int, area: int, frame: Frame, memory: Memory
) -> Question:
    """Look a node up; the points and weights of a player asked above go to an area of the scale."""
    start = np.uint64(node) << np.uint64(2)  # unsigned, for numba then asks no sign
    before = program.question[start + np.uint64(BEFORE)]
    row = len(memory.scale) // 8
    player = int(program.question[start + np.uint64(PLAYER)])
    points = 0
    if before > 0:
        points = 2 * row * area
        one, r = splat(1.0), spread(program.share, 3 * node + 2)
        for q in range(0, frame.n_points, WIDTH):
            p = load(memory.scale, q)
            inverse = one / (p + (one - p) * r)
            store(memory.scale, points + q, p * inverse)
            store(memory.scale, points + row + q, r * inverse * inverse)
    return Question(
        column=int(program.question[start + np.uint64(COLUMN)]) * LANES,
        limit=program.question[start + np.uint64(LIMIT)],
        passed=int(before) * frame.n * WIDTH,
        cell=player * frame.n_outputs + frame.output,
        points=points,
        weights=points + row,
        share=3 * node,
    )


@part
def passes_alone(asked: Question, second: int, j: int, frame: Frame, memory: Memory) -> Vector:
    """Return 1 for rows that the node alone sends to its first or second child, and 0 for others.

    The sides are told apart without a branch, for they alternate in no order.
    """
    side = np.float64((asked.limit & 1) ^ second)
    place = memory.code_start[np.uint64(frame.first + j)] + asked.column
    highest = np.uint16(asked.limit >> 1)
    return choose(memory.codes, place, highest, splat(1.0 - side), splat(side))


@part
def gain_of(asked: Question, share: Vector, j: int, frame: Frame, memory: Memory) -> Vector:
    """Return b - r of the first child, and 0 for rows that the player's other nodes turn away."""
    gate = load(memory.passes, asked.passed + j * WIDTH)
    return (passes_alone(asked, 0, j, frame, memory) - share) * gate


@part
def mark(asked: Question, second: int, level: int, j: int, frame: Frame, memory: Memory) -> None:
    """Note who passes to the first or second child, a pair, for it may ask the same player."""
    gate = load(memory.passes, asked.passed + j * WIDTH)
    passes = passes_alone(asked, second, j, frame, memory) * gate
    store(memory.passes, ((level + 1) * frame.n + j) * WIDTH, passes)


@part
def add_to_sums(
    cell: int, j: int, gain: Vector, total: Vector, frame: Frame, memory: Memory
) -> None:
    """Add gain times total to a value of each row."""
    place = ((frame.first + j) * frame.n_cells + cell) * WIDTH
    store(memory.sums, place, fma(gain, total, load(memory.sums, place)))


@part
def product_at(level: int, j: int, frame: Frame) -> int:
    """Return where the products of a level start for a vector."""
    return (level * frame.n + j) * frame.n_points * WIDTH


@part
def below_at(top: int, o: int, j: int, frame: Frame) -> int:
    """Return where the sums at a place of the stack start for an output and a vector."""
    return ((top * frame.width + o) * frame.n + j) * frame.n_points * WIDTH


@part
def mean_of_pair(program: PathProgram, pair: Question, leaf: int, o: int) -> tuple[float, float]:
    """Return the mean of a pair's leaves, and the first's lead over the second."""
    second = program.leaf_value[leaf + 1, o]
    lead = program.leaf_value[leaf, o] - second
    return second + program.share[np.uint64(pair.share)] * lead, lead
