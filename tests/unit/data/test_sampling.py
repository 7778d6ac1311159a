import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid._core.errors import InvalidInputError
from pellucid.data.sampling import Evidence, SamplingPolicy


def rounds(policy, n_rows, random_state=0, cost=0):
    """Return the rows of each round, if the ranking never settles and rows cost model rows."""
    order, parts, seen = policy.order(n_rows, random_state), [], 0
    while True:
        stop = policy.next_stop(n_rows, seen, cost * seen)
        if stop == seen:
            return parts
        parts.append(order[seen:stop])
        seen = stop


@given(
    st.integers(1, 500),
    st.integers(2, 100),
    st.one_of(st.none(), st.integers(2, 600)),
    st.integers(0, 2**40),
)
def test_rows_are_drawn_once_each_in_rounds_that_double(n_rows, min_rows, max_rows, seed):
    policy = SamplingPolicy(min_rows=min_rows, max_rows=max_rows)
    most = min(n_rows, max_rows or n_rows)

    parts = rounds(policy, n_rows, seed)

    drawn = np.concatenate(parts)
    assert drawn.dtype == np.int64
    assert len(set(drawn.tolist())) == len(drawn) == most
    assert drawn.min() >= 0
    assert drawn.max() < n_rows
    seen = np.cumsum([len(part) for part in parts])
    assert seen[0] == min(min_rows, most)
    assert (seen[1:-1] == 2 * seen[:-2]).all()
    assert (seen[1:] <= 2 * seen[:-1]).all()


@given(
    n_rows=st.integers(1, 500),
    min_rows=st.integers(2, 100),
    limit=st.integers(1, 100_000),
    cost=st.integers(1, 300),
)
def test_model_rows_stay_within_their_limit_once_costs_are_known(n_rows, min_rows, limit, cost):
    policy = SamplingPolicy(min_rows=min_rows, max_evaluations=limit)

    parts = rounds(policy, n_rows, cost=cost)

    seen = sum(map(len, parts))
    assert len(parts[0]) == min(10, n_rows, min_rows)
    assert seen == len(parts[0]) or seen * cost <= limit
    assert seen == n_rows or (seen + 1) * cost > limit


def test_explainers_that_call_no_model_are_not_limited_by_model_rows():
    assert sum(map(len, rounds(SamplingPolicy(max_evaluations=1), 5000))) == 5000


@pytest.mark.parametrize(
    ("policy", "n_rows"),
    [
        (SamplingPolicy(allow_eval_sampling=False, max_rows=2), 1000),
        (SamplingPolicy(), 200),
        (SamplingPolicy(), 1),
        (SamplingPolicy(max_rows=50), 50),
    ],
)
def test_all_rows_come_in_their_own_order_where_nothing_is_sampled(policy, n_rows):
    (rows,) = rounds(policy, n_rows)

    assert rows.dtype == np.int64
    assert rows.tolist() == list(range(n_rows))


def test_order_is_random_and_belongs_to_the_seed():
    orders = [np.concatenate(rounds(SamplingPolicy(), 1000, seed)) for seed in (0, 0, 1)]

    assert (orders[0] == orders[1]).all()
    assert (orders[0] != orders[2]).any()
    assert (np.sort(orders[0]) == np.arange(1000)).all()
    # a random order keeps about one row in its place
    assert (orders[0] == np.arange(1000)).sum() < 10


def test_global_generator_is_left_alone():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()

    rounds(SamplingPolicy(), 1000)

    assert (np.random.get_state()[1] == before).all()


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("allow_eval_sampling", "yes"),
        ("top_k", 0),
        ("confidence", 1.0),
        ("confidence", 95),
        ("relative_error", -0.1),
        ("min_rows", 1),
        ("max_rows", 0),
        ("max_rows", 10.5),
        ("max_evaluations", 0),
    ],
)
def test_impossible_parameters_are_refused_by_name(parameter, value):
    with pytest.raises(InvalidInputError, match=f"^{parameter} must be .*; got"):
        SamplingPolicy(**{parameter: value})


def test_policies_are_values():
    assert SamplingPolicy(top_k=3) == SamplingPolicy(top_k=3) != SamplingPolicy(top_k=4)
    with pytest.raises(AttributeError):
        SamplingPolicy().top_k = 3


# -- when it is settled ----------------------------------------------------------------------------

STRICT = SamplingPolicy(relative_error=0)
KNOWN, CLOSE, OPEN = 0, 1, 2


def standing(policy, means, errors, correlation=0.0):
    """Return how far places are known after the only round, of a million rows."""
    errors = np.array(errors, dtype=np.float64)
    covariance = np.outer(errors, errors) * correlation
    np.fill_diagonal(covariance, errors**2)
    evidence = Evidence(np.array(means, dtype=np.float64), errors, covariance, 10**6)
    return policy.standing(evidence, 100).tolist()


