"""Expected gradients of rows: sampled in rounds, adjusted to what is known, with their errors."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch

from pellucid._core.randomness import generator_for
from pellucid._core.typing import Floats, Integers
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.torch.averages import References
from pellucid.explainers.torch.draws import Draws
from pellucid.explainers.torch.gradients import runner_of, sampled
from pellucid.explanation.stats import ReferenceUse, relative_length
from pellucid.models.model import Unavailable
from pellucid.models.structures import NetworkStructure

TIMES_WITH_A_TARGET = 50
"""So many times the budget may be spent to reach a standard error that was asked for."""
NOT_SHAPLEY = (
    "expected gradients approximate Shapley values; standard errors are of the points and reference "
    "rows drawn alone"
)
JUMPS = (
    "gradients miss some rows' difference of predictions by more than drawing more points would "
    "mend, so these values do not add up: the network jumps, or bends sharply, on the way from the "
    "reference rows; efficiency_gap says by how much"
)


class Wanted(NamedTuple):
    """How many gradients to take for a row, how sure to be, and the seed."""

    budget: int
    target_se: float | None
    random_state: int


def explain(  # noqa: PLR0917 - as the explainer knows it
    structure: NetworkStructure,
    references: References,
    table: Table,
    players: FeatureMap,
    wanted: Wanted,
    reach: Callable[[int], object],
) -> Attribution:
    """Attribute rows by expected gradients.

    Parameters
    ----------
    structure : NetworkStructure
    references : References
    table : Table
        n rows.
    players : FeatureMap
        The player each cell belongs to.
    wanted : Wanted
    reach : callable
        Told how many rows are finished.
    """
    network = structure.network
    references = references.on(network.device)
    runner = runner_of(network, references)
    if isinstance(runner, Unavailable):
        raise AssertionError(runner.reason)  # noqa: TRY004 - it was there before
    with torch.inference_mode(mode=False):
        rows = structure.encode(table)
    base = references.weights @ network.in_parts(references.tensors)
    differences = network.in_parts(rows) - base
    draw = partial(_draws, references.weights, table.row_keys(), wanted.random_state)
    take = partial(sampled, runner, references=references, players=players)

    draws = draw(np.arange(table.n_rows), wanted.budget, 0)
    n_references = min(len(np.unique(each.references)) for each in draws)
    found = take(rows, draws=draws, reach=reach)
    spent, n_rounds = wanted.budget, 1
    values, error, missed = found.adjusted(differences)
    lengths = _relative(error, values)
    while wanted.target_se is not None and 2 * spent <= TIMES_WITH_A_TARGET * wanted.budget:
        left = np.flatnonzero(lengths > wanted.target_se)
        if not len(left):
            break
        some = tuple(each[left.tolist()] for each in rows)
        found.join(left, take(some, draws=draw(left, spent, n_rounds), reach=_ignore))
        spent, n_rounds = 2 * spent, n_rounds + 1
        values, error, missed = found.adjusted(differences)
        lengths = _relative(error, values)

    to_model = structure.coefficients.T
    target = wanted.target_se
    notes = [NOT_SHAPLEY, JUMPS if missed.any() else None, network.note]
    return Attribution(
        values @ to_model,
        base @ to_model + structure.intercept,
        std_error=error @ np.abs(to_model),
        n_evaluations=2 * int(found.n_pairs.sum()),
        exact=False,
        additive=not missed.any(),
        warnings=tuple(note for note in notes if note),
        reference_use=ReferenceUse(
            n_references,
            None,
            float(lengths.max()),
            target_se=target,
            n_missed=0 if target is None else int((lengths > target).sum()),
        ),
    )


def _draws(  # noqa: PLR0917 - what they depend on
    weights: Floats, keys: list[int], seed: int, rows: Integers, n_samples: int, n_rounds: int
) -> list[Draws]:
    return [Draws.of(weights, n_samples, generator_for(seed, keys[i], n_rounds)) for i in rows]


def _relative(error: Floats, values: Floats) -> Floats:
    return np.array([relative_length(*each) for each in zip(error, values, strict=True)])


def _ignore(_: Any) -> None:
    """Show no progress."""
