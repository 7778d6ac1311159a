"""Feature maps, checked by probing: change one raw column, and see which engineered ones follow."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.cluster import FeatureAgglomeration
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import NMF, PCA, FactorAnalysis, FastICA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomTreesEmbedding
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.feature_selection import (
    RFE,
    SelectFromModel,
    SelectKBest,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import Lasso, Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.random_projection import GaussianRandomProjection

from pellucid.data.feature_map import FeatureMap
from pellucid.models.model import Unavailable
from pellucid.models.sklearn.columns import trace_columns

N_ROWS = 120


def numbers(generator):
    return pd.DataFrame(generator.normal(size=(N_ROWS, 4)), columns=["a", "b", "c", "d"])


def shares(generator):
    return numbers(generator).abs()


def gaps(generator):
    """Numbers with missing ones: none in b, and nothing else in c."""
    frame = numbers(generator)
    for name in "ad":
        frame.loc[generator.random(N_ROWS) < 0.3, name] = np.nan
    return frame.assign(c=np.nan)


def categories(generator):
    """Strings: many of them rare, some missing."""
    frame = pd.DataFrame(
        {
            "color": generator.choice(
                ["red", "blue", "pink", "grey"], N_ROWS, p=[0.5, 0.4, 0.05, 0.05]
            ),
            "size": generator.choice(["S", "M", "L"], N_ROWS),
            "flag": generator.choice(["yes", "no"], N_ROWS),
        },
        dtype=object,
    )
    frame.loc[generator.random(N_ROWS) < 0.1, "size"] = None
    return frame


def mixed(generator):
    frame = pd.concat([numbers(generator), categories(generator)], axis=1)
    frame.loc[generator.random(N_ROWS) < 0.2, "b"] = np.nan
    return frame[["a", "color", "b", "size", "c", "flag", "d"]]


def text(generator):
    words = np.array(["exact", "honest", "slow", "fast"])
    return pd.DataFrame(
        {
            "a": generator.normal(size=N_ROWS),
            "note": [" ".join(generator.choice(words, 3)) for _ in range(N_ROWS)],
        }
    )


BINS = {"quantile_method": "averaged_inverted_cdf"}


def one_hot(**options):
    return OneHotEncoder(handle_unknown="infrequent_if_exist", **options)


CASES = {
    "standard scaler": (numbers, StandardScaler()),
    "min-max scaler": (numbers, MinMaxScaler(clip=True)),
    "max-abs scaler": (numbers, MaxAbsScaler()),
    "robust scaler": (numbers, RobustScaler()),
    "power": (numbers, PowerTransformer()),
    "quantiles": (numbers, QuantileTransformer(n_quantiles=20)),
    "binarizer": (numbers, Binarizer()),
    "identity": (numbers, FunctionTransformer()),
    "NumPy's function of single numbers": (numbers, FunctionTransformer(np.arctan)),
    "bins": (numbers, KBinsDiscretizer(4, encode="onehot", **BINS)),
    "bins, dense, unequal": (
        numbers,
        KBinsDiscretizer([2, 3, 5, 4], encode="onehot-dense", **BINS),
    ),
    "bins, ordinal": (numbers, KBinsDiscretizer(3, encode="ordinal", **BINS)),
    "splines": (numbers, SplineTransformer(n_knots=4)),
    "splines, sparse, no bias": (
        numbers,
        SplineTransformer(degree=2, include_bias=False, sparse_output=True),
    ),
    "imputer": (numbers, SimpleImputer()),
    "imputer that drops an empty column": (gaps, SimpleImputer()),
    "imputer that keeps an empty column": (gaps, SimpleImputer(keep_empty_features=True)),
    "imputer with indicators": (gaps, SimpleImputer(strategy="median", add_indicator=True)),
    "imputer with a constant": (
        gaps,
        SimpleImputer(strategy="constant", fill_value=0.0, add_indicator=True),
    ),
    "imputer of strings": (
        categories,
        SimpleImputer(strategy="most_frequent", missing_values=None),
    ),
    "indicator": (gaps, MissingIndicator()),
    "indicator of all": (gaps, MissingIndicator(features="all")),
    "one-hot": (categories, one_hot()),
    "one-hot, dense": (categories, one_hot(sparse_output=False)),
    "one-hot, first dropped": (categories, one_hot(drop="first")),
    "one-hot, dropped if binary": (categories, OneHotEncoder(drop="if_binary")),
    "one-hot, one dropped": (categories, OneHotEncoder(drop=["red", "M", "no"])),
    "one-hot, rare pooled": (categories, one_hot(min_frequency=15)),
    "one-hot, few kept, first dropped": (categories, one_hot(max_categories=3, drop="first")),
    "ordinal": (
        categories,
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, min_frequency=15),
    ),
    "target means": (categories, TargetEncoder(target_type="binary")),
    "target means of 3 classes": (categories, TargetEncoder(target_type="multiclass")),
    "variance threshold": (numbers, VarianceThreshold(0.9)),
    "best columns": (numbers, SelectKBest(k=2)),
    "columns of a model": (numbers, SelectFromModel(Lasso(0.05))),
    "recursive elimination": (numbers, RFE(Ridge(), n_features_to_select=3)),
    "forward selection": (
        numbers,
        SequentialFeatureSelector(Ridge(), n_features_to_select=2, cv=2),
    ),
    "pipeline": (
        gaps,
        make_pipeline(SimpleImputer(add_indicator=True), StandardScaler(), VarianceThreshold(0.5)),
    ),
    "pipeline with empty steps": (
        numbers,
        Pipeline([("a", "passthrough"), ("b", StandardScaler()), ("c", None)]),
    ),
    "union": (
        numbers,
        FeatureUnion(
            [
                ("scaled", StandardScaler()),
                ("nothing", "drop"),
                ("same", "passthrough"),
                ("bins", KBinsDiscretizer(3, encode="onehot-dense", **BINS)),
            ],
            transformer_weights={"scaled": 2.0},
        ),
    ),
    "columns by name": (
        mixed,
        ColumnTransformer(
            [
                (
                    "numbers",
                    make_pipeline(SimpleImputer(add_indicator=True), RobustScaler()),
                    ["d", "b"],
                ),
                ("gone", "drop", ["c"]),
                ("color", one_hot(min_frequency=15), ["color", "flag"]),
                ("same", "passthrough", ["a"]),
            ]
        ),
    ),
    "columns by number, with a remainder": (
        mixed,
        ColumnTransformer(
            [("strings", one_hot(sparse_output=False), [-2, 1, 3])], remainder="passthrough"
        ),
    ),
    "columns by slice, mask and callable": (
        mixed,
        ColumnTransformer(
            [
                ("slice", StandardScaler(), slice(4, 5)),
                ("labels", one_hot(), slice("size", "size")),
                ("mask", "passthrough", [True, False, False, False, False, False, True]),
                ("callable", OrdinalEncoder(), make_column_selector("color|flag")),
                ("nobody", StandardScaler(), make_column_selector("no such column")),
            ]
        ),
    ),
    "columns twice": (
        numbers,
        make_column_transformer((StandardScaler(), ["b", "a"]), (Binarizer(), ["a", "d"])),
    ),
    "remainder with a transformer": (
        numbers,
        ColumnTransformer([("a", "passthrough", ["c"])], remainder=StandardScaler()),
    ),
    "sparse columns": (
        mixed,
        ColumnTransformer([("strings", one_hot(), ["color", "flag"])], sparse_threshold=1.0),
    ),
    "nested": (
        mixed,
        make_pipeline(
            ColumnTransformer(
                [
                    ("numbers", make_union(SimpleImputer(), MissingIndicator()), ["b", "a"]),
                    ("strings", one_hot(sparse_output=False), ["flag", "color"]),
                ]
            ),
            ColumnTransformer([("some", StandardScaler(), [5, 0, 3, 2])]),
        ),
    ),
    "text": (
        text,
        ColumnTransformer([("words", TfidfVectorizer(), "note")], remainder="passthrough"),
    ),
    "text, weighted and in words and letters": (
        text,
        ColumnTransformer(
            [
                (
                    "words",
                    make_union(
                        make_pipeline(CountVectorizer(), TfidfTransformer()),
                        TfidfVectorizer(analyzer="char"),
                    ),
                    "note",
                )
            ],
            remainder="passthrough",
        ),
    ),
    "text, hashed": (
        text,
        ColumnTransformer([("words", HashingVectorizer(n_features=4), "note")]),
    ),
    "text, in topics": (
        text,
        ColumnTransformer(
            [("words", make_pipeline(CountVectorizer(), TruncatedSVD(2)), "note")],
            remainder="passthrough",
        ),
    ),
    "polynomials of one column": (
        numbers,
        ColumnTransformer([("powers", PolynomialFeatures(3), ["c"])], remainder="passthrough"),
    ),
    "any function of one column": (
        numbers,
        ColumnTransformer([("function", FunctionTransformer(abs), ["c"])]),
    ),
}


def fit(transformer, frame):
    target = np.digitize(np.arange(N_ROWS) % 7, [2, 5])
    if isinstance(transformer, TargetEncoder) and transformer.target_type == "binary":
        target = target > 0
    return transformer.fit(frame, target)


def dense(found):
    return found.toarray() if sp.issparse(found) else np.asarray(found)


def differ(one, other):
    both_missing = pd.isna(one) & pd.isna(other)
    return ((one != other) & ~both_missing).any(axis=0)


def probe(transformer, make):
    """Which engineered columns (e) can follow which raw ones (d), over several changes."""
    frame = make(np.random.default_rng(0))
    base = dense(transformer.transform(frame))
    follows = np.zeros((frame.shape[1], base.shape[1]), dtype=bool)
    for seed in range(1, 4):
        other = make(np.random.default_rng(seed))
        for j, name in enumerate(frame.columns):
            changed = frame.assign(**{name: other[name]})
            follows[j] |= differ(dense(transformer.transform(changed)), base)
    return follows


@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize("name", CASES)
def test_engineered_columns_follow_the_raw_column_that_they_are_traced_to(name):
    make, transformer = CASES[name]
    frame = make(np.random.default_rng(0))
    fit(transformer, frame)
    n_out = transformer.transform(frame).shape[1]
    follows = probe(transformer, make)
    traced = trace_columns(transformer, frame.shape[1], n_out=n_out)
    assert isinstance(traced, FeatureMap)
    assert traced.n_raw == frame.shape[1]
    assert traced.n_engineered == n_out
    expected = np.zeros_like(follows)
    expected[traced.raw_of, np.arange(n_out)] = True
    assert not (follows & ~expected).any()
    # And nearly all are seen to follow: constants, such as a bias or an empty column, cannot.
    constant = ~follows.any(axis=0)
    assert constant.mean() <= 0.5
    assert (follows | constant)[traced.raw_of, np.arange(n_out)].all()


class Rounding(StandardScaler):
    def transform(self, X):
        return super().transform(X).round() + X.sum(axis=1, keepdims=True)


class Silent(StandardScaler):
    """A subclass that changes nothing."""


MIXING = {
    "FunctionTransformer may mix columns": FunctionTransformer(np.cumsum, kw_args={"axis": 1}),
    "Rounding has a transform of its own": Rounding(),
    "step 'rounding' (Rounding) has a transform of its own": make_union(Rounding()),
}


@pytest.mark.parametrize("reason", MIXING)
def test_transformers_of_which_nothing_is_known_are_not_traced(reason):
    X = numbers(np.random.default_rng(0)).to_numpy()
    traced = trace_columns(MIXING[reason].fit(X), 4)
    assert isinstance(traced, Unavailable)
    assert traced.reason.startswith(reason)


MIXED = {
    "principal components": (numbers, PCA(2), "PCA may mix columns"),
    "factors": (numbers, FactorAnalysis(2), "FactorAnalysis may mix columns"),
    "singular vectors": (numbers, TruncatedSVD(3), "TruncatedSVD may mix columns"),
    "parts": (shares, NMF(2, max_iter=1000), "NMF may mix columns"),
    "independent components": (numbers, FastICA(2), "FastICA may mix columns"),
    "projection": (numbers, GaussianRandomProjection(3), "GaussianRandomProjection may mix"),
    "clusters": (numbers, FeatureAgglomeration(2), "FeatureAgglomeration may mix columns"),
    "powers": (numbers, PolynomialFeatures(3), "PolynomialFeatures may mix columns"),
    "interactions": (
        numbers,
        PolynomialFeatures(interaction_only=True, include_bias=False),
        "PolynomialFeatures may mix columns",
    ),
    "rows of equal length": (numbers, Normalizer(), "Normalizer may mix columns"),
    "neighbors": (gaps, KNNImputer(add_indicator=True), "KNNImputer may mix columns"),
    "neighbors, empty columns kept": (
        gaps,
        KNNImputer(keep_empty_features=True),
        "KNNImputer may mix columns",
    ),
    "regressions": (gaps, IterativeImputer(max_iter=3, tol=1), "IterativeImputer may mix columns"),
    "discriminants": (numbers, LinearDiscriminantAnalysis(), "LinearDiscriminantAnalysis may mix"),
    "partial least squares": (numbers, PLSRegression(2), "PLSRegression may mix columns"),
    "leaves": (numbers, RandomTreesEmbedding(3, max_depth=2), "RandomTreesEmbedding may mix"),
    "kernel": (numbers, Nystroem(n_components=4), "Nystroem may mix columns"),
    "step": (numbers, make_pipeline(StandardScaler(), PCA(2)), "step 'pca' (PCA) may mix columns"),
    "part": (
        numbers,
        ColumnTransformer(
            [("outer", Pipeline([("inner", PCA(1))]), ["a", "b"])], remainder="passthrough"
        ),
        "step 'inner' (PCA) may mix columns",
    ),
}


@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
@pytest.mark.parametrize("name", MIXED)
def test_mixed_columns_are_credited_to_those_that_they_follow(name):
    make, transformer, reason = MIXED[name]
    frame = make(np.random.default_rng(0))
    fit(transformer, frame)
    made = transformer.transform(frame)
    traced = trace_columns(transformer, frame.shape[1], n_out=made.shape[1])
    assert traced.mixing.startswith(reason)
    assert not traced.is_partition
    credit = traced.matrix.toarray() > 0
    follows = probe(transformer, make)
    if "Imputer" in reason or "Normalizer" in reason:  # credited to their own columns alone
        assert (follows.sum(axis=0) > 1).any()
        follows &= credit
    if "NMF" in reason:  # a part follows a column without its loading, through another part
        follows &= credit
    if "RandomTrees" in reason:  # each leaf to all columns
        follows |= credit
    empty = ~follows.any(axis=0)
    np.testing.assert_array_equal(follows[:, ~empty], credit[:, ~empty])


def test_credit_of_powers_and_loadings():
    X = numbers(np.random.default_rng(0)).to_numpy()[:, :2]
    powers = trace_columns(PolynomialFeatures(3).fit(X), 2).matrix.toarray()
    assert powers[0].tolist() == [0, 1, 0, 1, 1 / 2, 0, 1, 2 / 3, 1 / 3, 0]
    assert (powers.sum(axis=0) == [0, *[1] * 9]).all()
    pca = PCA(2).fit(X)
    loadings = np.abs(pca.components_.T)
    found = trace_columns(pca, 2).matrix.toarray()
    np.testing.assert_allclose(found, loadings / loadings.sum(axis=0))


def test_hashes_come_from_the_columns_that_they_hash():
    rows = pd.DataFrame({"n": [1.0, 2.0], "note": ["fast and exact", "slow"]})
    hashing = make_column_transformer((HashingVectorizer(n_features=10_000), "note"))
    traced = trace_columns(hashing.fit(rows), 2)
    assert (traced.raw_of == 1).all()
    assert traced.matrix.nnz == 10_000
    assert not traced.used[0]
    hashed = FeatureHasher(16, input_type="string")
    assert trace_columns(hashed, 1).raw_of.tolist() == [0] * 16
    assert trace_columns(hashed, 2).mixing == "FeatureHasher may mix columns"


def test_method_put_on_an_object_is_not_trusted():
    scaler = StandardScaler().fit(numbers(np.random.default_rng(0)))
    scaler.transform = np.cumsum
    assert "transform of its own" in trace_columns(scaler, 4).reason


def test_subclass_that_changes_nothing_is_traced():
    X = numbers(np.random.default_rng(0))
    assert trace_columns(Silent().fit(X), 4).raw_of.tolist() == [0, 1, 2, 3]


def test_number_that_does_not_fit_is_not_explained_away():
    X = numbers(np.random.default_rng(0))
    traced = trace_columns(StandardScaler().fit(X), 4, n_out=5)
    assert traced.reason == "StandardScaler returns 5 columns, not the 4 traced"


def test_single_column_of_unknown_width():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X = numbers(np.random.default_rng(0))[["a"]]
        assert trace_columns(PolynomialFeatures(4).fit(X), 1).n_engineered == 5
        unknown = FunctionTransformer(np.sort).fit(X)
        assert trace_columns(unknown, 1).reason == "FunctionTransformer may mix columns"
        assert trace_columns(unknown, 1, n_out=1).raw_of.tolist() == [0]
