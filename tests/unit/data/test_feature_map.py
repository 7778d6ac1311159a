"""Feature maps: which raw columns engineered ones come from, and sums over them."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid.data.feature_map import FeatureMap, side_by_side


@st.composite
def steps(draw):
    """Two maps, the second from the columns that the first one makes."""
    n_raw, n_middle, n_last = (draw(st.integers(1, 6)) for _ in range(3))
    first = draw(st.lists(st.integers(0, n_raw - 1), min_size=n_middle, max_size=n_middle))
    second = draw(st.lists(st.integers(0, n_middle - 1), min_size=n_last, max_size=n_last))
    return FeatureMap.of(first, n_raw), FeatureMap.of(second, n_middle)


@st.composite
def mixing_steps(draw):
    """Two maps of any kind, with constants, the second from the columns of the first."""
    n_raw, n_middle, n_last = (draw(st.integers(1, 5)) for _ in range(3))
    weights = st.sampled_from([0.0, 0.0, -1.0, 0.5, 3.0])
    first = draw(arrays(float, (n_raw, n_middle), elements=weights))
    second = draw(arrays(float, (n_middle, n_last), elements=weights))
    return FeatureMap.of_weights(first), FeatureMap.of_weights(second)


def dense(found):
    return found.matrix.toarray()


@given(steps())
def test_two_steps_lead_back_to_the_raw_columns(maps):
    first, second = maps

    whole = first.then(second)

    assert whole.is_partition
    assert whole.raw_of.tolist() == [first.raw_of[middle] for middle in second.raw_of]
    assert whole.n_raw == first.n_raw
    assert whole.n_engineered == second.n_engineered


@given(steps())
def test_identity_changes_nothing(maps):
    first, _ = maps

    before = FeatureMap.identity(first.n_raw).then(first)
    after = first.then(FeatureMap.identity(first.n_engineered))

    assert before.raw_of.tolist() == after.raw_of.tolist() == first.raw_of.tolist()
    assert before.n_raw == after.n_raw == first.n_raw


@given(mixing_steps())
def test_credit_is_shared_out_whole_over_steps(maps):
    first, second = maps

    whole = dense(first.then(second))

    product = dense(first) @ dense(second)
    owed = product.sum(axis=0)
    np.testing.assert_allclose(whole.sum(axis=0), owed > 0, atol=1e-12)
    np.testing.assert_allclose(whole * owed, product, atol=1e-12)


@given(mixing_steps(), st.integers(0, 3), st.integers(1, 3), st.randoms())
def test_folding_is_the_product_with_the_credit(maps, n, k, random):
    first, _ = maps
    values = np.random.default_rng(random.getrandbits(32)).normal(size=(n, first.n_engineered, k))

    folded = first.fold(values)

    assert folded.shape == (n, first.n_raw, k)
    np.testing.assert_allclose(folded, np.einsum("re,nek->nrk", dense(first), values), atol=1e-12)
    for row, alone in zip(folded, values, strict=True):
        np.testing.assert_array_equal(row, first.fold(alone))


@given(steps(), st.randoms())
def test_folding_a_partition_adds_up_in_order(maps, random):
    first, _ = maps
    values = np.random.default_rng(random.getrandbits(32)).normal(size=(2, first.n_engineered, 1))

    expected = np.zeros((2, first.n_raw, 1))
    for j, raw in enumerate(first.raw_of):
        expected[:, raw] += values[:, j]

    np.testing.assert_array_equal(first.fold(values), expected)


def test_a_map_of_ten_thousand_hashed_columns_stays_sparse():
    n = 10_000
    hashed = FeatureMap.of(np.arange(n) % 300, 300)
    whole = hashed.then(FeatureMap.identity(n))
    assert sp.issparse(whole.matrix)
    assert whole.matrix.nnz == n
    assert whole.fold(np.ones((2, n, 1))).sum() == 2 * n


def test_constants_owe_nothing_and_play_with_the_first_column():
    bias = FeatureMap.of_weights([[0.0, 0.0, 0.0], [0.0, 2.0, 1.0]])
    assert bias.is_partition
    assert bias.raw_of.tolist() == [0, 1, 1]
    assert bias.fold([[5.0], [1.0], [2.0]]).ravel().tolist() == [0.0, 3.0]


def test_a_map_that_mixes_columns_says_what_mixes_them():
    mixed = FeatureMap.of_weights([[1.0], [1.0]]).mixed_by("PCA mixes columns")
    assert not mixed.is_partition
    later = FeatureMap.identity(2).then(mixed).take([0])
    assert later.mixing == "PCA mixes columns"
    with pytest.raises(FeatureMismatchError, match="of their own: PCA mixes columns"):
        _ = later.raw_of


def test_mixing_within_one_raw_column_is_none():
    mixed = FeatureMap.of_weights([[1.0, 0.0], [1.0, 1.0]]).mixed_by("PCA mixes columns")
    words_of_a_text = FeatureMap.of([1, 1], 3)
    assert words_of_a_text.then(mixed).raw_of.tolist() == [1, 1]
    # But what was mixed is not known to be undone.
    assert mixed.take([1]).mixing == "PCA mixes columns"


def test_columns_that_are_credited_to_one_may_be_mixed_all_the_same():
    filled = FeatureMap.identity(2).mixed_by("KNNImputer mixes columns")
    assert not filled.is_partition
    assert not filled.take([0]).is_partition
    assert filled.fold([[1.0], [2.0]]).ravel().tolist() == [1.0, 2.0]


def test_parts_side_by_side():
    text = FeatureMap.of([2, 2, 2], 3, assumption="probed")
    mixed = FeatureMap.of_weights([[1.0], [1.0], [0.0]]).mixed_by("PCA mixes columns")
    whole = side_by_side([text, mixed, FeatureMap.identity(3).take([0])], 3)
    assert dense(whole).tolist() == [[0, 0, 0, 0.5, 1], [0, 0, 0, 0.5, 0], [1, 1, 1, 0, 0]]
    assert (whole.assumption, whole.mixing) == ("probed", "PCA mixes columns")
    assert side_by_side([], 3).n_engineered == 0


def test_columns_that_nothing_comes_from_are_not_used():
    assert FeatureMap.of([2, 0, 2], 4).used.tolist() == [True, False, True, False]


def test_assumptions_travel_and_are_told_once():
    first = FeatureMap.of([0], 1, assumption="probed")
    second = FeatureMap.of([0], 1, assumption="believed")
    assert first.then(FeatureMap.identity(1)).assumption == "probed"
    assert first.then(first).then(second).assumption == "probed; believed"
    assert FeatureMap.identity(1).assumption is None


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[0.5], [0.6]], r"credit of engineered column 0 adds up to 1\.1"),
        ([[-1.0], [2.0]], "not negative"),
        ([[np.nan], [1.0]], "finite"),
        ([[np.inf], [1.0]], "finite"),
    ],
)
def test_what_is_no_credit_is_refused(matrix, message):
    with pytest.raises(InvalidInputError, match=message):
        FeatureMap(np.array(matrix))


@pytest.mark.parametrize("shape", [(3,), (3, 1), (5, 3, 1)])
def test_values_of_another_number_of_columns_are_refused(shape):
    with pytest.raises(FeatureMismatchError, match="are not of 2 engineered columns"):
        FeatureMap.identity(2).fold(np.zeros(shape))
