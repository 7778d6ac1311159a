"""Whole numbers and truth values, which have no slopes: tokens, codes, comparisons.

Where they become real numbers, by an embedding or in arithmetic, the difference between row and
reference row is due to the cells that they were made of, or to the numbers that were compared.
"""

from functools import partial
from typing import Any

import torch
from torch.fx.node import map_aggregate
from torch.utils._pytree import tree_iter

from pellucid.explainers.torch.elementary import step
from pellucid.explainers.torch.leaves import Leaves
from pellucid.explainers.torch.pair import Pair, on_both, pairs_in

aten = torch.ops.aten


def _of(names: str) -> frozenset[Any]:
    return frozenset(getattr(aten, name) for name in names.split())


COPIES = _of("_to_copy alias clone detach")
MOVING = COPIES | _of(
    "_unsafe_view cat expand permute repeat reshape select slice split split_with_sizes squeeze "
    "stack t transpose unbind unsqueeze view"
)
"""Operators that put cells in other places, and leave them what they are."""
COMPARISONS = _of("eq ge gt le lt ne")
NEGATIONS = _of("bitwise_not logical_not")
BY_CELLS = COMPARISONS | NEGATIONS | _of("add clamp floor mul round sub where")
"""Operators on whole numbers, cell by cell."""
ARITHMETIC = _of("add cat div maximum minimum mul rsub stack sub where")
"""Operators in which whole numbers count as real ones."""


def embedded(target: Any, args: Any, leaves: Leaves) -> Any:
    """Look tokens up, and share differences of what is found among them."""
    weight, tokens, *others = args
    if not tokens.differs:
        return target(weight, tokens.row, *others)
    found = on_both(target, (weight, tokens, *others), {})
    if tokens.places is None:
        return found
    found.places = tokens.places.unsqueeze(-1).expand(found.row.shape)
    return leaves.grow(found)


def of_wholes(target: Any, args: Any, kwargs: Any, leaves: Leaves) -> Any:
    """Apply an operator to whole numbers alone."""
    found = on_both(target, args, kwargs)
    if not isinstance(found, Pair):
        move_places(found, target, args, kwargs)
        return found
    given = pairs_in(args)
    if target.overloadpacket in MOVING:
        move_places(found, target, args, kwargs)
        if found.is_real:
            return _as_real(found.row, leaves, _described_by(given[0], found)) or found
        if len(given) == 1 and given[0].cause is not None:
            moved = target.overloadpacket not in COPIES
            found.cause = (
                given[0].cause.map(lambda numbers: target(numbers, *args[1:], **kwargs))
                if moved
                else given[0].cause
            )
    elif target.overloadpacket in BY_CELLS:
        found.places = _common_places(given, found)
        if target.overloadpacket in NEGATIONS:
            found.cause = given[0].cause
    return found


def _common_places(given: list[Pair], found: Pair) -> Any:
    """Return where cells come from, if those of all arguments come from the same; else None."""
    if any(pair.places is None for pair in given):
        return None
    first, *others = (pair.places.expand(found.row.shape) for pair in given)
    return first if all(torch.equal(first, other) for other in others) else None


def among_reals(target: Any, args: Any, like: Any, leaves: Leaves) -> Any:
    """Make whole numbers among an operator's arguments constant or real, where that can be."""
    counts = target.overloadpacket in ARITHMETIC
    return map_aggregate(args, partial(_settled, like, leaves, counts))


def compared(args: Any, found: Pair) -> Pair:
    """Return the real numbers on whose sign a comparison of two depends, in its shape."""
    a, b = args
    difference: Pair = a - b if isinstance(a, Pair) else -(b - a)
    return difference.map(lambda numbers: numbers.expand(found.row.shape))


def move_places(found: Any, target: Any, args: Any, kwargs: Any) -> None:
    """Put places where an operator puts the cells, if they are known."""
    pairs = pairs_in(args)
    if target.overloadpacket not in MOVING or any(pair.places is None for pair in pairs):
        return
    if target.overloadpacket in COPIES:
        found.places = pairs[0].places
        return
    moved = map_aggregate(args, _places_of)
    tensors = [each for each in tree_iter(moved) if isinstance(each, torch.Tensor)]
    if len(tensors) > len(pairs):  # beside constants
        return
    places = target(*moved, **kwargs)
    several = isinstance(found, tuple)
    for pair, where in zip(
        found if several else [found], places if several else [places], strict=True
    ):
        pair.places = where


def _settled(like: Any, leaves: Leaves, counts: bool, each: Any) -> Any:  # noqa: FBT001
    if not isinstance(each, Pair) or each.is_real:
        return each
    if not each.differs:
        return each.row
    return (_as_real(like, leaves, each) if counts else None) or each


def _as_real(like: Any, leaves: Leaves, whole: Pair) -> Pair | None:
    """Return whole numbers as real ones that know what they are due to; None if nothing does."""
    real = step(whole, like)
    if real is None and whole.places is not None:
        real = leaves.grow(
            Pair(whole.row.to(like.dtype), whole.reference.to(like.dtype), whole.places)
        )
    return real


def _described_by(given: Pair, found: Pair) -> Pair:
    return Pair(found.row, found.reference, found.places, given.cause)


def _places_of(each: Any) -> Any:
    return each.places.contiguous() if isinstance(each, Pair) else each
