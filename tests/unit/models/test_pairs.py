"""Lists of (columns, transformer) and DataFrameMappers: what each transformer is handed."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from oracles.dataframe_mapper import known_mappers
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelBinarizer,
    LabelEncoder,
    OneHotEncoder,
    StandardScaler,
)

from pellucid import KernelExplainer, TabularExplainer, TreeExplainer
from pellucid._core.errors import (
    FeatureMismatchError,
    InvalidInputError,
    ModelError,
    UnsupportedModelError,
)
from pellucid.data.table import as_table
from pellucid.models.adapt import adapt
from pellucid.models.sklearn.columns import trace_columns
from pellucid.models.sklearn.pairs import read_pairs

MAPPERS = known_mappers()
N = 120


def people(seed, n=N):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n).astype(float),
            "city": rng.choice(["Rome", "Oslo", "Lima"], n),
            "idle": rng.normal(size=n),
            "hours": rng.normal(40, 8, n).round(1),
            "note": rng.choice(["slow and exact", "fast", "fast and exact"], n),
            "flag": rng.choice(["yes", "no"], n),
        }
    )
    frame.loc[rng.random(n) < 0.2, "age"] = np.nan
    return frame


FRAME, LATER = people(0), people(1, 20)
SCORE = FRAME["age"].fillna(0) / 30 + (FRAME["city"] == "Oslo") + FRAME["hours"] / 40


def alone(column, transformer):
    """A transformer of one dimension, fitted."""
    return (column, transformer.fit(FRAME[column].to_numpy()))


def table(columns, transformer):
    """A transformer of two dimensions, fitted on a frame."""
    return (columns, transformer.fit(FRAME[columns]))


def filled_and_scaled(column):
    steps = [SimpleImputer(strategy="median"), StandardScaler()]
    steps[1].fit(steps[0].fit_transform(FRAME[[column]]))
    return ([column], steps)


# What each pair makes of rows, written out by hand.
PAIRS = {
    "bare name to words": (
        alone("note", TfidfVectorizer()),
        lambda t, X: t.transform(X["note"]).toarray(),
    ),
    "bare name to counts": (
        alone("note", CountVectorizer()),
        lambda t, X: t.transform(X["note"]).toarray(),
    ),
    "bare name to hashes": (
        ("note", HashingVectorizer(n_features=8)),
        lambda t, X: t.transform(X["note"]).toarray(),
    ),
    "bare name to labels of three": (
        alone("city", LabelBinarizer()),
        lambda t, X: t.transform(X["city"]),
    ),
    "bare name to labels of two": (
        alone("flag", LabelBinarizer()),
        lambda t, X: t.transform(X["flag"]),
    ),
    "bare name to codes": (
        alone("city", LabelEncoder()),
        lambda t, X: t.transform(X["city"])[:, None],
    ),
    "bare name to a scaler, which takes tables": (
        ("hours", StandardScaler().fit(FRAME[["hours"]].to_numpy())),
        lambda t, X: t.transform(X[["hours"]].to_numpy()),
    ),
    "list of one": (table(["hours"], StandardScaler()), lambda t, X: t.transform(X[["hours"]])),
    "list of many": (
        table(["flag", "city"], OneHotEncoder(drop="first")),
        lambda t, X: t.transform(X[["flag", "city"]]).toarray(),
    ),
    "list fitted on an array": (
        (["city"], OneHotEncoder(sparse_output=False).fit(FRAME[["city"]].to_numpy())),
        lambda t, X: t.transform(X[["city"]].to_numpy()),
    ),
    "passed through": ((["hours", "idle"], None), lambda t, X: X[["hours", "idle"]].to_numpy()),
    "one passed through": (("hours", None), lambda t, X: X[["hours"]].to_numpy()),
    "by position": (([3], None), lambda t, X: X[["hours"]].to_numpy()),
    "by position alone, from behind": ((-3, None), lambda t, X: X[["hours"]].to_numpy()),
    "steps in a list": (
        filled_and_scaled("age"),
        lambda t, X: t[1].transform(t[0].transform(X[["age"]])),
    ),
    "a pipeline": (
        table(["age"], make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())),
        lambda t, X: t.transform(X[["age"]]),
    ),
    "a frame, if asked for": (
        (["hours"], FunctionTransformer(lambda X: X[["hours"]].round()), {"input_df": True}),
        lambda t, X: X[["hours"]].round().to_numpy(),
    ),
    "a series, if asked for": (
        ("note", FunctionTransformer(lambda x: x.str.len().to_frame()), {"input_df": True}),
        lambda t, X: X["note"].str.len().to_numpy()[:, None],
    ),
    "an array, if not asked": (
        (["age", "hours"], FunctionTransformer(lambda X: X[:, :1] > 30)),
        lambda t, X: X[["age"]].to_numpy() > 30,
    ),
}


@pytest.mark.parametrize("kind", ["pandas", "polars"])
@pytest.mark.parametrize("name", PAIRS)
def test_each_transformer_is_handed_what_it_takes(name, kind):
    pair, by_hand = PAIRS[name]
    read = read_pairs([pair], names=FRAME.columns, what="transformations")
    made = read.transform(LATER if kind == "pandas" else pl.from_pandas(LATER))
    np.testing.assert_allclose(made.astype(float), by_hand(pair[1], LATER).astype(float))
    traced = trace_columns(read, FRAME.shape[1], rows=FRAME)
    assert traced.n_engineered == made.shape[1]


def test_pairs_stand_side_by_side_in_order():
    pairs = [PAIRS[name][0] for name in ("list of many", "passed through", "bare name to words")]
    read = read_pairs(pairs, names=FRAME.columns, what="transformations")
    traced = trace_columns(read, FRAME.shape[1])
    assert traced.raw_of.tolist() == [5, 1, 1, 3, 2, 4, 4, 4, 4]
    made = read.transform(LATER)
    assert isinstance(made, np.ndarray)
    assert made.shape == (len(LATER), 9)


def test_many_sparse_columns_stay_sparse():
    pairs = [("note", HashingVectorizer(n_features=10_000)), (["hours"], None)]
    read = read_pairs(pairs, names=FRAME.columns, what="transformations")
    assert sp.issparse(read.transform(LATER))
    assert trace_columns(read, FRAME.shape[1]).matrix.nnz == 10_001


# -- the old SDK's documented example --------------------------------------------------------------

NUMERIC, CATEGORICAL = ["age", "hours"], ["city", "flag"]


def old_example():
    """SimpleImputer and StandardScaler per number, OneHotEncoder per category, unfitted."""
    return [
        *(
            ([f], make_pipeline(SimpleImputer(strategy="median"), StandardScaler()))
            for f in NUMERIC
        ),
        *(([f], OneHotEncoder(handle_unknown="ignore", sparse_output=False)) for f in CATEGORICAL),
    ]


@pytest.mark.parametrize("mapper", MAPPERS)
@pytest.mark.parametrize("final", [RandomForestRegressor(5, random_state=0), Ridge()])
def test_mapper_its_list_and_its_pipeline_are_explained_alike(mapper, final):
    pairs = old_example()
    fitted = MAPPERS[mapper](pairs).fit(FRAME)
    final.fit(fitted.transform(FRAME), SCORE)
    pipeline = make_pipeline(fitted, final)
    expected = None
    for model, transformations in [(final, pairs), (final, fitted), (pipeline, None)]:
        explainer = TabularExplainer(model, FRAME[:30], transformations=transformations)
        found = explainer.explain_local(LATER)
        assert found.features == tuple(FRAME.columns)
        assert found.stats.method != "kernel"
        assert found.stats.efficiency_gap < 1e-6
        np.testing.assert_allclose(found.predictions[:, 0], pipeline.predict(LATER))
        if expected is not None:
            np.testing.assert_allclose(found.values, expected, rtol=0, atol=1e-9)
        expected = found.values
        assert (found.values[:, [2, 4]] == 0).all()


@pytest.mark.parametrize("mapper", MAPPERS)
@pytest.mark.parametrize(
    ("default", "options"),
    [(None, {}), (StandardScaler(), {}), (StandardScaler(), {"drop_cols": ["hours"]})],
)
def test_what_a_mapper_does_with_other_columns(mapper, default, options):
    frame = FRAME[["age", "idle", "hours", "city"]].fillna(0)
    pairs = [("city", LabelBinarizer()), (["age"], [StandardScaler(), FunctionTransformer(np.exp)])]
    fitted = MAPPERS[mapper](pairs, default=default, **options).fit(frame)
    model = Ridge().fit(fitted.transform(frame), SCORE)
    if default is None:
        options = {}
    adapted = adapt(model, transformations=fitted, examples=as_table(frame))
    later = LATER[frame.columns].fillna(0)
    expected = model.predict(fitted.transform(later))
    np.testing.assert_allclose(adapted.predict(as_table(later)).ravel(), expected)
    others = [1] if options else [1, 2]
    assert adapted.linear().players.raw_of.tolist() == [3, 3, 3, 0, *others]


def test_mapper_that_stays_sparse():
    fitted = MAPPERS["stand-in"]([("note", CountVectorizer())], sparse=True).fit(FRAME)
    model = Ridge().fit(fitted.transform(FRAME), SCORE)
    structure = adapt(model, transformations=fitted, examples=as_table(FRAME)).linear()
    assert sp.issparse(structure.encode(as_table(LATER)))


def test_mapper_without_rows_knows_its_own_columns():
    pairs = old_example()
    fitted = MAPPERS["stand-in"](pairs).fit(FRAME)
    forest = RandomForestRegressor(3, random_state=0).fit(fitted.transform(FRAME), SCORE)
    explanation = TreeExplainer(forest, transformations=fitted).explain_local(
        LATER[NUMERIC + CATEGORICAL]
    )
    assert explanation.features == tuple(NUMERIC + CATEGORICAL)
    explained = TreeExplainer(forest, transformations=fitted, features=list(FRAME.columns))
    np.testing.assert_allclose(
        explained.explain_local(LATER).values[:, [0, 3, 1, 5]], explanation.values
    )


# -- names and positions ---------------------------------------------------------------------------


def test_features_name_the_columns_of_arrays():
    rows = FRAME[["age", "hours"]].fillna(0).to_numpy()
    pairs = [(["hours"], StandardScaler().fit(rows[:, 1:])), ("age", None)]
    model = Ridge().fit(np.column_stack([pairs[0][1].transform(rows[:, 1:]), rows[:, 0]]), SCORE)
    named = TabularExplainer(model, rows, features=["age", "hours"], transformations=pairs)
    explanation = named.explain_local(rows[:3])
    assert explanation.features == ("age", "hours")
    assert explanation.stats.method == "linear, interventional"
    by_position = [([1], pairs[0][1]), (0, None)]
    plain = TabularExplainer(model, rows, transformations=by_position).explain_local(rows[:3])
    np.testing.assert_array_equal(plain.values, explanation.values)
    with pytest.raises(FeatureMismatchError, match="'hours', but the columns have no names"):
        TabularExplainer(model, rows, transformations=pairs)


def test_rows_in_another_order_are_put_in_order():
    pairs = [(["hours"], None), (["city"], OneHotEncoder().fit(FRAME[["city"]]))]
    model = Ridge().fit(np.zeros((2, 4)), [0.0, 1.0])
    model.coef_ = np.array([1.0, 2.0, 3.0, 4.0])
    explainer = TabularExplainer(model, FRAME[["city", "hours"]], transformations=pairs)
    expected = explainer.explain_local(LATER[["city", "hours"]])
    found = explainer.explain_local(LATER[["hours", "city"]])
    np.testing.assert_array_equal(found.values, expected.values)


def test_explainers_with_pairs_can_be_pickled():
    pairs = [(["hours"], None), (["city"], OneHotEncoder().fit(FRAME[["city"]]))]
    model = Ridge().fit(np.zeros((2, 4)), [0.0, 1.0])
    explainer = TabularExplainer(model, FRAME, transformations=pairs)
    again = pickle.loads(pickle.dumps(explainer))
    np.testing.assert_array_equal(
        again.explain_local(LATER).values, explainer.explain_local(LATER).values
    )


def test_the_pairs_of_a_black_box_are_explained_by_its_raw_columns():
    pairs = [(["hours"], None), (["city"], OneHotEncoder().fit(FRAME[["city"]]))]

    def interacting(rows):
        return rows[:, 0] * rows[:, 1]

    explainer = KernelExplainer(interacting, FRAME[:20], transformations=pairs)
    explanation = explainer.explain_local(LATER[:3])
    assert explanation.stats.exact
    assert (explanation.values[:, [0, 2, 4, 5]] == 0).all()


# -- what is refused -------------------------------------------------------------------------------

SCALER = StandardScaler().fit(FRAME[["hours"]])


@pytest.mark.parametrize(
    ("pairs", "error", "message"),
    [
        ([], InvalidInputError, "empty list"),
        (["hours"], InvalidInputError, r"holds 'hours'; pairs \(columns, fitted transformer\)"),
        ([(["hours"],)], InvalidInputError, "pairs"),
        ([([], None)], InvalidInputError, "a pair with None has no columns"),
        ([([1.5], SCALER)], InvalidInputError, "has 1.5 where a column's name or position"),
        ([(["hours"], "scale")], InvalidInputError, r"the pair of \['hours'\] has a str"),
        ([(["hours"], StandardScaler)], InvalidInputError, "is a class; pass a fitted"),
        ([(["hours"], [SCALER, "scale"])], InvalidInputError, "has a str in its list"),
        ([(["ours"], SCALER)], FeatureMismatchError, "has column 'ours', which is none"),
        ([(9, SCALER)], FeatureMismatchError, "has column 9, but there are 6 columns"),
        (
            [(["hours"], StandardScaler())],
            UnsupportedModelError,
            r"transformations: \(\['hours'\], StandardScaler\) is not fitted",
        ),
        (
            [(["hours"], [SCALER, StandardScaler()])],
            UnsupportedModelError,
            r"\(\['hours'\], StandardScaler\) is not fitted",
        ),
        (
            [(["hours", "age"], SCALER)],
            FeatureMismatchError,
            r"\(\['hours', 'age'\], StandardScaler\) was fitted with 1 column, and gets 2",
        ),
        (
            [("hours", FunctionTransformer(lambda X: X[:, 0]))],
            ModelError,
            r"\('hours', FunctionTransformer\) failed.*a column named alone has one dimension",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_pairs_that_cannot_be_used(pairs, error, message):
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(error, match=message) as refusal:
        KernelExplainer(model, FRAME, transformations=pairs)
    assert len(str(refusal.value).splitlines()) == 1


def test_mapper_that_is_not_fitted():
    with pytest.raises(UnsupportedModelError, match="DataFrameMapper is not fitted"):
        adapt(Ridge(), transformations=MAPPERS["stand-in"](old_example()))
