import json
import warnings

import catboost as cb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.tree_models import (
    awkward_rows,
    check_contributions,
    check_covers,
    check_link,
    check_pickles,
    check_trees,
)
from scipy.special import expit

from pellucid import TabularExplainer, TreeExplainer
from pellucid._core.errors import InvalidInputError, UnsupportedModelError
from pellucid.data.table import as_table
from pellucid.models.adapt import adapt
from pellucid.models.catboost.hashing import category_hash
from pellucid.models.model import Unavailable

N = 300
SMALL = {
    "iterations": 8,
    "depth": 3,
    "verbose": False,
    "thread_count": 1,
    "allow_writing_files": False,
    "random_seed": 1,
}
rng = np.random.default_rng(3)
X = np.round(rng.normal(size=(N, 4)), 2)
X[:, 3] = rng.integers(0, 40, N)
X[rng.random(X.shape) < 0.1] = np.nan
FILLED = np.nan_to_num(X)
SCORE = FILLED[:, 0] + np.sin(FILLED[:, 3]) + FILLED[:, 1] * (FILLED[:, 2] > 0)
LABEL = (SCORE > 0).astype(int)
THREE = np.digitize(SCORE, [-0.5, 0.5])
COUNT = np.exp(SCORE / 3)
BOTH = np.stack([SCORE, COUNT], axis=1)
LABELS = np.stack([LABEL, 1 - LABEL, THREE > 0], axis=1) * 1


class SquaredError:
    def calc_ders_range(self, predicted, truth, _weights):
        return [(truth[i] - predicted[i], -1.0) for i in range(len(truth))]


CUSTOM = {"loss_function": SquaredError(), "eval_metric": "RMSE"}
CUSTOM_CLASSES = {"loss_function": SquaredError(), "eval_metric": "Logloss"}
MODELS = {
    "binary": (cb.CatBoostClassifier, LABEL, {}),
    "cross entropy": (cb.CatBoostClassifier, expit(SCORE), {"loss_function": "CrossEntropy"}),
    "multiclass": (cb.CatBoostClassifier, THREE, {"loss_function": "MultiClass"}),
    "one versus all": (cb.CatBoostClassifier, THREE, {"loss_function": "MultiClassOneVsAll"}),
    "many labels": (cb.CatBoostClassifier, LABELS, {"loss_function": "MultiLogloss"}),
    "custom classes": (cb.CatBoostClassifier, LABEL, CUSTOM_CLASSES),
    "native classes": (cb.CatBoost, LABEL, {"loss_function": "Logloss"}),
    "squared error": (cb.CatBoostRegressor, SCORE, {}),
    "native": (cb.CatBoost, SCORE, {"loss_function": "RMSE"}),
    "absolute error": (cb.CatBoostRegressor, SCORE, {"loss_function": "MAE"}),
    "custom": (cb.CatBoostRegressor, SCORE, CUSTOM),
    "poisson": (cb.CatBoostRegressor, COUNT, {"loss_function": "Poisson"}),
    "tweedie": (cb.CatBoostRegressor, COUNT, {"loss_function": "Tweedie:variance_power=1.5"}),
    "two targets": (cb.CatBoostRegressor, BOTH, {"loss_function": "MultiRMSE"}),
    "quantiles": (cb.CatBoostRegressor, SCORE, {"loss_function": "MultiQuantile:alpha=0.2,0.6"}),
    "uncertainty": (cb.CatBoostRegressor, SCORE, {"loss_function": "RMSEWithUncertainty"}),
    "missing values above": (cb.CatBoostRegressor, SCORE, {"nan_mode": "Max"}),
    "depth-wise": (cb.CatBoostRegressor, SCORE, {"grow_policy": "Depthwise"}),
    "leaf-wise": (cb.CatBoostClassifier, LABEL, {"grow_policy": "Lossguide", "max_leaves": 9}),
    "leaf-wise above": (
        cb.CatBoostRegressor,
        SCORE,
        {"grow_policy": "Lossguide", "nan_mode": "Max"},
    ),
    "leaf-wise classes": (
        cb.CatBoostClassifier,
        THREE,
        {"grow_policy": "Lossguide", "loss_function": "MultiClass"},
    ),
}


def train(kind, y, rows=X, **parameters):
    parameters = {**SMALL, **parameters}
    return (kind(parameters) if kind is cb.CatBoost else kind(**parameters)).fit(rows, y)


@pytest.fixture(params=MODELS, scope="module")
def fitted(request):
    kind, y, parameters = MODELS[request.param]
    return train(kind, y, **parameters)


