"""Which pairs of players can interact in trees: those that occur together on a path.

Two players that no path asks both are worth the same together as one by one, so their interaction
is zero. Only the other pairs get a *slot*, a place in the results, of which there are far fewer
than pairs if there are many columns.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_codes import CodedTrees
from pellucid.kernels.tree_paths import TreePaths

Integers = npt.NDArray[np.int64]


class PairSlots(NamedTuple):
    """The pairs of players that occur together on a path, and where nodes find them; N nodes.

    Attributes
    ----------
    first, second : int64, shape (n_pairs,)
        The players of each pair, ``first < second``, in ascending order.
    start : int64, shape (N,)
        First of a node's entries in ``slot``.
    slot : int32
        ``slot[start[node] + i]`` is the pair of the node's player and the one whose bit is i, for
        the players asked above the node; -1 if both are the same.
    """

    first: Integers
    second: Integers
    start: Integers
    slot: npt.NDArray[np.int32]


def pair_slots(trees: CodedTrees, paths: TreePaths, n_players: int) -> PairSlots:
    """Give numbers to the pairs of players that occur together on a path.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees and players.
    n_players : int
        d.
    """
    n_entries = np.where(trees.player >= 0, paths.n_players, 0).astype(np.int64)
    start = np.cumsum(n_entries) - n_entries
    keys = np.full(int(n_entries.sum()), -1, dtype=np.int64)
    _write_keys(trees, paths, start, n_players, keys)
    distinct, slot = np.unique(keys, return_inverse=True)
    n_same = int(len(distinct) > 0 and distinct[0] < 0)  # they come first, as slot -1
    pairs = distinct[n_same:]
    return PairSlots(
        first=pairs // n_players,
        second=pairs % n_players,
        start=start,
        slot=(slot - n_same).astype(np.int32),
    )


@kernel
def _write_keys(
    trees: CodedTrees, paths: TreePaths, start: Integers, n_players: int, keys: Integers
) -> None:
    """Write ``n_players * first + second`` for each entry, and leave -1 for equal players."""
    for node in range(len(trees.player)):
        here = trees.player[node]
        if here < 0:
            continue
        above = paths.parent[node]
        while above >= 0:
            other = trees.player[above]
            if other != here:
                key = min(here, other) * np.int64(n_players) + max(here, other)
                keys[start[node] + paths.bit[above]] = key
            above = paths.parent[above]
