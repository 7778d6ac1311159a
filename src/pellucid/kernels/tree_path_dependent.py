"""Path-dependent Shapley values of trees: absent players are averaged out by training weight.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.simd import WIDTH, choose, fma, load, splat, store
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_program import (
    ENTER_FIRST,
    ENTER_SECOND,
    INNER_AND_LEAF,
    INNER_AND_PAIR,
    PAIR_AND_LEAF,
    STEP_BITS,
    TWO_INNER,
    TWO_LEAVES,
    TWO_PAIRS,
    PathProgram,
)

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CHUNK = 4
LIMIT = 2e8


class _Memory(NamedTuple):
    """Memory of one run, all of it flat."""

    product: Floats  # (level, vector, point, lane): the product of all factors above
    below: Floats  # (sum, output, vector, point, lane)
    passes: Floats  # (level, vector, lane)
    scale: Floats  # (8, padded points)
    sums: Floats  # (block, player, output, vector, lane)


def path_dependent_values(
    program: PathProgram, codes: Codes, *, n_rows: int, n_players: int, n_outputs: int
) -> Floats:
    values = np.zeros((n_rows, n_players, n_outputs))
    n_trees, n_cells = len(program.tree_output), n_players * n_outputs
    if n_trees == 0 or codes.shape[1] == 0:
        return values
    most = -(-int(program.n_points.max()) // WIDTH) * WIDTH
    width = program.leaf_value.shape[1]
    for first in range(0, len(codes), CHUNK):
        end = min(first + CHUNK, len(codes))
        n_vectors = min(LANES, -(-(n_rows - LANES * first) // WIDTH) * WIDTH) // WIDTH
        size = n_vectors * most * WIDTH
        memory = _Memory(
            product=_empty(int(program.n_levels.max()) * size),
            below=_empty(int(program.n_sums.max()) * width * size),
            passes=_empty((int(program.n_levels.max()) + 1) * n_vectors * WIDTH),
            scale=_empty(8 * most),
            sums=_empty((end - first) * n_cells * n_vectors * WIDTH),
        )
        memory.sums[:] = 0.0
        memory.passes[: n_vectors * WIDTH] = 1.0
        _run(program, 0, n_trees, codes[first:end].reshape(-1), codes.shape[1], end - first, n_vectors, n_players, n_outputs, memory)
        _put(memory.sums, n_vectors, values[first * LANES : end * LANES].reshape(-1, n_cells))
    return values


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
def _put(sums: Floats, n_vectors: int, values: Floats) -> None:
    n_lanes = n_vectors * WIDTH
    for row in range(values.shape[0]):
        start = row // n_lanes * values.shape[1] * n_lanes + row % n_lanes
        for cell in range(values.shape[1]):
            values[row, cell] = sums[start + cell * n_lanes]


@kernel
def _run(
    program: PathProgram,
    first_tree: int,
    end_tree: int,
    codes: npt.NDArray[np.uint16],
    n_columns: int,
    n_blocks: int,
    n_vectors: int,
    n_players: int,
    n_outputs: int,
    memory: _Memory,
) -> None:
    most = len(memory.scale) // 8
    for t in range(first_tree, end_tree):
        n_points = program.n_points[t]
        if n_points == 0:
            continue
        for q in range(most):
            memory.scale[q] = program.points[n_points, q] if q < n_points else 1.0
            memory.scale[most + q] = 1.0
        for j in range(n_vectors):
            for q in range(n_points):
                store(memory.product, (j * n_points + q) * WIDTH, splat(program.weights[n_points, q]))
        for block in range(n_blocks):
            _run_tree(
                program,
                t,
                codes,
                block * n_columns * LANES,
                n_vectors,
                block * n_players * n_outputs * n_vectors * WIDTH,
                n_outputs,
                memory,
            )


@kernel
def _rescale(scale: Floats, seen: float, which: int, n_points: int) -> int:
    most = len(scale) // 8
    start = 2 * which * most
    one, r = splat(1.0), splat(seen)
    for q in range(0, n_points, WIDTH):
        p = load(scale, q)
        inverse = one / (p + (one - p) * r)
        store(scale, start + q, p * inverse)
        store(scale, start + most + q, r * inverse * inverse)
    return start


@kernel
def _run_tree(
    program: PathProgram,
    t: int,
    codes: npt.NDArray[np.uint16],
    code_start: int,
    n_vectors: int,
    sum_start: int,
    n_outputs: int,
    memory: _Memory,
) -> None:
    product, below, passes, scale, sums = memory
    n_points = np.int64(program.n_points[t])
    row_of_scale = len(scale) // 8
    n_lanes = n_vectors * WIDTH
    size = n_points * n_lanes
    width = program.leaf_value.shape[1]
    level, top, leaf = 0, -1, program.leaf_start[t]
    one, zero = splat(1.0), splat(0.0)
    output = program.tree_output[t]
    vsize = n_points * WIDTH
    for s in range(program.step_start[t], program.step_start[t + 1]):
        node, kind = program.step[s] >> STEP_BITS, program.step[s] & ((1 << STEP_BITS) - 1)
        column, highest = code_start + np.int64(program.column[node]) * LANES, program.highest[node]
        before = np.int64(program.before[node]) * n_lanes
        share = program.share[node]
        is_turned = program.is_turned[node] != 0
        st = 0 if before == 0 else _rescale(scale, program.seen[node], 1, n_points)
        sk = st + row_of_scale
        if kind <= ENTER_SECOND:
            is_second = kind == ENTER_SECOND
            if is_second:
                share = 1.0 - share
            low, high = (zero, one) if is_turned != is_second else (one, zero)
            w = splat(share)
            for j in range(n_vectors):
                passed = choose(codes, column + j * WIDTH, highest, low, high)
                gate = load(passes, before + j * WIDTH)
                store(passes, (level + 1) * n_lanes + j * WIDTH, passed * gate)
                gain = (passed - w) * gate
                place = level * size + j * vsize
                for q in range(n_points):
                    c = load(product, place + q * WIDTH)
                    store(product, place + size + q * WIDTH, c * fma(splat(scale[st + q]), gain, w))
            level += 1
            continue
        low, high = (splat(-share), splat(1.0 - share))
        if not is_turned:
            low, high = high, low
        w = splat(share)
        phi = sum_start + (np.int64(program.player[node]) * n_outputs + output) * n_lanes
        if kind == TWO_INNER:
            top -= 1
            for o in range(width):
                for j in range(n_vectors):
                    gain = choose(codes, column + j * WIDTH, highest, low, high) * load(passes, before + j * WIDTH)
                    place = level * size + j * vsize
                    g = (top * width + o) * size + j * vsize
                    g2 = g + width * size
                    a = zero
                    for q in range(n_points):
                        second = load(below, g2 + q * WIDTH)
                        step = load(below, g + q * WIDTH) - second
                        a = fma(load(product, place + q * WIDTH) * splat(scale[sk + q]), step, a)
                        store(below, g + q * WIDTH, fma(fma(splat(scale[st + q]), gain, w), step, second))
                    f = phi + o * n_lanes + j * WIDTH
                    store(sums, f, fma(gain, a, load(sums, f)))
        elif kind == INNER_AND_LEAF:
            for o in range(width):
                second = splat(program.leaf_value[leaf, o])
                for j in range(n_vectors):
                    gain = choose(codes, column + j * WIDTH, highest, low, high) * load(passes, before + j * WIDTH)
                    place = level * size + j * vsize
                    g = (top * width + o) * size + j * vsize
                    a = zero
                    for q in range(n_points):
                        step = load(below, g + q * WIDTH) - second
                        a = fma(load(product, place + q * WIDTH) * splat(scale[sk + q]), step, a)
                        store(below, g + q * WIDTH, fma(fma(splat(scale[st + q]), gain, w), step, second))
                    f = phi + o * n_lanes + j * WIDTH
                    store(sums, f, fma(gain, a, load(sums, f)))
            leaf += 1
        elif kind == TWO_LEAVES:
            for o in range(width):
                step = splat(program.leaf_value[leaf, o] - program.leaf_value[leaf + 1, o])
                for j in range(n_vectors):
                    gain = choose(codes, column + j * WIDTH, highest, low, high)
                    f = phi + o * n_lanes + j * WIDTH
                    store(sums, f, fma(gain, step, load(sums, f)))
            leaf += 2
        else:
            # pairs
            ynode = node + (2 if kind == TWO_PAIRS else 1)
            yst = 0 if program.before[ynode] == 0 else _rescale(scale, program.seen[ynode], 3, n_points)
            ysk = yst + row_of_scale
            ycol, yhigh = code_start + np.int64(program.column[ynode]) * LANES, program.highest[ynode]
            ybefore = np.int64(program.before[ynode]) * n_lanes
            yw = program.share[ynode]
            ylow, yhi = splat(1.0 - yw), splat(-yw)
            yphi = sum_start + (np.int64(program.player[ynode]) * n_outputs + output) * n_lanes
            mark = (level + 1) * n_lanes
            if is_turned:
                blow, bhigh = zero, one
            else:
                blow, bhigh = one, zero
            if kind == INNER_AND_PAIR:
                for o in range(width):
                    yv = program.leaf_value[leaf + 1, o]
                    ystep = program.leaf_value[leaf, o] - yv
                    ymean = splat(yv + yw * ystep)
                    for j in range(n_vectors):
                        gate = load(passes, before + j * WIDTH)
                        gain = choose(codes, column + j * WIDTH, highest, low, high) * gate
                        store(passes, mark + j * WIDTH, choose(codes, column + j * WIDTH, highest, bhigh, blow) * gate)
                        ygain = choose(codes, ycol + j * WIDTH, yhigh, ylow, yhi) * load(passes, ybefore + j * WIDTH) * splat(ystep)
                        place = level * size + j * vsize
                        g = (top * width + o) * size + j * vsize
                        a, b = zero, zero
                        for q in range(n_points):
                            second = fma(splat(scale[yst + q]), ygain, ymean)
                            step = load(below, g + q * WIDTH) - second
                            c = load(product, place + q * WIDTH)
                            ratio = fma(splat(scale[st + q]), gain, w)
                            a = fma(c * splat(scale[sk + q]), step, a)
                            b = fma(c - c * ratio, splat(scale[ysk + q]), b)
                            store(below, g + q * WIDTH, fma(ratio, step, second))
                        f = phi + o * n_lanes + j * WIDTH
                        store(sums, f, fma(gain, a, load(sums, f)))
                        f = yphi + o * n_lanes + j * WIDTH
                        store(sums, f, fma(ygain, b, load(sums, f)))
                leaf += 2
                level -= 1
                continue
            top += 1
            xnode = node + 1
            xst = 0 if program.before[xnode] == 0 else _rescale(scale, program.seen[xnode], 2, n_points)
            xsk = xst + row_of_scale
            xcol, xhigh = code_start + np.int64(program.column[xnode]) * LANES, program.highest[xnode]
            xbefore = np.int64(program.before[xnode]) * n_lanes
            xw = program.share[xnode]
            xlow, xhi = splat(1.0 - xw), splat(-xw)
            xphi = sum_start + (np.int64(program.player[xnode]) * n_outputs + output) * n_lanes
            if kind == PAIR_AND_LEAF:
                for o in range(width):
                    xv = program.leaf_value[leaf + 1, o]
                    xstep = program.leaf_value[leaf, o] - xv
                    second = splat(program.leaf_value[leaf + 2, o])
                    xmean = splat(xv + xw * xstep - program.leaf_value[leaf + 2, o])
                    for j in range(n_vectors):
                        gate = load(passes, before + j * WIDTH)
                        gain = choose(codes, column + j * WIDTH, highest, low, high) * gate
                        store(passes, mark + j * WIDTH, choose(codes, column + j * WIDTH, highest, blow, bhigh) * gate)
                        xgain = choose(codes, xcol + j * WIDTH, xhigh, xlow, xhi) * load(passes, xbefore + j * WIDTH) * splat(xstep)
                        place = level * size + j * vsize
                        g = (top * width + o) * size + j * vsize
                        a, b = zero, zero
                        for q in range(n_points):
                            step = fma(splat(scale[xst + q]), xgain, xmean)
                            c = load(product, place + q * WIDTH)
                            ratio = fma(splat(scale[st + q]), gain, w)
                            a = fma(c * splat(scale[sk + q]), step, a)
                            b = fma(c * ratio, splat(scale[xsk + q]), b)
                            store(below, g + q * WIDTH, fma(ratio, step, second))
                        f = phi + o * n_lanes + j * WIDTH
                        store(sums, f, fma(gain, a, load(sums, f)))
                        f = xphi + o * n_lanes + j * WIDTH
                        store(sums, f, fma(xgain, b, load(sums, f)))
                leaf += 3
            else:
                for o in range(width):
                    xv = program.leaf_value[leaf + 1, o]
                    xstep = program.leaf_value[leaf, o] - xv
                    xmean = splat(xv + xw * xstep)
                    yv = program.leaf_value[leaf + 3, o]
                    ystep = program.leaf_value[leaf + 2, o] - yv
                    ymean = splat(yv + yw * ystep)
                    for j in range(n_vectors):
                        gate = load(passes, before + j * WIDTH)
                        gain = choose(codes, column + j * WIDTH, highest, low, high) * gate
                        store(passes, mark + j * WIDTH, choose(codes, column + j * WIDTH, highest, blow, bhigh) * gate)
                        xgain = choose(codes, xcol + j * WIDTH, xhigh, xlow, xhi) * load(passes, xbefore + j * WIDTH) * splat(xstep)
                        store(passes, mark + j * WIDTH, choose(codes, column + j * WIDTH, highest, bhigh, blow) * gate)
                        ygain = choose(codes, ycol + j * WIDTH, yhigh, ylow, yhi) * load(passes, ybefore + j * WIDTH) * splat(ystep)
                        place = level * size + j * vsize
                        g = (top * width + o) * size + j * vsize
                        a, b, b2 = zero, zero, zero
                        for q in range(n_points):
                            second = fma(splat(scale[yst + q]), ygain, ymean)
                            step = fma(splat(scale[xst + q]), xgain, xmean) - second
                            c = load(product, place + q * WIDTH)
                            ratio = fma(splat(scale[st + q]), gain, w)
                            c1 = c * ratio
                            a = fma(c * splat(scale[sk + q]), step, a)
                            b = fma(c1, splat(scale[xsk + q]), b)
                            b2 = fma(c - c1, splat(scale[ysk + q]), b2)
                            store(below, g + q * WIDTH, fma(ratio, step, second))
                        f = phi + o * n_lanes + j * WIDTH
                        store(sums, f, fma(gain, a, load(sums, f)))
                        f = xphi + o * n_lanes + j * WIDTH
                        store(sums, f, fma(xgain, b, load(sums, f)))
                        f = yphi + o * n_lanes + j * WIDTH
                        store(sums, f, fma(ygain, b2, load(sums, f)))
                leaf += 4
        level -= 1
