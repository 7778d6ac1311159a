import pickle
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from oracles.shapley import interventional_shapley_values
from oracles.tree_interactions import interaction_indices
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

from pellucid import InvalidInputError, TreeExplainer, UnsupportedModelError, summarize
from pellucid.explainers import tree_interactions

rng = np.random.default_rng(5)
X = np.round(rng.normal(size=(150, 5)), 1)
SCORE = X[:, 0] * X[:, 1] + np.abs(X[:, 2]) + 0.1 * X[:, 3]
BACKGROUND, ROWS = X[:12], X[60:110]

MODELS = {
    "forest": lambda: RandomForestRegressor(6, random_state=0).fit(X, SCORE),
    "forest, 3 classes": lambda: RandomForestClassifier(6, max_depth=4, random_state=0).fit(
        X, np.digitize(SCORE, [0.3, 1.0])
    ),
    "boosting, 2 classes": lambda: GradientBoostingClassifier(n_estimators=8, random_state=0).fit(
        X, SCORE > 0.5
    ),
    "boosting, 3 classes": lambda: HistGradientBoostingClassifier(
        max_iter=6, min_samples_leaf=5, random_state=0
    ).fit(X, np.digitize(SCORE, [0.3, 1.0])),
}


@cache
def fitted(name):
    return MODELS[name]()


@pytest.fixture(params=MODELS)
def model(request):
    return fitted(request.param)


@pytest.fixture(params=[False, True], ids=["path-dependent", "interventional"])
def explainer(request, model):
    return TreeExplainer(model, BACKGROUND if request.param else None)


def test_rows_sum_to_the_values_and_all_to_the_prediction(explainer):
    found, plain = explainer.explain_interactions(ROWS), explainer.explain_local(ROWS)
    np.testing.assert_allclose(found.explanation().values, plain.values, atol=1e-13)
    np.testing.assert_allclose(found.base_values, plain.base_values, atol=1e-13)
    np.testing.assert_allclose(found.predictions, plain.predictions, atol=1e-12)
    total = found.values.sum(axis=(1, 2)) + found.base_values
    np.testing.assert_allclose(total, found.predictions, atol=1e-12)
    np.testing.assert_array_equal(found.values, found.values.swapaxes(1, 2))
    assert found.features == plain.features
    assert found.classes == plain.classes
    assert found.stats.exact
    assert found.stats.efficiency_gap < 1e-13
    assert found.stats.method == f"{plain.stats.method}, interactions"
    np.testing.assert_array_equal(found.data, ROWS)


def test_interventional_values_are_those_of_the_prediction_function(model):
    found = TreeExplainer(model, BACKGROUND).explain_interactions(ROWS[:2])
    space = found.output_space
    predict = TreeExplainer(model).model.predict
    from pellucid.data.table import as_table

    def f(rows):
        return predict(as_table(np.array(rows), name="rows"), space)

    for row, matrix in zip(ROWS, found.values, strict=False):

        def v(coalition, row=row):
            known = np.isin(np.arange(5), coalition)
            return f(np.where(known, row, BACKGROUND)).mean(axis=0)

        indices = interaction_indices(v, 5)
        off_diagonal = ~np.eye(5, dtype=bool)
        np.testing.assert_allclose(matrix[off_diagonal], indices[off_diagonal] / 2, atol=1e-12)
        values, _ = interventional_shapley_values(f, list(row), BACKGROUND.tolist())
        np.testing.assert_allclose(matrix.sum(axis=1), values, atol=1e-12)


def test_ranking_is_that_of_the_matrices(explainer):
    ranked = explainer.top_interactions(ROWS, top_k=4)
    expected = explainer.explain_interactions(ROWS).top(4)
    assert ranked.pairs == expected.pairs
    assert ranked.n_pairs == expected.n_pairs
    for name in ("values", "overall", "std_error"):
        np.testing.assert_allclose(getattr(ranked, name), getattr(expected, name), rtol=1e-10)
    i, j = (ranked.features.index(name) for name in ranked.pairs[0])
    both = np.abs(2 * explainer.explain_interactions(ROWS).values[:, i, j])
    np.testing.assert_allclose(ranked.values[0], both.mean(axis=0))
    np.testing.assert_allclose(ranked.std_error[0], both.std(axis=0, ddof=1) / np.sqrt(50))
    assert (np.diff(ranked.overall) <= 0).all()
    assert ranked.stats.n_rows == 50


def test_neither_blocks_nor_threads_change_a_number(explainer, monkeypatch):
    whole = explainer.explain_interactions(ROWS)
    ranked = explainer.top_interactions(ROWS)
    monkeypatch.setattr(tree_interactions, "MOST_ROWS_AT_ONCE", 32)
    threaded = TreeExplainer(explainer.model, explainer.background, n_jobs=2, batch_size=7)
    for other in (explainer, threaded):
        np.testing.assert_array_equal(other.explain_interactions(ROWS).values, whole.values)
        found = other.top_interactions(ROWS)
        assert found.pairs == ranked.pairs
        np.testing.assert_allclose(found.std_error, ranked.std_error, rtol=1e-10)


