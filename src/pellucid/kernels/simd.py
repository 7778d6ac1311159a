"""Vectors of eight float64, so that kernels say what runs side by side and the compiler does so.

A :data:`vector <WIDTH>` is loaded from and stored to arrays, and added, subtracted and multiplied
by the usual operators. Each operation works on its lanes alone and is never contracted with
another one, so a lane's result does not depend on its place. The compiler maps the eight lanes to
whatever registers the processor has (one of AVX-512, two of AVX2, four of SSE2 or NEON). Without
the compiler (``NUMBA_DISABLE_JIT=1``), vectors are small NumPy arrays.

Intrinsics are built with llvmlite as numba's manual describes in "Low-level extension API".
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import (
    intrinsic,
    lower_builtin,
    models,
    register_model,
    type_callable,
)

Vector = npt.NDArray[np.float64]
"""What type checkers take a vector for: in plain Python it is one, of shape (WIDTH,)."""

WIDTH = 8
"""Lanes of a vector."""

HALF = WIDTH // 2
"""Lanes of half a vector, which takes half the time where there are no more numbers than that."""

_DOUBLES = ir.VectorType(ir.DoubleType(), WIDTH)
_HALF_OF_THEM = ir.VectorType(ir.DoubleType(), HALF)
_BYTES_OF_A_CELL = 8


def aligned(n: int) -> npt.NDArray[np.float64]:
    """Return n float64 in memory that starts where a line of the cache does; not yet written.

    A vector that lies across two lines is read and written in twice the time.
    """
    cells = np.empty(n + WIDTH)
    start = -(cells.ctypes.data // _BYTES_OF_A_CELL) % WIDTH
    return cells[start : start + n]


class _VectorType(types.Type):  # type: ignore[misc]
    def __init__(self, doubles: ir.VectorType) -> None:
        super().__init__(name=f"Vector({doubles.count})")
        self.doubles = doubles


_VECTOR, _HALF_VECTOR = _VectorType(_DOUBLES), _VectorType(_HALF_OF_THEM)


@register_model(_VectorType)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, of_type: _VectorType) -> None:
        super().__init__(manager, of_type, of_type.doubles)


def let_operate(kind: types.Type, operation: Callable[[Any, Any], Any], instruction: str) -> None:
    """Let an operator of Python be an instruction for two values of a kind of vector."""

    @type_callable(operation)  # type: ignore[untyped-decorator]
    def type_of_result(_context: Any) -> Callable[[Any, Any], Any]:
        def typer(a: Any, b: Any) -> Any:
            return kind if a == b == kind else None

        return typer

    @lower_builtin(operation, kind, kind)  # type: ignore[untyped-decorator]
    def lower(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return getattr(builder, instruction)(*arguments)


for _operation, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    for _kind in (_VECTOR, _HALF_VECTOR):
        let_operate(_kind, _operation, _instruction)


def place_of(
    context: Any, builder: Any, kind: Any, array: Any, start: Any, vector: ir.VectorType
) -> Any:
    """Return the address of a vector that starts at a cell of an array of some kind."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [start]), vector.as_pointer())


def spread_number(builder: Any, number: Any, vector: ir.VectorType) -> Any:
    """Return a vector of the same number in all lanes."""
    undefined = ir.Constant(vector, ir.Undefined)
    zero = ir.Constant(ir.IntType(32), 0)
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(builder.insert_element(undefined, number, zero), undefined, zeros)


