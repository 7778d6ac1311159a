import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from oracles.shapley import interventional_shapley_values
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from pellucid import LinearExplainer, UnsupportedModelError
from pellucid.data.background import Background
from pellucid.data.table import as_table
from pellucid.explainers.linear import reason_against_linear
from pellucid.models.adapt import adapt

rng = np.random.default_rng(21)
X = rng.normal(size=(80, 6))
SCORE = X @ [1.0, -2.0, 0.0, 0.5, 1.5, -1.0] + rng.normal(size=80)


def oracle(predict, rows, background, weights=None):
    return np.array(
        [
            interventional_shapley_values(
                lambda mixed: predict(np.array(mixed)), list(x), background.tolist(), weights
            )[0]
            for x in rows
        ]
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_regression_equals_the_definition(weighted):
    model = Ridge().fit(X, np.stack([SCORE, SCORE**2], axis=1))
    weights = rng.exponential(size=10) if weighted else np.ones(10)
    background = Background(as_table(X[:10]), weights / weights.sum())
    explanation = LinearExplainer(model, background).explain_local(X[10:13])
    np.testing.assert_allclose(
        explanation.values, oracle(model.predict, X[10:13], X[:10], weights), atol=1e-10
    )
    np.testing.assert_allclose(
        explanation.base_values[0], weights @ model.predict(X[:10]) / weights.sum(), atol=1e-10
    )
    assert explanation.std_error is None
    assert explanation.stats.n_evaluations == 0


def test_classifier_is_explained_in_log_odds():
    labels = np.digitize(SCORE, [-1, 1])
    model = LogisticRegression().fit(X, labels)
    explanation = LinearExplainer(model, X[:10]).explain_local(X[10:12])
    assert explanation.output_space == "raw"
    expected = oracle(model.decision_function, X[10:12], X[:10])
    np.testing.assert_allclose(explanation.values, expected, atol=1e-10)


def test_two_classes_have_opposite_values():
    model = LogisticRegression().fit(X, SCORE > 0)
    values = LinearExplainer(model, X[:10]).explain_local(X[:4]).values
    np.testing.assert_array_equal(values[:, :, 0], -values[:, :, 1])
    expected = oracle(model.decision_function, X[:4], X[:10])
    np.testing.assert_allclose(values[:, :, 1:], expected, atol=1e-10)


def test_columns_that_a_pipeline_makes_of_one_are_added_up():
    frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"])
    frame["color"] = rng.choice(["red", "green", "blue"], size=80)
    steps = ColumnTransformer(
        [("numbers", StandardScaler(), ["a", "c"]), ("colors", OneHotEncoder(), ["color"])]
    )
    model = make_pipeline(steps, LinearRegression()).fit(frame, SCORE)
    explanation = LinearExplainer(model, frame[:8]).explain_local(frame[8:11])

    def predict(mixed):
        return model.predict(pd.DataFrame(mixed, columns=frame.columns))

    expected = [
        interventional_shapley_values(predict, list(x), frame[:8].to_numpy().tolist())[0]
        for x in frame[8:11].to_numpy()
    ]
    np.testing.assert_allclose(explanation.values, np.array(expected), atol=1e-10)
    assert (explanation.values[:, 1] == 0).all()


def test_sparse_rows_equal_dense_ones():
    dense = rng.poisson(0.3, size=(60, 30)) * 1.0
    dense[:, 7] = 2.0
    model = LogisticRegression().fit(dense, SCORE[:60] > 0)
    expected = LinearExplainer(model, dense[:20]).explain_local(dense[20:30])

    sparse = LogisticRegression().fit(sp.csr_array(dense), SCORE[:60] > 0)
    explanation = LinearExplainer(sparse, sp.csr_array(dense[:20])).explain_local(
        sp.csr_array(dense[20:30])
    )
    np.testing.assert_allclose(explanation.values, expected.values, atol=1e-7)
    assert (explanation.values[:, 7] == 0).all()


def test_constant_columns_get_exactly_zero():
    rows = X.copy()
    rows[:, 2] = 0.1
    model = LinearRegression(fit_intercept=False).fit(rows, SCORE)
    assert model.coef_[2] != 0
    for weights in (np.full(80, 1 / 80), rng.dirichlet(np.ones(80))):
        explainer = LinearExplainer(model, Background(as_table(rows), weights))
        assert (explainer.explain_local(rows).values[:, 2] == 0).all()


def test_refusals_say_why():
    logistic = LogisticRegression().fit(X, SCORE > 0)
    with pytest.raises(UnsupportedModelError, match="linear in 'raw', not in 'probability'"):
        LinearExplainer(logistic, X, output="probability")
    with pytest.raises(UnsupportedModelError, match="initialization_examples"):
        LinearExplainer(logistic)
    support = SVC().fit(X, SCORE > 0)
    with pytest.raises(UnsupportedModelError, match=r"SVC: .*rbf"):
        LinearExplainer(support, X)


def test_reason_is_known_without_an_explainer():
    model, background = (
        adapt(LinearRegression().fit(X, SCORE)),
        Background(as_table(X), np.ones(80)),
    )
    assert reason_against_linear(model, background, "auto") is None
    assert reason_against_linear(model, background, "value") is None
    assert "not in 'raw'" in reason_against_linear(model, background, "raw")
    assert "initialization_examples" in reason_against_linear(model, None, "auto")
