import numpy as np
import pandas as pd
import pytest
from unit.plots.plot_cases import binary, explanation, hostile, many

from pellucid import InvalidInputError
from pellucid.plots import Waterfall


@pytest.mark.parametrize("top_k", [1, 3, 4, 5, 99])
def test_steps_lead_from_the_base_value_to_the_prediction(top_k):
    found = binary()
    steps = Waterfall.from_explanation(found, 7, output=1, top_k=top_k)
    starts, ends = steps.spans()
    assert steps.base_value == starts[0] == found.base_values[7, 1]
    assert ends[-1] == pytest.approx(found.predictions[7, 1])
    np.testing.assert_allclose(starts[1:], ends[:-1])


def test_steps_are_the_attributions_largest_first():
    found = binary()
    steps = Waterfall.from_explanation(found, 3, output=0, top_k=3)
    np.testing.assert_array_equal(steps.values[:3], found.values[3, steps.order, 0])
    assert (np.diff(np.abs(steps.values[:3])) <= 0).all()
    assert steps.names[3] == "2 other features"
    left = set(range(5)) - set(steps.order.tolist())
    np.testing.assert_allclose(steps.values[3], found.values[3, sorted(left), 0].sum())


def test_one_left_over_feature_is_named():
    steps = Waterfall.from_explanation(binary(), 0, top_k=4)
    assert len(steps.names) == 5
    assert "other" not in " ".join(steps.names)


def test_labels_carry_the_values_of_the_row():
    frame = pd.DataFrame({"age": [39.0, np.nan], "job": ["clerk", "farmer"]}, index=[12, 40])
    found = explanation(
        [[[2.0], [1.0]], [[-2.0], [1.0]]], data=frame, features=["age", "job"], task="regression"
    )
    first = Waterfall.from_explanation(found, 0)
    assert first.labels == ("age = 39", "job = clerk")
    assert first.cells == (39.0, "clerk")
    assert first.title == "Row 12: prediction is 3.00; age = 39 raises it most"
    second = Waterfall.from_explanation(found, 1)
    assert second.labels == ("age = missing", "job = farmer")
    assert second.title.endswith("age = missing lowers it most")


def test_without_data_labels_are_names():
    steps = Waterfall.from_explanation(explanation([[[1.0]]], task="regression"))
    assert steps.labels == ("feature 0",)
    assert steps.cells == (None,)


def test_what_the_values_do_not_reach_is_shown():
    found = explanation([[[1.0], [2.0]]], predictions=np.array([[5.0]]), task="regression")
    steps = Waterfall.from_explanation(found)
    assert steps.names[-1] == "not attributed"
    assert steps.values[-1] == pytest.approx(2.0)
    assert steps.spans()[1][-1] == pytest.approx(5.0)


def test_rounding_is_not_shown_as_a_step():
    found = explanation([[[1.0], [2.0]]], predictions=np.array([[3.0 + 1e-9]]), task="regression")
    assert len(Waterfall.from_explanation(found).names) == 2


def test_errors_of_estimates_are_kept_and_bounded_for_the_others():
    steps = Waterfall.from_explanation(hostile(), 0, top_k=4)
    np.testing.assert_allclose(steps.std_error, [0.05] * 4 + [0.05 * 8])
    assert all("±" in note for note in steps.notes())


def test_default_output_is_the_predicted_one_of_many():
    found = many()
    steps = Waterfall.from_explanation(found, 4)
    assert steps.prediction == found.predictions[4].max()


@pytest.mark.parametrize("row", [-1, 40, True])
def test_row_that_is_not_there(row):
    with pytest.raises(InvalidInputError, match="no row"):
        Waterfall.from_explanation(binary(), row)


def test_tiny_errors_have_true_minus_signs():
    found = explanation([[[1.0]]], std_error=np.array([[[3e-17]]]), task="regression")
    assert Waterfall.from_explanation(found).notes() == ["+1.00 ± 3e\N{MINUS SIGN}17"]


def test_whiskers_have_room_on_the_axis():
    found = explanation([[[4.0], [-1.0]]], task="regression", std_error=np.array([[[9.0], [0.5]]]))
    waterfall = Waterfall.from_explanation(found)
    _, ends = waterfall.spans()
    scale = waterfall.scale()
    assert scale.low < (ends - waterfall.std_error).min()
    assert scale.high > (ends + waterfall.std_error).max()
    assert waterfall.notes()[0] == "+4.00 ± 9.0"


def test_values_of_a_local_model_stand_by_themselves():
    found = explanation(
        [[[1.0], [-3.0], [0.5], [0.2]]],
        predictions=np.array([[9.0]]),
        task="regression",
        local_r2=np.array([[0.8]]),
    )
    waterfall = Waterfall.from_explanation(found, top_k=2)
    assert waterfall.names == ("feature 1", "feature 0")
    starts, ends = waterfall.spans()
    np.testing.assert_array_equal(starts, 0.0)
    np.testing.assert_array_equal(ends, waterfall.values)
    assert waterfall.title == "Row 0: prediction is 9.00; nearby, feature 1 counts most"
    texts = [text.get_text() for text in waterfall.figure().axes[0].texts]
    assert not any("base value" in text or text == "prediction" for text in texts)
    assert waterfall.scale().low <= -3.0
