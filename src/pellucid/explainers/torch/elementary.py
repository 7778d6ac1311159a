"""Rules for functions of single numbers, and for products."""

from collections.abc import Callable
from typing import Any

import torch

from pellucid.explainers.torch.pair import Pair, on_both
from pellucid.explainers.torch.slopes import MatrixProduct, Product, Sloped

MASKED = 1e4
"""Stands for infinity where a mask depends on the row."""
ROUNDING_STEPS = 1
"""So many roundings of its values may part a secant from the derivative and mean nothing."""


def linear(operator: Any, args: Any, kwargs: Any) -> Any:
    """Share as autograd does, which is exact where the operator is linear in all pairs at once."""
    return on_both(operator, args, kwargs)


def copied(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Pass on what is written over all of another tensor's cells."""
    over, given = args[0], args[1]
    like = over.row if isinstance(over, Pair) else over
    return given.map(lambda numbers: numbers.to(like.dtype).expand_as(like))


def elementwise(operator: Any, args: Any, kwargs: Any) -> Any:
    """Give a function of single numbers the slope of its secant between row and reference row.

    This is the rescale rule of Shrikumar, Greenside, Kundaje (2017): Learning important features
    through propagating activation differences. ICML. Where the secant is lost in rounding, the
    derivative at the middle takes its place, unless it misses the difference by more than that.
    """
    (at,) = [i for i, each in enumerate(args) if isinstance(each, Pair)]
    before, after = args[:at], args[at + 1 :]

    def function(numbers: Any) -> Any:
        found = operator(*before, numbers, *after, **kwargs)
        return found[0] if isinstance(found, tuple) else found

    return secant(function, args[at])


def piecewise_linear(operator: Any, args: Any, kwargs: Any) -> Any:
    """Do the same for functions of straight pieces, whose secants rounding does not harm."""
    return secant(lambda numbers: operator(numbers, *args[1:], **kwargs), args[0], smooth=False)


def secant(function: Callable[[Any], Any], given: Pair, *, smooth: bool = True) -> Pair:
    """Return a function's values with the slopes of its secants."""
    row, reference = given.row.detach(), given.reference
    with torch.no_grad():
        values, others = function(row), function(reference)
        run, rise = row - reference, values - others
        equal = run == 0
        slopes = rise / torch.where(equal, 1.0, run)
    if smooth or bool(equal.any()):
        with torch.enable_grad():
            middle = torch.lerp(row, reference, 0.5).requires_grad_()
            (derivatives,) = torch.autograd.grad(function(middle).sum(), middle)
        derivatives = derivatives.nan_to_num(0.0, 0.0, 0.0)  # of a root at 0, say
        noise = ROUNDING_STEPS * torch.finfo(values.dtype).eps * (values.abs() + others.abs())
        lost = (derivatives * run - rise).abs() <= noise if smooth else equal
        slopes = torch.where(lost, derivatives, slopes)
    return Pair(Sloped.apply(given.row, values, slopes), others)


def step(whole: Pair, like: Any) -> Pair | None:
    """Return what a comparison found as real numbers, 0 and 1, due to the numbers compared."""
    if whole.cause is None:
        return None
    values, others = whole.row.to(like.dtype), whole.reference.to(like.dtype)
    with torch.no_grad():
        run = whole.cause.row - whole.cause.reference
        slopes = (values - others) / torch.where(run == 0, 1.0, run)
    return Pair(Sloped.apply(whole.cause.row, values, slopes), others)


def choice(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Share what is chosen by a condition, 0 or 1, as ``b + condition * (a - b)``."""
    condition, a, b = map(_as_finite_pair, args)
    shared = times(condition, a - b) + b
    with torch.no_grad():
        row = torch.where(condition.row > 0, a.row, b.row)
        reference = torch.where(condition.reference > 0, a.reference, b.reference)
    return Pair(shared.row + (row - shared.row).detach(), reference)


def blend(operator: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Return what is chosen by a condition between 0 and 1, on the way from one to the other."""
    condition, a, b = map(_as_finite_pair, args)
    return Pair(b.row + condition.row * (a.row - b.row), b.reference)


def _as_finite_pair(each: Any) -> Pair:
    """Return numbers without infinite ones, of which no differences can be shared out.

    An infinite number masks a place from a softmax, of which so large a finite one leaves nothing
    either. Where that is not what it is for, outputs differ from the network's own.
    """
    row, reference = (each.row, each.reference) if isinstance(each, Pair) else (each, each)
    return Pair(
        *(half.clamp(-MASKED, MASKED) if _is_infinite(half) else half for half in (row, reference))
    )


def _is_infinite(numbers: Any) -> bool:
    return numbers.is_floating_point() and bool(numbers.isinf().any())


def product(operator: Any, args: Any, kwargs: Any) -> Any:
    """Share a product by the Shapley value of its two factors, which is the mean of the other's.

    See Ancona, Öztireli, Gross (2019): Explaining deep neural networks with a polynomial time
    algorithm for Shapley value approximation. ICML.
    """
    a, b = args
    if isinstance(a, Pair) and isinstance(b, Pair):
        return times(a, b)
    return on_both(operator, args, kwargs)


def times(a: Pair, b: Pair) -> Pair:
    """Return ``a * b``, shared between both."""
    row = Product.apply(a.row, b.row, _mean(a), _mean(b))
    return Pair(row, a.reference * b.reference)


def matrix_product(operator: Any, args: Any, kwargs: Any) -> Any:
    """Share a product of matrices in the same way."""
    a, b = args
    if not (isinstance(a, Pair) and isinstance(b, Pair)):
        return on_both(operator, args, kwargs)
    return Pair(MatrixProduct.apply(a.row, b.row, _mean(a), _mean(b)), a.reference @ b.reference)


def affine_product(operator: Any, args: Any, kwargs: Any) -> Any:
    """Share ``beta * c + alpha * (a @ b)``."""
    c, a, b = args
    if not (isinstance(a, Pair) and isinstance(b, Pair)):
        return on_both(operator, args, kwargs)
    shared = matrix_product(None, (a, b), {}) * kwargs.get("alpha", 1)
    added = c * kwargs.get("beta", 1)
    if isinstance(added, Pair):
        return shared + added
    return Pair(shared.row + added, shared.reference + added)


def quotient(operator: Any, args: Any, kwargs: Any) -> Any:
    """Share a quotient as the product with the reciprocal."""
    a, b = args
    if not isinstance(b, Pair) or kwargs.get("rounding_mode") is not None:
        return on_both(operator, args, kwargs)
    over = secant(torch.reciprocal, b)
    return times(a, over) if isinstance(a, Pair) else over * a


def _mean(given: Pair) -> Any:
    with torch.no_grad():
        return torch.lerp(given.row, given.reference, 0.5)
