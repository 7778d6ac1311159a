"""Images, sequences, tokens, several inputs, and what stands before or around a network."""

import numpy as np
import pytest
from oracles.shapley import interventional_shapley_values
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

torch = pytest.importorskip("torch")

from deep.zoo import data_for, trained  # noqa: E402

from pellucid import (  # noqa: E402
    DeepExplainer,
    FeatureMismatchError,
    InvalidInputError,
    TabularExplainer,
    UnsupportedModelError,
)

rng = np.random.default_rng(2)


class Pixels(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.out = torch.nn.Conv2d(3, 4, 2), torch.nn.Linear(16, 2)

    def forward(self, image):
        return self.out(torch.relu(self.conv(image)).flatten(1))


def test_channels_of_images_are_summed_by_choice():
    images, background = (rng.normal(size=(n, 3, 3, 3)).astype(np.float32) for n in (4, 9))
    module = Pixels()
    cells = DeepExplainer(module, background)
    pixels = DeepExplainer(module, torch.from_numpy(background), sum_over=1)
    each, whole = cells.explain_local(images), pixels.explain_local(torch.from_numpy(images))
    assert each.features[:2] == ("[0,0,0]", "[0,0,1]")
    assert whole.features[:2] == ("[0,0]", "[0,1]")
    assert cells.shaped(each).shape == (4, 3, 3, 3, 2)
    assert pixels.shaped(whole).shape == (4, 3, 3, 2)
    np.testing.assert_allclose(cells.shaped(each).sum(axis=1), pixels.shaped(whole), atol=1e-5)
    assert whole.std_error.shape == (4, 9, 2)
    one = pixels.explain_local(images[0])
    np.testing.assert_allclose(one.values, whole.values[:1], atol=1e-6)


def test_steps_of_sequences_are_summed_by_choice():
    background, rows = data_for("LSTM")
    by_step = DeepExplainer(trained("LSTM"), background, sum_over=2)
    by_column = DeepExplainer(trained("LSTM"), background, sum_over=(1,))
    assert by_step.shaped(by_step.explain_local(rows)).shape == (5, 5, 2)
    assert by_column.features == ("[0]", "[1]")


def test_named_inputs_come_back_by_name():
    background, rows = data_for("dict of tensors")
    explainer = DeepExplainer(trained("dict of tensors"), background, sum_over={"numbers": 1})
    found = explainer.shaped(explainer.explain_local(rows))
    assert {name: values.shape for name, values in found.items()} == {
        "tokens": (5, 6, 2),
        "numbers": (5, 2),
    }


class Looked(torch.nn.Module):
    """Adds up numbers that tokens stand for, and multiplies two of them."""

    def __init__(self):
        super().__init__()
        self.numbers = torch.nn.Embedding(6, 1).double()

    def forward(self, tokens):
        found = self.numbers(tokens)[:, :, 0]
        padded = torch.where(tokens == 0, 0.0, found)
        return padded.sum(1) + found[:, 0] * found[:, 1]


def test_tokens_get_what_their_embeddings_do():
    module = Looked()
    background, rows = rng.integers(0, 6, (12, 4)), rng.integers(0, 6, (5, 4))
    explanation = DeepExplainer(module, background).explain_local(rows)

    def predict(cells):
        with torch.no_grad():
            return module(torch.tensor(cells)).numpy()

    for row, values in zip(rows, explanation.values, strict=True):
        expected, _ = interventional_shapley_values(predict, row.tolist(), background.tolist())
        np.testing.assert_allclose(values, expected, atol=1e-9)


def test_codes_in_a_matrix_are_tokens_where_the_network_takes_them_so():
    background, rows = data_for("codes and numbers")
    explanation = DeepExplainer(trained("codes and numbers"), background).explain_local(rows)
    same = rows[:, 0] == background[0, 0]
    single = DeepExplainer(trained("codes and numbers"), background[:1]).explain_local(rows)
    assert (single.values[same, 0] == 0).all()
    assert np.abs(explanation.values[:, :2]).min(axis=0).max() > 0


def test_rows_of_another_shape_are_refused():
    background, rows = data_for("LSTM")
    explainer = DeepExplainer(trained("LSTM"), background)
    with pytest.raises(FeatureMismatchError, match=r"\(4, 2\)"):
        explainer.explain_local(rows[:, 1:])
    with pytest.raises(InvalidInputError, match="axes"):
        DeepExplainer(trained("LSTM"), background, sum_over=3)
    with pytest.raises(UnsupportedModelError, match="no network"):
        DeepExplainer(lambda rows: rows, background)


# -- pipelines and wrappers -----------------------------------------------------------------------


def test_transformations_are_seen_through():
    module = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))
    X = rng.normal(3, 20, size=(30, 3))
    scaler = StandardScaler().fit(X)
    explainer = TabularExplainer(module, X, transformations=scaler)
    assert type(explainer.explainer) is DeepExplainer
    found = explainer.explain_local(X[:4])
    scaled = DeepExplainer(module, scaler.transform(X)).explain_local(scaler.transform(X[:4]))
    np.testing.assert_allclose(found.values, scaled.values, atol=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_skorch_and_pipelines_that_end_in_it():
    skorch = pytest.importorskip("skorch")
    X = rng.normal(size=(60, 3)).astype(np.float32)
    y = (X[:, 0] > 0).astype(np.int64)
    net = skorch.NeuralNetClassifier(
        torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)),
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=2,
        verbose=0,
    )
    pipeline = Pipeline([("scale", StandardScaler()), ("net", net)]).fit(X, y)
    explainer = TabularExplainer(pipeline, X)
    explanation = explainer.explain_local(X[:5])
    assert type(explainer.explainer) is DeepExplainer
    assert explanation.output_space == "probability"
    np.testing.assert_allclose(explanation.predictions, pipeline.predict_proba(X[:5]), atol=1e-6)
    assert explanation.stats.efficiency_gap < 1e-5
    raw = TabularExplainer(pipeline, X, output="raw").explain_local(X[:5])
    assert raw.stats.efficiency_gap < 1e-5
    regressor = skorch.NeuralNetRegressor(torch.nn.Linear(3, 1), max_epochs=1, verbose=0)
    regressor.fit(X, X[:, :1])
    found = DeepExplainer(regressor, X).explain_local(X[:5])
    weight = regressor.module_.weight.detach().numpy()[0]
    np.testing.assert_allclose(found.values[..., 0], weight * (X[:5] - X.mean(axis=0)), atol=1e-5)
