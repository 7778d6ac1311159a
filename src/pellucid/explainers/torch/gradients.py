"""Expected gradients: means of gradients at random points on the ways from reference rows."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields
from typing import Any

import numpy as np
import torch

from pellucid._core.errors import in_one_line
from pellucid._core.typing import Integers
from pellucid.data.feature_map import FeatureMap
from pellucid.explainers.torch.averages import References
from pellucid.explainers.torch.blocks import as_many_as, of_players, pairs_per_block
from pellucid.explainers.torch.direct import Direct
from pellucid.explainers.torch.draws import Draws, Moments
from pellucid.explainers.torch.interpreter import Program
from pellucid.explainers.torch.preparation import traced
from pellucid.models.model import Unavailable
from pellucid.models.torch.calling import undisturbed
from pellucid.models.torch.network import Network

EMBEDDINGS = (torch.nn.Embedding, torch.nn.EmbeddingBag)

Runner = Program | Direct


def runner_of(network: Network, references: References) -> Runner | Unavailable:
    """Return what gradients are taken of: the module itself, or its graph if it embeds tokens.

    Returns
    -------
    Runner or Unavailable
        The reason is that there is no graph, or no gradient.
    """
    tensors = references.tensors
    with torch.inference_mode(mode=False), torch.enable_grad():
        embeds = any(isinstance(part, EMBEDDINGS) for part in network.outputs.modules())
        if embeds or any(network.layout.wholes):
            found = traced(network, tensors)
            if isinstance(found, Unavailable):
                return found
            runner: Runner = Program(found, network.outputs)
        else:
            runner = Direct(network, tensors)
        reason = _reason_against(runner, tensors)
        return runner if reason is None else Unavailable(f"its outputs have no gradient: {reason}")


def _reason_against(runner: Runner, tensors: tuple[Any, ...]) -> str | None:
    at = as_many_as(runner.n_rows, torch.zeros(1, dtype=torch.int64, device=tensors[0].device))
    some = tuple(each[at] for each in tensors)
    try:
        with _ready(runner):
            outputs, leaves = runner.run(some, some, alpha=0.5)
            leaves.shares_of(outputs.row)
    except Exception as error:  # noqa: BLE001 - torch says why there is none
        return in_one_line(error)
    if isinstance(runner, Direct) and not outputs.row.requires_grad:
        return "they are cut off from its inputs"
    return None


def sampled(  # noqa: PLR0917 - what is taken of what
    runner: Runner,
    rows: tuple[Any, ...],
    references: References,
    draws: Sequence[Draws],
    players: FeatureMap,
    reach: Callable[[int], object],
) -> Moments:
    """Take gradients at points.

    Parameters
    ----------
    runner : Runner
    rows : tuple of tensor, shape (n, …)
    references : References
    draws : sequence of Draws
        The points of each row, as many for all.
    players : FeatureMap
        The player each cell belongs to.
    reach : callable
        Told how many rows are finished.
    """
    n, p = len(draws), len(draws[0].weights)
    limit = pairs_per_block(runner, players.n_raw)
    n_rows, n_pairs = max(limit // (2 * p), 1), max(min(p, limit // 2), 1)
    parts: list[Moments] = []
    with torch.inference_mode(mode=False), torch.enable_grad(), _ready(runner):
        for first in range(0, n, n_rows):
            at = np.arange(first, min(first + n_rows, n))
            sums: Any = 0
            for start in range(0, p, n_pairs):
                some = slice(start, start + n_pairs)
                found = _of_block(runner, rows, references, at, draws, some, players)
                sums = (
                    found
                    if isinstance(sums, int)
                    else [a + b for a, b in zip(sums, found, strict=True)]
                )
            mean, variance, squares, with_sum, of_sum = (np.asarray(each.cpu()) for each in sums)
            n_seen = np.full(len(at), p)
            parts.append(Moments(mean, variance, squares, with_sum, of_sum, n_seen))
            reach(int(at[-1]) + 1)
    return Moments(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in (field.name for field in fields(Moments))
        )
    )


def _ready(runner: Runner) -> AbstractContextManager[None]:
    """Leave a module as it was, after gradients are taken too; a graph needs no care."""
    return undisturbed(runner.network.outputs) if isinstance(runner, Direct) else nullcontext()


def _of_block(  # noqa: PLR0917 - a block of points
    runner: Runner,
    rows: tuple[Any, ...],
    references: References,
    at: Integers,
    draws: Sequence[Draws],
    some: slice,
    players: FeatureMap,
) -> list[Any]:
    """Return sums over some pairs of points, of some rows."""
    device = rows[0].device
    of_references = np.stack([draws[i].references[some] for i in at])
    alphas = np.stack([draws[i].alphas[some] for i in at])
    of_rows = np.broadcast_to(at[:, None, None], alphas.shape)
    indices = (
        torch.as_tensor(np.ascontiguousarray(each).reshape(-1), device=device)
        for each in (of_rows, of_references, alphas)
    )
    cells = _gradients(runner, rows, references.tensors, *indices)
    found = of_players(cells, players).double().reshape(*alphas.shape, players.n_raw, -1)
    weights = torch.as_tensor(draws[0].weights[some], device=device)
    apart = (found[:, :, 0] - found[:, :, 1]) / 2
    total = apart.sum(2)
    squared = weights**2
    return [
        torch.einsum("p,rpdc->rdc", weights, found.mean(2)),
        torch.einsum("p,rpdc->rdc", squared, apart**2),
        torch.einsum("p,rpdc->rdc", squared**2, apart**4),
        torch.einsum("p,rpdc,rpc->rdc", squared, apart, total),
        torch.einsum("p,rpc->rc", squared, total**2),
    ]


def _gradients(  # noqa: PLR0917 - one point for each index
    runner: Runner, rows: Any, references: Any, of_rows: Any, of_references: Any, alphas: Any
) -> Any:
    """Return gradients times differences, shape (p, cells, c)."""
    p = len(alphas)
    of_rows, of_references, alphas = (
        as_many_as(runner.n_rows, each) for each in (of_rows, of_references, alphas)
    )
    outputs, leaves = runner.run(
        tuple(each[of_rows] for each in rows),
        tuple(each[of_references] for each in references),
        alpha=alphas,
    )
    return leaves.shares_of(outputs.row)[:p]
