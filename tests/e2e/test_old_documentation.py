"""The old SDK's documented example on Adult census data: raw columns through transformations."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from oracles.dataframe_mapper import known_mappers
from oracles.shapley import shapley_values
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid import TabularExplainer

ADULT = Path(__file__).parents[3] / "shared" / "data" / "adult-train.csv"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not ADULT.exists(), reason=f"needs the Adult census data at {ADULT}"),
]
TARGET = "income"


@pytest.fixture(scope="module")
def data():
    frame = pd.read_csv(ADULT).sample(2000, random_state=0, ignore_index=True)
    return frame.drop(columns=TARGET), frame[TARGET]


def scaled():
    return Pipeline([("imputer", SimpleImputer(strategy="median")), ("scaler", StandardScaler())])


def one_hot():
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False)


@pytest.fixture(scope="module", params=known_mappers())
def explained(request, data):
    """The same model, explained through a list, a mapper, a ColumnTransformer and a Pipeline."""
    raw, income = data
    numerical = raw.select_dtypes("number").columns.tolist()
    categorical = [name for name in raw.columns if name not in numerical]
    numeric_transformations = [([f], scaled()) for f in numerical]
    categorical_transformations = [([f], one_hot()) for f in categorical]
    transformations = numeric_transformations + categorical_transformations
    mapper = known_mappers()[request.param](transformations)
    clf = Pipeline(
        [("preprocessor", mapper), ("classifier", LogisticRegression(max_iter=1000))]
    ).fit(raw, income)
    columns = ColumnTransformer(
        [
            *((f"number {f}", scaled(), [f]) for f in numerical),
            *((f"category {f}", one_hot(), [f]) for f in categorical),
        ]
    ).fit(raw)
    model = clf.steps[-1][1]
    given = {"list": transformations, "mapper": mapper, "columns": columns}
    found = {
        name: TabularExplainer(
            model,
            initialization_examples=raw[:200],
            features=list(raw.columns),
            transformations=transformer,
        ).explain_local(raw[200:260])
        for name, transformer in given.items()
    }
    found["pipeline"] = TabularExplainer(clf, raw[:200]).explain_local(raw[200:260])
    return clf, raw, found


@pytest.mark.parametrize("way", ["list", "mapper", "columns"])
def test_every_way_to_hand_over_transformations_gives_the_same_values(explained, way):
    clf, raw, found = explained
    one, other = found[way], found["pipeline"]
    assert one.features == tuple(raw.columns)
    assert one.stats.method == "linear, interventional"
    assert one.stats.exact
    assert one.stats.efficiency_gap < 1e-6
    np.testing.assert_allclose(one.values, other.values, rtol=0, atol=1e-9)
    np.testing.assert_allclose(one.base_values, other.base_values, rtol=0, atol=1e-9)
    np.testing.assert_allclose(one.predictions[:, 1], clf.decision_function(raw[200:260]))


def test_they_are_the_shapley_values_of_the_whole(explained):
    """By brute force over five of the columns; the others, additive here, stay the row's own."""
    clf, raw, found = explained
    names = ["age", "occupation", "sex", "capital-gain", "native-country"]
    row, references = raw.iloc[[200]], raw[:200]

    def v(S):
        mixed = pd.concat([row] * len(references), ignore_index=True)
        for j, name in enumerate(names):
            if j not in S:
                mixed[name] = references[name].to_numpy()
        return [clf.decision_function(mixed).mean()]

    expected = shapley_values(v, len(names))
    places = [raw.columns.get_loc(name) for name in names]
    np.testing.assert_allclose(
        found["list"].values[0, places, 1], expected[:, 0], rtol=0, atol=1e-8
    )
