"""What every explainer promises, whatever its algorithm."""

import copy
import pickle
import random
import threading

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from contract.explainer_cases import BACKGROUND, CASES, ROWS, SCORE, D, fitted, make
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

import pellucid
from pellucid import Explanation, SamplingPolicy, UnsupportedModelError
from pellucid.explainers.base import Explainer

NAMES = ["a", "b", "c", "d", "e"]


@pytest.fixture(params=CASES)
def name(request):
    return request.param


def test_the_table_holds_every_public_explainer():
    public = {n for n in pellucid.__all__ if n.endswith("Explainer")}
    # They have tests of their own: what is measured over all rows at once has no local values, and
    # networks are explained in their own precision.
    public -= {"DeepExplainer", "GradientExplainer", "PFIExplainer"}
    assert {case.explainer.__name__ for case in CASES.values()} == public


def test_explainers_are_final_and_of_depth_one():
    for explainer in {case.explainer for case in CASES.values()}:
        assert not explainer.__subclasses__()
        assert explainer.__bases__ in {(Explainer,), (object,)}


# -- results ------------------------------------------------------------------------------------


def test_shapes_names_and_sums(name):
    explanation = make(name, features=NAMES).explain_local(ROWS)
    n, d, k = explanation.values.shape
    assert (n, d, k) == (len(ROWS), D, 2 if CASES[name].classify else 1)
    assert explanation.base_values.shape == explanation.predictions.shape == (n, k)
    assert explanation.features == tuple(NAMES)
    assert (explanation.classes is not None) == CASES[name].classify
    if CASES[name].adds_up:
        total = explanation.values.sum(axis=1) + explanation.base_values
        np.testing.assert_allclose(total, explanation.predictions, rtol=1e-9, atol=1e-9)
        assert explanation.stats.efficiency_gap < 1e-9
    else:
        assert not any("add up" in warning for warning in explanation.stats.warnings)
        assert explanation.local_r2.shape == (n, k)
        assert explanation.stats.local_r2 == tuple(explanation.local_r2.min(axis=0))
    assert explanation.stats.n_rows == n
    assert explanation.stats.exact == (explanation.std_error is None)


def test_stats_tell_what_the_values_depend_on(name):
    importance = make(name, random_state=3).explain_global(ROWS, batch_size=2)
    settings = dict(importance.stats.settings)
    assert len(settings) == len(importance.stats.settings)
    assert settings["model"] == make(name).model.name
    assert settings["random_state"] == "3"
    assert settings["pellucid"] == pellucid.__version__


