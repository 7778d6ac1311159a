"""The interventional game of trees after their link, prepared once and played for many rows.

Values of the trees' sums are rescaled, for each pair of an explained and a background row, so that
they add up to what the link makes of the sums: see :mod:`pellucid.kernels.tree_linked`.
"""

from functools import partial
from typing import Any

import numpy as np

from pellucid._core.engine import Engine, n_threads_of
from pellucid._core.typing import Floats
from pellucid.explainers.tree_batches import cost_in_words
from pellucid.explainers.tree_structures import owned
from pellucid.kernels.tree_codes import CodedTrees, Codes, rows_of
from pellucid.kernels.tree_linked import linked_values
from pellucid.kernels.tree_pairs import background_words, pair_costs
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_predict import predict_sums
from pellucid.kernels.tree_slopes import Link

PARTS_PER_THREAD = 8
"""Parts of the rows for each thread: a pair walk takes as long as rows and reference rows differ."""

BLOCKS_OF_WALK = 2
"""Blocks of rows that pair walks take at a time."""


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
    base : ndarray of float64, shape (k,)
        What is added to the trees.
    link : {"logistic", "exponential", "softmax"}
    """

    def __init__(
        self,
        trees: CodedTrees,
        paths: TreePaths,
        background: Codes,
        weights: Floats,
        *,
        base: Floats,
        link: Link,
    ) -> None:
        self.trees = trees
        self.paths = paths
        self.base = base
        self.background = background
        self.weights = weights
        self.link = link
        self._words = background_words(trees, background, weights)
        self._sums = predict_sums(trees, base, background, len(weights))

    def __reduce__(self) -> tuple[Any, ...]:
        arrays = (self.trees, self.paths, self.background, self.weights, self.base)
        return _load_linked, (arrays, self.link)

    def way(self, n_rows: int) -> str:
        """Say how a call of ``n_rows`` rows goes, and what it is expected to cost."""
        n_walks = len(self.base) if self.link == "softmax" else 1
        costs = pair_costs(self.trees, self.paths, len(self.weights), n_rows)
        return f"pair walks through all trees, {cost_in_words(1e-9 * n_walks * costs.sum())}"

    def values(
        self,
        codes: Codes,
        n_rows: int,
        *,
        shape: tuple[int, int],
        engine: Engine,
        n_in_call: int,  # noqa: ARG002 - the same for any number
    ) -> Floats:
        """Return the values of rows, as :meth:`PathDependentGame.values` does."""
        values = np.empty((n_rows, *shape))
        n_parts = PARTS_PER_THREAD * n_threads_of(engine)
        size = BLOCKS_OF_WALK * max(1, -(-len(codes) // n_parts))
        slices = [slice(start, start + size) for start in range(0, len(codes), size)]
        for _ in engine.map(partial(self._set, codes, values), slices):
            pass
        return values

    def _set(self, codes: Codes, values: Floats, blocks: slice) -> None:
        rows = values[rows_of(blocks)]
        rows[:] = linked_values(
            self.trees,
            self.paths,
            codes[blocks],
            predict_sums(self.trees, self.base, codes[blocks], len(rows)),
            self._words,
            self._sums,
            link=self.link,
            n_players=rows.shape[1],
        )


def _load_linked(arrays: tuple[Any, ...], link: Link) -> LinkedGame:
    *prepared, base = (owned(array) for array in arrays)
    return LinkedGame(*prepared, base=base, link=link)
