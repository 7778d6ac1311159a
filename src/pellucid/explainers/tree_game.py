"""The interventional game of trees, prepared once and played for many rows on threads.

A *game* says what absent players do: in this one, they take their values from background rows.

There are two exact ways to the values of a tree. *Tables* are expensive
to build and cheap to look up, so they pay for many rows and for paths that are not too long. *Pair
walks* need no preparation, but meet every background row. Each tree goes the way that costs less
for the number of rows that a call explains, by a stated model of costs. The number is that of the
whole call, never that of a block of rows or a thread, and each row's values are added up in the
same order: so neither blocks nor threads change a bit of the values.
"""

from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from pellucid._core.engine import Engine, SerialEngine, n_threads_of
from pellucid._core.sharing import go_through_stages
from pellucid._core.typing import Floats, Integers
from pellucid.explainers.tree_batches import cost_in_words, small_slices, walk_slices
from pellucid.explainers.tree_few_rows import FewRows
from pellucid.explainers.tree_plan import ENTRIES_AT_ONCE, Plan, entries_of, plan
from pellucid.explainers.tree_structures import owned
from pellucid.kernels.tree_codes import CodedTrees, Codes, rows_of
from pellucid.kernels.tree_leaf_lists import list_weights
from pellucid.kernels.tree_leaf_tables import filled_rules
from pellucid.kernels.tree_look_up import add_from_tables, room_for_sums
from pellucid.kernels.tree_pairs import BackgroundWords, add_pairs, background_words, pair_costs
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_pieces import Pieces
from pellucid.kernels.tree_tables import build_tables

ROWS_OF_KEPT_TABLES = 1024
"""Rows for which tables that are kept between calls are made; or twice or four times as many, if those
take a third of what may be kept. For a process spends as long on memory that is new to it as on what
it writes there."""

FEWEST_ROWS_OF_KEPT_TABLES = 16
"""Rows for which they are made if those for four times as many do not fit."""

MOST_KEPT_ENTRIES = 2**25
"""Entries of all tables that are kept between calls: 256 MiB."""

N_SUMS = 2
"""Sums of each row, which take turns at the chunks: so two threads look up other tables each, until one
is done and takes over some of the other's rows. Threads are as many as they are: no bit depends on it."""

TABLES_AHEAD = 16
"""Chunks of tables that are not kept, for each sum, that some rows look up before others are done with the
first of them; and as many more as there are threads."""

FEWEST_BLOCKS = 16
"""Blocks of rows that a thread takes over from another one: fewer do not make up for the tables'
lines that both write then."""

BLOCKS_WRITTEN_AT_ONCE = 16
"""Blocks of rows whose sums are added up before they are written."""

FEW_ROWS = 12
"""Rows of a call that look tables up one after the other: more share what a table costs."""


