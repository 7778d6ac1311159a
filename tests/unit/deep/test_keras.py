"""Keras models of this process, and files with what is no part of Keras."""

import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

os.environ["KERAS_BACKEND"] = "torch"
torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402

from pellucid import (  # noqa: E402
    CorruptFileError,
    DeepExplainer,
    FeatureMismatchError,
    InvalidInputError,
    KerasFile,
    KernelExplainer,
    StorageError,
    TabularExplainer,
    UnsupportedModelError,
)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
"""Keras 3.15 on torch says so of itself under NumPy 2."""

FILES = Path(__file__).parent / "keras_files"
rng = np.random.default_rng(5)
X = rng.normal(size=(30, 4)).astype("float32")


@pytest.fixture(autouse=True)
def keras_seeded(seeded):
    keras.utils.set_random_seed(0)


def predicted(model, rows):
    return keras.ops.convert_to_numpy(model(rows, training=False)).astype("float64")


def stack(*parts):
    return keras.Sequential([keras.Input((4,)), *parts])


class Gate(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, given):
        return given * keras.ops.sigmoid(given * self.scale)


def squared(given):
    return keras.ops.square(given)


def one_probability():
    model = stack(layers.Dense(5, "tanh"), layers.Dropout(0.5), layers.Dense(1, "sigmoid"))
    model.compile(loss="binary_crossentropy")
    return model


def test_a_model_of_this_process_is_left_as_it_is():
    model = one_probability()
    before = [np.array(weight) for weight in model.get_weights()]
    own = predicted(model, X)[:, 0]
    states = random.getstate(), torch.get_rng_state()
    explanation = DeepExplainer(model, X, classes=["no", "yes"]).explain_local(X[:5])
    assert random.getstate() == states[0]
    assert torch.equal(torch.get_rng_state(), states[1])
    assert explanation.classes == ("no", "yes")
    whole = (explanation.values.sum(axis=1) + explanation.base_values)[:, 1]
    np.testing.assert_allclose(whole, own[:5], rtol=1e-5)
    assert all(map(np.array_equal, model.get_weights(), before))
    model.fit(X, np.zeros(30), verbose=0)


def test_explainers_travel_without_keras_model():
    explainer = DeepExplainer(stack(layers.Dense(3, "gelu"), layers.Dense(1)), X)
    again = pickle.loads(pickle.dumps(explainer))
    np.testing.assert_allclose(
        again.explain_local(X[:3]).values, explainer.explain_local(X[:3]).values, atol=1e-6
    )


def test_layers_and_functions_of_ones_own_are_found():
    model = stack(Gate(), layers.Dense(3, squared), layers.Lambda(lambda x: x / 2), layers.Dense(1))
    own = predicted(model, X)
    found = DeepExplainer(model, X).explain_local(X[:4])
    whole = found.values.sum(axis=1) + found.base_values
    np.testing.assert_allclose(whole, own[:4], atol=1e-4 * np.ptp(own))


def test_files_with_custom_layers_say_how_to_give_them(tmp_path):
    model = stack(Gate(), layers.Dense(1))
    model.save(tmp_path / "own.keras")
    with pytest.raises(UnsupportedModelError, match=r"custom_objects=\{'Gate': Gate\}"):
        DeepExplainer(tmp_path / "own.keras", X)
    file = KerasFile(tmp_path / "own.keras", custom_objects={"Gate": Gate})
    found = DeepExplainer(file, X).explain_local(X[:4])
    whole = found.values.sum(axis=1) + found.base_values
    np.testing.assert_allclose(whole, predicted(model, X[:4]), rtol=1e-4)


def test_files_with_code_are_refused_unless_trusted(tmp_path):
    model = stack(layers.Lambda(lambda x: x * 2), layers.Dense(1))
    model.save(tmp_path / "code.keras")
    with pytest.raises(UnsupportedModelError, match=r"KerasFile\(path, safe_mode=False\)"):
        DeepExplainer(str(tmp_path / "code.keras"), X)
    DeepExplainer(KerasFile(tmp_path / "code.keras", safe_mode=False), X)


def test_one_of_several_outputs_is_chosen(tmp_path):
    given = keras.Input((4,))
    ends = [layers.Dense(1, name="a")(given), layers.Dense(2, name="b")(given)]
    keras.Model(given, ends).save(tmp_path / "two.keras")
    with pytest.raises(UnsupportedModelError, match="2 outputs, 'a', 'b'"):
        DeepExplainer(tmp_path / "two.keras", X)
    with pytest.raises(InvalidInputError, match="output is 'c'"):
        DeepExplainer(KerasFile(tmp_path / "two.keras", output="c"), X)
    chosen = DeepExplainer(KerasFile(tmp_path / "two.keras", output="b"), X)
    assert chosen.explain_local(X[:2]).values.shape == (2, 4, 2)


