"""From rows to attributions: by the way that adds up for each of them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.torch.averages import Averages, averages
from pellucid.explainers.torch.preparation import Prepared
from pellucid.explainers.torch.shares import by_rules
from pellucid.explanation.stats import united_methods
from pellucid.models.structures import NetworkStructure

NOT_SHAPLEY = (
    "values follow DeepLIFT's rules: they add up, but approximate Shapley values; standard errors "
    "are of the choice of reference rows alone"
)
BY_PATH = (
    "where rules for operators do not add up, or do so by huge shares that cancel, values are "
    "integrated gradients: these approximate Shapley values too"
)
HANDED_OVER = (
    "where neither rules nor integrated gradients add up to 0.01 % of the difference of predictions, "
    "values are the kernel explainer's: Shapley values, whose standard errors are 0 where all "
    "coalitions were evaluated"
)
AGREEMENT = 1e-4
"""Largest difference, relative to the outputs, of what the graph and the network itself return."""


def explain(  # noqa: PLR0917 - as the explainer knows it
    prepared: Prepared,
    structure: NetworkStructure,
    table: Table,
    players: FeatureMap,
    reach: Callable[[float], object],
    hand_over: Callable[[Integers], Attribution],
) -> Attribution:
    """Attribute rows by the way that added up in the trial, and by others where it does not.

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
    hand_over : callable
        Attributes the rows, by number, that no way adds up for.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        found, left = _explained(prepared, structure, table, players, reach)
    if not len(left):
        return found
    return _joined(found, hand_over(left), left)


def _explained(
    prepared: Prepared,
    structure: NetworkStructure,
    table: Table,
    players: FeatureMap,
    reach: Callable[[float], object],
) -> tuple[Attribution, Integers]:
    """Return what the ways found, and the rows for which none adds up."""
    network = prepared.network
    rows, references = structure.encode(table), prepared.references.on(network.device)
    own = network.in_parts(rows)
    found: Averages | None = None
    left, notes, methods, n_pairs = np.arange(table.n_rows), list[str](), list[str](), 0
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
        again.adds_up &= _agree(again, own[left])
        if found is None:
            found = again
        else:
            found.replace(left, again)
        if again.adds_up.any():
            notes.append(NOT_SHAPLEY if way.share is by_rules else _by_path(uncovered))
            methods.append(way.method)
        left = np.flatnonzero(~found.adds_up)
        if not len(left):
            break
    if found is None:
        raise AssertionError("there is a way")
    return attribution(found, prepared, structure, n_pairs, notes, methods), left


def _agree(found: Averages, own: Floats) -> Booleans:
    """Whether the graph returns what the network itself does, for each row."""
    gap = np.abs(found.outputs - own).max(axis=1)
    scale = max(np.abs(own).max(), np.abs(found.base_values).max())
    return np.asarray(gap <= AGREEMENT * scale)


def _joined(found: Attribution, others: Attribution, at: Integers) -> Attribution:
    """Return an attribution in which some rows, by number, are another's."""
    values = found.values.copy()
    values[at] = others.values
    error = np.zeros_like(values) if found.std_error is None else found.std_error.copy()
    error[at] = 0.0 if others.std_error is None else others.std_error
    base_values = np.array(np.broadcast_to(found.base_values, (len(values), values.shape[2])))
    base_values[at] = others.base_values
    whole = len(at) == len(values)
    return replace(
        found,
        values=values,
        std_error=others.std_error if whole else error,
        base_values=base_values,
        exact=whole and others.exact,
        n_evaluations=found.n_evaluations + others.n_evaluations,
        warnings=tuple(dict.fromkeys([*found.warnings, HANDED_OVER, *others.warnings])),
        reference_use=others.reference_use,
        method=united_methods([found.method, others.method]),
    )


def _by_path(uncovered: set[str]) -> str:
    return f"{BY_PATH}; no rule covers {', '.join(sorted(uncovered))}" if uncovered else BY_PATH


def attribution(  # noqa: PLR0917 - what it is made of
    found: Averages,
    prepared: Prepared,
    structure: NetworkStructure,
    n_evaluations: int,
    notes: list[str],
    methods: list[str],
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
        method=united_methods(methods),
        warnings=tuple(dict.fromkeys([*notes, *([note] if note else [])])),
    )


def _ignore(_: float) -> None:
    """Show no progress."""
