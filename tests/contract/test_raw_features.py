"""Explanations in raw columns, whatever a pipeline makes of them: exact, complete, of the right type."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from lightgbm import LGBMRegressor
from oracles.shapley import shapley_values
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.svm import SVR

from pellucid import KernelExplainer, LIMEExplainer, PFIExplainer, TabularExplainer

N_ROWS, N_REFERENCES, N_EXPLAINED = 300, 6, 2
NUMBERS, WORDS = ["age", "hours", "gain"], ["city", "job"]


def people(seed, n=N_ROWS):
    """Seven columns: numbers, one with gaps, categories, one of 40 levels, a flag, a note."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n).astype(float),
            "city": rng.choice([f"city {i}" for i in range(40)], n),
            "hours": np.round(rng.normal(40, 8, n), 1),
            "unused": rng.normal(size=n),
            "job": rng.choice(["nurse", "clerk", "smith", "judge"], n, p=[0.5, 0.4, 0.07, 0.03]),
            "gain": rng.exponential(size=n).round(2),
            "note": rng.choice(["slow and exact", "fast", "fast and exact"], n),
        }
    )
    frame.loc[rng.random(n) < 0.2, "age"] = np.nan
    return frame


TRAINING = people(0)
REFERENCES, EXPLAINED = people(1, N_REFERENCES), people(2, N_EXPLAINED)
TARGET = (
    (TRAINING["age"].fillna(30) / 20) * (TRAINING["job"] == "nurse")
    + TRAINING["city"].str[-1].astype(int)
    + TRAINING["age"].isna()
    + TRAINING["gain"] * TRAINING["hours"] / 40
    + TRAINING["note"].str.contains("fast")
)


class Rounded(StandardScaler):
    """A subclass that does something else than its parent, column by column."""

    def transform(self, X):
        return super().transform(X).round()


class Renamed(OneHotEncoder):
    """A subclass that changes nothing."""


