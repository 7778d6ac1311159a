"""The path-dependent game of trees, prepared once and played for many rows on threads."""

from functools import partial
from typing import Any

import numpy as np

from pellucid._core.engine import Engine
from pellucid._core.typing import Floats
from pellucid.explainers.tree_batches import cost_in_words, small_slices
from pellucid.explainers.tree_structures import owned
from pellucid.kernels.tree_codes import CodedTrees, Codes, rows_of
from pellucid.kernels.tree_path_dependent import path_dependent_values
from pellucid.kernels.tree_path_nodes import list_nodes
from pellucid.kernels.tree_path_rows import path_dependent_values_of_few, room_for_row
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_program import PathProgram, build_program

SECONDS_PER_STEP = 2e-10
"""Of a path program, for one row; measured."""

FEWER_ROWS = 2
"""Rows of a call that go through path programs one after the other."""

MOST_SLOTS = 2**20
"""Numbers that are kept for a tree while one row goes through it: 8 MiB. Larger trees take vectors
of rows, however few there are."""


class PathDependentGame:
    """Absent players are averaged out by the training weights of the trees' nodes.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees.
    """

    def __init__(self, trees: CodedTrees, paths: TreePaths) -> None:
        self.trees = trees
        self.paths = paths
        self._program = build_program(trees, paths)
        self._nodes = list_nodes(trees, paths, self._program)
        self._takes_rows = room_for_row(self._nodes) <= MOST_SLOTS

    def __reduce__(self) -> tuple[Any, ...]:
        return _load_path_dependent, (self.trees, self.paths)

    def seconds_per_row(self, n_rows: int) -> float:  # noqa: ARG002 - the same for any number
        """Estimate the cost of a row on one core, in a call that explains ``n_rows``."""
        return SECONDS_PER_STEP * float(self._program.cost.sum())

    def way(self, n_rows: int) -> str:
        """Say how a call of ``n_rows`` rows goes, and what it is expected to cost."""
        return f"path programs, {cost_in_words(self.seconds_per_row(n_rows))}"

    def values(
        self, codes: Codes, sums: Floats, *, n_players: int, engine: Engine, n_in_call: int
    ) -> Floats:
        """Return the values of rows.

        Parameters
        ----------
        codes : ndarray of uint16, shape (blocks, c, LANES)
        sums : ndarray of float64, shape (n, k)
            What base and trees add up to for the rows in the blocks.
        n_players : int
            d.
        engine : Engine
            Maps over slices of the rows.
        n_in_call : int
            Rows of the whole call, of which these are some.

        Returns
        -------
        ndarray of float64, shape (n, d, k)
        """
        n_rows, n_outputs = sums.shape
        if n_in_call <= FEWER_ROWS and self._takes_rows:
            return path_dependent_values_of_few(
                self._nodes, codes, n_rows=n_rows, n_players=n_players, n_outputs=n_outputs
            )
        values = np.zeros((n_rows, n_players, n_outputs))
        explain = partial(_path_dependent_slice, self._program, codes, values)
        slices = small_slices(len(codes), engine, self.seconds_per_row(n_rows))
        for _ in engine.map(explain, slices):
            pass
        return values


def _load_path_dependent(trees: CodedTrees, paths: TreePaths) -> PathDependentGame:
    return PathDependentGame(owned(trees), owned(paths))


def _path_dependent_slice(
    program: PathProgram, codes: Codes, values: Floats, blocks: slice
) -> None:
    rows = values[rows_of(blocks)]
    _, n_players, n_outputs = rows.shape
    rows[:] = path_dependent_values(
        program, codes[blocks], n_rows=len(rows), n_players=n_players, n_outputs=n_outputs
    )
