"""Which way each kind of model takes, and what is refused."""

import functools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, OneClassSVM

from pellucid._core.errors import InvalidInputError, UnsupportedModelError
from pellucid.data.table import as_table
from pellucid.models.adapt import adapt
from pellucid.models.model import Unavailable

rng = np.random.default_rng(3)
X = rng.normal(size=(60, 3))
Y = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
TABLE = as_table(X)
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


def test_a_model_passes_through():
    model = adapt(LogisticRegression().fit(X, Y))
    assert adapt(model) is model


def test_generic_estimators_give_reasons():
    native = CalibratedClassifierCV(SVC(), ensemble=False).fit(X, Y)
    model = adapt(native)
    assert model.classes == ("no", "yes")
    assert model.n_features == 3
    assert "CalibratedClassifierCV" in model.trees.reason
    assert "CalibratedClassifierCV" in model.linear.reason
    np.testing.assert_array_equal(model.predict(TABLE), native.predict_proba(X))


def test_outputs_of_classifiers():
    support = SVC().fit(X, Y)
    model = adapt(support)
    assert list(model.outputs) == ["raw"]
    np.testing.assert_array_equal(
        model.predict(TABLE), np.outer(support.decision_function(X), [-1, 1])
    )
    several = SVC().fit(X, THREE)
    np.testing.assert_array_equal(adapt(several).predict(TABLE), several.decision_function(X))
    assert list(adapt(KNeighborsClassifier().fit(X, Y)).outputs) == ["probability"]
    assert list(adapt(LogisticRegression().fit(X, Y)).outputs) == ["probability", "raw"]
    assert list(adapt(Perceptron().fit(X, Y)).outputs) == ["raw"]


def test_outputs_of_regressors_and_detectors():
    several = KNeighborsRegressor().fit(X, X[:, :2])
    assert adapt(several).predict(TABLE).shape == (60, 2)
    detector = OneClassSVM().fit(X)
    model = adapt(detector)
    assert model.task == "outlier detection"
    np.testing.assert_array_equal(model.predict(TABLE).ravel(), detector.decision_function(X))
    assert adapt(GaussianProcessRegressor().fit(X, X[:, 0])).task == "regression"


@pytest.mark.parametrize("kind", [LogisticRegression, StandardScaler, RandomForestClassifier])
def test_not_fitted(kind):
    with pytest.raises(UnsupportedModelError, match=f"{kind.__name__} is not fitted; call fit"):
        adapt(kind())


class Own(LogisticRegression):
    """A subclass outside scikit-learn."""


