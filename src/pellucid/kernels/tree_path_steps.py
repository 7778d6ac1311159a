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
    """What a tree is taken through: vectors ``first`` … ``first + n - 1``, and sizes."""

    first: int
    n: int
    n_points: int
    n_cells: int
    n_outputs: int
    output: int
    width: int


class Question(NamedTuple):
    """A node, ready to be asked."""

    column: int
    limit: int
    passed: int
    player: int
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
        column=np.int64(program.question[start + np.uint64(COLUMN)]) * LANES,
        limit=program.question[start + np.uint64(LIMIT)],
        passed=np.int64(before) * frame.n * WIDTH,
        player=np.int64(program.question[start + np.uint64(PLAYER)]) * frame.n_outputs + frame.output,
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
def _mark(
    asked: Question, second: int, level: int, j: int, frame: Frame, memory: Memory
) -> None:
    """Note who passes to a child."""
    gate = load(memory.passes, asked.passed + j * WIDTH)
    passes = _passes(asked, second, j, frame, memory) * gate
    store(memory.passes, ((level + 1) * frame.n + j) * WIDTH, passes)


@part
def _add(cell: int, j: int, gain: Vector, total: Vector, frame: Frame, memory: Memory) -> None:
    place = ((frame.first + j) * frame.n_cells + cell) * WIDTH
    store(memory.sums, place, fma(gain, total, load(memory.sums, place)))


@part
def enter(program: PathProgram, asked: Question, second: int, level: int, frame: Frame, memory: Memory) -> None:
    """Go down to a child: multiply by its ratio."""
    share = spread(program.share, asked.share + second)
    n_points = frame.n_points
    size = frame.n * n_points * WIDTH
    for j in range(frame.n):
        gate = load(memory.passes, asked.passed + j * WIDTH)
        passes = _passes(asked, second, j, frame, memory)
        store(memory.passes, ((level + 1) * frame.n + j) * WIDTH, passes * gate)
        gain = (passes - share) * gate
        place = level * size + j * n_points * WIDTH
        for q in range(n_points):
            ratio = fma(spread(memory.scale, asked.points + q), gain, share)
            c = load(memory.product, place + q * WIDTH)
            store(memory.product, place + size + q * WIDTH, c * ratio)


@part
def join_inner(program: PathProgram, asked: Question, level: int, top: int, frame: Frame, memory: Memory) -> None:
    n_points = frame.n_points
    size = frame.n * n_points * WIDTH
    share = spread(program.share, asked.share)
    for o in range(frame.width):
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            place = level * size + j * n_points * WIDTH
            g = (top * frame.width + o) * size + j * n_points * WIDTH
            g2 = g + frame.width * size
            total = splat(0.0)
            for q in range(n_points):
                second = load(memory.below, g2 + q * WIDTH)
                step = load(memory.below, g + q * WIDTH) - second
                weight = load(memory.product, place + q * WIDTH) * spread(memory.scale, asked.weights + q)
                total = fma(weight, step, total)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                store(memory.below, g + q * WIDTH, fma(ratio, step, second))
            _add(asked.player + o, j, gain, total, frame, memory)


@part
def join_leaf(program: PathProgram, asked: Question, leaf: int, level: int, top: int, frame: Frame, memory: Memory) -> None:
    n_points = frame.n_points
    size = frame.n * n_points * WIDTH
    share = spread(program.share, asked.share)
    for o in range(frame.width):
        second = splat(program.leaf_value[leaf, o])
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            place = level * size + j * n_points * WIDTH
            g = (top * frame.width + o) * size + j * n_points * WIDTH
            total = splat(0.0)
            for q in range(n_points):
                step = load(memory.below, g + q * WIDTH) - second
                weight = load(memory.product, place + q * WIDTH) * spread(memory.scale, asked.weights + q)
                total = fma(weight, step, total)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                store(memory.below, g + q * WIDTH, fma(ratio, step, second))
            _add(asked.player + o, j, gain, total, frame, memory)


@part
def join_pair(program: PathProgram, asked: Question, pair: Question, leaf: int, level: int, top: int, frame: Frame, memory: Memory) -> None:
    n_points = frame.n_points
    size = frame.n * n_points * WIDTH
    share = spread(program.share, asked.share)
    pair_share = spread(program.share, pair.share)
    for o in range(frame.width):
        pair_step = program.leaf_value[leaf, o] - program.leaf_value[leaf + 1, o]
        pair_mean = splat(program.leaf_value[leaf + 1, o] + program.share[np.uint64(pair.share)] * pair_step)
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            _mark(asked, 1, level, j, frame, memory)
            pair_gain = _gain(pair, pair_share, j, frame, memory) * splat(pair_step)
            place = level * size + j * n_points * WIDTH
            g = (top * frame.width + o) * size + j * n_points * WIDTH
            total, pair_total = splat(0.0), splat(0.0)
            for q in range(n_points):
                second = fma(spread(memory.scale, pair.points + q), pair_gain, pair_mean)
                step = load(memory.below, g + q * WIDTH) - second
                c = load(memory.product, place + q * WIDTH)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                total = fma(c * spread(memory.scale, asked.weights + q), step, total)
                pair_total = fma(c - c * ratio, spread(memory.scale, pair.weights + q), pair_total)
                store(memory.below, g + q * WIDTH, fma(ratio, step, second))
            _add(asked.player + o, j, gain, total, frame, memory)
            _add(pair.player + o, j, pair_gain, pair_total, frame, memory)


