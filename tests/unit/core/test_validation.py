import numpy as np
import pytest

from pellucid._core.errors import InvalidInputError
from pellucid._core.validation import as_integer, check_choice, check_count, check_fraction


@pytest.mark.parametrize("value", ["raw", np.str_("raw")])
def test_choice_is_returned(value):
    assert check_choice("output", value, ("raw", "probability")) == "raw"


@pytest.mark.parametrize("value", ["odds", "RAW", "", None, 1, ["raw"], np.array(["raw", "odds"])])
def test_other_choice_is_refused_with_those_there_are(value):
    with pytest.raises(InvalidInputError, match="output must be one of 'raw', 'probability'; got"):
        check_choice("output", value, ("raw", "probability"))


@pytest.mark.parametrize("value", [3, np.int32(3), np.uint8(3), np.array(3)])
def test_count_is_returned_as_int(value):
    found = check_count("top_k", value)

    assert found == 3
    assert type(found) is int


@pytest.mark.parametrize("value", [0, -1, 1.0, "1", None, True, np.True_, [1], np.array([1, 2])])
def test_other_count_is_refused(value):
    with pytest.raises(InvalidInputError, match="top_k must be an integer of at least 1; got"):
        check_count("top_k", value)


def test_count_minimum_is_allowed():
    assert check_count("random_state", 0, minimum=0) == 0


@pytest.mark.parametrize("value", [0.05, np.float32(0.5), 1e-300])
def test_fraction_is_returned_as_float(value):
    found = check_fraction("confidence", value)

    assert found == value
    assert type(found) is float


@pytest.mark.parametrize("value", [0, 1, 1.0, -0.1, 95, float("nan"), "0.5", None, True, 0.5j])
def test_other_fraction_is_refused(value):
    with pytest.raises(
        InvalidInputError, match="confidence must be a number above 0 and below 1; got"
    ):
        check_fraction("confidence", value)


def test_zero_is_a_fraction_where_it_is_allowed():
    assert check_fraction("relative_error", 0, zero=True) == 0.0
    with pytest.raises(InvalidInputError, match="of at least 0 and below 1; got -1"):
        check_fraction("relative_error", -1, zero=True)


@pytest.mark.parametrize("value", [2.0, "2", None, False, [2]])
def test_only_integers_are_integers(value):
    assert as_integer(value) is None
