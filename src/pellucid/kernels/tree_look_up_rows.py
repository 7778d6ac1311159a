"""Few rows explained by tables: all that is to be looked up is known before memory is asked for it.

Tables for many trees are larger than a processor's caches, and one row needs a few cells of each. So
the lines of all tables are found first; then each table is asked for its cells some tables before
they are needed, so that many of them are on their way at once.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.simd import prefetch
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_leaf_lists import add_listed
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_pieces import ABOVE, LISTED, PACKED, TABLE, Pieces

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Lines = npt.NDArray[np.uint32]

AHEAD = 12
"""Pieces between the one whose cells are asked for and the one that is looked up."""


@kernel
def add_few_from_tables(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    runs: Integers,
    entries: Floats,
    pair_weights: Floats,
    codes: Codes,
    sums: Floats,
) -> None:
    """Add what the pieces of some trees give to some rows, one after the other.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    pieces : Pieces
    runs : ndarray of int64, shape (r, 2)
        First and last but one of the trees that stand together.
    entries : ndarray of float64
        Of all pieces of these trees.
    pair_weights : ndarray of float64
        See :func:`pellucid.kernels.tree_pair_walk.shapley_weights`.
    codes : ndarray of uint16, shape (blocks, c, LANES)
    sums : ndarray of float64, shape (n, d, k, 1)
        Added to.
    """
    most = 0
    for r in range(len(runs)):
        for t in range(runs[r, 0], runs[r, 1]):
            most = max(most, trees.tree_start[t + 1] - trees.tree_start[t])
    patterns = np.zeros(most, dtype=np.uint32)
    lines = np.zeros(len(pieces.root) + 1, dtype=np.uint32)
    given = np.empty(32)
    flat = sums.reshape(len(sums), -1)
    for row in range(len(sums)):
        block, lane = row // LANES, row % LANES
        for r in range(len(runs)):
            first_tree, end_tree = runs[r, 0], runs[r, 1]
            first = pieces.first[trees.tree_start[first_tree]]
            last = trees.tree_start[end_tree - 1]
            end = pieces.first[last] + pieces.n[last]
            for t in range(first_tree, end_tree):
                _find_lines(trees, paths, pieces, t, codes[block], lane, patterns, lines)
            _add_pieces(
                trees, pieces, first, end, lines, entries, pair_weights, given, sums[row], flat[row]
            )


@part
def _find_lines(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    t: int,
    codes: npt.NDArray[np.uint16],
    lane: int,
    patterns: Lines,
    lines: Lines,
) -> None:
    """Write the row's pattern at the root of each piece of a tree, and its answers in the piece."""
    root = trees.tree_start[t]
    patterns[0] = 0
    for node in range(root, trees.tree_start[t + 1]):
        role, column = pieces.role[node], trees.column[node]
        if role >= TABLE:
            lines[pieces.first[node]] = patterns[node - root]
        if column < 0:
            continue
        # The sign bit of a difference, for a comparison would be compiled to a branch.
        code = np.int64(codes[column, lane])
        is_left = np.uint32((code - np.int64(trees.highest[node]) - 1) >> 63 & 1)
        if role == ABOVE:
            bit = np.uint32(paths.bit[node])
            here, one = patterns[node - root], np.uint32(1) << bit
            if paths.previous[node] < 0:
                here |= one
            patterns[trees.left[node] - root] = here & ~((np.uint32(1) - is_left) << bit)
            patterns[trees.right[node] - root] = here & ~(is_left << bit)
        else:
            p = pieces.first[node]
            bit = np.uint32(paths.n_players[pieces.root[p]] + pieces.rank[node])
            lines[p] |= is_left << bit


@kernel
def _add_pieces(
    trees: CodedTrees,
    pieces: Pieces,
    first: int,
    end: int,
    lines: Lines,
    entries: Floats,
    pair_weights: Floats,
    given: Floats,
    sums: Floats,
    flat: Floats,
) -> None:
    """Add what pieces give, each of which is asked for its cells some pieces before."""
    width, n_outputs = trees.value.shape[1], sums.shape[1]
    for ahead in range(first, end + AHEAD):
        if ahead < end:
            role = pieces.role[pieces.root[ahead]]
            line, n_lines = np.int64(lines[ahead]), 1 << np.int64(pieces.n_bits[ahead])
            start, after = pieces.start[ahead], pieces.start[ahead + 1]
            if role == PACKED:
                prefetch(entries, start + line)
                prefetch(entries, start + n_lines + line)
                for j in range(3, pieces.n_bits[ahead]):  # a line of the cache holds eight cells
                    low = line & ~(1 << j)
                    prefetch(entries, start + low)
                    prefetch(entries, start + n_lines + low)
            elif role == TABLE:
                for place in range(start + line, after, n_lines):
                    prefetch(entries, place)
            else:
                for place in range(start, min(start + 64, after), 8):
                    prefetch(entries, place)
        p = ahead - AHEAD
        if p < first:
            continue
        root, line = pieces.root[p], np.int64(lines[p])
        output = trees.tree_output[pieces.tree[p]]
        start, n_lines = pieces.start[p], 1 << np.int64(pieces.n_bits[p])
        c = pieces.column_start[p]
        if pieces.role[root] == TABLE:
            place = start + line
            for j in range(c, c + pieces.n_columns[p]):
                cell = pieces.columns[np.uint64(j)] * n_outputs + output
                for o in range(width):
                    flat[np.uint64(cell + o)] += entries[np.uint64(place)]
                    place += n_lines
        elif pieces.role[root] == PACKED:
            s = entries[np.uint64(start + line)]
            for j in range(pieces.n_columns[p]):
                passes = np.float64((line >> j) & 1)
                low = start + (line & ~(1 << j))
                s_low, u_low = entries[np.uint64(low)], entries[np.uint64(low + n_lines)]
                share = passes * s - (passes * s_low + u_low)
                cell = pieces.columns[np.uint64(c + j)] * n_outputs + output
                if width == 1:
                    flat[np.uint64(cell)] += share
                else:
                    for o in range(width):
                        flat[np.uint64(cell + o)] += share * trees.value[root, o]
        else:
            add_listed(
                trees.value[root],
                entries[start : pieces.start[p + 1]],
                pieces.columns[c : c + pieces.n_columns[p]],
                output,
                lines[p : p + 1],
                pair_weights,
                given,
                sums,
            )