@part
def join_pair_and_leaf(program: PathProgram, asked: Question, pair: Question, leaf: int, level: int, top: int, frame: Frame, memory: Memory) -> None:
    n_points = frame.n_points
    size = frame.n * n_points * WIDTH
    share = spread(program.share, asked.share)
    pair_share = spread(program.share, pair.share)
    for o in range(frame.width):
        second = splat(program.leaf_value[leaf + 2, o])
        pair_step = program.leaf_value[leaf, o] - program.leaf_value[leaf + 1, o]
        pair_mean = splat(program.leaf_value[leaf + 1, o] + program.share[np.uint64(pair.share)] * pair_step - program.leaf_value[leaf + 2, o])
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            _mark(asked, 0, level, j, frame, memory)
            pair_gain = _gain(pair, pair_share, j, frame, memory) * splat(pair_step)
            place = level * size + j * n_points * WIDTH
            g = (top * frame.width + o) * size + j * n_points * WIDTH
            total, pair_total = splat(0.0), splat(0.0)
            for q in range(n_points):
                step = fma(spread(memory.scale, pair.points + q), pair_gain, pair_mean)
                c = load(memory.product, place + q * WIDTH)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                total = fma(c * spread(memory.scale, asked.weights + q), step, total)
                pair_total = fma(c * ratio, spread(memory.scale, pair.weights + q), pair_total)
                store(memory.below, g + q * WIDTH, fma(ratio, step, second))
            _add(asked.player + o, j, gain, total, frame, memory)
            _add(pair.player + o, j, pair_gain, pair_total, frame, memory)


@part
def join_pairs(program: PathProgram, asked: Question, one: Question, two: Question, leaf: int, level: int, top: int, frame: Frame, memory: Memory) -> None:
    n_points = frame.n_points
    size = frame.n * n_points * WIDTH
    share = spread(program.share, asked.share)
    one_share = spread(program.share, one.share)
    two_share = spread(program.share, two.share)
    for o in range(frame.width):
        one_step, two_step = program.leaf_value[leaf, o] - program.leaf_value[leaf + 1, o], program.leaf_value[leaf + 2, o] - program.leaf_value[leaf + 3, o]
        one_mean = splat(program.leaf_value[leaf + 1, o] + program.share[np.uint64(one.share)] * one_step)
        two_mean = splat(program.leaf_value[leaf + 3, o] + program.share[np.uint64(two.share)] * two_step)
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            _mark(asked, 0, level, j, frame, memory)
            one_gain = _gain(one, one_share, j, frame, memory) * splat(one_step)
            _mark(asked, 1, level, j, frame, memory)
            two_gain = _gain(two, two_share, j, frame, memory) * splat(two_step)
            place = level * size + j * n_points * WIDTH
            g = (top * frame.width + o) * size + j * n_points * WIDTH
            total, one_total, two_total = splat(0.0), splat(0.0), splat(0.0)
            for q in range(n_points):
                second = fma(spread(memory.scale, two.points + q), two_gain, two_mean)
                step = fma(spread(memory.scale, one.points + q), one_gain, one_mean) - second
                c = load(memory.product, place + q * WIDTH)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                c1 = c * ratio
                total = fma(c * spread(memory.scale, asked.weights + q), step, total)
                one_total = fma(c1, spread(memory.scale, one.weights + q), one_total)
                two_total = fma(c - c1, spread(memory.scale, two.weights + q), two_total)
                store(memory.below, g + q * WIDTH, fma(ratio, step, second))
            _add(asked.player + o, j, gain, total, frame, memory)
            _add(one.player + o, j, one_gain, one_total, frame, memory)
            _add(two.player + o, j, two_gain, two_total, frame, memory)


@part
def join_leaves(program: PathProgram, asked: Question, leaf: int, frame: Frame, memory: Memory) -> None:
    share = spread(program.share, asked.share)
    for o in range(frame.width):
        step = splat(program.leaf_value[leaf, o] - program.leaf_value[leaf + 1, o])
        for j in range(frame.n):
            gain = _gain(asked, share, j, frame, memory)
            _add(asked.player + o, j, gain, step, frame, memory)
