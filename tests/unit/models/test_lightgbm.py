import re
import warnings

import lightgbm as lgb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
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
from pellucid.data.table import align, as_table
from pellucid.models.adapt import adapt
from pellucid.models.model import Unavailable

N = 300
rng = np.random.default_rng(3)
X = np.round(rng.normal(size=(N, 4)), 2)
X[:, 3] = rng.integers(0, 45, N)
X[rng.random(X.shape) < 0.1] = np.nan
FILLED = np.nan_to_num(X)
SCORE = FILLED[:, 0] + np.sin(FILLED[:, 3]) + FILLED[:, 1] * (FILLED[:, 2] > 0)
LABEL = (SCORE > 0).astype(int)
THREE = np.digitize(SCORE, [-0.5, 0.5])
COUNT = np.exp(SCORE / 3)
SMALL = {"verbose": -1, "num_threads": 1, "num_leaves": 7, "min_data_in_leaf": 3, "seed": 1}


def train(y, rows=X, rounds=8, data=None, **parameters):
    dataset = lgb.Dataset(rows, y, free_raw_data=False, **(data or {}))
    return lgb.train({**SMALL, **parameters}, dataset, rounds)


CATEGORICAL = {"categorical_feature": [3]}
BOOSTERS = {
    "binary": (LABEL, {"objective": "binary"}),
    "binary with a scale": (LABEL, {"objective": "binary", "sigmoid": 2.0}),
    "multiclass": (THREE, {"objective": "multiclass", "num_class": 3}),
    "one versus all": (THREE, {"objective": "multiclassova", "num_class": 3}),
    "regression": (SCORE, {"objective": "regression"}),
    "square root": (COUNT, {"objective": "regression", "reg_sqrt": True}),
    "absolute error": (SCORE, {"objective": "regression_l1"}),
    "quantile": (SCORE, {"objective": "quantile", "alpha": 0.3}),
    "poisson": (COUNT, {"objective": "poisson"}),
    "gamma": (COUNT, {"objective": "gamma"}),
    "tweedie": (COUNT, {"objective": "tweedie"}),
    "cross entropy": (expit(SCORE), {"objective": "cross_entropy"}),
    "cross entropy lambda": (expit(SCORE), {"objective": "cross_entropy_lambda"}),
    "dart": (LABEL, {"objective": "binary", "boosting": "dart", "drop_rate": 0.5}),
    "forest": (
        LABEL,
        {"objective": "binary", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
    ),
    "forest of classes": (
        THREE,
        {
            "objective": "multiclass",
            "num_class": 3,
            "boosting": "rf",
            "bagging_freq": 1,
            "bagging_fraction": 0.6,
        },
    ),
    "no average": (SCORE, {"objective": "regression", "boost_from_average": False}),
    "zeros are missing": (SCORE, {"objective": "regression", "zero_as_missing": True}),
    "missing values are zeros": (SCORE, {"objective": "regression", "use_missing": False}),
    "many categories": (
        SCORE,
        {"objective": "regression", "min_data_per_group": 1, "cat_smooth": 1, "cat_l2": 0},
    ),
    "one-hot categories": (SCORE, {"objective": "regression", "max_cat_to_onehot": 100}),
    "constant": (SCORE * 0 + 2, {"objective": "regression"}),
    "single leaf": (LABEL, {"objective": "binary", "min_data_in_leaf": 1000}),
    "goss": (LABEL, {"objective": "binary", "data_sample_strategy": "goss"}),
    "deep": (SCORE, {"objective": "regression", "num_leaves": 60, "min_data_in_leaf": 1}),
}


@pytest.fixture(params=BOOSTERS, scope="module")
def booster(request):
    y, parameters = BOOSTERS[request.param]
    return train(y, data=CATEGORICAL, **parameters)


def raw_score(booster, rows):
    """LightGBM's raw score; that of a forest is the sum where its prediction takes the mean."""
    found = booster.predict(rows, raw_score=True)
    is_forest = "\naverage_output\n" in booster.model_to_string()
    return found / booster.current_iteration() if is_forest else found


def test_trees_add_up_to_the_raw_score(booster):
    model = adapt(booster)
    structure = model.trees()
    rows = awkward_rows(structure, X)
    check_trees(structure, as_table(rows), raw_score(booster, rows), rtol=1e-9, atol=1e-12)
    check_covers(structure, rtol=0)


def test_outputs_are_the_librarys(booster):
    model = adapt(booster)
    table = as_table(X[:50])
    predicted, raw = booster.predict(X[:50]), raw_score(booster, X[:50])
    if model.task == "classification":
        assert model.default_space == "probability"
        if predicted.ndim == 1:
            predicted = np.stack([1 - predicted, predicted], axis=1)
            raw = np.stack([-raw, raw], axis=1)
        np.testing.assert_array_equal(model.predict(table), predicted)
        np.testing.assert_array_equal(model.predict(table, "raw"), raw)
        assert model.classes == tuple(str(c) for c in range(predicted.shape[1]))
    else:
        assert model.default_space == "value"
        assert model.classes is None
        np.testing.assert_array_equal(model.predict(table)[:, 0], predicted)
        if "raw" in model.outputs:
            np.testing.assert_array_equal(model.predict(table, "raw")[:, 0], raw)
        else:
            np.testing.assert_array_equal(predicted, raw)
    assert model.trees().space == ("value" if set(model.outputs) == {"value"} else "raw")


def test_the_link_leads_to_the_prediction(booster):
    model = adapt(booster)
    check_link(model, model.trees(), as_table(X[:50]), rtol=1e-9)


def test_models_can_be_pickled(booster):
    check_pickles(adapt(booster), as_table(X[:20]))


def test_contributions_add_up(booster):
    model = adapt(booster)
    table = as_table(X[:30])
    values, base_values = model.contributions(table)
    space = "raw" if "raw" in model.outputs else "value"
    np.testing.assert_allclose(
        values.sum(axis=1) + base_values, model.predict(table, space), rtol=1e-9, atol=1e-12
    )


def test_contributions_are_those_of_the_trees(booster):
    model = adapt(booster)
    if model.contributions is not None:
        check_contributions(model, model.trees(), as_table(X[:4]), rtol=1e-7, atol=1e-9)


def test_links_and_spaces():
    expected = {
        "binary": ("logistic", "probability"),
        "binary with a scale": ("identity", "raw"),
        "multiclass": ("softmax", "probability"),
        "one versus all": ("logistic", "probability"),
        "regression": ("identity", "value"),
        "square root": ("identity", "raw"),
        "poisson": ("exponential", "value"),
        "cross entropy": ("logistic", "value"),
    }
    for name, link in expected.items():
        y, parameters = BOOSTERS[name]
        ensemble = adapt(train(y, rounds=2, **parameters)).trees().ensemble
        assert (ensemble.link, ensemble.linked_space) == link, name


def test_early_stopping_uses_the_best_iteration():
    noise = np.random.default_rng(0).integers(0, 2, N)
    data = lgb.Dataset(X, noise)
    booster = lgb.train(
        {**SMALL, "objective": "binary"},
        data,
        30,
        valid_sets=[data.create_valid(X[::-1], noise)],
        callbacks=[lgb.early_stopping(3, verbose=False)],
        keep_training_booster=True,
    )
    assert 0 < booster.best_iteration < booster.current_iteration()
    structure = adapt(booster).trees()
    assert structure.ensemble.n_trees == booster.best_iteration
    check_trees(structure, as_table(X), booster.predict(X, raw_score=True), rtol=1e-9)


def test_boosters_joined_with_other_ideas_of_missing_values():
    first = train(SCORE, objective="regression", zero_as_missing=True)
    second = lgb.train(
        {**SMALL, "objective": "regression", "use_missing": False},
        lgb.Dataset(X, SCORE, **CATEGORICAL),
        5,
        init_model=first,
    )
    structure = adapt(second).trees()
    assert structure.ensemble.n_features > X.shape[1]
    rows = awkward_rows(structure, X)
    check_trees(structure, as_table(rows), second.predict(rows, raw_score=True), rtol=1e-9)


SPECIAL = [0.0, -0.0, 1e-35, -1e-35, 1.1e-35, -1e-36, np.inf, -np.inf, 1.0, -1.0, 5e-324]


def rewritten(booster, seed, thresholds=SPECIAL, missing_types=(0, 1, 2)):
    """A Booster whose nodes have other thresholds, missing types and default directions."""
    rng = np.random.default_rng(seed)

    def other_node(threshold, kind):
        # Bit 0 says whether a node is categorical; the others are free.
        free = 2 * rng.integers(0, 2) + 4 * rng.choice(missing_types)
        is_category = int(kind) & 1
        return threshold if is_category else repr(float(rng.choice(thresholds))), is_category + free

    blocks = re.sub(r"tree_sizes=.*\n", "", booster.model_to_string()).split("\n\n")
    for i, block in enumerate(blocks):
        found = re.search(r"threshold=(.+)\ndecision_type=(.+)", block)
        if found:
            pairs = zip(found[1].split(), found[2].split(), strict=True)
            thresholds, kinds = zip(*(other_node(*pair) for pair in pairs), strict=True)
            written = f"threshold={' '.join(thresholds)}\ndecision_type={' '.join(map(str, kinds))}"
            blocks[i] = block.replace(found[0], written)
    return lgb.Booster(model_str="\n\n".join(blocks))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nodes_of_every_kind(seed, dtype):
    booster = rewritten(train(SCORE, data=CATEGORICAL, **BOOSTERS["many categories"][1]), seed)
    structure = adapt(booster).trees()
    rows = np.random.default_rng(seed).choice([*SPECIAL, np.nan, 7.0, 33.5], size=(400, 4))
    rows = np.concatenate([rows.astype(dtype), awkward_rows(structure, X, dtype=dtype)])
    check_trees(structure, as_table(rows), booster.predict(rows), rtol=1e-9, atol=1e-12)


LARGEST_ZERO = float(np.float32(1e-35))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "thresholds",
    [
        [LARGEST_ZERO, 1.1e-35, 0.5, -1.1e-35, -0.5],
        [0.0, -0.0, 0.5, -0.5],
        [-LARGEST_ZERO],
        [5e-324, -5e-324, 1e-36, -1e-36],
    ],
)
def test_cells_that_are_taken_for_zeros(seed, thresholds):
    booster = rewritten(train(SCORE), seed, thresholds, missing_types=(0, 2))
    structure = adapt(booster).trees()
    tiny = [*SPECIAL, LARGEST_ZERO, -LARGEST_ZERO, 1.1e-35, -1.1e-35, np.nan]
    rows = np.random.default_rng(seed).choice(tiny, size=(400, 4))
    table = as_table(rows)
    check_trees(structure, table, booster.predict(rows), rtol=1e-9, atol=1e-12)
    assert np.shares_memory(structure.encode(table), rows)


