"""GradientExplainer's values against closed forms, and what its standard errors promise."""

import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from deep.zoo import data_for, trained  # noqa: E402

from pellucid import (  # noqa: E402
    DeepExplainer,
    GradientExplainer,
    InvalidInputError,
    UnsupportedModelError,
    summarize,
)

rng = np.random.default_rng(8)
BACKGROUND, ROWS = rng.normal(size=(12, 3)), rng.normal(size=(20, 3))


class Formula(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *tensors):
        return self.function(*tensors)


def cubic(x):
    return x[:, 0] * x[:, 1] * x[:, 2] + torch.tanh(2 * x[:, 0] - x[:, 1])


def gradient_of_cubic(x):
    """Return the same function's gradient, worked out by hand."""
    a, b, c = np.moveaxis(x, -1, 0)
    slope = 1 / np.cosh(2 * a - b) ** 2
    return np.stack([b * c + 2 * slope, a * c - slope, a * b], axis=-1)


def expected_gradients(rows, background):
    """Integrate numerically, for all pairs."""
    points, weights = np.polynomial.legendre.leggauss(60)
    apart = rows[:, None] - background
    ways = background + (points[:, None, None, None] + 1) / 2 * apart
    return (np.einsum("p,prbd->rbd", weights / 2, gradient_of_cubic(ways)) * apart).mean(axis=1)


def test_values_add_up_and_are_as_near_as_their_errors_say():
    truth = expected_gradients(ROWS, BACKGROUND)
    covered = []
    for budget in (60, 200):  # some points for each reference row
        for seed in range(8):
            explainer = GradientExplainer(
                Formula(cubic), BACKGROUND, budget=budget, random_state=seed
            )
            found = explainer.explain_local(ROWS)
            assert found.stats.efficiency_gap < 1e-12
            error = found.std_error[..., 0]
            covered.append(np.abs(found.values[..., 0] - truth) <= 1.96 * error)
            assert np.linalg.norm(error) < 0.2 * np.linalg.norm(truth)
    assert 0.92 < np.mean(covered) < 0.985


def test_errors_cover_reference_rows_that_were_not_drawn():
    many = rng.normal(size=(400, 3))
    truth = expected_gradients(ROWS, many)
    covered = []
    for seed in range(8):
        found = GradientExplainer(
            Formula(cubic), many, budget=100, random_state=seed
        ).explain_local(ROWS)
        covered.append(np.abs(found.values[..., 0] - truth) <= 1.96 * found.std_error[..., 0])
        assert found.stats.efficiency_gap < 1e-12
        assert 60 <= found.stats.reference_use.n_references <= 100
    assert 0.92 < np.mean(covered) < 0.985


def test_linear_networks_are_explained_exactly_where_all_reference_rows_are_used():
    module = torch.nn.Linear(3, 2).double()
    found = GradientExplainer(module, BACKGROUND).explain_local(ROWS)
    weight = module.weight.detach().numpy()
    expected = (ROWS - BACKGROUND.mean(axis=0))[:, :, None] * weight.T
    np.testing.assert_allclose(found.values, expected, atol=1e-12)
    assert found.std_error.max() < 1e-12
    assert not found.stats.exact
    assert found.stats.method == "expected gradients"


def test_weights_of_reference_rows_count():
    weighted = summarize(np.vstack([BACKGROUND[:2], BACKGROUND[:1]]), n_clusters=10)
    module = torch.nn.Linear(3, 1).double()
    found = GradientExplainer(module, weighted).explain_local(ROWS)
    mean = (2 * BACKGROUND[0] + BACKGROUND[1]) / 3
    expected = (ROWS - mean) * module.weight.detach().numpy()
    np.testing.assert_allclose(found.values[..., 0], expected, atol=1e-9)


def test_rounds_go_on_until_a_standard_error_is_reached():
    module = Formula(cubic)
    loose = GradientExplainer(module, BACKGROUND).explain_local(ROWS)
    tight = GradientExplainer(module, BACKGROUND, target_se=0.01).explain_local(ROWS)
    assert (
        tight.stats.reference_use.relative_std_error
        <= 0.01
        < (loose.stats.reference_use.relative_std_error)
    )
    assert loose.stats.n_evaluations < tight.stats.n_evaluations < 50 * loose.stats.n_evaluations
    missed = GradientExplainer(module, BACKGROUND, budget=4, target_se=1e-6).explain_local(ROWS)
    assert any("target_se=1e-06 was not reached" in said for said in missed.stats.warnings)


@pytest.mark.parametrize("options", [{"batch_size": 1}, {"batch_size": 7}, {"n_jobs": 2}])
def test_batches_threads_and_order_change_nothing(options):
    module = Formula(cubic)
    expected = GradientExplainer(module, BACKGROUND).explain_local(ROWS)
    found = GradientExplainer(module, BACKGROUND, **options).explain_local(ROWS[::-1].copy())
    np.testing.assert_allclose(found.values[::-1], expected.values, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.std_error[::-1], expected.std_error, rtol=1e-9, atol=1e-12)


