"""Path-dependent Shapley values of few rows: the points of the rule stand side by side.

The mathematics is that of :mod:`tree_path_dependent`, whose vectors hold eight rows. Here they hold
one row and up to eight points of the quadrature rule, so that a single row costs a single pass. Each
tree is gone through down, which leaves C, the product of the factors above each inner node, in the
node's slot; and up again, where G, the sum over the leaves below, takes its place.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.simd import HALF, WIDTH, aligned, fma, load_half, splat_half, store
from pellucid.kernels.tree_codes import LANES, Codes
from pellucid.kernels.tree_path_nodes import PathNodes

Floats = npt.NDArray[np.float64]


class _Memory(NamedTuple):
    """What is known of a tree on the way; all arrays are flat.

    Attributes
    ----------
    scale : float64, shape (1 + again, 2, point)
        Points ``p / u`` and weights ``r / u**2``: of new players, then of nodes that ask again.
    slots : float64, shape (slot, point)
        C of all nodes on the way down, G on the way up.
    passes : float64, shape (slot,)
        1 where the row passes the node above and all before that ask the same player, 0 elsewhere.
    gain : float64, shape (inner node,)
        b - r of the left child, and 0 for a row that the player's other nodes turn away.
    sums : float64, shape (row, cell, HALF)
        Values, of which the points are still to be added up.
    """

    scale: Floats
    slots: Floats
    passes: Floats
    gain: Floats
    sums: Floats


class _Rows(NamedTuple):
    """Codes of rows, all of them in one array, and numbers: of codes in a block, rows, and so on."""

    codes: npt.NDArray[np.uint16]
    block_size: int
    n_rows: int
    n_cells: int
    n_outputs: int


class _Walk(NamedTuple):
    """One tree and one row: first node and numbers of nodes, points and outputs; first value."""

    tree: int
    first: int
    n_inner: int
    n_upper: int
    size: int
    output: int
    cell: int
    n_outputs: int


def path_dependent_values_of_few(
    nodes: PathNodes, codes: Codes, *, n_rows: int, n_players: int, n_outputs: int
) -> Floats:
    """Return the path-dependent Shapley values of each row.

    Parameters
    ----------
    nodes : PathNodes
    codes : ndarray of uint16, shape (ceil(n / LANES), c, LANES)
        Rows as :func:`encode_rows` returns them.
    n_rows, n_players, n_outputs : int
        n, d and k.

    Returns
    -------
    ndarray of float64, shape (n, d, k)
    """
    n_cells = n_players * n_outputs
    most = _filled_up(int(nodes.n_points.max(initial=0)))
    n_inner = int(np.diff(nodes.inner_start).max(initial=0))
    n_again = int(np.diff(nodes.again_start).max(initial=0))
    memory = _Memory(
        scale=aligned(2 * (1 + n_again) * most),
        slots=aligned(room_for_row(nodes)),
        passes=np.ones(1 + 2 * n_inner),
        gain=np.empty(n_inner),
        sums=aligned(n_rows * n_cells * HALF),
    )
    memory.sums[:] = 0.0
    _run(nodes, codes.reshape(-1), codes.shape[1] * LANES, n_rows, n_cells, n_outputs, memory)
    values: Floats = memory.sums.reshape(n_rows, n_players, n_outputs, HALF).sum(axis=3)
    return values


def room_for_row(nodes: PathNodes) -> int:
    """Return how many numbers are kept for the largest tree."""
    n_inner = int(np.diff(nodes.inner_start).max(initial=0))
    return (1 + 2 * n_inner) * _filled_up(int(nodes.n_points.max(initial=0)))


def _filled_up(n_points: int) -> int:
    """Return how many points a rule has with those that fill vectors up."""
    return HALF * ((n_points + HALF - 1) // HALF)


@kernel
def _run(
    nodes: PathNodes,
    codes: npt.NDArray[np.uint16],
    block_size: int,
    n_rows: int,
    n_cells: int,
    n_outputs: int,
    memory: _Memory,
) -> None:
    rows = _Rows(codes, block_size, n_rows, n_cells, n_outputs)
    for t in range(len(nodes.tree_output)):
        size = HALF * ((int(nodes.n_points[t]) + HALF - 1) // HALF)
        # Nearly all trees have one or two vectors of points: loops of a known length are laid out.
        if size == HALF:
            _run_tree(nodes, rows, t, HALF, memory)
        elif size == WIDTH:
            _run_tree(nodes, rows, t, WIDTH, memory)
        else:
            _run_tree(nodes, rows, t, size, memory)


@part
def _run_tree(nodes: PathNodes, rows: _Rows, t: int, size: int, memory: _Memory) -> None:
    first, n_inner = nodes.inner_start[t], nodes.inner_start[t + 1] - nodes.inner_start[t]
    n_points = int(nodes.n_points[t])
    _set_scale(nodes, t, n_points, size, memory.scale)
    for row in range(rows.n_rows if n_inner > 0 else 0):
        start = row // LANES * rows.block_size + row % LANES
        for o in range(nodes.leaf_value.shape[1]):
            walk = _Walk(
                tree=t,
                first=first,
                n_inner=n_inner,
                n_upper=n_inner - (nodes.pair_start[t + 1] - nodes.pair_start[t]),
                size=size,
                output=o,
                cell=row * rows.n_cells + nodes.tree_output[t] + o,
                n_outputs=rows.n_outputs,
            )
            if o == 0:
                _ask(nodes, walk, rows.codes, start, memory)
            for q in range(size):
                memory.slots[q] = nodes.weights[n_points, q] if q < n_points else 0.0
            _go_down(nodes, walk, memory)
            _turn_at_pairs(nodes, walk, memory)
            _set_leaves(nodes, walk, memory.slots)
            _go_up(nodes, walk, memory)


@part
def _set_scale(nodes: PathNodes, t: int, n_points: int, size: int, scale: Floats) -> None:
    one, first = splat_half(1.0), nodes.again_start[t]
    for q in range(size):
        # Points that fill up have no weight, but are divided by.
        scale[q] = nodes.points[n_points, q] if q < n_points else 1.0
        scale[size + q] = 1.0
    for k in range(nodes.again_start[t + 1] - first):
        r, place = splat_half(nodes.passed[first + k]), 2 * (k + 1) * size
        for q in range(0, size, HALF):
            p = load_half(scale, q)
            inverse = one / (p + (one - p) * r)
            store(scale, place + q, p * inverse)
            store(scale, place + size + q, r * inverse * inverse)


@part
def _ask(
    nodes: PathNodes, walk: _Walk, codes: npt.NDArray[np.uint16], start: int, memory: _Memory
) -> None:
    """Ask all nodes of a tree, without a branch: it would go wrong at every other node."""
    for i in range(walk.n_inner):
        node = nodes.inner[np.uint64(walk.first + i)]
        code = np.int64(codes[np.uint64(start + int(node["column"]) * LANES)])
        # The sign bit of a difference, for a comparison would be compiled to a branch.
        goes_left = np.float64((code - int(node["highest"]) - 1) >> 63 & 1)
        gate = memory.passes[np.uint64(node["gate"])]
        memory.passes[np.uint64(2 * i + 1)] = goes_left * gate
        memory.passes[np.uint64(2 * i + 2)] = gate - goes_left * gate
        memory.gain[np.uint64(i)] = (goes_left - node["share"]) * gate


@part
def _go_down(nodes: PathNodes, walk: _Walk, memory: _Memory) -> None:
    for i in range(walk.n_upper):
        node, size = nodes.inner[np.uint64(walk.first + i)], walk.size
        here, points = int(node["slot"]) * size, int(node["scale"]) * 2 * size
        share, gain = splat_half(node["share"]), splat_half(memory.gain[np.uint64(i)])
        left, right = (2 * i + 1) * size, (2 * i + 2) * size
        for q in range(0, size, HALF):
            c = load_half(memory.slots, here + q)
            of_left = c * fma(load_half(memory.scale, points + q), gain, share)
            store(memory.slots, left + q, of_left)
            store(memory.slots, right + q, c - of_left)


@part
def _turn_at_pairs(nodes: PathNodes, walk: _Walk, memory: _Memory) -> None:
    size, first_pair = walk.size, nodes.pair_start[walk.tree] - walk.n_upper
    for i in range(walk.n_upper, walk.n_inner):
        node = nodes.inner[np.uint64(walk.first + i)]
        here, points = int(node["slot"]) * size, int(node["scale"]) * 2 * size
        value = nodes.pair_value[np.uint64(first_pair + i)]
        right = value[np.uint64(1), np.uint64(walk.output)]
        lead = value[np.uint64(0), np.uint64(walk.output)] - right
        mean, slope = (
            splat_half(right + node["share"] * lead),
            splat_half(memory.gain[np.uint64(i)] * lead),
        )
        total = splat_half(0.0)
        for q in range(0, size, HALF):
            c = load_half(memory.slots, here + q)
            total = fma(c, load_half(memory.scale, points + size + q), total)
            store(memory.slots, here + q, fma(load_half(memory.scale, points + q), slope, mean))
        place = (walk.cell + int(node["player"]) * walk.n_outputs) * HALF
        store(memory.sums, place, fma(slope, total, load_half(memory.sums, place)))


@part
def _set_leaves(nodes: PathNodes, walk: _Walk, slots: Floats) -> None:
    for leaf in range(nodes.leaf_start[walk.tree], nodes.leaf_start[walk.tree + 1]):
        value = splat_half(nodes.leaf_value[np.uint64(leaf), np.uint64(walk.output)])
        place = int(nodes.leaf_slot[np.uint64(leaf)]) * walk.size
        for q in range(0, walk.size, HALF):
            store(slots, place + q, value)


@part
def _go_up(nodes: PathNodes, walk: _Walk, memory: _Memory) -> None:
    size = walk.size
    for i in range(walk.n_upper - 1, -1, -1):
        node = nodes.inner[np.uint64(walk.first + i)]
        here, points = int(node["slot"]) * size, int(node["scale"]) * 2 * size
        left, right = (2 * i + 1) * size, (2 * i + 2) * size
        share, gain = splat_half(node["share"]), splat_half(memory.gain[np.uint64(i)])
        total = splat_half(0.0)
        for q in range(0, size, HALF):
            second = load_half(memory.slots, right + q)
            lead = load_half(memory.slots, left + q) - second
            c, weight = (
                load_half(memory.slots, here + q),
                load_half(memory.scale, points + size + q),
            )
            total = fma(c * weight, lead, total)
            ratio = fma(load_half(memory.scale, points + q), gain, share)
            store(memory.slots, here + q, fma(ratio, lead, second))
        place = (walk.cell + int(node["player"]) * walk.n_outputs) * HALF
        store(memory.sums, place, fma(gain, total, load_half(memory.sums, place)))
