"""Trees as lists of steps over vectors of rows, for path-dependent Shapley values.

A program is written once and run for every block of rows, so whatever depends on the tree alone is
decided here: which of a node's children comes first, and what its children are. A child is *inner*
if it has inner nodes below, a *pair* if both of its children are leaves, or a *leaf*. Pairs and
leaves take no steps of their own. The first child is the one of the larger kind, and of two inner
ones the one that needs more room for intermediate sums, as Sethi and Ullman, "The generation of
optimal code for arithmetic expressions", Journal of the ACM 17 (1970) have it.
"""

from math import comb
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.quadrature import gauss_legendre
from pellucid.kernels.tree_codes import CodedTrees
from pellucid.kernels.tree_paths import TreePaths

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ENTER_FIRST, ENTER_SECOND = 0, 1
"""Steps that go down to an inner child of a node."""

TWO_INNER, INNER_AND_PAIR, INNER_AND_LEAF, TWO_PAIRS, PAIR_AND_LEAF, TWO_LEAVES = 2, 3, 4, 5, 6, 7
"""Steps that join what is below the two children of a node; the last occurs at roots only."""

STEP_BITS = 3
"""A step is stored as ``node << STEP_BITS | kind of step``."""

COLUMN, PLAYER, BEFORE, LIMIT = 0, 1, 2, 3

_LEAF, _PAIR, _INNER = 0, 1, 2


class PathProgram(NamedTuple):
    """Steps of all trees, one after the other; S steps, I inner nodes, L leaves, T trees.

    An inner node takes 31 bytes, 4 more for each of its steps (two on average, at most three) and
    8 w for each leaf (one per inner node): about 50 bytes if leaves have one value.

    Attributes
    ----------
    step : int32, shape (S,)
    step_start, leaf_start : int64, shape (T + 1,)
        First step and first leaf of each tree.
    column, player : int32, shape (I,)
        As in :class:`CodedTrees`. Pairs follow directly on the node that they are children of.
    highest : uint16, shape (I,)
    is_turned : uint8, shape (I,)
        Whether the first child is the right one.
    before : int32, shape (I,)
        Level at which it is kept whether a row passes the nodes above that ask the same player:
        one more than the depth of the nearest; 0, where all rows pass, if there is none.
    seen : float64, shape (I,)
        Product of the shares by which the nodes above that ask the same player are passed.
    share : float64, shape (I,)
        Share of the first child.
    leaf_value : float64, shape (L, w)
        Values of the leaves in the order in which steps need them.
    n_points : int32, shape (T,)
        Points of the quadrature rule; 0 for a lone leaf.
    n_levels, n_sums : int32, shape (T,)
        Levels of products, and intermediate sums, that have to be kept at a time.
    tree_output : int64, shape (T,)
    points, weights : float64, shape (q + 1, q)
        Rules as of :func:`gauss_legendre`.
    """

    step: npt.NDArray[np.int32]
    step_start: Integers
    leaf_start: Integers
    question: npt.NDArray[np.int32]
    share: Floats
    leaf_value: Floats
    n_points: npt.NDArray[np.int32]
    n_levels: npt.NDArray[np.int32]
    n_sums: npt.NDArray[np.int32]
    tree_output: Integers
    points: Floats
    weights: Floats


class _Notes(NamedTuple):
    """What is found out about nodes and levels on the way."""

    kind: npt.NDArray[np.uint8]  # (N,): leaf, pair or inner
    need: npt.NDArray[np.int32]  # (N,): intermediate sums to be kept below the node
    number: npt.NDArray[np.int32]  # (N,): place of the node in the program
    passed: Floats  # (level,): product of the shares of the player asked just above


