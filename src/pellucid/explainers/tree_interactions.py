"""Shapley interaction values of trees, for a prepared explainer of trees."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

import numpy as np

from pellucid._core.errors import UnsupportedModelError
from pellucid._core.progress import show_progress_bar
from pellucid._core.typing import Floats
from pellucid._core.validation import check_count
from pellucid.data.table import Table
from pellucid.explainers.attribution import LARGEST_GAP
from pellucid.explainers.base import Explainer
from pellucid.explainers.tree_structures import encoded_rows, trees_to_walk, weighted_mean
from pellucid.explanation.interaction_ranking import (
    Moments,
    RankedInteractions,
    rank_interactions,
)
from pellucid.explanation.interactions import Interactions
from pellucid.explanation.stats import Stats
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes, Coding, encode_rows
from pellucid.kernels.tree_interactions import path_dependent_interactions
from pellucid.kernels.tree_interactions_interventional import interventional_interactions
from pellucid.kernels.tree_pair_slots import PairSlots, pair_slots
from pellucid.kernels.tree_path_dependent import path_dependent_base
from pellucid.kernels.tree_paths import TreePaths
from pellucid.models.model import Unavailable
from pellucid.models.structures import TreeStructure

MOST_ROWS_AT_ONCE = 1024
"""Rows per block: background rows are sorted once for each."""

MOST_NUMBERS_AT_ONCE = 2**22
"""Interactions of a block of rows, of which a few arrays exist at a time: 32 MiB each."""

_DOES_NOT_ADD_UP = "interactions and base value do not add up to the prediction"


@dataclass(frozen=True, eq=False)
class InteractionGame:
    """One of both games of trees, prepared for the interactions of many rows.

    Attributes
    ----------
    structure : TreeStructure
    trees : CodedTrees
    coding : Coding
    paths : TreePaths
    slots : PairSlots
    base : ndarray of float64, shape (k,)
        What a row is worth of which nothing is known.
    background : ndarray of uint16, shape (blocks, c, LANES), or None
        Codes of the reference rows; None in the path-dependent game.
    weights : ndarray of float64, shape (m,)
    """

    structure: TreeStructure
    trees: CodedTrees
    coding: Coding
    paths: TreePaths
    slots: PairSlots
    base: Floats
    background: Codes | None
    weights: Floats

    @property
    def n_pairs(self) -> int:
        """Number of pairs of players that can interact."""
        return len(self.slots.first)

    def attribute(self, table: Table) -> tuple[Floats, Floats]:
        """Return the interaction indices of pairs (n, n_pairs, k), and the values (n, d, k)."""
        codes = encode_rows(self.coding, encoded_rows(self.structure, table))
        sizes = {
            "n_players": self.structure.players.n_raw,
            "n_outputs": self.structure.ensemble.n_outputs,
        }
        if self.background is None:
            pairs, values = path_dependent_interactions(
                self.trees, self.paths, self.slots, codes, **sizes
            )
            return _rows_first(pairs, table.n_rows), _rows_first(values, table.n_rows)
        pairs, values = interventional_interactions(
            self.trees,
            self.paths,
            self.slots,
            codes,
            table.n_rows,
            self.background,
            self.weights,
            **sizes,
        )
        return np.moveaxis(pairs, 2, 0), np.moveaxis(values, 2, 0)


_GAMES: WeakKeyDictionary[Explainer, InteractionGame] = WeakKeyDictionary()


def explain_interactions(
    explainer: Explainer, trees: TreeStructure | Unavailable, evaluation_examples: Any
) -> Interactions:
    """Split the values of each row into main effects and interactions.

    Parameters
    ----------
    explainer : Explainer
        Prepared; the game is the interventional one if it has a background.
    trees : TreeStructure or Unavailable
        The trees of its model.
    evaluation_examples : array, data frame, sparse matrix, list, or one row

    Raises
    ------
    UnsupportedModelError
        The trees cannot be read, or do not add up in the explained output space.
    InvalidInputError
        The rows cannot be used.
    ModelError
        The model failed on the rows.
    """
    started = time.perf_counter()
    game = _prepared(explainer, trees)
    table = explainer.columns.put_in_order(evaluation_examples)
    d, k = game.structure.players.n_raw, len(_both_classes(game.base[np.newaxis], explainer)[0])
    values = np.zeros((table.n_rows, d, d, k))
    predictions = np.empty((table.n_rows, k))
    start = 0
    for part in _map(explainer, game, table, _attribute):
        rows = slice(start, start + len(part.predictions))
        _fill(values[rows], part.pairs, part.values, game.slots, explainer)
        predictions[rows] = part.predictions
        start = rows.stop
    base = _both_classes(game.base[np.newaxis], explainer)
    gap = np.abs(values.sum(axis=(1, 2)) + base - predictions).max(initial=0.0)
    return Interactions(
        values=values,
        base_values=np.repeat(base, len(values), axis=0),
        predictions=predictions,
        features=explainer.features,
        classes=explainer.classes,
        task=explainer.model.task,
        output_space=explainer.output,
        stats=_stats(explainer, len(values), float(gap), _scale(predictions, base), started),
        data=explainer.columns.shown(evaluation_examples, table),
    )


def top_interactions(
    explainer: Explainer,
    trees: TreeStructure | Unavailable,
    evaluation_examples: Any,
    top_k: int,
) -> RankedInteractions:
    """Rank the pairs of features by their mean absolute interaction over many rows.

    Parameters
    ----------
    explainer, trees, evaluation_examples
        As in :func:`explain_interactions`.
    top_k : int
        How many pairs to return, if as many interact at all.

    Raises
    ------
    InvalidInputError
        ``top_k`` is not a positive integer, or there are no rows.
    """
    started = time.perf_counter()
    check_count("top_k", top_k)
    game = _prepared(explainer, trees)
    table = explainer.columns.put_in_order(evaluation_examples)
    moments = Moments.of(np.zeros((0, game.n_pairs, len(game.base))))
    gap, scale = 0.0, 0.0
    for part in _map(explainer, game, table, _summarize):
        moments = moments.merge(part.moments)
        gap, scale = max(gap, part.gap), max(scale, part.scale)
    n_outputs = len(_both_classes(game.base[np.newaxis], explainer)[0])
    repeated = n_outputs // max(1, len(game.base))  # the sizes of -m are those of m
    return rank_interactions(
        replace(
            moments,
            mean=np.repeat(moments.mean, repeated, axis=1),
            squares=np.repeat(moments.squares, repeated, axis=1),
        ),
        first=game.slots.first,
        second=game.slots.second,
        top_k=top_k,
        features=explainer.features,
        classes=explainer.classes,
        task=explainer.model.task,
        output_space=explainer.output,
        stats=_stats(explainer, table.n_rows, gap, scale, started),
    )


# -- preparing --------------------------------------------------------------------------------------


def _prepared(explainer: Explainer, trees: TreeStructure | Unavailable) -> InteractionGame:
    game = _GAMES.get(explainer)
    if game is None:
        game = _GAMES[explainer] = _prepare(explainer, trees)
    return game


def _prepare(explainer: Explainer, trees: TreeStructure | Unavailable) -> InteractionGame:
    name = explainer.model.name
    if isinstance(trees, Unavailable):
        raise UnsupportedModelError(f"there are no interactions of {name}: {trees.reason}")
    if explainer.output != trees.space:
        raise UnsupportedModelError(
            f"there are no interactions of {name} in {explainer.output!r}: its trees add up in "
            f"{trees.space!r}; explain that output"
        )
    ensemble, background = trees.ensemble, explainer.background
    walkable = trees_to_walk(trees)
    coded, coding, paths = walkable.trees, walkable.coding, walkable.paths
    codes, weights = None, np.zeros(0)
    if background is None:
        base = path_dependent_base(coded, paths, ensemble.base)
    else:
        weights = np.array(background.weights)
        codes = encode_rows(coding, encoded_rows(trees, background.table))
        sums = walkable.sums(ensemble.base, codes, background.n_rows)
        base = weighted_mean(sums, weights)
    slots = pair_slots(coded, paths, trees.players.n_raw)
    return InteractionGame(trees, coded, coding, paths, slots, base, codes, weights)


# -- how rows flow ----------------------------------------------------------------------------------


class _Attributed(NamedTuple):
    """The interactions of one block, in the trees' own outputs."""

    pairs: Floats  # (n, n_pairs, k)
    values: Floats  # (n, d, k)
    predictions: Floats  # (n, k)


