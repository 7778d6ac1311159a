"""Coefficients and intercepts reproduce scikit-learn's own outputs."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import is_classifier
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    SGDClassifier,
    TweedieRegressor,
)
from sklearn.svm import SVC, LinearSVC, NuSVC, OneClassSVM
from sklearn.utils import all_estimators

from pellucid.data.table import as_table
from pellucid.models.adapt import adapt
from pellucid.models.model import Unavailable
from pellucid.models.sklearn.linear import ADAPTERS

rng = np.random.default_rng(1)
X = rng.normal(size=(80, 5))
SCORE = X @ [1.0, -2.0, 0.5, 0.0, 0.1] + 0.1 * rng.normal(size=80)
TWO = np.where(SCORE > 0, "yes", "no")
THREE = np.digitize(SCORE, [-1, 1])
KINDS = {name: kind for name, kind in all_estimators() if name in ADAPTERS}
LINEAR_KERNEL = {"NuSVC", "NuSVR", "OneClassSVM", "SVC", "SVR"}
SEVERAL_TARGETS = {name for name in KINDS if name.startswith("MultiTask")}


def make(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of kinds that a later version will remove
        known = KINDS[name]().get_params()
        options = {"random_state": 0} if "random_state" in known else {}
        if name in LINEAR_KERNEL:
            options["kernel"] = "linear"
        return KINDS[name](**options)


def fit(model, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence, and of defaults that will change
        return model.fit(X, y)


def targets(model, name):
    if is_classifier(model):
        yield TWO
        if name not in LINEAR_KERNEL:
            yield THREE
        return
    if name in SEVERAL_TARGETS:
        yield np.column_stack([SCORE, X[:, 3]])
        return
    yield np.exp(SCORE / 4)


def evaluate(structure, table):
    encoded = structure.encode(table)
    return encoded @ structure.coefficients.T + structure.intercept


def own_output(native, rows, space):
    if space == "value":
        detector = not hasattr(native, "classes_") and hasattr(native, "decision_function")
        found = native.decision_function(rows) if detector else native.predict(rows)
        return found.reshape(len(found), -1)
    if not hasattr(native, "classes_"):
        return np.log(native.predict(rows)).reshape(-1, 1)
    margin = native.decision_function(rows)
    return np.outer(margin, [-1, 1]) if margin.ndim == 1 else margin


def test_most_linear_models_of_this_version_are_known():
    assert len(KINDS) > 35


@pytest.mark.filterwarnings("ignore:Class PassiveAggressive:FutureWarning")
@pytest.mark.parametrize("name", KINDS)
def test_linear_form(name):
    for y in targets(make(name), name):
        native = fit(make(name), X, y)
        model = adapt(native)
        structure = model.linear()
        assert isinstance(model.trees, Unavailable)
        table = as_table(X[:30])
        expected = own_output(native, X[:30], structure.space)
        np.testing.assert_allclose(evaluate(structure, table), expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(
            model.predict(table, structure.space), expected, rtol=1e-9, atol=1e-12
        )
        assert structure.players.raw_of.tolist() == [0, 1, 2, 3, 4]
        again = pickle.loads(pickle.dumps(model)).linear()
        np.testing.assert_array_equal(evaluate(again, table), evaluate(structure, table))


@pytest.mark.parametrize(
    ("model", "space"),
    [
        (PoissonRegressor(), "raw"),
        (TweedieRegressor(power=1.5), "raw"),
        (TweedieRegressor(power=0), "value"),
        (TweedieRegressor(power=2, link="identity"), "value"),
        (TweedieRegressor(power=0, link="log"), "raw"),
    ],
)
def test_link_of_generalized_linear_models(model, space):
    native = fit(model, X, np.exp(SCORE / 4))
    adapted = adapt(native)
    assert adapted.linear().space == space
    assert adapted.default_space == "value"
    assert set(adapted.outputs) == {"value", space}
    np.testing.assert_array_equal(adapted.predict(as_table(X)).ravel(), native.predict(X))


def test_two_classes_have_opposite_rows():
    structure = adapt(LogisticRegression().fit(X, TWO)).linear()
    np.testing.assert_array_equal(structure.coefficients[0], -structure.coefficients[1])
    np.testing.assert_array_equal(structure.intercept[0], -structure.intercept[1])
    assert structure.space == "raw"


def test_probability_is_what_people_mean_by_a_classifier():
    assert adapt(LogisticRegression().fit(X, TWO)).default_space == "probability"
    assert adapt(LinearSVC().fit(X, TWO)).default_space == "raw"


def test_several_targets():
    structure = adapt(Ridge().fit(X, np.column_stack([SCORE, X[:, 0], X[:, 1]]))).linear()
    assert structure.coefficients.shape == (3, 5)
    assert structure.intercept.shape == (3,)


def test_no_intercept():
    native = LinearRegression(fit_intercept=False).fit(X, SCORE)
    structure = adapt(native).linear()
    np.testing.assert_array_equal(structure.intercept, [0.0])


def test_sparse_rows_stay_sparse():
    rows = sp.csr_array(np.where(X > 0.5, X, 0.0))
    native = LogisticRegression().fit(rows, TWO)
    model = adapt(native)
    table = as_table(rows)
    assert sp.issparse(model.linear().encode(table))
    np.testing.assert_array_equal(model.predict(table), native.predict_proba(rows))
    np.testing.assert_allclose(
        evaluate(model.linear(), table)[:, 1], native.decision_function(rows), rtol=1e-9
    )


def test_sparse_coefficients():
    for native in (
        fit(SGDClassifier(penalty="l1", random_state=0), X, THREE).sparsify(),
        SVC(kernel="linear").fit(sp.csr_array(X), TWO),
    ):
        expected = own_output(native, sp.csr_array(X), "raw")
        np.testing.assert_allclose(
            evaluate(adapt(native).linear(), as_table(X)), expected, rtol=1e-9
        )


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        (SVC().fit(X, TWO), "its kernel is 'rbf'"),
        (SVC(kernel="linear").fit(X, THREE), "votes between pairs"),
        (NuSVC(kernel="linear").fit(X, THREE), "votes between pairs"),
        (OneClassSVM().fit(X), "its kernel is 'rbf'"),
    ],
)
def test_support_vectors_that_are_not_linear(native, reason):
    assert reason in adapt(native).linear.reason


class Clipped(LinearRegression):
    def predict(self, X):
        return super().predict(X).clip(0)


def test_subclass_that_predicts_otherwise_is_not_linear():
    model = adapt(Clipped().fit(X, SCORE))
    assert "predict of its own" in model.linear.reason
    assert model.predict(as_table(X)).min() == 0


def test_float32_stays_float32_for_the_model():
    single = X.astype(np.float32)
    native = LogisticRegression().fit(single, TWO)
    expected = native.predict_proba(single)
    assert expected.dtype == np.float32
    np.testing.assert_array_equal(adapt(native).predict(as_table(single)), expected)
    frame = as_table(pd.DataFrame(single, columns=list("abcde")))
    np.testing.assert_array_equal(adapt(native).predict(frame), expected)