def test_global_is_the_mean_absolute_local(name):
    explainer = make(name)
    local = explainer.explain_local(ROWS)
    importance = explainer.explain_global(ROWS)
    expected = np.abs(local.values).mean(axis=0)
    if local.std_error is not None:  # noise counts as much as it adds to the mean square
        noise = (local.std_error**2).sum(axis=0) / np.maximum((local.values**2).sum(axis=0), 1e-300)
        expected *= np.sqrt(np.maximum(1 - noise, 0))
    np.testing.assert_allclose(importance.values, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(importance.overall, expected.mean(axis=1), rtol=1e-12)
    np.testing.assert_array_equal(importance.local.values, local.values)
    streamed = explainer.explain_global(ROWS, include_local=False, batch_size=4)
    np.testing.assert_allclose(streamed.values, importance.values, rtol=1e-12, atol=1e-15)
    assert streamed.local is None


def test_a_row_that_is_explained_again_is_explained_the_same(name):
    explainer = make(name)
    first, again = explainer.explain_local(ROWS), explainer.explain_local(ROWS)
    assert first == again


def test_classes_name_the_outputs(name):
    if not CASES[name].classify:
        pytest.skip("a regressor has no classes")
    explanation = make(name, classes=["no", "yes"]).explain_local(ROWS)
    assert explanation.classes == ("no", "yes")
    np.testing.assert_array_equal(explanation.output("yes").values, explanation.values[:, :, [1]])


def test_rows_and_values_stay_together_whatever_is_sampled(name):
    explainer = make(name, features=NAMES)
    rows = np.vstack([ROWS, ROWS + 0.05])
    for policy in (SamplingPolicy(min_rows=5, relative_error=0.0), SamplingPolicy(max_rows=12)):
        local = explainer.explain_global(rows, sampling_policy=policy).local
        again = explainer.explain_local(local.data)
        np.testing.assert_array_equal(again.values, local.values)


def test_data_is_shown_under_the_names_of_the_explanation(name):
    if name == "tree, path-dependent":
        pytest.skip("knows no other names than those it was told")
    background = pd.DataFrame(BACKGROUND, columns=NAMES)
    explainer = make(name, background, features=["A", "B", "C", "D", "E"])
    rows = pd.DataFrame(ROWS, columns=NAMES)
    expected = explainer.explain_local(rows)
    backwards = explainer.explain_local(rows[NAMES[::-1]])
    np.testing.assert_array_equal(backwards.values, expected.values)
    np.testing.assert_array_equal(backwards.data["A"], rows["a"])


# -- containers ---------------------------------------------------------------------------------

CONTAINERS = {
    "list": lambda X: X.tolist(),
    "pandas": lambda X: pd.DataFrame(X, columns=NAMES),
    "pandas, other order": lambda X: pd.DataFrame(X, columns=NAMES)[NAMES[::-1]],
    "polars": lambda X: pl.DataFrame(X, schema=NAMES),
    "pyarrow": lambda X: pa.table(dict(zip(NAMES, X.T, strict=True))),
    "csr": sp.csr_matrix,
    "csc": sp.csc_array,
    "fortran": np.asfortranarray,
    "read-only": lambda X: np.frombuffer(X.tobytes()).reshape(X.shape),
}


def dense(rows):
    return rows.toarray() if sp.issparse(rows) else np.asarray(rows)


@pytest.mark.parametrize("container", CONTAINERS)
def test_containers_give_the_same_values(name, container):
    convert = CONTAINERS[container]
    expected = make(name).explain_local(ROWS)
    if "order" in container:
        background = CONTAINERS["pandas"](BACKGROUND)
    elif container == "list":
        background = BACKGROUND
    else:
        background = convert(BACKGROUND)
    given = convert(ROWS)
    explanation = make(name, background).explain_local(given)
    assert type(explanation.data) is type(given)
    np.testing.assert_array_equal(dense(explanation.data), dense(given))
    if name == "kernel, sampled" and container in {"csr", "csc"}:
        # Rows are told apart by their stored cells, so a sparse row draws other coalitions.
        tolerance = 5 * np.hypot(explanation.std_error, expected.std_error).max()
    else:
        tolerance = 1e-12
    np.testing.assert_allclose(explanation.values, expected.values, rtol=1e-9, atol=tolerance)


def test_one_flat_row_is_one_row(name):
    explainer = make(name)
    flat, whole = explainer.explain_local(ROWS[3]), explainer.explain_local(ROWS)
    # Single rows of trees go a way of their own, whose sums may differ in the last bits.
    np.testing.assert_allclose(flat.values, whole.values[[3]], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("convert", [np.array, np.ndarray.tolist, sp.csr_matrix])
def test_what_becomes_of_rows_and_background_changes_nothing(name, convert):
    background, rows = convert(BACKGROUND), convert(ROWS)
    explainer = make(name, background)
    expected = explainer.explain_local(rows)
    for changed in (background, rows):
        cells = changed.data if sp.issparse(changed) else changed[0]
        cells[0] = 77.0
    np.testing.assert_array_equal(dense(expected.data), ROWS)
    np.testing.assert_array_equal(explainer.explain_local(convert(ROWS)).values, expected.values)


def test_a_column_added_to_the_frames_afterwards_changes_nothing(name):
    background, rows = (pd.DataFrame(X, columns=NAMES) for X in (BACKGROUND, ROWS))
    explainer = make(name, background)
    expected = explainer.explain_local(rows)
    background["prediction"] = 1.0
    rows.insert(0, "prediction", 1.0)
    assert list(expected.data.columns) == NAMES
    found = explainer.explain_local(pd.DataFrame(ROWS, columns=NAMES))
    np.testing.assert_array_equal(found.values, expected.values)


# -- invariance -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{"batch_size": 1}, {"batch_size": 7}, {"n_jobs": 2, "batch_size": 3}]
)
def test_batches_and_threads_change_nothing(name, options):
    expected = make(name).explain_local(ROWS)
    explanation = make(name, **options).explain_local(ROWS)
    np.testing.assert_array_equal(explanation.values, expected.values)
    np.testing.assert_array_equal(explanation.base_values, expected.base_values)


class FarAwayEngine:
    """Sends functions, blocks and parts as bytes, as an engine of other processes does."""

    def __init__(self):
        self.connection = threading.Lock()  # what cannot be sent itself

    def map(self, function, blocks):
        for block in blocks:
            sent = pickle.dumps((function, block))
            run, received = pickle.loads(sent)
            yield pickle.loads(pickle.dumps(run(received)))


def test_an_engine_of_other_processes_changes_nothing(name):
    far = make(name, engine=FarAwayEngine())
    policy = SamplingPolicy(min_rows=4)
    assert far.explain_local(ROWS) == make(name).explain_local(ROWS)
    assert far.explain_global(ROWS, sampling_policy=policy) == make(name).explain_global(
        ROWS, sampling_policy=policy
    )


def test_row_order_changes_nothing(name):
    explainer = make(name)
    expected = explainer.explain_local(ROWS)
    backwards = explainer.explain_local(ROWS[::-1].copy())
    np.testing.assert_array_equal(backwards.values[::-1], expected.values)


def test_global_random_states_are_untouched(name):
    numpy_state, python_state = np.random.get_state(), random.getstate()
    make(name).explain_global(ROWS)
    assert random.getstate() == python_state
    for before, after in zip(numpy_state, np.random.get_state(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_inputs_are_unmodified(name):
    background, rows = BACKGROUND.copy(), ROWS.copy()
    model = fitted(name)
    before = pickle.dumps(model)
    make(name, background).explain_global(rows)
    np.testing.assert_array_equal(background, BACKGROUND)
    np.testing.assert_array_equal(rows, ROWS)
    assert pickle.dumps(model) == before


# -- axioms ---------------------------------------------------------------------------------------


def test_a_column_without_variation_gets_exactly_zero(name):
    background, rows = BACKGROUND.copy(), ROWS.copy()
    background[:, 4] = rows[:, 4] = 1.25
    case = CASES[name]
    score = background[:, 0] * background[:, 1]
    model = case.model().fit(background, score > 0 if case.classify else score)
    explanation = case.make(model, background).explain_local(rows)
    assert (explanation.values[:, 4] == 0).all()


def test_rows_equal_to_the_only_reference_row_get_zero(name):
    if name == "tree, path-dependent":
        pytest.skip("has no reference rows")
    explanation = make(name, ROWS[:1]).explain_local(ROWS[:1])
    np.testing.assert_allclose(explanation.values, 0, atol=1e-15)


class Sum:
    """A model whose predictions are the sum of two others'; no explainer knows its inside."""

    def __init__(self, first, second):
        self.first = first
        self.second = second

    def predict(self, X):
        return self.first.predict(X) + self.second.predict(X)


def linear_sum(first, second):
    whole = LinearRegression().fit(BACKGROUND, SCORE)
    whole.coef_ = first.coef_ + second.coef_
    whole.intercept_ = first.intercept_ + second.intercept_
    return whole


def forest_of(first, second):
    """The mean of two trees, which is half their sum."""
    whole = RandomForestRegressor(2, random_state=0).fit(BACKGROUND, SCORE)
    whole.estimators_ = [first, second]
    return whole


def shallow_tree():
    """A tree whose splits have no ties, which would be broken at random."""
    return DecisionTreeRegressor(max_depth=3, min_samples_leaf=4, random_state=0)


LINEARITY = {
    "tree, path-dependent": (shallow_tree, forest_of, 0.5),
    "tree, interventional": (shallow_tree, forest_of, 0.5),
    "automatic, tree": (shallow_tree, forest_of, 0.5),
    "linear": (LinearRegression, linear_sum, 1.0),
    "kernel, enumerated": (SVR, Sum, 1.0),
    "kernel, sampled": (SVR, Sum, 1.0),
    "lime": (SVR, Sum, 1.0),
    "lime, in bins": (SVR, Sum, 1.0),
    "automatic, kernel": (SVR, Sum, 1.0),
    "mimic, corrected": (SVR, Sum, 1.0),
}


def test_linearity(name):
    if name not in LINEARITY:
        pytest.skip("a sum of such models is no such model")
    fit, combine, factor = LINEARITY[name]
    first, second = fit().fit(BACKGROUND, SCORE), fit().fit(BACKGROUND, np.sin(SCORE))
    parts = [CASES[name].make(model, BACKGROUND).explain_local(ROWS) for model in (first, second)]
    whole = CASES[name].make(combine(first, second), BACKGROUND).explain_local(ROWS)
    expected = factor * (parts[0].values + parts[1].values)
    error = 0 if whole.std_error is None else 4 * whole.std_error.max()
    np.testing.assert_allclose(whole.values, expected, rtol=1e-9, atol=1e-9 + error)


def test_symmetry(name):
    """Columns that are copies of each other, and that the model treats alike, share alike."""
    if name not in LINEARITY:
        pytest.skip("a sum of such models is no such model")
    fit, combine, _ = LINEARITY[name]
    first = np.zeros_like(BACKGROUND)
    first[:, [0, 2]] = BACKGROUND[:, [0, 2]]
    second = first[:, [1, 0, 2, 3, 4]]
    model = combine(*(fit().fit(X, SCORE) for X in (first, second)))
    background, rows = BACKGROUND.copy(), ROWS.copy()
    background[:, 1], rows[:, 1] = background[:, 0], rows[:, 0]
    explanation = CASES[name].make(model, background).explain_local(rows)
    error = 0 if explanation.std_error is None else 4 * explanation.std_error[:, :2].max()
    np.testing.assert_allclose(
        explanation.values[:, 0], explanation.values[:, 1], rtol=1e-9, atol=1e-9 + error
    )


# -- persistence ------------------------------------------------------------------------------------


def test_explainers_survive_pickling(name):
    explainer = make(name)
    revived = pickle.loads(pickle.dumps(explainer))
    assert revived.explain_local(ROWS) == explainer.explain_local(ROWS)


def test_explanations_survive_pickling_and_saving(name, tmp_path):
    explainer = make(name, features=NAMES)
    for result in (explainer.explain_local(ROWS), explainer.explain_global(ROWS)):
        assert pickle.loads(pickle.dumps(result)) == result
        assert copy.deepcopy(result) == result
        path = tmp_path / type(result).__name__
        result.save(path)
        assert pellucid.load(path) == result


def test_text_and_html_name_the_features(name):
    explainer = make(name, features=NAMES)
    for result in (explainer.explain_local(ROWS), explainer.explain_global(ROWS)):
        assert all(feature in repr(result) for feature in NAMES)
        assert "<script" not in result._repr_html_()


# -- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusing", "other"),
    [
        ("tree, interventional", "kernel, sampled"),
        ("tree, path-dependent", "linear"),
        ("linear", "tree, interventional"),
    ],
)
def test_a_refusal_names_the_model_and_the_reason(refusing, other):
    model = fitted(other)
    with pytest.raises(UnsupportedModelError, match=type(model).__name__) as refusal:
        CASES[refusing].make(model, BACKGROUND)
    message = str(refusal.value)
    assert len(message.splitlines()) == 1
    assert ":" in message


def test_the_automatic_choice_reports_what_it_passed_over():
    stats = make("automatic, kernel").explain_local(ROWS).stats
    assert [method for method, _ in stats.refused]
    assert all(reason for _, reason in stats.refused)
    assert isinstance(make("automatic, kernel").explain_local(ROWS), Explanation)


def test_sampling_tells_how_it_ended(name):
    explainer = make(name)
    ended = explainer.explain_global(
        ROWS, sampling_policy=SamplingPolicy(top_k=2, min_rows=4, max_rows=6, relative_error=0)
    ).stats
    assert ended.n_rows <= 6
    assert ended.sampling.top_k == min(2, len(explainer.features))
    assert ended.sampling.stopped_by == (
        "settled" if ended.n_rows < 6 else ended.sampling.stopped_by
    )
    is_open = bool(ended.sampling.unsettled)
    assert any("not settled" in warning for warning in ended.warnings) == is_open
    assert explainer.explain_global(ROWS).stats.sampling is None


def test_model_rows_limit_sampling(name):
    explainer = make(name)
    rows = np.concatenate([ROWS] * 4)
    first = explainer.explain_global(rows[:10]).stats.n_evaluations
    if not first:
        pytest.skip("calls no model")
    policy = SamplingPolicy(min_rows=10_000, max_evaluations=2 * first)
    stats = explainer.explain_global(rows, sampling_policy=policy).stats
    assert stats.sampling.stopped_by in {"max_evaluations", "all rows"}
    assert stats.n_evaluations < 3 * first or stats.n_rows == len(rows)
