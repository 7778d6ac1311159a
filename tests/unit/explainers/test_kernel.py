import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.shapley import interventional_shapley_values
from sklearn.linear_model import LogisticRegression

from pellucid import InvalidInputError, KernelExplainer, UnsupportedModelError
from pellucid.data.background import Background
from pellucid.data.table import as_table

rng = np.random.default_rng(11)


def smooth(X):
    """Two outputs with interactions of all orders among the first six columns."""
    first = X[:, 0] * X[:, 1] * X[:, 2] + np.sin(X[:, 3] + X[:, 4]) * X[:, 5]
    return np.stack([first, np.exp(0.3 * X[:, :6].sum(axis=1))], axis=1)


def oracle(function, rows, background, weights=None):
    found = [
        interventional_shapley_values(
            lambda mixed: function(np.array(mixed)), list(x), background.tolist(), weights
        )
        for x in rows
    ]
    return np.array([values for values, _ in found]), np.array([base for _, base in found])


# -- exact -----------------------------------------------------------------------------------------


def test_enumeration_equals_the_definition():
    background, rows = rng.normal(size=(5, 7)), rng.normal(size=(3, 7))
    explanation = KernelExplainer(smooth, background).explain_local(rows)
    values, base = oracle(smooth, rows, background)
    np.testing.assert_allclose(explanation.values, values, atol=1e-12)
    np.testing.assert_allclose(explanation.base_values, base, atol=1e-12)
    assert explanation.stats.exact
    assert explanation.std_error is None
    assert explanation.stats.n_evaluations == 3 * (1 + 5 * (2**7 - 2))


def test_enumeration_with_weights_equals_the_definition():
    background, rows = rng.normal(size=(6, 6)), rng.normal(size=(2, 6))
    weights = np.array([0.5, 0.0, 0.1, 0.2, 0.15, 0.05])
    explainer = KernelExplainer(smooth, Background(as_table(background), weights))
    explanation = explainer.explain_local(rows)
    values, base = oracle(smooth, rows, background, weights)
    np.testing.assert_allclose(explanation.values, values, atol=1e-12)
    np.testing.assert_allclose(explanation.base_values, base, atol=1e-12)
    assert explanation.stats.exact


def price(frame):
    """Take a frame of any library with strings, categories and missing values."""
    frame = frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()
    red = frame["color"].astype(object).eq("red").to_numpy()
    large = frame["size"].astype(object).eq("L").to_numpy()
    age = frame["age"].fillna(40).to_numpy()
    return np.where(red, age, 2.0) * np.where(large, 3.0, frame["doors"].to_numpy())


def cars():
    return pd.DataFrame(
        {
            "color": ["red", "blue", None, "red", "green"],
            "size": pd.Categorical(["S", "L", "L", "M", "S"], categories=["S", "M", "L"]),
            "age": [10.0, np.nan, 30.0, 20.0, np.nan],
            "doors": [2, 4, 4, 5, 3],
        }
    )


@pytest.mark.parametrize("convert", [lambda frame: frame, pl.from_pandas])
def test_frames_of_mixed_types_equal_the_definition(convert):
    background, rows = cars()[:3], cars()[2:]

    def predict(mixed):
        return price(pd.DataFrame(mixed, columns=cars().columns))

    explanation = KernelExplainer(price, convert(background)).explain_local(convert(rows))
    values = np.array(
        [
            interventional_shapley_values(predict, list(x), background.to_numpy().tolist())[0]
            for x in rows.to_numpy(dtype=object)
        ]
    )
    np.testing.assert_allclose(explanation.values, values, atol=1e-12)
    assert explanation.stats.exact


def typed(n):
    """Columns of every type that a model may care about."""
    local = np.random.default_rng(n)
    return pd.DataFrame(
        {
            "size": pd.Categorical(local.choice(["S", "M"], n), ["S", "M", "L"], ordered=True),
            "count": pd.array(local.choice([1, 2**53 + 1, None], n), dtype="Int64"),
            "word": pd.Series(local.choice(["red", "blue", None], n), dtype="str"),
            "day": pd.to_datetime(local.choice(["2020-01-01", "2021-02-03", None], n)),
            "flag": pd.array(local.choice([True, False, None], n), dtype="boolean"),
            "weight": local.normal(size=n).astype(np.float32),
        }
    )