def test_init_score_is_no_part_of_the_prediction():
    booster = train(SCORE, objective="regression", data={"init_score": np.full(N, 5.0)})
    check_trees(adapt(booster).trees(), as_table(X), booster.predict(X), rtol=1e-9)


def test_ranker():
    estimator = lgb.LGBMRanker(n_estimators=5, verbose=-1, n_jobs=1, min_child_samples=3)
    estimator.fit(X, THREE, group=[30] * 10)
    model = adapt(estimator)
    assert (model.task, set(model.outputs)) == ("regression", {"value"})
    check_trees(model.trees(), as_table(X), estimator.predict(X), rtol=1e-9)


def test_estimators_name_their_classes():
    words = np.array(["low", "middle", "high"])[THREE]
    estimator = lgb.LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1).fit(X, words)
    model = adapt(estimator)
    assert model.name == "LGBMClassifier"
    assert model.classes == ("high", "low", "middle")
    np.testing.assert_array_equal(model.predict(as_table(X)), estimator.predict_proba(X))


def test_a_single_class_has_a_counterpart():
    estimator = lgb.LGBMClassifier(n_estimators=2, verbose=-1, n_jobs=1).fit(X, np.zeros(N))
    model = adapt(estimator)
    assert model.classes == ("0.0", "not 0.0")
    np.testing.assert_array_equal(model.predict(as_table(X)), estimator.predict_proba(X))
    check_trees(
        model.trees(), as_table(X), estimator.booster_.predict(X, raw_score=True), rtol=1e-9
    )


