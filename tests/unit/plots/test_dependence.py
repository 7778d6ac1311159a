"""The value of a feature against what it adds, and the feature that gives the color."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from unit.plots.plot_cases import binary, explanation

from pellucid import InvalidInputError
from pellucid.plots import Dependence
from pellucid.plots.partners import strongest_partner


def product(n=600, noise=0.0):
    """A product of two features among five: each attribution is half of it."""
    random = np.random.default_rng(3)
    data = random.normal(size=(n, 5))
    half = data[:, 1] * data[:, 3] / 2
    values = random.normal(size=(n, 5)) * 0.1
    values[:, 1] = half + noise * random.normal(size=n)
    return explanation(values[:, :, np.newaxis], data=data, task="regression")


def test_places_and_values_are_those_of_the_rows():
    found = binary()
    plot = Dependence.from_explanation(found, "feature 2", output="class 0")
    np.testing.assert_array_equal(plot.places, found.data[:, 2])
    np.testing.assert_array_equal(plot.values, found.values[:, 2, 0])


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_color_is_the_feature_of_the_product(noise):
    plot = Dependence.from_explanation(product(noise=noise), "feature 1")
    assert plot.color == "feature 3"
    # The slope is the feature's own value, which changes within a bin too.
    assert plot.explained == pytest.approx(0.25 / (0.25 + noise**2), abs=0.12)


def test_share_explained_is_that_of_lines_fitted_one_by_one():
    random = np.random.default_rng(4)
    places = np.repeat(np.arange(8.0), 25)
    other, values = random.normal(size=(2, 200))
    values += places * other / 4
    spread = left = 0.0
    for place in range(8):
        own = places == place
        spread += ((values[own] - values[own].mean()) ** 2).sum()
        line = np.polynomial.Polynomial.fit(other[own], values[own], 1)
        left += ((values[own] - line(other[own])) ** 2).sum()
    expected = 1 - (left / (200 - 16)) / (spread / (200 - 8))
    _, share = strongest_partner(places, values, {0: other})
    assert share == pytest.approx(expected, rel=1e-9)


def test_without_interactions_dots_are_gray():
    random = np.random.default_rng(5)
    data = random.normal(size=(400, 4))
    plot = Dependence.from_explanation(
        explanation((data**2)[:, :, np.newaxis], data=data, task="regression"), 0
    )
    assert plot.color is None
    assert np.isnan(plot.shades).all()
    assert "no other feature explains" in plot.subtitle


def test_noise_alone_is_no_partner():
    random = np.random.default_rng(6)
    found = [
        strongest_partner(
            *random.normal(size=(2, 300)), dict(enumerate(random.normal(size=(3, 300))))
        )[0]
        for _ in range(20)
    ]
    assert sum(partner is not None for partner in found) <= 4


def test_color_by_choice():
    plot = Dependence.from_explanation(product(), "feature 1", color="feature 0")
    assert plot.color == "feature 0"
    assert np.isnan(plot.explained)


def test_levels_are_ordered_by_what_they_add_and_rare_ones_are_counted():
    colors = np.array(["red"] * 6 + ["blue"] * 5 + ["green"] * 4 + ["gold"], dtype=object)
    colors[0] = None
    values = np.where(colors == "blue", 2.0, -1.0)[:, np.newaxis, np.newaxis]
    found = explanation(
        values, data=pd.DataFrame({"color": colors}), features=["color"], task="regression"
    )
    plot = Dependence.from_explanation(found, top_k=3)
    assert plot.levels[0] == "blue"
    assert set(plot.levels) == {"blue", "red", "green"}
    assert plot.n_others == 2
    assert plot.title == "color raises the prediction most where it is blue, by 2.0"
    np.testing.assert_array_equal(np.isfinite(plot.places), np.isin(colors, plot.levels))


@pytest.mark.parametrize("of_days", [False, True])
def test_dates_lie_on_an_axis_of_days(of_days):
    days = [date(2024, 1, 1), date(2024, 3, 1), None]
    column = pd.Series(days) if of_days else pd.to_datetime(pd.Series(days))
    found = explanation(
        np.ones((3, 1, 1)), data=pd.DataFrame({"day": column}), features=["day"], task="regression"
    )
    plot = Dependence.from_explanation(found)
    assert plot.are_dates
    np.testing.assert_array_equal(plot.places, [19723.0, 19783.0, np.nan])
    plot.figure()


def test_feature_without_values_is_said():
    found = explanation(np.ones((3, 2, 1)), task="regression")
    with pytest.raises(InvalidInputError, match="values of 'feature 0' are not known"):
        Dependence.from_explanation(found)


@pytest.mark.parametrize("feature", ["no such", 7, -1, True])
def test_feature_that_is_not_there(feature):
    with pytest.raises(InvalidInputError, match="there is no feature"):
        Dependence.from_explanation(binary(), feature)
