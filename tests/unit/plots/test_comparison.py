"""A few rows or results side by side."""

import numpy as np
import pytest
from unit.plots.plot_cases import binary, explanation

from pellucid import InvalidInputError
from pellucid.plots import Comparison


def test_features_that_differ_most_come_first():
    found = binary(30, 6)
    plot = Comparison.from_rows(found, [3, 17, 8], output=1, top_k=4)
    every = found.values[[3, 17, 8], :, 1]
    apart = np.ptp(every, axis=0)
    order = np.argsort(-apart, kind="stable")[:4]
    np.testing.assert_array_equal(plot.values, every[:, order].T)
    np.testing.assert_array_equal(plot.apart, apart[order])
    assert plot.n_others == 2
    assert plot.title.startswith(f"{found.features[order[0]]} sets these rows apart most")


def test_results_are_matched_by_the_names_of_features():
    one = explanation([[[1.0], [5.0]]], features=["age", "size"], task="regression")
    other = explanation([[[4.0], [3.0]]], features=["size", "rooms"], task="regression")
    plot = Comparison.from_results({"old": one, "new": other.importance()})
    shown = dict(zip(plot.features, plot.values.tolist(), strict=True))
    assert shown["size"] == [5.0, 4.0]
    assert shown["age"][0] == 1.0
    assert np.isnan(shown["age"][1])
    assert np.isnan(shown["rooms"][0])
    assert plot.features[0] == "size"
    plot.figure()


def test_units_must_be_the_same():
    one = explanation(np.ones((2, 2, 1)), task="regression")
    other = explanation(np.ones((2, 2, 1)), task="regression", output_space="raw")
    with pytest.raises(InvalidInputError, match="different units: value, raw"):
        Comparison.from_results({"one": one, "other": other})


@pytest.mark.parametrize("rows", [[0], [0, 1, 2, 3, 4, 5]])
def test_two_to_five_are_compared(rows):
    with pytest.raises(InvalidInputError, match="pass two to five"):
        Comparison.from_rows(binary(), rows)


def test_what_is_no_result():
    with pytest.raises(InvalidInputError, match="pass a dict of names and results"):
        Comparison.from_results([binary(), binary()])
    with pytest.raises(InvalidInputError, match=r"results\['b'\] is None"):
        Comparison.from_results({"a": binary(), "b": None})


def test_equal_rows_differ_in_nothing():
    found = explanation(np.ones((2, 3, 1)), task="regression")
    assert Comparison.from_rows(found, [0, 1]).title == "Nothing sets these rows apart"
