import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid._core.errors import InvalidInputError
from pellucid.data.cells import (
    as_numbers,
    as_objects,
    as_ticks,
    as_words,
    holds_numbers,
    missing_mask,
    row_fingerprints,
)

MISSING = [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT")]
PRESENT = [0, 1.5, "", "nan", False, Decimal(1), pd.Timestamp("2020-01-01"), float("inf")]


def objects(*cells):
    values = np.empty(len(cells), dtype=object)
    values[:] = cells
    return values


@pytest.mark.parametrize("cell", MISSING, ids=repr)
def test_missing_objects(cell):
    assert missing_mask(objects(1, cell)).tolist() == [False, True]
    assert as_objects([1, cell]).tolist() == [1, None]
    np.testing.assert_array_equal(as_numbers(objects(1, cell), "x"), [1, np.nan])


@pytest.mark.parametrize("cell", PRESENT, ids=repr)
def test_present_objects(cell):
    assert not missing_mask(objects(cell)).any()
    assert as_objects([cell]).tolist() == [cell]


@pytest.mark.parametrize(
    "values",
    [
        np.array([1.0, np.nan], dtype=np.float32),
        np.array([1.0, np.nan], dtype=complex),
        np.array(["2020-01-01", "NaT"], dtype="M8[ns]"),
        np.array([1, "NaT"], dtype="m8[s]"),
        pd.array(["a", None], dtype="string").to_numpy(),
    ],
)
def test_missing_in_typed_arrays(values):
    assert missing_mask(values).tolist() == [False, True]


@pytest.mark.parametrize("values", [np.array([1, 2]), np.array([True]), np.array(["nan", ""])])
def test_nothing_is_missing_where_nothing_can_be(values):
    assert not missing_mask(values).any()


def test_nested_cells_stay_what_they_are():
    assert as_objects([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]


def test_numbers_of_every_kind_are_numbers():
    cells = [1, 2.5, True, np.float32(0.1), np.int8(3), np.True_, Decimal("0.5"), Fraction(1, 4)]

    found = as_numbers(objects(*cells), "x")

    assert found.tolist() == [1, 2.5, 1, float(np.float32(0.1)), 3, 1, 0.5, 0.25]
    assert holds_numbers(objects(*cells, None))


@pytest.mark.parametrize("cell", ["1", b"1", 1j, dt.date(2020, 1, 1), [1], np.datetime64(1, "D")])
def test_nothing_else_is_a_number(cell):
    assert not holds_numbers(objects(1, cell))
    with pytest.raises(InvalidInputError, match=r"column 'x' holds .* where numbers are needed"):
        as_numbers(objects(1, cell), "x")


@pytest.mark.parametrize("unit", ["D", "s", "ns"])
def test_durations_are_no_numbers_in_any_array(unit):
    one = np.timedelta64(1, unit)

    for values in (np.array([one]), objects(one)):
        assert not holds_numbers(values)
        with pytest.raises(InvalidInputError, match=r"column 'x' holds .* where numbers are need"):
            as_numbers(values, "x")
    words = as_words(objects(one, np.timedelta64(2, unit), one))
    assert words[0] == words[2] != words[1]


@given(st.lists(st.one_of(st.integers(-(2**40), 2**40), st.floats(), st.booleans())))
def test_equal_numbers_have_equal_words_in_any_array(cells):
    floats = np.array(cells, dtype=np.float64)

    assert (as_words(objects(*cells)) == as_words(floats)).all()


@given(st.lists(st.one_of(st.none(), st.text(max_size=3), st.floats()), min_size=2, max_size=2))
def test_words_are_equal_only_for_equal_cells(cells):
    one, other = as_words(objects(*cells)).tolist()
    both_missing = all(pd.isna(cell) for cell in cells)

    assert (one == other) == (both_missing or cells[0] == cells[1])


def test_words_do_not_depend_on_the_unit_of_dates():
    days = np.array(["2020-01-01", "NaT"], dtype="M8[D]")

    assert (as_words(days) == as_words(days.astype("M8[ns]"))).all()
    assert as_ticks(np.array([2], dtype="m8[ms]")).tolist() == [2000]


def test_negative_zero_and_other_nans_are_told_apart_from_nothing():
    odd = np.array([0x8000000000000000, 0xFFF8000000000001], dtype=np.uint64).view(np.float64)

    assert (as_words(odd) == as_words(np.array([0.0, np.nan]))).all()


def test_rows_of_equal_words_have_equal_fingerprints():
    words = np.array([[1, 2], [2, 1], [1, 2]], dtype=np.uint64)

    keys = row_fingerprints(np.asfortranarray(words))

    assert keys[0] == keys[2] != keys[1]
