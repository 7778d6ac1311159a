"""Pipelines and transformations: predictions of the whole, and its structure in raw columns."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from oracles.tree_models import check_link, check_pickles, check_trees
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVR

from pellucid import TabularExplainer
from pellucid._core.errors import (
    FeatureMismatchError,
    InvalidInputError,
    ModelError,
    UnsupportedModelError,
)
from pellucid.data.table import as_table
from pellucid.models.adapt import adapt
from pellucid.models.model import Unavailable

SEED = {"random_state": 0}


def people(seed, n=150):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n).astype(float),
            "city": rng.choice(["Rome", "Oslo", "Lima"], n),
            "hours": np.round(rng.normal(40, 8, n), 1),
            "gain": rng.exponential(size=n),
        }
    )
    frame.loc[rng.random(n) < 0.15, "age"] = np.nan
    return frame


FRAME = people(0)
LATER = people(1).assign(city=lambda frame: frame["city"].where(frame["hours"] < 45, "Cairo"))
SCORE = FRAME["age"].fillna(50) / 20 + (FRAME["city"] == "Oslo") - FRAME["gain"]
TWO = np.where(SCORE.median() < SCORE, "yes", "no")
THREE = np.digitize(SCORE, SCORE.quantile([0.3, 0.7]))


def preparation(**options):
    return ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()),
                ["gain", "age"],
            ),
            ("city", OneHotEncoder(handle_unknown="ignore"), ["city"]),
        ],
        **options,
    )


# gain, age, its indicator, and the three cities; hours are dropped.
RAW_OF = [3, 0, 0, 1, 1, 1]

TREES = {
    "forest, 3 classes": (RandomForestClassifier(4, **SEED), THREE, "predict_proba"),
    "forest, regression": (RandomForestRegressor(4, **SEED), SCORE, "predict"),
    "boosting, 2 classes": (
        GradientBoostingClassifier(n_estimators=4, **SEED),
        TWO,
        "decision_function",
    ),
    "histogram, 3 classes": (
        HistGradientBoostingClassifier(max_iter=4),
        THREE,
        "decision_function",
    ),
}


@pytest.mark.parametrize(
    ("name", "density"),
    # Histograms are made of dense rows only.
    [
        (name, density)
        for name in TREES
        for density in (0.0, 1.0)
        if "hist" not in name or not density
    ],
)
def test_trees_are_seen_from_the_raw_columns(name, density):
    final, target, method = TREES[name]
    native = make_pipeline(preparation(sparse_threshold=density), final).fit(FRAME, target)
    model = adapt(native)
    structure = model.trees()
    table = as_table(LATER)
    assert model.features == ("age", "city", "hours", "gain")
    assert model.n_features == 4
    assert model.native is native
    assert model.name == f"Pipeline with {type(final).__name__}"
    assert structure.players.raw_of.tolist() == RAW_OF
    assert structure.players.n_raw == 4
    expected = getattr(native, method)(LATER)
    check_trees(structure, table, expected, rtol=1e-9, atol=1e-12)
    check_link(model, structure, table, rtol=1e-9)
    check_pickles(model, table)
    default = native.predict(LATER) if method == "predict" else native.predict_proba(LATER)
    np.testing.assert_array_equal(model.predict(table), default.reshape(len(LATER), -1))


@pytest.mark.parametrize(
    ("final", "target"),
    [(LogisticRegression(), TWO), (LogisticRegression(), THREE), (Ridge(), SCORE)],
)
def test_linear_form_is_seen_from_the_raw_columns(final, target):
    native = make_pipeline(preparation(), final).fit(FRAME, target)
    model = adapt(native)
    structure = pickle.loads(pickle.dumps(model.linear()))
    found = structure.encode(as_table(LATER)) @ structure.coefficients.T + structure.intercept
    space = "value" if final.__class__ is Ridge else "raw"
    np.testing.assert_allclose(found, model.predict(as_table(LATER), space), rtol=1e-9, atol=1e-12)
    assert structure.players.raw_of.tolist() == RAW_OF


def test_log_link_behind_a_scaler():
    native = make_pipeline(StandardScaler(), PoissonRegressor()).fit(
        FRAME[["hours", "gain"]], np.exp(SCORE)
    )
    assert adapt(native).linear().space == "raw"


def test_text_is_one_player():
    rng = np.random.default_rng(0)
    words = np.array(["exact", "honest", "slow", "fast"])
    frame = pd.DataFrame(
        {"note": [" ".join(rng.choice(words, 3)) for _ in range(80)], "age": rng.random(80)}
    )
    native = make_pipeline(
        ColumnTransformer([("words", TfidfVectorizer(), "note"), ("same", "passthrough", ["age"])]),
        RandomForestClassifier(3, **SEED),
    ).fit(frame, frame["note"].str.contains("slow"))
    structure = adapt(native).trees()
    assert structure.players.raw_of.tolist() == [0, 0, 0, 0, 1]
    check_trees(structure, as_table(frame), native.predict_proba(frame), rtol=1e-9)


def test_mixed_columns_leave_the_whole_pipeline_to_be_asked():
    native = make_pipeline(
        preparation(sparse_threshold=0), PCA(3), RandomForestClassifier(3, **SEED)
    ).fit(FRAME, TWO)
    model = adapt(native)
    assert model.trees == Unavailable("step 'pca' (PCA) may mix columns")
    assert isinstance(model.linear, Unavailable)
    assert "RandomForestClassifier" in model.linear.reason
    assert model.features == tuple(FRAME.columns)
    np.testing.assert_array_equal(model.predict(as_table(LATER)), native.predict_proba(LATER))


def test_pipelines_in_pipelines_and_searches():
    inner = make_pipeline(preparation(), "passthrough", LogisticRegression())
    search = GridSearchCV(Pipeline([("none", None), ("inner", inner)]), {"none": [None]}, cv=2)
    native = search.fit(FRAME, TWO)
    model = adapt(native)
    assert model.linear().players.raw_of.tolist() == RAW_OF
    np.testing.assert_array_equal(model.predict(as_table(LATER)), native.predict_proba(LATER))


def test_a_pipeline_of_nothing_but_a_model():
    X = FRAME[["hours", "gain"]]
    for steps in (["passthrough"], [None, "passthrough"], []):
        native = make_pipeline(*steps, RandomForestRegressor(2, **SEED)).fit(X, SCORE)
        model = adapt(native)
        assert model.features == ("hours", "gain")
        check_trees(model.trees(), as_table(X), native.predict(X), rtol=1e-9)


def test_outlier_detector_behind_a_scaler():
    X = FRAME[["hours", "gain"]].to_numpy()
    native = make_pipeline(StandardScaler(), IsolationForest(n_estimators=5, **SEED)).fit(X)
    model = adapt(native)
    assert model.task == "outlier detection"
    np.testing.assert_array_equal(model.predict(as_table(X)).ravel(), native.decision_function(X))
    check_trees(model.trees(), as_table(X), model.predict(as_table(X), "raw"), rtol=1e-9)


class Cautious(Pipeline):
    def predict_proba(self, X):
        return (super().predict_proba(X) + 0.5) / 2


def test_pipeline_that_predicts_otherwise_is_asked_as_a_whole():
    native = Cautious([("scale", StandardScaler()), ("model", LogisticRegression())])
    X = FRAME[["hours", "gain"]]
    native.fit(X, TWO)
    model = adapt(native)
    assert isinstance(model.linear, Unavailable)
    np.testing.assert_array_equal(model.predict(as_table(X)), native.predict_proba(X))


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        (make_pipeline(StandardScaler(), LogisticRegression()), "is not fitted"),
        (make_pipeline(StandardScaler()).fit(FRAME[["hours"]]), "passed as transformations"),
        (make_pipeline(StandardScaler(), "passthrough").fit(FRAME[["hours"]]), "is no model"),
    ],
)
def test_pipelines_that_are_no_models(pipeline, message):
    with pytest.raises(UnsupportedModelError, match=message):
        adapt(pipeline)


def test_missing_values_that_no_step_fills_are_named():
    X = FRAME[["hours", "gain"]]
    native = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, TWO)
    rows = X.head().assign(gain=np.nan)
    with pytest.raises(InvalidInputError, match=r"Pipeline with LogisticRegression .* 'gain'"):
        adapt(native).predict(as_table(rows))


# -- transformations -------------------------------------------------------------------------------


@pytest.mark.parametrize("density", [0.0, 1.0])
def test_transformations_compose_like_a_pipeline(density):
    prepare = preparation(sparse_threshold=density).fit(FRAME)
    inner = RandomForestClassifier(4, **SEED).fit(prepare.transform(FRAME), THREE)
    model = adapt(inner, transformations=prepare, examples=as_table(FRAME))
    assert model.features == tuple(FRAME.columns)
    assert model.name == "RandomForestClassifier"
    expected = inner.predict_proba(prepare.transform(LATER))
    np.testing.assert_array_equal(model.predict(as_table(LATER)), expected)
    check_trees(model.trees(), as_table(LATER), expected, rtol=1e-9)
    assert model.trees().players.raw_of.tolist() == RAW_OF


def test_linear_form_behind_sparse_transformations_stays_sparse():
    prepare = preparation(sparse_threshold=1).fit(FRAME)
    inner = LogisticRegression().fit(prepare.transform(FRAME), TWO)
    structure = adapt(inner, transformations=prepare).linear()
    assert sp.issparse(structure.encode(as_table(LATER)))


@pytest.mark.parametrize("given", ["transformer's names", "other names", "another order"])
def test_model_fitted_on_a_frame_of_transformed_rows(given):
    prepare = preparation(sparse_threshold=0).fit(FRAME)

    def transformed(frame):
        found = pd.DataFrame(prepare.transform(frame), columns=prepare.get_feature_names_out())
        if given == "other names":
            return found.set_axis(list("uvwxyz"), axis=1)
        return found if given == "transformer's names" else found.iloc[:, ::-1]

    inner = LogisticRegression().fit(transformed(FRAME), TWO)
    model = adapt(inner, transformations=prepare)
    found = model.predict(as_table(LATER))
    np.testing.assert_allclose(found, inner.predict_proba(transformed(LATER)))
    raw_of = RAW_OF[::-1] if given == "another order" else RAW_OF
    assert model.linear().players.raw_of.tolist() == raw_of


def test_transformer_set_to_return_frames():
    prepare = preparation(sparse_threshold=0)
    prepare.set_params(city__sparse_output=False).set_output(transform="pandas")
    native = make_pipeline(prepare, RandomForestClassifier(3, **SEED)).fit(FRAME, TWO)
    model = adapt(native)
    expected = native.predict_proba(LATER)
    np.testing.assert_array_equal(model.predict(as_table(LATER)), expected)
    check_trees(model.trees(), as_table(LATER), expected, rtol=1e-9)


def test_transformations_of_another_width_than_the_model():
    prepare = preparation(sparse_threshold=0).fit(FRAME)
    named = LogisticRegression().fit(FRAME[["hours", "gain"]], TWO)
    model = adapt(named, transformations=prepare)
    assert isinstance(model.linear, Unavailable)
    with pytest.raises(FeatureMismatchError, match=r"returns 6 columns, but the model .* with 2"):
        model.predict(as_table(LATER))


def logits(rows):
    return np.asarray(rows).sum(axis=1)


def test_function_of_transformed_rows():
    scaler = StandardScaler().fit(FRAME[["hours", "gain"]])
    rows = FRAME[["gain", "hours"]]  # put in the transformer's order by name
    model = adapt(logits, transformations=scaler, examples=as_table(rows))
    X = as_table(FRAME[["hours", "gain"]])
    assert model.task == "regression"
    np.testing.assert_array_equal(model.predict(X).ravel(), logits(scaler.transform(X.native)))
    with pytest.raises(FeatureMismatchError, match="'gain'"):
        adapt(logits, transformations=scaler, examples=as_table(FRAME[["hours", "age"]]))


def test_model_of_unknown_task_is_learnt_behind_a_scaler():
    X = FRAME[["hours", "gain"]]
    native = make_pipeline(StandardScaler(), GaussianMixture(2, **SEED)).fit(X)
    model = adapt(native, examples=as_table(X))
    assert model.classes == ("0", "1")
    np.testing.assert_array_equal(model.predict(as_table(X)), native.predict_proba(X))


def test_transformations_that_fail_on_the_examples():
    strict = OneHotEncoder().fit(FRAME[["city"]])
    culprit = "initialization_examples: column 'city' holds 'Cairo', which OneHotEncoder refuses"
    with pytest.raises(InvalidInputError, match=culprit):
        adapt(logits, transformations=strict, examples=as_table(LATER[["city"]]))


class Failing:
    def transform(self, X):
        raise OSError("dictionary gone")


def test_transformations_that_fail_on_any_row():
    with pytest.raises(ModelError, match="Failing failed on initialization_examples: OSError"):
        adapt(logits, transformations=Failing(), examples=as_table(LATER[["city"]]))


class Halve:
    """A transformer in nobody's library."""

    def transform(self, X):
        return np.asarray(X) / 2


