"""Means of shares over reference rows, block by block, with their standard errors."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch

from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.data.feature_map import FeatureMap
from pellucid.explainers.torch.blocks import as_many_as, of_players, pairs_per_block
from pellucid.explainers.torch.interpreter import Program
from pellucid.explainers.torch.shares import CANCELLING, TOLERANCE, Shares, Way


@dataclass(frozen=True, eq=False)
class References:
    """The reference rows, as the network takes them.

    Attributes
    ----------
    tensors : tuple of tensor, shape (m, …)
    weights : ndarray of float64, shape (m,)
        Positive, summing to 1.
    """

    tensors: tuple[Any, ...]
    weights: Floats

    def same_as(self, other: Self) -> bool:
        """Whether these are the same rows with the same weights."""
        return np.array_equal(self.weights, other.weights) and all(
            one.device == two.device and torch.equal(one, two)
            for one, two in zip(self.tensors, other.tensors, strict=True)
        )

    def on(self, device: Any) -> "References":
        """Return the same rows on a device."""
        return References(tuple(each.to(device) for each in self.tensors), self.weights)

    @property
    def freedom(self) -> float:
        """How many independent rows of equal weight they are worth, less one."""
        return max(float(1 / (self.weights**2).sum()) - 1, 0.0)


@dataclass(eq=False)
class Averages:
    """Means over reference rows, of n rows.

    Attributes
    ----------
    values, squares : ndarray of float64, shape (n, d, c)
        Mean shares of the players, and the mean squares of what they differ from it.
    base_values : ndarray of float64, shape (c,)
        Mean outputs of the reference rows.
    outputs : ndarray of float64, shape (n, c)
        The rows' own.
    adds_up : ndarray of bool, shape (n,)
        Whether the shares of all of a row's pairs add up, and do not merely cancel.
    """

    values: Floats
    squares: Floats
    base_values: Floats
    outputs: Floats
    adds_up: Booleans = field(init=False)
    mass: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.mass = np.zeros(len(self.values))

    def std_error(self, references: References) -> Floats | None:
        """Return standard errors, if the reference rows are a sample of others; None of one row."""
        if references.freedom < 1e-9:
            return None
        error: Floats = np.sqrt(self.squares / references.freedom)
        return error

    def replace(self, at: Integers, others: Self) -> None:
        """Put other averages of some rows in the place of these."""
        self.values[at], self.squares[at] = others.values, others.squares
        self.adds_up[at], self.outputs[at] = others.adds_up, others.outputs

    def add(self, at: slice, mean: Floats, square: Floats, mass: float) -> None:
        """Join the means over some reference rows of this mass to those over others."""
        whole = self.mass[at] + mass
        part = (mass / whole)[:, None, None]
        shift = mean - self.values[at]
        self.squares[at] += part * (square - self.squares[at] + (1 - part) * shift**2)
        self.values[at] += part * shift
        self.mass[at] = whole


def averages(
    program: Program,
    rows: tuple[Any, ...],
    references: References,
    players: FeatureMap,
    way: Way,
    *,
    reach: Callable[[float], object],
) -> Averages:
    """Average the shares of rows over the reference rows.

    Parameters
    ----------
    program : Program
    rows : tuple of tensor, shape (n, …)
    references : References
        m of them.
    players : FeatureMap
        The player each cell belongs to.
    way : Way
    reach : callable
        Told how many rows are finished, in parts.
    """
    n, m = len(rows[0]), len(references.weights)
    weights = torch.as_tensor(references.weights, device=rows[0].device)
    measured = np.zeros((5, n))
    found: Averages | None = None
    for of_rows, of_references in blocks(program, n, m, players.n_raw):
        some = tuple(each[of_rows] for each in rows)
        others = tuple(each[of_references] for each in references.tensors)
        r, c = len(some[0]), len(others[0])
        shares = _padded(way, program, some, others)
        if found is None:
            k = shares.outputs.shape[1]
            shape = n, players.n_raw, k
            found = Averages(np.zeros(shape), np.zeros(shape), np.zeros(k), np.zeros((n, k)))
        values = of_players(shares.values, players)
        values = values.reshape(r, c, *values.shape[1:])
        w = weights[of_references]
        mass = float(w.sum())
        w = (w / mass).to(values.dtype)
        mean = torch.einsum("rcdk,c->rdk", values, w)
        square = torch.einsum("rcdk,c->rdk", (values - mean[:, None]) ** 2, w)
        found.add(of_rows, _numbers(mean), _numbers(square), mass)
        for largest, each in zip(measured, _measures(shares), strict=True):
            row_wise = _numbers(each.reshape(r, -1).amax(1))
            largest[of_rows] = np.maximum(largest[of_rows], row_wise)
        found.outputs[of_rows] = _numbers(shares.outputs.reshape(r, c, -1)[:, 0])
        if of_rows.start == 0:
            outputs = shares.others.reshape(r, c, -1)[0].double()
            found.base_values += _numbers(torch.einsum("ck,c->k", outputs, weights[of_references]))
        reach(of_rows.start + (of_rows.stop - of_rows.start) * of_references.stop / m)
    if found is None:
        raise AssertionError("there is a row, and a reference row")
    gaps, differences, rounding, sizes, magnitudes = measured
    found.adds_up = gaps <= TOLERANCE * differences + rounding
    if way.may_cancel:
        found.adds_up &= sizes <= CANCELLING * magnitudes
    return found


def _measures(shares: Shares) -> tuple[Any, ...]:
    return shares.gaps, shares.differences, shares.rounding, shares.sizes, shares.magnitudes


def blocks(program: Program, n: int, m: int, d: int) -> Iterator[tuple[slice, slice]]:
    """Yield which rows meet which reference rows next, so that memory suffices for all pairs."""
    pairs = pairs_per_block(program, d)
    c = min(m, pairs)
    r = max(pairs // m, 1)
    for first in range(0, n, r):
        for other in range(0, m, c):
            yield slice(first, min(first + r, n)), slice(other, min(other + c, m))


def _padded(way: Way, program: Program, rows: Any, references: Any) -> Shares:
    """Share out all pairs of rows and references, of as many pairs as the graph is for."""
    r, c = len(rows[0]), len(references[0])
    at = as_many_as(program.n_rows, torch.arange(r * c, device=rows[0].device))
    given = tuple(each[at // c] for each in rows), tuple(each[at % c] for each in references)
    found = way.share(program, *given)
    return Shares(found.values[: r * c], found.outputs[: r * c], found.others[: r * c])


def _numbers(tensor: Any) -> Floats:
    return np.asarray(tensor.double().cpu())
