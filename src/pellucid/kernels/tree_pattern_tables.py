"""Interventional Shapley values of trees with short paths: count the background once.

For one leaf, a background row matters only by its *pattern*: for each of the m distinct players of
the path, whether the row passes all of the player's nodes. So the weights of the background are
summed up by pattern, in a table of ``2^m`` counts, and the counts are turned into another table:
what the leaf adds to each player, for each pattern of an explained row. Explaining a row is then
one look-up per leaf, whatever the number of background rows.

With the row's pattern b and the counts n_c, a leaf of value 1 adds to player f the sum over
patterns c of ``n_c (b_f - c_f) * integral over p of the product over j != f of (p b_j + (1-p) c_j)``.
For one p of a Gauss-Legendre rule of ceil(m / 2) points, which is exact, this is a product of m
transforms of two entries each, as in the fast Walsh transform.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.quadrature import gauss_legendre
from pellucid.kernels.tree_arrays import TreeArrays
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_predict import goes_left

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_PLAYERS = 12
"""Distinct players on a path beyond which no table is made."""

ROWS_AT_ONCE = 64
"""Rows whose patterns are kept at the same time."""


def table_sizes(trees: TreeArrays, paths: TreePaths) -> Integers:
    """Return the number of entries of each leaf's table, shape (N,).

    It is 0 at inner nodes, at a lone root, and where a path has more than ``MOST_PLAYERS`` players.
    """
    m = paths.n_players.astype(np.int64)
    has_table = (trees.feature < 0) & (m <= MOST_PLAYERS)
    return np.where(has_table, m << np.minimum(m, MOST_PLAYERS), 0)


class PatternTables(NamedTuple):
    """Tables of the leaves of some trees.

    Attributes
    ----------
    chosen : int64, shape (c,)
        The trees.
    starts : int64, shape (N,)
        Where the table of each of their leaves begins.
    entries : float64
        What a leaf of value 1 adds to its path's player j, for the row pattern b, stands at
        ``starts[leaf] + b * m + j``.
    """

    chosen: Integers
    starts: Integers
    entries: Floats


def build_tables(
    trees: TreeArrays, paths: TreePaths, chosen: Integers, background: Floats, weights: Floats
) -> PatternTables:
    """Build the tables of some trees, none of whose paths has more than ``MOST_PLAYERS`` players.

    Parameters
    ----------
    trees : TreeArrays
    paths : TreePaths
        Of the same trees.
    chosen : ndarray of int64, shape (c,)
        The trees.
    background : ndarray of float64, shape (m, e)
        Encoded background rows; C-contiguous.
    weights : ndarray of float64, shape (m,)
    """
    n_nodes = np.diff(trees.tree_start)
    is_chosen = np.zeros(len(n_nodes), dtype=np.bool_)
    is_chosen[chosen] = True
    sizes = table_sizes(trees, paths) * np.repeat(is_chosen, n_nodes)
    tables = PatternTables(chosen, np.cumsum(sizes) - sizes, np.zeros(int(sizes.sum())))
    points, rule = gauss_legendre((MOST_PLAYERS + 1) // 2)
    _build(trees, paths, background, weights, points, rule, tables)
    return tables


@kernel
def add_from_tables(
    trees: TreeArrays,
    paths: TreePaths,
    player: Integers,
    tables: PatternTables,
    matrix: Floats,
    values: Floats,
) -> None:
    """Add what the tables' trees give to ``values``, shape (n, d, k)."""
    width = trees.value.shape[1]
    patterns = np.zeros((_most_nodes(trees, tables.chosen), ROWS_AT_ONCE), dtype=np.int64)
    asked = np.empty(MOST_PLAYERS, dtype=np.int64)
    for start in range(0, len(matrix), ROWS_AT_ONCE):
        n_rows = min(ROWS_AT_ONCE, len(matrix) - start)
        for t in tables.chosen:
            root, output = trees.tree_start[t], trees.tree_output[t]
            _find_patterns(trees, paths, t, matrix, start, n_rows, patterns)
            for leaf in range(root, trees.tree_start[t + 1]):
                if trees.feature[leaf] >= 0:
                    continue
                m = _players_above(trees, paths, player, leaf, asked)
                for i in range(n_rows):
                    entry = tables.starts[leaf] + m * patterns[leaf - root, i]
                    for j in range(m):
                        for o in range(width):
                            values[start + i, asked[j], output + o] += (
                                tables.entries[entry + j] * trees.value[leaf, o]
                            )