def test_differences_are_significant_beyond_the_quantile():
    quantile = 1.9600  # 0.975 for one pair and one round would be 1.96, 0.95 is 1.645
    policy = SamplingPolicy(relative_error=0, confidence=0.975)
    gap = quantile * np.sqrt(2) * 0.1

    assert standing(policy, [1.0, 1.0 - 1.001 * gap], [0.1, 0.1]) == [KNOWN, KNOWN]
    assert standing(policy, [1.0, 1.0 - 0.999 * gap], [0.1, 0.1]) == [OPEN, OPEN]


def test_features_seen_on_the_same_rows_are_told_apart_sooner():
    means, errors = [1.0, 0.9], [0.1, 0.1]

    assert standing(STRICT, means, errors, correlation=0.0) == [OPEN, OPEN]
    assert standing(STRICT, means, errors, correlation=0.9) == [KNOWN, KNOWN]
    assert standing(STRICT, [1.0, 0.7], errors, correlation=0.0) == [KNOWN, KNOWN]
    assert standing(STRICT, [1.0, 0.7], errors, correlation=-0.9) == [OPEN, OPEN]


def test_without_covariances_differences_are_as_uncertain_as_can_be():
    evidence = Evidence(np.array([1.0, 0.7]), np.array([0.1, 0.1]), None, 10**6)

    assert evidence.difference_errors(0)[1] == pytest.approx(0.2)
    assert STRICT.standing(evidence, 100).tolist() == [OPEN, OPEN]


def test_few_rows_and_many_looks_need_more():
    evidence = [
        Evidence(np.array([1.0, 0.7]), np.array([0.1, 0.1]), np.eye(2) / 100, n) for n in (4, 400)
    ]

    assert STRICT.standing(evidence[0], 100).tolist() == [OPEN, OPEN]
    assert STRICT.standing(evidence[1], 100).tolist() == [KNOWN, KNOWN]
    assert STRICT.standing(evidence[1], 10**6).tolist() == [OPEN, OPEN]


def test_more_confidence_needs_more():
    means, errors = [1.0, 0.7], [0.1, 0.1]

    assert standing(SamplingPolicy(relative_error=0, confidence=0.95), means, errors) == [0, 0]
    assert standing(SamplingPolicy(relative_error=0, confidence=0.99), means, errors) == [2, 2]


def test_features_behind_the_top_need_no_order():
    policy = SamplingPolicy(relative_error=0, top_k=1)

    assert standing(policy, [1.0, 0.3, 0.29, 0.28], [0.05] * 4) == [KNOWN]
    assert standing(STRICT, [1.0, 0.3, 0.29, 0.28], [0.05] * 4) == [KNOWN, OPEN, OPEN, OPEN]


@pytest.mark.parametrize("relative_error", [0, 0.05])
def test_uncertain_feature_far_behind_may_still_belong_to_the_top(relative_error):
    policy = SamplingPolicy(relative_error=relative_error, top_k=1)

    assert standing(policy, [1.0, 0.3, 0.2], [0.01, 0.01, 0.5]) == [OPEN]


def test_small_errors_settle_even_equal_features():
    policy = SamplingPolicy(relative_error=0.05)

    assert standing(policy, [1.0, 0.5, 0.5], [0.05, 0.05, 0.05]) == [KNOWN, CLOSE, CLOSE]
    assert standing(policy, [1.0, 0.5, 0.5], [0.05, 0.051, 0.05]) == [KNOWN, OPEN, OPEN]


@pytest.mark.parametrize("means", [[0.0, 0.0], [1.0, 1.0], [1.0, 0.5]])
def test_no_error_is_always_settled(means):
    assert max(standing(STRICT, means, [0.0, 0.0])) < OPEN


def test_unknown_errors_settle_nothing():
    assert standing(SamplingPolicy(), [1.0, 0.5], [np.nan, np.nan]) == [OPEN, OPEN]
    policy = SamplingPolicy(relative_error=0, top_k=1)
    assert standing(policy, [1.0, 0.5], [0.01, np.nan]) == [OPEN]


def test_single_feature_is_settled():
    assert standing(STRICT, [1.0], [10.0]) == [KNOWN]


# -- how it ends -----------------------------------------------------------------------------------


def outcome(policy, means, errors, n_seen, n_rows, *, n_evaluations=0):
    evidence = Evidence(np.array(means), np.array(errors), None, n_seen)
    return policy.outcome(evidence, ("a", "b", "c"), n_rows, n_evaluations)


