"""Values of columns, added up for the features that they come from."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from pellucid import Explanation, InvalidInputError, Stats
from pellucid._core.errors import FeatureMismatchError
from pellucid.data.feature_map import FeatureMap
from pellucid.data.origin import Origin

ONE_HOT = np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]])
MIXING = np.array([[3.0, 0.0, 1.0], [1.0, 1.0, 0.0]])


@st.composite
def explanations(draw):
    """Explanations of any size with any map, by partition or not."""
    n, e, k, r = (draw(st.integers(1, 4)) for _ in range(4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = rng.uniform(size=(r, e)) * (rng.random((r, e)) < 0.6)
    weights[rng.integers(r, size=e), np.arange(e)] = 1.0
    values = rng.normal(size=(n, e, k))
    found = Explanation(
        values=values,
        base_values=np.zeros((n, k)),
        predictions=values.sum(axis=1),
        features=tuple(map(str, range(e))),
        classes=None,
        task="regression",
        output_space="value",
        stats=Stats("by hand", exact=False, n_rows=n, n_rows_given=n, largest_std_error=1.0),
        std_error=rng.uniform(size=values.shape),
    )
    return found, weights


@given(explanations())
def test_folding_is_a_product_with_shares_and_still_adds_up(case):
    explanation, weights = case
    shares = weights / weights.sum(axis=0)
    folded = explanation.fold(weights)

    np.testing.assert_allclose(
        folded.values, np.einsum("re,nek->nrk", shares, explanation.values), atol=1e-12
    )
    np.testing.assert_allclose(
        folded.std_error, np.einsum("re,nek->nrk", shares, explanation.std_error), atol=1e-12
    )
    np.testing.assert_allclose(folded.residuals, 0.0, atol=1e-12)
    assert folded.stats.largest_std_error == folded.std_error.max()


@given(explanations(), st.integers(1, 3), st.randoms())
def test_one_fold_after_the_other_is_the_fold_of_both(case, n, random):
    explanation, weights = case
    earlier = np.random.default_rng(random.getrandbits(32)).uniform(0.1, 1, (n, len(weights)))
    at_once = explanation.fold(FeatureMap.of_weights(earlier).then(FeatureMap.of_weights(weights)))

    np.testing.assert_allclose(
        explanation.fold(weights).fold(earlier).values, at_once.values, atol=1e-12
    )


@given(explanations(), st.randoms())
def test_bounds_of_errors_hold_whatever_the_errors_have_to_do_with_each_other(case, random):
    explanation, weights = case
    rng = np.random.default_rng(random.getrandbits(32))
    e = explanation.num_features
    some = rng.normal(size=(e, e))
    covariance = some @ some.T
    scale = np.sqrt(np.diag(covariance))
    explanation = replace(
        explanation, std_error=np.broadcast_to(scale[:, np.newaxis], explanation.values.shape)
    )
    shares = weights / weights.sum(axis=0)
    true = np.sqrt(np.einsum("re,ef,rf->r", shares, covariance, shares))
    bound = explanation.fold(weights).std_error[0, :, 0]
    assert (true <= bound * (1 + 1e-9)).all()


class TestStats:
    def test_sums_of_a_partition_are_exact_and_said_to_be_sums(self, make_explanation):
        folded = make_explanation().fold(ONE_HOT, ["colour", "size", "dropped"])
        assert folded.features == ("colour", "size", "dropped")
        assert folded.stats.method == "by hand, summed"
        assert folded.stats.exact
        assert ("fold", "sum") in folded.stats.settings
        assert any("not Shapley values of a game" in text for text in folded.stats.warnings)
        assert not folded.values[:, 2].any()

    def test_credit_in_columns_that_mix_is_a_convention(self, make_explanation):
        folded = make_explanation().fold(FeatureMap.of_weights(MIXING, mixing="PCA mixes columns"))
        assert folded.stats.exactness == "approximate"
        said = " ".join(folded.stats.warnings)
        assert "by a convention, and are not Shapley values of raw columns" in said
        assert "PCA mixes columns" in said

    def test_columns_that_are_only_renamed_are_no_sums(self, make_explanation):
        explanation = make_explanation()
        folded = explanation.fold(FeatureMap.of([2, 0, 1], 4))
        assert (folded.stats.method, folded.stats.exact) == ("by hand", True)
        assert folded.stats.warnings == explanation.stats.warnings
        np.testing.assert_array_equal(folded.values[:, 2], explanation.values[:, 0])

    def test_an_assumption_is_told(self, make_explanation):
        folded = make_explanation().fold(FeatureMap.of([0, 1, 2], 3, assumption="seen to move"))
        assert "seen to move" in folded.stats.warnings

    def test_errors_are_named_bounds_and_no_noise_is_taken_off(self, make_explanation):
        estimated = make_explanation(60, estimated=True)
        folded = estimated.fold(ONE_HOT)
        importance = folded.importance()
        assert folded.stats.std_error_is_bound
        assert any("are bounds" in text for text in folded.stats.warnings)
        np.testing.assert_allclose(
            importance.values, np.abs(folded.values).mean(axis=0), atol=1e-12
        )
        assert any("contain what the noise" in text for text in importance.stats.warnings)
        assert not estimated.stats.std_error_is_bound

    def test_values_that_go_to_no_feature_are_missed(self, make_explanation):
        explanation = make_explanation()
        folded = explanation.fold(np.array([[1, 0, 0], [0, 1, 0]]))
        gap = np.abs(explanation.values[:, 2]).max()
        scale = max(np.abs(explanation.predictions).max(), np.abs(explanation.base_values).max())
        assert not folded.stats.exact
        assert folded.stats.efficiency_gap == pytest.approx(gap / scale)
        assert any("'feature 2' to no raw feature" in text for text in folded.stats.warnings)

    def test_a_constant_column_goes_to_no_feature_without_a_word(self, make_explanation):
        explanation = make_explanation()
        values = np.array(explanation.values)
        values[:, 2] = 0.0
        folded = replace(explanation, values=values).fold(np.array([[1, 1, 0]]))
        assert folded.stats.exact
        assert not any("no raw feature" in text for text in folded.stats.warnings)


class TestMaps:
    @pytest.mark.parametrize(
        "given",
        [
            ONE_HOT.astype(bool),
            ONE_HOT.tolist(),
            sp.csr_matrix(ONE_HOT),
            sp.coo_array(ONE_HOT * 7),
            pd.DataFrame(ONE_HOT),
            [ONE_HOT],
            [sp.csc_matrix(ONE_HOT), np.eye(3)],
            (FeatureMap.of([0, 0, 1], 3), np.eye(3)),
            FeatureMap.of([0, 0, 1], 3),
        ],
    )
    def test_every_form_of_a_map(self, make_explanation, given):
        explanation = make_explanation()
        expected = explanation.fold(FeatureMap.of([0, 0, 1], 3))
        np.testing.assert_array_equal(explanation.fold(given).values, expected.values)

    def test_weights_are_shared_out_after_all_steps(self, make_explanation):
        """As by the old SDK: the product of all maps, each of its columns scaled to 1."""
        first = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1]])
        second = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 0]])
        product = first @ second
        explanation = make_explanation()
        np.testing.assert_allclose(
            explanation.fold([first, second]).values,
            np.einsum("re,nek->nrk", product / product.sum(axis=0), explanation.values),
            atol=1e-12,
        )

    @pytest.mark.parametrize(
        ("given", "features", "message"),
        [
            (np.eye(4), None, "leads to 4 columns, but 3 are explained"),
            ([np.eye(3), np.eye(4)], None, "leads to 3 columns is followed by one that starts"),
            (-np.eye(3), None, "finite and not negative"),
            (np.full((2, 3), np.nan), None, "finite and not negative"),
            ("colour", None, "a feature map is a str"),
            (np.eye(3), ["a", "b"], "2 names of raw features are given, but the feature map has 3"),
            (np.eye(3), ["a", "b", "b"], "the name 'b' more than once"),
            (None, None, "a feature map is None"),
        ],
    )
    def test_what_is_no_map_is_refused(self, make_explanation, given, features, message):
        with pytest.raises((InvalidInputError, FeatureMismatchError), match=message):
            make_explanation().fold(given, features)


class TestOldWords:
    def test_explanation(self, make_explanation):
        explanation = make_explanation()
        raw = np.zeros((4, 2))
        found = explanation.get_raw_explanation([ONE_HOT[:2]], ["colour", "size"], raw)
        assert found.get_ranked_local_names(1) == found.get_ranked_local_names(top_k=1)
        assert found.data is raw or np.array_equal(found.data, raw)
        assert found.is_raw
        np.testing.assert_array_equal(
            explanation.get_raw_feature_importances([ONE_HOT[:2]]), found.local_importance_values
        )

    def test_importance(self, make_explanation):
        importance = make_explanation(20).importance()
        found = importance.get_raw_explanation([ONE_HOT[:2]], ["colour", "size"])
        expected = importance.local.fold(ONE_HOT[:2], ["colour", "size"]).importance()
        np.testing.assert_array_equal(found.values, expected.values)
        np.testing.assert_array_equal(
            importance.get_raw_feature_importances([ONE_HOT[:2]]), found.global_importance_values
        )
        assert found.get_feature_importance_dict().keys() == {"colour", "size"}

    def test_importance_without_rows_has_bounds(self, make_explanation):
        importance = make_explanation(20).importance()
        alone = replace(importance, local=None).fold(ONE_HOT[:2])
        assert (alone.overall >= importance.fold(ONE_HOT[:2]).overall).all()
        np.testing.assert_allclose(
            alone.values, [importance.values[:2].sum(axis=0), importance.values[2]], atol=1e-12
        )
        assert any(
            "importances and their standard errors are bounds" in text
            for text in alone.stats.warnings
        )


def test_slopes_and_metrics_do_not_add_up(make_explanation):
    explanation = make_explanation()
    with pytest.raises(InvalidInputError, match="slopes and differences, which do not add up"):
        replace(explanation, local_r2=np.ones((4, 2))).fold(ONE_HOT)
    importance = replace(explanation.importance(), local=None)
    metric = replace(importance, metric="accuracy", output_space="metric")
    with pytest.raises(InvalidInputError, match="accuracy gets by one column"):
        metric.fold(ONE_HOT)


class TestViews:
    @pytest.fixture
    def both(self, make_explanation):
        origin = Origin(FeatureMap.of([0, 0, 1], 3), ("colour", "size", "dropped"))
        view = replace(make_explanation(5), origin=origin, data=np.zeros((5, 3)))
        return replace(view.raw(np.arange(15).reshape(5, 3)), engineered=view)

    def test_slices_outputs_and_rows_take_the_view_along(self, both):
        for part, rows in ((both[1:3], slice(1, 3)), (both[[4, 0]], [4, 0])):
            assert part.engineered == both.engineered[rows]
            assert part.engineered.raw(part.data) == replace(part, engineered=None)
        assert both.output("class 1").engineered == both.engineered.output(1)
        assert [len(row.engineered) for row in both] == [1] * 5

    def test_parts_are_joined_in_both_views(self, both):
        joined = Explanation.concatenate([both[:2], both[2:]])
        np.testing.assert_array_equal(joined.engineered.values, both.engineered.values)
        np.testing.assert_array_equal(joined.engineered.data, both.engineered.data)
        with pytest.raises(InvalidInputError, match="only some"):
            Explanation.concatenate([both[:2], replace(both[2:], engineered=None)])

    def test_importance_of_both(self, both):
        importance = both.importance()
        assert importance.engineered == both.engineered.importance()
        assert importance.local.engineered == both.engineered
        assert importance.engineered.origin == both.engineered.origin
        assert importance.output(0).engineered == importance.engineered.output(0)
        np.testing.assert_array_equal(importance.engineered.raw().values, importance.values)
        assert replace(importance, engineered=None).local.engineered is None

    def test_pickles_and_equality(self, both):
        assert pickle.loads(pickle.dumps(both)) == both
        other = Origin(FeatureMap.of([0, 1, 1], 3), both.features)
        assert replace(both.engineered, origin=other) != both.engineered
        assert replace(both, engineered=None) != both

    def test_raw_columns_are_returned_as_they_are(self, both):
        assert both.raw() is both

    def test_views_that_are_not_of_the_same_are_refused(self, both, make_explanation):
        with pytest.raises(InvalidInputError, match="comes from other features"):
            replace(make_explanation(5), engineered=both.engineered)
        with pytest.raises(InvalidInputError, match="engineered explains 2 rows, not 5"):
            replace(both, engineered=both.engineered[:2])
        with pytest.raises(InvalidInputError, match="other classes"):
            replace(both, engineered=replace(both.engineered, classes=("a", "b")))
        with pytest.raises(InvalidInputError, match="origin is that of 2 columns; 3 are needed"):
            replace(both.engineered, origin=Origin(FeatureMap.identity(2), ("a", "b")))

    @pytest.mark.usefixtures("compact_tables")
    def test_texts_say_which_columns(self, both):
        assert "3 engineered columns" in repr(both.engineered)
        assert "3 columns, as .engineered" in repr(both)
        assert "3 columns, as .engineered" in both.importance()._repr_html_()
