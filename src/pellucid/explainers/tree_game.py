"""The two games of trees, each prepared once and played for many rows on threads.

A *game* says what absent players do: in the path-dependent one they are averaged out by training
weights, in the interventional one they take their values from background rows.

In the interventional game there are two exact ways to the values of a tree. *Tables* are expensive
to build and cheap to look up, so they pay for many rows and for paths that are not too long. *Pair
walks* need no preparation, but meet every background row. Each tree goes the way that costs less
for the number of rows that a call explains, by a stated model of costs. The number is that of the
whole call, never that of a block of rows or a thread, and each row's values are added up in the
same order: so neither blocks nor threads change a bit of the values.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.engine import Engine, SerialEngine, n_threads_of
from pellucid._core.typing import Floats, Integers
from pellucid.explainers.tree_structures import owned
from pellucid.kernels.tree_codes import (
    CodedTrees,
    Codes,
    Coding,
    no_codes,
    rows_of,
    write_codes,
)
from pellucid.kernels.tree_leaf_lists import list_weights
from pellucid.kernels.tree_leaf_tables import filled_rules
from pellucid.kernels.tree_look_up import add_from_tables
from pellucid.kernels.tree_pairs import add_pairs, background_words, pair_costs
from pellucid.kernels.tree_path_dependent import path_dependent_values
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_pieces import Pieces, cut_into_pieces
from pellucid.kernels.tree_predict import predict_sums
from pellucid.kernels.tree_program import PathProgram, build_program
from pellucid.kernels.tree_tables import build_tables

ROWS_OF_KEPT_TABLES = 1024
"""Rows for which tables that are kept between calls are made, or four times as many, or a fourth:
the most for which they fit."""

MOST_KEPT_ENTRIES = 2**25
"""Entries of all tables that are kept between calls: 256 MiB."""

ENTRIES_AT_ONCE = 2**19
"""Entries of tables that are built together: 4 MiB, which a processor's cache holds."""

CHUNKS_AT_ONCE = 4
"""Chunks of tables that are not kept, of a thread: each time, rows go down from the roots again."""

BLOCKS_AT_ONCE = 320
"""Blocks of rows that look tables up together: about 10,000 rows."""

SECONDS_PER_STEP = 2e-10
"""Of a path program, for one row; measured."""


def codes_and_sums(
    trees: CodedTrees, coding: Coding, base: Floats, matrix: Floats, engine: Engine
) -> tuple[Codes, Floats]:
    """Return the codes of encoded rows (n, e), and what the trees add up to, shape (n, k)."""
    codes, sums = no_codes(coding, len(matrix)), np.empty((len(matrix), len(base)))

    def fill(blocks: slice) -> None:
        rows = matrix[rows_of(blocks)]
        write_codes(coding, rows, codes[blocks])
        sums[rows_of(blocks)] = predict_sums(trees, base, codes[blocks], len(rows))

    for _ in engine.map(fill, _slices(len(codes), engine)):
        pass
    return codes, sums


class PathDependentGame:
    """Absent players are averaged out by the training weights of the trees' nodes.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees.
    """

    def __init__(self, trees: CodedTrees, paths: TreePaths) -> None:
        self._program = build_program(trees, paths)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._program = owned(state["_program"])

    def seconds_per_row(self, n_rows: int) -> float:  # noqa: ARG002 - the same for any number
        """Estimate the cost of a row on one core, in a call that explains ``n_rows``."""
        return SECONDS_PER_STEP * float(self._program.cost.sum())

    def way(self, n_rows: int) -> str:
        """Say how a call of ``n_rows`` rows goes, and what it is expected to cost."""
        return f"path programs, {_cost(self.seconds_per_row(n_rows))}"

    def values(
        self, codes: Codes, n_rows: int, *, shape: tuple[int, int], engine: Engine, n_in_call: int
    ) -> Floats:
        """Return the values of rows.

        Parameters
        ----------
        codes : ndarray of uint16, shape (blocks, c, LANES)
        n_rows : int
            Rows in the blocks, n.
        shape : (int, int)
            d and k.
        engine : Engine
            Maps over slices of the rows.
        n_in_call : int
            Rows of the whole call, of which these are some.

        Returns
        -------
        ndarray of float64, shape (n, d, k)
        """
        del n_in_call
        values = np.zeros((n_rows, *shape))
        explain = partial(_path_dependent_slice, self._program, codes, values)
        for _ in engine.map(explain, _slices(len(codes), engine)):
            pass
        return values


def _path_dependent_slice(
    program: PathProgram, codes: Codes, values: Floats, blocks: slice
) -> None:
    rows = values[rows_of(blocks)]
    _, n_players, n_outputs = rows.shape
    rows[:] = path_dependent_values(
        program, codes[blocks], n_rows=len(rows), n_players=n_players, n_outputs=n_outputs
    )


