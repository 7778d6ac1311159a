"""Values of trees are those of their libraries, and of the definition, for trees of any depth."""

import catboost as cb
import lightgbm as lgb
import numpy as np
import pytest
import xgboost as xgb
from oracles.tree_ensembles import Game
from oracles.tree_shapley import interventional_values_by_leaves, path_dependent_shapley_values
from sklearn.ensemble import ExtraTreesRegressor, IsolationForest, RandomForestClassifier
from sklearn.tree import DecisionTreeRegressor

from pellucid import TreeExplainer
from pellucid.data.table import as_table
from pellucid.models.adapt import adapt

N, D = 400, 5
rng = np.random.default_rng(21)
X = np.round(rng.normal(size=(N, D)), 2).astype(np.float32)
X[:, 4] = rng.integers(0, 12, N)
SCORE = X[:, 0] * X[:, 1] + np.sin(X[:, 2]) + np.isin(X[:, 4], [1, 4, 7]) * X[:, 3]
HOLED = np.where(rng.random(X.shape) < 0.1, np.float32(np.nan), X)
THREE = np.digitize(SCORE, [-0.5, 0.5])
BOTH = np.stack([SCORE, np.exp(SCORE / 3)], axis=1)
ROWS, BACKGROUND = HOLED[:20], HOLED[100:130]


def reshaped(contributions):
    """A library's own values (n, d, k) and base (n, k)."""
    found = np.asarray(contributions, dtype=float).reshape(len(ROWS), -1, D + 1)
    return np.moveaxis(found[:, :, :-1], 1, 2), found[:, :, -1]


# -- the libraries' own values ----------------------------------------------------------------------

LIGHTGBM = {
    "regression": (SCORE, {"objective": "regression"}),
    "two classes": (SCORE > 0, {"objective": "binary"}),
    "three classes": (THREE, {"objective": "multiclass", "num_class": 3}),
    "categories": (SCORE, {"min_data_per_group": 1, "cat_smooth": 1.0}),
    "poisson": (np.exp(SCORE / 3), {"objective": "poisson"}),
    "deep": (SCORE, {"num_leaves": 200, "min_data_in_leaf": 1}),
    "stumps": (SCORE, {"num_leaves": 2}),
    "dart": (SCORE, {"boosting": "dart", "drop_rate": 0.5}),
}
XGBOOST = {
    "regression": (SCORE, {}),
    "two classes": (SCORE > 0, {"objective": "binary:logistic", "base_score": 0.2}),
    "three classes": (THREE, {"objective": "multi:softprob", "num_class": 3}),
    "categories": (SCORE, {"max_cat_to_onehot": 1, "max_depth": 5}),
    "two targets": (BOTH, {}),
    "dart": (SCORE, {"booster": "dart", "rate_drop": 0.5}),
    "deep": (SCORE, {"max_depth": 30, "min_child_weight": 0, "gamma": 0}),
    "stumps": (SCORE, {"max_depth": 1}),
    "leaf-wise": (SCORE, {"grow_policy": "lossguide", "max_leaves": 40, "max_depth": 0}),
    "forest": (SCORE, {"num_parallel_tree": 4, "subsample": 0.6}),
}
CATBOOST = {
    "regression": (SCORE, {}),
    "two classes": (SCORE > 0, {"loss_function": "Logloss"}),
    "three classes": (THREE, {"loss_function": "MultiClass"}),
    "two targets": (BOTH, {"loss_function": "MultiRMSE"}),
    "deep": (SCORE, {"depth": 9}),
    "stumps": (SCORE, {"depth": 1}),
    "depth-wise": (SCORE, {"grow_policy": "Depthwise"}),
    "leaf-wise": (SCORE, {"grow_policy": "Lossguide", "max_leaves": 30, "depth": 12}),
}


def lightgbm_model(name):
    y, parameters = LIGHTGBM[name]
    parameters = {"verbose": -1, "num_threads": 1, "num_leaves": 15, "seed": 1} | parameters
    data = lgb.Dataset(HOLED, y, categorical_feature=[4] if name == "categories" else "auto")
    model = lgb.train(parameters, data, 10)
    return model, reshaped(model.predict(ROWS, pred_contrib=True))


def xgboost_model(name):
    y, parameters = XGBOOST[name]
    types = ["q"] * 4 + ["c"]
    data = xgb.DMatrix(HOLED, y, feature_types=types, enable_categorical=True)
    model = xgb.train({"nthread": 1, "seed": 1, "max_depth": 4} | parameters, data, 10)
    rows = xgb.DMatrix(ROWS, feature_types=types, enable_categorical=True)
    return model, reshaped(model.predict(rows, pred_contribs=True))


def catboost_model(name):
    y, parameters = CATBOOST[name]
    always = {"verbose": False, "thread_count": 1, "allow_writing_files": False, "iterations": 10}
    kind = cb.CatBoostRegressor if y.dtype.kind == "f" else cb.CatBoostClassifier
    model = kind(**(always | {"depth": 5} | parameters)).fit(HOLED, y)
    own = model.get_feature_importance(cb.Pool(ROWS), type="ShapValues", shap_calc_type="Regular")
    return model, reshaped(own)