def test_explainer_that_has_explained_is_still_picklable(model):
    explainer = TreeExplainer(model, BACKGROUND)
    expected = explainer.explain_interactions(ROWS[:3])
    again = pickle.loads(pickle.dumps(explainer))
    np.testing.assert_array_equal(again.explain_interactions(ROWS[:3]).values, expected.values)


def test_weights_of_the_background_count():
    model = fitted("forest")
    summary = summarize(X[:60], 5, random_state=0)
    found = TreeExplainer(model, summary).explain_interactions(ROWS[:5])
    plain = TreeExplainer(model, summary).explain_local(ROWS[:5])
    np.testing.assert_allclose(found.explanation().values, plain.values, atol=1e-13)


def test_one_row_and_no_rows():
    explainer = TreeExplainer(fitted("forest"))
    one = explainer.explain_interactions(ROWS[0])
    assert one.values.shape == (1, 5, 5, 1)
    assert np.isnan(explainer.top_interactions(ROWS[:1]).std_error).all()
    for explain in (explainer.explain_interactions, explainer.top_interactions):
        with pytest.raises(InvalidInputError, match="no rows"):
            explain(ROWS[:0])
    with pytest.raises(InvalidInputError, match="top_k"):
        explainer.top_interactions(ROWS, top_k=0)


def test_encoded_columns_of_one_raw_column_are_one_feature():
    frame = pd.DataFrame({"color": np.resize(["r", "g", "b"], 150), "size": X[:, 0], "w": X[:, 1]})
    encoder = ColumnTransformer([("hot", OneHotEncoder(), ["color"])], remainder="passthrough")
    forest = RandomForestRegressor(5, max_depth=5, random_state=0)
    model = make_pipeline(encoder, forest).fit(frame, SCORE + (frame["color"] == "g") * X[:, 0])
    explainer = TreeExplainer(model)
    found = explainer.explain_interactions(frame[:4])
    assert found.values.shape == (4, 3, 3, 1)
    assert abs(found.pair("color", "size")).max() > 0
    np.testing.assert_allclose(
        found.explanation().values, explainer.explain_local(frame[:4]).values, atol=1e-13
    )


def test_ten_thousand_columns_take_no_square_of_memory():
    wide = np.zeros((40, 10_000))
    wide[:, [5, 9_000]] = np.random.default_rng(0).normal(size=(40, 2))
    model = DecisionTreeRegressor(max_depth=4).fit(wide, wide[:, 5] * wide[:, 9_000])
    ranked = TreeExplainer(model).top_interactions(wide)
    assert ranked.n_pairs == 1
    assert ranked.pairs == ((ranked.features[5], ranked.features[9_000]),)


def test_what_cannot_be_explained_is_refused():
    model = fitted("boosting, 2 classes")
    explainer = TreeExplainer(model, BACKGROUND, output="probability")
    for explain in (explainer.explain_interactions, explainer.top_interactions):
        with pytest.raises(UnsupportedModelError, match="'probability': its trees add up in 'raw'"):
            explain(ROWS)
    with pytest.raises(UnsupportedModelError):
        TreeExplainer(LinearRegression().fit(X, SCORE))


def test_a_model_that_changes_its_mind_is_noticed():
    explainer = TreeExplainer(fitted("forest"))
    predict = explainer.model.predict
    object.__setattr__(explainer.model, "predict", lambda *a: predict(*a) + 1)
    for result in (explainer.explain_interactions(ROWS), explainer.top_interactions(ROWS)):
        assert not result.stats.exact
        assert "do not add up" in result.stats.warnings[0]


# -- what other libraries find ---------------------------------------------------------------------


def test_same_as_shap(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shap = pytest.importorskip("shap")
        if "Hist" in type(model).__name__:
            pytest.skip("SHAP has no interactions of this model")
        expected = np.asarray(shap.TreeExplainer(model).shap_interaction_values(ROWS))
    found = TreeExplainer(model).explain_interactions(ROWS).values
    expected = expected.reshape(*found.shape[:3], -1)
    np.testing.assert_allclose(found[..., -expected.shape[-1] :], expected, atol=1e-6)


def test_same_as_xgboost_itself():
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBRegressor(n_estimators=20, max_depth=5, n_jobs=1).fit(X, SCORE)
    contributions = model.get_booster().predict(xgboost.DMatrix(ROWS), pred_interactions=True)
    found = TreeExplainer(model).explain_interactions(ROWS)
    np.testing.assert_allclose(found.values[..., 0], contributions[:, :-1, :-1], atol=1e-5)
    np.testing.assert_allclose(found.base_values[:, 0], contributions[:, -1, -1], atol=1e-5)
