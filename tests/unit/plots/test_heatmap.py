"""All attributions at once: cells, their order, and the line of predictions."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from unit.plots.plot_cases import binary, explanation, many

from pellucid import InvalidInputError
from pellucid.plots import Heatmap


def test_cells_are_the_attributions_and_the_rest_adds_up():
    found = binary(40, 6)
    plot = Heatmap.from_explanation(found, output=1, top_k=3)
    np.testing.assert_array_equal(plot.values[:, :3], found.values[plot.rows][:, :3, 1])
    np.testing.assert_allclose(plot.values.sum(axis=1), found.values[plot.rows, :, 1].sum(axis=1))
    np.testing.assert_array_equal(plot.predictions, found.predictions[plot.rows, 1])
    assert plot.features[-1] == "3 other features, together"
    assert sorted(plot.rows.tolist()) == list(range(40))


def test_predictions_rise_from_left_to_right():
    plot = Heatmap.from_explanation(binary(), order="prediction")
    assert (np.diff(plot.predictions) >= 0).all()


def test_similar_rows_stand_side_by_side():
    plot = Heatmap.from_explanation(binary(60, 4), output=1)
    steps = np.linalg.norm(np.diff(plot.values, axis=0), axis=1)
    assert steps.mean() < 0.5 * pdist(plot.values).mean()


def test_of_many_rows_some_are_shown_over_all_predictions():
    values = np.random.default_rng(0).normal(size=(5000, 2, 1))
    plot = Heatmap.from_explanation(explanation(values, task="regression"), order="prediction")
    assert len(plot.rows) == 2000
    sums = values.sum(axis=(1, 2))
    assert (plot.predictions[0], plot.predictions[-1]) == (sums.min(), sums.max())
    assert "2,000 of 5,000 rows" in plot.subtitle


def test_one_outlier_does_not_take_the_color():
    values = np.ones((400, 1, 1))
    values[0] = 1e6
    assert Heatmap.from_explanation(explanation(values, task="regression")).limit == 1.0


def test_bad_order_and_no_rows():
    with pytest.raises(InvalidInputError, match="order must be one of 'similarity', 'prediction'"):
        Heatmap.from_explanation(binary(), order="size")
    with pytest.raises(InvalidInputError, match="no rows"):
        Heatmap.from_explanation(many()[:0])
