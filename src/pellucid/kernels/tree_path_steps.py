"""The steps of a path program, for some vectors of rows; see :mod:`tree_path_dependent`.

Here the points of a node are the ``p / u`` of its player, where ``u = p + (1 - p) r``, and the
weights are ``r / u**2``; with r = 1 for a player that was not asked above, these are p and 1.
"""

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
def _passes(asked: Question, second: int, j: int, frame: Frame, memory: Memory) -> Vector:
    """Return 1 for rows that the node alone sends to its first or second child, and 0 for others.

    The sides are told apart without a branch, for they alternate in no order.
    """
    side = np.float64((asked.limit & 1) ^ second)
    place = memory.code_start[np.uint64(frame.first + j)] + asked.column
    highest = np.uint16(asked.limit >> 1)
    return choose(memory.codes, place, highest, splat(1.0 - side), splat(side))


@part
def _gain(asked: Question, share: Vector, j: int, frame: Frame, memory: Memory) -> Vector:
    """Return b - r of the first child, and 0 for rows that the player's other nodes turn away."""
    gate = load(memory.passes, asked.passed + j * WIDTH)
    return (_passes(asked, 0, j, frame, memory) - share) * gate


@part
def _mark(asked: Question, second: int, level: int, j: int, frame: Frame, memory: Memory) -> None:
    """Note who passes to the first or second child, a pair, for it may ask the same player."""
    gate = load(memory.passes, asked.passed + j * WIDTH)
    passes = _passes(asked, second, j, frame, memory) * gate
    store(memory.passes, ((level + 1) * frame.n + j) * WIDTH, passes)


@part
def _add(cell: int, j: int, gain: Vector, total: Vector, frame: Frame, memory: Memory) -> None:
    place = ((frame.first + j) * frame.n_cells + cell) * WIDTH
    store(memory.sums, place, fma(gain, total, load(memory.sums, place)))


@part
def _product(level: int, j: int, frame: Frame) -> int:
    return (level * frame.n + j) * frame.n_points * WIDTH


@part
def _below(top: int, o: int, j: int, frame: Frame) -> int:
    return ((top * frame.width + o) * frame.n + j) * frame.n_points * WIDTH


@part
def _mean(program: PathProgram, pair: Question, leaf: int, o: int) -> tuple[float, float]:
    """Return the mean of a pair's leaves, and the first's lead over the second."""
    second = program.leaf_value[leaf + 1, o]
    lead = program.leaf_value[leaf, o] - second
    return second + program.share[np.uint64(pair.share)] * lead, lead


@part
def enter(
    program: PathProgram, asked: Question, second: int, level: int, frame: Frame, memory: Memory
) -> None:
    """Go down to the first or second child: multiply by its ratio."""
    share = spread(program.share, asked.share + second)
    n_points = frame.n_points
    for j in range(frame.n):
        gate = load(memory.passes, asked.passed + j * WIDTH)
        passes = _passes(asked, second, j, frame, memory)
        store(memory.passes, ((level + 1) * frame.n + j) * WIDTH, passes * gate)
        gain = (passes - share) * gate
        c_at, below_at = _product(level, j, frame), _product(level + 1, j, frame)
        for q in range(n_points):
            ratio = fma(spread(memory.scale, asked.points + q), gain, share)
            c = load(memory.product, c_at + q * WIDTH)
            store(memory.product, below_at + q * WIDTH, c * ratio)


@part
def join_inner(
    program: PathProgram, asked: Question, level: int, top: int, frame: Frame, memory: Memory
) -> None:
    """Join two children whose sums are the topmost two of the stack."""
    n_points = frame.n_points
    share = spread(program.share, asked.share)
    for o in range(frame.width):
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            c_at = _product(level, j, frame)
            g_at = _below(top, o, j, frame)
            second_at = _below(top + 1, o, j, frame)
            total = splat(0.0)
            for q in range(n_points):
                second = load(memory.below, second_at + q * WIDTH)
                lead = load(memory.below, g_at + q * WIDTH) - second
                weight = load(memory.product, c_at + q * WIDTH) * spread(
                    memory.scale, asked.weights + q
                )
                total = fma(weight, lead, total)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                store(memory.below, g_at + q * WIDTH, fma(ratio, lead, second))
            _add(asked.cell + o, j, gain, total, frame, memory)


@part
def join_leaf(
    program: PathProgram,
    asked: Question,
    leaf: int,
    level: int,
    top: int,
    frame: Frame,
    memory: Memory,
) -> None:
    """Join a child whose sum is the topmost of the stack, and a leaf."""
    n_points = frame.n_points
    share = spread(program.share, asked.share)
    for o in range(frame.width):
        second = splat(program.leaf_value[leaf, o])
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            c_at = _product(level, j, frame)
            g_at = _below(top, o, j, frame)
            total = splat(0.0)
            for q in range(n_points):
                lead = load(memory.below, g_at + q * WIDTH) - second
                weight = load(memory.product, c_at + q * WIDTH) * spread(
                    memory.scale, asked.weights + q
                )
                total = fma(weight, lead, total)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                store(memory.below, g_at + q * WIDTH, fma(ratio, lead, second))
            _add(asked.cell + o, j, gain, total, frame, memory)