def test_sampling_goes_on_until_it_is_settled_or_at_a_limit():
    unsure, sure = [0.3, 0.3, 0.3], [1e-3, 1e-3, 1e-3]
    policy = SamplingPolicy(max_rows=800, max_evaluations=9000)
    means = [0.5, 0.1, 1.0]

    assert outcome(policy, means, unsure, 200, 1000) is None
    assert (
        outcome(policy, means, sure, 10, 1000, n_evaluations=100) is None
    )  # only to know what rows cost
    settled = outcome(policy, means, sure, 200, 1000)
    assert (settled.stopped_by, settled.unsettled, settled.close) == ("settled", (), ())
    at_limit = outcome(policy, means, unsure, 800, 1000)
    assert (at_limit.stopped_by, at_limit.unsettled) == ("max_rows", ("c", "a", "b"))
    assert (
        outcome(policy, means, unsure, 200, 1000, n_evaluations=9000).stopped_by
        == "max_evaluations"
    )
    assert outcome(policy, means, unsure, 100, 100).stopped_by == "all rows"


def test_what_is_close_is_named():
    found = outcome(SamplingPolicy(top_k=2), [1.0, 0.5, 0.5], [0.05] * 3, 200, 1000)

    assert found.close == ("b",)
    assert found.in_words == (
        "the first 2 settled with confidence 0.95; too close to tell apart: b"
    )


def explain_until_settled(policy, attributions, seed):
    """Do what a global explanation does, on attributions (n, d) that are known beforehand."""
    n_rows, d = attributions.shape
    order, seen, found = policy.order(n_rows, seed), 0, None
    while found is None:
        seen = policy.next_stop(n_rows, seen)
        sample = attributions[order[:seen]]
        means, covariance = sample.mean(axis=0), np.cov(sample, rowvar=False) / seen
        errors = np.sqrt(np.diagonal(covariance))
        found = policy.outcome(
            Evidence(means, errors, covariance, seen), tuple("abcdefgh"[:d]), n_rows
        )
    return means, seen, found


def population(seed, n_rows=6000):
    """Skewed, correlated attributions of 8 features; the third and the fourth are close."""
    rng = np.random.default_rng(seed)
    shared = rng.lognormal(sigma=0.7, size=(n_rows, 1))
    own = rng.lognormal(sigma=1.0, size=(n_rows, 8))
    scale = np.array([1.0, 0.7, 0.45, 0.4, 0.2, 0.15, 0.1, 0.02])
    signs = np.where(np.arange(8) % 2, 1.0, -0.3)
    return scale * np.abs(own + signs * shared)


def test_top_features_are_right_as_often_as_promised():
    policy = SamplingPolicy(top_k=3, relative_error=0, confidence=0.9, min_rows=100)
    right, rows = [], []
    for seed in range(150):
        attributions = population(seed)
        means, n_seen, found = explain_until_settled(policy, attributions, seed)
        wanted = np.argsort(-attributions.mean(axis=0))[:3]
        if not found.unsettled:
            right.append(np.argsort(-means)[:3].tolist() == wanted.tolist())
        rows.append(n_seen)

    assert len(right) > 100
    # runs that are right with probability 0.9 fall below this only once in 1000
    assert np.mean(right) >= 0.9 - 3.1 * np.sqrt(0.09 / len(right))
    # and this is not because all rows are looked at
    assert np.median(rows) < 6000


def test_equals_are_told_apart_no_more_often_than_promised():
    """Looking again and again finds some difference in the end, where looks are not counted."""
    policy = SamplingPolicy(top_k=1, relative_error=0, confidence=0.8, min_rows=10)
    wrong = []
    for seed in range(300):
        equal = np.random.default_rng(seed).exponential(size=(2560, 2))
        means, _, found = explain_until_settled(policy, equal, seed)
        wrong.append(found.stopped_by == "settled" and means[1] > means[0])

    # 300 runs with probability 0.2 exceed this once in 1000
    assert np.mean(wrong) <= 0.2 + 3.1 * np.sqrt(0.16 / 300)


def test_what_settles_by_small_error_is_off_by_no_more():
    policy = SamplingPolicy(top_k=8, relative_error=0.05, min_rows=100)
    off = []
    for seed in range(100):
        attributions = population(seed)
        means, _, _ = explain_until_settled(policy, attributions, seed)
        truth = attributions.mean(axis=0)
        chosen = np.argsort(-means)
        # how much more important the feature is that should stand in each place
        off.append(np.abs(truth[chosen] - np.sort(truth)[::-1]).max() / truth.max())

    # two standard errors of either neighbor, each 5 % of the largest importance
    assert np.quantile(off, 0.95) <= 4 * 0.05