class InStyle(ClassifierMixin, BaseEstimator):
    """An estimator in scikit-learn's style that keeps what it learnt under a name of its own."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.center = np.mean(X)
        return self

    def predict_proba(self, X):
        second = (np.asarray(X)[:, 0] > self.center).astype(float)
        return np.column_stack([1 - second, second])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class WithoutMixin(BaseEstimator):
    """An estimator that says nothing about its task."""

    def predict(self, X):
        return np.asarray(X)[:, 0]


def test_estimators_of_others():
    with pytest.raises(UnsupportedModelError, match="Own is not fitted"):
        adapt(Own())
    with pytest.raises(UnsupportedModelError, match="InStyle is not fitted"):
        adapt(InStyle())
    assert adapt(InStyle().fit(X, Y)).classes == ("no", "yes")
    assert callable(adapt(Own().fit(X, Y)).linear)
    assert adapt(WithoutMixin(), examples=TABLE).task == "regression"


def test_mixture_of_unknown_task_is_learnt():
    native = GaussianMixture(2, random_state=0).fit(X)
    model = adapt(native, examples=TABLE)
    assert (model.task, model.classes) == ("classification", ("0", "1"))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("model.pkl", r"model is a str"),
        (None, "model is None"),
        (RandomForestClassifier, "class RandomForestClassifier; pass a fitted instance"),
        (KMeans(2, n_init=1, random_state=0).fit(X), "KMeans predicts the numbers of clusters"),
        (StandardScaler().fit(X), "StandardScaler"),
        (LocalOutlierFactor().fit(X), "LocalOutlierFactor"),
        (VotingClassifier([("a", SVC())]).fit(X, Y), "CalibratedClassifierCV"),
        (SVC(decision_function_shape="ovo").fit(X, THREE), "decision_function_shape='ovr'"),
        (KNeighborsClassifier().fit(X, np.column_stack([Y, Y])), "2 targets"),
        (GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, refit=False).fit(X, Y), "refit=True"),
    ],
)
def test_refused(model, message):
    with pytest.raises(UnsupportedModelError, match=message) as refusal:
        adapt(model, examples=TABLE)
    assert "\n" not in str(refusal.value)


def test_task_that_contradicts_the_estimator():
    native = LogisticRegression().fit(X, Y)
    assert adapt(native, task="classification").task == "classification"
    with pytest.raises(InvalidInputError, match="model_task is 'regression'"):
        adapt(native, task="regression")


def test_search_and_frozen_are_the_estimator_inside():
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(X, Y)
    for wrapped in (search, FrozenEstimator(search.best_estimator_)):
        model = adapt(wrapped)
        assert model.name == "LogisticRegression"
        assert callable(model.linear)
        np.testing.assert_array_equal(model.predict(TABLE), search.predict_proba(X))


def test_methods_of_known_models():
    forest = RandomForestClassifier(3, random_state=0).fit(X, Y)
    assert callable(adapt(forest.predict_proba).trees)
    linear = LogisticRegression().fit(X, Y)
    assert adapt(linear.decision_function).default_space == "raw"
    assert adapt(linear.predict_proba).default_space == "probability"
    values = adapt(LinearRegression().fit(X, X[:, 1]).predict, examples=TABLE)
    assert values.task == "regression"
    assert isinstance(values.linear, Unavailable)


class Doubling:
    def __call__(self, rows):
        return 2 * rows[:, 0]


def test_callables_of_all_kinds():
    length = functools.partial(np.linalg.norm, axis=1)
    for function in (length, lambda rows: rows.sum(axis=1), Doubling()):
        model = adapt(function, examples=TABLE)
        np.testing.assert_array_equal(model.predict(TABLE).ravel(), function(X))


def test_dense_estimator_refuses_sparse_rows_in_our_words():
    native = HistGradientBoostingClassifier(max_iter=2).fit(X, Y)
    with pytest.raises(InvalidInputError, match="takes no sparse rows; pass a dense array"):
        adapt(native).predict(as_table(sp.csr_array(X)))


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    "rows",
    [
        FRAME,
        X,
        FRAME.astype(np.float32),
        sp.csr_array(X),
        FRAME.set_axis([0, 1, 2], axis=1),
        pl.from_pandas(FRAME),
        pa.Table.from_pandas(FRAME),
    ],
    ids=["frame", "matrix", "float32", "sparse", "numbered", "polars", "pyarrow"],
)
def test_no_warning_about_names(named, rows):
    native = LogisticRegression().fit(FRAME if named else X, Y)
    table = as_table(rows)
    found = adapt(native).predict(table.with_features(["a", "b", "c"]) if named else table)
    np.testing.assert_allclose(found, native.predict_proba(FRAME if named else X), rtol=1e-5)


def test_frames_without_names_keep_their_types():
    frame = pd.DataFrame({0: X[:, 0], 1: Y}).astype({1: "category"})
    native = HistGradientBoostingClassifier(max_iter=2, categorical_features="from_dtype")
    native.fit(frame, Y)
    np.testing.assert_array_equal(
        adapt(native).predict(as_table(frame)), native.predict_proba(frame)
    )


@pytest.mark.parametrize(
    ("transformations", "message"),
    [
        ([("a", "b", "c", StandardScaler())], r"pairs \(columns, fitted transformer\)"),
        (StandardScaler, "class StandardScaler"),
        ("scaler", "transformations is a str"),
    ],
)
def test_transformations_that_are_none(transformations, message):
    native = LogisticRegression().fit(X, Y)
    with pytest.raises(InvalidInputError, match=message):
        adapt(native, transformations=transformations)


def test_transformations_that_are_not_fitted():
    native = LogisticRegression().fit(X, Y)
    unfitted = ColumnTransformer([("scale", StandardScaler(), [0])])
    with pytest.raises(UnsupportedModelError, match="ColumnTransformer is not fitted"):
        adapt(native, transformations=unfitted)