@part
def join_pair(
    program: PathProgram,
    asked: Question,
    pair: Question,
    leaf: int,
    level: int,
    top: int,
    frame: Frame,
    memory: Memory,
) -> None:
    """Join a child whose sum is the topmost of the stack, and a pair."""
    n_points = frame.n_points
    share = spread(program.share, asked.share)
    pair_share = spread(program.share, pair.share)
    for o in range(frame.width):
        pair_mean, pair_lead = _mean(program, pair, leaf, o)
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            _mark(asked, 1, level, j, frame, memory)
            pair_gain = _gain(pair, pair_share, j, frame, memory) * splat(pair_lead)
            c_at = _product(level, j, frame)
            g_at = _below(top, o, j, frame)
            total, pair_total = splat(0.0), splat(0.0)
            for q in range(n_points):
                second = fma(spread(memory.scale, pair.points + q), pair_gain, splat(pair_mean))
                lead = load(memory.below, g_at + q * WIDTH) - second
                c = load(memory.product, c_at + q * WIDTH)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                total = fma(c * spread(memory.scale, asked.weights + q), lead, total)
                pair_total = fma(c - c * ratio, spread(memory.scale, pair.weights + q), pair_total)
                store(memory.below, g_at + q * WIDTH, fma(ratio, lead, second))
            _add(asked.cell + o, j, gain, total, frame, memory)
            _add(pair.cell + o, j, pair_gain, pair_total, frame, memory)


@part
def join_pair_and_leaf(
    program: PathProgram,
    asked: Question,
    pair: Question,
    leaf: int,
    level: int,
    top: int,
    frame: Frame,
    memory: Memory,
) -> None:
    """Put the sum over a pair and a leaf on the stack."""
    n_points = frame.n_points
    share = spread(program.share, asked.share)
    pair_share = spread(program.share, pair.share)
    for o in range(frame.width):
        second = splat(program.leaf_value[leaf + 2, o])
        pair_mean, pair_lead = _mean(program, pair, leaf, o)
        lead_of_mean = splat(pair_mean - program.leaf_value[leaf + 2, o])
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            _mark(asked, 0, level, j, frame, memory)
            pair_gain = _gain(pair, pair_share, j, frame, memory) * splat(pair_lead)
            c_at = _product(level, j, frame)
            g_at = _below(top, o, j, frame)
            total, pair_total = splat(0.0), splat(0.0)
            for q in range(n_points):
                lead = fma(spread(memory.scale, pair.points + q), pair_gain, lead_of_mean)
                c = load(memory.product, c_at + q * WIDTH)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                total = fma(c * spread(memory.scale, asked.weights + q), lead, total)
                pair_total = fma(c * ratio, spread(memory.scale, pair.weights + q), pair_total)
                store(memory.below, g_at + q * WIDTH, fma(ratio, lead, second))
            _add(asked.cell + o, j, gain, total, frame, memory)
            _add(pair.cell + o, j, pair_gain, pair_total, frame, memory)


@part
def join_pairs(
    program: PathProgram,
    asked: Question,
    one: Question,
    two: Question,
    leaf: int,
    level: int,
    top: int,
    frame: Frame,
    memory: Memory,
) -> None:
    """Put the sum over two pairs on the stack."""
    n_points = frame.n_points
    share = spread(program.share, asked.share)
    one_share = spread(program.share, one.share)
    two_share = spread(program.share, two.share)
    for o in range(frame.width):
        one_mean, one_lead = _mean(program, one, leaf, o)
        two_mean, two_lead = _mean(program, two, leaf + 2, o)
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            _mark(asked, 0, level, j, frame, memory)
            one_gain = _gain(one, one_share, j, frame, memory) * splat(one_lead)
            _mark(asked, 1, level, j, frame, memory)
            two_gain = _gain(two, two_share, j, frame, memory) * splat(two_lead)
            c_at = _product(level, j, frame)
            g_at = _below(top, o, j, frame)
            total, one_total, two_total = splat(0.0), splat(0.0), splat(0.0)
            for q in range(n_points):
                second = fma(spread(memory.scale, two.points + q), two_gain, splat(two_mean))
                lead = fma(spread(memory.scale, one.points + q), one_gain, splat(one_mean)) - second
                c = load(memory.product, c_at + q * WIDTH)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                first_c = c * ratio
                total = fma(c * spread(memory.scale, asked.weights + q), lead, total)
                one_total = fma(first_c, spread(memory.scale, one.weights + q), one_total)
                two_total = fma(c - first_c, spread(memory.scale, two.weights + q), two_total)
                store(memory.below, g_at + q * WIDTH, fma(ratio, lead, second))
            _add(asked.cell + o, j, gain, total, frame, memory)
            _add(one.cell + o, j, one_gain, one_total, frame, memory)
            _add(two.cell + o, j, two_gain, two_total, frame, memory)


@part
def join_leaves(
    program: PathProgram, asked: Question, leaf: int, frame: Frame, memory: Memory
) -> None:
    """Ask a root whose children are leaves."""
    share = spread(program.share, asked.share)
    for o in range(frame.width):
        lead = splat(program.leaf_value[leaf, o] - program.leaf_value[leaf + 1, o])
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            _add(asked.cell + o, j, gain, lead, frame, memory)