def test_bad_files_are_named(tmp_path):
    with pytest.raises(StorageError, match="there is no model file"):
        DeepExplainer("nowhere.keras", X)
    (tmp_path / "cut.keras").write_bytes((FILES / "dense.keras").read_bytes()[:900])
    with pytest.raises(CorruptFileError, match="truncated"):
        DeepExplainer(tmp_path / "cut.keras", X)
    with pytest.raises(FeatureMismatchError, match=r"4 columns.*takes \(n, 6\)"):
        DeepExplainer(FILES / "dense.keras", X)
    (tmp_path / "m.weights.h5").touch()
    with pytest.raises(InvalidInputError, match="weights without a model"):
        DeepExplainer(tmp_path / "m.weights.h5", X)


class Doubled(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.inner, self.last = layers.Dense(4, "relu"), layers.Dense(1)

    def call(self, given):
        return self.last(self.inner(given)) * 2


def test_classes_of_model_of_ones_own():
    model = Doubled()
    with pytest.raises(UnsupportedModelError, match="has no weights yet"):
        TabularExplainer(model, X)
    own = predicted(model, X)
    found = DeepExplainer(model, X).explain_local(X[:3])
    np.testing.assert_allclose(found.values.sum(axis=1) + found.base_values, own[:3], rtol=1e-4)


class Foreign(layers.Layer):
    def call(self, given):
        return keras.ops.convert_to_tensor(given.detach().cpu().numpy() ** 2)


def test_what_cannot_be_traced_goes_to_the_kernel_explainer():
    model = stack(Foreign(), layers.Dense(1))
    model(X)
    explainer = TabularExplainer(model, X)
    assert isinstance(explainer.explainer, KernelExplainer)
    found = explainer.explain_local(X[:2])
    np.testing.assert_allclose(
        found.values.sum(axis=1) + found.base_values, predicted(model, X[:2]), rtol=1e-4
    )


def test_columns_of_a_frame_are_inputs_by_name():
    inputs = {name: keras.Input((1,), name=name) for name in ("size", "age")}
    hidden = layers.Dense(4, "tanh")(layers.Concatenate()(list(inputs.values())))
    model = keras.Model(inputs, layers.Dense(1)(hidden))
    frame = pd.DataFrame(X[:, :2], columns=["age", "size"])
    own = predicted(model, {name: frame[[name]].to_numpy() for name in inputs})
    found = DeepExplainer(model, frame).explain_local(frame.iloc[:5])
    assert found.features == ("age", "size")
    np.testing.assert_allclose(found.values.sum(axis=1) + found.base_values, own[:5], rtol=1e-4)


def of_width(X, y):
    given = keras.Input((X.shape[1],))
    model = keras.Model(given, layers.Dense(y.shape[1], "softmax")(layers.Dense(4, "relu")(given)))
    model.compile(loss="categorical_crossentropy", optimizer="sgd")
    return model


def test_pipelines_that_end_in_a_wrapper():
    wrapper = keras.wrappers.SKLearnClassifier(of_width, fit_kwargs={"verbose": 0})
    pipeline = make_pipeline(StandardScaler(), wrapper)
    pipeline.fit(X, np.where(X[:, 0] > 0, "warm", "cold"))
    explainer = TabularExplainer(pipeline, X)
    assert explainer.explainer.method == "deep"
    found = explainer.explain_local(X[:4])
    assert found.classes == ("cold", "warm")
    whole = found.values.sum(axis=1) + found.base_values
    np.testing.assert_allclose(whole, pipeline.decision_function(X[:4]), rtol=1e-4)


SCRIPT = """
import sys
import numpy as np
from pellucid import DeepExplainer, UnsupportedModelError
with np.load(sys.argv[1] + ".npz") as stored:
    rows, own = stored["rows"], stored["predictions"]
found = DeepExplainer(sys.argv[1] + ".keras", rows).explain_local(rows[:5])
missed = found.values.sum(axis=1) - (own[:5] - own.mean(axis=0))
assert np.abs(missed).max() <= 1e-4 * np.abs(own[:5] - own.mean(axis=0)).max()
try:
    DeepExplainer(sys.argv[2], rows[:, :4])
except UnsupportedModelError as error:
    print(error)
print([name for name in ("keras", "tensorflow", "jax") if name in sys.modules])
"""


def test_files_are_exported_by_another_process_where_keras_does_not_run(tmp_path):
    stack(Gate(), layers.Dense(1)).save(tmp_path / "own.keras")
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(FILES / "lstm"), str(tmp_path / "own.keras")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    refused, loaded = ran.stdout.strip().splitlines()
    assert "custom_objects={'Gate': Gate}" in refused
    assert loaded == "[]"
