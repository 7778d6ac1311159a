"""Which of the exact ways of the interventional game each tree goes, by a stated model of costs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Floats, Integers
from pellucid.kernels.tree_codes import CodedTrees
from pellucid.kernels.tree_pairs import pair_costs
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_pieces import Pieces, cut_into_pieces

ENTRIES_AT_ONCE = 2**17
"""Entries of tables that are built together: a MiB, which a processor's cache holds."""

# Of a row that looks tables up alone: a node that it asks, a piece, and a cell of it; measured.
SECONDS_PER_NODE, SECONDS_PER_PIECE, SECONDS_PER_CELL = 2.5e-9, 1e-8, 5e-9


@dataclass(frozen=True, eq=False)
class Plan:
    """Which way each tree goes in a call of about so many rows.

    Attributes
    ----------
    n_rows : int
        The rows.
    pieces : Pieces
        Those of walked trees have no entries.
    is_tabled : ndarray of bool, shape (T,)
        Trees that go by tables.
    chunks : list of (int, int)
        First pieces and ends of the tables that are built together.
    walked : ndarray of int64
        Trees that go by pair walks.
    n_entries : int
        Entries of all tables.
    seconds_to_build, seconds_per_row : float
        Estimates for all trees on one core.
    seconds_per_lone_row : float
        Estimate for a row that goes through all tables before the next one does.
    """

    n_rows: int
    pieces: Pieces
    is_tabled: npt.NDArray[np.bool_]
    chunks: list[tuple[int, int]]
    walked: Integers
    n_entries: int
    seconds_to_build: float
    seconds_per_row: float
    seconds_per_lone_row: float

    def seconds(self, n_rows: int) -> float:
        """Estimate the seconds that rows take on one core."""
        return self.seconds_to_build + n_rows * self.seconds_per_row


def plan(trees: CodedTrees, paths: TreePaths, n_background: int, n_rows: int) -> Plan:
    """Choose the cheaper way for each tree, in calls of ``n_rows`` rows.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    n_background, n_rows : int
    """
    pieces = cut_into_pieces(trees, paths, n_rows, n_background)
    by_pairs = 1e-9 * pair_costs(trees, paths, n_background, n_rows)
    by_tables = pieces.seconds_to_build + n_rows * pieces.seconds_per_row
    is_tabled = by_tables < n_rows * by_pairs
    size = np.where(is_tabled[pieces.tree], np.diff(pieces.start), 0)
    pieces = pieces._replace(start=np.append(0, np.cumsum(size)))
    return Plan(
        n_rows=n_rows,
        pieces=pieces,
        is_tabled=is_tabled,
        chunks=_chunks(pieces, trees, is_tabled),
        walked=np.flatnonzero(~is_tabled & (np.diff(trees.tree_start) > 1)),
        n_entries=int(pieces.start[-1]),
        seconds_to_build=float(pieces.seconds_to_build[is_tabled].sum()),
        seconds_per_row=float(np.where(is_tabled, pieces.seconds_per_row, by_pairs).sum()),
        seconds_per_lone_row=_seconds_per_lone_row(trees, pieces, is_tabled)
        + _seconds_to_walk_alone(trees, paths, n_background, ~is_tabled),
    )


def _seconds_per_lone_row(
    trees: CodedTrees, pieces: Pieces, is_tabled: npt.NDArray[np.bool_]
) -> float:
    n_nodes = np.count_nonzero(np.repeat(is_tabled, np.diff(trees.tree_start))) // 2
    n_columns = pieces.n_columns[is_tabled[pieces.tree]]
    n_cells = n_columns.sum() * trees.value.shape[1]
    return float(
        SECONDS_PER_NODE * n_nodes + SECONDS_PER_PIECE * len(n_columns) + SECONDS_PER_CELL * n_cells
    )


def _seconds_to_walk_alone(
    trees: CodedTrees, paths: TreePaths, n_background: int, is_walked: npt.NDArray[np.bool_]
) -> float:
    if not is_walked.any():
        return 0.0
    return float(1e-9 * pair_costs(trees, paths, n_background, 1)[is_walked].sum())


def _chunks(
    pieces: Pieces, trees: CodedTrees, is_tabled: npt.NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Divide the pieces of some trees into chunks of about ``ENTRIES_AT_ONCE``."""
    roots = trees.tree_start[:-1]
    first = pieces.first[roots].astype(np.int64)
    ends = first + pieces.n[roots]
    chunks: list[tuple[int, int]] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_tabled.astype(np.int8), [0]])))
    for t, t_end in edges.reshape(-1, 2):  # runs of trees
        start, end = int(first[t]), int(ends[t_end - 1])
        while start < end:
            limit = pieces.start[start] + ENTRIES_AT_ONCE
            stop = int(np.searchsorted(pieces.start, limit, side="right")) - 1
            stop = min(max(stop, start + 1), end)
            chunks.append((start, stop))
            start = stop
    return chunks


def entries_of(found: Plan, entries: Floats) -> list[Floats]:
    """Return the entries of each chunk, out of those of all."""
    start = found.pieces.start
    return [entries[start[first] : start[end]] for first, end in found.chunks]
