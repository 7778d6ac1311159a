"""From rows to attributions: mean integrated gradients over reference rows, with their errors."""

from collections.abc import Callable

import numpy as np

from pellucid._core.typing import Integers
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.paths import integrated
from pellucid.explainers.tensorflow.preparation import POINTS_PER_CALL, Prepared, flat
from pellucid.models.structures import NetworkStructure

PAIRS_PER_BLOCK = 256
NOT_SHAPLEY = (
    "values are integrated gradients: they add up, but approximate Shapley values; standard errors "
    "are of the choice of reference rows alone"
)
MISSED = (
    "the values of some rows miss the difference of predictions by more than 0.01 % of it, by "
    "integrated gradients"
)


def explain(  # noqa: PLR0917 - as of networks of other libraries
    prepared: Prepared,
    structure: NetworkStructure,
    table: Table,
    players: FeatureMap,
    reach: Callable[[float], object],
    hand_over: Callable[[Integers], Attribution] | None = None,
) -> Attribution:
    """Attribute rows by gradients integrated on the way from each reference row.

    Parameters
    ----------
    prepared : Prepared
    structure : NetworkStructure
    table : Table
        n rows.
    players : FeatureMap
        The player each cell belongs to.
    reach : callable
        Told how many rows are finished, in parts.
    hand_over : callable, optional
        Attributes the rows, by number, that do not add up.
    """
    rows, references, weights = flat(structure.encode(table)), prepared.references, prepared.weights
    n, m = len(rows), len(references)
    outputs = prepared.with_gradients(references)[0] if m <= POINTS_PER_CALL else None
    if outputs is None:
        outputs = structure.network.asked(structure.network.layout.split(references))
    n_outputs = outputs.shape[1]
    values = np.zeros((n, players.n_raw, n_outputs))
    squares, adds_up = np.zeros_like(values), np.ones(n, dtype=bool)
    for i in range(n):
        for start in range(0, m, PAIRS_PER_BLOCK):
            others = references[start : start + PAIRS_PER_BLOCK]
            found, summed = integrated(
                prepared.with_gradients,
                np.broadcast_to(rows[i], others.shape),
                others,
                per_call=POINTS_PER_CALL,
            )
            shares = np.zeros((players.n_raw, len(others), n_outputs))
            np.add.at(shares, players.raw_of, found.transpose(1, 0, 2))
            w = weights[start : start + PAIRS_PER_BLOCK]
            values[i] += np.einsum("dpk,p->dk", shares, w)
            squares[i] += np.einsum("dpk,p->dk", shares**2, w)
            adds_up[i] &= summed.all()
            reach(i + min(start + PAIRS_PER_BLOCK, m) / m)
    freedom = 1 / (weights**2).sum() - 1
    error = None
    if freedom > 1e-9:
        error = np.sqrt(np.maximum(squares - values**2, 0) / freedom)
    to_model = structure.coefficients.T
    missed = np.flatnonzero(~adds_up)
    notes = [NOT_SHAPLEY]
    handed = hand_over(missed) if hand_over is not None and len(missed) else None
    values = values @ to_model
    error = None if error is None else error @ np.abs(to_model)
    if handed is not None:
        values[missed] = handed.values
        if error is not None:
            error[missed] = 0.0 if handed.std_error is None else handed.std_error
        notes.extend(handed.warnings)
    elif len(missed):
        notes.append(MISSED)
    return Attribution(
        values,
        weights @ outputs @ to_model + structure.intercept,
        std_error=error,
        n_evaluations=n * m,
        exact=False,
        warnings=tuple(dict.fromkeys(notes)),
    )
