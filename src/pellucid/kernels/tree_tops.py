"""The tops of trees, through which the rows of a block go together and without a branch.

The *top* of a tree are its first nodes, level by level, as many as have no more *exits*, nodes or
leaves right below them, than a number has bits. Exits are numbered from left to right. A row that
goes right at a node cannot leave by the exits on its left; once each node has struck out those that
the row's answer rules out, the row's exit is the lowest that is left. In which order nodes are asked
does not matter, so that all of them are asked in a row: most of them in vain, and yet faster than to
follow each row. (Lucchese, Nardini, Orlando, Perego, Tonellotto and Venturini (2015), "QuickScorer:
a fast algorithm to rank documents with additive ensembles of regression trees", SIGIR, section 3.)
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.lane_masks import WORD
from pellucid.kernels.tree_codes import LANES, CodedTrees

Integers = npt.NDArray[np.int64]


class Tops(NamedTuple):
    """The tops of T trees, half a kilobyte each.

    Attributes
    ----------
    n_nodes : int32, shape (T,)
    start : int32, shape (T, WORD - 1)
        Where in a block of codes the column begins that each node asks.
    highest : uint16, shape (T, WORD - 1)
        Largest code that goes left.
    kept : uint32, shape (T, WORD - 1)
        The exits that rows that go right can still leave by.
    exit : int32, shape (T, WORD)
        Nodes of the trees.
    """

    n_nodes: npt.NDArray[np.int32]
    start: npt.NDArray[np.int32]
    highest: npt.NDArray[np.uint16]
    kept: npt.NDArray[np.uint32]
    exit: npt.NDArray[np.int32]


class Top(NamedTuple):
    """The top of one tree, as loops read it: the same arrays without their first axis."""

    start: Integers
    highest: npt.NDArray[np.uint16]
    kept: npt.NDArray[np.uint32]
    exit: Integers


class _Shape(NamedTuple):
    """How the nodes of a top hang together.

    Attributes
    ----------
    node, n_exits, first_exit : int64, shape (WORD,)
        Of each node, its number in the tree and its exits.
    child : int64, shape (2, WORD)
        Number of its children in the top; -1 for an exit.
    """

    node: Integers
    n_exits: Integers
    first_exit: Integers
    child: Integers


def find_tops(trees: CodedTrees) -> Tops:
    """Return the tops of all trees."""
    n_trees = len(trees.tree_output)
    tops = Tops(
        n_nodes=np.empty(n_trees, dtype=np.int32),
        start=np.zeros((n_trees, WORD - 1), dtype=np.int32),
        highest=np.zeros((n_trees, WORD - 1), dtype=np.uint16),
        kept=np.zeros((n_trees, WORD - 1), dtype=np.uint32),
        exit=np.zeros((n_trees, WORD), dtype=np.int32),
    )
    _find_tops(trees, tops)
    return tops


@part
def new_top() -> Top:
    """Return memory for the top of a tree."""
    return Top(
        np.empty(WORD - 1, dtype=np.int64),
        np.empty(WORD - 1, dtype=np.uint16),
        np.empty(WORD - 1, dtype=np.uint32),
        np.empty(WORD, dtype=np.int64),
    )


@part
def load_top(tops: Tops, t: int, top: Top) -> int:
    """Copy the top of a tree to where it is read fastest, and return how many nodes it has."""
    n_nodes = int(tops.n_nodes[t])
    for i in range(n_nodes):
        top.start[i], top.highest[i] = tops.start[t, i], tops.highest[t, i]
        top.kept[i], top.exit[i] = tops.kept[t, i], tops.exit[t, i]
    top.exit[n_nodes] = tops.exit[t, n_nodes]
    return n_nodes


@kernel
def _find_tops(trees: CodedTrees, tops: Tops) -> None:
    shape = _Shape(
        node=np.empty(WORD, dtype=np.int64),
        n_exits=np.empty(WORD, dtype=np.int64),
        first_exit=np.empty(WORD, dtype=np.int64),
        child=np.empty((2, WORD), dtype=np.int64),
    )
    for t in range(len(tops.n_nodes)):
        _find_top(trees, t, tops, shape)


@part
def _find_top(trees: CodedTrees, t: int, tops: Tops, top: _Shape) -> None:
    """Write the top of a tree."""
    root = trees.tree_start[t]
    top.node[0] = tops.exit[t, 0] = root
    n = 0 if trees.column[root] < 0 else 1
    i = 0
    while i < n:
        node = top.node[i]
        tops.start[t, i], tops.highest[t, i] = trees.column[node] * LANES, trees.highest[node]
        for side in range(2):
            child = trees.left[node] if side == 0 else trees.right[node]
            is_inside = trees.column[child] >= 0 and n < WORD - 1
            top.child[side, i] = n if is_inside else -1
            if is_inside:
                top.node[n] = child
                n += 1
        i += 1
    for i in range(n - 1, -1, -1):
        top.n_exits[i] = _n_exits(top, 0, i) + _n_exits(top, 1, i)
    top.first_exit[0] = 0
    for i in range(n):
        n_left, first = _n_exits(top, 0, i), top.first_exit[i]
        tops.kept[t, i] = ~np.uint32(((1 << n_left) - 1) << first)
        for side in range(2):
            here, inside = first + side * n_left, top.child[side, i]
            if inside >= 0:
                top.first_exit[inside] = here
            else:
                node = top.node[i]
                tops.exit[t, here] = trees.left[node] if side == 0 else trees.right[node]
    tops.n_nodes[t] = n


@part
def _n_exits(top: _Shape, side: int, i: int) -> int:
    child = top.child[side, i]
    return int(top.n_exits[child] if child >= 0 else 1)
