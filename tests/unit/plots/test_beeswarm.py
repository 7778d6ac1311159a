import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from unit.plots.plot_cases import binary, explanation, zeros

from pellucid import InvalidInputError
from pellucid.data.cells import as_shades
from pellucid.plots import Beeswarm
from pellucid.plots.swarm import N_BINS, swarm_offsets

finite = arrays.arrays(float, st.integers(1, 60), elements=st.floats(-10, 10))


def test_data_are_the_numbers_of_the_explanation():
    found = binary()
    data = Beeswarm.from_explanation(found, output="class 1", top_k=3).data()
    columns = [found.features.index(name) for name in data["features"]]
    np.testing.assert_array_equal(data["values"], found.values[:, columns, 1])
    sizes = np.abs(data["values"]).mean(axis=0)
    assert (np.diff(sizes) <= 0).all()


def test_color_follows_the_feature_whatever_the_order_of_the_columns():
    names = ["age", "hours"]
    frame = pd.DataFrame({"hours": [9.0, 5.0, 1.0], "age": [20.0, 40.0, 60.0]})
    values = np.zeros((3, 2, 1))
    values[:, 0, 0] = [1.0, 2.0, 3.0]
    found = explanation(values, data=frame, features=names, task="regression")
    swarm = Beeswarm.from_explanation(found)
    assert swarm.features == ("age", "hours")
    np.testing.assert_allclose(swarm.shades, [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])


def test_text_and_missing_cells_have_no_shade():
    frame = pd.DataFrame({"color": ["red", "blue", None], "age": [20.0, np.nan, 60.0]})
    found = explanation(
        np.ones((3, 2, 1)), data=frame, features=["color", "age"], task="regression"
    )
    swarm = Beeswarm.from_explanation(found)
    assert np.isnan(swarm.shades[:, 0]).all()
    assert np.isnan(swarm.shades[1, 1])
    assert swarm.levels()[1, 1] == -1
    assert (swarm.levels()[[0, 2], 1] == [0, 5]).all()


def test_no_data_no_color():
    assert not Beeswarm.from_explanation(explanation(np.ones((3, 2, 1)))).is_colored


@pytest.mark.parametrize(("sign", "word"), [(1, "higher"), (-1, "lower")])
def test_title_tells_the_direction(sign, word):
    data = np.arange(20.0).reshape(-1, 1)
    found = explanation(sign * (data - 10)[:, :, np.newaxis], data=data, task="regression")
    title = Beeswarm.from_explanation(found).title
    assert title == f"The higher feature 0, the {word} the prediction"


def test_title_does_not_claim_a_direction_that_is_not_there():
    data = np.linspace(-1, 1, 41).reshape(-1, 1)
    found = explanation((data**2)[:, :, np.newaxis], data=data, task="regression")
    assert Beeswarm.from_explanation(found).title == (
        "feature 0 moves the prediction most, from 0 to 1.0"
    )


def test_title_when_nothing_moves():
    assert "every attribution is zero" in Beeswarm.from_explanation(zeros()).title


def test_no_rows():
    with pytest.raises(InvalidInputError, match="no rows"):
        Beeswarm.from_explanation(binary()[:0])


def test_unknown_output():
    with pytest.raises(InvalidInputError, match="class 0"):
        Beeswarm.from_explanation(binary(), output="class 7")


def test_default_output_is_the_second_of_two_or_the_most_predicted():
    assert Beeswarm.from_explanation(binary()).output == "raw score of class 1"
    values = np.zeros((5, 2, 4))
    values[:, 0, 2] = [1, 1, 1, -1, -1]
    assert Beeswarm.from_explanation(explanation(values)).output == "raw score of class 2"


@given(finite)
def test_offsets_stay_within_the_strip(values):
    offsets = swarm_offsets(values, values.min(), values.max())
    assert (np.abs(offsets) <= 1).all()


@given(finite, st.randoms(use_true_random=False))
def test_strip_is_the_same_in_any_order_of_rows(values, random):
    order = list(range(len(values)))
    random.shuffle(order)
    low, high = values.min(), values.max()

    def strip(rows):
        bins = np.rint((rows - low) / max(high - low, 1e-300) * N_BINS)
        return sorted(zip(bins, swarm_offsets(rows, low, high), strict=True))

    assert strip(values) == strip(values[order])


@given(st.integers(1, 200))
def test_equal_values_stand_beside_each_other(n):
    offsets = swarm_offsets(np.full(n, 0.5), 0.0, 1.0)
    assert len(np.unique(offsets)) == n
    assert abs(offsets.sum()) <= 1 + 1e-9


def test_thickness_shows_how_many_rows_there_are():
    values = np.concatenate([np.full(40, 0.0), np.full(10, 1.0)])
    offsets = swarm_offsets(values, 0.0, 1.0)
    reach = [np.ptp(offsets[:40]), np.ptp(offsets[40:])]
    assert reach[0] == pytest.approx(4 * reach[1], rel=0.25)


def test_distant_rows_lie_on_the_middle_line():
    values = np.linspace(0, 1, N_BINS // 2)
    assert not swarm_offsets(values, 0.0, 1.0).any()


def test_one_outlier_does_not_take_the_contrast():
    shades = as_shades(np.array([*np.linspace(0, 1, 99), 1e9]))
    assert shades[50] == pytest.approx(0.5, abs=0.1)


def test_importance_is_that_of_the_output_with_its_error():
    found = binary()
    importance = found.output(1).importance()
    swarm = Beeswarm.from_explanation(found, output=1, top_k=3)
    np.testing.assert_array_equal(swarm.importance, importance.overall[swarm.order])
    np.testing.assert_array_equal(swarm.std_error, importance.std_error[swarm.order, 0])
    assert all(" ± " in note for note in swarm.notes())
    assert not any(" ± " in note for note in Beeswarm.from_explanation(found[:1]).notes())
