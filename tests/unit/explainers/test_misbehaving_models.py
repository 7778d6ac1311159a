"""Models that fail, change their mind, spoil their rows, or take long; and Ctrl-C."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from pellucid import KernelExplainer, LIMEExplainer, ModelError, SamplingPolicy

rng = np.random.default_rng(9)
BACKGROUND, ROWS = rng.normal(size=(60, 9)), rng.normal(size=(7, 9))


class Counting:
    """A model that counts its calls; ``then`` says what to do with the outputs of one."""

    def __init__(self, then):
        self.n_calls = 0
        self.then = then

    def __call__(self, X):
        self.n_calls += 1
        return self.then(self.n_calls, np.tanh(X).sum(axis=1) + X[:, 0] * X[:, 1])


def fail_in_call(n):
    def then(call, outputs):
        if call == n:
            raise RuntimeError("out of memory")
        return outputs

    return Counting(then)


def test_a_model_that_raises_is_named_with_the_row_and_the_cause():
    model = fail_in_call(8)
    explainer = KernelExplainer(model, BACKGROUND, budget=400)
    assert model.n_calls < 5
    with pytest.raises(ModelError, match=r"row \d of evaluation_examples.*out of memory") as found:
        explainer.explain_local(ROWS)
    assert isinstance(found.value.__cause__, RuntimeError)
    assert len(str(found.value).splitlines()) == 1


def test_the_row_is_counted_over_all_batches():
    asked = []

    def model(X):
        asked.append(X)
        if (ROWS[5] == X).all(axis=1).any() and len(X) > 10:
            raise RuntimeError("not this one")
        return X.sum(axis=1)

    for batch_size in (2, 7):
        explainer = KernelExplainer(model, BACKGROUND, budget=400, batch_size=batch_size)
        with pytest.raises(ModelError, match="row 5 of evaluation_examples"):
            explainer.explain_local(ROWS)


def test_a_model_that_returns_nan_is_named_with_the_row():
    def model(X):
        return np.where(X[:, 0] * X[:, 1] == ROWS[2, 0] * BACKGROUND[:, [1]], np.nan, 1.0).sum(
            axis=0
        )

    with pytest.raises(ModelError, match=r"row 2 of evaluation_examples.*\[nan\] for row \d+"):
        KernelExplainer(model, BACKGROUND).explain_local(ROWS)


@pytest.mark.parametrize("wide", [1, 3])
def test_a_model_that_changes_its_number_of_outputs_is_refused(wide):
    class Fickle:
        n_calls = 0

        def predict(self, X):
            self.n_calls += 1
            return np.ones((len(X), wide if len(X) > 100 else 2))

    with pytest.raises(ModelError, match=f"returned {wide} columns"):
        KernelExplainer(Fickle(), BACKGROUND).explain_local(ROWS)


def test_a_model_that_is_not_deterministic_is_found_out_once():
    noise = np.random.default_rng(0)

    def dropout(X):
        return (X * (noise.random(X.shape) < 0.9)).sum(axis=1)

    stats = KernelExplainer(dropout, BACKGROUND, batch_size=2).explain_local(ROWS).stats
    told = [warning for warning in stats.warnings if "reference rows differ" in warning]
    assert len(told) == 1
    assert "by up to" in told[0]
    assert not stats.exact
    steady = KernelExplainer(lambda X: X.sum(axis=1), BACKGROUND).explain_local(ROWS).stats
    assert steady.warnings == ()


class Spoiler:
    """An estimator that scales the rows it is given in place."""

    def predict(self, X):
        if isinstance(X, pd.DataFrame):
            for name in X.columns:
                X[name] = X[name] / 2
            return (2 * X).to_numpy().prod(axis=1)
        X /= 2
        return (2 * X).prod(axis=1)


def test_a_model_that_spoils_its_rows_changes_no_result():
    def clean(X):
        return np.asarray(X).prod(axis=1)

    expected = KernelExplainer(clean, BACKGROUND).explain_local(ROWS)
    for convert in (np.array, pd.DataFrame):
        background, rows = convert(BACKGROUND.copy()), convert(ROWS.copy())
        found = KernelExplainer(Spoiler(), background).explain_local(rows)
        np.testing.assert_array_equal(found.values, expected.values)
        np.testing.assert_array_equal(np.asarray(background), BACKGROUND)
        np.testing.assert_array_equal(np.asarray(rows), ROWS)
        np.testing.assert_array_equal(np.asarray(found.data), ROWS)


def test_a_pipeline_that_scales_in_place_changes_no_result():
    target = BACKGROUND[:, 0] ** 2
    for copy in (True, False):
        model = make_pipeline(StandardScaler(copy=copy), SVR()).fit(BACKGROUND.copy(), target)
        rows = ROWS.copy()
        found = KernelExplainer(model, BACKGROUND.copy()).explain_local(rows)
        np.testing.assert_array_equal(rows, ROWS)
        if copy:
            expected = found
    np.testing.assert_array_equal(found.values, expected.values)


# -- a summary ----------------------------------------------------------------------------------------


def test_a_summary_is_told_with_its_own_error():
    background = rng.exponential(size=(200, 3))

    def model(X):
        return np.exp(X).sum(axis=1)

    explainer = KernelExplainer(model, background, summarize=10)
    warnings = explainer.explain_local(background[:2]).stats.warnings
    (told,) = [warning for warning in warnings if "mean prediction" in warning]
    summary = explainer.background
    off = abs(summary.weights @ model(summary.table.to_matrix()) - model(background).mean())
    assert f"10 rows is {off:.3g} off that of all 200 rows" in told
    of_random = model(background).std() * np.sqrt(0.95 / 10)
    assert f"as many random rows would be {of_random:.3g} off" in told


def test_a_summary_matches_the_columns_of_a_frame_by_name():
    frame = pd.DataFrame(rng.normal(size=(80, 3)), columns=["b", "a", "c"])
    model = make_pipeline(StandardScaler(), SVR()).fit(frame[["a", "b", "c"]], frame["a"])
    explainer = KernelExplainer(model, frame, summarize=5)
    told = explainer.explain_local(frame[:2]).stats.warnings[-1]
    whole = model.predict(frame[["a", "b", "c"]])
    of_random = whole.std() * np.sqrt((1 - 5 / 80) / 5)
    assert f"{of_random:.3g} off (standard error)" in told


# -- progress -----------------------------------------------------------------------------------------


def test_progress_advances_within_a_row(capsys):
    def model(X):
        return np.tanh(X).prod(axis=1)

    explainer = KernelExplainer(model, BACKGROUND, target_se=0.2, budget=10_000, show_progress=True)
    explainer.explain_local(ROWS[:1])
    shown = capsys.readouterr().err
    assert "1.0/1" in shown
    assert "<" in shown


def test_an_explainer_that_has_been_used_can_be_pickled():
    explainer = KernelExplainer(np_sum, BACKGROUND, target_se=0.2)
    expected = explainer.explain_local(ROWS)
    assert pickle.loads(pickle.dumps(explainer)).explain_local(ROWS) == expected


def np_sum(X):
    return np.sum(np.exp(X / 3), axis=1)


# -- Ctrl-C -------------------------------------------------------------------------------------------


def interrupt_in_call(n, m=10**9):
    def then(call, outputs):
        if call in {n, m}:
            raise KeyboardInterrupt
        return outputs

    return Counting(then)


@pytest.mark.parametrize("batch_size", [1, 3, 10])
def test_an_interrupt_leaves_the_rows_that_are_finished(batch_size):
    whole = KernelExplainer(Counting(lambda _, y: y), BACKGROUND, budget=400).explain_local(ROWS)
    model = interrupt_in_call(10**9)
    explainer = KernelExplainer(model, BACKGROUND, budget=400, batch_size=batch_size)
    before = model.n_calls
    model.then = interrupt_in_call(before + 6).then
    with pytest.warns(RuntimeWarning, match=r"interrupted: \d of 7 rows explained"):
        found = explainer.explain_local(ROWS)
    n = len(found)
    assert 2 <= n < 7
    np.testing.assert_array_equal(found.values, whole.values[:n])
    np.testing.assert_array_equal(found.std_error, whole.std_error[:n])
    np.testing.assert_array_equal(found.data, ROWS[:n])
    assert found.stats.n_rows == n
    assert found.stats.n_rows_given == 7
    assert found.stats.warnings == (f"interrupted: {n} of 7 rows explained",)


def test_an_interrupt_within_rounds_leaves_what_they_found():
    model = interrupt_in_call(10**9)
    explainer = KernelExplainer(model, BACKGROUND, target_se=0.001, budget=20_000)
    model.then = interrupt_in_call(model.n_calls + 4).then
    with pytest.warns(RuntimeWarning, match="1 of 7 rows explained, the last of them with less"):
        found = explainer.explain_local(ROWS)
    assert len(found) == 1
    assert found.std_error is not None
    exact = KernelExplainer(Counting(lambda _, y: y), BACKGROUND, budget=10**6).explain_local(ROWS)
    assert (np.abs(found.values - exact.values[:1]) < 5 * found.std_error + 1e-9).all()
    assert any("was not reached" in warning for warning in found.stats.warnings)


@pytest.mark.parametrize("include_local", [True, False])
@pytest.mark.parametrize("policy", [None, SamplingPolicy(min_rows=2, relative_error=0.0)])
def test_an_interrupt_leaves_the_importance_of_the_rows_that_are_finished(include_local, policy):
    model = interrupt_in_call(10**9)
    explainer = KernelExplainer(model, BACKGROUND, budget=400, batch_size=2)
    model.then = interrupt_in_call(model.n_calls + 6).then
    with pytest.warns(RuntimeWarning, match="interrupted"):
        found = explainer.explain_global(ROWS, sampling_policy=policy, include_local=include_local)
    assert 2 <= found.stats.n_rows < 7
    assert found.stats.n_rows_given == 7
    assert found.stats.warnings[-1] == f"interrupted: {found.stats.n_rows} of 7 rows explained"
    if include_local:
        again = KernelExplainer(Counting(lambda _, y: y), BACKGROUND, budget=400)
        values = again.explain_local(found.local.data).values
        np.testing.assert_array_equal(values, found.local.values)


def test_an_interrupt_before_anything_is_finished_goes_through():
    model = interrupt_in_call(10**9)
    explainer = KernelExplainer(model, BACKGROUND, budget=400)
    model.then = interrupt_in_call(model.n_calls + 2).then
    with pytest.raises(KeyboardInterrupt):
        explainer.explain_local(ROWS)


def test_a_second_interrupt_goes_through(monkeypatch):
    """It comes while the estimate of the row in work is put together."""
    model = interrupt_in_call(10**9)
    explainer = KernelExplainer(model, BACKGROUND, budget=400, batch_size=2)
    model.then = interrupt_in_call(model.n_calls + 6).then

    def interrupted_again(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.explainers.kernel.use_of_references", interrupted_again)
    with pytest.raises(KeyboardInterrupt):
        explainer.explain_local(ROWS)


SCRIPT = """
    import os, signal, sys, time, warnings
    import numpy as np
    from pellucid import KernelExplainer

    background = np.random.default_rng(0).normal(size=(50, 8))

    def slow(X):
        if len(X) > 100:
            print("working", flush=True)
            time.sleep(0.15)
        return np.tanh(X).prod(axis=1)

    explainer = KernelExplainer(slow, background, budget=200)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = explainer.explain_local(background)
    print("rows", len(found), found.stats.n_rows_given, found.stats.warnings[-1])
    print("told", told[-1].category.__name__, told[-1].message)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_ctrl_c_returns_what_is_finished():
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    for _ in range(4):
        assert process.stdout.readline() == "working\n"
    process.send_signal(signal.SIGINT)
    shown, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    lines = [line for line in shown.splitlines() if line != "working"]
    words = lines[0].split()
    n = int(words[1])
    assert 3 <= n < 50
    assert words[2] == "50"
    assert lines[0].endswith(f"interrupted: {n} of 50 rows explained")
    assert lines[1] == f"told RuntimeWarning interrupted: {n} of 50 rows explained"


