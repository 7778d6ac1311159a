"""Sums of functions of one or two columns, as interpret's boosting machines are."""

import itertools
import math
import pickle
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from oracles.shapley import interventional_shapley_values
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid import AdditiveExplainer, TabularExplainer, UnsupportedModelError

glassbox = pytest.importorskip("interpret.glassbox")
rng = np.random.default_rng(3)
SETTINGS = {
    "interactions": 4,
    "outer_bags": 1,
    "max_rounds": 40,
    "max_bins": 16,
    "max_interaction_bins": 6,
    "n_jobs": 1,
    "random_state": 0,
}


def people(n=200):
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, n),
            "color": rng.choice(["red", "blue", "green"], n),
            "hours": rng.normal(size=n),
            "children": rng.integers(0, 5, n).astype(float),
        }
    )
    frame.loc[::7, "hours"] = np.nan
    frame.loc[::11, "color"] = None
    return frame


FRAME = people()
SCORE = (
    np.nan_to_num(FRAME["hours"].to_numpy()) * (FRAME["color"] == "red").to_numpy()
    + FRAME["age"].to_numpy() / 20 * FRAME["children"].to_numpy()
)


@cache
def machine(n_classes):
    labels = np.digitize(SCORE, [4.0, 8.0][: n_classes - 1])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Missing values detected")
        warnings.filterwarnings("ignore", message="For multiclass we cannot currently visualize")
        if n_classes == 0:
            return glassbox.ExplainableBoostingRegressor(**SETTINGS).fit(FRAME, SCORE)
        return glassbox.ExplainableBoostingClassifier(**SETTINGS).fit(FRAME, labels)


def raw(model, rows):
    """Return what is explained, (n, k), by interpret itself."""
    if not hasattr(model, "classes_"):
        return model.predict(rows)[:, np.newaxis]
    scores = model.decision_function(rows)
    return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores


def exact_values(predict, row, background):
    """Interventional Shapley values (d, k) of one row by enumeration."""
    d = background.shape[1]

    def value(inside):
        mixed = background.copy()
        for j in inside:
            mixed[mixed.columns[j]] = [row.iloc[0, j]] * len(mixed)
        mixed = mixed.astype(background.dtypes)
        return predict(mixed).mean(axis=0)

    worth = {
        inside: value(inside)
        for size in range(d + 1)
        for inside in itertools.combinations(range(d), size)
    }
    values = 0.0
    for inside, gained in worth.items():
        s = len(inside)
        for j in range(d):
            unit = np.eye(d)[j][:, np.newaxis]
            if j in inside:
                weight = math.factorial(s - 1) * math.factorial(d - s) / math.factorial(d)
                values = values + weight * unit * gained
            else:
                weight = math.factorial(s) * math.factorial(d - s - 1) / math.factorial(d)
                values = values - weight * unit * gained
    return values


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_values_are_those_of_enumeration(n_classes):
    model, background = machine(n_classes), FRAME.iloc[:30]
    explainer = AdditiveExplainer(model, background)
    found = explainer.explain_local(FRAME[100:103])
    assert any(len(term) == 2 for term in model.term_features_)
    for i in range(3):
        row = FRAME[100 + i : 101 + i]
        expected = exact_values(lambda rows: raw(model, rows), row, background)
        np.testing.assert_allclose(found.values[i], expected, atol=1e-10)
    np.testing.assert_allclose(found.base_values[0], raw(model, background).mean(axis=0))
    assert found.output_space == ("raw" if n_classes else "value")
    assert found.stats.exact
    assert pickle.loads(pickle.dumps(explainer)).explain_local(FRAME[100:103]) == found


def test_unseen_missing_and_far_cells_add_up():
    model = machine(0)
    rows = FRAME[:4].assign(color=["violet", None, "red", "blue"], age=[1e9, -1e9, np.nan, 40.0])
    found = AdditiveExplainer(model, FRAME).explain_local(rows)
    np.testing.assert_allclose(found.values.sum(axis=1) + found.base_values, raw(model, rows))
    assert found.stats.exact


def test_arrays_without_names_and_pairs_in_a_group():
    X = rng.normal(size=(150, 3))
    model = glassbox.ExplainableBoostingRegressor(**SETTINGS).fit(X, X[:, 0] * X[:, 1])
    alone = AdditiveExplainer(model, X).explain_local(X[:5])
    assert alone.features == ("0", "1", "2")
    grouped = AdditiveExplainer(model, X, groups={"pair": [0, 1]}).explain_local(X[:5])
    assert grouped.features == ("pair", "2")
    frame = pd.DataFrame(X, columns=["feature_0000", "feature_0001", "feature_0002"])

    def merged(rows):  # "pair" as one column that carries the position of a row
        place = rows["pair"].to_numpy()
        mixed = frame.iloc[place].reset_index(drop=True)
        mixed["feature_0002"] = rows["2"].to_numpy()
        return model.predict(mixed.to_numpy())[:, np.newaxis]

    players = pd.DataFrame({"pair": np.arange(150), "2": X[:, 2]})
    expected = exact_values(merged, players[3:4], players)
    np.testing.assert_allclose(grouped.values[3], expected, atol=1e-10)


def test_automatic_choice_is_exact_for_additive_models():
    explainer = TabularExplainer(machine(2), FRAME)
    assert explainer.explainer.method == "additive, interventional"
    assert explainer.explain_local(FRAME[:3]).stats.exact


def test_other_models_and_outputs_are_refused_with_reasons():
    with pytest.raises(UnsupportedModelError, match="no sum of functions of one or two columns"):
        AdditiveExplainer(lambda rows: rows.sum(axis=1), [[0.0, 1.0]])
    with pytest.raises(UnsupportedModelError, match="additive in 'raw', not in 'probability'"):
        AdditiveExplainer(machine(2), FRAME, output="probability")
    with pytest.raises(UnsupportedModelError, match="needs initialization_examples"):
        AdditiveExplainer(machine(0))
    X = rng.normal(size=(60, 3))
    with_triples = glassbox.ExplainableBoostingRegressor(
        **{**SETTINGS, "interactions": [(0, 1, 2)]}
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Interactions with 3 or more")
        with_triples.fit(X, X.prod(axis=1))
    with pytest.raises(UnsupportedModelError, match="terms of three columns"):
        AdditiveExplainer(with_triples, X)


def test_raw_columns_play_behind_a_pipeline():
    rows = FRAME[["age", "color", "children"]].fillna({"color": "none"})
    prepared = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["color"]), (StandardScaler(), ["age", "children"])
    )
    model = make_pipeline(prepared, glassbox.ExplainableBoostingRegressor(**SETTINGS))
    model.fit(rows, SCORE)
    background = rows.iloc[:40]

    found = TabularExplainer(model, background).explain_local(rows.iloc[[50]])

    assert found.stats.method == "additive, interventional"
    assert found.features == tuple(rows)
    expected, _ = interventional_shapley_values(
        lambda cells: model.predict(pd.DataFrame(cells, columns=rows.columns).astype(rows.dtypes)),
        rows.iloc[50].tolist(),
        background.to_numpy(dtype=object).tolist(),
    )
    np.testing.assert_allclose(found.values[0], expected, atol=1e-8)
