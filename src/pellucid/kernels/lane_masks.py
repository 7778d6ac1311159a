"""Numbers of 32 bits for the rows of a block, side by side: sets that every row narrows down.

Like the vectors of :mod:`simd`, they stay in the processor's registers while a loop goes on.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic, models, register_model

from pellucid.kernels.simd import WORD, place_of, spread_number

Masks = npt.NDArray[np.uint32]
"""What type checkers take the numbers for: in plain Python they are an array of shape (WORD,)."""

_WORDS = ir.VectorType(ir.IntType(32), WORD)


class _MasksType(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name=f"Masks({WORD})")


_MASKS = _MasksType()


@register_model(_MasksType)
class _MasksModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, of_type: _MasksType) -> None:
        super().__init__(manager, of_type, _WORDS)


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_all_ones(_typing: Any) -> Any:
    def generate(_context: Any, _builder: Any, _signature: Any, _arguments: Any) -> Any:
        return ir.Constant(_WORDS, [2**32 - 1] * WORD)

    return _MASKS(), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_narrow(
    _typing: Any, _masks: Any, codes: Any, _start: Any, _highest: Any, _kept: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        masks, _, _, highest, kept = arguments
        integers = ir.VectorType(ir.IntType(16), WORD)
        place = place_of(context, builder, signature.args[1], *arguments[1:3], integers)
        limit = spread_number(builder, highest, integers)
        is_kept = builder.icmp_unsigned("<=", builder.load(place, align=2), limit)
        left = builder.or_(builder.sext(is_kept, _WORDS), spread_number(builder, kept, _WORDS))
        return builder.and_(masks, left)

    return _MASKS(_MASKS, codes, types.intp, types.uint16, types.uint32), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_write(_typing: Any, words: Any, _masks: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zero = context.get_constant(types.intp, 0)
        place = place_of(context, builder, signature.args[0], arguments[0], zero, _WORDS)
        builder.store(arguments[1], place, align=4)
        return context.get_dummy_value()

    return types.void(words, _MASKS), generate


def _plain_all_ones() -> Masks:
    return np.full(WORD, 2**32 - 1, dtype=np.uint32)


def _plain_narrow(
    masks: Masks, codes: npt.NDArray[np.uint16], start: int, highest: np.uint16, kept: np.uint32
) -> Masks:
    return np.where(codes[start : start + WORD] <= highest, masks, masks & kept)


def _plain_write(words: Masks, masks: Masks) -> None:
    words[:] = masks


_IS_PLAIN = bool(config.DISABLE_JIT)

all_ones: Callable[[], Masks] = _plain_all_ones if _IS_PLAIN else _compiled_all_ones
"""``all_ones()``: all bits of all rows are 1."""

narrow: Callable[[Masks, npt.NDArray[np.uint16], int, np.uint16, np.uint32], Masks] = (
    _plain_narrow if _IS_PLAIN else _compiled_narrow
)
"""``narrow(masks, codes, start, highest, kept)``: rows with ``codes[start + i] <= highest`` keep
all of their bits, others only those that are ``kept``; codes are in a one-dimensional array."""

write_masks: Callable[[Masks, Masks], None] = _plain_write if _IS_PLAIN else _compiled_write
"""``write_masks(words, masks)``: write the rows' numbers to a uint32 array of shape (WORD,)."""
