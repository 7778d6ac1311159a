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
from functools import partial
from typing import Any

import numpy as np

from pellucid._core.engine import Engine, SerialEngine, n_threads_of
from pellucid._core.typing import Floats, Integers
from pellucid.explainers.tree_plan import Plan, entries_of, join_chunks, plan
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
from pellucid.kernels.tree_look_up_rows import add_few_from_tables
from pellucid.kernels.tree_pairs import add_pairs, background_words, pair_costs
from pellucid.kernels.tree_path_dependent import path_dependent_values
from pellucid.kernels.tree_path_nodes import list_nodes
from pellucid.kernels.tree_path_rows import path_dependent_values_of_few, room_for_row
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_piece_lists import PieceLists, list_pieces
from pellucid.kernels.tree_pieces import Pieces
from pellucid.kernels.tree_predict import predict_sums
from pellucid.kernels.tree_program import PathProgram, build_program
from pellucid.kernels.tree_tables import build_tables

ROWS_OF_KEPT_TABLES = 1024
"""Rows for which tables that are kept between calls are made; or a fourth, if they do not fit else;
or twice or four times as many, if those take half of what may be kept. For a process spends as long
on memory that is new to it as on what it writes there."""

MOST_KEPT_ENTRIES = 2**25
"""Entries of all tables that are kept between calls: 256 MiB."""

CHUNKS_AT_ONCE = 4
"""Chunks of tables that are not kept, for each thread: 16 MiB. Threads build one after the other, so
that none waits long for another, and then look up all of them together."""

BLOCKS_AT_ONCE = 320
"""Blocks of rows that look tables up together: about 10,000 rows."""

SECONDS_PER_STEP = 2e-10
"""Of a path program, for one row; measured."""

FEW_ROWS = 4
"""Rows of a call that look tables up one after the other: more share what a table costs."""

FEWER_ROWS = 2
"""Rows of a call that go through path programs one after the other."""

