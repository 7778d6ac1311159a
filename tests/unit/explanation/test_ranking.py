import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from pellucid import InvalidInputError
from pellucid.explanation.ranking import descending_rank, ranked_names, ranked_values

# Few distinct values, so that ties are frequent.
TIED_VALUES = arrays(
    np.float64,
    array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=5),
    elements=st.sampled_from([-1.5, -0.0, 0.0, 0.25, 2.0]),
)


@given(TIED_VALUES)
def test_rank_is_the_sorted_order_with_ties_in_column_order(values):
    ranks = descending_rank(values)
    for row, rank in zip(
        values.reshape(-1, values.shape[-1]), ranks.reshape(-1, values.shape[-1]), strict=True
    ):
        assert rank.tolist() == sorted(range(len(row)), key=lambda j: (-row[j], j))


@given(TIED_VALUES, st.integers(1, 8))
def test_names_and_values_belong_together(values, top_k):
    features = [f"f{j}" for j in range(values.shape[-1])]
    names = np.array(ranked_names(features, values, top_k), dtype=object)
    best = np.array(ranked_values(values, top_k))
    n_kept = min(top_k, values.shape[-1])
    assert names.shape == best.shape == (*values.shape[:-1], n_kept)
    column_of = {name: j for j, name in enumerate(features)}
    columns = np.vectorize(column_of.get, otypes=[np.int64])(names)
    assert np.array_equal(np.take_along_axis(values, columns, axis=-1), best)
    assert (np.diff(best, axis=-1) <= 0).all()


def test_nan_comes_last():
    assert descending_rank(np.array([np.nan, 1.0, 2.0])).tolist() == [2, 1, 0]


def test_results_are_plain_python():
    names = ranked_names(("a", "b"), np.array([[1.0, 2.0]]))
    values = ranked_values(np.array([[1.0, 2.0]]))
    assert type(names[0][0]) is str
    assert type(values[0][0]) is float
    assert json.loads(json.dumps([names, values])) == [names, values]


def test_values_of_any_layout_are_left_alone():
    values = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    before = values.copy()
    descending_rank(values.T)
    assert np.array_equal(values, before)


@pytest.mark.parametrize("top_k", [0, -1, 1.5, "3", True])
def test_top_k_must_be_a_positive_integer(top_k):
    with pytest.raises(InvalidInputError, match="top_k must be an integer of at least 1"):
        ranked_values(np.array([1.0]), top_k)


def test_numpy_integers_are_integers_too():
    assert ranked_values(np.array([1.0, 2.0]), np.int32(1)) == [2.0]
