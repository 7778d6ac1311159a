"""``Leaves``: where the differences of a network's outputs end up, and which cells get them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from pellucid.explainers.torch.pair import Pair


@dataclass(frozen=True, eq=False)
class Leaf:
    """Real numbers of rows, whose differences from reference rows are shared out.

    Attributes
    ----------
    numbers : tensor, shape (p, …)
    difference : tensor, shape (p, …)
        What rows differ by from reference rows.
    places : tensor of int64, shape (p, …), or None
        Which cell of a row each number is due to; None if they are the cells of a whole input.
    start : int
        First cell of that input.
    """

    numbers: Any
    difference: Any
    places: Any
    start: int

    def credit(self, shares: Any, gradient: Any) -> None:
        """Add what each cell gets to ``shares``, a tensor (p, cells)."""
        found = (gradient * self.difference).flatten(1)
        if self.places is None:
            shares[:, self.start : self.start + found.shape[1]] += found
        else:
            shares.scatter_add_(1, self.places.flatten(1), found.to(shares.dtype))


@dataclass(eq=False)
class Leaves:
    """The leaves of one run.

    Attributes
    ----------
    at : callable or None
        From rows and reference rows to the numbers in between that the network is run with; None
        for the rows themselves.
    """

    at: Callable[[Any, Any], Any] | None = None
    found: list[Leaf] = field(default_factory=list)

    def grow(self, given: Pair, start: int = 0) -> Pair:
        """Let differences of real numbers be shared out here, and no further."""
        numbers = given.row if self.at is None else self.at(given.row, given.reference)
        numbers = numbers.detach().requires_grad_()
        difference = given.row.detach() - given.reference
        self.found.append(Leaf(numbers, difference, given.places, start))
        return Pair(numbers, given.reference)

    def shares_of(self, outputs: Any, n_cells: int) -> Any:
        """Return what each cell gets of each output (p, c), shape (p, cells, c)."""
        n_pairs, n_outputs = outputs.shape
        shares = outputs.new_zeros((n_outputs, n_pairs, n_cells))
        gradients = partial(
            torch.autograd.grad,
            inputs=[leaf.numbers for leaf in self.found],
            allow_unused=True,
        )
        for k in range(n_outputs if outputs.requires_grad else 0):
            last = k == n_outputs - 1
            for leaf, gradient in zip(
                self.found, gradients(outputs[:, k].sum(), retain_graph=not last), strict=True
            ):
                if gradient is not None:
                    leaf.credit(shares[k], gradient)
        return shares.permute(1, 2, 0)
