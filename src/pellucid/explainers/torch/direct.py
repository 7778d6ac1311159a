"""``Direct``: a module that is run as it is, for gradients with respect to its real inputs."""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from pellucid.explainers.torch.leaves import Leaves
from pellucid.explainers.torch.pair import Pair
from pellucid.models.torch.calling import undisturbed
from pellucid.models.torch.network import Network


class Direct:
    """A module of which no graph is needed: whatever autograd knows of it is asked for.

    Parameters
    ----------
    network : Network
    tensors : tuple of tensor
        Some rows, by which it is found out how much memory one takes.
    """

    n_rows: int | None = None

    def __init__(self, network: Network, tensors: tuple[Any, ...]) -> None:
        self.network = network
        some = tuple(each[:2] for each in tensors)
        with torch.no_grad(), undisturbed(network.outputs), _Counting() as counting:
            network.outputs(*some)
        self.cells_per_row = max(counting.n_cells // len(some[0]), 1)

    def run(
        self, rows: tuple[Any, ...], references: tuple[Any, ...], *, alpha: Any
    ) -> tuple[Pair, Leaves]:
        """Run the module on the way from reference rows to rows, as a graph is."""
        leaves = Leaves(sum(row[0].numel() for row in rows), alpha)
        start, given = 0, []
        for row, reference in zip(rows, references, strict=True):
            given.append(leaves.grow(Pair(row, reference), start).row)
            start += row[0].numel()
        outputs = self.network.outputs(*given)
        return Pair(outputs, outputs), leaves


class _Counting(TorchDispatchMode):
    """Counts the numbers that operators return."""

    def __init__(self) -> None:
        super().__init__()
        self.n_cells = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        found = function(*args, **(kwargs or {}))
        self.n_cells += sum(
            each.numel() for each in tree_iter(found) if isinstance(each, torch.Tensor)
        )
        return found