def squared_error(truth, predicted):
    return predicted - truth, np.ones_like(predicted)


def test_custom_objectives_have_margins_only():
    regressor = lgb.LGBMRegressor(objective=squared_error, n_estimators=3, verbose=-1, n_jobs=1)
    model = adapt(regressor.fit(X, SCORE))
    assert set(model.outputs) == {"value"}
    np.testing.assert_array_equal(model.predict(as_table(X))[:, 0], regressor.predict(X))
    classifier = lgb.LGBMClassifier(objective=squared_error, n_estimators=3, verbose=-1, n_jobs=1)
    model = adapt(classifier.fit(X, LABEL))
    assert set(model.outputs) == {"raw"}
    raw = classifier.booster_.predict(X)
    np.testing.assert_array_equal(model.predict(as_table(X)), np.stack([-raw, raw], axis=1))
    check_trees(model.trees(), as_table(X), raw, rtol=1e-9, atol=1e-12)


def test_the_users_task_overrules():
    booster = train(LABEL, objective="binary")
    model = adapt(booster, task="regression")
    np.testing.assert_array_equal(model.predict(as_table(X))[:, 0], booster.predict(X))
    assert set(model.outputs) == {"raw", "value"}
    with pytest.raises(InvalidInputError, match="does not fit the objective 'poisson'"):
        adapt(train(COUNT, objective="poisson"), task="classification")


