import json
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
import xgboost as xgb
from oracles.tree_models import (
    awkward_rows,
    check_contributions,
    check_covers,
    check_link,
    check_pickles,
    check_trees,
)
from scipy.special import expit

from pellucid._core.errors import InvalidInputError, UnsupportedModelError
from pellucid.data.table import as_table
from pellucid.models.adapt import adapt
from pellucid.models.model import Unavailable

N = 300
RTOL, ATOL = 2e-5, 2e-6
rng = np.random.default_rng(3)
X = np.round(rng.normal(size=(N, 4)), 2).astype(np.float32)
X[:, 3] = rng.integers(0, 40, N)
X[rng.random(X.shape) < 0.1] = np.nan
FILLED = np.nan_to_num(X)
SCORE = FILLED[:, 0] + np.sin(FILLED[:, 3]) + FILLED[:, 1] * (FILLED[:, 2] > 0)
LABEL = (SCORE > 0).astype(int)
THREE = np.digitize(SCORE, [-0.5, 0.5])
COUNT = np.exp(SCORE / 3)
BOTH = np.stack([SCORE, COUNT], axis=1)
TYPES = ["q", "q", "q", "c"]


def train(y, rows=X, rounds=6, types=TYPES, **parameters):
    data = xgb.DMatrix(rows, feature_types=types, enable_categorical=True)
    if parameters.get("objective") == "survival:aft":
        data.set_float_info("label_lower_bound", y)
        data.set_float_info("label_upper_bound", y * 1.1)
    else:
        data.set_label(y)
    if parameters.get("booster") != "gblinear":
        parameters = {"max_depth": 3, **parameters}
    return xgb.train({"nthread": 1, "seed": 1, **parameters}, data, rounds)


FOREST = {"num_parallel_tree": 5, "subsample": 0.6, "learning_rate": 1.0}
VECTORS = {"multi_strategy": "multi_output_tree", "tree_method": "hist"}
BOOSTERS = {
    "binary": (LABEL, {"objective": "binary:logistic"}),
    "binary with an intercept": (LABEL, {"objective": "binary:logistic", "base_score": 0.2}),
    "margins": (LABEL, {"objective": "binary:logitraw"}),
    "hinge": (LABEL, {"objective": "binary:hinge"}),
    "probabilities": (THREE, {"objective": "multi:softprob", "num_class": 3}),
    "labels": (THREE, {"objective": "multi:softmax", "num_class": 3}),
    "squared error": (SCORE, {"objective": "reg:squarederror"}),
    "absolute error": (SCORE, {"objective": "reg:absoluteerror"}),
    "logistic": (expit(SCORE), {"objective": "reg:logistic"}),
    "poisson": (COUNT, {"objective": "count:poisson"}),
    "gamma": (COUNT, {"objective": "reg:gamma"}),
    "tweedie": (COUNT, {"objective": "reg:tweedie"}),
    "cox": (COUNT, {"objective": "survival:cox"}),
    "failure time": (COUNT, {"objective": "survival:aft"}),
    "log error": (COUNT, {"objective": "reg:squaredlogerror"}),
    "quantiles": (SCORE, {"objective": "reg:quantileerror", "quantile_alpha": [0.2, 0.7]}),
    "dart": (SCORE, {"booster": "dart", "rate_drop": 0.5}),
    "forest": (LABEL, {"objective": "binary:logistic", **FOREST}),
    "forest of classes": (THREE, {"objective": "multi:softprob", "num_class": 3, **FOREST}),
    "two targets": (BOTH, {"tree_method": "hist"}),
    "two targets in one tree": (BOTH, VECTORS),
    "classes in one tree": (THREE, {"objective": "multi:softprob", "num_class": 3, **VECTORS}),
    "one-hot categories": (SCORE, {"max_cat_to_onehot": 100}),
    "sets of categories": (SCORE, {"max_cat_to_onehot": 1, "max_depth": 5}),
    "leaf-wise": (SCORE, {"grow_policy": "lossguide", "max_leaves": 20, "max_depth": 0}),
    "constant": (SCORE * 0 + 2, {}),
    "single leaves": (LABEL, {"objective": "binary:logistic", "gamma": 1e6}),
}


