"""Patterns of rows: which players' nodes on a path a row passes, bit by bit.

Trees are gone through depth first, so that the patterns of many rows are kept for the nodes of one
path only. What waits is a stack of nodes; a node's patterns follow from those of its parent.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import part
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_paths import TreePaths

Patterns = npt.NDArray[np.uint32]


@part
def enter(
    trees: CodedTrees,
    paths: TreePaths,
    node: int,
    codes: Codes,
    first_block: int,
    n_blocks: int,
    patterns: Patterns,
) -> None:
    """Write the patterns of the rows of some blocks at a node: ``patterns[depth, row]``.

    Those of its parent have to be there already; at a root they are 0.
    """
    here = patterns[paths.depth[node]]
    parent = paths.parent[node]
    if parent < 0:
        here[:] = 0
        return
    above = patterns[paths.depth[parent]]
    column, highest = trees.column[parent], np.uint16(trees.highest[parent])
    bit, flip = np.uint32(paths.bit[parent]), np.uint32(node != trees.left[parent])
    if paths.previous[parent] < 0:
        for block in range(n_blocks):
            asked = codes[first_block + block, column]
            for lane in range(LANES):
                i = block * LANES + lane
                passes = np.uint32(asked[lane] <= highest) ^ flip
                here[i] = above[i] | np.uint32(passes << bit)
    else:
        flip ^= np.uint32(1)
        for block in range(n_blocks):
            asked = codes[first_block + block, column]
            for lane in range(LANES):
                i = block * LANES + lane
                fails = np.uint32(asked[lane] <= highest) ^ flip
                here[i] = above[i] & ~np.uint32(fails << bit)


@part
def without_bit(pattern: np.uint64, bit: np.uint64, mask: np.uint64) -> np.uint64:
    """Return a pattern without one of its bits, whose place those behind it take."""
    low = (np.uint64(1) << bit) - np.uint64(1)
    return ((pattern & low) | ((pattern >> np.uint64(1)) & ~low)) & mask
