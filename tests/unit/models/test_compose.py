"""A model behind a preparation: what survives of it, and in which columns."""

import numpy as np
import pytest

from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import as_table
from pellucid.models.compose import behind
from pellucid.models.model import Model, Unavailable

X = np.arange(12.0).reshape(4, 3)


def swap(table):
    """Prepare the last column, doubled, and then the first."""
    return as_table(table.to_matrix()[:, [2, 0]] * [2.0, 1.0])


def add(table):
    return table.to_matrix().sum(axis=1)


def each(table):
    """Own values of an additive model, and a base of one."""
    return table.to_matrix()[:, :, np.newaxis], np.ones((table.n_rows, 1))


@pytest.fixture
def model():
    return Model(
        native=add,
        name="add",
        task="regression",
        outputs={"value": add},
        default_space="value",
        n_features=2,
        contributions=each,
    )


def test_outputs_go_through_the_preparation(model):
    composed = behind(swap, FeatureMap.of(np.array([2, 0]), 3), model)
    found = composed.predict(as_table(X))
    np.testing.assert_array_equal(found.ravel(), 2 * X[:, 2] + X[:, 0])
    assert composed.n_features is None


def test_own_values_are_put_in_the_raw_columns(model):
    composed = behind(swap, FeatureMap.of(np.array([2, 0]), 3), model)
    values, base_values = composed.contributions(as_table(X))
    np.testing.assert_array_equal(values[..., 0], X * [1.0, 0.0, 2.0])
    np.testing.assert_array_equal(base_values, np.ones((4, 1)))


@pytest.mark.parametrize(
    "columns",
    [
        FeatureMap.of(np.array([1, 1]), 3),
        FeatureMap.of(np.array([0, 1, 2]), 3),
        Unavailable("mixed"),
    ],
)
def test_own_values_of_columns_that_share_a_raw_one_are_given_up(model, columns):
    assert behind(swap, columns, model).contributions is None


def test_width_that_does_not_fit_the_model_is_a_reason(model):
    lifted = behind(swap, FeatureMap.of(np.arange(3), 3), _with_structures(model))
    assert lifted.trees == Unavailable("3 columns were traced to add, which takes 2")
    assert lifted.linear == lifted.trees


def test_reason_of_the_model_comes_before_that_of_the_columns(model):
    composed = behind(swap, Unavailable("step 'pca' (PCA) may mix columns"), model)
    assert composed.trees == model.trees
    mixed = behind(swap, Unavailable("mixed"), _with_structures(model))
    assert mixed.trees == mixed.linear == Unavailable("mixed")


def _with_structures(model):
    return Model(**{**vars(model), "trees": add, "linear": add})
