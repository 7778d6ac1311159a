"""Numbers of 32 bits for the 32 rows of a block, side by side, of which every bit says something.

As with the vectors of :mod:`simd`, kernels say what is done for all rows at once, and the compiler
maps it to whatever registers the processor has. ``&`` and ``|`` are the usual ones.
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic, models, register_model

from pellucid.kernels.simd import let_operate, place_of, spread_number

WORD = 32
"""Rows of a block, and bits of each one's number."""

Masks = npt.NDArray[np.uint32]
"""What type checkers take the numbers for: in plain Python they are an array of shape (WORD,)."""

ALL = np.uint32(2**32 - 1)
"""All bits."""

_WORDS = ir.VectorType(ir.IntType(32), WORD)


class _MasksType(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name=f"Masks({WORD})")


_MASKS = _MasksType()


@register_model(_MasksType)
class _MasksModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, of_type: _MasksType) -> None:
        super().__init__(manager, of_type, _WORDS)


for _operation, _instruction in ((operator.and_, "and_"), (operator.or_, "or_")):
    let_operate(_MASKS, _operation, _instruction)


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_same(_typing: Any, _mask: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return spread_number(builder, arguments[0], _WORDS)

    return _MASKS(types.uint32), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_either(
    _typing: Any, codes: Any, _start: Any, _highest: Any, _low: Any, _high: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integers = ir.VectorType(ir.IntType(16), WORD)
        place = place_of(context, builder, signature.args[0], arguments[0], arguments[1], integers)
        limit = spread_number(builder, arguments[2], integers)
        is_low = builder.icmp_unsigned("<=", builder.load(place, align=2), limit)
        low, high = (spread_number(builder, mask, _WORDS) for mask in arguments[3:])
        return builder.select(is_low, low, high)

    return _MASKS(codes, types.intp, types.uint16, types.uint32, types.uint32), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_read(_typing: Any, words: Any, _start: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = place_of(context, builder, signature.args[0], arguments[0], arguments[1], _WORDS)
        return builder.load(place, align=4)

    return _MASKS(words, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_write(_typing: Any, words: Any, _start: Any, _masks: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = place_of(context, builder, signature.args[0], arguments[0], arguments[1], _WORDS)
        builder.store(arguments[2], place, align=4)
        return context.get_dummy_value()

    return types.void(words, types.intp, _MASKS), generate


def _plain_same(mask: np.uint32) -> Masks:
    return np.full(WORD, mask, dtype=np.uint32)


def _plain_either(
    codes: npt.NDArray[np.uint16], start: int, highest: np.uint16, low: np.uint32, high: np.uint32
) -> Masks:
    return np.where(codes.reshape(-1)[start : start + WORD] <= highest, low, high)


def _plain_read(words: Masks, start: int) -> Masks:
    return words[start : start + WORD].copy()


def _plain_write(words: Masks, start: int, masks: Masks) -> None:
    words[start : start + WORD] = masks


_IS_PLAIN = bool(config.DISABLE_JIT)

same_mask: Callable[[np.uint32], Masks] = _plain_same if _IS_PLAIN else _compiled_same
"""``same_mask(mask)``: the same bits in all rows."""

either: Callable[[npt.NDArray[np.uint16], int, np.uint16, np.uint32, np.uint32], Masks] = (
    _plain_either if _IS_PLAIN else _compiled_either
)
"""``either(codes, start, highest, low, high)``: the bits ``low`` in rows with ``codes[start + i] <=
highest``, and ``high`` in the others; codes are counted through a C-contiguous array."""

read_masks: Callable[[Masks, int], Masks] = _plain_read if _IS_PLAIN else _compiled_read
"""``read_masks(words, start)``: 32 numbers of a one-dimensional uint32 array from ``start`` on."""

write_masks: Callable[[Masks, int, Masks], None] = _plain_write if _IS_PLAIN else _compiled_write
"""``write_masks(words, start, masks)``: write the rows' numbers to the cells from ``start`` on."""
