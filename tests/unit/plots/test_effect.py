"""What the picture of an effect shows."""

import numpy as np
import pandas as pd
import pytest
from unit.plots.plot_cases import HOSTILE_NAMES, binary, effect

from pellucid import InvalidInputError, accumulated_local_effects, partial_dependence
from pellucid.plots import Curve
from pellucid.plots.scale import DateScale, days_of

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 2))


def test_numbers_are_those_of_the_effect():
    found = partial_dependence(lambda rows: rows[:, 0] ** 2, X, 0, ice=True)
    curve = Curve.from_effect(found)
    assert curve.points == found.grid
    np.testing.assert_array_equal(curve.values, found.values[:, 0])
    np.testing.assert_array_equal(curve.std_error, found.std_error[:, 0])
    assert curve.curves.shape == (60, 20)
    assert curve.data()["quantiles"].shape == (101,)


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda x: 3 * x, "rises with feature 0, from"),
        (lambda x: -x, "falls with feature 0, from"),
        (lambda x: x**2, "moves between"),
        (lambda x: 0 * x, "does not change with feature 0"),
    ],
)
def test_title_says_how_it_changes(f, said):
    assert said in Curve.from_effect(partial_dependence(lambda r: f(r[:, 0]), X, 0)).title


def test_title_of_a_difference_says_by_how_much():
    found = Curve.from_effect(accumulated_local_effects(lambda r: 2 * r[:, 0], X, 0))
    assert found.title == f"The prediction rises with feature 0, by {2 * np.ptp(X[:, 0]):.2f}"


def test_heights_are_in_proportion():
    found = Curve.from_effect(partial_dependence(lambda r: r[:, 0], X, 0))
    figure = found.figure()
    line = max(figure.axes[0].lines, key=lambda line: len(line.get_xdata()))
    heights = np.asarray(line.get_ydata())
    slopes = np.diff(heights) / np.diff(line.get_xdata())
    np.testing.assert_allclose(slopes, slopes[0])
    assert slopes[0] < 0  # rows are counted from the top


def test_missing_values_and_the_rarest_levels():
    frame = pd.DataFrame({"town": [*"aaaabbbccd", None, None]})
    found = partial_dependence(lambda r: (r["town"] == "a").to_numpy(float), frame, "town")
    curve = Curve.from_effect(found, top_k=3)
    assert curve.points == ("a", "b", "c")
    assert curve.n_others == 2
    assert curve.title == "The prediction is highest where town is a"
    assert Curve.from_effect(found).points == ("a", "b", "c", "d", None)


def test_output_that_changes_most_is_shown_unless_one_is_named():
    found = effect(binary())
    assert "class 1" in Curve.from_effect(found).title
    assert "class 0" in Curve.from_effect(found, output="class 0").title
    with pytest.raises(InvalidInputError, match="no"):
        Curve.from_effect(found, output="class 7")
    with pytest.raises(InvalidInputError, match="pass what partial_dependence"):
        Curve.from_effect(binary())


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_name_can_be_drawn(name):
    found = partial_dependence(lambda r: r[:, 0], X, 0, features=[name, "other"])
    assert Curve.from_effect(found).figure(width=4) is not None


@pytest.mark.parametrize("convert", [pd.Series.tolist, lambda days: days.dt.date])
def test_dates_are_joined_by_a_line(convert):
    days = pd.Series(pd.date_range("2024-01-15", periods=97))
    frame = pd.DataFrame({"day": convert(days)})
    found = partial_dependence(lambda r: pd.to_datetime(r["day"]).dt.day_of_year, frame, "day")
    curve = Curve.from_effect(found)
    assert curve.is_line
    assert curve.n_others == 0
    assert curve.title == "The prediction rises with day, from 15 to 111"
    assert "percentiles" not in curve.subtitle
    axes = curve.figure().axes[0]
    texts = {text.get_text() for text in axes.texts}
    assert {"2024-02", "2024-03", "2024-04"} <= texts
    low, high = axes.get_xlim()
    assert low < 19737
    assert high > 19833


def test_missing_dates_are_a_point_apart():
    days = pd.Series(pd.date_range("2024-01-15", periods=40)).where(np.arange(40) != 3)
    found = partial_dependence(lambda r: np.arange(len(r)) * 0.1, days.to_frame("day"), "day")
    curve = Curve.from_effect(found)
    assert curve.is_line
    assert "missing" in {text.get_text() for text in curve.figure().axes[0].texts}


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        ("2024-01-01", "2024-01-04", ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]),
        ("2023-11-20", "2025-02-01", ["2024-01", "2024-04", "2024-07", "2024-10", "2025-01"]),
        ("1950-01-01", "2021-03-01", ["1960", "1980", "2000", "2020"]),
    ],
)
def test_ticks_of_dates_are_round(low, high, labels):
    ends = (days_of(pd.Timestamp(end)) for end in (low, high))
    ticks = DateScale(*ends).tick_labels()
    assert [label for _, label in ticks] == labels
    assert all(days_of(pd.Timestamp(label)) == place for place, label in ticks)


def test_hours_are_told_by_their_ends():
    ends = days_of(pd.Timestamp("2024-01-01 03:00")), days_of(pd.Timestamp("2024-01-01 09:30"))
    labels = [label for _, label in DateScale(*ends).tick_labels()]
    assert labels == ["2024-01-01 03:00", "2024-01-01 09:30"]