def build_program(trees: CodedTrees, paths: TreePaths) -> PathProgram:
    """Write the program of trees.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees and players.

    Raises
    ------
    ValueError
        There are more inner nodes than steps can name, 268 million.
    """
    is_leaf = trees.column < 0
    n_leaves = np.concatenate([[0], np.cumsum(is_leaf)])[trees.tree_start]
    n_trees, n_inner = len(trees.tree_output), int((~is_leaf).sum())
    if n_inner >= 2 ** (31 - STEP_BITS):
        raise ValueError(f"{n_inner} inner nodes are too many")
    n_points = np.array([points_needed(int(m)) for m in paths.tree_players], dtype=np.int32)
    points, weights = gauss_legendre(int(n_points.max(initial=1)))
    program = PathProgram(
        step=np.empty(3 * n_inner, dtype=np.int32),
        step_start=np.zeros(n_trees + 1, dtype=np.int64),
        leaf_start=n_leaves.astype(np.int64),
        question=np.empty(4 * n_inner, dtype=np.int32),
        share=np.empty(3 * n_inner),
        leaf_value=np.empty((len(is_leaf) - n_inner, trees.value.shape[1])),
        n_points=n_points,
        n_levels=np.maximum(paths.tree_depth, np.int32(1)),
        n_sums=np.zeros(n_trees, dtype=np.int32),
        tree_output=trees.tree_output,
        points=points,
        weights=weights,
    )
    notes = _Notes(
        kind=np.zeros(len(is_leaf), dtype=np.uint8),
        need=np.zeros(len(is_leaf), dtype=np.int32),
        number=np.zeros(len(is_leaf), dtype=np.int32),
        passed=np.ones(int(program.n_levels.max(initial=0)) + 1),
    )
    _write(trees, paths, notes, program)
    return program._replace(step=program.step[: program.step_start[-1]].copy())