# -- local models ------------------------------------------------------------------------------------


def test_local_models_name_the_row_that_the_model_failed_at():
    model = fail_in_call(8)
    explainer = LIMEExplainer(model, BACKGROUND, budget=400, batch_size=2)
    n_before = model.n_calls
    with pytest.raises(ModelError, match=r"row \d of evaluation_examples, varied.*memory") as found:
        explainer.explain_local(ROWS)
    assert f"row {8 - n_before - 1} " in str(found.value)
    assert isinstance(found.value.__cause__, RuntimeError)


def test_local_models_of_a_model_that_answers_otherwise_are_told():
    noise = np.random.default_rng(0)
    unsteady = Counting(lambda _, y: y + noise.normal(size=len(y)))
    found = LIMEExplainer(unsteady, BACKGROUND, budget=400).explain_local(ROWS)
    assert any("differ from call to call" in warning for warning in found.stats.warnings)
    steady = LIMEExplainer(Counting(lambda _, y: y), BACKGROUND, budget=400).explain_local(ROWS)
    assert not any("differ from call to call" in warning for warning in steady.stats.warnings)


@pytest.mark.parametrize("batch_size", [1, 3, 10])
def test_an_interrupt_leaves_the_local_models_that_are_finished(batch_size):
    whole = LIMEExplainer(Counting(lambda _, y: y), BACKGROUND, budget=400).explain_local(ROWS)
    model = interrupt_in_call(10**9)
    explainer = LIMEExplainer(model, BACKGROUND, budget=400, batch_size=batch_size)
    model.then = interrupt_in_call(model.n_calls + 5).then
    with pytest.warns(RuntimeWarning, match="interrupted: 4 of 7 rows explained"):
        found = explainer.explain_local(ROWS)
    np.testing.assert_array_equal(found.values, whole.values[:4])
    np.testing.assert_array_equal(found.std_error, whole.std_error[:4])
    np.testing.assert_array_equal(found.local_r2, whole.local_r2[:4])
    np.testing.assert_array_equal(found.data, ROWS[:4])
    assert found.stats.warnings[-1] == "interrupted: 4 of 7 rows explained"


def test_advice_is_given_where_the_default_budget_leaves_much_unsure():
    rare = Counting(lambda _, y: np.round(np.abs(y) / 4) ** 3)
    unsure = KernelExplainer(rare, np.random.default_rng(1).normal(size=(400, 9))).explain_local(
        ROWS
    )
    share = unsure.stats.reference_use.relative_std_error
    assert share > 0.25
    (warning,) = unsure.stats.warnings
    assert f"{share:.0%} of its values; target_se=0.1" in warning
    assert f"over a row up to {share:.2g} of its values" in repr(unsure)
    sure = KernelExplainer(rare, BACKGROUND, target_se=0.2).explain_local(ROWS)
    assert not any("default budget" in warning for warning in sure.stats.warnings)
