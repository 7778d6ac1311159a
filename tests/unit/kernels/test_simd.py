import operator

import numpy as np
import pytest

from pellucid.kernels.compiled import kernel
from pellucid.kernels.simd import (
    WIDTH,
    _plain_lowest,
    _plain_n_ones,
    _plain_where,
    choose,
    fma,
    load,
    lowest,
    n_ones,
    prefetch,
    splat,
    spread,
    store,
    where,
)

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
def fetch(a, place):
    prefetch(a, place)
    return a[place]


@kernel
def choose_all(codes, start, highest, out):
    store(out, 0, choose(codes, start, np.uint16(highest), splat(1.0), splat(-1.0)))


def test_cells_asked_for_in_advance_are_read_as_they_are():
    assert [fetch(A, place) for place in (0, 7, 19)] == [A[0], A[7], A[19]]


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


# -- words ------------------------------------------------------------------------------------------


@kernel
def store_where(word, place, number, out):
    store(out, 0, where(word, place, number))


@kernel
def places(word):
    return lowest(word), n_ones(word)


PLACES = {"compiled": places, "plain": lambda word: (_plain_lowest(word), _plain_n_ones(word))}


@pytest.mark.parametrize("word", [0, 1, 0b1010, 2**31, 2**31 + 1, 0xABCDEF01, 2**32 - 1])
@pytest.mark.parametrize("place", [0, 3, 8, 24])
def test_numbers_stand_where_bits_are_one(place, word):
    found = np.full(WIDTH, np.nan)
    store_where(np.uint32(word), place, -1.5, found)
    expected = [-1.5 if (word >> (place + lane)) & 1 else 0.0 for lane in range(WIDTH)]
    assert found.tolist() == expected
    assert _plain_where(np.uint32(word), place, -1.5).tolist() == expected


@pytest.mark.parametrize("way", PLACES)
@pytest.mark.parametrize("word", [1, 2, 3, 0b101000, 2**31, 2**31 + 2**30, 2**32 - 1])
def test_lowest_and_number_of_ones(word, way):
    written = f"{word:b}"
    expected = (len(written) - 1 - written.rindex("1"), written.count("1"))
    assert tuple(int(n) for n in PLACES[way](np.uint32(word))) == expected


@pytest.mark.parametrize("way", PLACES)
def test_no_bit_of_zero_is_one(way):
    assert int(PLACES[way](np.uint32(0))[1]) == 0
