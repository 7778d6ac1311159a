"""Rules for maxima and minima: differences are routed to where the largest number is, and was.

On the way from the reference row to the row, the larger of both maxima is taken first, as shap's
DeepExplainer does: what it gains goes to the row's place, what it loses to the reference row's.
"""

from typing import Any

import torch

from pellucid.explainers.torch.elementary import secant
from pellucid.explainers.torch.pair import Pair, paired


def max_pool(operator: Any, args: Any, kwargs: Any) -> Any:
    """Route what a window's maximum gains to where it is, and what it loses to where it was.

    The maximum is taken over the row and the reference row at once on the way from one to the
    other, as shap's DeepExplainer does.
    """
    given = args[0]
    (values, where), (others, other_where) = (
        operator(half, *args[1:], **kwargs) for half in (given.row.detach(), given.reference)
    )
    n_axes = 3 if "3d" in str(operator) else 2
    flat = given.row.flatten(-n_axes)
    found = routed(
        flat,
        given.reference.flatten(-n_axes),
        (values.flatten(-n_axes), where.flatten(-n_axes)),
        (others.flatten(-n_axes), other_where.flatten(-n_axes)),
        dim=-1,
    )
    shape = values.shape
    return Pair(found.row.reshape(shape), found.reference.reshape(shape)), paired(
        where, other_where
    )


def largest_of(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Route the largest number along one dimension in the same way."""
    return _largest(args[0], args[1], len(args) > 2 and args[2], sign=1)


def smallest_of(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Route the smallest number along one dimension in the same way."""
    return _largest(args[0], args[1], len(args) > 2 and args[2], sign=-1)


def largest(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Route the largest number along several dimensions in the same way."""
    return _over_dims(args, sign=1)


def smallest(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Route the smallest number along several dimensions in the same way."""
    return _over_dims(args, sign=-1)


def routed(row: Any, reference: Any, found: Any, other: Any, *, dim: int) -> Pair:
    """Return maxima whose differences are routed to where they come from.

    Parameters
    ----------
    row, reference : tensor
        The numbers.
    found, other : tuple of two tensors
        Maxima and their places along ``dim``, of the rows and of the reference rows.
    dim : int
    """
    (values, where), (others, other_where) = found, other
    with torch.no_grad():
        both = torch.maximum(values, others)
        run = (row - reference).detach()
        gained, lost = run.gather(dim, where), run.gather(dim, other_where)
        still = gained == 0
        up = torch.where(still, 1.0, (both - others) / torch.where(still, 1.0, gained))
        down = (values - both) / torch.where(lost == 0, 1.0, lost)
    sloped = up * row.gather(dim, where) + down * row.gather(dim, other_where)
    return Pair(sloped + (values - sloped).detach(), others)


def maximum(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Share the larger of two numbers as ``b + relu(a - b)``."""
    a, b = map(_as_pair, args, args[::-1])
    return b + secant(torch.relu, a - b, smooth=False)


def minimum(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Share the smaller of two numbers as ``a - relu(a - b)``."""
    a, b = map(_as_pair, args, args[::-1])
    return a - secant(torch.relu, a - b, smooth=False)


def _as_pair(given: Any, other: Any) -> Pair:
    return given if isinstance(given, Pair) else Pair(*[given.expand_as(other.row)] * 2)


def _largest(given: Pair, dim: int, keep: bool, *, sign: int) -> tuple[Pair, Pair]:  # noqa: FBT001
    signed = given if sign > 0 else -given
    with torch.no_grad():
        found, other = (half.max(dim, keepdim=True) for half in (signed.row, signed.reference))
    pair = routed(signed.row, signed.reference, found, other, dim=dim)
    pair = pair if sign > 0 else -pair
    where = paired(found[1], other[1])
    if keep:
        return pair, where
    return pair.map(lambda numbers: numbers.squeeze(dim)), where.map(lambda at: at.squeeze(dim))


def _over_dims(args: Any, *, sign: int) -> Pair:
    given, dims, keep = args[0], args[1] if len(args) > 1 else [], len(args) > 2 and args[2]
    n = given.row.dim()
    dims = [axis % n for axis in dims] or list(range(n))
    kept = [axis for axis in range(n) if axis not in dims]
    shape = [given.row.shape[axis] for axis in kept]
    flat = given.map(lambda numbers: numbers.permute(*kept, *dims).reshape(*shape, -1))
    found, _ = _largest(flat, -1, False, sign=sign)
    if not keep:
        return found
    whole = [1 if axis in dims else size for axis, size in enumerate(given.row.shape)]
    return found.map(lambda numbers: numbers.reshape(whole))