def _loading(kind: _VectorType) -> Any:
    @intrinsic  # type: ignore[untyped-decorator]
    def compiled_load(_typing: Any, array: Any, _start: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            of, (array, start) = signature.args[0], arguments
            place = place_of(context, builder, of, array, start, kind.doubles)
            return builder.load(place, align=_BYTES_OF_A_CELL)

        return kind(array, types.intp), generate

    return compiled_load


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_prefetch(_typing: Any, array: Any, _place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), cgutils.voidptr_t)
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        for_reading, into_all_caches, data_not_code = flag(0), flag(3), flag(1)
        builder.call(function, [address, for_reading, into_all_caches, data_not_code])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_store(_typing: Any, array: Any, _start: Any, vector: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of, (array, start, numbers) = signature.args[0], arguments
        place = place_of(context, builder, of, array, start, vector.doubles)
        builder.store(numbers, place, align=_BYTES_OF_A_CELL)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


def _splatting(kind: _VectorType) -> Any:
    @intrinsic  # type: ignore[untyped-decorator]
    def compiled_splat(_typing: Any, _number: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return spread_number(builder, arguments[0], kind.doubles)

        return kind(types.float64), generate

    return compiled_splat


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_spread(_typing: Any, array: Any, _place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return spread_number(builder, builder.load(builder.gep(data, [arguments[1]])), _DOUBLES)

    return _VECTOR(array, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_fma(_typing: Any, a: Any, b: Any, c: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(a.doubles, [a.doubles] * 3)
        name = f"llvm.fmuladd.v{a.doubles.count}f64"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, arguments)

    return a(a, b, c), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_choose(
    _typing: Any, codes: Any, _start: Any, _highest: Any, low: Any, high: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integers = ir.VectorType(ir.IntType(16), WIDTH)
        place = place_of(context, builder, signature.args[0], arguments[0], arguments[1], integers)
        limit = spread_number(builder, arguments[2], integers)
        goes_low = builder.icmp_unsigned("<=", builder.load(place, align=2), limit)
        return builder.select(goes_low, arguments[3], arguments[4])

    return _VECTOR(codes, types.intp, types.uint16, low, high), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_where(_typing: Any, word: Any, place: Any, number: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        integers = ir.VectorType(ir.IntType(32), WIDTH)
        shift = builder.trunc(arguments[1], ir.IntType(32))
        bits = spread_number(builder, builder.lshr(arguments[0], shift), integers)
        own = builder.and_(bits, ir.Constant(integers, [1 << lane for lane in range(WIDTH)]))
        is_one = builder.icmp_unsigned("!=", own, ir.Constant(integers, [0] * WIDTH))
        numbers = spread_number(builder, arguments[2], _DOUBLES)
        return builder.select(is_one, numbers, ir.Constant(_DOUBLES, [0.0] * WIDTH))

    return _VECTOR(types.uint32, types.intp, types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_lowest(_typing: Any, word: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        place = builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))
        return builder.zext(place, ir.IntType(64)) if word.bitwidth < 64 else place

    return types.int64(word), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_n_ones(_typing: Any, word: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        n = builder.ctpop(arguments[0])
        return builder.zext(n, ir.IntType(64)) if word.bitwidth < 64 else n

    return types.int64(word), generate


def _plain_load(array: npt.NDArray[np.float64], start: int) -> Vector:
    return array[start : start + WIDTH].copy()


def _plain_load_half(array: npt.NDArray[np.float64], start: int) -> Vector:
    return array[start : start + HALF].copy()


def _plain_prefetch(_array: npt.NDArray[np.float64], _place: int) -> None:
    """Do nothing: NumPy's arrays cannot be asked for in advance."""


def _plain_store(array: npt.NDArray[np.float64], start: int, vector: Vector) -> None:
    array[start : start + len(vector)] = vector


def _plain_splat(number: float) -> Vector:
    return np.full(WIDTH, number)


def _plain_splat_half(number: float) -> Vector:
    return np.full(HALF, number)


def _plain_spread(array: npt.NDArray[np.float64], place: int) -> Vector:
    return np.full(WIDTH, array[place])


def _plain_fma(a: Vector, b: Vector, c: Vector) -> Vector:
    return a * b + c


def _plain_choose(
    codes: npt.NDArray[np.uint16], start: int, highest: np.uint16, low: Vector, high: Vector
) -> Vector:
    return np.where(codes[start : start + WIDTH] <= highest, low, high)


def _plain_where(word: np.uint32, place: int, number: float) -> Vector:
    return np.where((int(word) >> place >> np.arange(WIDTH)) & 1, number, 0.0)


def _plain_lowest(word: np.uint32 | np.uint64) -> int:
    return (int(word) & -int(word)).bit_length() - 1


def _plain_n_ones(word: np.uint32 | np.uint64) -> int:
    return int(word).bit_count()


_IS_PLAIN = bool(config.DISABLE_JIT)

load: Callable[[npt.NDArray[np.float64], int], Vector] = (
    _plain_load if _IS_PLAIN else _loading(_VECTOR)
)
"""``load(array, start)``: the eight cells of a one-dimensional array from ``start`` on."""

load_half: Callable[[npt.NDArray[np.float64], int], Vector] = (
    _plain_load_half if _IS_PLAIN else _loading(_HALF_VECTOR)
)
"""``load_half(array, start)``: the four cells from ``start`` on."""

store: Callable[[npt.NDArray[np.float64], int, Vector], None] = (
    _plain_store if _IS_PLAIN else _compiled_store
)
"""``store(array, start, vector)``: write the lanes to the cells from ``start`` on."""

prefetch: Callable[[npt.NDArray[np.float64], int], None] = (
    _plain_prefetch if _IS_PLAIN else _compiled_prefetch
)
"""``prefetch(array, place)``: ask the memory for a cell that will be read soon, and do not wait."""

splat: Callable[[float], Vector] = _plain_splat if _IS_PLAIN else _splatting(_VECTOR)
"""``splat(number)``: the same number in all lanes."""

splat_half: Callable[[float], Vector] = _plain_splat_half if _IS_PLAIN else _splatting(_HALF_VECTOR)
"""``splat_half(number)``: the same number in all lanes of half a vector."""

spread: Callable[[npt.NDArray[np.float64], int], Vector] = (
    _plain_spread if _IS_PLAIN else _compiled_spread
)
"""``spread(array, place)``: one cell of a one-dimensional array in all lanes."""

fma: Callable[[Vector, Vector, Vector], Vector] = _plain_fma if _IS_PLAIN else _compiled_fma
"""``fma(a, b, c)``: ``a * b + c``, rounded once where the processor can, in all lanes alike."""

choose: Callable[[npt.NDArray[np.uint16], int, np.uint16, Vector, Vector], Vector] = (
    _plain_choose if _IS_PLAIN else _compiled_choose
)
"""``choose(codes, start, highest, low, high)``: lanes of ``low`` where the code is at most
``highest``, and of ``high`` elsewhere; codes are uint16, in a one-dimensional array."""

lowest: Callable[[np.uint32 | np.uint64], int] = _plain_lowest if _IS_PLAIN else _compiled_lowest
"""``lowest(word)``: place of the lowest bit that is 1, of which there has to be one."""

where: Callable[[np.uint32, int, float], Vector] = _plain_where if _IS_PLAIN else _compiled_where
"""``where(word, place, number)``: the number in lanes whose bit is 1 in a word of 32 bits, from bit
``place`` on, and 0 in the others."""

n_ones: Callable[[np.uint32 | np.uint64], int] = _plain_n_ones if _IS_PLAIN else _compiled_n_ones
"""``n_ones(word)``: how many bits are 1."""