# CatBoost's own values of trees that are not symmetric are those of other leaves' weights: its base
# value is not the mean of its predictions of the training rows, as ours is.
UNEQUAL = {(catboost_model, "depth-wise"), (catboost_model, "leaf-wise")}
LIBRARIES = [
    *((lightgbm_model, name) for name in LIGHTGBM),
    *((xgboost_model, name) for name in XGBOOST),
    *((catboost_model, name) for name in CATBOOST),
]


@pytest.mark.parametrize(("make", "name"), [one for one in LIBRARIES if one not in UNEQUAL])
def test_path_dependent_values_are_the_library_s_own(make, name):
    model, (values, base) = make(name)
    explanation = TreeExplainer(model).explain_local(ROWS)
    k = values.shape[2]
    scale = np.abs(values).max()
    np.testing.assert_allclose(explanation.values[:, :, -k:], values, atol=2e-6 * scale)
    scale = max(scale, np.abs(base).max())
    np.testing.assert_allclose(explanation.base_values[:, -k:], base, atol=2e-6 * scale)
    assert explanation.stats.exact


@pytest.mark.parametrize("policy", ["SymmetricTree", "Depthwise", "Lossguide"])
@pytest.mark.parametrize("n_leaves", [3, 4, 9])
def test_base_value_of_catboost_is_the_mean_prediction(policy, n_leaves):
    shape = {"Lossguide": {"max_leaves": n_leaves}}.get(policy, {"depth": n_leaves // 2})
    always = {"verbose": False, "thread_count": 1, "allow_writing_files": False, "iterations": 3}
    model = cb.CatBoostRegressor(grow_policy=policy, bootstrap_type="No", **shape, **always)
    model.fit(HOLED, SCORE)
    base = TreeExplainer(model).explain_local(ROWS).base_values
    np.testing.assert_allclose(base, model.predict(HOLED).mean(), atol=1e-9)


# -- the definition ---------------------------------------------------------------------------------


def assert_equals_definition(model, rows, background):
    """Both games by their definitions, of the trees as they were read."""
    structure = adapt(model).trees()
    background_rows = structure.encode(as_table(background))
    game = Game(
        structure.ensemble,
        structure.players.raw_of,
        structure.players.n_raw,
        structure.encode(as_table(rows)),
        background_rows,
        np.full(len(background), 1 / len(background)),
    )
    of_paths = TreeExplainer(model).explain_local(rows)
    of_rows = TreeExplainer(model, background).explain_local(rows)
    k = structure.ensemble.n_outputs
    atol = 1e-11 * max(1.0, np.abs(of_rows.predictions).max())
    for i, row in enumerate(game.rows):
        expected, base = path_dependent_shapley_values(game, row)
        np.testing.assert_allclose(of_paths.values[i, :, -k:], expected, atol=atol)
        np.testing.assert_allclose(of_paths.base_values[i, -k:], base, atol=atol)
        expected = interventional_values_by_leaves(game, row)
        np.testing.assert_allclose(of_rows.values[i, :, -k:], expected, atol=atol)
    for explanation in (of_paths, of_rows):
        assert explanation.stats.exact
        assert explanation.stats.efficiency_gap <= 1e-9


@pytest.mark.parametrize(("make", "name"), LIBRARIES)
def test_values_of_boosted_trees_equal_the_definition(make, name):
    model, _ = make(name)
    assert_equals_definition(model, ROWS[:2], BACKGROUND[:5])


@pytest.mark.parametrize("depth", [1, 2, 5, 10, 20, 30])
def test_values_of_trees_of_any_depth_equal_the_definition(depth):
    # Of targets that grow by leaps, each split finds the largest only, in either of two columns.
    level = np.sort(rng.integers(0, 45, N))
    rows = np.stack([level, level + rng.uniform(-0.4, 0.4, N), *X[:, :3].T], axis=1)
    model = DecisionTreeRegressor(max_depth=depth, random_state=0).fit(rows, 2.5**level)
    assert model.get_depth() == depth
    assert_equals_definition(model, rows[-2:], rows[-40::7])


def test_values_of_a_chain_of_thirty_features_equal_the_definition():
    rows = (rng.random((300, 30)) < 0.95).astype(float)
    first_zero = np.where((rows == 0).any(axis=1), rows.argmin(axis=1), 30)
    model = DecisionTreeRegressor(random_state=0).fit(rows, 2.0**-first_zero)
    players = len(set(model.tree_.feature.tolist()) - {-2})
    assert players > 12
    explained, background = rows[:3], rows[100:120]
    structure = adapt(model).trees()
    game = Game(structure.ensemble, np.arange(30), 30, explained, background, np.full(20, 1 / 20))
    expected = [interventional_values_by_leaves(game, row) for row in explained]
    found = TreeExplainer(model, background).explain_local(explained)
    np.testing.assert_allclose(found.values, expected, atol=1e-12)


@pytest.mark.parametrize(
    "model",
    [
        ExtraTreesRegressor(5, random_state=0),
        RandomForestClassifier(5, random_state=0),
        IsolationForest(n_estimators=10, random_state=0),
        IsolationForest(n_estimators=10, max_features=3, random_state=0),
    ],
    ids=repr,
)
def test_values_of_forests_equal_the_definition(model):
    y = THREE if isinstance(model, RandomForestClassifier) else SCORE
    assert_equals_definition(model.fit(X, y), X[:2], X[50:55])
