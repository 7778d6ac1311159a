"""Operators whose gradient is that of a rule, in place of the one at the rows."""

from typing import Any

import torch


class Sloped(torch.autograd.Function):
    """Values that depend on numbers of the same shape by given slopes."""

    @staticmethod
    def forward(ctx: Any, numbers: Any, values: Any, slopes: Any) -> Any:  # noqa: ARG004
        """Return the values."""
        ctx.save_for_backward(slopes)
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """Multiply by the slopes."""
        (slopes,) = ctx.saved_tensors
        return gradient * slopes, None, None


class Product(torch.autograd.Function):
    """Products of numbers, each of which counts at the mean of the other's two values."""

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any, mean_a: Any, mean_b: Any) -> Any:
        """Return ``a * b``."""
        ctx.save_for_backward(mean_a, mean_b)
        ctx.shapes = a.shape, b.shape
        return a * b

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """Multiply by the other's mean, and sum over what was repeated."""
        mean_a, mean_b = ctx.saved_tensors
        of_a = (gradient * mean_b).sum_to_size(ctx.shapes[0]) if ctx.needs_input_grad[0] else None
        of_b = (gradient * mean_a).sum_to_size(ctx.shapes[1]) if ctx.needs_input_grad[1] else None
        return of_a, of_b, None, None


class MatrixProduct(torch.autograd.Function):
    """Products of matrices, each of which counts at the mean of the other's two values."""

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any, mean_a: Any, mean_b: Any) -> Any:
        """Return ``a @ b``."""
        ctx.save_for_backward(mean_a, mean_b)
        return a @ b

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """Multiply by the other's mean."""
        mean_a, mean_b = ctx.saved_tensors
        of_a = gradient @ mean_b.mT if ctx.needs_input_grad[0] else None
        of_b = mean_a.mT @ gradient if ctx.needs_input_grad[1] else None
        return of_a, of_b, None, None
