"""The steps of a path program, for some vectors of rows; see :mod:`tree_path_dependent`.

Here the points of a node are the ``p / u`` of its player, and the weights are ``r / u**2``.
"""

from pellucid.kernels.compiled import part
from pellucid.kernels.simd import WIDTH, fma, load, splat, spread, store
from pellucid.kernels.tree_path_frame import (
    Frame,
    Memory,
    Question,
    add_to_sums,
    below_at,
    gain_of,
    mark,
    mean_of_pair,
    passes_alone,
    product_at,
)
from pellucid.kernels.tree_program import PathProgram


@part
def enter(
    program: PathProgram, asked: Question, second: int, level: int, frame: Frame, memory: Memory
) -> None:
    """Go down to the first or second child: multiply by its ratio."""
    share = spread(program.share, asked.share + second)
    n_points = frame.n_points
    for j in range(frame.n):
        gate = load(memory.passes, asked.passed + j * WIDTH)
        passes = passes_alone(asked, second, j, frame, memory)
        store(memory.passes, ((level + 1) * frame.n + j) * WIDTH, passes * gate)
        gain = (passes - share) * gate
        c_at, next_at = product_at(level, j, frame), product_at(level + 1, j, frame)
        for q in range(n_points):
            ratio = fma(spread(memory.scale, asked.points + q), gain, share)
            c = load(memory.product, c_at + q * WIDTH)
            store(memory.product, next_at + q * WIDTH, c * ratio)


@part
def join_inner(
    program: PathProgram, asked: Question, level: int, top: int, frame: Frame, memory: Memory
) -> None:
    """Join two children whose sums are the topmost two of the stack."""
    n_points = frame.n_points
    share = spread(program.share, asked.share)
    for o in range(frame.width):
        for j in range(frame.n):
            gain = gain_of(asked, share, j, frame, memory)
            c_at = product_at(level, j, frame)
            g_at = below_at(top, o, j, frame)
            second_at = below_at(top + 1, o, j, frame)
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
            add_to_sums(asked.cell + o, j, gain, total, frame, memory)


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
            gain = gain_of(asked, share, j, frame, memory)
            c_at = product_at(level, j, frame)
            g_at = below_at(top, o, j, frame)
            total = splat(0.0)
            for q in range(n_points):
                lead = load(memory.below, g_at + q * WIDTH) - second
                weight = load(memory.product, c_at + q * WIDTH) * spread(
                    memory.scale, asked.weights + q
                )
                total = fma(weight, lead, total)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                store(memory.below, g_at + q * WIDTH, fma(ratio, lead, second))
            add_to_sums(asked.cell + o, j, gain, total, frame, memory)


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
        pair_mean, pair_lead = mean_of_pair(program, pair, leaf, o)
        for j in range(frame.n):
            gain = gain_of(asked, share, j, frame, memory)
            mark(asked, 1, level, j, frame, memory)
            pair_gain = gain_of(pair, pair_share, j, frame, memory) * splat(pair_lead)
            c_at = product_at(level, j, frame)
            g_at = below_at(top, o, j, frame)
            total, pair_total = splat(0.0), splat(0.0)
            for q in range(n_points):
                second = fma(spread(memory.scale, pair.points + q), pair_gain, splat(pair_mean))
                lead = load(memory.below, g_at + q * WIDTH) - second
                c = load(memory.product, c_at + q * WIDTH)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                total = fma(c * spread(memory.scale, asked.weights + q), lead, total)
                pair_total = fma(c - c * ratio, spread(memory.scale, pair.weights + q), pair_total)
                store(memory.below, g_at + q * WIDTH, fma(ratio, lead, second))
            add_to_sums(asked.cell + o, j, gain, total, frame, memory)
            add_to_sums(pair.cell + o, j, pair_gain, pair_total, frame, memory)


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
        pair_mean, pair_lead = mean_of_pair(program, pair, leaf, o)
        lead_of_mean = splat(pair_mean - program.leaf_value[leaf + 2, o])
        for j in range(frame.n):
            gain = gain_of(asked, share, j, frame, memory)
            mark(asked, 0, level, j, frame, memory)
            pair_gain = gain_of(pair, pair_share, j, frame, memory) * splat(pair_lead)
            c_at = product_at(level, j, frame)
            g_at = below_at(top, o, j, frame)
            total, pair_total = splat(0.0), splat(0.0)
            for q in range(n_points):
                lead = fma(spread(memory.scale, pair.points + q), pair_gain, lead_of_mean)
                c = load(memory.product, c_at + q * WIDTH)
                ratio = fma(spread(memory.scale, asked.points + q), gain, share)
                total = fma(c * spread(memory.scale, asked.weights + q), lead, total)
                pair_total = fma(c * ratio, spread(memory.scale, pair.weights + q), pair_total)
                store(memory.below, g_at + q * WIDTH, fma(ratio, lead, second))
            add_to_sums(asked.cell + o, j, gain, total, frame, memory)
            add_to_sums(pair.cell + o, j, pair_gain, pair_total, frame, memory)


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
        one_mean, one_lead = mean_of_pair(program, one, leaf, o)
        two_mean, two_lead = mean_of_pair(program, two, leaf + 2, o)
        for j in range(frame.n):
            gain = gain_of(asked, share, j, frame, memory)
            mark(asked, 0, level, j, frame, memory)
            one_gain = gain_of(one, one_share, j, frame, memory) * splat(one_lead)
            mark(asked, 1, level, j, frame, memory)
            two_gain = gain_of(two, two_share, j, frame, memory) * splat(two_lead)
            c_at = product_at(level, j, frame)
            g_at = below_at(top, o, j, frame)
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
            add_to_sums(asked.cell + o, j, gain, total, frame, memory)
            add_to_sums(one.cell + o, j, one_gain, one_total, frame, memory)
            add_to_sums(two.cell + o, j, two_gain, two_total, frame, memory)


@part
def join_leaves(
    program: PathProgram, asked: Question, leaf: int, frame: Frame, memory: Memory
) -> None:
    """Ask a root whose children are leaves."""
    share = spread(program.share, asked.share)
    for o in range(frame.width):
        lead = splat(program.leaf_value[leaf, o] - program.leaf_value[leaf + 1, o])
        for j in range(frame.n):
            gain = gain_of(asked, share, j, frame, memory)
            add_to_sums(asked.cell + o, j, gain, lead, frame, memory)
