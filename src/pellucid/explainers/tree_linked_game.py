"""The interventional game of trees after their link, prepared once and played for many rows.

Values of the trees' sums are rescaled, for each pair of an explained and a background row, so that
they add up to what the link makes of the sums: see :mod:`pellucid.kernels.tree_linked`.
"""

from functools import partial
from typing import Any

import numpy as np

from pellucid._core.engine import Engine
from pellucid._core.typing import Floats
from pellucid.explainers.tree_batches import cost_in_words, walk_slices
from pellucid.explainers.tree_structures import owned
from pellucid.kernels.tree_codes import CodedTrees, Codes, rows_of
from pellucid.kernels.tree_linked import linked_values
from pellucid.kernels.tree_pair_parts import BITS
from pellucid.kernels.tree_pairs import background_words, pair_costs
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_slopes import Link


class LinkedGame:
    """Absent players take their values from background rows, and the link is part of the game.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees.
    background : ndarray of uint16, shape (blocks, c, LANES)
        Codes of the background rows.
    weights : ndarray of float64, shape (m,)
        Weights of the background rows, summing to 1.
    background_sums : ndarray of float64, shape (m, k)
        What the trees and their base add up to for the background rows, before the link.
    link : {"logistic", "exponential", "softmax"}
    """

    def __init__(
        self,
        trees: CodedTrees,
        paths: TreePaths,
        background: Codes,
        weights: Floats,
        *,
        background_sums: Floats,
        link: Link,
    ) -> None:
        self.trees = trees
        self.paths = paths
        self.background = background
        self.weights = weights
        self.background_sums = background_sums
        self.link = link
        self._words = background_words(trees, background, weights)
        self._seconds: dict[int, float] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        arrays = (self.trees, self.paths, self.background, self.weights, self.background_sums)
        return _load_linked, (arrays, self.link)

    def way(self, n_rows: int) -> str:
        """Say how a call of ``n_rows`` rows goes, and what it is expected to cost."""
        n_together = min(n_rows, BITS)
        if n_together not in self._seconds:
            n_walks = self.background_sums.shape[1] if self.link == "softmax" else 1
            costs = pair_costs(self.trees, self.paths, len(self.weights), n_together)
            self._seconds[n_together] = 1e-9 * n_walks * float(costs.sum())
        return f"pair walks through all trees, {cost_in_words(self._seconds[n_together])}"

    def values(
        self,
        codes: Codes,
        sums: Floats,
        *,
        n_players: int,
        engine: Engine,
        n_in_call: int,  # noqa: ARG002 - the same for any number
    ) -> Floats:
        """Return the values of rows, as :meth:`PathDependentGame.values` does."""
        values = np.empty((len(sums), n_players, sums.shape[1]))
        explain = partial(self._set, codes, sums, values)
        for _ in engine.map(explain, walk_slices(len(codes), engine)):
            pass
        return values

    def _set(self, codes: Codes, sums: Floats, values: Floats, blocks: slice) -> None:
        rows = rows_of(blocks)
        values[rows] = linked_values(
            self.trees,
            self.paths,
            codes[blocks],
            sums[rows],
            self._words,
            self.background_sums,
            link=self.link,
            n_players=values.shape[1],
        )


def _load_linked(arrays: tuple[Any, ...], link: Link) -> LinkedGame:
    *prepared, background_sums = (owned(array) for array in arrays)
    return LinkedGame(*prepared, background_sums=background_sums, link=link)