def test_linear_trees_are_refused():
    booster = train(SCORE, objective="regression", linear_tree=True)
    model = adapt(booster)
    assert isinstance(model.trees, Unavailable)
    assert "linear_tree" in model.trees.reason
    np.testing.assert_array_equal(model.predict(as_table(X))[:, 0], booster.predict(X))


def test_unfitted_models_are_refused():
    with pytest.raises(UnsupportedModelError, match="LGBMClassifier is not fitted; call fit first"):
        adapt(lgb.LGBMClassifier())
    with pytest.raises(UnsupportedModelError, match="Booster has no trees"):
        adapt(lgb.Booster(SMALL, lgb.Dataset(X, SCORE, params=SMALL)))


# -- containers ------------------------------------------------------------------------------------

NAMES = ["age", "hours", "gain loss", "area"]


def test_integers_and_float32_are_read_as_lightgbm_reads_them():
    rows = np.array([[2**24 + 1, 3], [2**24, 5], [2**25 + 1, 2], [7, 1]] * 20)
    y = np.tile([1.0, 0.0, 5.0, 3.0], 20)
    booster = train(y, rows.astype(np.float64), objective="regression", min_data_in_leaf=1)
    structure = adapt(booster).trees()
    for given in (rows, rows.astype(np.float32), rows.astype(np.int32), rows.astype(np.float64)):
        check_trees(structure, as_table(given), booster.predict(given), rtol=1e-9)
    assert not np.array_equal(booster.predict(rows), booster.predict(rows.astype(np.float64)))


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csr_array])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_sparse_rows_stay_sparse(kind, dtype):
    rows = np.round(np.where(np.abs(FILLED) > 0.8, FILLED, 0)).astype(dtype)
    booster = train(SCORE, rows.astype(float), objective="regression", zero_as_missing=True)
    model, table = adapt(booster), as_table(kind(rows))
    expected = booster.predict(rows.astype(float))
    np.testing.assert_array_equal(model.predict(table)[:, 0], expected)
    check_trees(model.trees(), table, expected, rtol=1e-9)


def test_strings_for_a_model_of_numbers_are_named():
    frame = pd.DataFrame(X, columns=NAMES)
    estimator = lgb.LGBMRegressor(n_estimators=3, verbose=-1, n_jobs=1).fit(frame, SCORE)
    frame["hours"] = "many"
    for rows in (frame, frame.astype({"hours": "category"}), pl.from_pandas(frame)):
        with pytest.raises(InvalidInputError, match="'hours' holds 'many' where numbers"):
            adapt(estimator).predict(as_table(rows))


def test_names_of_columns():
    frame = pd.DataFrame(X, columns=NAMES)
    estimator = lgb.LGBMRegressor(n_estimators=3, verbose=-1, n_jobs=1).fit(frame, SCORE)
    assert adapt(estimator).features == ("age", "hours", "gain_loss", "area")
    assert adapt(estimator, examples=as_table(frame)).features == tuple(NAMES)
    assert adapt(estimator, examples=as_table(frame[NAMES[::-1]])).features == tuple(NAMES)
    found = align(
        as_table(frame[NAMES[::-1]]),
        adapt(estimator).features,
        has_names=True,
        name="X",
        to="the model",
    )
    np.testing.assert_array_equal(found.to_matrix(), X)
    named = as_table(X, features=NAMES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = adapt(estimator).predict(named)
    np.testing.assert_array_equal(found[:, 0], estimator.predict(frame))
    unnamed = adapt(lgb.LGBMRegressor(n_estimators=3, verbose=-1, n_jobs=1).fit(X, SCORE))
    assert unnamed.features is None
    assert unnamed.n_features == 4


def census(rows=N, seed=0):
    """A frame with categoricals of strings, integers and an order, numbers, and gaps."""
    rng = np.random.default_rng(seed)
    color = pd.Categorical(rng.choice(["red", "green", "blue", None], rows))
    code = pd.Categorical(rng.choice([10, 20, 30], rows), categories=[30, 10, 20])
    grade = pd.Categorical(rng.choice(["a", "b", "c"], rows), ordered=True)
    age = rng.integers(17, 90, rows)
    hours = np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows))
    return pd.DataFrame({"age": age, "color": color, "hours": hours, "code": code, "grade": grade})


