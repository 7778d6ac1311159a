"""Rules for operators that are made of others: softmax, normalizations, variance."""

import math
from typing import Any

import torch

from pellucid.explainers.torch.elementary import secant, times
from pellucid.explainers.torch.maxima import largest_of
from pellucid.explainers.torch.pair import Pair, on_both


def softmax(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Share a softmax as exponentials times the reciprocal of their sum.

    Each row is shifted by its own largest number, which changes nothing, and whose difference goes
    to where it is and was. With a shift that both rows share, the sum of one of them may vanish, and
    its reciprocal times the other's exponentials become shares that are huge and cancel.
    """
    given, dim = args[0], args[1]
    top, _ = largest_of(None, (given, dim, True), {})
    powers = secant(torch.exp, given - top)
    total = powers.map(lambda numbers: numbers.sum(dim, keepdim=True))
    return times(powers, secant(torch.reciprocal, total))


def log_softmax(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Share a log-softmax as the number less the logarithm of the sum of exponentials."""
    given, dim = args[0], args[1]
    shift = _shift(given, dim)
    total = _sum_of_exponentials(given, shift, dim)
    shifted = Pair(given.row - shift, given.reference - shift)
    return shifted - secant(torch.log, total)


def log_sum_exp(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Share the logarithm of a sum of exponentials."""
    given, dim, keep = args[0], args[1], len(args) > 2 and args[2]
    shift = _shift(given, dim)
    total = secant(torch.log, _sum_of_exponentials(given, shift, dim))
    found = Pair(total.row + shift, total.reference + shift)
    return found if keep else found.map(lambda numbers: numbers.squeeze(dim))


def layer_norm(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Share a layer's normalization: differences from the mean times the inverse deviation."""
    given, shape, weight, bias, eps = args
    dims = tuple(range(-len(shape), 0))
    normal, mean, inverse = normalized(given, dims, eps)
    return _scaled(normal, weight, bias), mean, inverse


def group_norm(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Share the same of groups of channels."""
    given, weight, bias, n, _channels, _size, groups, eps = args
    parts = given.map(lambda numbers: numbers.reshape(n, groups, -1))
    normal, mean, inverse = normalized(parts, (-1,), eps)
    shape = given.row.shape
    normal = normal.map(lambda numbers: numbers.reshape(shape))
    return _scaled(normal, *_by_channel(given, weight, bias)), mean, inverse


def instance_norm(operator: Any, args: Any, kwargs: Any) -> Any:
    """Share the same of each channel over its places; with statistics of its own it is linear."""
    given, weight, bias, *_, training, _momentum, eps = args
    if not training:
        return on_both(operator, args, kwargs)
    dims = tuple(axis for axis in range(given.row.dim()) if axis != 1)
    normal, mean, inverse = normalized(given, dims, eps)
    return _scaled(normal, *_by_channel(given, weight, bias)), mean, inverse


def normalized(given: Pair, dims: tuple[int, ...], eps: float) -> tuple[Pair, Pair, Pair]:
    """Return normalized numbers, their mean, and one over their deviation."""
    mean = given.map(lambda numbers: numbers.mean(dims, keepdim=True))
    centred = given - mean
    variance = times(centred, centred).map(lambda numbers: numbers.mean(dims, keepdim=True))
    inverse = secant(torch.rsqrt, variance + eps)
    return times(centred, inverse), mean.detached(), inverse.detached()


def variance(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Share a variance as the mean of squared differences from the mean."""
    given, dims = args[0], args[1] if len(args) > 1 else None
    keep, correction = kwargs.get("keepdim", False), kwargs.get("correction")
    dims = dims or list(range(given.row.dim()))
    centred = given - given.map(lambda numbers: numbers.mean(dims, keepdim=True))
    n = 1
    for axis in dims:
        n *= given.row.shape[axis]
    freedom = n - (1 if correction is None else correction)
    return times(centred, centred).map(lambda numbers: numbers.sum(dims, keepdim=keep) / freedom)


def norm(operator: Any, args: Any, kwargs: Any) -> Any:
    """Share a vector's length as the root of the sum of its numbers' powers."""
    given, order = args[0], args[1] if len(args) > 1 else 2
    dims, keep = args[2] if len(args) > 2 else None, len(args) > 3 and args[3]
    if not 0 < order < math.inf:
        return on_both(operator, args, kwargs)
    powers = secant(lambda numbers: numbers.abs() ** order, given)
    total = powers.map(lambda numbers: numbers.sum(dims, keepdim=keep))
    return secant(lambda numbers: numbers ** (1 / order), total)


def _shift(given: Pair, dim: Any) -> Any:
    with torch.no_grad():
        shift = torch.maximum(given.row, given.reference).amax(dim, keepdim=True)
        return torch.where(shift.isfinite(), shift, 0.0)


def _sum_of_exponentials(given: Pair, shift: Any, dim: Any) -> Pair:
    powers = secant(torch.exp, given - shift)
    return powers.map(lambda numbers: numbers.sum(dim, keepdim=True))


def _scaled(normal: Pair, weight: Any, bias: Any) -> Pair:
    if weight is not None:
        normal = normal * weight
    if bias is not None:
        normal = Pair(normal.row + bias, normal.reference + bias)
    return normal


def _by_channel(given: Pair, *scales: Any) -> list[Any]:
    """Return numbers per channel, axis 1, in a shape that meets those of ``given``."""
    one = (1, -1, *(1 for _ in given.row.shape[2:]))
    return [scale if scale is None else scale.reshape(one) for scale in scales]