class Handmade(TransformerMixin, BaseEstimator):
    """A transformer by hand, that learns nothing and names nothing."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        hours = np.asarray(X["hours"])
        return np.column_stack(
            [
                X["job"] == "nurse",
                X["age"].fillna(-1),
                X["age"].isna(),
                hours > 40,
                hours,
                X["gain"],
            ]
        )


class HandmadeSparse(Handmade):
    def transform(self, X):
        return sp.csr_matrix(super().transform(X))


class HandmadeFrame(Handmade):
    def transform(self, X):
        columns = ["nurse", "age", "no age", "long", "hours", "gain"]
        return pd.DataFrame(super().transform(X), columns=columns, index=X.index)


class HandmadeMixing(Handmade):
    def transform(self, X):
        return np.column_stack([super().transform(X), X["gain"] * X["hours"]])


def one_hot(**options):
    return OneHotEncoder(handle_unknown="ignore", **options)


def numbers(*steps):
    return make_pipeline(SimpleImputer(add_indicator=True), *steps)


PREPARATIONS = {
    "one-hot of 40 categories": (
        make_column_transformer((numbers(), NUMBERS), (one_hot(), WORDS)),
        "exact",
    ),
    "imputer with indicators, bins": (
        make_column_transformer(
            (SimpleImputer(add_indicator=True), ["age"]),
            (KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf"), ["hours", "gain"]),
            (one_hot(), ["job"]),
        ),
        "exact",
    ),
    "one-hot with dropped and rare levels": (
        make_column_transformer(
            (OneHotEncoder(drop="first", min_frequency=30, sparse_output=False), ["job", "note"]),
            (numbers(), NUMBERS),
        ),
        "exact",
    ),
    "subclasses": (
        make_column_transformer(
            (Rounded(), ["gain"]), (Renamed(), ["job"]), (numbers(Rounded()), ["hours"])
        ),
        "exact",
    ),
    "subclass of many columns": (
        make_column_transformer((Rounded(), ["hours", "gain"]), (one_hot(), ["job"])),
        "probed",
    ),
    "words": (
        make_column_transformer(
            (TfidfVectorizer(), "note"),
            (make_pipeline(HashingVectorizer(n_features=8), TruncatedSVD(2)), "job"),
            (numbers(), NUMBERS),
        ),
        "exact",
    ),
    "passed through and dropped": (
        ColumnTransformer(
            [("same", "passthrough", ["gain", "hours"]), ("gone", "drop", ["unused"])],
            remainder="drop",
        ),
        "exact",
    ),
    "by hand": (Handmade(), "probed"),
    "by hand, sparse": (HandmadeSparse(), "probed"),
    "by hand, a frame": (HandmadeFrame(), "probed"),
    "function": (
        make_column_transformer((FunctionTransformer(lambda X: X.round(1)), ["gain", "hours"])),
        "probed",
    ),
    "by hand, mixing": (HandmadeMixing(), "mixed"),
    "principal components": (
        make_pipeline(
            make_column_transformer((numbers(StandardScaler()), NUMBERS), (one_hot(), ["job"])),
            PCA(3),
        ),
        "mixed",
    ),
    "powers": (
        make_column_transformer(
            (make_pipeline(SimpleImputer(), StandardScaler(), PolynomialFeatures(2)), NUMBERS)
        ),
        "mixed",
    ),
    "neighbors": (make_column_transformer((KNNImputer(), NUMBERS)), "mixed"),
}
MODELS = {
    "forest": RandomForestRegressor(8, max_depth=5, random_state=0),
    "ridge": Ridge(),
    "LightGBM": LGBMRegressor(n_estimators=5, num_leaves=7, verbose=-1, n_jobs=1),
    "support vectors": SVR(),
}
# What a model without structure costs is the same for all preparations.
CASES = [
    (preparation, model)
    for preparation, (_, kind) in PREPARATIONS.items()
    for model in MODELS
    if not (model == "support vectors" and kind == "exact")
    and not (model == "LightGBM" and kind == "mixed")
]


@pytest.fixture(scope="module")
def fitted():
    known = {}

    def fit(preparation, model):
        if (preparation, model) not in known:
            pipeline = make_pipeline(PREPARATIONS[preparation][0], MODELS[model])
            known[preparation, model] = pipeline.fit(TRAINING, TARGET)
        return known[preparation, model]

    return fit


def brute_force(function, row):
    """Shapley values of raw columns by enumeration; all coalitions are predicted at once."""
    d = REFERENCES.shape[1]
    coalitions = [S for r in range(d + 1) for S in combinations(range(d), r)]
    mixed = [REFERENCES.assign(**{row.index[j]: row.iloc[j] for j in S}) for S in coalitions]
    frame = pd.concat(mixed, ignore_index=True).astype(REFERENCES.dtypes)
    outputs = function(frame).reshape(len(coalitions), N_REFERENCES, -1).mean(axis=1)
    known = dict(zip(coalitions, outputs, strict=True))
    return shapley_values(known.__getitem__, d), known[()]


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")  # LightGBM, in a Pipeline
@pytest.mark.parametrize(("preparation", "model"), CASES)
def test_raw_values_are_those_of_the_composed_function(fitted, preparation, model):
    pipeline, kind = fitted(preparation, model), PREPARATIONS[preparation][1]
    explanation = TabularExplainer(pipeline, REFERENCES).explain_local(EXPLAINED)
    stats = explanation.stats
    assert explanation.features == tuple(TRAINING.columns)
    has_structure = model != "support vectors"
    assert (stats.method == "kernel") == (kind == "mixed" or not has_structure)
    assert stats.exact
    assert stats.efficiency_gap < 1e-6
    assert any("changing one column" in note for note in stats.warnings) == (
        kind == "probed" and has_structure
    )
    for i in range(N_EXPLAINED):
        expected, base = brute_force(pipeline.predict, EXPLAINED.iloc[i])
        np.testing.assert_allclose(explanation.values[i], expected, rtol=0, atol=1e-8)
        np.testing.assert_allclose(explanation.base_values[i], base, rtol=1e-9)
    if kind != "mixed" or "by hand" not in preparation:
        assert (explanation.values[:, explanation.features.index("unused")] == 0).all()


def test_log_odds_of_a_linear_classifier_behind_40_categories():
    pipeline = make_pipeline(
        PREPARATIONS["one-hot of 40 categories"][0], LogisticRegression(max_iter=3000)
    )
    pipeline.fit(TRAINING, TARGET.median() < TARGET)
    explanation = TabularExplainer(pipeline, REFERENCES).explain_local(EXPLAINED)
    assert explanation.stats.method == "linear, interventional"
    for i in range(N_EXPLAINED):
        expected, _ = brute_force(pipeline.decision_function, EXPLAINED.iloc[i])
        np.testing.assert_allclose(explanation.values[i, :, [1]].T, expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("budget", [None, 400])
def test_dropped_columns_get_exactly_zero_where_values_are_estimated(budget):
    rng = np.random.default_rng(0)
    names = [f"x{j}" for j in range(14)]
    frame = pd.DataFrame(rng.normal(size=(80, 14)), columns=names)
    used = names[::2]
    pipeline = make_pipeline(
        make_column_transformer((make_pipeline(StandardScaler(), PCA(5)), used)),
        RandomForestRegressor(5, random_state=0),
    ).fit(frame, frame["x0"] * frame["x2"] + frame["x4"])
    explainer = KernelExplainer(pipeline, frame[:60], budget=budget)
    explanation = explainer.explain_local(frame[60:64])
    assert not explanation.stats.exact or budget is None
    assert (explanation.values[:, 1::2] == 0).all()
    assert (explanation.values[:, ::2] != 0).any()
    if explanation.std_error is not None:
        assert (explanation.std_error[:, 1::2] == 0).all()


# -- types of columns ------------------------------------------------------------------------------


def typed(seed, n=60):
    rng = np.random.default_rng(seed)
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D")
    kids = pd.array(rng.integers(0, 4, n), dtype="Int64")
    kids[::9] = pd.NA
    return pd.DataFrame(
        {
            "word": rng.choice(["red", "blue"], n),
            "day": days,
            "zoned": days.tz_localize("UTC"),
            "plan": pd.Categorical(rng.choice(["a", "b"], n), categories=["b", "a", "c"]),
            "flag": rng.random(n) < 0.5,
            "kids": kids,
            "count": rng.integers(0, 9, n),
            "single": rng.random(n).astype(np.float32),
        }
    )


TYPED = typed(0)


class Typed(TransformerMixin, BaseEstimator):
    """Refuses rows whose columns have not the types that they were fitted with."""

    def fit(self, X, y=None):
        self.dtypes_ = X.dtypes
        return self

    def transform(self, X):
        assert isinstance(X, pd.DataFrame)
        found = X.dtypes.to_dict()
        assert found == self.dtypes_.to_dict(), found
        return np.column_stack(
            [
                X["word"] == "red",
                X["day"].dt.month,
                X["zoned"].dt.day_of_week,
                X["plan"].cat.codes,
                ~X["flag"],
                X["kids"].fillna(-1).astype(float),
                X["count"] % 2,
                X["single"],
            ]
        ).astype(float)


TYPED_TARGET = TYPED["count"] + TYPED["day"].dt.month * TYPED["flag"] + (TYPED["word"] == "red")
EXPLAINERS = {
    "automatic, trees": (TabularExplainer, RandomForestRegressor(4, random_state=0), {}),
    "automatic, linear": (TabularExplainer, Ridge(), {}),
    "kernel": (KernelExplainer, RandomForestRegressor(4, random_state=0), {}),
    "LIME": (LIMEExplainer, Ridge(), {"budget": 100}),
}


@pytest.mark.parametrize("name", EXPLAINERS)
def test_column_types_survive_up_to_the_transformer(name):
    make, final, options = EXPLAINERS[name]
    pipeline = make_pipeline(Typed(), final).fit(TYPED, TYPED_TARGET)
    explanation = make(pipeline, TYPED[:30], **options).explain_local(TYPED[30:34])
    assert explanation.features == tuple(TYPED.columns)
    np.testing.assert_allclose(explanation.predictions[:, 0], pipeline.predict(TYPED[30:34]))


def test_column_types_survive_permutations():
    pipeline = make_pipeline(Typed(), Ridge()).fit(TYPED, TYPED_TARGET)
    importance = PFIExplainer(pipeline, metric="r2").explain_global(TYPED, true_labels=TYPED_TARGET)
    assert importance.features == tuple(TYPED.columns)


def test_one_row_of_lost_types_finds_them_again():
    pipeline = make_pipeline(Typed(), Ridge()).fit(TYPED, TYPED_TARGET)
    explainer = TabularExplainer(pipeline, TYPED[:30])
    alone = explainer.explain_local(TYPED.iloc[31])
    np.testing.assert_array_equal(alone.values, explainer.explain_local(TYPED[31:32]).values)
