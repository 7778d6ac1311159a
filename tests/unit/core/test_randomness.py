import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid._core.randomness import fingerprint, generator_for

counters = st.lists(st.integers(0, 2**64), min_size=1, max_size=4)


def draw(*counters):
    return generator_for(*counters).integers(2**62, size=4).tolist()


@given(counters)
def test_same_counters_give_the_same_numbers(given_counters):
    first = draw(*given_counters)
    draw(99)

    assert draw(*given_counters) == first


@given(counters, counters)
def test_other_counters_give_other_numbers(one, other):
    assert (draw(*one) == draw(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"), [((0,), (0, 0)), ((0, 2**32), (0, 0, 1)), ((1, 23), (12, 3))]
)
def test_counters_that_look_alike_are_told_apart(one, other):
    assert draw(*one) != draw(*other)


def test_numpy_counters_count_as_plain_ones():
    assert draw(np.int64(3), np.uint32(7)) == draw(3, 7)


def test_global_state_is_neither_read_nor_changed():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    first = draw(5)
    assert (np.random.get_state()[1] == before).all()

    np.random.seed(1)
    assert draw(5) == first


def test_streams_of_neighboring_rows_are_uncorrelated():
    draws = np.array([generator_for(0, row).standard_normal(500) for row in range(40)])
    correlations = np.corrcoef(draws)[np.triu_indices(40, k=1)]

    # each is about N(0, 1/500) if they are independent
    assert np.abs(correlations).max() < 5 / np.sqrt(500)
    assert abs(draws.mean()) < 5 / np.sqrt(draws.size)


@given(st.lists(st.binary(max_size=8), max_size=4), st.lists(st.binary(max_size=8), max_size=4))
def test_fingerprint_tells_contents_apart(one, other):
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


def test_fingerprint_fits_a_signed_64_bit_integer():
    keys = [fingerprint([bytes([i])]) for i in range(256)]

    assert all(0 <= key < 2**63 for key in keys)
    assert max(keys) > 2**61
