"""``Pair``: what an operator returns for rows, and for the reference rows they are compared with."""

from collections.abc import Callable
from typing import Any

import torch
from torch.fx.node import map_aggregate
from torch.utils._pytree import tree_iter


class Pair:
    """Two tensors of one shape.

    Parameters
    ----------
    row : tensor, shape (p, …)
        Of the rows; autograd knows where it comes from.
    reference : tensor, shape (p, …)
        Of the reference rows; autograd does not know it.
    places : tensor of int64, shape (p, …), or None
        Where cells are the rows' own, or follow from a single one of them: which one, counted
        through all pairs, so that it stays true where an operator moves pairs to another axis.
    cause : Pair or None
        Of comparisons: the real numbers on whose sign they depend.
    """

    __slots__ = ("cause", "places", "reference", "row")

    def __init__(
        self, row: Any, reference: Any, places: Any = None, cause: "Pair | None" = None
    ) -> None:
        self.row = row
        self.reference = reference
        self.places = places
        self.cause = cause

    @property
    def is_real(self) -> bool:
        """Whether these are real numbers, which have slopes."""
        return bool(self.row.is_floating_point() or self.row.is_complex())

    @property
    def differs(self) -> bool:
        """Whether any row differs from its reference row."""
        return not torch.equal(self.row, self.reference)

    def detached(self) -> "Pair":
        """Return the same numbers, which count as constant."""
        return Pair(self.row.detach(), self.reference)

    def __add__(self, other: "Pair | float") -> "Pair":
        if isinstance(other, Pair):
            return Pair(self.row + other.row, self.reference + other.reference)
        return Pair(self.row + other, self.reference + other)

    def __sub__(self, other: "Pair | Any") -> "Pair":
        if not isinstance(other, Pair):
            return Pair(self.row - other, self.reference - other)
        return Pair(self.row - other.row, self.reference - other.reference)

    def __mul__(self, factor: Any) -> "Pair":
        return Pair(self.row * factor, self.reference * factor)

    def __neg__(self) -> "Pair":
        return Pair(-self.row, -self.reference)

    def map(self, function: Callable[[Any], Any]) -> "Pair":
        """Return what a linear function makes of both."""
        return Pair(function(self.row), function(self.reference))


def on_both(operator: Any, args: Any, kwargs: Any) -> Any:
    """Apply an operator to rows and to reference rows, each by themselves."""
    row = operator(*rows_of(args), **rows_of(kwargs))
    with torch.no_grad():
        reference = operator(*references_of(args), **references_of(kwargs))
    return paired(row, reference)


def paired(row: Any, reference: Any) -> Any:
    """Pair what an operator returned: a tensor, several, or something else that both share."""
    if isinstance(row, torch.Tensor):
        return Pair(row, reference)
    if isinstance(row, (tuple, list)):
        return tuple(map(paired, row, reference))
    return row


def rows_of(args: Any) -> Any:
    """Return an operator's arguments for the rows."""
    return map_aggregate(args, _row_of)


def references_of(args: Any) -> Any:
    """Return an operator's arguments for the reference rows."""
    return map_aggregate(args, _reference_of)


def _row_of(each: Any) -> Any:
    return each.row if isinstance(each, Pair) else each


def _reference_of(each: Any) -> Any:
    return each.reference if isinstance(each, Pair) else each


def pairs_in(args: Any) -> list[Pair]:
    """Return all pairs among an operator's arguments, or among what it returned."""
    return [each for each in tree_iter(args, is_leaf=_is_pair) if isinstance(each, Pair)]


def _is_pair(each: Any) -> bool:
    return isinstance(each, Pair)
