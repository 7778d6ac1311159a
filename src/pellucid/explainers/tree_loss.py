"""Attributions of the loss of trees, for a prepared explainer of trees."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from pellucid._core.engine import n_threads_of
from pellucid._core.errors import InvalidInputError, UnsupportedModelError
from pellucid._core.progress import show_progress_bar
from pellucid._core.typing import Floats, LossSpace
from pellucid.data.table import Table
from pellucid.explainers.attribution import LARGEST_GAP
from pellucid.explainers.base import Explainer
from pellucid.explainers.tree_structures import TreesToWalk, encoded_rows, trees_to_walk
from pellucid.explainers.true_labels import class_numbers, targets
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import Stats
from pellucid.kernels.tree_codes import encode_rows
from pellucid.kernels.tree_linked import loss_values
from pellucid.kernels.tree_pair_parts import BITS
from pellucid.kernels.tree_pairs import BackgroundWords, background_words
from pellucid.kernels.tree_slopes import Loss, apply_loss
from pellucid.models.model import Model, Unavailable
from pellucid.models.structures import TreeStructure

MOST_ROWS_AT_ONCE = 8 * BITS
"""Rows per block: a few seconds' work for large models and backgrounds."""

BLOCKS_PER_THREAD = 4

_NOT_THE_TREES = "the model's predictions differ from the sums of its trees"


@dataclass(frozen=True, eq=False)
class LossGame:
    """The trees of a model and the reference rows, prepared for the losses of many rows.

    Attributes
    ----------
    structure : TreeStructure
    walkable : TreesToWalk
    loss : {"logistic", "softmax", "probability", "squared"}
    space : {"log-loss", "squared error"}
        How people call the loss.
    background : BackgroundWords
    sums : ndarray of float64, shape (m, k)
        Raw sums of the reference rows.
    weights : ndarray of float64, shape (m,)
        Theirs, summing to 1.
    """

    structure: TreeStructure
    walkable: TreesToWalk
    loss: Loss
    space: LossSpace
    background: BackgroundWords
    sums: Floats
    weights: Floats

    def base_values(self, labels: Floats) -> Floats:
        """Return the mean loss of the reference rows by each of the labels (n,), shape (n,)."""
        if self.loss == "squared":
            mean = self.weights @ self.sums[:, 0]
            variance = self.weights @ (self.sums[:, 0] - mean) ** 2
            return np.asarray(variance + (mean - labels) ** 2)
        kinds, which = np.unique(labels, return_inverse=True)
        by_kind = [
            self.weights @ apply_loss(self.sums, np.full(len(self.sums), kind), self.loss)
            for kind in kinds
        ]
        return np.array(by_kind, dtype=np.float64)[which]


_GAMES: WeakKeyDictionary[Explainer, LossGame] = WeakKeyDictionary()


def explain_loss(
    explainer: Explainer,
    trees: TreeStructure | Unavailable,
    evaluation_examples: Any,
    true_labels: Any,
) -> Explanation:
    """Attribute the loss of each row to its features.

    Parameters
    ----------
    explainer : Explainer
        Prepared for the interventional game.
    trees : TreeStructure or Unavailable
        The trees of its model.
    evaluation_examples : array, data frame, sparse matrix, list, or one row
    true_labels : array, series, list, or one label

    Raises
    ------
    UnsupportedModelError
        The trees cannot be read, or there is no such loss of their sums.
    InvalidInputError
        There are no reference rows, or the rows or labels cannot be used.
    ModelError
        The model failed on the rows.
    """
    started = time.perf_counter()
    game = _GAMES.get(explainer)
    if game is None:
        game = _GAMES[explainer] = _prepare(explainer, trees)
    table = explainer.columns.put_in_order(evaluation_examples)
    n_rows = table.n_rows
    if explainer.model.classes is None:
        labels = targets(true_labels, n_rows)
    else:
        names = (explainer.model.classes, explainer.classes or ())
        labels = class_numbers(true_labels, n_rows, *names)
    values = np.empty((n_rows, game.structure.players.n_raw, 1))
    losses, start, is_own = np.empty(n_rows), 0, True
    for part in _map(explainer, game, table, labels):
        rows = slice(start, start + len(part.losses))
        values[rows], losses[rows] = part.values, part.losses
        start, is_own = rows.stop, is_own and part.is_own
    base = game.base_values(labels)
    gap = np.abs(values.sum(axis=1)[:, 0] + base - losses).max(initial=0.0)
    scale = max(losses.max(initial=0.0), base.max(initial=0.0))
    background = explainer.background
    return Explanation(
        values=values,
        base_values=base[:, np.newaxis],
        predictions=losses[:, np.newaxis],
        features=explainer.features,
        players=explainer.players,
        classes=None,
        task="regression",
        output_space=game.space,
        stats=Stats(
            method=_method(game),
            exact=False,
            n_rows=n_rows,
            n_rows_given=n_rows,
            n_background=0 if background is None else background.n_rows,
            efficiency_gap=float(gap / scale) if scale > 0 else float(gap),
            warnings=_warnings(explainer, game, is_own=is_own),
            settings=explainer.settings,
            seconds=time.perf_counter() - started,
        ),
        data=explainer.columns.shown(evaluation_examples, table),
    )


