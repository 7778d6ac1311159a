"""From rows to attributions: by the way that adds up for each of them."""

from collections.abc import Callable

import numpy as np
import torch

from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.torch.averages import Averages, averages
from pellucid.explainers.torch.preparation import Prepared
from pellucid.explainers.torch.shares import by_rules
from pellucid.models.structures import NetworkStructure

NOT_SHAPLEY = (
    "values follow DeepLIFT's rules: they add up, but approximate Shapley values; standard errors "
    "are of the choice of reference rows alone"
)
BY_PATH = (
    "where rules for operators do not add up, values are integrated gradients: these approximate "
    "Shapley values too"
)
MISSED = (
    "the values of some rows miss the difference of predictions by more than 0.01 % of it, by "
    "rules and by integrated gradients"
)


def explain(
    prepared: Prepared,
    structure: NetworkStructure,
    table: Table,
    players: FeatureMap,
    reach: Callable[[float], object],
) -> Attribution:
    """Attribute rows by the way that added up in the trial, and by paths where it does not.

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
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        return _explained(prepared, structure, table, players, reach)


def _explained(
    prepared: Prepared,
    structure: NetworkStructure,
    table: Table,
    players: FeatureMap,
    reach: Callable[[float], object],
) -> Attribution:
    rows, references = structure.encode(table), prepared.references
    found: Averages | None = None
    left, notes, n_pairs = np.arange(table.n_rows), list[str](), 0
    uncovered = set(prepared.uncovered)
    for way in prepared.ways:
        at = torch.as_tensor(left, device=rows[0].device)
        program = prepared.program(way)
        again = averages(
            program,
            tuple(each[at] for each in rows),
            references,
            players,
            way,
            reach=reach if found is None else _ignore,
        )
        n_pairs += len(left) * len(references.weights)
        uncovered |= program.uncovered
        notes.append(NOT_SHAPLEY if way.share is by_rules else _by_path(uncovered))
        if found is None:
            found = again
        else:
            found.replace(left, again)
        left = np.flatnonzero(~found.adds_up)
        if not len(left):
            break
    if found is None:
        raise AssertionError("there is a way")
    if len(left):
        notes.append(MISSED)
    return attribution(found, prepared, structure, n_pairs, notes)


def _by_path(uncovered: set[str]) -> str:
    return f"{BY_PATH}; no rule covers {', '.join(sorted(uncovered))}" if uncovered else BY_PATH


def attribution(
    found: Averages,
    prepared: Prepared,
    structure: NetworkStructure,
    n_evaluations: int,
    notes: list[str],
    *,
    additive: bool = True,
) -> Attribution:
    """Return averages of the network's outputs as an attribution of the model's."""
    to_model = structure.coefficients.T
    error = found.std_error(prepared.references)
    note = structure.network.note
    return Attribution(
        found.values @ to_model,
        found.base_values @ to_model + structure.intercept,
        std_error=None if error is None else error @ np.abs(to_model),
        n_evaluations=n_evaluations,
        exact=False,
        additive=additive,
        warnings=tuple(dict.fromkeys([*notes, *([note] if note else [])])),
    )


def _ignore(_: float) -> None:
    """Show no progress."""
