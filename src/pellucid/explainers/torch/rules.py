"""Rules: how the difference of what an operator returns is shared among what it was given.

A rule takes an operator and its arguments, of which at least one is a :class:`Pair`, and returns
a pair whose gradient is the rule's. The shares of all arguments add up to the difference, so that
by the chain rule those of all cells of a row add up to the difference of the network's outputs.
"""

from collections.abc import Callable
from typing import Any

import torch

from pellucid.explainers.torch.composed import (
    group_norm,
    instance_norm,
    layer_norm,
    log_softmax,
    log_sum_exp,
    norm,
    softmax,
    variance,
)
from pellucid.explainers.torch.elementary import (
    affine_product,
    choice,
    copied,
    elementwise,
    linear,
    matrix_product,
    piecewise_linear,
    product,
    quotient,
)
from pellucid.explainers.torch.maxima import (
    largest,
    largest_of,
    max_pool,
    maximum,
    minimum,
    smallest,
    smallest_of,
)
from pellucid.explainers.torch.pair import Pair, pairs_in

aten = torch.ops.aten

Rule = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]


def _of(names: str, rule: Rule) -> dict[Any, Rule]:
    return {getattr(aten, name): rule for name in names.split() if hasattr(aten, name)}


RULES: dict[Any, Rule] = {
    **_of(
        "_adaptive_avg_pool1d _adaptive_avg_pool2d _adaptive_avg_pool3d _to_copy _unsafe_view add "
        "adaptive_avg_pool1d alias as_strided avg_pool1d avg_pool2d avg_pool3d cat clone "
        "col2im constant_pad_nd cumsum detach diagonal expand flip im2col "
        "index index_add index_put index_select lift_fresh_copy masked_fill mean narrow neg new_zeros permute "
        "pixel_shuffle reflection_pad1d reflection_pad2d reflection_pad3d repeat replication_pad1d "
        "replication_pad2d replication_pad3d reshape roll rsub scatter scatter_add select select_scatter slice "
        "slice_scatter split split_with_sizes squeeze stack sub sum t transpose tril triu unbind "
        "unfold unsqueeze upsample_bilinear2d upsample_nearest1d upsample_nearest2d "
        "upsample_nearest3d view where gather _native_batch_norm_legit_no_training",
        linear,
    ),
    **_of(
        "acos acosh asin asinh atan atanh ceil celu cos cosh digamma elu erf erfc exp exp2 expm1 floor fmod gelu "
        "hardswish log log10 log1p log2 log_sigmoid_forward mish pow reciprocal remainder round rsqrt "
        "selu sigmoid sign silu sin sinh softplus sqrt square tan tanh trunc",
        elementwise,
    ),
    **_of(
        "abs clamp clamp_max clamp_min hardsigmoid hardtanh leaky_relu relu relu6 threshold",
        piecewise_linear,
    ),
    **_of("mul", product),
    **_of("mm bmm", matrix_product),
    **_of("addmm baddbmm", affine_product),
    **_of("div", quotient),
    **_of("_softmax", softmax),
    **_of("_log_softmax", log_softmax),
    **_of("logsumexp", log_sum_exp),
    **_of("native_layer_norm", layer_norm),
    **_of("native_group_norm", group_norm),
    **_of(
        "_native_batch_norm_legit native_batch_norm _native_batch_norm_legit_functional",
        instance_norm,
    ),
    **_of("var", variance),
    **_of("linalg_vector_norm", norm),
    **_of(
        "max_pool2d_with_indices max_pool3d_with_indices adaptive_max_pool2d adaptive_max_pool3d",
        max_pool,
    ),
    **_of("max", largest_of),
    **_of("min", smallest_of),
    **_of("amax", largest),
    **_of("amin", smallest),
    **_of("maximum", maximum),
    **_of("minimum", minimum),
}
"""From a core operator to its rule. One that is not here is shared as if it were linear, and named."""

ONE_PAIR = frozenset({elementwise, piecewise_linear})


def rule_for(operator: Any, args: tuple[Any, ...]) -> Rule | None:
    """Return the rule of an operator for these arguments, or None if none covers it."""
    packet = getattr(operator, "overloadpacket", operator)
    at = [i for i, each in enumerate(args) if isinstance(each, Pair)]
    if any(not pair.is_real for pair in pairs_in(args)):  # places to take numbers from, say
        return None
    rule = RULES.get(packet)
    if packet is aten.convolution:
        rule = linear if at == [0] else None
    elif packet is aten.copy:
        rule = copied if 1 in at else None
    elif packet is aten.where and 0 in at:
        rule = choice
    elif rule in ONE_PAIR and len(at) != 1:
        rule = None
    elif rule is largest_of or rule is smallest_of:
        rule = rule if len(args) > 1 and isinstance(args[1], int) else None
    return rule
