"""Patterns of rows: which players' nodes on a path a row passes, bit by bit.

Trees are gone through depth first, so that the patterns of many rows are kept for the nodes of one
path only. What waits is a stack of nodes; a node's patterns follow from those of its parent.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import part
from pellucid.kernels.lane_masks import ALL, either, read_masks, same_mask, write_masks
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
    above, column = patterns[paths.depth[parent]], trees.column[parent]
    low, high, new = kept_at(trees, paths, node, parent)
    highest = np.uint16(trees.highest[parent])
    ask(codes, first_block, n_blocks, column, highest, low, high, new, above, here)


@part
def kept_at(
    trees: CodedTrees, paths: TreePaths, node: int, parent: int
) -> tuple[np.uint32, np.uint32, np.uint32]:
    """Return the bits that rows with low and with high codes keep at a node, and the new one."""
    bit = bit_of(paths.bit[parent])
    fails, is_left = np.uint32(~bit), node == trees.left[parent]
    # A player asked for the first time is passed unless the row fails here.
    new = np.uint32(bit if paths.previous[parent] < 0 else 0)
    return ALL if is_left else fails, fails if is_left else ALL, new


@part
def ask(
    codes: Codes,
    first_block: int,
    n_blocks: int,
    column: int,
    highest: np.uint16,
    low: np.uint32,
    high: np.uint32,
    new: np.uint32,
    above: Patterns,
    here: Patterns,
) -> None:
    """Write the patterns of rows that are asked for their code in a column.

    They are those ``above`` with some ``new`` bits, of which rows with low and with high codes keep
    different ones.
    """
    more = same_mask(new)
    for block in range(n_blocks):
        kept = either(codes, _start(codes, first_block + block, column), highest, low, high)
        before = read_masks(above, block * LANES)
        write_masks(here, block * LANES, (before | more) & kept)


@part
def _start(codes: Codes, block: int, column: int) -> int:
    return int((block * codes.shape[1] + np.int64(column)) * LANES)


@part
def bit_of(place: int) -> np.uint32:
    """Return the number whose only bit is at a place."""
    return np.uint32(np.uint32(1) << np.uint32(place))


@part
def without_bit(pattern: np.uint64, bit: np.uint64, mask: np.uint64) -> np.uint64:
    """Return a pattern without one of its bits, whose place those behind it take."""
    low = (np.uint64(1) << bit) - np.uint64(1)
    return ((pattern & low) | ((pattern >> np.uint64(1)) & ~low)) & mask