@pytest.fixture(params=BOOSTERS, scope="module")
def booster(request):
    y, parameters = BOOSTERS[request.param]
    vectors = "multi_strategy" in parameters
    return train(y, **parameters, types=["q"] * 4 if vectors else TYPES)


def margins(booster, rows):
    return booster.inplace_predict(rows, predict_type="margin", strict_shape=True)


def test_trees_add_up_to_the_margins(booster):
    structure = adapt(booster).trees()
    for dtype in (np.float32, np.float64):
        rows = awkward_rows(structure, X, dtype=dtype)
        check_trees(structure, as_table(rows), margins(booster, rows), rtol=RTOL, atol=ATOL)


def test_covers_add_up(booster):
    check_covers(adapt(booster).trees(), rtol=1e-5)


def test_outputs_are_the_librarys(booster):
    model, table = adapt(booster), as_table(X)
    predicted = booster.inplace_predict(X, strict_shape=True)
    raw = margins(booster, X)
    if model.task == "classification":
        if raw.shape[1] == 1:
            raw = np.concatenate([-raw, raw], axis=1)
            predicted = np.concatenate([1 - predicted, predicted], axis=1)
        np.testing.assert_array_equal(model.predict(table, "raw"), raw)
        assert model.classes == tuple(str(c) for c in range(raw.shape[1]))
        if "probability" in model.outputs:
            found = model.predict(table)
            np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
            if predicted.shape == found.shape:
                np.testing.assert_array_equal(found, predicted)
            else:
                np.testing.assert_array_equal(found.argmax(axis=1), predicted[:, 0])
    else:
        np.testing.assert_array_equal(model.predict(table), predicted)
        space = "raw" if "raw" in model.outputs else "value"
        np.testing.assert_array_equal(model.predict(table, space), raw)


def test_the_link_leads_to_the_prediction(booster):
    model = adapt(booster)
    check_link(model, model.trees(), as_table(X), rtol=RTOL, atol=ATOL)


def test_models_can_be_pickled(booster):
    check_pickles(adapt(booster), as_table(X[:20]))


def test_contributions_add_up(booster):
    model, table = adapt(booster), as_table(X)
    if "multi_output_tree" in booster.save_config():
        assert model.contributions is None
        return
    values, base_values = model.contributions(table)
    space = "raw" if "raw" in model.outputs else "value"
    np.testing.assert_allclose(
        values.sum(axis=1) + base_values, model.predict(table, space), rtol=1e-4, atol=1e-5
    )


def test_contributions_are_those_of_the_trees(booster):
    model = adapt(booster)
    if model.contributions is not None:
        check_contributions(model, model.trees(), as_table(X[:4]), rtol=1e-3, atol=1e-4)


def test_links_and_spaces():
    expected = {
        "binary": ("logistic", "probability"),
        "margins": ("identity", "raw"),
        "hinge": ("identity", "raw"),
        "labels": ("softmax", "probability"),
        "squared error": ("identity", "value"),
        "logistic": ("logistic", "value"),
        "poisson": ("exponential", "value"),
    }
    for name, link in expected.items():
        y, parameters = BOOSTERS[name]
        ensemble = adapt(train(y, rounds=2, **parameters)).trees().ensemble
        assert (ensemble.link, ensemble.linked_space) == link, name


def test_pruned_nodes_are_left_out():
    booster = train(SCORE, types=None, tree_method="exact", max_depth=6, gamma=3.0)
    assert '"num_deleted":"0"' not in booster.save_raw("json").decode()
    structure = adapt(booster).trees()
    rows = awkward_rows(structure, X)
    check_trees(structure, as_table(rows), margins(booster, rows), rtol=RTOL, atol=ATOL)


SPECIAL = [0.0, -0.0, 1e-45, -1e-45, 3.4028235e38, -3.4028235e38, 1.0, -1.0]


@pytest.mark.parametrize("seed", range(5))
def test_nodes_of_every_kind(seed):
    rng = np.random.default_rng(seed)
    document = json.loads(train(SCORE, max_depth=4).save_raw("json").decode())
    for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
        for node, child in enumerate(tree["left_children"]):
            tree["default_left"][node] = int(rng.integers(0, 2))
            if child >= 0 and tree["split_type"][node] == 0:
                tree["split_conditions"][node] = rng.choice(SPECIAL)
    booster = xgb.Booster(model_file=bytearray(json.dumps(document).encode()))
    structure = adapt(booster).trees()
    rows = rng.choice([*SPECIAL, np.inf, -np.inf, np.nan, 7.0, 33.5], size=(400, 4))
    for dtype in (np.float32, np.float64):
        given = rows.astype(dtype)
        check_trees(structure, as_table(given), margins(booster, given), rtol=RTOL, atol=ATOL)


