"""Shares of pairs of a row and a reference row in the difference of the network's outputs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pellucid.explainers.torch.interpreter import Program

TOLERANCE = 1e-4
"""Largest gap, relative to the largest difference of a row's outputs from a reference row's."""
ROUNDINGS = 64
"""Gaps of so many roundings of the outputs are none."""
CANCELLING = 100
"""Shares that are so many times larger than the outputs, and cancel, say nothing of the network."""
NODES = 8
MOST_PANELS = 32
"""At most so many panels of nodes are tried to integrate gradients along the way."""


@dataclass(eq=False)
class Shares:
    """What each cell gets of each output, for p pairs.

    Attributes
    ----------
    values : tensor, shape (p, cells, c)
    outputs, others : tensor, shape (p, c)
        Outputs of the rows, and of the reference rows.
    """

    values: Any
    outputs: Any
    others: Any

    @property
    def gaps(self) -> Any:
        """By how much the shares miss the difference of outputs, shape (p, c)."""
        return (self.values.sum(1) - (self.outputs - self.others)).abs()

    @property
    def differences(self) -> Any:
        """How much the outputs differ, shape (p, c)."""
        return (self.outputs - self.others).abs()

    @property
    def rounding(self) -> Any:
        """What rounding of the outputs alone may amount to, shape (p, c)."""
        size = torch.maximum(self.outputs.abs(), self.others.abs())
        return ROUNDINGS * torch.finfo(size.dtype).eps * size

    @property
    def sizes(self) -> Any:
        """Sums of the shares' absolute values, shape (p, c)."""
        return self.values.abs().sum(1)

    @property
    def magnitudes(self) -> Any:
        """How large the outputs are, and what they differ by, shape (p, c)."""
        outputs = torch.maximum(self.outputs.abs(), self.others.abs())
        return torch.maximum(outputs, self.differences)

    def add_up(self) -> bool:
        """Whether no gap is larger than rounding and a small share of the largest difference."""
        allowed = TOLERANCE * self.differences.max() + self.rounding.max()
        return bool(self.gaps.max() <= allowed)

    def cancel(self) -> bool:
        """Whether shares are far larger than anything that the network returns."""
        return bool(self.sizes.max() > CANCELLING * self.magnitudes.max())


@dataclass(frozen=True)
class Way:
    """How differences are shared out.

    Attributes
    ----------
    name : str
    method : str
        How stats call it.
    share : callable
    precise : bool
        Whether to compute in double precision, whatever the network's own.
    may_cancel : bool
        Whether shares may be large and cancel: they come from mixtures of a row and a reference row
        that the network itself never computes, such as the reciprocal of one times the other.
    """

    name: str
    method: str
    share: Callable[[Program, tuple[Any, ...], tuple[Any, ...]], Shares]
    precise: bool = False
    may_cancel: bool = False


def by_rules(program: Program, rows: tuple[Any, ...], references: tuple[Any, ...]) -> Shares:
    """Share by the rules of all operators, in one pass forward and one backward per output."""
    pair, leaves = program.run(rows, references)
    values = leaves.shares_of(pair.row)
    return Shares(values, pair.row.detach(), pair.reference)


def along_path(program: Program, rows: tuple[Any, ...], references: tuple[Any, ...]) -> Shares:
    """Share by the mean gradient on the straight way from the reference row to the row.

    These are integrated gradients (Sundararajan, Taly, Yan 2017: Axiomatic attribution for deep
    networks, ICML), by a Gauss-Legendre rule on more and more panels, until the shares add up.
    """
    ends, starts = program.outputs(rows), program.outputs(references)
    best: Shares | None = None
    panels = 1
    while panels <= MOST_PANELS:
        found = Shares(integrated(program, rows, references, panels), ends, starts)
        if best is None:
            best = found
        else:
            better = found.gaps.amax(1) < best.gaps.amax(1)
            best.values = torch.where(better[:, None, None], found.values, best.values)
        if best.add_up():
            break
        panels *= 2
    assert best is not None  # noqa: S101
    return best


def integrated(
    program: Program, rows: tuple[Any, ...], references: tuple[Any, ...], panels: int
) -> Any:
    """Return the weighted sum of gradients at the nodes of a composite rule."""
    points, weights = np.polynomial.legendre.leggauss(NODES)
    total: Any = 0
    for panel in range(panels):
        for point, weight in zip(points.tolist(), weights.tolist(), strict=True):
            alpha = (panel + (point + 1) / 2) / panels
            pair, leaves = program.run(rows, references, alpha=alpha)
            total = total + leaves.shares_of(pair.row) * (weight / 2 / panels)
    return total


WAYS = (
    Way("shares", "deep", by_rules, may_cancel=True),
    Way("shares in double precision", "deep", by_rules, precise=True, may_cancel=True),
    Way("integrated gradients", "integrated gradients", along_path, precise=True),
)
"""In order of preference; a row takes the first that adds up."""
