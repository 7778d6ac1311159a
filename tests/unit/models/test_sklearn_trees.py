"""The trees that are read equal scikit-learn's own outputs, on rows made to tell them apart."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from oracles.tree_models import (
    awkward_rows,
    check_covers,
    check_link,
    check_pickles,
    check_trees,
)
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from pellucid._core.errors import UnsupportedModelError
from pellucid.data.table import as_table
from pellucid.models.adapt import adapt
from pellucid.models.model import Unavailable

N_ROWS = 160
rng = np.random.default_rng(0)
X = np.round(rng.normal(size=(N_ROWS, 4)), 1)
WITH_MISSING = np.where(rng.random(X.shape) < 0.15, np.nan, X)
SCORE = X[:, 0] * X[:, 1] + np.abs(X[:, 2])
POSITIVE = np.exp(SCORE / 2)
TWO = (SCORE > 0.7).astype(int)
THREE = np.array(["high", "low", "middle"])[np.digitize(SCORE, [0.3, 1.2])]
SEVERAL = np.column_stack([SCORE, -SCORE, X[:, 3]])
WEIGHTS = rng.random(N_ROWS) + 0.1
SEED = {"random_state": 0}


def fitted(model, y, *, missing=False, weights=None):
    return model.fit(WITH_MISSING if missing else X, y, sample_weight=weights)


def single_rows(structure, *, missing=True, dtype=np.float64):
    """Awkward rows within float32; what lies beyond is refused by trees that round to it."""
    rows = np.clip(awkward_rows(structure, X, infinities=False, dtype=dtype), -1e38, 1e38)
    return rows if missing else np.nan_to_num(rows)


AVERAGES = {
    "tree, 3 classes": lambda: fitted(DecisionTreeClassifier(**SEED), THREE),
    "tree, class weights": lambda: fitted(
        DecisionTreeClassifier(class_weight="balanced", max_depth=3, **SEED), THREE, missing=True
    ),
    "tree, one class": lambda: fitted(DecisionTreeClassifier(), np.zeros(N_ROWS)),
    "tree, best first": lambda: fitted(DecisionTreeRegressor(max_leaf_nodes=9, **SEED), SCORE),
    "tree, missing": lambda: fitted(
        DecisionTreeRegressor(max_depth=4, **SEED), SCORE, missing=True
    ),
    "random tree": lambda: fitted(ExtraTreeClassifier(**SEED), TWO),
    "random tree, regression": lambda: fitted(ExtraTreeRegressor(max_depth=5, **SEED), SCORE),
    "forest, 2 classes": lambda: fitted(RandomForestClassifier(5, **SEED), TWO),
    "forest, 3 classes, missing": lambda: fitted(
        RandomForestClassifier(5, **SEED), THREE, missing=True, weights=WEIGHTS
    ),
    "forest, regression": lambda: fitted(
        RandomForestRegressor(5, max_depth=5, **SEED), SCORE, missing=True, weights=WEIGHTS
    ),
    "forest, 3 targets": lambda: fitted(RandomForestRegressor(5, **SEED), SEVERAL),
    "forest, poisson": lambda: fitted(
        RandomForestRegressor(5, criterion="poisson", **SEED), POSITIVE
    ),
    "random forest of random trees": lambda: fitted(
        ExtraTreesClassifier(5, class_weight="balanced_subsample", bootstrap=True, **SEED), THREE
    ),
    "random trees, regression": lambda: fitted(ExtraTreesRegressor(5, **SEED), SCORE),
    "bagging": lambda: fitted(BaggingRegressor(n_estimators=5, **SEED), SCORE),
    "bagging, 3 targets": lambda: fitted(BaggingRegressor(n_estimators=3, **SEED), SEVERAL),
    "bagging, columns drawn twice, missing": lambda: fitted(
        BaggingClassifier(DecisionTreeClassifier(max_depth=3), 6, bootstrap_features=True, **SEED),
        THREE,
        missing=True,
    ),
    "bagging, some columns, some classes": lambda: fitted(
        BaggingClassifier(
            DecisionTreeClassifier(max_depth=3), 6, max_features=2, max_samples=4, **SEED
        ),
        THREE,
    ),
}


@pytest.mark.parametrize("name", AVERAGES)
def test_averages_of_trees(name):
    native = AVERAGES[name]()
    model = adapt(native)
    structure = model.trees()
    rows = single_rows(structure, missing="missing" in name)
    classification = hasattr(native, "classes_")
    expected = native.predict_proba(rows) if classification else native.predict(rows)
    assert structure.space == model.default_space == ("probability" if classification else "value")
    assert model.n_features == 4
    check_trees(structure, as_table(rows), expected, rtol=1e-9, atol=1e-12)
    check_covers(structure, rtol=1e-9)
    check_pickles(model, as_table(rows))
    np.testing.assert_array_equal(
        model.predict(as_table(rows)), expected.reshape(len(rows), -1), strict=True
    )


GRADIENT = {"n_estimators": 6, **SEED}
BOOSTED_CLASSES = {
    "2 classes": lambda: fitted(GradientBoostingClassifier(**GRADIENT), TWO),
    "3 classes": lambda: fitted(GradientBoostingClassifier(**GRADIENT), THREE),
    "weights": lambda: fitted(
        GradientBoostingClassifier(subsample=0.7, **GRADIENT), TWO, weights=WEIGHTS
    ),
    "from zero": lambda: fitted(GradientBoostingClassifier(init="zero", **GRADIENT), THREE),
    "from a constant": lambda: fitted(
        GradientBoostingClassifier(init=DummyClassifier(strategy="uniform"), **GRADIENT), THREE
    ),
    "histogram, 2 classes": lambda: fitted(
        HistGradientBoostingClassifier(max_iter=6, **SEED), TWO, missing=True
    ),
    "histogram, 3 classes": lambda: fitted(
        HistGradientBoostingClassifier(max_iter=6, class_weight="balanced", **SEED), THREE
    ),
}


@pytest.mark.parametrize("name", BOOSTED_CLASSES)
def test_boosted_classifiers(name):
    native = BOOSTED_CLASSES[name]()
    model = adapt(native)
    structure = model.trees()
    if "histogram" in name:
        rows = awkward_rows(structure, X)
    else:
        rows = single_rows(structure, missing=False)
    assert (model.default_space, structure.space) == ("probability", "raw")
    check_trees(structure, as_table(rows), native.decision_function(rows), rtol=1e-9, atol=1e-12)
    check_link(model, structure, as_table(rows), rtol=1e-9)
    check_covers(structure, rtol=1e-9)
    check_pickles(model, as_table(rows))
    np.testing.assert_array_equal(model.predict(as_table(rows)), native.predict_proba(rows))
    raw = model.predict(as_table(rows), "raw")
    if len(native.classes_) == 2:
        np.testing.assert_array_equal(raw, np.outer(native.decision_function(rows), [-1, 1]))
    else:
        np.testing.assert_array_equal(raw, native.decision_function(rows))


def test_exponential_loss_has_no_logistic_link():
    native = fitted(GradientBoostingClassifier(loss="exponential", **GRADIENT), TWO)
    structure = adapt(native).trees()
    assert structure.ensemble.link == "identity"
    check_trees(structure, as_table(X), native.decision_function(X), rtol=1e-9)


HISTOGRAM_LOSSES = ["squared_error", "absolute_error", "quantile", "poisson", "gamma"]


@pytest.mark.parametrize("loss", HISTOGRAM_LOSSES)
def test_histogram_regression(loss):
    quantile = {"quantile": 0.3} if loss == "quantile" else {}
    native = fitted(
        HistGradientBoostingRegressor(loss=loss, max_iter=6, **quantile), POSITIVE, missing=True
    )
    model = adapt(native)
    structure = model.trees()
    rows = awkward_rows(structure, X)
    expected = native.predict(rows)
    logarithm = loss in {"poisson", "gamma"}
    assert model.default_space == "value"
    assert structure.space == ("raw" if logarithm else "value")
    sums = np.log(expected) if logarithm else expected
    check_trees(structure, as_table(rows), sums, rtol=1e-9, atol=1e-12)
    check_link(model, structure, as_table(rows), rtol=1e-9)
    check_pickles(model, as_table(rows))


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
@pytest.mark.parametrize("init", [None, "zero", DummyRegressor(strategy="median")])
def test_gradient_boosting_regression(loss, init):
    native = fitted(GradientBoostingRegressor(loss=loss, init=init, **GRADIENT), SCORE)
    structure = adapt(native).trees()
    rows = single_rows(structure, missing=False)
    check_trees(structure, as_table(rows), native.predict(rows), rtol=1e-9, atol=1e-12)


COLORS = ["red", "green", "blue", "white", "black"]


def mixed_frame(seed):
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": np.round(generator.normal(size=N_ROWS), 1),
            "color": generator.choice(COLORS, N_ROWS),
            "b": np.round(generator.normal(size=N_ROWS), 1),
            "code": generator.integers(0, 40, N_ROWS),
        }
    )
    frame.loc[generator.random(N_ROWS) < 0.2, "color"] = None
    frame.loc[generator.random(N_ROWS) < 0.2, "a"] = np.nan
    return frame


def categorical(frame):
    """Categories in another order than that of the alphabet, one of them never seen in training."""
    return frame.assign(color=pd.Categorical(frame["color"], categories=[*COLORS[::-1], "pink"]))


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_histogram_with_categories_from_dtypes(n_classes):
    frame = categorical(mixed_frame(0))
    score = frame["color"].isin(["red", "black"]) * 2 + frame["b"] + (frame["code"] % 7 == 3)
    if n_classes:
        target = np.digitize(score, np.quantile(score, np.arange(1, n_classes) / n_classes))
        kind = HistGradientBoostingClassifier
    else:
        target, kind = score, HistGradientBoostingRegressor
    native = kind(max_iter=6, min_samples_leaf=5, categorical_features="from_dtype")
    native.fit(frame, target)
    model = adapt(native)
    structure = model.trees()
    assert structure.ensemble.arrays.category_size.max() > 0
    assert structure.players.raw_of.tolist() == [1, 0, 2, 3]
    rows = categorical(mixed_frame(1))
    rows.loc[:9, "color"] = "pink"
    expected = native.decision_function(rows) if n_classes else native.predict(rows)
    check_trees(structure, as_table(rows), expected, rtol=1e-9, atol=1e-12)
    strings = rows.astype({"color": object})
    check_trees(structure, as_table(strings), expected, rtol=1e-9, atol=1e-12)
    check_pickles(model, as_table(rows))


def test_histogram_with_a_mask_of_categories_and_unknown_ones():
    frame = mixed_frame(0)[["a", "code", "b"]]
    target = (frame["code"] % 5 == 1) * 2.0 + frame["b"]
    native = HistGradientBoostingRegressor(
        max_iter=6, min_samples_leaf=5, categorical_features=[False, True, False]
    ).fit(frame.to_numpy(), target)
    structure = adapt(native).trees()
    rows = np.resize(mixed_frame(1)[["a", "code", "b"]].to_numpy(), (N_ROWS, 3))
    rows[:20, 1] = np.tile([np.nan, -1.0, 41.0, 0.5, 300.0], 4)
    check_trees(structure, as_table(rows), native.predict(rows), rtol=1e-9, atol=1e-12)


def test_histogram_takes_polars_frames():
    frame = categorical(mixed_frame(0))
    target = frame["color"].isin(["red", "black"]) * 2 + frame["b"]
    native = HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=5).fit(frame, target)
    structure = adapt(native).trees()
    rows = pl.from_pandas(frame)
    check_trees(structure, as_table(rows), native.predict(frame), rtol=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"max_samples": 40},
        {"max_features": 2, "max_samples": 64},
        {"max_features": 0.5, "bootstrap": True, "contamination": 0.1},
    ],
)
@pytest.mark.parametrize("missing", [False, True])
def test_isolation_forest(options, missing):
    native = IsolationForest(n_estimators=10, **options, **SEED)
    native = fitted(native, None, missing=missing)
    model = adapt(native)
    structure = model.trees()
    table = as_table(awkward_rows(structure, X))
    assert (model.task, model.default_space, structure.space) == (
        "outlier detection",
        "value",
        "raw",
    )
    expected = native.decision_function(table.native)
    np.testing.assert_array_equal(model.predict(table).ravel(), expected)
    lengths = model.predict(table, "raw")
    check_trees(structure, table, lengths, rtol=1e-9)
    # The paper's score from the mean path length, whose constant is that of 2 rows or more.
    n = native.max_samples_
    typical = 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n
    score = -(2 ** (-lengths.ravel() / typical))
    np.testing.assert_allclose(score - native.offset_, expected, rtol=1e-9, atol=1e-12)
    check_pickles(model, table)


@pytest.mark.parametrize("y", [TWO, THREE])
def test_adaboost_adds_up_to_its_decision_function(y):
    native = fitted(
        AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=6, **SEED), y
    )
    model = adapt(native)
    structure = model.trees()
    rows = single_rows(structure, missing=False)
    assert structure.space == "raw"
    check_trees(structure, as_table(rows), native.decision_function(rows), rtol=1e-9, atol=1e-12)


class Rounded(RandomForestClassifier):
    def predict_proba(self, X):
        return super().predict_proba(X).round(1)


class Renamed(RandomForestClassifier):
    """A subclass that changes nothing."""


NO_TREES = {
    "LogisticRegression": lambda: GradientBoostingClassifier(init=LogisticRegression(), **GRADIENT),
    "DummyClassifier": lambda: GradientBoostingClassifier(
        init=DummyClassifier(strategy="stratified"), **GRADIENT
    ),
    "combines LogisticRegressions": lambda: BaggingClassifier(LogisticRegression(), 3),
    "AdaBoostRegressor": lambda: AdaBoostRegressor(n_estimators=3),
    "VotingClassifier": lambda: VotingClassifier(
        [("tree", DecisionTreeClassifier())], voting="soft"
    ),
    "predict_proba of its own": lambda: Rounded(3),
}


@pytest.mark.parametrize("reason", NO_TREES)
def test_reason_why_there_are_no_trees(reason):
    native = fitted(NO_TREES[reason](), TWO)
    model = adapt(native)
    assert isinstance(model.trees, Unavailable)
    assert reason in model.trees.reason
    if reason == "predict_proba of its own":
        np.testing.assert_array_equal(model.predict(as_table(X)), native.predict_proba(X))


def test_adaboost_of_one_class_casts_no_votes():
    native = fitted(AdaBoostClassifier(n_estimators=2), np.zeros(N_ROWS))
    assert adapt(native).trees == Unavailable("it knows one class only")


@pytest.mark.parametrize("kind", [DecisionTreeClassifier, RandomForestClassifier])
def test_missing_values_where_training_had_none(kind):
    native = fitted(kind(**SEED), THREE)
    structure = adapt(native).trees()
    check_trees(structure, as_table(WITH_MISSING), native.predict_proba(WITH_MISSING), rtol=1e-9)


def test_subclass_that_predicts_as_its_base_is_read():
    native = fitted(Renamed(3, **SEED), TWO)
    check_trees(adapt(native).trees(), as_table(X), native.predict_proba(X), rtol=1e-9)


def test_float32_rows_fall_where_the_forest_sees_them():
    native = RandomForestRegressor(3, **SEED).fit(X.astype(np.float32), SCORE)
    structure = adapt(native).trees()
    for width in (np.float32, np.float64):
        rows = single_rows(structure, missing=False, dtype=width)
        check_trees(structure, as_table(rows), native.predict(rows), rtol=1e-9)


def test_sparse_rows():
    rows = sp.csr_matrix(np.where(X > 0, X, 0.0))
    native = RandomForestRegressor(3, **SEED).fit(rows, SCORE)
    model = adapt(native)
    np.testing.assert_array_equal(model.predict(as_table(rows)).ravel(), native.predict(rows))
    check_trees(model.trees(), as_table(rows), native.predict(rows), rtol=1e-9)


def test_several_targets_with_classes_are_refused():
    native = fitted(RandomForestClassifier(3), np.column_stack([TWO, 1 - TWO]))
    with pytest.raises(UnsupportedModelError, match="RandomForestClassifier predicts 2 targets"):
        adapt(native)


def test_columns_keep_their_names():
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    boosted = GradientBoostingClassifier(**GRADIENT).fit(frame, TWO)
    check_trees(
        adapt(boosted).trees(), as_table(frame), boosted.decision_function(frame), rtol=1e-9
    )
    native = RandomForestClassifier(3, **SEED).fit(frame, THREE)
    model = adapt(native)
    assert model.features == ("a", "b", "c", "d")
    assert model.classes == ("high", "low", "middle")
    # Warnings are errors here: the estimator is given the names that it was fitted with.
    np.testing.assert_array_equal(model.predict(as_table(X)), native.predict_proba(frame))
    assert pickle.loads(pickle.dumps(model)).classes == model.classes


def test_model_that_is_not_fitted():
    with pytest.raises(UnsupportedModelError, match="LinearRegression is not fitted"):
        adapt(LinearRegression())
