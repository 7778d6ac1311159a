"""DeepExplainer's values against closed forms, an independent twin, and its own promises."""

import pickle

import numpy as np
import pandas as pd
import pytest
from oracles.deep_lift import deep_lift
from oracles.shapley import interventional_shapley_values
from scipy.special import expit

torch = pytest.importorskip("torch")

from deep.zoo import data_for, trained  # noqa: E402

import pellucid  # noqa: E402
from pellucid import (  # noqa: E402
    DeepExplainer,
    InvalidInputError,
    KernelExplainer,
    TabularExplainer,
    UnsupportedModelError,
    summarize,
)

rng = np.random.default_rng(4)
BACKGROUND, ROWS = rng.normal(size=(15, 4)), rng.normal(size=(6, 4))


class Formula(torch.nn.Module):
    """A function of tensors as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *tensors):
        return self.function(*tensors)


def perceptron(activation, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return torch.nn.Sequential(
            torch.nn.Linear(4, 7),
            activation,
            torch.nn.Linear(7, 5),
            activation,
            torch.nn.Linear(5, 2),
        ).double()


def product_of_two(x):
    return 3 * x[:, 0] * x[:, 1] + x[:, 2]


def max_of_two(x):
    return torch.maximum(x[:, 0], x[:, 1]) - x[:, 3]


CLOSED = {
    "linear": torch.nn.Linear(4, 2),
    "product": Formula(product_of_two),
    "square of a sum": Formula(lambda x: (x[:, :2].sum(1)) ** 2),
    "sums of functions": Formula(lambda x: (x.sin() + x.exp() + x.abs()).sum(1)),
    "steps": Formula(lambda x: (x > 0.1).to(x.dtype).sum(1) + torch.where(x < 0, x, x**2).sum(1)),
    "inner product": Formula(lambda x: (x[:, None, :2] @ x[:, 2:, None])[:, 0, 0]),
}


@pytest.mark.parametrize("name", CLOSED)
def test_values_are_shapleys_where_no_function_mixes_products(name):
    module = CLOSED[name].double()
    explanation = DeepExplainer(module, BACKGROUND).explain_local(ROWS)

    def predict(rows):
        with torch.no_grad():
            return module(torch.tensor(rows, dtype=torch.float64)).reshape(len(rows), -1).numpy()

    for row, values in zip(ROWS, explanation.values, strict=True):
        expected, _ = interventional_shapley_values(predict, row.tolist(), BACKGROUND.tolist())
        np.testing.assert_allclose(values, expected, atol=1e-9)


def test_a_quotient_of_two_cells_is_shared_as_a_product_with_the_reciprocal():
    module = Formula(lambda x: x[:, 0] / (2 + x[:, 1] ** 2))
    explanation = DeepExplainer(module, BACKGROUND[:1]).explain_local(ROWS)
    (a, b), (c, e) = ROWS[:, :2].T, BACKGROUND[0, :2]
    over, other = 1 / (2 + b**2), 1 / (2 + e**2)
    expected = np.stack([(a - c) * (over + other) / 2, (over - other) * (a + c) / 2], axis=1)
    np.testing.assert_allclose(explanation.values[:, :2, 0], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        (torch.nn.ReLU(), lambda z: np.maximum(z, 0)),
        (torch.nn.Tanh(), np.tanh),
        (torch.nn.Sigmoid(), expit),
        (torch.nn.Softplus(), lambda z: np.log1p(np.exp(z))),
    ],
)
def test_perceptrons_follow_the_rescale_rule(activation, function):
    module = perceptron(activation)
    layers = [
        ("linear", (layer.weight.detach().numpy(), layer.bias.detach().numpy()))
        if isinstance(layer, torch.nn.Linear)
        else ("function", function)
        for layer in module
    ]
    background = BACKGROUND.copy()
    background[:, 2] = ROWS[0, 2]
    explanation = DeepExplainer(module, background).explain_local(ROWS)
    for row, values, error in zip(ROWS, explanation.values, explanation.std_error, strict=True):
        shares = np.stack([deep_lift(layers, row, reference) for reference in background])
        np.testing.assert_allclose(values, shares.mean(axis=0), atol=1e-9)
        spread = shares.std(axis=0, ddof=1) / np.sqrt(len(background))
        np.testing.assert_allclose(error, spread, atol=1e-9)


def test_maxima_go_to_where_they_are_and_were():
    module = Formula(lambda x: torch.nn.functional.max_pool1d(x.unsqueeze(1), 4)[:, 0, 0])
    explanation = DeepExplainer(module, [[0.0, 2.0, 0.0, 0.0]]).explain_local(
        [[1.0, 0.0, 3.0, 0.0], [1.0, 0.0, 0.0, 0.5]]
    )
    np.testing.assert_allclose(
        explanation.values[:, :, 0], [[0, 0, 1, 0], [0, -1, 0, 0]], atol=1e-6
    )


def test_weights_of_reference_rows_count():
    module = perceptron(torch.nn.Tanh())
    twice = np.concatenate([BACKGROUND, BACKGROUND[:5]])
    expected = DeepExplainer(module, twice).explain_local(ROWS)
    weighted = DeepExplainer(module, summarize(twice, n_clusters=100)).explain_local(ROWS)
    np.testing.assert_allclose(weighted.values, expected.values, atol=1e-12)
    np.testing.assert_allclose(weighted.base_values, expected.base_values, atol=1e-12)


def test_one_reference_row_has_no_standard_error():
    explanation = DeepExplainer(perceptron(torch.nn.Tanh()), BACKGROUND[:1]).explain_local(ROWS)
    assert explanation.std_error is None
    assert explanation.stats.exactness == "approximate"


def test_a_row_that_is_a_reference_row_gets_finite_values():
    module = Formula(lambda x: torch.sqrt(x.abs()).sum(1) + torch.linalg.vector_norm(x, dim=1))
    zero = np.zeros((1, 4))
    explanation = DeepExplainer(module, np.vstack([zero, BACKGROUND])).explain_local(zero)
    assert np.isfinite(explanation.values).all()
    assert explanation.stats.efficiency_gap < 1e-6


# -- batches, order, memory ---------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"batch_size": 1}, {"batch_size": 4}, {"n_jobs": 2}])
def test_batches_and_threads_change_nothing(options):
    module = perceptron(torch.nn.GELU())
    expected = DeepExplainer(module, BACKGROUND).explain_local(ROWS)
    found = DeepExplainer(module, BACKGROUND, **options).explain_local(ROWS)
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-9, atol=1e-12)
    backwards = DeepExplainer(module, BACKGROUND).explain_local(ROWS[::-1].copy())
    np.testing.assert_allclose(backwards.values[::-1], expected.values, rtol=1e-9, atol=1e-12)


def test_blocks_of_pairs_change_nothing(monkeypatch):
    from pellucid.explainers.torch import blocks

    module = perceptron(torch.nn.GELU())
    expected = DeepExplainer(module, BACKGROUND).explain_local(ROWS)
    for most in (1, 4, 31):
        monkeypatch.setattr(blocks, "MOST_PAIRS", most)
        found = DeepExplainer(module, BACKGROUND).explain_local(ROWS)
        np.testing.assert_allclose(found.values, expected.values, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found.std_error, expected.std_error, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found.base_values, expected.base_values, rtol=1e-12)


def test_a_network_that_takes_one_number_of_rows_only_is_traced_for_it():
    def by_row(x):
        return torch.stack([torch.tanh(row[0]) * torch.tanh(row[1]) for row in x.unbind(0)])  # noqa: PD013 - no frame

    module = Formula(by_row)
    found = DeepExplainer(module, BACKGROUND[:, :2]).explain_local(ROWS[:, :2])
    expected = DeepExplainer(
        Formula(lambda x: torch.tanh(x[:, 0]) * torch.tanh(x[:, 1])), BACKGROUND[:, :2]
    ).explain_local(ROWS[:, :2])
    np.testing.assert_allclose(found.values, expected.values, atol=1e-6)


def test_explainers_survive_pickling():
    explainer = DeepExplainer(perceptron(torch.nn.ReLU()), BACKGROUND)
    revived = pickle.loads(pickle.dumps(explainer))
    assert revived.explain_local(ROWS) == explainer.explain_local(ROWS)


def test_results_survive_saving(tmp_path):
    explainer = DeepExplainer(perceptron(torch.nn.ReLU()), BACKGROUND, features=list("abcd"))
    for result in (explainer.explain_local(ROWS), explainer.explain_global(ROWS)):
        path = tmp_path / type(result).__name__
        result.save(path)
        assert pellucid.load(path) == result


def test_training_goes_on_and_later_explanations_are_of_what_was_learnt():
    module = perceptron(torch.nn.Tanh())
    explainer = DeepExplainer(module, BACKGROUND)
    first = explainer.explain_local(ROWS)
    with torch.no_grad():
        module[0].weight *= 0.5
    again = explainer.explain_local(ROWS)
    fresh = DeepExplainer(module, BACKGROUND).explain_local(ROWS)
    assert np.abs(first.values - again.values).max() > 0.01
    np.testing.assert_array_equal(again.values, fresh.values)
    assert again.stats.efficiency_gap < 1e-12


# -- columns, tasks, outputs --------------------------------------------------------------------


def test_frames_names_and_groups():
    module = perceptron(torch.nn.ReLU())
    names = ["a", "b", "c", "d"]
    background, rows = (pd.DataFrame(X, columns=names) for X in (BACKGROUND, ROWS))
    plain = DeepExplainer(module, BACKGROUND).explain_local(ROWS)
    named = DeepExplainer(module, background).explain_local(rows[names[::-1]])
    assert named.features == tuple(names)
    np.testing.assert_allclose(named.values, plain.values, atol=1e-12)
    grouped = DeepExplainer(module, background, groups={"ab": ["a", "b"]}).explain_local(rows)
    np.testing.assert_allclose(grouped.values[:, 0], plain.values[:, :2].sum(axis=1), atol=1e-12)


def test_global_importance_is_streamed():
    explainer = DeepExplainer(perceptron(torch.nn.ReLU()), BACKGROUND)
    whole = explainer.explain_global(ROWS)
    streamed = explainer.explain_global(ROWS, include_local=False, batch_size=2)
    np.testing.assert_allclose(streamed.values, whole.values, rtol=1e-9)
    assert sorted(whole.get_ranked_global_names()) == ["0", "1", "2", "3"]


def test_probabilities_make_a_classifier_and_margins_are_one_if_told():
    probable = torch.nn.Sequential(perceptron(torch.nn.ReLU()), torch.nn.Softmax(dim=1))
    explanation = DeepExplainer(probable, BACKGROUND, classes=["no", "yes"]).explain_local(ROWS)
    assert (explanation.task, explanation.output_space) == ("classification", "probability")
    assert explanation.classes == ("no", "yes")
    one = torch.nn.Sequential(perceptron(torch.nn.ReLU()), torch.nn.Linear(2, 1).double())
    torch.nn.init.constant_(one[-1].bias, -5.0)  # so that no example has a probability's value
    margins = DeepExplainer(one, BACKGROUND, model_task="classification").explain_local(ROWS)
    assert margins.values.shape == (6, 4, 2)
    assert margins.output_space == "raw"
    np.testing.assert_allclose(margins.values[..., 0], -margins.values[..., 1])
    sigmoid = torch.nn.Sequential(one, torch.nn.Sigmoid())
    both = DeepExplainer(sigmoid, BACKGROUND, model_task="classification").explain_local(ROWS)
    assert both.output_space == "probability"
    np.testing.assert_allclose(both.predictions.sum(axis=1), 1)
    assert both.stats.efficiency_gap < 1e-12


def test_half_precision_is_explained_without_its_rounding():
    module = perceptron(torch.nn.ReLU()).bfloat16()
    explanation = DeepExplainer(module, BACKGROUND).explain_local(ROWS)
    assert explanation.stats.efficiency_gap < 1e-6
    assert any("without the rounding of bfloat16" in said for said in explanation.stats.warnings)
    assert module[0].weight.dtype == torch.bfloat16


# -- the automatic choice, refusals ---------------------------------------------------------------


def test_the_automatic_choice_takes_networks_second_and_keeps_the_values():
    module = perceptron(torch.nn.ReLU())
    explainer = TabularExplainer(module, BACKGROUND)
    assert type(explainer.explainer) is DeepExplainer
    assert [method for method, _ in explainer.explainer.refused] == [
        "tree, interventional",
        "tree, path-dependent",
    ]
    expected = DeepExplainer(module, BACKGROUND).explain_local(ROWS)
    np.testing.assert_array_equal(explainer.explain_local(ROWS).values, expected.values)


def test_kernel_explains_modules_too():
    module = CLOSED["product"].double()
    kernel = KernelExplainer(module, BACKGROUND).explain_local(ROWS)
    deep = DeepExplainer(module, BACKGROUND).explain_local(ROWS)
    assert kernel.stats.exact
    np.testing.assert_allclose(kernel.values, deep.values, atol=1e-9)


def test_bad_input_is_named():
    module = perceptron(torch.nn.ReLU())
    with pytest.raises(UnsupportedModelError, match="no network of tensors"):
        DeepExplainer(lambda rows: rows.sum(axis=1), BACKGROUND)
    with pytest.raises(InvalidInputError, match="pass initialization_examples"):
        DeepExplainer(module)
    with pytest.raises(InvalidInputError, match="sum_over"):
        DeepExplainer(module, BACKGROUND, sum_over=1)
    with pytest.raises(pellucid.ModelError, match="must return one tensor"):
        DeepExplainer(Formula(lambda x: (x, x)), BACKGROUND)
    with pytest.raises(pellucid.PellucidError, match="Sequential"):
        DeepExplainer(module, BACKGROUND[:, :3])


def test_zoo_agrees_with_shap_where_it_adds_up():
    shap = pytest.importorskip("shap")
    module, (background, rows) = trained("MLP"), data_for("MLP")
    module.eval()
    found = DeepExplainer(module, background).explain_local(rows)
    theirs = shap.DeepExplainer(module, torch.from_numpy(background)).shap_values(
        torch.from_numpy(rows), check_additivity=False
    )
    module.train()
    np.testing.assert_allclose(found.values, theirs, atol=1e-5 * np.abs(theirs).max())
