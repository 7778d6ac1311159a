"""Stated probabilities against how often rankings of simulated estimates are right."""

from dataclasses import replace

import numpy as np
import pytest

from pellucid import Explanation, InvalidInputError, KernelExplainer, Stats
from pellucid.explanation.stability import _noise_without_sum


def explanation(values, std_error=None):
    """Return an explanation of one output, of values (n, d)."""
    values = np.asarray(values, dtype=np.float64)
    n, d = values.shape
    return Explanation(
        values=values[:, :, np.newaxis],
        base_values=np.zeros((n, 1)),
        predictions=values.sum(axis=1, keepdims=True),
        features=tuple(f"feature {j}" for j in range(d)),
        classes=None,
        task="regression",
        output_space="value",
        stats=Stats("by hand", exact=std_error is None, n_rows=n, n_rows_given=n),
        std_error=None if std_error is None else np.asarray(std_error)[:, :, np.newaxis],
    )


def top_of(sizes, k):
    return np.argsort(-sizes, axis=1, kind="stable")[:, :k]


def assert_calibrated(stated, is_right, slack=0.0):
    """Compare what is stated with what is true, on average, in ranges of the stated."""
    stated, is_right = np.ravel(stated), np.ravel(is_right)
    for low, high in ((0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.01)):
        here = (stated >= low) & (stated < high)
        if here.sum() < 30:
            continue
        error = 3.5 * np.sqrt(0.25 / here.sum())
        assert stated[here].mean() == pytest.approx(is_right[here].mean(), abs=error + slack)


SPREADS = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "geometric": lambda rng, shape: (
        2 * 0.6 ** np.arange(shape[1]) * rng.uniform(0.7, 1.3, size=shape)
    ),
    "pointed": lambda rng, shape: rng.laplace(size=shape),
}


