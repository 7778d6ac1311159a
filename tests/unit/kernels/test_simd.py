import operator

import numpy as np
import pytest

from pellucid.kernels.compiled import kernel
from pellucid.kernels.simd import WIDTH, choose, fma, load, splat, spread, store

A = np.arange(1.0, 21.0) ** 2 / 7
B = np.cos(np.arange(20.0))
CODES = np.array([0, 3, 65535, 4, 2**15, 2**15 - 1, 1, 2, *range(12)], dtype=np.uint16)


@kernel
def operate(a, b, start, out):
    x, y = load(a, start), load(b, start)
    store(out, 0, x + y)
    store(out, WIDTH, x - y)
    store(out, 2 * WIDTH, x * y)
    store(out, 3 * WIDTH, x / y)
    store(out, 4 * WIDTH, fma(x, y, x))
    store(out, 5 * WIDTH, splat(2.5))
    store(out, 6 * WIDTH, spread(a, start))
    store(out, 7 * WIDTH, x * y + x)


@kernel
def choose_all(codes, start, highest, out):
    store(out, 0, choose(codes, start, np.uint16(highest), splat(1.0), splat(-1.0)))


@pytest.mark.parametrize("start", [0, 1, 5, 12])
def test_operations_are_those_of_numpy(start):
    found = np.full(8 * WIDTH, np.nan)
    operate(A, B, start, found)
    x, y = A[start : start + WIDTH], B[start : start + WIDTH]
    found = found.reshape(8, WIDTH)
    for place, operation in enumerate((operator.add, operator.sub, operator.mul, operator.truediv)):
        np.testing.assert_array_equal(found[place], operation(x, y))
    np.testing.assert_allclose(found[4], x * y + x, rtol=1e-15, atol=1e-15)
    np.testing.assert_array_equal(found[5], np.full(WIDTH, 2.5))
    np.testing.assert_array_equal(found[6], np.full(WIDTH, A[start]))


def test_a_product_and_a_sum_are_rounded_apart_unless_asked_for():
    found = np.empty(8 * WIDTH)
    operate(A, B, 3, found)
    np.testing.assert_array_equal(found[-WIDTH:], A[3:11] * B[3:11] + A[3:11])


@pytest.mark.parametrize("highest", [0, 3, 2**15 - 1, 2**15, 65534])
@pytest.mark.parametrize("start", [0, 3, 12])
def test_codes_are_compared_without_a_sign(highest, start):
    found = np.empty(WIDTH)
    choose_all(CODES, start, highest, found)
    np.testing.assert_array_equal(
        found, np.where(CODES[start : start + WIDTH] <= highest, 1.0, -1.0)
    )