@pytest.mark.parametrize(
    "convert",
    [lambda frame: frame, pl.from_pandas, pa.Table.from_pandas],
    ids=["pandas", "polars", "pyarrow"],
)
@pytest.mark.parametrize("groups", [None, [["size", "word"], ["flag", "day"]]])
def test_model_sees_frames_with_the_column_types_of_the_data(convert, groups):
    background, rows = convert(typed(12)), convert(typed(3))
    seen = []

    def types(frame):
        return frame.schema if isinstance(frame, (pa.Table, pl.DataFrame)) else frame.dtypes

    def cells(frame):
        columns = (
            frame.columns
            if isinstance(frame, pa.Table)
            else [frame[name] for name in frame.columns]
        )
        return [{str(cell) for cell in column} for column in columns]

    def watch(frame):
        seen.append(frame)
        return np.arange(len(frame)) % 7.0

    KernelExplainer(watch, background, groups=groups).explain_local(rows)
    assert len(seen) > 2
    known = [a | b for a, b in zip(cells(background), cells(rows), strict=True)]
    for frame in seen:
        assert type(frame) is type(background)
        assert all(np.atleast_1d(types(frame) == types(background)))
        assert all(found <= of for found, of in zip(cells(frame), known, strict=True))


def test_wide_sparse_rows_are_never_made_dense():
    local = np.random.default_rng(1)
    background = sp.random_array((50, 2000), density=0.025, format="csr", rng=local)
    rows = sp.random_array((2, 2000), density=0.025, format="csr", rng=local)
    weights, n_seen = local.normal(size=2000), []

    def only_sparse(X):
        assert isinstance(X, sp.csr_array)
        assert X.has_canonical_format
        assert np.diff(X.indptr).max() <= 200
        n_seen.append(X.shape[0])
        return np.tanh(X @ weights)

    tracemalloc.start()
    found = KernelExplainer(only_sparse, background).explain_local(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.stats.efficiency_gap < 1e-9
    assert max(n_seen) > 5_000
    assert peak < max(n_seen) * 2000 * 8 / 3, "a third of what dense rows would take"


@pytest.mark.parametrize("convert", [np.array, sp.csr_array, pd.DataFrame])
def test_a_model_that_spoils_its_rows_is_explained_as_one_that_does_not(convert):
    local = np.random.default_rng(2)
    X = local.normal(size=(20, 6)).round(1)

    def careful(rows):
        dense = rows.toarray() if sp.issparse(rows) else np.asarray(rows)
        return dense[:, 0] * dense[:, 1] + np.sin(dense[:, 2:].sum(axis=1))

    class Careless:
        """Known by its predictions alone, and not to be trusted with anything."""

        def predict(self, rows):
            found = careful(rows)
            if isinstance(rows, pd.DataFrame):
                rows.loc[:, :] = 0.0
            else:
                (rows.data if sp.issparse(rows) else rows)[:] = 0.0
            return found

    frame = convert(X)
    if convert is pd.DataFrame:
        frame = frame.rename(columns=str)
    expected = KernelExplainer(careful, frame[:15], budget=200).explain_local(frame[15:])
    found = KernelExplainer(Careless(), frame[:15], budget=200).explain_local(frame[15:])
    np.testing.assert_array_equal(found.values, expected.values)


def test_sparse_rows_stay_sparse_and_equal_dense_ones():
    background, rows = rng.poisson(0.5, size=(6, 9)) * 1.0, rng.poisson(0.5, size=(4, 9)) * 1.0
    background[2, 3] = rows[1, 4] = -1.5

    def only_sparse(X):
        assert sp.issparse(X)
        return smooth(X.toarray())

    found = KernelExplainer(only_sparse, sp.csr_array(background)).explain_local(sp.csr_array(rows))
    expected = KernelExplainer(smooth, background).explain_local(rows)
    np.testing.assert_allclose(found.values, expected.values, atol=1e-12)
    values, _ = oracle(smooth, rows, background)
    np.testing.assert_allclose(found.values, values, atol=1e-12)
    assert found.stats == expected.stats


def test_rows_may_come_in_another_container_than_the_reference_rows():
    frame = pd.DataFrame(rng.normal(size=(8, 6)), columns=list("abcdef"))
    array = frame.to_numpy()
    expected = KernelExplainer(smooth, array[:5]).explain_local(array[5:])
    for background, rows in (
        (array[:5], frame[5:]),
        (sp.csr_array(array[:5]), array[5:]),
        (array[:5], sp.csr_array(array[5:])),
    ):

        def dense(X):
            return smooth(X.toarray() if sp.issparse(X) else np.asarray(X))

        found = KernelExplainer(dense, background).explain_local(rows)
        np.testing.assert_allclose(found.values, expected.values, atol=1e-12)


# -- estimates ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def problem():
    """Twelve columns, two hundred reference rows, and the exact values of four rows."""
    local = np.random.default_rng(5)
    background, rows = local.normal(size=(200, 12)), local.normal(size=(4, 12))
    first = local.normal(size=(12, 5)) / 2

    def network(X):
        return np.tanh(X @ first) @ np.array([[1.0, 0.2], [-2, 0], [0.5, 1], [1.5, -1], [1, 0.3]])

    exact = KernelExplainer(network, background, budget=10**6).explain_local(rows)
    assert exact.stats.exact
    return network, background, rows, exact


@pytest.mark.parametrize("budget", [1_000, 2_000, 4_000, 30_000])
def test_standard_errors_cover_the_exact_values(problem, budget):
    network, background, rows, exact = problem
    errors, stated = [], []
    for seed in range(8 if budget < 10_000 else 3):
        explainer = KernelExplainer(network, background, budget=budget, random_state=seed)
        explanation = explainer.explain_local(rows)
        errors.append(explanation.values - exact.values)
        stated.append(explanation.std_error)
        assert explanation.stats.n_evaluations <= 1.02 * budget * len(rows)
    errors, stated = np.array(errors), np.array(stated)
    covered = (np.abs(errors) <= 1.96 * stated).mean()
    assert 0.9 <= covered <= 0.995
    assert 0.85 < np.sqrt((stated**2).mean() / (errors**2).mean()) < 1.6


def test_error_falls_with_the_budget(problem):
    network, background, rows, exact = problem
    error = [
        np.abs(
            KernelExplainer(network, background, budget=budget).explain_local(rows).values
            - exact.values
        ).mean()
        for budget in (300, 3_000, 30_000)
    ]
    assert error[0] > 2 * error[1] > 8 * error[2]


def test_estimates_on_all_reference_rows_are_unbiased():
    local = np.random.default_rng(3)
    background, rows = local.normal(size=(8, 10)), local.normal(size=(3, 10))
    exact = KernelExplainer(smooth, background, budget=10**5).explain_local(rows)
    assert exact.stats.exact
    for budget in (400, 1200):
        values = np.array(
            [
                KernelExplainer(smooth, background, budget=budget, random_state=seed)
                .explain_local(rows)
                .values
                for seed in range(60)
            ]
        )
        standard = values.std(axis=0, ddof=1) / np.sqrt(60)
        assert (np.abs(values.mean(axis=0) - exact.values) < 4.5 * standard + 1e-12).all()


def test_weighted_reference_rows_are_drawn_with_honest_errors():
    local = np.random.default_rng(8)
    background, rows = local.normal(size=(60, 10)), local.normal(size=(3, 10))
    weights = local.exponential(size=60) ** 2
    reference = Background(as_table(background), weights / weights.sum())
    exact = KernelExplainer(smooth, reference, budget=10**6).explain_local(rows)
    assert exact.stats.exact
    errors, stated = [], []
    for seed in range(30):
        found = KernelExplainer(smooth, reference, budget=500, random_state=seed).explain_local(
            rows
        )
        errors.append(found.values - exact.values)
        stated.append(found.std_error)
    errors, stated = np.array(errors)[:, :, :6], np.array(stated)[:, :, :6]
    assert (np.abs(errors) <= 1.96 * stated).mean() >= 0.9
    assert 0.9 < np.sqrt((stated**2).mean() / (errors**2).mean()) < 2.5


def test_a_column_the_model_ignores_gets_zero_within_its_error():
    background, rows = rng.normal(size=(40, 9)), rng.normal(size=(6, 9))
    found = KernelExplainer(smooth, background, budget=400).explain_local(rows)
    assert found.std_error is not None
    np.testing.assert_allclose(found.values[:, 6:], 0, atol=1e-12)


def test_sparse_frames_and_arrays_draw_the_same():
    background = rng.poisson(0.4, size=(300, 40)) * 1.0
    rows = rng.poisson(0.4, size=(3, 40)) * 1.0

    def total(X):
        dense = X.toarray() if sp.issparse(X) else np.asarray(X)
        return np.sqrt(dense @ np.arange(40.0))

    expected = KernelExplainer(total, background).explain_local(rows)
    for convert in (sp.csr_array, lambda X: pd.DataFrame(X.astype(np.int64))):
        found = KernelExplainer(total, convert(background)).explain_local(convert(rows))
        np.testing.assert_allclose(found.values, expected.values, atol=1e-10)
        assert found.stats.n_evaluations == expected.stats.n_evaluations


# -- axioms ------------------------------------------------------------------------------------------


def multilinear(coefficients):
    """The function that weighs every product of columns."""
    d = len(coefficients).bit_length() - 1

    def function(X):
        powers = [np.prod(X[:, [j for j in range(d) if S >> j & 1]], axis=1) for S in range(2**d)]
        return coefficients @ np.array(powers)

    return function


@given(
    d=st.integers(2, 6),
    m=st.integers(1, 12),
    tight=st.booleans(),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=40)
def test_axioms_hold_for_random_multilinear_functions(d, m, tight, seed):
    local = np.random.default_rng(seed)
    budget = 8 * d if tight else None
    background, rows = local.normal(size=(m, d)).round(1), local.normal(size=(2, d)).round(1)
    rows[0, 0] = background[0, 0]
    c = local.normal(size=(2, 2**d))
    one, two, both = (multilinear(each) for each in (c[0], c[1], 2 * c[0] - 3 * c[1]))

    def explain(function):
        return KernelExplainer(function, background, budget=budget).explain_local(rows)

    first, second, third = explain(one), explain(two), explain(both)
    total = first.values.sum(axis=1) + first.base_values
    np.testing.assert_allclose(total, first.predictions, atol=1e-10)
    np.testing.assert_allclose(first.base_values[:, 0], one(background).mean(), atol=1e-10)
    if first.stats.exact:
        np.testing.assert_allclose(third.values, 2 * first.values - 3 * second.values, atol=1e-10)


def test_linearity_holds_for_estimates_on_all_reference_rows():
    background, rows = rng.normal(size=(10, 12)), rng.normal(size=(2, 12))
    parts = [
        KernelExplainer(lambda X, k=k: smooth(X)[:, k], background, budget=3000).explain_local(rows)
        for k in (0, 1)
    ]
    both = KernelExplainer(
        lambda X: smooth(X) @ [1.0, -2.0], background, budget=3000
    ).explain_local(rows)
    assert both.std_error is not None
    np.testing.assert_allclose(both.values, parts[0].values - 2 * parts[1].values, atol=1e-10)


def test_interchangeable_columns_get_the_same():
    background = np.repeat(rng.normal(size=(7, 1)), 5, axis=1)
    rows = np.repeat(rng.normal(size=(2, 1)), 5, axis=1)
    found = KernelExplainer(lambda X: X.prod(axis=1), background).explain_local(rows)
    np.testing.assert_allclose(found.values, found.values[:, :1].repeat(5, axis=1), atol=1e-12)


# -- invariance ------------------------------------------------------------------------------------


def test_results_depend_on_the_row_alone():
    background, rows = rng.normal(size=(50, 14)), rng.normal(size=(9, 14))
    model = LogisticRegression().fit(background, background[:, 0] > 0)
    make = KernelExplainer(model, background, budget=1500)
    whole = make.explain_local(rows)
    assert whole.std_error is not None
    for batch_size in (1, 4, 100):
        other = KernelExplainer(model, background, budget=1500, batch_size=batch_size)
        np.testing.assert_array_equal(other.explain_local(rows).values, whole.values)
        np.testing.assert_array_equal(other.explain_local(rows).std_error, whole.std_error)
    alone = make.explain_local(rows[5])
    np.testing.assert_array_equal(alone.values[0], whole.values[5])
    other_seed = KernelExplainer(model, background, budget=1500, random_state=1)
    assert (other_seed.explain_local(rows).values != whole.values).any()


def test_many_columns_are_explained_in_bounded_calls():
    largest = 0

    def watch(X):
        nonlocal largest
        largest = max(largest, len(X))
        return X.sum(axis=1)

    background, rows = rng.normal(size=(30, 1100)), rng.normal(size=(1, 1100))
    found = KernelExplainer(watch, background).explain_local(rows)
    assert largest <= 5000
    expected = rows[0] - background.mean(axis=0)
    np.testing.assert_allclose(found.values[0, :, 0], expected, atol=0.8)
    assert found.stats.efficiency_gap < 1e-12


# -- parameters --------------------------------------------------------------------------------------


def test_nsamples_counts_coalitions_on_all_reference_rows():
    background, rows = rng.normal(size=(20, 12)), rng.normal(size=(2, 12))
    by_coalitions = KernelExplainer(smooth, background, nsamples=100).explain_local(rows)
    by_rows = KernelExplainer(smooth, background, budget=2000).explain_local(rows)
    assert by_coalitions == by_rows
    automatic = KernelExplainer(smooth, background, nsamples="auto").explain_local(rows)
    assert automatic == KernelExplainer(smooth, background).explain_local(rows)


def test_impossible_budgets_are_refused():
    background = rng.normal(size=(20, 12))
    with pytest.raises(InvalidInputError, match="96 are needed"):
        KernelExplainer(smooth, background, budget=95)
    with pytest.raises(InvalidInputError, match="nsamples"):
        KernelExplainer(smooth, background, nsamples=4)
    with pytest.raises(InvalidInputError, match="nsamples must be"):
        KernelExplainer(smooth, background, nsamples="many")
    with pytest.raises(InvalidInputError, match="give one of them"):
        KernelExplainer(smooth, background, budget=2000, nsamples=100)
    assert KernelExplainer(smooth, np.ones((1, 6)), budget=48).budget == 48


def test_reference_rows_can_be_summarized():
    background = rng.normal(size=(80, 4))
    explainer = KernelExplainer(lambda X: X.sum(axis=1), background, summarize=7)
    explanation = explainer.explain_local(background[:2])
    assert explanation.stats.n_background == 7
    assert explanation.stats.exact


def test_without_reference_rows_there_is_nothing_to_compare_with():
    model = LogisticRegression().fit(rng.normal(size=(30, 3)), np.arange(30) % 2)
    with pytest.raises(UnsupportedModelError, match="initialization_examples"):
        KernelExplainer(model)


def test_a_model_that_answers_differently_each_time_is_found_out():
    noise = np.random.default_rng(0)

    def noisy(rows):
        return rows.sum(axis=1) + noise.normal(size=len(rows))

    rows = np.arange(12.0).reshape(4, 3)
    stats = KernelExplainer(noisy, rows).explain_local(rows).stats
    assert not stats.exact
    assert "differ from call to call" in stats.warnings[-1]
    certain = KernelExplainer(lambda rows: rows.sum(axis=1), rows).explain_local(rows).stats
    assert certain.exact
    assert certain.warnings == ()