def margins(model, rows):
    return cb.CatBoost.predict(model, rows, prediction_type="RawFormulaVal")


def test_trees_add_up_to_the_margins(fitted):
    structure = adapt(fitted).trees()
    for dtype in (np.float32, np.float64):
        rows = awkward_rows(structure, X, dtype=dtype)
        check_trees(structure, as_table(rows), margins(fitted, rows), rtol=1e-9, atol=1e-12)
    check_covers(structure, rtol=1e-9)


def test_outputs_are_the_librarys(fitted):
    model, table = adapt(fitted), as_table(X)
    raw = margins(fitted, X)
    if model.task == "classification":
        expected = cb.CatBoost.predict(fitted, X, prediction_type="Probability")
        np.testing.assert_array_equal(model.predict(table), expected)
        raw = np.stack([-raw, raw], axis=1) if raw.ndim == 1 else raw
        np.testing.assert_array_equal(model.predict(table, "raw"), raw)
        assert model.classes == tuple(str(name) for name in fitted.classes_)
    else:
        assert model.classes is None
        np.testing.assert_array_equal(model.predict(table), fitted.predict(X).reshape(N, -1))
        space = "raw" if "raw" in model.outputs else "value"
        np.testing.assert_array_equal(model.predict(table, space), raw.reshape(N, -1))


def test_the_link_leads_to_the_prediction(fitted):
    model = adapt(fitted)
    check_link(model, model.trees(), as_table(X), rtol=1e-9)


def test_models_can_be_pickled():
    for name in ("binary", "multiclass", "poisson", "leaf-wise"):
        kind, y, parameters = MODELS[name]
        check_pickles(adapt(train(kind, y, **parameters)), as_table(X[:20]))


def test_contributions_add_up(fitted):
    model, table = adapt(fitted), as_table(X)
    if fitted.get_all_params()["loss_function"] == "RMSEWithUncertainty":
        assert model.contributions is None
        return
    values, base_values = model.contributions(table)
    space = "raw" if "raw" in model.outputs else "value"
    expected = model.predict(table, space)
    assert values.shape == (N, 4, expected.shape[1])
    np.testing.assert_allclose(values.sum(axis=1) + base_values, expected, rtol=1e-9, atol=1e-9)


def test_contributions_are_those_of_the_trees(fitted):
    model = adapt(fitted)
    if model.contributions is not None:
        check_contributions(model, model.trees(), as_table(X[:4]), rtol=1e-7, atol=1e-9)


def test_missing_values_that_training_had_not():
    model = train(cb.CatBoostRegressor, SCORE, rows=FILLED)
    structure = adapt(model).trees()
    rows = awkward_rows(structure, X)
    check_trees(structure, as_table(rows), margins(model, rows), rtol=1e-9, atol=1e-12)


def test_scale_bias_and_sums_of_models():
    first, second = train(cb.CatBoostRegressor, SCORE), train(cb.CatBoostRegressor, COUNT)
    first.set_scale_and_bias(2.0, 3.0)
    both = cb.sum_models([first, second], weights=[0.5, 2.0])
    for model in (first, both):
        structure = adapt(model).trees()
        check_trees(structure, as_table(X), model.predict(X), rtol=1e-9, atol=1e-12)


def test_the_best_model_of_early_stopping():
    noise = np.random.default_rng(0).normal(size=N)
    model = cb.CatBoostRegressor(**{**SMALL, "iterations": 30}, early_stopping_rounds=3)
    model.fit(X, noise, eval_set=(X[::-1], noise), use_best_model=True)
    structure = adapt(model).trees()
    assert structure.ensemble.n_trees == model.tree_count_ < 30
    check_trees(structure, as_table(X), model.predict(X), rtol=1e-9, atol=1e-12)


