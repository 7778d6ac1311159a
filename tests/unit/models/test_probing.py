"""Probing: what a transformer that reports nothing takes for what, and when it is not believed."""

import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from pellucid import KernelExplainer, TabularExplainer, TreeExplainer
from pellucid._core.errors import ModelError
from pellucid.data.table import as_table
from pellucid.models.changes import differences
from pellucid.models.model import Unavailable
from pellucid.models.probing import NotProbedError, probe_columns
from pellucid.models.sklearn.columns import trace_columns

N = 80


def people(seed, n=N):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n).astype(float),
            "city": rng.choice(["Rome", "Oslo", "Lima"], n),
            "day": pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 99, n), unit="D"),
            "hours": rng.normal(40, 8, n),
            "flag": rng.random(n) < 0.5,
        }
    )
    frame.loc[::7, "age"] = np.nan
    frame.loc[3, "city"] = None
    return frame


FRAME = people(0)
ROWS = as_table(FRAME)


def separate(X):
    """Eight columns: of age, city, age, day, day, hours, flag, hours."""
    return np.column_stack(
        [
            X["age"].fillna(-1),
            X["city"] == "Lima",
            X["age"].isna(),
            X["day"].dt.month,
            X["day"].dt.day,
            X["hours"] > 50,
            ~X["flag"],
            X["hours"].clip(upper=60),
        ]
    ).astype(float)


SHAPES = {
    "dense": separate,
    "sparse": lambda X: sp.csr_matrix(separate(X)),
    "frame": lambda X: pd.DataFrame(separate(X)).assign(name=X["day"].dt.day_name().to_numpy()),
    "words": lambda X: pd.DataFrame(separate(X)).astype(str),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_columns_are_found(shape):
    found = probe_columns(SHAPES[shape], ROWS, "mine")
    assert found.is_partition
    expected = [0, 1, 0, 2, 2, 3, 4, 3]
    assert found.raw_of.tolist() == (expected if shape != "frame" else [*expected, 2])
    assert re.fullmatch(
        r"mine does not report .* in reference rows, \d+ times, showed it, and 300 mixtures of two "
        "rows confirmed it",
        found.assumption,
    )


def test_mixed_columns_are_found():
    found = probe_columns(lambda X: np.column_stack([X["hours"] * X["flag"], X["age"]]), ROWS, "it")
    assert found.mixing == "it mixes columns, as changing them one by one shows"
    assert found.matrix.toarray().T.tolist() == [[0, 0, 0, 0.5, 0.5], [1, 0, 0, 0, 0]]
    assert found.assumption is not None


class Counting:
    """Another answer at each call."""

    n_calls = 0

    def __call__(self, X):
        self.n_calls += 1
        return X[["age", "hours"]].fillna(0).to_numpy() + self.n_calls


def picky(X):
    if len(X) != N and (X["city"].isna() & X["flag"]).any():
        raise ValueError("never seen together")
    return X[["age", "hours"]]


UNRELIABLE = {
    "something else of the same rows each time": Counting(),
    "depends on the other rows": lambda X: X[["hours"]] - X["hours"].mean(),
    "it makes 79 rows of 80": lambda X: X[["hours"]][:-1],
    "it failed on changed rows: KeyError": lambda X: X[["gone"]],
    "failed on changed rows: ValueError: never seen together": picky,
}


@pytest.mark.parametrize("reason", UNRELIABLE)
def test_what_is_no_function_of_single_rows_is_not_believed(reason):
    with pytest.raises(NotProbedError, match=reason):
        probe_columns(UNRELIABLE[reason], ROWS, "mine")


def test_what_reference_rows_do_not_show_is_not_assumed():
    constant = as_table(FRAME.assign(flag=True))
    with pytest.raises(NotProbedError, match="hold the same in column 'flag'"):
        probe_columns(separate, constant, "mine")
    with pytest.raises(NotProbedError, match="its column 1 is the same in all reference rows"):
        probe_columns(lambda X: X[["age"]].assign(bern=X["city"] == "Bern"), ROWS, "mine")


def test_one_reference_row_is_enough_for_an_explanation_without_assumptions():
    forest = RandomForestRegressor(3, random_state=0)
    pipeline = make_pipeline(FunctionTransformer(separate), forest).fit(FRAME, FRAME["hours"])
    explanation = TabularExplainer(pipeline, FRAME[:1]).explain_local(FRAME[1:4])
    assert explanation.stats.method == "kernel"
    assert "hold the same" in explanation.stats.refused[0][1]
    assert explanation.stats.efficiency_gap < 1e-9


def test_too_many_columns_are_not_probed():
    with pytest.raises(NotProbedError, match="with 501 columns, probing them would take too long"):
        probe_columns(lambda X: X, as_table(np.zeros((3, 501))), "mine")


@pytest.mark.parametrize("where", ["reference", "explained"])
def test_rows_that_contradict_are_refused(where):
    """A column that needs two rare cells at once: probing may miss it, mixtures do not."""

    def hidden(X):
        cells = np.asarray(X, dtype=float)
        both = (cells[:, 0] > 2.5) & (cells[:, 1] > 2.5)
        return np.column_stack([np.where(both, 9.0, np.minimum(cells[:, 0], 1.0)), cells[:, 1]])

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 2)).clip(-2, 2)
    rare = np.array([[3.0, 0.0], [0.0, 3.0]])
    transformer = FunctionTransformer(hidden).fit(rows)
    forest = RandomForestRegressor(3, random_state=0).fit(hidden(rows), rows[:, 0] + rows[:, 1])
    pipeline = make_pipeline(transformer, forest)
    if where == "reference":
        rows[50:60], rows[70:80] = rare[0], rare[1]
        explainer = TabularExplainer(pipeline, rows)
        assert explainer.explainer.method == "kernel"
        assert "FunctionTransformer" in explainer.explainer.refused[0][1]
        return
    explainer = TabularExplainer(pipeline, rows)
    assert explainer.explainer.method == "tree, interventional"
    explained = explainer.explain_local(rng.normal(size=(5, 2)).clip(-2, 2))
    assert explained.stats.exact
    rows[:, 1] = np.where(rng.random(200) < 0.5, 3.0, rows[:, 1])
    explainer = TabularExplainer(pipeline, rows)
    assert explainer.explainer.method == "tree, interventional"
    with pytest.raises(ModelError, match=r"'0' that other columns change too.*KernelExplainer"):
        explainer.explain_local(np.tile(rare[:1], (20, 1)))
    exact = KernelExplainer(pipeline, rows).explain_local(rare[:1])
    assert exact.stats.efficiency_gap < 1e-9


