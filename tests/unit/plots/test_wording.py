import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.plots.plot_cases import HOSTILE_NAMES

from pellucid.plots.scale import Scale
from pellucid.plots.wording import cell, elide, number, numbers, quoted, typeset, visible


@given(st.text())
def test_visible_text_is_one_line_without_control_characters(text):
    shown = visible(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)
    shown.encode()
    assert len(shown.splitlines()) <= 1


@given(st.text(), st.integers(1, 50))
def test_elided_text_is_no_longer_than_asked(text, most):
    assert len(elide(text, most)) <= most


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_harmless(name):
    assert "\x00" not in quoted(name, kind="feature")
    assert "\x1b" not in quoted(name, kind="feature")
    assert "\u202e" not in quoted(name, kind="feature")


@given(st.floats(-1e300, 1e300))
def test_number_is_close_to_the_value(value):
    shown = float(number(value).replace(",", ""))
    assert shown == pytest.approx(value, rel=0.06, abs=1e-323)


def test_number_says_what_is_no_number():
    assert number(math.nan) == "nan"
    assert number(math.inf) == "inf"


def test_numbers_share_their_decimals():
    assert numbers([10.0, 0.123, -2.5]) == ["10.0", "0.1", "-2.5"]
    assert numbers([1e-9, 2e-8]) == ["1.0e-09", "2.0e-08"]
    assert numbers([0.0, 0.0]) == ["0", "0"]
    assert numbers([]) == []
    assert numbers([1.0, -0.0001], signed=True) == ["+1.00", "0.00"]
    assert numbers([1.0, math.nan]) == ["1.00", "nan"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "missing"),
        (np.timedelta64(5, "h"), "5:00:00"),
        (pd.Timedelta(days=2), "2 days 00:00:00"),
        (np.complex128(1 + 2j), "(1+2j)"),
        (np.nan, "missing"),
        (pd.NA, "missing"),
        (pd.NaT, "missing"),
        (np.float32(0.1), "0.1"),
        (np.int64(12), "12"),
        (123456, "123,456"),
        (-0.00001234, "-1.23e-05"),
        (np.bool_(True), "True"),
        (math.inf, "inf"),
        ("2024-01-01", "2024-01-01"),
        (pd.Timestamp("2024-01-01"), "2024-01-01 00:00:00"),
    ],
)
def test_cell(value, shown):
    assert cell(value) == shown


def test_true_minus_signs_only_before_numbers():
    minus = "\N{MINUS SIGN}"
    assert typeset("-1 a-b -x 1e-5 2024-01-01") == f"{minus}1 a-b -x 1e{minus}5 2024-01-01"


@given(
    st.floats(-1e9, 1e9),
    st.floats(1e-6, 1e9),
    st.integers(4, 8),
)
def test_ticks_are_few_and_on_the_axis(low, span, most):
    scale = Scale(low, low + span)
    if not scale.low < scale.high - 1e-9 * abs(scale.high):
        return
    ticks = scale.ticks(most)
    assert 1 <= len(ticks) <= most
    slack = 1e-9 * max(abs(scale.low), abs(scale.high))
    assert scale.low - slack <= ticks[0]
    assert ticks[-1] <= scale.high + slack
    assert len(set(ticks)) == len(ticks)


def test_ticks_are_round():
    assert Scale(0.0, 0.42).ticks() == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert Scale(-8.7, 0.2).ticks(5) == [-8.0, -6.0, -4.0, -2.0, 0.0]


def test_names_that_are_numerals_are_introduced():
    assert quoted("3", kind="feature") == "feature 3"
    assert quoted("-1.5", kind="class") == "class -1.5"
    assert quoted("3rd", kind="feature") == "3rd"