class _LookUps(NamedTuple):
    """Chunks whose tables rows look up in several turns, and the sums of each turn by cell and row.

    Sums are cleared where they are added to, by the same thread, before the first tables of all.
    """

    pieces: Pieces
    turns: list[list[tuple[int, int]]]
    codes: Codes
    n_rows: int
    n_outputs: int
    sums: Floats


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
        self._pair_costs = pair_costs(trees, paths, len(weights))
        self._pair_weights = list_weights()
        self._rules = filled_rules()
        self._plans: dict[int, Plan] = {}
        self._kept_plan = self._plan_to_keep()
        self._kept: Floats | None = None
        self._few_rows: FewRows | None = None
        if self._kept_plan is not None:
            # In one piece, for which the system takes large pages: addresses are found faster.
            self._kept = np.empty(self._kept_plan.n_entries)
            build = partial(self._build, self._kept_plan.pieces)
            views = entries_of(self._kept_plan, self._kept)
            for _ in engine.map(build, list(zip(self._kept_plan.chunks, views, strict=True))):
                pass

    @cached_property
    def _words(self) -> BackgroundWords:
        return background_words(self.trees, self.background, self.weights)

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
        return f"{' and '.join(ways)}, {cost_in_words(self.seconds_per_row(n_rows))}"

    def _plan_to_keep(self) -> Plan | None:
        """Return the plan with the largest tables that may be kept, if there are any."""
        usual, most = ROWS_OF_KEPT_TABLES, MOST_KEPT_ENTRIES
        make = partial(plan, self.trees, self.paths, len(self.weights))
        found, larger = make(usual), 2 * usual
        while found.n_entries > most and found.n_rows > FEWEST_ROWS_OF_KEPT_TABLES:
            found = make(found.n_rows // 4)
        # Tables for more rows are no smaller, and to find that out takes as long as a plan.
        while larger <= 4 * usual and found.n_rows >= usual and found.n_entries <= most // 3:
            tried = make(larger)
            if tried.n_entries > most // 3:
                break
            found, larger = tried, 2 * larger
        return found if 0 < found.n_entries <= most else None

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
        self, codes: Codes, sums: Floats, *, n_players: int, engine: Engine, n_in_call: int
    ) -> Floats:
        """Return the values of rows, as :meth:`PathDependentGame.values` does."""
        found, kept = self._plan(n_in_call)
        shape = (len(sums), n_players, sums.shape[1])
        if kept is not None and n_in_call <= FEW_ROWS:
            values = self._few_values(found, kept, codes, shape)
        else:
            values = np.empty(shape)
            self._write_from_tables(found, kept, codes, engine, values)
        if len(found.walked):
            walk = partial(self._walk, found.walked, codes, values)
            for _ in engine.map(walk, walk_slices(len(codes), engine)):
                pass
        return values

    def _few_values(
        self, found: Plan, kept: Floats, codes: Codes, shape: tuple[int, int, int]
    ) -> Floats:
        if self._few_rows is None:  # two threads at once make the same
            self._few_rows = FewRows(
                self.trees,
                self.paths,
                found,
                kept,
                pair_weights=self._pair_weights,
                shape=shape[1:],
            )
        return self._few_rows.values(codes, shape[0])

    def _write_from_tables(
        self,
        found: Plan,
        kept: Floats | None,
        codes: Codes,
        engine: Engine,
        values: Floats,
    ) -> None:
        if not found.chunks:
            values[:] = 0.0
            return
        n_turns = min(N_SUMS, len(found.chunks))
        what = _LookUps(
            pieces=found.pieces,
            turns=[found.chunks[turn::n_turns] for turn in range(n_turns)],
            codes=codes,
            n_rows=len(values),
            n_outputs=values.shape[2],
            sums=room_for_sums(n_turns, values.shape[1] * values.shape[2], len(values)),
        )
        go_through_stages(
            partial(self._look_up, what),
            [len(chunks) for chunks in what.turns],
            len(codes),
            engine,
            prepare=partial(self._tables, what, kept),
            most_ahead=len(found.chunks)
            if kept is not None
            else TABLES_AHEAD + n_threads_of(engine),
            fewest_blocks=FEWEST_BLOCKS,
        )
        write = partial(_write_values, values, what.sums)
        for _ in engine.map(write, small_slices(len(codes), engine)):
            pass

    def _tables(
        self, what: _LookUps, kept: Floats | None, turn: int, stage: int, old: Floats | None
    ) -> Floats:
        """Return memory that begins with the tables of a chunk."""
        first, end = what.turns[turn][stage]
        start = what.pieces.start
        if kept is not None:
            return kept[start[first] :]
        size = int(start[end] - start[first])
        room = np.empty(max(size, ENTRIES_AT_ONCE)) if old is None or len(old) < size else old
        self._build(what.pieces, ((first, end), room[:size]))
        return room

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
        self, what: _LookUps, turn: int, stage: int, blocks: slice, tables: Floats
    ) -> None:
        first, end = what.turns[turn][stage]
        rows, start = rows_of(blocks), what.pieces.start
        if stage == 0:
            what.sums[turn][:, rows] = 0.0
        add_from_tables(
            self.trees,
            self.paths,
            what.pieces,
            first,
            end,
            tables[: start[end] - start[first]],
            self._pair_weights,
            what.codes,
            blocks.start,
            min(rows.stop, what.n_rows) - rows.start,
            what.n_outputs,
            what.sums[turn],
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
            self._words,
            rows,
            costs=self._pair_costs,
        )


def _seconds_of_kept(found: Plan, n_rows: int) -> float:
    """Estimate what a row takes whose tables are there, in a call that explains ``n_rows``."""
    return found.seconds_per_lone_row if n_rows <= FEW_ROWS else found.seconds_per_row


def _write_values(values: Floats, sums: Floats, blocks: slice) -> None:
    """Write what the sums of some rows add up to, so many at a time that the cache holds them."""
    for start in range(blocks.start, blocks.stop, BLOCKS_WRITTEN_AT_ONCE):
        here = rows_of(slice(start, min(start + BLOCKS_WRITTEN_AT_ONCE, blocks.stop)))
        rows = values[here]
        total = sums[:, :-1, here.start : here.start + len(rows)].sum(axis=0)
        rows[:] = total.T.reshape(rows.shape)


def _load(
    trees: CodedTrees, paths: TreePaths, background: Codes, weights: Floats
) -> InterventionalGame:
    return InterventionalGame(
        owned(trees), owned(paths), owned(background), owned(weights), SerialEngine()
    )
