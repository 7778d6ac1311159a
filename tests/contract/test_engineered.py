"""Both views from one call: by every explainer, whatever the call looks like."""

import pickle

import numpy as np
import pytest
from contract.pipeline_cases import (
    BACKGROUND,
    CASES,
    ENGINEERED,
    RAW,
    RAW_OF,
    ROWS,
    make,
    make_behind,
    pipeline,
)

import pellucid
from pellucid import SamplingPolicy


@pytest.fixture(params=CASES)
def name(request):
    return request.param


def transformed(name, rows):
    return pipeline(CASES[name][1])[0].transform(rows)


def summed(values):
    out = np.zeros((len(values), len(RAW), values.shape[2]))
    for j, raw in enumerate(RAW_OF):
        out[:, raw] += values[:, j]
    return out


def test_the_engineered_view_is_that_of_the_last_step_alone(name):
    view = make(name).explain_local(ROWS, include_engineered=True).engineered
    if name.endswith("path-dependent") or name == "mimic":  # which have outputs of their own
        alone = make_behind(name).explain_local(transformed(name, ROWS))
    else:
        alone = make_behind(name, output=view.output_space).explain_local(transformed(name, ROWS))

    assert view.features == ENGINEERED
    assert view.output_space == alone.output_space
    assert view.stats.method == alone.stats.method
    np.testing.assert_allclose(view.values, alone.values, rtol=0, atol=1e-12)
    np.testing.assert_allclose(view.base_values, alone.base_values, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(view.data, transformed(name, ROWS))
    if alone.std_error is not None:
        np.testing.assert_allclose(view.std_error, alone.std_error, rtol=0, atol=1e-12)


def test_the_raw_view_is_what_it_is_without_the_other(name):
    explainer = make(name)
    both, raw = (
        explainer.explain_local(ROWS, include_engineered=True),
        explainer.explain_local(ROWS),
    )

    assert raw.engineered is None
    assert (raw.is_raw, raw.is_engineered) == (True, False)
    assert (both.engineered.is_raw, both.engineered.is_engineered) == (False, True)
    assert both.features == RAW
    np.testing.assert_array_equal(both.values, raw.values)
    assert both.data.equals(ROWS)
    assert both != raw


def test_summing_is_the_fold_of_the_engineered_view(name):
    view = make(name).explain_local(ROWS, include_engineered=True).engineered
    explainer = make(name, fold="sum")
    both = explainer.explain_local(ROWS, include_engineered=True)

    np.testing.assert_allclose(both.values, summed(view.values), rtol=0, atol=1e-12)
    np.testing.assert_allclose(both.engineered.values, view.values, rtol=0, atol=1e-12)
    assert both.engineered.raw(ROWS).values.tolist() == both.values.tolist()
    assert both.engineered.raw(ROWS) == explainer.explain_local(ROWS)
    assert explainer.features == both.features == RAW
    assert both.stats.method == f"{view.stats.method}, summed"
    assert ("fold", "sum") in both.stats.settings
    assert ("columns", "engineered") in both.engineered.stats.settings


def test_both_views_add_up_and_dropped_columns_have_exactly_nothing(name):
    for fold in ("group", "sum"):
        found = make(name, fold=fold).explain_local(ROWS, include_engineered=True)
        assert not found.values[:, RAW.index("note")].any()
        if name != "mimic":
            assert abs(found.residuals).max() < 1e-9
            assert abs(found.engineered.residuals).max() < 1e-9
            np.testing.assert_allclose(
                found.predictions, found.engineered.predictions, rtol=0, atol=1e-12
            )


@pytest.mark.parametrize("fold", ["group", "sum"])
def test_streaming_gives_what_is_kept(name, fold):
    explainer = make(name, fold=fold)
    kept = explainer.explain_global(ROWS, include_engineered=True)
    streamed = explainer.explain_global(
        ROWS, include_engineered=True, include_local=False, batch_size=4
    )

    assert kept.local.engineered == kept.engineered.local
    assert kept.local.engineered.features == ENGINEERED
    assert streamed.local is None
    assert streamed.engineered.local is None
    for one, two in ((kept, streamed), (kept.engineered, streamed.engineered)):
        np.testing.assert_allclose(one.values, two.values, rtol=0, atol=1e-12)
        np.testing.assert_allclose(one.std_error, two.std_error, rtol=0, atol=1e-12)
    local = explainer.explain_local(ROWS, include_engineered=True)
    np.testing.assert_allclose(local.values, kept.local.values, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        local.engineered.values, kept.engineered.local.values, rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("fold", ["group", "sum"])
def test_sampled_rows_are_the_same_in_both_views(name, fold):
    policy = SamplingPolicy(min_rows=6, max_rows=6, relative_error=0.0)
    found = make(name, fold=fold).explain_global(
        ROWS, include_engineered=True, sampling_policy=policy
    )
    assert found.stats.n_rows == found.engineered.stats.n_rows == 6
    assert found.stats.n_rows_given == found.engineered.stats.n_rows_given == len(ROWS)
    assert found.stats.sampling == found.engineered.stats.sampling
    np.testing.assert_array_equal(found.engineered.local.data, transformed(name, found.local.data))


def test_explainers_and_results_can_be_pickled_and_stored(name, tmp_path):
    explainer = make(name)
    found = explainer.explain_global(ROWS, include_engineered=True)
    again = pickle.loads(pickle.dumps(explainer))

    assert again.explain_global(ROWS, include_engineered=True) == found
    assert pickle.loads(pickle.dumps(found)) == found
    loaded = pellucid.load(found.save(tmp_path / "both"))
    assert loaded == found
    assert loaded.local.engineered == found.engineered.local
    assert loaded.engineered.raw() == found.engineered.raw()


def test_values_depend_on_no_other_row(name):
    explainer = make(name)
    whole = explainer.explain_local(ROWS, include_engineered=True)
    part = explainer.explain_local(ROWS[5:7], include_engineered=True)
    np.testing.assert_allclose(
        part.engineered.values, whole.engineered[5:7].values, rtol=0, atol=1e-12
    )


def test_groups_of_raw_columns_group_what_is_made_of_them(name):
    if name == "mimic":
        pytest.skip("surrogates are of single columns")
    groups = {"person": ["age", "job"]}
    grouped = make(name, groups=groups).explain_local(ROWS, include_engineered=True)
    sums = make(name, groups=groups, fold="sum").explain_local(ROWS, include_engineered=True)
    expected = summed(grouped.engineered.values)

    assert grouped.features == sums.features == ("person", "income", "note")
    assert grouped.players == sums.players == grouped.engineered.origin.players
    np.testing.assert_allclose(sums.values[:, 0], expected[:, 0] + expected[:, 2], atol=1e-12)
    np.testing.assert_allclose(grouped.engineered.raw().values, sums.values, rtol=0, atol=1e-12)
    assert sums.data.equals(ROWS)


def test_reference_rows_stay_the_callers(name):
    before = BACKGROUND.copy()
    make(name).explain_local(ROWS, include_engineered=True)
    assert BACKGROUND.equals(before)
