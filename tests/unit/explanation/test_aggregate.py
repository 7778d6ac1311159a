from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid import Explanation, InvalidInputError
from pellucid.explanation.aggregate import ImportanceAccumulator


def accumulate(parts, *, keep_local=False):
    accumulator = ImportanceAccumulator(keep_local=keep_local)
    for part in parts:
        accumulator.add(part)
    return accumulator


def cut(explanation, cuts):
    edges = [0, *sorted(cuts), len(explanation)]
    return [explanation[a:b] for a, b in pairwise(edges)]


@given(
    cuts=st.lists(st.integers(0, 40), max_size=8),
    order=st.randoms(use_true_random=False),
    estimated=st.booleans(),
)
def test_size_and_order_of_parts_do_not_matter(make_explanation, cuts, order, estimated):
    whole = make_explanation(40, 3, 2, estimated=estimated)
    parts = cut(whole, cuts)
    order.shuffle(parts)
    streamed = accumulate(parts).result(n_rows_given=40)
    at_once = accumulate([whole]).result(n_rows_given=40)
    np.testing.assert_allclose(streamed.values, at_once.values, rtol=1e-13)
    np.testing.assert_allclose(streamed.overall, at_once.overall, rtol=1e-13)
    np.testing.assert_allclose(streamed.std_error, at_once.std_error, rtol=1e-12)
    np.testing.assert_allclose(streamed.base_values, at_once.base_values, rtol=1e-13)


def test_means_and_errors_are_those_of_the_textbook(make_explanation):
    explanation = make_explanation(50, 4, 2)
    importance = explanation.importance()
    size = np.abs(explanation.values)
    np.testing.assert_allclose(importance.values, size.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(importance.overall, size.mean(axis=(0, 2)), rtol=1e-13)
    np.testing.assert_allclose(
        importance.std_error, size.std(axis=0, ddof=1) / np.sqrt(50), rtol=1e-12
    )


def test_noise_of_estimates_is_taken_off(make_explanation):
    explanation = make_explanation(50, 4, 2, estimated=True)
    importance = explanation.importance()
    squares = (explanation.values**2).sum(axis=0)
    share = np.sqrt(1 - (explanation.std_error**2).sum(axis=0) / squares)
    size = np.abs(explanation.values)
    np.testing.assert_allclose(importance.values, share * size.mean(axis=0), rtol=1e-13)
    assert (importance.std_error > share * size.std(axis=0, ddof=1) / np.sqrt(50)).all()


def test_covariance_is_that_of_the_overall_means(make_explanation):
    explanation = make_explanation(60, 4, 2)
    parts = cut(explanation, [5, 30])
    accumulator = ImportanceAccumulator(keep_local=False, compares=True)
    for part in parts:
        accumulator.add(part)
    overall = np.abs(explanation.values).mean(axis=2)
    expected = np.cov(overall, rowvar=False) / 60
    np.testing.assert_allclose(accumulator.covariance, expected, rtol=1e-12)
    assert accumulate(parts).covariance is None


def test_the_standard_error_is_the_scatter_of_the_mean_over_samples(make_explanation):
    random = np.random.default_rng(1)
    template = make_explanation(30, 1, 1, task="regression")
    means, claimed = [], []
    for _ in range(400):
        values = random.exponential(size=(30, 1, 1))
        sample = Explanation(
            values, template.base_values, template.predictions, *_names(template)
        ).importance()
        means.append(sample.values[0, 0])
        claimed.append(sample.std_error[0, 0])
    # 400 samples know a standard deviation to about 4 %; the seed is fixed.
    assert np.mean(claimed) == pytest.approx(np.std(means), rel=0.1)


def _names(explanation):
    return (
        explanation.features,
        explanation.classes,
        explanation.task,
        explanation.output_space,
        explanation.stats,
    )


def test_numbers_far_from_zero_lose_no_accuracy(make_explanation):
    template = make_explanation(1000, 1, 1, task="regression")
    values = 1e9 + np.random.default_rng(2).uniform(size=(1000, 1, 1))
    explanation = Explanation(values, template.base_values, template.predictions, *_names(template))
    errors = accumulate([explanation[i : i + 7] for i in range(0, 1000, 7)]).std_errors
    expected = (values - 1e9).std(ddof=1) / np.sqrt(1000)
    assert errors[0, 0] == pytest.approx(expected, rel=1e-6)


def test_equal_base_values_stay_what_they_are(make_explanation):
    explanation = make_explanation(7, 2, 2)
    importance = accumulate(cut(explanation, [1, 2, 4])).result(n_rows_given=7)
    assert np.array_equal(importance.base_values, explanation.base_values[0])


def test_one_row_has_no_standard_error(make_explanation):
    importance = make_explanation(1).importance()
    assert np.isnan(importance.std_error).all()
    assert "±" not in repr(importance)


def test_sampling_is_reported_and_not_corrected_for(make_explanation):
    explanation = make_explanation(20)
    accumulator = accumulate([explanation], keep_local=True)
    sampled, complete = (accumulator.result(n_rows_given=n) for n in (500, 20))
    assert sampled.stats.n_rows_given == 500
    assert sampled.stats.n_rows == 20
    assert sampled.local.stats == sampled.stats
    assert np.array_equal(sampled.std_error, complete.std_error)


def test_the_local_explanation_is_kept_on_request_only(make_explanation):
    explanation = make_explanation(9)
    parts = cut(explanation, [4])
    assert accumulate(parts).result(n_rows_given=9).local is None
    kept = accumulate(parts, keep_local=True).result(n_rows_given=9).local
    assert np.array_equal(kept.values, explanation.values)


def test_without_keeping_parts_none_is_referred_to(make_explanation):
    accumulator = accumulate([make_explanation(9)])
    assert not any(isinstance(held, Explanation) for held in vars(accumulator).values())
    assert accumulator._local is None


def test_parts_of_different_explanations_are_refused(make_explanation):
    accumulator = accumulate([make_explanation(2, 3)])
    with pytest.raises(InvalidInputError, match="the parts differ in features"):
        accumulator.add(make_explanation(2, 4))


def test_there_must_be_rows(make_explanation):
    with pytest.raises(InvalidInputError, match="no explained rows"):
        accumulate([]).result(n_rows_given=0)
    with pytest.raises(InvalidInputError, match="no explained rows"):
        make_explanation(3)[:0].importance()