def test_blocks_of_points_change_nothing(monkeypatch):
    from pellucid.explainers.torch import blocks

    module = Formula(cubic)
    expected = GradientExplainer(module, BACKGROUND).explain_local(ROWS[:3])
    for most in (2, 30, 300):
        monkeypatch.setattr(blocks, "MOST_PAIRS", most)
        found = GradientExplainer(module, BACKGROUND).explain_local(ROWS[:3])
        np.testing.assert_allclose(found.values, expected.values, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found.std_error, expected.std_error, rtol=1e-9, atol=1e-12)


def test_tokens_get_what_their_embeddings_do():
    background, rows = data_for("bags of tokens")
    module = trained("bags of tokens").eval()
    found = GradientExplainer(module, background, target_se=0.01).explain_local(rows)
    assert found.stats.efficiency_gap < 1e-6

    weight = module.embedding.weight.detach()

    tail = Formula(module.embedded)
    explainer = GradientExplainer(tail, weight[background], sum_over=2, target_se=0.01)
    direct = explainer.explain_local(weight[rows])
    apart = np.abs(found.values - direct.values)
    assert (apart < 4 * np.hypot(found.std_error, direct.std_error) + 1e-7).all()


def test_codes_in_a_matrix_have_no_way_between_them():
    background, rows = data_for("codes and numbers")
    module = trained("codes and numbers").eval()
    found = GradientExplainer(module, background).explain_local(rows)
    assert found.stats.efficiency_gap < 1e-6
    assert not any("jumps" in said for said in found.stats.warnings)


def test_images_and_several_inputs_come_back_in_their_shapes():
    background, rows = data_for("two towers")
    explainer = GradientExplainer(trained("two towers"), background)
    left, right = explainer.shaped(explainer.explain_local(rows))
    assert left.shape == right.shape == (5, 5, 1)
    background, rows = data_for("CNN of ten pixels")
    explainer = GradientExplainer(trained("CNN of ten pixels"), background, sum_over=1)
    assert explainer.shaped(explainer.explain_local(rows)).shape == (5, 2, 5, 3)


class Branching(torch.nn.Module):
    def forward(self, x):
        return torch.stack([row[1] * row[2] if row[1] > -9 else row[1] for row in x])


def test_what_cannot_be_traced_can_still_be_differentiated():
    found = GradientExplainer(Branching(), BACKGROUND).explain_local(ROWS)
    deep = DeepExplainer(Formula(lambda x: x[:, 1] * x[:, 2]), BACKGROUND).explain_local(ROWS)
    np.testing.assert_allclose(found.values, deep.values, atol=5 * found.std_error.max() + 1e-9)


def test_jumps_are_told_and_not_spread_over_the_columns():
    module = Formula(lambda x: (x[:, 0] > 0).to(x.dtype) + x[:, 1])
    found = GradientExplainer(module, BACKGROUND).explain_local(ROWS)
    assert found.stats.efficiency_gap > 0.05
    assert any("the network jumps" in said for said in found.stats.warnings)
    np.testing.assert_allclose(
        found.values[:, 1, 0], ROWS[:, 1] - BACKGROUND[:, 1].mean(), atol=1e-9
    )
    assert (found.values[:, 0] == 0).all()


def test_networks_without_gradients_and_bad_parameters_are_refused():
    with pytest.raises(UnsupportedModelError, match="have no gradient"):
        GradientExplainer(Formula(lambda x: x[:, 0].detach()), BACKGROUND)
    with pytest.raises(UnsupportedModelError, match="no network"):
        GradientExplainer(lambda rows: rows.sum(axis=1), BACKGROUND)
    module = torch.nn.Linear(3, 1)
    with pytest.raises(InvalidInputError, match="give one of them"):
        GradientExplainer(module, BACKGROUND, budget=10, nsamples=10)
    with pytest.raises(InvalidInputError, match="nsamples"):
        GradientExplainer(module, BACKGROUND, nsamples=1)
    with pytest.raises(TypeError, match="random_state"):
        GradientExplainer(module, BACKGROUND, rseed=1)
    with pytest.raises(TypeError, match="not those of the row"):
        GradientExplainer(module, BACKGROUND, local_smoothing=0.1)


def test_global_groups_and_pickles():
    explainer = GradientExplainer(
        Formula(cubic_module), BACKGROUND, features=list("abc"), groups={"ab": ["a", "b"]}
    )
    importance = explainer.explain_global(ROWS)
    assert set(importance.get_ranked_global_names()) == {"ab", "c"}
    assert pickle.loads(pickle.dumps(explainer)).explain_local(ROWS) == explainer.explain_local(
        ROWS
    )


def cubic_module(x):
    return cubic(x)


def test_half_precision_and_inference_mode():
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    module = module.bfloat16()
    with torch.inference_mode():
        found = GradientExplainer(module, BACKGROUND).explain_local(ROWS)
    assert found.stats.efficiency_gap < 1e-6
    assert any("rounding of bfloat16" in said for said in found.stats.warnings)