@kernel
def _most_nodes(trees: TreeArrays, chosen: Integers) -> int:
    most = 0
    for t in chosen:
        most = max(most, trees.tree_start[t + 1] - trees.tree_start[t])
    return int(most)


@kernel
def _players_above(
    trees: TreeArrays, paths: TreePaths, player: Integers, leaf: int, asked: Integers
) -> int:
    """Write the path's distinct players in the order of their bits, and return their number."""
    node = paths.parent[leaf]
    while node >= 0:
        asked[paths.bit[node]] = player[trees.feature[node]]
        node = paths.parent[node]
    return int(paths.n_players[leaf])


@kernel
def _find_patterns(
    trees: TreeArrays,
    paths: TreePaths,
    t: int,
    matrix: Floats,
    start: int,
    n_rows: int,
    patterns: Integers,
) -> None:
    """Write which players' nodes above each node some rows pass: ``patterns[node - root, row]``."""
    root = trees.tree_start[t]
    for node in range(root, trees.tree_start[t + 1]):
        feature = trees.feature[node]
        if feature < 0:
            continue
        left, right, mask = trees.left[node] - root, trees.right[node] - root, 1 << paths.bit[node]
        is_first = paths.previous[node] < 0
        for i in range(n_rows):
            pattern = patterns[node - root, i]
            passing = pattern | mask if is_first else pattern
            failing = pattern & ~mask
            if goes_left(trees, node, matrix[start + i, feature]):
                patterns[left, i], patterns[right, i] = passing, failing
            else:
                patterns[left, i], patterns[right, i] = failing, passing


@kernel
def _build(
    trees: TreeArrays,
    paths: TreePaths,
    background: Floats,
    weights: Floats,
    points: Floats,
    rule: Floats,
    tables: PatternTables,
) -> None:
    patterns = np.zeros((_most_nodes(trees, tables.chosen), ROWS_AT_ONCE), dtype=np.int64)
    counts, transformed = np.empty(1 << MOST_PLAYERS), np.empty(1 << MOST_PLAYERS)
    for t in tables.chosen:
        root, end = trees.tree_start[t], trees.tree_start[t + 1]
        # The counts are collected in the first entries of the tables that will replace them.
        for start in range(0, len(background), ROWS_AT_ONCE):
            n_rows = min(ROWS_AT_ONCE, len(background) - start)
            _find_patterns(trees, paths, t, background, start, n_rows, patterns)
            for leaf in range(root, end):
                if trees.feature[leaf] < 0 and paths.n_players[leaf] > 0:
                    for i in range(n_rows):
                        entry = tables.starts[leaf] + patterns[leaf - root, i]
                        tables.entries[entry] += weights[start + i]
        for leaf in range(root, end):
            m = paths.n_players[leaf]
            if trees.feature[leaf] < 0 and m > 0:
                table = tables.entries[tables.starts[leaf] : tables.starts[leaf] + (m << m)]
                for pattern in range(1 << m):
                    counts[pattern], table[pattern] = table[pattern], 0.0
                q = (m + 1) // 2
                for i in range(q):
                    _transform(counts, m, points[q, i], transformed)
                    _add_point(transformed, m, points[q, i], rule[q, i], table)


@kernel
def _transform(counts: Floats, m: int, p: float, transformed: Floats) -> None:
    """Sum up ``n_c * product over j of (p b_j + (1-p) c_j)`` over c, for every row pattern b."""
    for pattern in range(1 << m):
        transformed[pattern] = counts[pattern]
    for j in range(m):
        half = 1 << j
        for block in range(0, 1 << m, 2 * half):
            for low in range(block, block + half):
                fails, passes = transformed[low], transformed[low + half]
                transformed[low] = (1.0 - p) * passes
                transformed[low + half] = p * fails + passes


@kernel
def _add_point(transformed: Floats, m: int, p: float, weight: float, table: Floats) -> None:
    """Add one point of the rule to the table of a leaf.

    Without the factor of player j, ``transformed`` is its entry over (1-p) if only patterns c that
    pass j count, and (entry with b_j = 1 minus that) over p if only those that fail it do.
    """
    absent, present = -weight / (1.0 - p), weight / p
    for pattern in range(1 << m):
        here = transformed[pattern]
        for j in range(m):
            if pattern >> j & 1:
                without = transformed[pattern ^ (1 << j)] / (1.0 - p)
                table[pattern * m + j] += present * (here - without)
            else:
                table[pattern * m + j] += absent * here