ESTIMATORS = {
    "classifier": (xgb.XGBClassifier(), LABEL),
    "classifier of three": (xgb.XGBClassifier(), THREE),
    "regressor": (xgb.XGBRegressor(), SCORE),
    "forest classifier": (xgb.XGBRFClassifier(), LABEL),
    "forest of three": (xgb.XGBRFClassifier(), THREE),
    "forest regressor": (xgb.XGBRFRegressor(), SCORE),
    "poisson": (xgb.XGBRegressor(objective="count:poisson"), COUNT),
    "two targets": (xgb.XGBRegressor(), BOTH),
    "many labels": (xgb.XGBClassifier(), np.stack([LABEL, 1 - LABEL, THREE > 0], axis=1) * 1),
    "missing value": (xgb.XGBRegressor(missing=0.25), SCORE),
    "single class": (xgb.XGBClassifier(), LABEL * 0),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators(name):
    estimator, y = ESTIMATORS[name]
    estimator.set_params(n_estimators=5, max_depth=3, n_jobs=1)
    rows = np.where(FILLED == 0.5, 0.25, FILLED).astype(np.float32)
    estimator.fit(rows, y)
    model, table = adapt(estimator), as_table(rows)
    assert model.name == type(estimator).__name__
    if model.task == "classification":
        np.testing.assert_allclose(model.predict(table), estimator.predict_proba(rows), rtol=1e-6)
    else:
        predicted = estimator.predict(rows).reshape(N, -1)
        np.testing.assert_array_equal(model.predict(table), predicted)
    expected = estimator.predict(rows, output_margin=True)
    check_trees(model.trees(), table, expected, rtol=RTOL, atol=ATOL)


def test_classes_are_named():
    two = adapt(xgb.XGBClassifier(n_estimators=2, n_jobs=1).fit(X, LABEL))
    assert two.classes == ("0", "1")
    one = adapt(xgb.XGBClassifier(n_estimators=2, n_jobs=1).fit(X, LABEL * 0))
    assert one.classes == ("0", "not 0")
    labels = np.stack([LABEL, 1 - LABEL, LABEL], axis=1)
    many = adapt(xgb.XGBClassifier(n_estimators=2, n_jobs=1).fit(X, labels))
    assert many.classes == ("0", "1", "2")


def test_ranker():
    estimator = xgb.XGBRanker(n_estimators=4, n_jobs=1)
    estimator.fit(X, THREE, qid=np.arange(N) // 30)
    model = adapt(estimator)
    assert (model.task, set(model.outputs)) == ("regression", {"value"})
    check_trees(model.trees(), as_table(X), estimator.predict(X), rtol=RTOL, atol=ATOL)


def test_early_stopping_uses_the_best_round_of_an_estimator_only():
    noise = np.random.default_rng(0).integers(0, 2, N)
    estimator = xgb.XGBClassifier(n_estimators=30, early_stopping_rounds=3, n_jobs=1)
    estimator.fit(X, noise, eval_set=[(X[::-1], noise)], verbose=False)
    booster = estimator.get_booster()
    assert estimator.best_iteration + 1 < booster.num_boosted_rounds()
    for native, expected in [
        (estimator, estimator.predict(X, output_margin=True)),
        (booster, booster.inplace_predict(X, predict_type="margin")),
    ]:
        model = adapt(native)
        raw = model.predict(as_table(X), "raw")
        np.testing.assert_array_equal(raw[:, 1], expected)
        check_trees(model.trees(), as_table(X), expected, rtol=RTOL, atol=ATOL)
        values, base_values = model.contributions(as_table(X))
        np.testing.assert_allclose(values.sum(axis=1) + base_values, raw, rtol=1e-3, atol=1e-4)


def squared_error(truth, predicted):
    return predicted - truth, np.ones_like(predicted)


def test_custom_objectives():
    regressor = xgb.XGBRegressor(objective=squared_error, n_estimators=3, n_jobs=1).fit(X, SCORE)
    model = adapt(regressor)
    assert set(model.outputs) == {"value"}
    check_trees(model.trees(), as_table(X), regressor.predict(X), rtol=RTOL, atol=ATOL)
    data = xgb.DMatrix(X, LABEL)
    booster = xgb.train({"nthread": 1}, data, 3, obj=lambda p, d: squared_error(d.get_label(), p))
    raw = adapt(booster, task="classification").predict(as_table(X), "raw")
    np.testing.assert_array_equal(raw[:, 1], booster.predict(data))


@pytest.mark.parametrize("name", ["squared error", "binary", "probabilities", "poisson"])
@pytest.mark.parametrize("container", [np.asarray, sp.csr_matrix, pd.DataFrame])
def test_the_linear_booster(name, container):
    y, parameters = BOOSTERS[name]
    booster = train(y, types=None, booster="gblinear", **parameters)
    model, table = adapt(booster), as_table(container(X))
    assert isinstance(model.trees, Unavailable)
    structure = model.linear()
    found = structure.encode(table) @ structure.coefficients.T + structure.intercept
    np.testing.assert_allclose(found, model.predict(table, structure.space), rtol=1e-4, atol=1e-5)
    expected = booster.predict(xgb.DMatrix(X), output_margin=True).reshape(N, -1)
    np.testing.assert_allclose(found[:, -expected.shape[1] :], expected, rtol=1e-4, atol=1e-5)
    check_pickles(model, table)


def test_unfitted_models_are_refused():
    with pytest.raises(UnsupportedModelError, match="XGBClassifier is not fitted; call fit first"):
        adapt(xgb.XGBClassifier())
    with pytest.raises(UnsupportedModelError, match="Booster has no rounds"):
        adapt(xgb.Booster())


# -- containers ------------------------------------------------------------------------------------

NAMES = ["age", "hours", "gain loss", "area"]


def test_a_named_array_for_a_model_fitted_on_a_frame():
    frame = pd.DataFrame(X, columns=NAMES)
    estimator = xgb.XGBRegressor(n_estimators=3, n_jobs=1).fit(frame, SCORE)
    model = adapt(estimator)
    assert model.features == tuple(NAMES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rows in (as_table(X, features=NAMES), as_table(frame), as_table(pl.DataFrame(frame))):
            np.testing.assert_array_equal(model.predict(rows)[:, 0], estimator.predict(frame))
    unnamed = adapt(xgb.XGBRegressor(n_estimators=3, n_jobs=1).fit(X, SCORE))
    assert (unnamed.features, unnamed.n_features) == (None, 4)
    assert unnamed.predict(as_table(frame)).shape == (N, 1)


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csr_array])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_cells_absent_from_sparse_rows_are_missing(kind, dtype):
    rows = kind(np.round(np.where(np.abs(FILLED) > 0.8, FILLED, 0)).astype(dtype))
    rows.data[::5] = 0
    booster = train(SCORE, sp.csr_matrix(rows.astype(np.float32)), types=None)
    model, table = adapt(booster), as_table(rows)
    expected = booster.predict(xgb.DMatrix(sp.csr_matrix(rows)))
    np.testing.assert_array_equal(model.predict(table)[:, 0], expected)
    check_trees(model.trees(), table, expected, rtol=RTOL, atol=ATOL)


def test_integers_are_read_as_float32():
    rows = np.array([[2**24 + 1, 3], [2**24, 5], [2**25 + 1, 2], [7, 1]] * 20)
    booster = train(np.tile([1.0, 0.0, 5.0, 3.0], 20), rows, types=None)
    structure = adapt(booster).trees()
    for given in (rows, rows.astype(np.int32), rows.astype(np.float64), rows > 3):
        expected = booster.inplace_predict(given)
        check_trees(structure, as_table(given), expected, rtol=RTOL, atol=ATOL)


def census(rows=N, seed=0):
    """A frame with categoricals of strings and integers, numbers, and gaps."""
    rng = np.random.default_rng(seed)
    color = pd.Categorical(rng.choice(["red", "grün", "blue", None], rows))
    code = pd.Categorical(rng.choice([10, 20, 30], rows), categories=[30, 10, 20])
    age = rng.integers(17, 90, rows)
    hours = np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows))
    return pd.DataFrame({"age": age, "color": color, "hours": hours, "code": code})