@pytest.mark.parametrize("error", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("spread", SPREADS)
def test_rows_are_right_as_often_as_stated(spread, error):
    rng = np.random.default_rng(0)
    truth = SPREADS[spread](rng, (300, 8))
    errors = error * rng.uniform(0.5, 1.5, size=truth.shape)
    errors *= np.arange(8) > 0  # one is known without error
    noise = rng.normal(size=truth.shape) * errors
    estimated = explanation(truth + noise, errors)

    stability = estimated.stability(3)

    wanted = top_of(np.abs(truth), 3)
    found = stability.ranking[:, :3, 0]
    in_order = (wanted == found).all(axis=1)
    right = (np.sort(wanted) == np.sort(found)).all(axis=1)
    belongs = (wanted[:, :, np.newaxis] == np.arange(8)).any(axis=1)
    # These errors do not sum to zero as those of Shapley values do, and not all spreads are normal.
    assert_calibrated(stability.set_probability, right, slack=0.08)
    assert_calibrated(stability.order_probability, in_order, slack=0.08)
    assert_calibrated(stability.membership, belongs, slack=0.08)
    assert np.mean(stability.set_probability) == pytest.approx(right.mean(), abs=0.08)


def test_membership_adds_up_and_agrees_with_the_set():
    rng = np.random.default_rng(1)
    found = explanation(rng.normal(size=(9, 5)), rng.uniform(0.1, 1, size=(9, 5))).stability(2)

    np.testing.assert_allclose(found.membership.sum(axis=1), 2)
    assert (found.order_probability <= found.set_probability).all()
    top = np.take_along_axis(found.membership, found.ranking[:, :2], axis=1)
    assert (found.set_probability <= top.min(axis=1) + 1e-12).all()


def test_exact_values_are_stable_whatever_their_ties():
    values = [[3.0, -3.0, 1.0], [0.0, 0.0, 0.0]]
    for std_error in (None, np.zeros((2, 3))):
        found = explanation(values, std_error).stability(1)
        assert (found.set_probability == 1).all()
        assert (found.order_probability == 1).all()
        assert found.membership[:, :, 0].tolist() == [[1, 0, 0], [1, 0, 0]]


def test_features_that_are_exactly_zero_never_reach_the_top():
    found = explanation([[1.0, 0.0, 0.5, 0.0]], [[0.3, 0.0, 0.3, 0.0]]).stability(2)

    assert found.set_probability[0, 0] == 1
    assert found.membership[0, [1, 3], 0].tolist() == [0, 0]
    assert 0.5 < found.order_probability[0, 0] < 1


@pytest.mark.parametrize(
    "error",
    [[1.0, 1.0], [1.0, 1.0, 0.0], [0.5, 1.0, 1.0, 0.1], [1.0, 1.0, 1.0, 1.6, 0.0], [0.2] * 20],
)
def test_drawn_errors_have_the_stated_size_and_no_sum(error):
    error = np.array(error)
    drawn = _noise_without_sum(error, np.random.default_rng(0))

    assert np.abs(drawn.sum(axis=1)).max() < 1e-9
    np.testing.assert_allclose(drawn.std(axis=0), error, rtol=0.06)


def test_an_error_larger_than_all_others_is_kept():
    drawn = _noise_without_sum(np.array([5.0, 1.0, 0.0]), np.random.default_rng(0))

    np.testing.assert_allclose(drawn.std(axis=0), [5, 1, 0], rtol=0.06)


def test_kernel_estimates_are_right_as_often_as_stated():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 6))

    def model(rows):
        return np.exp(rows[:, 0] * rows[:, 1] / 2) + rows[:, 2] * rows[:, 3] + rows[:, 4]

    truth = KernelExplainer(model, rows[:40], budget=10_000, show_progress=False)
    estimates = KernelExplainer(model, rows[:40], budget=200, show_progress=False)
    wanted = truth.explain_local(rows[100:200]).values[:, :, 0]

    stability = estimates.explain_local(rows[100:200]).stability(2)

    found = np.sort(stability.ranking[:, :2, 0])
    right = (found == np.sort(top_of(np.abs(wanted), 2))).all(axis=1)
    assert 0.3 < right.mean() < 0.95
    # Standard errors from few reference rows are enlarged on purpose: rather more are right.
    assert right.mean() - 0.3 < np.mean(stability.set_probability) < right.mean() + 0.1


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_importance_is_right_as_often_as_stated(shared):
    stated, right, unpaired = [], [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        scale = rng.uniform(0.2, 1, size=8)
        rows = scale * rng.normal(size=(60, 8)) * np.exp(shared * rng.normal(size=(60, 1)))
        importance = explanation(rows).importance()
        found = importance.stability(3)
        stated.append(found.set_probability)
        right.append(set(found.ranking[:3]) == set(np.argsort(-scale)[:3]))
        unpaired.append(replace(importance, local=None).stability(3).set_probability)

    assert np.mean(stated) == pytest.approx(np.mean(right), abs=3 * 0.5 / np.sqrt(150))
    # Sizes that rise and fall together: without the rows, less is known of their differences.
    if shared:
        assert np.mean(unpaired) < np.mean(stated)
    else:
        assert np.mean(unpaired) == pytest.approx(np.mean(stated), abs=0.02)


def test_results_depend_on_the_row_and_the_seed_alone():
    rng = np.random.default_rng(2)
    whole = explanation(rng.normal(size=(6, 4)), rng.uniform(0.3, 1, size=(6, 4)))

    together = whole.stability(2)
    apart = whole[3].stability(2)

    assert np.array_equal(together.membership[3], apart.membership[0])
    assert np.array_equal(whole.stability(2).membership, together.membership)
    assert not np.array_equal(whole.stability(2, random_state=1).membership, together.membership)


def test_all_features_are_the_top_for_sure():
    rng = np.random.default_rng(3)
    found = explanation(rng.normal(size=(5, 3)), np.ones((5, 3)))

    for stability in (found.stability(9), found.importance().stability(3)):
        assert stability.top_k == 3
        assert np.all(stability.set_probability == 1)


def test_printed_forms_say_what_is_likely():
    rng = np.random.default_rng(4)
    found = explanation(rng.normal(size=(40, 4)) * [3, 1, 1, 0.01], np.full((40, 4), 0.1))

    printed = repr(found.importance().stability(2)).split("\n")
    assert printed[0] == "Stability of the top 2 of 4 features"
    assert printed[1].startswith("  right          with probability 0.")
    assert printed[5] == "  feature 0  1.00"
    assert len(printed) == 8  # the last feature has no chance
    assert "40 rows, 1 output" in repr(found.stability(2))
    assert repr(found[:0].stability(2)) == "Stability of the top 2 of 4 features: 0 rows, 1 output"


def test_what_cannot_be_told_is_refused():
    found = explanation([[1.0, 2.0]])
    with pytest.raises(InvalidInputError, match="one row tells nothing"):
        found.importance().stability(1)
    with pytest.raises(InvalidInputError, match="top_k must be"):
        found.stability(0)
    with pytest.raises(InvalidInputError, match="random_state must be"):
        found.stability(1, random_state=-1)
