"""Functions of TensorFlow: integrated gradients that add up. Skipped where it is not installed."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from pellucid import (  # noqa: E402
    DeepExplainer,
    GradientExplainer,
    KernelExplainer,
    TabularExplainer,
    UnsupportedModelError,
)

rng = np.random.default_rng(3)
X = rng.normal(size=(40, 5)).astype("float32")


class Perceptron(tf.Module):
    def __init__(self, activation, k=3):
        super().__init__()
        self.activation = activation
        self.first = tf.Variable(rng.normal(size=(5, 8)).astype("float32"))
        self.second = tf.Variable(rng.normal(size=(8, k)).astype("float32"))

    @tf.function(input_signature=[tf.TensorSpec((None, 5), tf.float32)])
    def __call__(self, x):
        return self.activation(x @ self.first) @ self.second


def added_up(explanation, outputs, base):
    missed = explanation.values.sum(axis=1) - (outputs - base.mean(axis=0))
    return np.abs(missed).max() / np.abs(outputs - base.mean(axis=0)).max()


@pytest.mark.parametrize("activation", [tf.tanh, tf.nn.gelu, tf.nn.relu, tf.nn.leaky_relu])
def test_values_of_modules_add_up(activation):
    module = Perceptron(activation)
    explanation = DeepExplainer(module, X[:20]).explain_local(X[20:25])
    outputs, base = (module(tf.constant(part)).numpy() for part in (X[20:25], X[:20]))
    assert added_up(explanation, outputs, base) <= 1e-4
    assert explanation.std_error.shape == (5, 5, 3)
    assert any("integrated gradients" in said for said in explanation.stats.warnings)


def test_values_of_products_are_shapley_values():
    def product(x):
        return x[:, 0] * x[:, 1] + x[:, 2]

    found = DeepExplainer(tf.function(product), X[:8]).explain_local(X[8:12])
    exact = KernelExplainer(lambda rows: product(rows.astype("float64")), X[:8])
    np.testing.assert_allclose(found.values, exact.explain_local(X[8:12]).values, atol=1e-5)


def test_a_saved_model_is_read_from_its_folder(tmp_path):
    module = Perceptron(tf.tanh)
    tf.saved_model.save(module, str(tmp_path / "saved"))
    explanation = DeepExplainer(tmp_path / "saved", X[:10]).explain_local(X[10:13])
    np.testing.assert_allclose(
        explanation.values, DeepExplainer(module, X[:10]).explain_local(X[10:13]).values, atol=1e-5
    )


def test_functions_without_gradients_go_to_the_kernel_explainer():
    def looked_up(x):
        return tf.gather(tf.constant([0.0, 1.0, 5.0]), tf.cast(tf.abs(x[:, 0]), tf.int32) % 3)

    explainer = TabularExplainer(tf.function(looked_up), X[:10])
    assert explainer.explainer.method == "kernel"
    assert any("integrated gradients miss" in reason for _, reason in explainer.explainer.refused)


def test_expected_gradients_are_refused_with_the_explainer_to_take():
    with pytest.raises(UnsupportedModelError, match="DeepExplainer integrates"):
        GradientExplainer(Perceptron(tf.tanh), X[:10])
