"""``Leaves``: where the differences of a network's outputs end up, and which cells get them."""

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
    places : tensor of int64, or None
        Which cell of which pair each number is due to, see :class:`Pair`; None if they are the
        cells of a whole input.
    start : int
        First cell of that input.
    """

    numbers: Any
    difference: Any
    places: Any
    start: int

    def credit(self, shares: Any, gradient: Any) -> None:
        """Add what each cell gets to ``shares``, a tensor (p, cells)."""
        found = gradient * self.difference
        if self.places is None:
            cells = found.flatten(1)
            shares[:, self.start : self.start + cells.shape[1]] += cells
        else:
            shares.view(-1).scatter_add_(0, self.places.flatten(), found.flatten().to(shares.dtype))


@dataclass(eq=False)
class Leaves:
    """The leaves of one run.

    Attributes
    ----------
    n_cells : int
        Cells of a row.
    alpha : float, tensor (p,), or None
        How far on the straight way from reference rows to rows the network is run, all pairs alike
        or each for itself; None for rules, which need the rows themselves.
    """

    n_cells: int
    alpha: Any = None
    cells: Any = None
    found: list[Leaf] = field(default_factory=list)

    def grow(self, given: Pair, start: int = 0) -> Pair:
        """Let differences of real numbers be shared out here, and no further."""
        numbers = given.row
        if self.alpha is not None:
            numbers = torch.lerp(given.reference, given.row, self._alpha_of(given))
        numbers = numbers.detach().requires_grad_()
        difference = given.row.detach() - given.reference
        self.found.append(Leaf(numbers, difference, given.places, start))
        return Pair(numbers, given.reference)

    def itself(self, given: Pair) -> Pair:
        """Return the rows' own cells in the place of numbers on the way to them."""
        if self.cells is None or given.places is None:
            return given
        row = self.cells[given.places].to(given.row.dtype)
        return Pair(row, given.reference, given.places)

    def _alpha_of(self, given: Pair) -> Any:
        if not isinstance(self.alpha, torch.Tensor):
            return self.alpha
        alpha = self.alpha.to(given.row.dtype)
        if given.places is None:
            return alpha.reshape(-1, *(1 for _ in given.row.shape[1:]))
        return alpha[given.places // self.n_cells]

    def shares_of(self, outputs: Any) -> Any:
        """Return what each cell gets of each output (p, c), shape (p, cells, c)."""
        n_pairs, n_outputs = outputs.shape
        shares = outputs.new_zeros((n_outputs, n_pairs, self.n_cells))
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
