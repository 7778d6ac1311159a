import numpy as np
import pytest
from unit.plots.plot_cases import binary, explanation, many, zeros

from pellucid.plots import Bar


def test_data_are_the_numbers_of_the_importance():
    importance = binary().importance()
    data = Bar.from_importance(importance, top_k=3).data()
    assert list(data["features"]) == importance.get_ranked_global_names(3)
    np.testing.assert_array_equal(data["values"], importance.get_ranked_global_values(3))
    ranked = importance.to_pandas()
    np.testing.assert_allclose(data["std_error"], ranked["std_error"][:3])
    assert data["n_others"] == 2
    np.testing.assert_allclose(data["others"], ranked["importance"][3:].sum())


@pytest.mark.parametrize("k", [2, 3, 6, 7, 100])
def test_segments_add_up_to_the_bars(k):
    rng = np.random.default_rng(0)
    importance = explanation(rng.normal(size=(10, 4, k))).importance()
    data = Bar.from_importance(importance, per_class=True).data()
    np.testing.assert_allclose(data["segments"].sum(axis=1), data["values"])
    assert len(data["segment_names"]) == min(k, 6)
    if k > 6:
        assert data["segment_names"][-1] == f"{k - 5} other classes"


def test_regression_is_not_divided():
    data = Bar.from_importance(zeros().importance(), per_class=True).data()
    assert data["segment_names"] == ()


def test_title_names_the_winner_only_where_it_is_one():
    rows = np.random.default_rng(0).normal(size=(500, 3, 1))
    clear = explanation(rows * [[3.0], [1.0], [1.0]], task="regression").importance()
    close = explanation(rows * [[1.01], [1.0], [0.1]], task="regression").importance()
    assert Bar.from_importance(clear).title.startswith("feature 0 matters most: it moves")
    bar = Bar.from_importance(close)
    assert bar.title.startswith("feature 0 and feature 1 matter most: they move")
    assert f"by {bar.values[0]:.3f} and {bar.values[1]:.3f} on" in bar.title
    tied = explanation(rows[:, [0, 0]], task="regression").importance()
    assert "most: each moves" in Bar.from_importance(tied).title


def test_title_when_nothing_matters():
    assert Bar.from_importance(zeros().importance()).title.startswith("No feature matters")


def test_provenance_tells_method_rows_and_gap():
    line = Bar.from_importance(many().importance()).provenance
    for part in ("by hand", "exact", "20 rows", "no background", "raw", "efficiency gap"):
        assert part in line


def test_one_row_has_no_standard_error_and_is_drawn():
    bar = Bar.from_importance(binary(n=1).importance())
    assert np.isnan(bar.std_error).all()
    bar.figure().savefig("/dev/null", format="png")