def test_ranker():
    pool = cb.Pool(X, THREE, group_id=np.arange(N) // 30)
    ranker = cb.CatBoostRanker(**SMALL).fit(pool)
    model = adapt(ranker)
    assert (model.task, set(model.outputs)) == ("regression", {"value"})
    np.testing.assert_array_equal(model.predict(as_table(X))[:, 0], ranker.predict(X))
    check_trees(model.trees(), as_table(X), ranker.predict(X), rtol=1e-9, atol=1e-12)


def test_the_users_task_overrules():
    classifier = train(cb.CatBoostClassifier, LABEL)
    model = adapt(classifier, task="regression")
    expected = classifier.predict_proba(X)[:, 1]
    np.testing.assert_array_equal(model.predict(as_table(X))[:, 0], expected)
    with pytest.raises(InvalidInputError, match="does not fit the objective 'RMSE'"):
        adapt(train(cb.CatBoostRegressor, SCORE), task="classification")


def test_unfitted_models_are_refused():
    for kind in (cb.CatBoostClassifier, cb.CatBoost):
        with pytest.raises(UnsupportedModelError, match=f"{kind.__name__} is not fitted; call fit"):
            adapt(kind())


# -- categories and containers ---------------------------------------------------------------------


@settings(max_examples=100)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=150))
def test_categories_are_hashed_as_catboost_hashes_them(word):
    assert category_hash(word) == HASHES(word)


class Hashes:
    """The hash that CatBoost writes down for a category, from a model's export with its data."""

    def __init__(self):
        rows = pd.DataFrame({"word": list("uv") * 9, "x": np.arange(18.0)})
        self.model = train(cb.CatBoostRegressor, np.arange(18.0), rows, cat_features=["word"])

    def __call__(self, word):
        import tempfile

        pool = cb.Pool(pd.DataFrame({"word": [word], "x": [0.0]}), cat_features=["word"])
        with tempfile.NamedTemporaryFile() as file:
            self.model.save_model(file.name, format="json", pool=pool)
            (found,) = json.load(file)["features_info"]["cat_features_hash"]
        return found["hash"] - (1 << 32) * (found["hash"] >> 31)


HASHES = Hashes()


def census(rows=N, seed=0):
    """A frame with strings, integers and booleans as categories, numbers, and gaps in these."""
    rng = np.random.default_rng(seed)
    hours = np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows))
    return pd.DataFrame(
        {
            "age": rng.integers(17, 90, rows),
            "color": rng.choice(["red", "grün", "a color with a rather long name"], rows),
            "hours": hours,
            "code": rng.choice([10, 20, 30], rows),
            "member": rng.choice([True, False], rows),
        }
    )


CATEGORIES = ["color", "code", "member"]


def census_model(one_hot=10, **parameters):
    frame = census()
    y = frame.age / 50 + (frame.color == "red") + (frame.code == 10) * frame.member
    return train(
        cb.CatBoostRegressor,
        y,
        rows=frame,
        cat_features=CATEGORIES,
        one_hot_max_size=one_hot,
        **parameters,
    )


@pytest.mark.parametrize("grow_policy", ["SymmetricTree", "Depthwise", "Lossguide"])
def test_one_hot_splits(grow_policy):
    fitted, frame = census_model(grow_policy=grow_policy), census(80, seed=1)
    frame.loc[:5, "color"] = "violet"
    frame.loc[3:9, "code"] = -7
    model, table = adapt(fitted), as_table(frame)
    structure = model.trees()
    assert (structure.ensemble.arrays.category_size > 0).any()
    np.testing.assert_array_equal(model.predict(table)[:, 0], fitted.predict(frame))
    check_trees(structure, table, fitted.predict(frame), rtol=1e-9, atol=1e-12)
    check_covers(structure, rtol=1e-9)


def test_models_with_categories_can_be_pickled():
    check_pickles(adapt(census_model()), as_table(census(20, seed=1)))


@pytest.mark.parametrize("container", ["categoricals", "polars", "pyarrow", "objects", "nullable"])
def test_containers_of_categories(container):
    fitted, frame = census_model(), census(80, seed=1)
    rows = frame
    if container == "categoricals":
        rows = frame.astype(dict.fromkeys(CATEGORIES, "category"))
    elif container == "polars":
        rows = pl.from_pandas(frame)
    elif container == "pyarrow":
        rows = pl.from_pandas(frame).to_arrow()
    elif container == "objects":
        rows = frame.to_numpy(dtype=object)
    elif container == "nullable":
        rows = frame.convert_dtypes()
    model, table = adapt(fitted), as_table(rows)
    np.testing.assert_array_equal(model.predict(table)[:, 0], fitted.predict(frame))
    check_trees(model.trees(), table, fitted.predict(frame), rtol=1e-9, atol=1e-12)


def test_statistics_of_categories_leave_catboosts_own_contributions():
    fitted, frame = census_model(one_hot=1), census(80, seed=1)
    model, table = adapt(fitted), as_table(frame)
    assert isinstance(model.trees, Unavailable)
    assert "OnlineCtr" in model.trees.reason
    values, base_values = model.contributions(table)
    pool = cb.Pool(frame, cat_features=CATEGORIES)
    expected = fitted.get_feature_importance(pool, type="ShapValues")
    np.testing.assert_array_equal(values[:, :, 0], expected[:, :-1])
    np.testing.assert_array_equal(base_values[:, 0], expected[:, -1])
    np.testing.assert_allclose(values.sum(axis=1) + base_values, model.predict(table), rtol=1e-9)


