"""What is taken off for noise, against noise whose size is known."""

import numpy as np
import pytest

from pellucid import KernelExplainer, TreeExplainer
from pellucid.explanation.noise import NoiseSums, without_noise

N_ROWS = 200


def estimate(truth, std_error, seed):
    """Add noise of known size to true values, and return importance and its standard error."""
    rng = np.random.default_rng(seed)
    std_error = np.broadcast_to(std_error, truth.shape)
    values = truth + rng.normal(size=truth.shape) * std_error
    sizes = np.abs(values)
    plain = sizes.std(axis=0, ddof=1) / np.sqrt(len(sizes))
    found = without_noise(sizes.mean(axis=0), plain, NoiseSums.of(values, std_error))
    return tuple(array[:, 0] for array in found)


def repeated(make_truth, std_error, n=200):
    found = [estimate(make_truth(np.random.default_rng((5, i))), std_error, i) for i in range(n)]
    return (np.array(column) for column in zip(*found, strict=True))


def test_a_feature_of_noise_alone_is_within_its_error_of_zero():
    rng = np.random.default_rng(0)
    errors = rng.uniform(0.5, 1.5, size=(N_ROWS, 1, 1))

    importance, stated = repeated(lambda _: np.zeros((N_ROWS, 1, 1)), errors)

    # The mean absolute value of this noise is about 0.8.
    assert importance.mean() < 0.15
    covered = np.mean(importance <= 1.96 * stated)
    assert covered > 0.93
    assert stated.mean() < 0.25


@pytest.mark.parametrize("spread", [1.0, 3.0, 30.0])
def test_a_feature_that_matters_keeps_its_size(spread):
    truth = spread * np.sqrt(2 / np.pi)

    importance, stated = repeated(
        lambda rng: rng.normal(scale=spread, size=(N_ROWS, 1, 1)), np.ones((1, 1, 1))
    )

    # 200 repetitions know their mean to 1 / sqrt(200) of their scatter.
    assert importance.mean() == pytest.approx(truth, abs=4 * importance.std() / np.sqrt(200))
    assert stated.mean() == pytest.approx(importance.std(), rel=0.15)


def test_values_of_another_shape_than_the_noise_are_little_off():
    always_five = repeated(lambda _: np.full((N_ROWS, 1, 1), 5.0), np.ones((1, 1, 1)))
    assert np.mean(next(always_five)) == pytest.approx(5, rel=0.03)
    pointed = repeated(lambda rng: rng.laplace(scale=2, size=(N_ROWS, 1, 1)), np.ones((1, 1, 1)))
    assert np.mean(next(pointed)) == pytest.approx(2, rel=0.05)


def test_exact_values_are_left_alone_to_the_last_bit():
    rng = np.random.default_rng(3)
    values, means, errors = rng.normal(size=(9, 4, 2)), rng.random((4, 2)), rng.random((4, 2))

    for std_error in (None, np.zeros_like(values)):
        found = without_noise(means, errors, NoiseSums.of(values, std_error))
        assert np.array_equal(found[0], means)
        assert np.array_equal(found[1], errors)


def test_sums_over_parts_are_those_over_all_rows():
    rng = np.random.default_rng(4)
    values, errors = rng.normal(size=(30, 3, 2)), rng.random((30, 3, 2))
    errors[20:] = 0

    parts = NoiseSums.of(values[:7], errors[:7]) + NoiseSums.of(values[7:20], errors[7:20])
    parts += NoiseSums.of(values[20:], None)

    whole = NoiseSums.of(values, errors)
    for name in vars(whole):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-13)


def test_values_beyond_the_range_of_their_powers_do_no_harm():
    values = np.array([1e300, -1e300, 0.0]).reshape(3, 1, 1)
    means, errors = np.array([[6e299]]), np.array([[1e299]])

    exact = without_noise(means, errors, NoiseSums.of(values, None))

    assert exact == (means, errors)


def test_estimates_of_a_black_box_rank_as_exact_values_do():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 12))
    weights = np.array([3, 2, 1.4, 1, 0.7, 0.5, 0.35, 0.25, 0, 0, 0, 0])

    def model(rows):
        return np.tanh(rows @ weights) + rows[:, 0] * rows[:, 1] + rows[:, 2] * rows[:, 3]

    explainer = KernelExplainer(model, rows[:15], budget=1800, show_progress=False)
    importance = explainer.explain_global(rows[:40])

    assert not importance.stats.exact
    plain = np.abs(importance.local.values).mean(axis=(0, 2))
    noise = importance.local.std_error.mean(axis=(0, 2))
    # The last four take no part; what they seem to add is noise.
    assert (plain[8:] > 0.1 * noise[8:]).all()
    assert (importance.overall[8:] <= 3 * importance.std_error[8:, 0]).all()
    assert importance.overall[8:].mean() < plain[8:].mean() / 2
    strong = plain > 10 * noise
    assert strong.sum() >= 4
    np.testing.assert_allclose(importance.overall[strong], plain[strong], rtol=0.01)


def test_exact_importance_is_the_plain_mean():
    from sklearn.tree import DecisionTreeRegressor

    rows = np.random.default_rng(1).normal(size=(80, 3))
    model = DecisionTreeRegressor(max_depth=3, random_state=0).fit(rows, rows[:, 0] * rows[:, 1])
    importance = TreeExplainer(model).explain_global(rows)
    np.testing.assert_allclose(
        importance.values, np.abs(importance.local.values).mean(axis=0), rtol=1e-14
    )