class _Summarized(NamedTuple):
    """What is left of the interactions of one block."""

    moments: Moments
    gap: float
    scale: float
    predictions: Floats


Block = tuple[Table, Floats]


def _attribute(game: InteractionGame, block: Block) -> _Attributed:
    table, predictions = block
    return _Attributed(*game.attribute(table), predictions)


def _summarize(game: InteractionGame, block: Block) -> _Summarized:
    table, predictions = block
    pairs, values = game.attribute(table)
    # The last outputs are the trees' own, also of a binary classifier.
    own = predictions[:, -len(game.base) :]
    gap = np.abs(values.sum(axis=1) + game.base - own).max(initial=0.0)
    moments = Moments.of(np.abs(pairs, out=pairs))
    return _Summarized(moments, float(gap), _scale(own, game.base), predictions)


def _map(explainer: Explainer, game: InteractionGame, table: Table, work: Any) -> Iterator[Any]:
    """Map over blocks of rows; parts come in the order of the rows."""
    size = explainer.batch_size or _rows_at_once(game)

    def blocks() -> Iterator[Block]:
        # Predicting on the calling thread: no model is asked from two threads at once.
        for start in range(0, table.n_rows, size):
            block = table.take(np.arange(start, min(start + size, table.n_rows)))
            yield block, explainer.model.predict(block, explainer.output)

    label = f"{explainer.method}, interactions"
    with show_progress_bar(table.n_rows, label, show=explainer.show_progress) as progress:
        for part in explainer.engine.map(partial(work, game), blocks()):
            progress.update(len(part.predictions))
            yield part