MOST_SLOTS = 2**20
"""Numbers that are kept for a tree while one row goes through it: 8 MiB. Larger trees take vectors
of rows, however few there are."""


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
        if n_in_call <= FEWER_ROWS and self._takes_rows:
            n_players, n_outputs = shape
            return path_dependent_values_of_few(
                self._nodes, codes, n_rows=n_rows, n_players=n_players, n_outputs=n_outputs
            )
        values = np.zeros((n_rows, *shape))
        explain = partial(_path_dependent_slice, self._program, codes, values)
        for _ in engine.map(explain, _slices(len(codes), engine)):
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
        self._kept: Floats | None = None
        self._lists: PieceLists | None = None
        if self._kept_plan is not None:
            # In one piece, for which the system takes large pages: addresses are found faster.
            self._kept = np.empty(self._kept_plan.n_entries)
            build = partial(self._build, self._kept_plan.pieces)
            views = entries_of(self._kept_plan, self._kept)
            for _ in engine.map(build, list(zip(self._kept_plan.chunks, views, strict=True))):
                pass

    def __reduce__(self) -> tuple[Any, ...]:
        return _load, (self.trees, self.paths, self.background, self.weights)

    def seconds_per_row(self, n_rows: int) -> float:
        """Estimate the cost of a row on one core, in a call that explains ``n_rows``."""
        found, kept = self._plan(n_rows)
        if kept is not None:
            return _seconds_of_kept(found, n_rows)
        return found.seconds(n_rows) / max(n_rows, 1)

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
        usual, most = ROWS_OF_KEPT_TABLES, MOST_KEPT_ENTRIES
        for n_rows, room in (
            (4 * usual, most // 2),
            (2 * usual, most // 2),
            (usual, most),
            (usual // 4, most),
        ):
            found = plan(self.trees, self.paths, len(self.weights), n_rows)
            if 0 < found.n_entries <= room:
                return found
        return None

    def _plan(self, n_rows: int) -> tuple[Plan, Floats | None]:
        """Return the plan for a call, and its tables if they are there already."""
        if self._kept_plan is not None and n_rows <= self._kept_plan.n_rows:
            return self._kept_plan, self._kept
        magnitude = 1
        while magnitude < n_rows:
            magnitude *= 4
        if magnitude not in self._plans:
            self._plans[magnitude] = plan(self.trees, self.paths, len(self.weights), magnitude)
        found = self._plans[magnitude]
        if self._kept is None or self._kept_plan is None:
            return found, None
        if n_rows * _seconds_of_kept(self._kept_plan, n_rows) <= found.seconds(n_rows):
            return self._kept_plan, self._kept
        return found, None

    def values(
        self, codes: Codes, n_rows: int, *, shape: tuple[int, int], engine: Engine, n_in_call: int
    ) -> Floats:
        """Return the values of rows, as :meth:`PathDependentGame.values` does."""
        found, kept = self._plan(n_in_call)
        if kept is not None and n_in_call <= FEW_ROWS:
            values = self._few_values(found, kept, codes, (n_rows, *shape))
        else:
            values = np.zeros((n_rows, *shape))
            self._add_from_tables(found, kept, codes, engine, values)
        if len(found.walked):
            walk = partial(self._walk, found.walked, codes, values)
            for _ in engine.map(walk, _slices(len(codes), engine)):
                pass
        return values

    def _few_values(
        self, found: Plan, kept: Floats, codes: Codes, shape: tuple[int, int, int]
    ) -> Floats:
        if self._lists is None:  # two threads at once make the same
            self._lists = list_pieces(
                self.trees, self.paths, found.pieces, found.is_tabled, kept, shape[1:]
            )
        values = np.zeros((*shape, 1))
        add_few_from_tables(
            self.trees,
            self.paths,
            found.pieces,
            self._lists,
            kept,
            self._pair_weights,
            codes,
            values,
        )
        return values[..., 0]

    def _add_from_tables(
        self,
        found: Plan,
        kept: Floats | None,
        codes: Codes,
        engine: Engine,
        values: Floats,
    ) -> None:
        if not found.chunks:
            return
        _, *shape = values.shape
        slices = _slices(len(codes), engine)
        sums = [np.zeros((*shape, len(values[rows_of(s)]))) for s in slices]
        for chunks, tables in self._tables(found, kept, engine):
            look_up = partial(self._look_up, found.pieces, chunks, tables, codes)
            for _ in engine.map(look_up, list(zip(slices, sums, strict=True))):
                pass
        for blocks, of_rows in zip(slices, sums, strict=True):
            values[rows_of(blocks)] = np.moveaxis(of_rows, 2, 0)

    def _tables(
        self, found: Plan, kept: Floats | None, engine: Engine
    ) -> Iterator[tuple[list[tuple[int, int]], list[Floats]]]:
        """Yield chunks with their tables, few at a time unless they are all there already."""
        if kept is not None:
            yield found.chunks, entries_of(found, kept)
            return
        # One piece of memory for all, as the system takes its time to clear new one.
        n_together, start = CHUNKS_AT_ONCE * n_threads_of(engine), found.pieces.start
        rounds = [
            found.chunks[first : first + n_together]
            for first in range(0, len(found.chunks), n_together)
        ]
        room = np.empty(max(int(start[some[-1][1]] - start[some[0][0]]) for some in rounds))
        build = partial(self._build, found.pieces)
        for chunks in rounds:
            first = start[chunks[0][0]]
            tables = [room[start[begin] - first : start[end] - first] for begin, end in chunks]
            for _ in engine.map(build, list(zip(chunks, tables, strict=True))):
                pass
            joined = join_chunks(chunks)
            yield joined, [room[start[begin] - first : start[end] - first] for begin, end in joined]

    def _build(self, pieces: Pieces, part: tuple[tuple[int, int], Floats]) -> None:
        (first, end), entries = part
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


def _seconds_of_kept(found: Plan, n_rows: int) -> float:
    """Estimate what a row takes whose tables are there, in a call that explains ``n_rows``."""
    return found.seconds_per_lone_row if n_rows <= FEW_ROWS else found.seconds_per_row


def _load(
    trees: CodedTrees, paths: TreePaths, background: Codes, weights: Floats
) -> InterventionalGame:
    return InterventionalGame(
        owned(trees), owned(paths), owned(background), owned(weights), SerialEngine()
    )


def _slices(n_blocks: int, engine: Engine) -> list[slice]:
    """Divide blocks of rows for an engine: few large slices, as rows share what tables cost."""
    n_threads = n_threads_of(engine)
    size = n_blocks if n_threads == 1 else -(-n_blocks // n_threads)
    size = min(max(size, 1), BLOCKS_AT_ONCE)
    return [slice(i, min(i + size, n_blocks)) for i in range(0, n_blocks, size)]


def _cost(seconds: float) -> str:
    return f"about {1e6 * seconds:.2g} microseconds per row and core"
