"""What the paths of trees look like: depth, distinct players, and shares of the training rows.

A *player* is a raw column; several encoded columns may belong to one and then enter and leave a
coalition together. A path may ask the same player several times.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_arrays import TreeArrays

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class TreePaths(NamedTuple):
    """Facts about the path from the root to each node; N nodes, T trees.

    Attributes
    ----------
    parent : int32, shape (N,)
        -1 at a root.
    depth : int32, shape (N,)
        Number of nodes above.
    n_players : int32, shape (N,)
        Number of distinct players asked above the node.
    bit : int32, shape (N,)
        Place of the node's player in the order in which the path first asks its players;
        ``n_players`` of the node if it is asked here for the first time, -1 at a leaf.
    previous : int32, shape (N,)
        Depth of the nearest node above that asks the same player; -1 if there is none.
    share : float64, shape (N,)
        The node's part of its parent's training weight: cover over the sum of both siblings'
        covers, so that shares always sum to 1; one half each where no training row came.
    tree_depth, tree_players : int32, shape (T,)
        Depth of the deepest leaf, and the largest number of distinct players on a path.
    """

    parent: npt.NDArray[np.int32]
    depth: npt.NDArray[np.int32]
    n_players: npt.NDArray[np.int32]
    bit: npt.NDArray[np.int32]
    previous: npt.NDArray[np.int32]
    share: Floats
    tree_depth: npt.NDArray[np.int32]
    tree_players: npt.NDArray[np.int32]


def describe_paths(trees: TreeArrays, player: Integers) -> TreePaths:
    """Describe the paths of trees whose column j belongs to player ``player[j]``."""
    n_nodes, n_trees = len(trees.feature), len(trees.tree_output)
    minus_one = np.full(n_nodes, -1, dtype=np.int32)
    zero = np.zeros(n_nodes, dtype=np.int32)
    paths = TreePaths(
        parent=minus_one.copy(),
        depth=zero.copy(),
        n_players=zero.copy(),
        bit=minus_one.copy(),
        previous=minus_one.copy(),
        share=np.ones(n_nodes),
        tree_depth=np.zeros(n_trees, dtype=np.int32),
        tree_players=np.zeros(n_trees, dtype=np.int32),
    )
    _describe(trees, player, paths)
    return paths


@kernel
def _describe(trees: TreeArrays, player: Integers, paths: TreePaths) -> None:
    for t in range(len(trees.tree_output)):
        for node in range(trees.tree_start[t], trees.tree_start[t + 1]):
            if trees.feature[node] < 0:
                paths.tree_depth[t] = max(paths.tree_depth[t], paths.depth[node])
                paths.tree_players[t] = max(paths.tree_players[t], paths.n_players[node])
                continue
            paths.bit[node] = paths.n_players[node]
            asked = player[trees.feature[node]]
            above = paths.parent[node]
            while above >= 0:
                if player[trees.feature[above]] == asked:
                    paths.bit[node] = paths.bit[above]
                    paths.previous[node] = paths.depth[above]
                    break
                above = paths.parent[above]
            left, right = trees.left[node], trees.right[node]
            total = trees.cover[left] + trees.cover[right]
            for child in (left, right):
                paths.parent[child] = node
                paths.depth[child] = paths.depth[node] + 1
                is_first = paths.previous[node] < 0
                paths.n_players[child] = paths.n_players[node] + (1 if is_first else 0)
                paths.share[child] = trees.cover[child] / total if total > 0.0 else 0.5
