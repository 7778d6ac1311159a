"""Whether a network can be explained, and by which way, tried on a few reference rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pellucid._core.errors import in_one_line
from pellucid.data.background import Background
from pellucid.explainers.networks import Unsteady
from pellucid.explainers.torch.averages import References
from pellucid.explainers.torch.interpreter import Program
from pellucid.explainers.torch.shares import WAYS, Shares, Way
from pellucid.models.model import Unavailable
from pellucid.models.structures import NetworkStructure
from pellucid.models.torch.graph import Trace
from pellucid.models.torch.network import Network

N_TRIED = 8
OTHER_SEED = 20_011
FIXED_PAIRS = 64
"""Pairs per block of a network that cannot take any number of rows."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A network, the reference rows, and the way that added up in the trial.

    Attributes
    ----------
    network : Network
    n_rows : int or None
        The only number of rows that its graph is for; None for any.
    references : References
    ways : tuple of Way
        The one that added up in the trial, and those to try where it does not.
    uncovered : tuple of str
        Operators that no rule covers.
    """

    network: Network
    n_rows: int | None
    references: References
    ways: tuple[Way, ...]
    uncovered: tuple[str, ...]

    def program(self, way: Way) -> Program:
        """Return the graph, ready to run where the network is, with the parameters it has now."""
        references = self.references.on(self.network.device)
        found = self.network.trace(references.tensors, self.n_rows)
        if isinstance(found, Unavailable):
            raise AssertionError(found.reason)  # noqa: TRY004 - it was traced before
        return Program(found, self.network.outputs, way.precise)


def prepare(structure: NetworkStructure, background: Background) -> Prepared | Unavailable:
    """Trace a network, and try on pairs of reference rows what adds up.

    What was found for the same reference rows before is returned again: the automatic choice asks
    before it makes the explainer, which asks too.

    Returns
    -------
    Prepared or Unavailable
        The reason is that the network cannot be traced, that its graph does not compute what the
        network does, or that shares do not add up.
    """
    network: Network = structure.network
    with torch.inference_mode(mode=False), torch.enable_grad():
        references = references_of(structure, background)
        known = network.trial
        if not (isinstance(known, Prepared) and known.references.same_as(references)):
            network.trial = _tried(network, references)
    found: Prepared | Unavailable = network.trial
    return found


def references_of(structure: NetworkStructure, background: Background) -> References:
    """Return the reference rows as the network takes them."""
    positive = np.flatnonzero(background.weights > 0)
    with torch.inference_mode(mode=False):
        tensors = structure.encode(background.table.take(positive))
    return References(tensors, background.weights[positive])


def traced(network: Network, tensors: tuple[Any, ...]) -> Trace | Unavailable:
    """Trace for any number of rows; a network that does not let, for blocks of one size.

    Returns
    -------
    Trace or Unavailable
        The reason may be that the graph does not compute what the network does.
    """
    found = network.trace(tensors)
    if isinstance(found, Unavailable) or found.n_rows is not None:
        found = network.trace(tensors, FIXED_PAIRS)
    if isinstance(found, Unavailable):
        return found
    rows, others = tried_pairs(found, tensors)
    mixed = tuple(map(_mixed, rows, others))  # a graph of the rows alone would not know these
    program = Program(found, network.outputs)
    for given in (rows, mixed):
        try:
            with torch.random.fork_rng(devices=[]):  # a graph may draw random numbers
                outputs = program.outputs(given)
        except Exception as error:  # noqa: BLE001 - what torch says of its own graph is the reason
            return Unavailable(f"its traced operators fail: {in_one_line(error)}")
        why = _difference(network, given, outputs)
        if why is not None:
            return why
    return found


def tried_pairs(trace: Trace, tensors: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return a few reference rows, and others to compare them with."""
    some = np.arange(trace.n_rows or N_TRIED)
    rows, others = (
        tuple(each[torch.as_tensor(at % len(each), device=each.device)] for each in tensors)
        for at in (some, some + 1)
    )
    return rows, others


def _tried(network: Network, references: References) -> Prepared | Unavailable:
    found = traced(network, references.tensors)
    if isinstance(found, Unavailable):
        return found
    rows, others = tried_pairs(found, references.tensors)
    missed: list[str] = []
    uncovered: set[str] = set()
    for i, way in enumerate(WAYS):
        program = Program(found, network.outputs, way.precise)
        try:
            with torch.random.fork_rng(devices=[]):
                shares = way.share(program, rows, others)
        except Exception as error:  # noqa: BLE001 - torch says that an operator has no gradient, say
            missed.append(f"{way.name} fail: {in_one_line(error)}")
            continue
        uncovered |= program.uncovered
        if way.may_cancel and shares.cancel():
            missed.append(f"{way.name} are far larger than its outputs, and cancel")
            continue
        if shares.add_up():
            return Prepared(network, found.n_rows, references, WAYS[i:], tuple(sorted(uncovered)))
        missed.append(f"{way.name} miss the difference of its outputs by {_miss(shares):.2g} of it")
    named = f"; no rule covers {', '.join(sorted(uncovered))}" if uncovered else ""
    return Unavailable("; ".join([missed[0], missed[-1]]) + named)


def _difference(network: Network, rows: tuple[Any, ...], outputs: Any) -> Unavailable | None:
    """Return by how much the graph's outputs differ from the network's own, if they do."""
    own = network.asked(rows)
    gap = (own - outputs).abs().max()
    scale = own.abs().max()
    if not bool(own.isfinite().all()):
        return Unavailable("its outputs for the reference rows are not finite")
    if bool(gap <= 1e-4 * scale):
        return None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(OTHER_SEED)
        again = (network.asked(rows) - own).abs().max()
    if bool(again > 1e-4 * scale):
        return Unsteady(
            f"its predictions of the same rows differ from call to call, by up to {again:.3g}"
        )
    return Unavailable(f"its traced operators give other outputs than itself, by up to {gap:.3g}")


def _mixed(row: Any, other: Any) -> Any:
    """Take every second cell from one row, and the others from the other."""
    cells = torch.arange(row[0].numel(), device=row.device).reshape(row.shape[1:])
    return torch.where(cells % 2 == 0, row, other)


def _miss(shares: Shares) -> float:
    return float(shares.gaps.max() / (shares.outputs - shares.others).abs().max())