def loss_of(model: Model, trees: TreeStructure) -> tuple[Loss, LossSpace] | Unavailable:
    """Return the loss of a model's raw sums by the kernels' name and by people's, or why not."""
    ensemble = trees.ensemble
    if model.task == "outlier detection":
        return Unavailable("an outlier detector has no true labels")
    if model.task == "regression":
        if ensemble.n_outputs > 1:
            return Unavailable(f"it predicts {ensemble.n_outputs} targets, not one")
        if ensemble.link != "identity" or trees.space != "value":
            return Unavailable("its trees do not add up to its predictions, but go through a link")
        return "squared", "squared error"
    return _log_loss_of(model, trees)


def _log_loss_of(model: Model, trees: TreeStructure) -> tuple[Loss, LossSpace] | Unavailable:
    ensemble = trees.ensemble
    n_classes = 0 if model.classes is None else len(model.classes)
    if trees.space == "probability" and ensemble.link == "identity":
        return "probability", "log-loss"
    if ensemble.linked_space == "probability":
        if ensemble.link == "logistic" and ensemble.n_outputs == 1 and n_classes == 2:
            return "logistic", "log-loss"
        if ensemble.link == "softmax" and ensemble.n_outputs == n_classes:
            return "softmax", "log-loss"
    return Unavailable("the sums of its trees are no log-odds of its classes")


# -- preparing --------------------------------------------------------------------------------------


def _prepare(explainer: Explainer, trees: TreeStructure | Unavailable) -> LossGame:
    found = trees if isinstance(trees, Unavailable) else loss_of(explainer.model, trees)
    if isinstance(trees, Unavailable) or isinstance(found, Unavailable):
        reason = found.reason if isinstance(found, Unavailable) else ""
        raise UnsupportedModelError(
            f"the loss of {explainer.model.name} cannot be explained: {reason}"
        )
    background = explainer.background
    if background is None:
        raise InvalidInputError(
            "explaining the loss needs initialization_examples as reference rows, and "
            "interventional values"
        )
    walkable = trees_to_walk(trees)
    codes = encode_rows(walkable.coding, encoded_rows(trees, background.table))
    weights = np.array(background.weights)
    return LossGame(
        structure=trees,
        walkable=walkable,
        loss=found[0],
        space=found[1],
        background=background_words(walkable.trees, codes, weights),
        sums=walkable.sums(trees.ensemble.base, codes, background.n_rows),
        weights=weights,
    )


def _method(game: LossGame) -> str:
    return f"tree, interventional, rescaled to {game.space}"


def _warnings(explainer: Explainer, game: LossGame, *, is_own: bool) -> tuple[str, ...]:
    rule = (
        f"values are the {game.structure.space} Shapley values rescaled to {game.space} for each "
        "reference row; they add up exactly, but are not Shapley values of the "
        f"{game.space} itself"
    )
    return (*explainer.notes, rule, *(() if is_own else (_NOT_THE_TREES,)))


# -- how rows flow ----------------------------------------------------------------------------------


class _Attributed(NamedTuple):
    """What is found for one block; ``is_own``: the trees' sums are the model's own."""

    values: Floats  # (n, d, 1)
    losses: Floats  # (n,)
    is_own: bool


Block = tuple[Table, Floats, Floats]


def _attribute(game: LossGame, block: Block) -> _Attributed:
    table, labels, own = block
    structure, walkable = game.structure, game.walkable
    codes = encode_rows(walkable.coding, encoded_rows(structure, table))
    sums = walkable.sums(structure.ensemble.base, codes, table.n_rows)
    values = loss_values(
        walkable.trees,
        walkable.paths,
        codes,
        sums,
        labels,
        game.background,
        game.sums,
        loss=game.loss,
        n_players=structure.players.n_raw,
    )
    gap = np.abs(own - sums).max(initial=0.0)
    is_own = bool(gap <= LARGEST_GAP * np.abs(own).max(initial=0.0))
    return _Attributed(values, apply_loss(sums if is_own else own, labels, game.loss), is_own)


def _map(
    explainer: Explainer, game: LossGame, table: Table, labels: Floats
) -> Iterator[_Attributed]:
    """Map over blocks of rows; parts come in the order of the rows."""
    size = explainer.batch_size or _rows_at_once(explainer, table.n_rows)
    n_outputs = game.structure.ensemble.n_outputs

    def blocks() -> Iterator[Block]:
        # Predicting on the calling thread: no model is asked from two threads at once.
        for start in range(0, table.n_rows, size):
            rows = slice(start, start + size)
            block = table.take(rows)
            found = explainer.model.predict(block, game.structure.space)
            # The last outputs are the trees' own, also of a binary classifier.
            yield block, labels[rows], np.ascontiguousarray(found[:, -n_outputs:])

    with show_progress_bar(table.n_rows, _method(game), show=explainer.show_progress) as progress:
        for part in explainer.engine.map(partial(_attribute, game), blocks()):
            progress.update(len(part.losses))
            yield part


def _rows_at_once(explainer: Explainer, n_rows: int) -> int:
    n_blocks = BLOCKS_PER_THREAD * n_threads_of(explainer.engine)
    fair = -(-n_rows // (n_blocks * BITS)) * BITS
    return max(BITS, min(MOST_ROWS_AT_ONCE, fair))