@pytest.fixture(scope="module", params=[1, 10], ids=["sets", "one-hot"])
def census_model(request):
    frame = census()
    y = frame.age / 50 + (frame.color == "red") + (frame.code == 10)
    estimator = xgb.XGBRegressor(
        n_estimators=8, n_jobs=1, enable_categorical=True, max_cat_to_onehot=request.param
    )
    return estimator.fit(frame, y)


def test_pandas_categoricals(census_model):
    frame = census(80, seed=1)
    model, table = adapt(census_model), as_table(frame)
    np.testing.assert_array_equal(model.predict(table)[:, 0], census_model.predict(frame))
    check_trees(model.trees(), table, census_model.predict(frame), rtol=RTOL, atol=ATOL)
    check_pickles(model, table)


def test_categories_in_another_order(census_model):
    frame = census(80, seed=1)
    expected = census_model.predict(frame)
    frame["color"] = frame["color"].cat.set_categories(["red", "violet", "blue", "grün"])
    frame["code"] = frame["code"].cat.reorder_categories([10, 20, 30])
    model, table = adapt(census_model), as_table(frame)
    np.testing.assert_array_equal(model.predict(table)[:, 0], expected)
    check_trees(model.trees(), table, expected, rtol=RTOL, atol=ATOL)


@pytest.mark.parametrize("container", ["pandas", "polars", "pyarrow", "objects"])
def test_strings_become_the_models_categories(census_model, container, tmp_path):
    frame = census(80, seed=1)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    read = pd.read_csv(tmp_path / "rows.csv")
    if container == "polars":
        read = pl.read_csv(tmp_path / "rows.csv")
    elif container == "pyarrow":
        read = pl.read_csv(tmp_path / "rows.csv").to_arrow()
    elif container == "objects":
        read = read.to_numpy(dtype=object)
    model, table = adapt(census_model), as_table(read)
    expected = census_model.predict(frame)
    np.testing.assert_array_equal(model.predict(table)[:, 0], expected)
    check_trees(model.trees(), table, expected, rtol=RTOL, atol=ATOL)