def points_needed(n_players: int) -> int:
    """Return how many points integrate what a path of ``n_players`` players gives rise to.

    With D = ``n_players - 1``, ceil((D + 1) / 2) points are exact, but long paths need fewer. The
    integrand is a mean of functions ``p**a (1 - p)**b`` with a + b <= D. With p = cos(u / 2)**2,
    such a function is a sum of cosines of multiples of u, that is of Chebyshev polynomials, and
    the amounts of those of degree j and more add up to no more than those of ``p**D``, which are
    ``2 comb(2 D, D - i) / 4**D`` for i >= j. A rule of q points is wrong by no more than twice
    the amount of degrees from 2 q on; q is the smallest for which that is below 2**-54, so that
    an integral, which is at most 1, would not change in float64.

    Examples
    --------
    >>> points_needed(9), points_needed(100)
    (5, 31)
    """
    degree = n_players - 1
    missed, unit = 0, 4**degree if degree > 0 else 1
    for q in range((n_players + 1) // 2, 0, -1):
        # Twice the amount of degrees 2 q - 2 and 2 q - 1, had q - 1 points been taken.
        missed += sum(4 * comb(2 * degree, degree - j) for j in (2 * q - 2, 2 * q - 1) if j <= degree)
        if missed * 2**54 >= unit:
            return q
    return 0


@kernel
def _write(trees: CodedTrees, paths: TreePaths, notes: _Notes, program: PathProgram) -> None:
    n_steps, n_nodes, n_leaves = 0, 0, 0
    for t in range(len(trees.tree_output)):
        root = trees.tree_start[t]
        _classify(trees, root, trees.tree_start[t + 1], notes)
        program.n_sums[t] = notes.need[root]
        node, came_from = root, -1
        while node >= root and trees.column[node] >= 0:
            if came_from == paths.parent[node]:
                notes.number[node] = n_nodes
                n_nodes = _write_node(trees, paths, notes, node, n_nodes, program)
            number = notes.number[node]
            first, second = _children(trees, node, program.question[4 * number + LIMIT] & 1 != 0)
            kinds = notes.kind[first], notes.kind[second]
            step = -1
            if came_from == paths.parent[node] and kinds[0] == _INNER:
                step, following = ENTER_FIRST, first
            elif came_from != second and kinds[1] == _INNER:
                step, following = ENTER_SECOND, second
            else:
                step, following = _joining(kinds[0], kinds[1]), paths.parent[node]
                for child in (first, second):
                    n_leaves = _write_leaves(trees, notes, child, n_leaves, program)
            if step == ENTER_FIRST or step == ENTER_SECOND:  # noqa: PLR1714 - numba
                notes.passed[paths.depth[node] + 1] = program.share[3 * number + 2] * paths.share[following]
            program.step[n_steps] = (number << STEP_BITS) | step
            n_steps += 1
            came_from, node = node, following
        if trees.column[root] < 0:
            n_leaves += 1
        program.step_start[t + 1] = n_steps


@kernel
def _classify(trees: CodedTrees, root: int, end: int, notes: _Notes) -> None:
    for node in range(end - 1, root - 1, -1):
        if trees.column[node] < 0:
            continue
        left, right = trees.left[node], trees.right[node]
        is_pair = notes.kind[left] == _LEAF and notes.kind[right] == _LEAF
        notes.kind[node] = _PAIR if is_pair and node > root else _INNER
        needs = notes.need[left], notes.need[right]
        notes.need[node] = 0 if is_pair and node > root else max(
            1, max(needs[0], needs[1]) + (1 if needs[0] == needs[1] and needs[0] > 0 else 0)
        )


@kernel
def _children(trees: CodedTrees, node: int, is_turned: bool) -> tuple[int, int]:  # noqa: FBT001
    left, right = trees.left[node], trees.right[node]
    return (right, left) if is_turned else (left, right)


@kernel
def _joining(first: int, second: int) -> int:
    if first == _INNER:
        if second == _INNER:
            return TWO_INNER
        return INNER_AND_PAIR if second == _PAIR else INNER_AND_LEAF
    if first == _PAIR:
        return TWO_PAIRS if second == _PAIR else PAIR_AND_LEAF
    return TWO_LEAVES


@kernel
def _write_node(
    trees: CodedTrees, paths: TreePaths, notes: _Notes, node: int, place: int, program: PathProgram
) -> int:
    """Write a node and its pairs, and return the next place."""
    left, right = trees.left[node], trees.right[node]
    order = (notes.kind[left], notes.need[left]), (notes.kind[right], notes.need[right])
    before = paths.previous[node] + 1
    is_turned = order[1] > order[0]
    program.question[4 * place + COLUMN] = trees.column[node]
    program.question[4 * place + PLAYER] = trees.player[node]
    program.question[4 * place + BEFORE] = before
    program.question[4 * place + LIMIT] = trees.highest[node] << 1 | (1 if is_turned else 0)
    program.share[3 * place] = paths.share[right if is_turned else left]
    program.share[3 * place + 1] = 1.0 - program.share[3 * place]
    program.share[3 * place + 2] = notes.passed[before]
    seen, place = notes.passed[before], place + 1
    for child in (right, left) if is_turned else (left, right):
        if notes.kind[child] == _PAIR:
            notes.passed[paths.depth[child]] = seen * paths.share[child]
            below = paths.previous[child] + 1
            program.question[4 * place + COLUMN] = trees.column[child]
            program.question[4 * place + PLAYER] = trees.player[child]
            program.question[4 * place + BEFORE] = below
            program.question[4 * place + LIMIT] = trees.highest[child] << 1
            program.share[3 * place] = paths.share[trees.left[child]]
            program.share[3 * place + 1] = 1.0 - program.share[3 * place]
            program.share[3 * place + 2] = notes.passed[below]
            place += 1
    return place


@kernel
def _write_leaves(
    trees: CodedTrees, notes: _Notes, child: int, place: int, program: PathProgram
) -> int:
    if notes.kind[child] == _LEAF:
        program.leaf_value[place] = trees.value[child]
        return place + 1
    if notes.kind[child] == _PAIR:
        program.leaf_value[place] = trees.value[trees.left[child]]
        program.leaf_value[place + 1] = trees.value[trees.right[child]]
        return place + 2
    return place
