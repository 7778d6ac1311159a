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

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.quadrature import gauss_legendre
from pellucid.kernels.simd import WIDTH
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
"""Places of a node's four integers in ``PathProgram.question``."""

_LEAF, _PAIR = 0, 1


class PathProgram(NamedTuple):
    """Steps of all trees, one after the other; S steps, I inner nodes, L leaves, T trees.

    An inner node takes 40 bytes, 4 more for each of its steps (one to three) and 8 w for each leaf
    (one per inner node): about 54 bytes if leaves have one value.

    Attributes
    ----------
    step : int32, shape (S,)
    step_start, leaf_start : int64, shape (T + 1,)
        First step and first leaf of each tree.
    question : int32, shape (4 I,)
        Of each node: its code column; its player; the level at which it is kept whether a row
        passes the nodes above that ask the same player, which is one more than the depth of the
        nearest, or 0, where all rows pass; and twice the highest code that goes left, plus 1 if
        the first child is the right one. Pairs follow directly on their parents.
    share : float64, shape (3 I,)
        Of each node: the shares of its first and second child, and the product of the shares by
        which the nodes above that ask the same player are passed.
    leaf_value : float64, shape (L, w)
        Values of the leaves in the order in which steps need them.
    n_points : int32, shape (T,)
        Points of the quadrature rule; 0 for a lone leaf.
    n_levels : int32, shape (T,)
        Levels at which a walk through the tree keeps products.
    room : int64, shape (T,)
        Numbers of products, and of sums, that are kept for a vector of rows.
    cost : int64, shape (T,)
        Cost of taking a vector of rows through the tree, in products of vectors.
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
    room: Integers
    cost: Integers
    tree_output: Integers
    points: Floats
    weights: Floats


class _Notes(NamedTuple):
    """What is found out about nodes and levels on the way."""

    rank: npt.NDArray[np.int32]  # (N,): leaf, pair, or 1 + sums that an inner node has to keep
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
    n_nodes, n_inner, n_trees = len(is_leaf), int((~is_leaf).sum()), len(trees.tree_output)
    if n_inner >= 2 ** (31 - STEP_BITS):
        raise ValueError(f"{n_inner} inner nodes are too many for a program")
    n_points = np.array([points_needed(int(m)) for m in paths.tree_players], dtype=np.int32)
    points, weights = gauss_legendre(int(n_points.max(initial=1)))
    program = PathProgram(
        step=np.empty(3 * n_inner, dtype=np.int32),
        step_start=np.zeros(n_trees + 1, dtype=np.int64),
        leaf_start=np.append(0, np.cumsum(is_leaf))[trees.tree_start],
        question=np.empty(4 * n_inner, dtype=np.int32),
        share=np.empty(3 * n_inner),
        leaf_value=np.empty((n_nodes - n_inner, trees.value.shape[1])),
        n_points=n_points,
        n_levels=np.maximum(paths.tree_depth, np.int32(1)),
        room=np.zeros(n_trees, dtype=np.int64),
        cost=np.zeros(n_trees, dtype=np.int64),
        tree_output=trees.tree_output,
        points=points,
        weights=weights,
    )
    notes = _Notes(
        rank=np.zeros(n_nodes, dtype=np.int32),
        number=np.zeros(n_nodes, dtype=np.int32),
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
    (5, 30)
    """
    degree = n_players - 1
    missed, unit = 0, 4**degree if degree > 0 else 1
    for q in range((n_players + 1) // 2, 0, -1):
        # Twice the amount of degrees 2 q - 2 and 2 q - 1, had q - 1 points been taken.
        degrees = range(2 * q - 2, min(2 * q - 1, degree) + 1)
        missed += sum(4 * comb(2 * degree, degree - j) for j in degrees)
        if missed * 2**54 >= unit:
            return q
    return 0


@kernel
def _write(trees: CodedTrees, paths: TreePaths, notes: _Notes, program: PathProgram) -> None:
    n_steps, n_nodes, width = 0, 0, trees.value.shape[1]
    for t in range(len(trees.tree_output)):
        root, n_leaves = trees.tree_start[t], program.leaf_start[t]
        _rank(trees, root, trees.tree_start[t + 1], notes)
        node, came_from = root, -1
        while node >= root and trees.column[node] >= 0:
            parent, left, right = paths.parent[node], trees.left[node], trees.right[node]
            is_turned = notes.rank[right] > notes.rank[left]
            first, second = (right, left) if is_turned else (left, right)
            if came_from == parent:
                notes.number[node] = n_nodes
                _write_node(trees, paths, notes, node, first, is_turned, n_nodes, program)
                n_nodes += 1
                seen = program.share[3 * n_nodes - 1]
                for child in (first, second):
                    if notes.rank[child] == _PAIR:
                        notes.passed[paths.depth[child]] = seen * paths.share[child]
                        _write_node(
                            trees, paths, notes, child, trees.left[child], False, n_nodes, program
                        )
                        n_nodes += 1
            number = notes.number[node]
            step, following = _joining(notes.rank[first], notes.rank[second]), parent
            if came_from == parent and notes.rank[first] > _PAIR:
                step, following = ENTER_FIRST, first
            elif came_from != second and notes.rank[second] > _PAIR:
                step, following = ENTER_SECOND, second
            if following == parent:
                for child in (first, second):
                    n_leaves = _write_leaves(trees, notes, child, n_leaves, program)
            else:
                seen = program.share[3 * number + 2]
                notes.passed[paths.depth[following]] = seen * paths.share[following]
            program.step[n_steps] = (number << STEP_BITS) | step
            n_steps += 1
            came_from, node = node, following
        program.step_start[t + 1] = n_steps
        n_points, n_kept = program.n_points[t], max(0, notes.rank[root] - 1) * width
        program.room[t] = max(program.n_levels[t], n_kept) * n_points * WIDTH
        program.cost[t] = (n_steps - program.step_start[t]) * (n_points * width + 4)


@part
def _rank(trees: CodedTrees, root: int, end: int, notes: _Notes) -> None:
    for node in range(end - 1, root - 1, -1):
        if trees.column[node] >= 0:
            left, right = notes.rank[trees.left[node]], notes.rank[trees.right[node]]
            if left == _LEAF and right == _LEAF:
                notes.rank[node] = _PAIR if node > root else 2
            else:
                both = 1 if left == right and left > _PAIR else 0
                notes.rank[node] = max(2, max(left, right) + both)


@part
def _joining(first: int, second: int) -> int:
    """Return the step that joins children of these ranks, the larger of which is the first."""
    if first > _PAIR:
        if second > _PAIR:
            return TWO_INNER
        return INNER_AND_PAIR if second == _PAIR else INNER_AND_LEAF
    if first == _PAIR:
        return TWO_PAIRS if second == _PAIR else PAIR_AND_LEAF
    return TWO_LEAVES


@part
def _write_node(
    trees: CodedTrees,
    paths: TreePaths,
    notes: _Notes,
    node: int,
    first: int,
    is_turned: bool,  # noqa: FBT001
    place: int,
    program: PathProgram,
) -> None:
    before = paths.previous[node] + 1
    program.question[4 * place + COLUMN] = trees.column[node]
    program.question[4 * place + PLAYER] = trees.player[node]
    program.question[4 * place + BEFORE] = before
    program.question[4 * place + LIMIT] = 2 * trees.highest[node] + (1 if is_turned else 0)
    program.share[3 * place] = paths.share[first]
    program.share[3 * place + 1] = 1.0 - paths.share[first]
    program.share[3 * place + 2] = notes.passed[before]


@part
def _write_leaves(
    trees: CodedTrees, notes: _Notes, child: int, place: int, program: PathProgram
) -> int:
    """Write a leaf, or both leaves of a pair, and return the next place."""
    if notes.rank[child] > _PAIR:
        return place
    is_pair = notes.rank[child] == _PAIR
    for o in range(trees.value.shape[1]):
        if is_pair:
            program.leaf_value[place, o] = trees.value[trees.left[child], o]
            program.leaf_value[place + 1, o] = trees.value[trees.right[child], o]
        else:
            program.leaf_value[place, o] = trees.value[child, o]
    return place + (2 if is_pair else 1)
