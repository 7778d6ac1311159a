"""What is learnt of functions of rows, and the containers they are given."""

import pickle
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

from pellucid import KernelExplainer, SamplingPolicy
from pellucid._core.errors import InvalidInputError, ModelError
from pellucid.data.table import as_table
from pellucid.models.function import adapt_function, adapt_predictor, rows_like
from pellucid.models.model import Unavailable

rng = np.random.default_rng(2)
X = rng.normal(size=(30, 3))
TABLE = as_table(X)
NAMES = ["age", "hours", "gain"]


def logistic(rows):
    return 1 / (1 + np.exp(-np.asarray(rows)[:, 0]))


def two_columns(rows):
    return np.column_stack([1 - logistic(rows), logistic(rows)])


def add(rows):
    return np.asarray(rows).sum(axis=1)


def softmax(rows):
    powers = np.exp(np.asarray(rows))
    return powers / powers.sum(axis=1, keepdims=True)


def half_softmax(rows):
    return softmax(rows).astype(np.float32)


def adapted(function, task=None, examples=TABLE):
    return adapt_function(function, examples=examples, task=task)


@pytest.mark.parametrize("function", [two_columns, softmax, half_softmax])
def test_rows_that_sum_to_one_are_probabilities(function):
    model = adapted(function)
    assert (model.task, model.default_space) == ("classification", "probability")
    assert model.classes == tuple(str(k) for k in range(function(X).shape[1]))
    np.testing.assert_array_equal(model.predict(TABLE), function(X))
    assert model.name == f"function {function.__name__}"
    assert isinstance(model.trees, Unavailable)
    assert isinstance(model.linear, Unavailable)


@pytest.mark.parametrize(
    "function",
    [
        add,
        logistic,
        lambda rows: add(rows).reshape(-1, 1),
        lambda rows: softmax(rows) + 1e-5,
        lambda rows: np.column_stack([add(rows), 1 - add(rows)]),
        lambda rows: add(rows).tolist(),
        lambda rows: pd.Series(add(rows)),
    ],
)
def test_anything_else_is_a_regression(function):
    model = adapted(function)
    assert (model.task, model.default_space, model.classes) == ("regression", "value", None)
    expected = np.asarray(function(X)).reshape(len(X), -1)
    np.testing.assert_array_equal(model.predict(TABLE), expected)


def test_task_makes_one_column_two_probabilities():
    model = adapted(logistic, "classification")
    assert model.classes == ("0", "1")
    assert model.default_space == "probability"
    np.testing.assert_array_equal(model.predict(TABLE), two_columns(X))


def test_task_makes_margins_raw():
    model = adapted(lambda rows: 3 * np.asarray(rows), "classification")
    assert (model.default_space, len(model.classes)) == ("raw", 3)


@pytest.mark.parametrize("task", ["regression", "outlier detection"])
def test_task_makes_probabilities_values(task):
    model = adapted(softmax, task)
    assert (model.task, model.default_space, model.classes) == (task, "value", None)


def test_one_column_that_is_no_probability():
    with pytest.raises(InvalidInputError, match=r"function add returned -?\d"):
        adapted(add, "classification")


def test_examples_are_needed():
    with pytest.raises(InvalidInputError, match="pass initialization_examples"):
        adapted(add, examples=None)


def test_it_is_called_once_on_ten_rows():
    sizes = []

    def count(rows):
        sizes.append(rows.shape)
        return add(rows)

    adapted(count)
    assert sizes == [(10, 3)]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda rows: np.zeros(len(rows) - 1), "shape"),
        (lambda rows: np.full(len(rows), np.nan), "finite"),
        (lambda rows: ["yes"] * len(rows), "numbers are needed"),
        (lambda rows: np.zeros((len(rows), 2, 2)), "shape"),
        (lambda rows: rows["age"], "IndexError"),
    ],
)
def test_functions_that_return_no_predictions(function, message):
    with pytest.raises(ModelError, match=message):
        adapted(function)


def remember(seen):
    def function(rows):
        seen.append(rows)
        return np.zeros(rows.shape[0])

    return function


FRAME = pd.DataFrame(X, columns=NAMES)
CONTAINERS = {
    "pandas": FRAME,
    "polars": pl.from_pandas(FRAME),
    "pyarrow": pa.Table.from_pandas(FRAME),
    "numpy": X,
    "float32": X.astype(np.float32),
    "sparse": sp.csr_array(X),
    "list": X.tolist(),
}


@pytest.mark.parametrize("given", CONTAINERS)
@pytest.mark.parametrize("examples", CONTAINERS)
def test_rows_come_in_the_container_of_the_examples(examples, given):
    seen = []
    model = adapted(remember(seen), examples=as_table(CONTAINERS[examples]))
    model.predict(as_table(CONTAINERS[given], features=NAMES))
    assert type(seen[0]) is type(seen[1])
    table = as_table(seen[1])
    np.testing.assert_allclose(table.to_matrix(), X, rtol=1e-6)
    if table.has_names:
        assert list(table.features) == NAMES


