"""Trees as lists of their inner nodes, for path-dependent Shapley values of few rows.

The nodes of a tree are gone through in a fixed order and without a branch. So what depends on the
tree alone is written down once: where each node finds its parent, and whether its player was asked
above. Inner node i of a tree has the *slot* 0 if it is the root, and its children have 2i + 1 and
2i + 2. Nodes both of whose children are leaves, *pairs*, come last; a root never counts as one.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.simd import aligned
from pellucid.kernels.tree_codes import CodedTrees
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_program import PathProgram

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_INTEGERS = ("column", "highest", "player", "slot", "gate", "scale")
_INNER = np.dtype([*((name, "i4") for name in _INTEGERS), ("share", "f8")])


class PathNodes(NamedTuple):
    """Inner nodes of trees: I of them, P of which are pairs, and R of which ask a player again.

    In each tree pairs come last, and all others after their parents. L leaves hang on no pair, and
    T trees have w values per leaf. An inner node takes about 48 bytes, for w = 1.

    Attributes
    ----------
    inner_start, pair_start, leaf_start, again_start : int64, shape (T + 1,)
        First inner node, pair, leaf, and node that asks a player again, of each tree.
    inner : records, shape (I,)
        Of each node, side by side in memory: its code ``column``; the ``highest`` code that goes
        left; its ``player``; its ``slot``; the slot below the nearest node above that asks the same
        player, or 0, where all rows come (``gate``); its number among the nodes that ask a player
        again, from 1 on, or 0 (``scale``); and the left child's ``share`` of the training rows.
    passed : float64, shape (R,)
        Product of the shares by which the nodes above that ask the same player are passed.
    pair_value : float64, shape (P, 2, w)
        Values of left and right leaves.
    leaf_slot : int32, shape (L,)
    leaf_value : float64, shape (L, w)
    n_points : int32, shape (T,)
        Points of the quadrature rule.
    tree_output : int64, shape (T,)
    points, weights : float64, shape (q + 1, q)
        Rules as of :func:`gauss_legendre`.
    """

    inner_start: Integers
    pair_start: Integers
    leaf_start: Integers
    again_start: Integers
    inner: npt.NDArray[Any]
    passed: Floats
    pair_value: Floats
    leaf_slot: npt.NDArray[np.int32]
    leaf_value: Floats
    n_points: npt.NDArray[np.int32]
    tree_output: Integers
    points: Floats
    weights: Floats


def list_nodes(trees: CodedTrees, paths: TreePaths, program: PathProgram) -> PathNodes:
    """List the inner nodes of trees.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees and players.
    program : PathProgram
        Of the same trees; its quadrature rules are taken over.
    """
    is_inner, is_below = trees.column >= 0, paths.parent >= 0
    is_pair = is_inner & is_below & ~is_inner[trees.left] & ~is_inner[trees.right]
    pairs, is_again = np.flatnonzero(is_pair), paths.previous >= 0
    is_leaf = ~is_inner & is_below & ~is_pair[paths.parent]
    inner_start, pair_start, leaf_start, again_start = (
        np.append(0, np.cumsum(kind))[trees.tree_start]
        for kind in (is_inner, is_pair, is_leaf, is_again)
    )
    nodes = PathNodes(
        inner_start=inner_start,
        pair_start=pair_start,
        leaf_start=leaf_start,
        again_start=again_start,
        inner=aligned(4 * int(inner_start[-1])).view(_INNER),
        passed=np.ones(again_start[-1]),
        pair_value=np.stack([trees.value[side[pairs]] for side in (trees.left, trees.right)], 1),
        leaf_slot=np.empty(leaf_start[-1], dtype=np.int32),
        leaf_value=trees.value[is_leaf],
        n_points=program.n_points,
        tree_output=trees.tree_output,
        points=program.points,
        weights=program.weights,
    )
    _list(trees, paths, is_pair, np.zeros(len(is_inner), dtype=np.int32), nodes)
    return nodes


@kernel
def _list(
    trees: CodedTrees,
    paths: TreePaths,
    is_pair: npt.NDArray[np.bool_],
    number: npt.NDArray[np.int32],
    nodes: PathNodes,
) -> None:
    """Write the nodes; ``number`` takes each one's place among the inner nodes of its tree."""
    n_leaves = 0
    for t in range(len(trees.tree_output)):
        first, n_inner, again = nodes.inner_start[t], 0, nodes.again_start[t]
        for round_of_pairs in (False, True):
            for node in range(trees.tree_start[t], trees.tree_start[t + 1]):
                parent, slot = paths.parent[node], 0
                if parent >= 0:
                    slot = 2 * number[parent] + (1 if node == trees.left[parent] else 2)
                if trees.column[node] < 0:
                    if not round_of_pairs and parent >= 0 and not is_pair[parent]:
                        nodes.leaf_slot[n_leaves] = slot
                        n_leaves += 1
                    continue
                if is_pair[node] != round_of_pairs:
                    continue
                number[node] = n_inner
                inner = nodes.inner[first + n_inner]
                inner["column"], inner["highest"] = trees.column[node], trees.highest[node]
                inner["player"], inner["slot"] = trees.player[node], slot
                inner["gate"], inner["scale"] = 0, 0
                inner["share"] = paths.share[trees.left[node]]
                if paths.previous[node] >= 0:
                    inner["gate"], nodes.passed[again] = _look_back(trees, paths, number, node)
                    again += 1
                    inner["scale"] = again - nodes.again_start[t]
                n_inner += 1


@kernel
def _look_back(
    trees: CodedTrees, paths: TreePaths, number: npt.NDArray[np.int32], node: int
) -> tuple[int, float]:
    """Return the slot below the nearest node above that asks the same player.

    With it goes the product of the shares by which all such nodes are passed.
    """
    gate, product = 0, 1.0
    child, above = node, paths.parent[node]
    while above >= 0:
        if trees.player[above] == trees.player[node]:
            product *= paths.share[child]
            if gate == 0:
                gate = 2 * number[above] + (1 if child == trees.left[above] else 2)
        child, above = above, paths.parent[above]
    return gate, product
