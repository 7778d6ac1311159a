"""Interventional Shapley values of trees: absent players take their values from background rows.

The game of a coalition is the mean prediction over the weighted background rows, with the
coalition's players set to the explained row's values. Every background row counts, none is cut.
Two exact ways lead there, and each tree goes the cheaper one: pattern tables, which cost most when
they are built, and pair walks, which cost the same for every row and background row.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.kernels.tree_arrays import TreeArrays
from pellucid.kernels.tree_pair_walk import add_pairs, expected_visits, shapley_weights
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_pattern_tables import (
    MOST_PLAYERS,
    PatternTables,
    add_from_tables,
    build_tables,
    table_sizes,
)

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_KEPT_ENTRIES = 32 * 2**20
"""Entries of all tables kept between calls: 256 MiB."""

MOST_REBUILT_ENTRIES = 4 * 2**20
"""Entries of tables that are built at once for a call: 32 MiB; no tree may have more."""

ROWS_PER_KEPT_TABLE, ROWS_PER_REBUILT_TABLE = 1000, 50
"""Explained rows that share the cost of building a table, in the model of costs."""

COST_AT_ONCE = 5e7
"""Cost of the walks between two of which an interrupt is heard: a quarter of a second."""

STEP_OF_A_WALK = 3.0
"""Time of a walk's step over that of a look-up's; measured."""

PAIRS, KEPT, REBUILT = 0, 1, 2


@dataclass(frozen=True)
class TreeCosts:
    """What each tree costs per explained row, in look-ups, and the way it goes.

    Attributes
    ----------
    way : ndarray of int64, shape (T,)
        ``PAIRS`` to walk, ``KEPT`` for tables that stay in memory, ``REBUILT`` for tables that are
        built for every call.
    entries : ndarray of int64, shape (T,)
        Size of each tree's tables.
    tables, pairs : ndarray of float64, shape (T,)
        Cost per explained row by either way; infinite where there can be no tables.
    """

    way: Integers
    entries: Integers
    tables: Floats
    pairs: Floats

    @property
    def per_row(self) -> float:
        """Cost per explained row of all trees together."""
        return float(np.where(self.way == PAIRS, self.pairs, self.tables).sum())


def tree_costs(trees: TreeArrays, paths: TreePaths, n_background: int) -> TreeCosts:
    """Estimate costs and choose the cheaper way for each tree.

    A look-up visits every node of the tree once, and every player of every leaf. Building visits
    every node for every background row, and ``m`` players for ``ceil(m / 2)`` points and ``2^m``
    patterns per leaf; that is shared by ``ROWS_PER_KEPT_TABLE`` explained rows if the tables fit
    into what is kept, else by ``ROWS_PER_REBUILT_TABLE``. A walk takes its expected steps for every
    background row, each as long as ``STEP_OF_A_WALK`` look-ups. The choice does not depend on the
    rows explained, so neither do rounding errors.
    """
    first = trees.tree_start[:-1]
    n_nodes = np.diff(trees.tree_start)
    sizes = table_sizes(trees, paths)
    players = np.where(trees.feature < 0, paths.n_players, 0).astype(np.int64)
    look_up = n_nodes + np.add.reduceat(players, first)
    build = n_nodes * n_background + np.add.reduceat(sizes * ((players + 1) // 2), first)
    entries = np.add.reduceat(sizes, first)
    fits = (paths.tree_players <= MOST_PLAYERS) & (entries <= MOST_REBUILT_ENTRIES)
    pairs = expected_visits(trees, paths) * n_background * STEP_OF_A_WALK
    way = np.full(len(first), PAIRS)
    tables = np.full(len(first), np.inf)
    n_kept = 0
    for t in np.flatnonzero(fits):
        is_kept = n_kept + entries[t] <= MOST_KEPT_ENTRIES
        shared_by = ROWS_PER_KEPT_TABLE if is_kept else ROWS_PER_REBUILT_TABLE
        tables[t] = look_up[t] + build[t] / shared_by
        if tables[t] <= pairs[t]:
            way[t] = KEPT if is_kept else REBUILT
            n_kept += int(entries[t]) if is_kept else 0
    return TreeCosts(way, entries, tables, pairs)


class InterventionalGame:
    """The interventional game of trees against one background, prepared for many rows.

    Pickled without its tables, which are built again when it is loaded.

    Parameters
    ----------
    trees : TreeArrays
    paths : TreePaths
        Of the same trees and players.
    player : ndarray of int64, shape (e,)
        Player that each encoded column belongs to.
    background : ndarray of float64, shape (m, e)
        Encoded background rows; C-contiguous.
    weights : ndarray of float64, shape (m,)
        Weights of the background rows, summing to 1.
    """

    def __init__(
        self,
        trees: TreeArrays,
        paths: TreePaths,
        player: Integers,
        background: Floats,
        weights: Floats,
    ) -> None:
        self.trees = trees
        self.paths = paths
        self.player = player
        self.background = background
        self.weights = weights
        self.costs = costs = tree_costs(trees, paths, len(background))
        self._walked = np.flatnonzero(costs.way == PAIRS)
        self._kept = self._tables(np.flatnonzero(costs.way == KEPT))
        # Trees whose tables are rebuilt go in groups, whose tables are in memory together.
        rebuilt = np.flatnonzero(costs.way == REBUILT)
        group = np.cumsum(costs.entries[rebuilt]) // MOST_REBUILT_ENTRIES
        self._rebuilt = [rebuilt[group == g] for g in np.unique(group)]

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (self.trees, self.paths, self.player, self.background, self.weights)
        return InterventionalGame, arguments

    def _tables(self, chosen: Integers) -> PatternTables:
        return build_tables(self.trees, self.paths, chosen, self.background, self.weights)

    def values(self, matrix: Floats, *, n_players: int, n_outputs: int) -> Floats:
        """Return the Shapley values of encoded rows (n, e), shape (n, d, k)."""
        trees, paths, player = self.trees, self.paths, self.player
        values = np.zeros((len(matrix), n_players, n_outputs))
        add_from_tables(trees, paths, player, self._kept, matrix, values)
        for chosen in self._rebuilt:
            add_from_tables(trees, paths, player, self._tables(chosen), matrix, values)
        most = int(paths.tree_players[self._walked].max(initial=0))
        weights = shapley_weights(most)
        cost = max(1.0, float(self.costs.pairs[self._walked].sum()))
        n_rows = max(1, int(COST_AT_ONCE / cost))
        for start in range(0, len(matrix), n_rows):
            part = slice(start, start + n_rows)
            add_pairs(
                trees,
                player,
                self._walked,
                most,
                matrix[part],
                self.background,
                self.weights,
                weights,
                values[part],
            )
        return values