def test_transformer_of_unknown_kind():
    inner = LogisticRegression().fit(FRAME[["hours", "gain"]].to_numpy() / 2, TWO)
    model = adapt(inner, transformations=Halve())
    assert "Halve does not say" in model.linear.reason
    X = FRAME[["hours", "gain"]]
    np.testing.assert_allclose(model.predict(as_table(X)), inner.predict_proba(X.to_numpy() / 2))


def test_polars_rows_reach_the_pipeline():
    native = make_pipeline(preparation(), LogisticRegression()).fit(FRAME, TWO)
    rows = as_table(pl.from_pandas(LATER))
    np.testing.assert_allclose(adapt(native).predict(rows), native.predict_proba(LATER))


def test_functions_of_numpy_are_traced():
    native = make_pipeline(FunctionTransformer(np.log1p), Ridge()).fit(FRAME[["gain"]], SCORE)
    assert callable(adapt(native).linear)


@pytest.mark.parametrize("final", [Ridge(), RandomForestRegressor(5, random_state=0), SVR()])
@pytest.mark.parametrize("kind", [np.array, pd.DataFrame])
def test_a_preparation_that_scales_in_place_changes_nothing(final, kind):
    rows = kind(FRAME[["hours", "gain"]].to_numpy())
    native = make_pipeline(StandardScaler(copy=False), final).fit(rows.copy(), SCORE)
    before = rows.copy()
    explanation = TabularExplainer(native, rows[:20]).explain_local(rows[20:30])
    np.testing.assert_array_equal(rows, before)
    assert explanation.stats.efficiency_gap < 1e-9
    expected = native.predict(before[20:30].copy())
    np.testing.assert_allclose(explanation.predictions[:, 0], expected)