def test_mixed_rows_become_a_frame_whose_numbers_are_numbers():
    frame = pd.DataFrame({"age": [30.0, 40.0], "city": ["Rome", "Oslo"]})
    rows = as_table(np.array([[50.0, "Oslo"]], dtype=object), features=["age", "city"])
    found = rows_like(as_table(frame), rows)
    assert found["age"].tolist() == [50.0]
    assert found["age"].dtype == np.float64
    assert found["city"].tolist() == ["Oslo"]
    array = rows_like(as_table(frame.to_numpy()), as_table(frame))
    assert array.tolist() == [[30.0, "Rome"], [40.0, "Oslo"]]


class Predictor:
    """A model in nobody's library."""

    classes_ = ("no", "yes")

    def predict(self, rows):
        return logistic(rows)

    def predict_proba(self, rows):
        return two_columns(rows)


def test_predict_proba_is_preferred():
    model = adapt_predictor(Predictor(), examples=TABLE, task=None)
    assert model.name == "Predictor"
    assert model.classes == ("no", "yes")
    np.testing.assert_array_equal(model.predict(TABLE), two_columns(X))
    value = adapt_predictor(Predictor(), examples=TABLE, task="regression")
    np.testing.assert_array_equal(value.predict(TABLE).ravel(), logistic(X))


def test_a_model_of_a_module_level_function_can_be_pickled():
    for model in (adapted(logistic, "classification"), adapted(add)):
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict(TABLE), model.predict(TABLE))


def add_in_place(rows):
    rows *= 2
    return np.asarray(rows)[:, 0]


@pytest.mark.parametrize("container", [np.array, partial(pd.DataFrame, columns=["a", "b"])])
def test_a_function_that_writes_to_its_rows_changes_nothing(container):
    rows = container([[1.0, 2.0], [3.0, 4.0]])
    model = adapt_function(add_in_place, examples=as_table(rows), task=None)
    for _ in range(2):
        np.testing.assert_array_equal(model.predict(as_table(rows)).ravel(), [2.0, 6.0])
    np.testing.assert_array_equal(rows, [[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (lambda rows: rows[:, 0] + 1j, "returned complex numbers"),
        (lambda rows: np.where(rows[:, 0] > 0, "high", "low"), "returned '(high|low)' where"),
        (lambda rows: np.where(rows[:, 0] > 0, "1", "0"), "returned '(0|1)' where numbers"),
        (lambda rows: np.full(len(rows), "1", dtype=object), "returned '1' where numbers"),
        (lambda rows: [[0.0] * (i + 1) for i in range(len(rows))], "returned a list where numbers"),
        (lambda rows: (cell for cell in rows[:, 0]), "returned a generator where numbers"),
        (sp.csr_matrix, "returned a csr_matrix where numbers"),
    ],
)
def test_what_is_no_prediction_is_named(returns, message):
    with pytest.raises(ModelError, match=message):
        adapt_function(returns, examples=TABLE, task=None)


def test_a_number_of_outputs_that_depends_on_the_rows_is_refused():
    model = adapted(lambda rows: np.ones((len(rows), len(np.unique(rows[:, 0])))))
    n_known = len(np.unique(X[:10, 0]))
    with pytest.raises(ModelError, match=f"returned 1 columns, but {n_known} for the first"):
        model.predict(as_table(X[:1]))


LABELS = {
    "numbers": [5, 1, 7],
    "dates": pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"]),
    "levels": pd.MultiIndex.from_tuples([("x", "a"), ("x", "b"), ("y", "a")]),
    "mixed": ["a", 1, 2.5],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_a_function_knows_columns_by_what_pandas_calls_them(labels):
    frame = pd.DataFrame(X, columns=labels)
    first, second, _ = frame.columns

    def product(rows):
        return rows[first] * rows[second]

    explainer = KernelExplainer(product, frame[:5])
    assert explainer.features == tuple(str(label) for label in frame.columns)
    expected = explainer.explain_local(frame[5:8])
    np.testing.assert_array_equal(expected.predictions[:, 0], X[5:8, 0] * X[5:8, 1])
    others = [frame.iloc[5:8, [2, 0, 1]], X[5:8], X[5:8].tolist()]
    others.append(frame[5:8].set_axis(explainer.features, axis=1))
    for rows in others:
        found = explainer.explain_local(rows)
        np.testing.assert_array_equal(found.values, expected.values)
    sample = explainer.explain_global(frame, sampling_policy=SamplingPolicy(max_rows=9, min_rows=5))
    pd.testing.assert_index_equal(sample.local.data.columns, frame.columns)