def test_without_rows_nothing_is_probed():
    transformer = FunctionTransformer(separate).fit(FRAME)
    assert trace_columns(transformer, 5) == Unavailable("FunctionTransformer may mix columns")
    forest = RandomForestRegressor(3, random_state=0).fit(separate(FRAME), FRAME["hours"])
    found = trace_columns(transformer, 5, n_out=8, rows=FRAME)
    assert found.is_partition
    with pytest.raises(TypeError, match=r"\(FunctionTransformer\) may mix columns"):
        TreeExplainer(make_pipeline(transformer, forest))


def test_only_the_step_that_reports_nothing_is_probed():
    """Categories that no reference row has are still known to come from their column."""
    few = FRAME[FRAME["city"] != "Oslo"].head(10)
    prepare = make_column_transformer(
        (OneHotEncoder(), ["city"]),
        (make_pipeline(StandardScaler(), FunctionTransformer(np.round).fit([[0]])), ["hours"]),
        (FunctionTransformer(lambda X: X * 2), ["age", "flag"]),
    ).fit(FRAME)
    found = trace_columns(prepare, 5, rows=few)
    assert found.raw_of.tolist() == [1, 1, 1, 1, 3, 0, 4]
    assert found.assumption.startswith("step 'functiontransformer' (FunctionTransformer) does not")


def test_a_black_box_is_not_probed():
    calls = []

    def transform(X):
        calls.append(len(X))
        return np.asarray(X)[:, :2]

    pipeline = make_pipeline(FunctionTransformer(transform), SquareSum())
    rows = np.arange(30.0).reshape(10, 3)
    TabularExplainer(pipeline.fit(rows, rows[:, 0]), rows)
    assert 1 not in calls[1:]  # as it would be with rows transformed alone


class SquareSum:
    """A model in nobody's library."""

    def fit(self, X, y):
        return self

    def predict(self, X):
        return (X**2).sum(axis=1)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_differences_are_the_same_for_dense_and_sparse(data):
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    cells = st.sampled_from([0.0, 0.0, 1.0, -2.5, 1.0 + 1e-12, np.inf])
    one, other = (
        np.array([[data.draw(cells) for _ in range(shape[1])] for _ in range(shape[0])])
        for _ in range(2)
    )
    found = {tuple(pair) for pair in zip(*differences(as_table(one), as_table(other)), strict=True)}
    finite = np.isfinite(one) & np.isfinite(other)
    far = np.where(finite, ~np.isclose(one, other, rtol=1e-10, atol=0), one != other)
    assert found == {tuple(pair) for pair in np.argwhere(far)}
    if finite.all():
        sparse = (as_table(sp.csr_array(one)), as_table(sp.csr_array(other)))
        assert found == {tuple(pair) for pair in zip(*differences(*sparse), strict=True)}


def test_missing_cells_are_equal():
    one = as_table([[np.nan, 1.0], [np.nan, np.nan]])
    other = as_table([[np.nan, np.nan], [2.0, np.nan]])
    rows, columns = differences(one, other)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (1, 0)]