@dataclass(frozen=True, eq=False)
class Plan:
    """Which way each tree goes in a call of about so many rows.

    Attributes
    ----------
    pieces : Pieces
    chunks : list of (int, int)
        First pieces and ends of the tables that are built together.
    walked : ndarray of int64
        Trees that go by pair walks.
    n_entries : int
        Entries of all tables.
    seconds_to_build, seconds_per_row : float
        Estimates for all trees on one core.
    """

    pieces: Pieces
    chunks: list[tuple[int, int]]
    walked: Integers
    n_entries: int
    seconds_to_build: float
    seconds_per_row: float

    def seconds(self, n_rows: int) -> float:
        """Estimate the seconds that rows take on one core."""
        return self.seconds_to_build + n_rows * self.seconds_per_row


class InterventionalGame:
    """Absent players take their values from background rows, all of which count.

    Pickled without its tables, which are built again when it is loaded.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees.
    background : ndarray of uint16, shape (blocks, c, LANES)
        Codes of the background rows.
    weights : ndarray of float64, shape (m,)
        Weights of the background rows, summing to 1.
    engine : Engine
        Maps over parts of the tables while they are built.
    """

    def __init__(
        self,
        trees: CodedTrees,
        paths: TreePaths,
        background: Codes,
        weights: Floats,
        engine: Engine,
    ) -> None:
        self.trees = trees
        self.paths = paths
        self.background = background
        self.weights = weights
        self.words = background_words(trees, background, weights)
        self._pair_costs = pair_costs(trees, paths, len(weights))
        self._pair_weights = list_weights()
        self._rules = filled_rules()
        self._plans: dict[int, Plan] = {}
        self._kept_plan = self._plan_to_keep()
        self._kept: list[Floats] | None = None
        if self._kept_plan is not None:
            build = partial(self._build, self._kept_plan.pieces)
            self._kept = list(engine.map(build, self._kept_plan.chunks))

    def __reduce__(self) -> tuple[Any, ...]:
        return _load, (self.trees, self.paths, self.background, self.weights)

    def seconds_per_row(self, n_rows: int) -> float:
        """Estimate the cost of a row on one core, in a call that explains ``n_rows``."""
        found, kept = self._plan(n_rows)
        return found.seconds_per_row if kept is not None else found.seconds(n_rows) / max(n_rows, 1)

    def way(self, n_rows: int) -> str:
        """Say how a call of ``n_rows`` rows goes, and what it is expected to cost."""
        found, kept = self._plan(n_rows)
        n_walked, n_trees = len(found.walked), len(self.trees.tree_output)
        tables = "kept tables" if kept is not None else "tables built for the call"
        ways = [f"{tables} of {n_trees - n_walked} trees"] if n_walked < n_trees else []
        ways += [f"pair walks through {n_walked} trees"] if n_walked else []
        return f"{' and '.join(ways)}, {_cost(self.seconds_per_row(n_rows))}"

    def _plan_to_keep(self) -> Plan | None:
        """Return the plan with the largest tables that may be kept, if there are any."""

        def with_tables_for(n_rows: int) -> Plan | None:
            found = plan(self.trees, self.paths, len(self.weights), n_rows)
            return found if 0 < found.n_entries <= MOST_KEPT_ENTRIES else None

        found = with_tables_for(ROWS_OF_KEPT_TABLES)
        if found is None:
            return with_tables_for(ROWS_OF_KEPT_TABLES // 4)
        return with_tables_for(4 * ROWS_OF_KEPT_TABLES) or found

    def _plan(self, n_rows: int) -> tuple[Plan, list[Floats] | None]:
        """Return the plan for a call, and its tables if they are there already."""
        magnitude = 1
        while magnitude < n_rows:
            magnitude *= 4
        if magnitude not in self._plans:
            self._plans[magnitude] = plan(self.trees, self.paths, len(self.weights), magnitude)
        found = self._plans[magnitude]
        if self._kept is None or self._kept_plan is None:
            return found, None
        if magnitude * self._kept_plan.seconds_per_row <= found.seconds(magnitude):
            return self._kept_plan, self._kept
        return found, None

    def values(
        self, codes: Codes, n_rows: int, *, shape: tuple[int, int], engine: Engine, n_in_call: int
    ) -> Floats:
        """Return the values of rows, as :meth:`PathDependentGame.values` does."""
        found, kept = self._plan(n_in_call)
        slices = _slices(len(codes), engine)
        values = np.zeros((n_rows, *shape))
        if found.chunks:
            sums = [np.zeros((*shape, len(values[rows_of(s)]))) for s in slices]
            for chunks, tables in self._tables(found, kept, engine):
                look_up = partial(self._look_up, found.pieces, chunks, tables, codes)
                for _ in engine.map(look_up, list(zip(slices, sums, strict=True))):
                    pass
            for blocks, of_rows in zip(slices, sums, strict=True):
                values[rows_of(blocks)] = np.moveaxis(of_rows, 2, 0)
        if len(found.walked):
            walk = partial(self._walk, found.walked, codes, values)
            for _ in engine.map(walk, slices):
                pass
        return values

    def _tables(
        self, found: Plan, kept: list[Floats] | None, engine: Engine
    ) -> Iterator[tuple[list[tuple[int, int]], list[Floats]]]:
        """Yield chunks with their tables, few at a time unless they are all there already."""
        if kept is not None:
            yield found.chunks, kept
            return
        n_together, joined = n_threads_of(engine), _join_chunks(found.chunks)
        for first in range(0, len(joined), n_together):
            chunks = joined[first : first + n_together]
            yield chunks, list(engine.map(partial(self._build, found.pieces), chunks))

    def _build(self, pieces: Pieces, chunk: tuple[int, int]) -> Floats:
        first, end = chunk
        entries = np.empty(int(pieces.start[end] - pieces.start[first]))
        build_tables(
            self.trees,
            self.paths,
            pieces,
            first,
            end,
            self.background,
            self.weights,
            self._rules,
            entries,
        )
        return entries

    def _look_up(
        self,
        pieces: Pieces,
        chunks: list[tuple[int, int]],
        tables: list[Floats],
        codes: Codes,
        part: tuple[slice, Floats],
    ) -> None:
        blocks, sums = part
        for (first, end), entries in zip(chunks, tables, strict=True):
            add_from_tables(
                self.trees,
                self.paths,
                pieces,
                first,
                end,
                entries,
                self._pair_weights,
                codes,
                blocks.start,
                sums.shape[2],
                sums,
            )

    def _walk(self, walked: Integers, codes: Codes, values: Floats, blocks: slice) -> None:
        everywhere = np.ones(len(self.trees.column), dtype=np.bool_)
        rows = values[rows_of(blocks)]
        add_pairs(
            self.trees,
            self.paths,
            walked,
            everywhere,
            codes[blocks],
            self.words,
            rows,
            costs=self._pair_costs,
        )


def _load(
    trees: CodedTrees, paths: TreePaths, background: Codes, weights: Floats
) -> InterventionalGame:
    return InterventionalGame(
        owned(trees), owned(paths), owned(background), owned(weights), SerialEngine()
    )


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
    chunks, n_entries = _chunks(pieces, trees, is_tabled)
    return Plan(
        pieces=pieces,
        chunks=chunks,
        walked=np.flatnonzero(~is_tabled & (np.diff(trees.tree_start) > 1)),
        n_entries=n_entries,
        seconds_to_build=float(pieces.seconds_to_build[is_tabled].sum()),
        seconds_per_row=float(np.where(is_tabled, pieces.seconds_per_row, by_pairs).sum()),
    )


def _chunks(
    pieces: Pieces, trees: CodedTrees, is_tabled: npt.NDArray[np.bool_]
) -> tuple[list[tuple[int, int]], int]:
    """Divide the pieces of some trees into chunks of about ``ENTRIES_AT_ONCE``."""
    roots = trees.tree_start[:-1]
    first = pieces.first[roots].astype(np.int64)
    ends = first + pieces.n[roots]
    chunks: list[tuple[int, int]] = []
    n_entries = 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_tabled.astype(np.int8), [0]])))
    for t, t_end in edges.reshape(-1, 2):  # runs of trees
        start, end = int(first[t]), int(ends[t_end - 1])
        n_entries += int(pieces.start[end] - pieces.start[start])
        while start < end:
            limit = pieces.start[start] + ENTRIES_AT_ONCE
            stop = int(np.searchsorted(pieces.start, limit, side="right")) - 1
            stop = min(max(stop, start + 1), end)
            chunks.append((start, stop))
            start = stop
    return chunks, n_entries


def _join_chunks(chunks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join up to ``CHUNKS_AT_ONCE`` chunks that follow one another."""
    joined: list[tuple[int, int]] = []
    for i, (first, end) in enumerate(chunks):
        if i % CHUNKS_AT_ONCE > 0 and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return joined


def _slices(n_blocks: int, engine: Engine) -> list[slice]:
    """Divide blocks of rows for an engine: few large slices, as rows share what tables cost."""
    n_threads = n_threads_of(engine)
    size = n_blocks if n_threads == 1 else -(-n_blocks // n_threads)
    size = min(max(size, 1), BLOCKS_AT_ONCE)
    return [slice(i, min(i + size, n_blocks)) for i in range(0, n_blocks, size)]


def _cost(seconds: float) -> str:
    return f"about {1e6 * seconds:.2g} microseconds per row and core"