def _rows_at_once(game: InteractionGame) -> int:
    per_row = (game.n_pairs + game.structure.players.n_raw) * max(1, len(game.base))
    return max(LANES, min(MOST_ROWS_AT_ONCE, MOST_NUMBERS_AT_ONCE // per_row // LANES * LANES))


def _rows_first(lanes: Floats, n_rows: int) -> Floats:
    """Turn (blocks, …, LANES) into (n, …)."""
    blocks = np.moveaxis(lanes, -1, 1)
    shape = (blocks.shape[0] * blocks.shape[1], *blocks.shape[2:])
    return cast("Floats", blocks.reshape(shape)[:n_rows])


def _fill(
    matrices: Floats, pairs: Floats, values: Floats, slots: PairSlots, explainer: Explainer
) -> None:
    """Write matrices (n, d, d, k) of main effects and halves of interactions; they are zero."""
    halves = _both_classes(pairs / 2, explainer)
    matrices[:, slots.first, slots.second] = halves
    matrices[:, slots.second, slots.first] = halves
    both = _both_classes(values, explainer)
    diagonal = np.arange(matrices.shape[1])
    matrices[:, diagonal, diagonal] = both - matrices.sum(axis=2)


def _both_classes(numbers: Floats, explainer: Explainer) -> Floats:
    """Turn the one output m of a binary classifier's trees, on the last axis, into -m and m."""
    n_classes = 1 if explainer.classes is None else len(explainer.classes)
    if numbers.shape[-1] == 1 < n_classes:
        return np.concatenate([-numbers, numbers], axis=-1)
    return numbers


def _scale(predictions: Floats, base: Floats) -> float:
    return float(max(np.abs(predictions).max(initial=0.0), np.abs(base).max(initial=0.0)))


def _stats(explainer: Explainer, n: int, gap: float, scale: float, started: float) -> Stats:
    background = explainer.background
    adds_up = gap <= LARGEST_GAP * scale
    return Stats(
        method=f"{explainer.method}, interactions",
        exact=adds_up,
        n_rows=n,
        n_rows_given=n,
        n_background=0 if background is None else background.n_rows,
        efficiency_gap=gap / scale if scale > 0 else gap,
        refused=explainer.refused,
        warnings=(
            *explainer.notes,
            *(() if adds_up else (_DOES_NOT_ADD_UP,)),
        ),
        settings=explainer.settings,
        seconds=time.perf_counter() - started,
    )