def test_texts_leave_catboosts_own_contributions():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["good", "bad", "dull", "fine"], 4)) for _ in range(100)]
    frame = pd.DataFrame({"text": texts, "x": rng.normal(size=100)})
    label = frame.text.str.contains("good") * 1
    fitted = train(cb.CatBoostClassifier, label, rows=frame, text_features=["text"])
    model, table = adapt(fitted), as_table(frame)
    assert "models of texts" in model.trees.reason
    np.testing.assert_array_equal(model.predict(table), fitted.predict_proba(frame))
    values, base_values = model.contributions(table)
    expected = model.predict(table, "raw")
    np.testing.assert_allclose(values.sum(axis=1) + base_values, expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("column", "cells", "message"),
    [
        ("color", [None, "red"], "missing values in columns of categories.*column 'color'"),
        ("color", [np.nan, "red"], "missing values in columns of categories.*column 'color'"),
        ("color", pd.Categorical([None, "red"]), "missing values in columns.*column 'color'"),
        ("code", [np.nan, 10.0], "missing values in columns of categories.*column 'code'"),
        ("code", [1.5, 10.0], "column 'code' holds 1.5 where CatBoostRegressor needs a category"),
        ("hours", ["many", "few"], "column 'hours' holds 'many' where numbers are needed"),
    ],
)
def test_what_catboost_refuses_is_named(column, cells, message):
    frame = census(2).assign(**{column: cells})
    model = adapt(census_model())
    with pytest.raises(InvalidInputError, match=message):
        model.predict(as_table(frame))
    in_array = message.replace(f"'{column}'", f"'{list(frame).index(column)}'")
    with pytest.raises(InvalidInputError, match=in_array):
        model.predict(as_table(frame.to_numpy(dtype=object)))
    with pytest.raises(InvalidInputError, match=message):
        model.trees().encode(as_table(frame))


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csr_array])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_sparse_rows(kind, dtype):
    rows = np.round(np.where(np.abs(FILLED) > 0.8, FILLED, 0)).astype(dtype)
    fitted = train(cb.CatBoostRegressor, SCORE, rows=rows)
    model, table = adapt(fitted), as_table(kind(rows))
    np.testing.assert_array_equal(model.predict(table)[:, 0], fitted.predict(rows))
    check_trees(model.trees(), table, fitted.predict(rows), rtol=1e-9, atol=1e-12)


def test_names_of_columns():
    names = ["age", "hours", "gain loss", "area"]
    frame = pd.DataFrame(X, columns=names)
    model = adapt(train(cb.CatBoostRegressor, SCORE, rows=frame))
    assert (model.features, model.n_features) == (tuple(names), 4)
    expected = model.native.predict(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rows in (as_table(X, features=names), as_table(frame), as_table(pl.DataFrame(frame))):
            np.testing.assert_array_equal(model.predict(rows)[:, 0], expected)
    unnamed = adapt(train(cb.CatBoostRegressor, SCORE))
    assert (unnamed.features, unnamed.n_features) == (None, 4)
    assert unnamed.predict(as_table(frame)).shape == (N, 1)


@pytest.mark.parametrize("with_categories", [False, True])
def test_trees_that_catboost_cannot_write_down_leave_the_kernel(with_categories):
    frame = pd.DataFrame({"x": [-np.inf] * 20 + list(range(40)), "y": np.arange(60) % 7})
    frame["size"] = ["S", "L"] * 30
    columns = {"cat_features": ["size"]} if with_categories else {}
    rows = frame if with_categories else frame[["x", "y"]]
    fitted = train(cb.CatBoostRegressor, (frame.x < 0) * 1.0, rows=rows, **columns)
    explanation = TabularExplainer(fitted, rows[18:24]).explain_local(rows[18:24])
    if not with_categories:  # whose own contributions are left
        assert explanation.stats.method == "kernel"
    assert "cannot write its trees" in explanation.stats.refused[0][1]
    assert explanation.stats.efficiency_gap < 1e-12
    with pytest.raises(UnsupportedModelError, match="cannot write its trees"):
        TreeExplainer(fitted, rows[18:24], perturbation="interventional")