def census_model():
    frame = census()
    y = frame.age / 50 + (frame.color == "red") + (frame.code == 10) + (frame.grade == "b")
    estimator = lgb.LGBMRegressor(
        n_estimators=10, verbose=-1, n_jobs=1, min_child_samples=3, min_data_per_group=1
    )
    return estimator.fit(frame, y)


def test_pandas_categoricals():
    estimator, frame = census_model(), census(80, seed=1)
    model, table = adapt(estimator), as_table(frame)
    np.testing.assert_array_equal(model.predict(table)[:, 0], estimator.predict(frame))
    check_trees(model.trees(), table, estimator.predict(frame), rtol=1e-9)
    check_pickles(model, table)


def test_categories_in_another_order_or_unseen():
    estimator, frame = census_model(), census(80, seed=1)
    frame["color"] = frame["color"].cat.set_categories(["violet", "red", "blue", "green"])
    frame.loc[:9, "color"] = "violet"
    frame["code"] = frame["code"].cat.reorder_categories([10, 20, 30])
    model, table = adapt(estimator), as_table(frame)
    np.testing.assert_array_equal(model.predict(table)[:, 0], estimator.predict(frame))
    check_trees(model.trees(), table, estimator.predict(frame), rtol=1e-9)


def test_lists_of_categories_go_to_no_column_that_they_do_not_fit():
    frame = census(300)
    codes = frame["code"].astype(int)
    frame = pd.DataFrame({"one": pd.Categorical([7] * len(frame)), "code": frame["code"]})
    frame["plain"] = codes.to_numpy()[::-1]  # categorical, but without a list
    y = (frame["plain"] == 20) + 2.0 * (codes == 30)
    estimator = lgb.LGBMRegressor(n_estimators=3, verbose=-1, n_jobs=1, min_data_per_group=1)
    estimator.fit(frame, y, categorical_feature=["one", "code", "plain"])
    model = adapt(estimator)
    np.testing.assert_array_equal(model.predict(as_table(frame))[:, 0], estimator.predict(frame))
    with pytest.raises(InvalidInputError, match="fitted on 2 categorical columns"):
        model.predict(as_table(frame.astype(int)))


@pytest.mark.parametrize("container", ["pandas", "polars", "pyarrow", "objects"])
def test_strings_become_the_models_categoricals(container, tmp_path):
    estimator, frame = census_model(), census(80, seed=1)
    expected = estimator.predict(frame)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    read = pd.read_csv(tmp_path / "rows.csv")
    if container == "polars":
        read = pl.read_csv(tmp_path / "rows.csv")
    elif container == "pyarrow":
        read = pl.read_csv(tmp_path / "rows.csv").to_arrow()
    elif container == "objects":
        read = read.to_numpy(dtype=object)
    model, table = adapt(estimator), as_table(read)
    np.testing.assert_array_equal(model.predict(table)[:, 0], expected)
    check_trees(model.trees(), table, expected, rtol=1e-9)


def test_one_row_read_from_a_file_with_gaps():
    estimator, frame = census_model(), census(80, seed=1)
    row = frame[frame.color.isna()].iloc[:1]
    read = row.astype({"color": object, "code": np.int64, "grade": object})
    read["color"] = np.nan
    model = adapt(estimator)
    np.testing.assert_array_equal(model.predict(as_table(read))[:, 0], estimator.predict(row))


def test_codes_in_an_array_are_taken_as_they_are():
    estimator, frame = census_model(), census(80, seed=1)
    codes = frame.copy()
    for name, reference in census().items():
        if isinstance(reference.dtype, pd.CategoricalDtype):
            codes[name] = frame[name].astype(reference.dtype).cat.codes.replace(-1, np.nan)
    model = adapt(estimator)
    for rows in (codes.to_numpy(np.float64), codes.to_numpy(object)):
        table = as_table(rows)
        np.testing.assert_array_equal(model.predict(table)[:, 0], estimator.predict(frame))
        check_trees(model.trees(), table, estimator.predict(frame), rtol=1e-9)


def test_columns_that_cannot_be_told_apart_are_refused():
    estimator, frame = census_model(), census(5)
    frame["age"] = ["old"] * 5
    with pytest.raises(InvalidInputError, match=r"fitted on 3 categorical columns, and .* 'age'"):
        adapt(estimator).predict(as_table(frame))


def test_strings_where_the_categories_are_numbers():
    estimator, frame = census_model(), census(5)
    frame["code"] = ["ten"] * 5
    with pytest.raises(InvalidInputError, match="'code' holds 'ten', but the model knows"):
        adapt(estimator).predict(as_table(frame))