def test_codes_in_an_array_are_taken_as_they_are(census_model):
    frame = census(80, seed=1)
    codes = frame.assign(
        color=frame.color.cat.set_categories(sorted(["red", "grün", "blue"])).cat.codes,
        code=frame.code.cat.codes,
    ).replace({"color": {-1: np.nan}})
    model = adapt(census_model)
    for rows in (codes.to_numpy(np.float64), codes.to_numpy(object)):
        table = as_table(rows)
        expected = census_model.predict(frame)
        np.testing.assert_array_equal(model.predict(table)[:, 0], expected)
        check_trees(model.trees(), table, expected, rtol=RTOL, atol=ATOL)


@pytest.mark.parametrize("word", ["violet", "a"])
def test_unseen_categories_are_refused(census_model, word):
    frame = census(80, seed=1)
    frame["color"] = frame["color"].cat.add_categories([word])
    frame.loc[3, "color"] = word
    model = adapt(census_model)
    with pytest.raises(InvalidInputError, match=f"'color' holds '{word}', a category that"):
        model.predict(as_table(frame))


def test_strings_where_the_model_has_numbers_are_named(census_model):
    frame = census(5).assign(hours="many")
    with pytest.raises(InvalidInputError, match="'hours' holds 'many' where numbers"):
        adapt(census_model).predict(as_table(frame))


def test_a_frames_own_codes_for_a_model_that_stores_no_categories():
    estimator = xgb.XGBRegressor(
        n_estimators=4, n_jobs=1, feature_types=TYPES, enable_categorical=True
    ).fit(X, SCORE)
    frame = pd.DataFrame(X, columns=NAMES)
    codes = np.where(np.isnan(X[:, 3]), -1, X[:, 3]).astype(int)
    frame["area"] = pd.Categorical.from_codes(codes, categories=[f"area {c}" for c in range(40)])
    model, table = adapt(estimator), as_table(frame)
    np.testing.assert_array_equal(model.predict(table)[:, 0], estimator.predict(frame))
    check_trees(model.trees(), table, estimator.predict(frame), rtol=RTOL, atol=ATOL)
