"""Whether a network can be explained, and by which way, tried on a few reference rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pellucid.data.background import Background
from pellucid.explainers.torch.averages import References
from pellucid.explainers.torch.interpreter import Program
from pellucid.explainers.torch.shares import WAYS, Shares, Way
from pellucid.models.model import Unavailable
from pellucid.models.structures import NetworkStructure
from pellucid.models.torch.network import Network
from pellucid.models.torch.tracing import Trace

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
        """Return the graph, ready to run with the parameters that the network has now."""
        found = self.network.trace(self.references.tensors, self.n_rows)
        if isinstance(found, Unavailable):
            raise AssertionError(found.reason)  # noqa: TRY004 - it was traced before
        return Program(found, way.precise)


def prepare(structure: NetworkStructure, background: Background) -> Prepared | Unavailable:
    """Trace a network, and try on pairs of reference rows what adds up.

    Returns
    -------
    Prepared or Unavailable
        The reason is that the network cannot be traced, that its graph does not compute what the
        network does, or that shares do not add up.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        return _tried(structure, background)


def _tried(structure: NetworkStructure, background: Background) -> Prepared | Unavailable:
    network: Network = structure.network
    positive = np.flatnonzero(background.weights > 0)
    tensors = structure.encode(background.table.take(positive))
    found = _trace_of(network, tensors)
    if isinstance(found, Unavailable):
        return found
    references = References(tensors, background.weights[positive])
    some = np.arange(found.n_rows or N_TRIED)
    rows, others = (
        tuple(each[torch.as_tensor(at % len(each), device=each.device)] for each in tensors)
        for at in (some, some + 1)
    )
    tried: list[Shares] = []
    uncovered: set[str] = set()
    for i, way in enumerate(WAYS):
        program = Program(found, way.precise)
        with torch.random.fork_rng(devices=[]):  # a graph may draw random numbers
            tried.append(way.share(program, rows, others))
        uncovered |= program.uncovered
        reason = _difference(network, rows, tried[0]) if i == 0 else None
        if reason is not None:
            return Unavailable(reason)
        if tried[-1].add_up():
            named = tuple(sorted(uncovered))
            return Prepared(network, found.n_rows, references, WAYS[i:], named)
    return Unavailable(_why_not(tried[0], tried[-1], uncovered))


def _trace_of(network: Network, tensors: tuple[Any, ...]) -> Trace | Unavailable:
    """Trace for any number of rows; a network that does not let, for blocks of one size."""
    found = network.trace(tensors)
    if isinstance(found, Trace) and found.n_rows is None:
        return found
    fixed = network.trace(tensors, FIXED_PAIRS)
    return found if isinstance(fixed, Unavailable) and isinstance(found, Unavailable) else fixed


def _difference(network: Network, rows: tuple[Any, ...], shares: Shares) -> str | None:
    """Return by how much the graph's outputs differ from the network's own, if they do."""
    own = network.asked(rows)
    gap = (own - shares.outputs).abs().max()
    scale = own.abs().max()
    if not bool(own.isfinite().all()):
        return "its outputs for the reference rows are not finite"
    if bool(gap <= 1e-4 * scale):
        return None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(OTHER_SEED)
        again = (network.asked(rows) - own).abs().max()
    if bool(again > 1e-4 * scale):
        return f"its predictions of the same rows differ from call to call, by up to {again:.3g}"
    return f"its traced operators give other outputs than itself, by up to {gap:.3g}"


def _why_not(rules: Shares, path: Shares, uncovered: set[str]) -> str:
    difference = (rules.outputs - rules.others).abs().max()
    gaps = [float(found.gaps.max() / difference) for found in (rules, path)]
    named = f"; no rule covers {', '.join(sorted(uncovered))}" if uncovered else ""
    return (
        f"shares miss the difference of its outputs by {gaps[0]:.2g} of it, and integrated "
        f"gradients by {gaps[1]:.2g}{named}"
    )
