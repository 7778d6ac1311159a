"""Which rows a surrogate is taught, and which are kept to examine it.

A surrogate that saw the reference rows alone may follow the model there and nowhere else, while
attributions are made of *hybrid rows*, which take some columns from one row and the others from
another one. So it is taught hybrids too, and examined on hybrids of rows that it has not seen.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from pellucid._core.randomness import generator_for
from pellucid._core.typing import Floats, Integers, OutputSpace
from pellucid.data.background import Background
from pellucid.data.table import Table
from pellucid.models.log_odds import log_odds
from pellucid.models.model import Model

SHARE_HELD_OUT = 0.2
MOST_HELD_OUT = 5_000
MOST_CELLS_AT_ONCE = 4_194_304
MOST_ROWS_AT_ONCE = 16_384


@dataclass(frozen=True, eq=False)
class Answered:
    """Rows with the teacher's outputs (n, k) for them."""

    rows: Table
    outputs: Floats


@dataclass(frozen=True, eq=False)
class Curriculum:
    """What is taught, and what is examined.

    Attributes
    ----------
    taught : Answered
        Reference rows, then hybrids of them.
    weights : ndarray of float64, shape (n,)
        Of the taught rows: reference rows and hybrids count alike as a whole; their mean is 1.
    held_out : Answered
        Reference rows that are not taught.
    hybrids : Answered or None
        Hybrids of these.
    n_examples : int
        Reference rows that took part.
    """

    taught: Answered
    weights: Floats
    held_out: Answered
    hybrids: Answered | None
    n_examples: int

    @property
    def in_log_odds(self) -> Self:
        """The same with the log-odds of what the teacher answered, which are probabilities."""
        hybrids = self.hybrids
        return replace(
            self,
            taught=_in_log_odds(self.taught),
            held_out=_in_log_odds(self.held_out),
            hybrids=None if hybrids is None else _in_log_odds(hybrids),
        )

    @property
    def n_evaluations(self) -> int:
        """Number of rows that the teacher answered."""
        of_hybrids = 0 if self.hybrids is None else self.hybrids.rows.n_rows
        return self.taught.rows.n_rows + self.held_out.rows.n_rows + of_hybrids


def _in_log_odds(answered: Answered) -> Answered:
    return replace(answered, outputs=log_odds(answered.outputs))


def sampled(background: Background, most_rows: int, random_state: int) -> Background:
    """Return reference rows, or a random sample of so many, whose note tells of the others."""
    if background.n_rows <= most_rows:
        return background
    chosen = _drawn(background, most_rows, generator_for(random_state, background.n_rows))
    note = f"{most_rows:,} of {background.n_rows:,} reference rows, drawn at random"
    return Background(
        background.table.take(chosen),
        np.full(most_rows, 1 / most_rows),
        note if background.note is None else f"{note}; {background.note}",
    )


def draw_curriculum(
    teacher: Model,
    space: OutputSpace,
    background: Background,
    *,
    hybrids_per_row: int,
    random_state: int,
) -> Curriculum:
    """Divide the reference rows, make hybrids, and have the teacher answer each row once.

    Parameters
    ----------
    teacher : Model
    space : {"raw", "probability", "value"}
        Which of its outputs to learn.
    background : Background
        Reference rows; drawn in proportion to their weights where these are unequal.
    hybrids_per_row : int
        0 teaches the reference rows alone.
    random_state : int
    """
    generator = generator_for(random_state)
    examples = _drawn(background, background.n_rows, generator)
    n_held_out = min(max(1, round(SHARE_HELD_OUT * len(examples))), MOST_HELD_OUT)
    if len(examples) < 2:
        held, taught = examples, examples
    else:
        held, taught = examples[:n_held_out], examples[n_held_out:]
    table = background.table
    lessons, weights = table.take(taught), np.ones(len(taught))
    if hybrids_per_row and table.n_features > 1 and len(taught) > 1:
        n_hybrids = hybrids_per_row * len(taught)
        index = hybrid_index(taught, n_hybrids, table.n_features, generator)
        lessons = lessons.stack(_gathered(table, index))
        weights = np.concatenate([weights, np.full(n_hybrids, 1 / hybrids_per_row)])
    examined = None
    if table.n_features > 1 and len(held) > 1:
        index = hybrid_index(held, min(2 * len(held), MOST_HELD_OUT), table.n_features, generator)
        examined = _answered(teacher, space, _gathered(table, index))
    return Curriculum(
        taught=_answered(teacher, space, lessons),
        weights=weights / weights.mean(),
        held_out=_answered(teacher, space, table.take(held)),
        hybrids=examined,
        n_examples=len(examples),
    )


def hybrid_index(
    rows: Integers, n_hybrids: int, n_features: int, generator: np.random.Generator
) -> Integers:
    """Return from which of the rows each cell of each hybrid comes, shape (n_hybrids, d).

    The number of columns from the first row is uniform over 1 to d - 1, as in the coalitions that
    Shapley values average over.
    """
    first = rows[np.arange(n_hybrids) % len(rows)]
    second = generator.choice(rows, size=n_hybrids)
    sizes = generator.integers(1, n_features, size=n_hybrids)
    ranks = generator.permuted(np.tile(np.arange(n_features), (n_hybrids, 1)), axis=1)
    return np.where(ranks < sizes[:, np.newaxis], first[:, np.newaxis], second[:, np.newaxis])


def _drawn(background: Background, most_rows: int, generator: np.random.Generator) -> Integers:
    weights, n = background.weights, background.n_rows
    equal = bool((weights == weights[0]).all())
    if equal:
        return generator.permutation(n)[:most_rows].astype(np.int64)
    return generator.choice(n, size=min(n, most_rows), p=weights).astype(np.int64)


def _gathered(table: Table, index: Integers) -> Table:
    size = max(1, MOST_CELLS_AT_ONCE // index.shape[1])
    parts = [table.gather(index[i : i + size]) for i in range(0, len(index), size)]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.stack(part)
    return whole


def _answered(teacher: Model, space: OutputSpace, rows: Table) -> Answered:
    starts = range(0, rows.n_rows, MOST_ROWS_AT_ONCE)
    calls = (rows.take(slice(i, i + MOST_ROWS_AT_ONCE)) for i in starts)
    return Answered(rows, np.concatenate([teacher.predict(call, space) for call in calls]))
