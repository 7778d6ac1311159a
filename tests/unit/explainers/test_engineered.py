"""What sums and groups are, against oracles; and what is refused, cut short or held at once."""

import tracemalloc
import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from contract.pipeline_cases import BACKGROUND, ENGINEERED, RAW_OF, ROWS, forest, make, pipeline
from oracles.shapley import interventional_shapley_values
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from pellucid import (
    FeatureMap,
    InvalidInputError,
    KernelExplainer,
    LIMEExplainer,
    LinearExplainer,
    PFIExplainer,
    TabularExplainer,
    TreeExplainer,
    UnsupportedModelError,
)

rng = np.random.default_rng(3)
X = rng.normal(size=(40, 3)).round(1)
Y = X[:, 0] * X[:, 1] + X[:, 2] ** 2


def brute_force(predict, row, references, player_of):
    values, _ = interventional_shapley_values(
        predict, list(row), [list(reference) for reference in references], player_of=player_of
    )
    return values


def test_groups_and_sums_are_the_two_games_of_the_definition():
    """Six engineered columns by brute force: three players that own them, or six that are added."""
    steps = pipeline(forest)
    engineered, references = (steps[0].transform(rows) for rows in (ROWS[:4], BACKGROUND[:8]))
    groups = TreeExplainer(steps, BACKGROUND[:8]).explain_local(ROWS[:4])
    sums = TreeExplainer(steps, BACKGROUND[:8], fold="sum").explain_local(
        ROWS[:4], include_engineered=True
    )
    predict = steps[-1].predict_proba
    for i, row in enumerate(engineered):
        together = brute_force(predict, row, references, RAW_OF)
        alone = brute_force(predict, row, references, range(6))
        added = np.stack([alone[:1].sum(axis=0), alone[1:3].sum(axis=0), alone[3:].sum(axis=0)])
        np.testing.assert_allclose(groups.values[i, :3], together, rtol=0, atol=1e-8)
        np.testing.assert_allclose(sums.engineered.values[i], alone, rtol=0, atol=1e-8)
        np.testing.assert_allclose(sums.values[i, :3], added, rtol=0, atol=1e-8)
    assert np.abs(groups.values - sums.values).max() > 1e-3  # they do differ


def test_forty_categories_are_one_player_or_forty():
    """A group of forty is two players' worth of brute force; the sum has a closed form here."""
    levels = [f"level {i:02}" for i in range(40)]
    frame = pd.DataFrame({"level": levels * 2, "size": rng.normal(size=80).round(1)})
    target = frame["level"].str[-1].astype(int) * frame["size"]
    steps = make_column_transformer((OneHotEncoder(), ["level"]), remainder="passthrough")
    model = make_pipeline(steps, RandomForestRegressor(5, random_state=0)).fit(frame, target)
    references, rows = frame[:6], frame[40:43]
    found = TreeExplainer(model, references).explain_local(rows, include_engineered=True)
    for i in range(3):
        expected = brute_force(
            lambda cells: model.predict(pd.DataFrame(cells, columns=frame.columns)),
            rows.iloc[i],
            references.to_numpy().tolist(),
            [0, 1],
        )
        np.testing.assert_allclose(found.values[i], expected, rtol=0, atol=1e-8)
    assert found.engineered.num_features == 41
    assert abs(found.engineered.residuals).max() < 1e-9


def test_of_linear_models_groups_and_sums_are_the_same_closed_form():
    frame = pd.DataFrame({"job": list("abcabcab"), "size": np.arange(8.0)})
    steps = make_column_transformer((OneHotEncoder(), ["job"]), (StandardScaler(), ["size"]))
    model = make_pipeline(steps, LinearRegression()).fit(frame, np.arange(8) ** 2.0)
    moved = steps.transform(frame) - steps.transform(frame).mean(axis=0)
    single = moved * model[-1].coef_
    found = LinearExplainer(model, frame).explain_local(frame, include_engineered=True)
    summed = LinearExplainer(model, frame, fold="sum").explain_local(frame)

    np.testing.assert_allclose(found.engineered.values[..., 0], single, rtol=0, atol=1e-10)
    expected = np.stack([single[:, :3].sum(axis=1), single[:, 3]], axis=1)
    np.testing.assert_allclose(found.values[..., 0], expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(summed.values[..., 0], expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("mix", [PCA(2, random_state=0), PolynomialFeatures(2)])
def test_columns_that_mix_are_shared_out_by_their_credit(mix):
    boosted = GradientBoostingRegressor(n_estimators=20, max_depth=3, random_state=0)
    model = make_pipeline(mix, boosted).fit(X, Y)
    explainer = TabularExplainer(model, X[:9], fold="sum")
    found = explainer.explain_local(X[10:13], include_engineered=True)
    credit = found.engineered.origin.feature_map.matrix.toarray()
    engineered, references = model[0].transform(X[10:13]), model[0].transform(X[:9])
    d = engineered.shape[1]
    alone = np.stack(
        [brute_force(boosted.predict, row, references, range(d)) for row in engineered]
    )

    assert explainer.explainer.method == "tree, interventional"
    np.testing.assert_allclose(found.engineered.values, alone, rtol=0, atol=1e-8)
    np.testing.assert_allclose(
        found.values, np.einsum("re,nek->nrk", credit, alone), rtol=0, atol=1e-8
    )
    assert abs(found.residuals).max() < 1e-9
    assert found.stats.exactness == "approximate"
    assert any("by a convention" in text for text in found.stats.warnings)


def test_where_steps_mix_the_best_explainer_of_each_view_is_taken():
    boosted = GradientBoostingRegressor(n_estimators=20, max_depth=3, random_state=0)
    model = make_pipeline(PCA(2, random_state=0), boosted).fit(X, Y)
    found = TabularExplainer(model, X[:9]).explain_local(X[10:13], include_engineered=True)
    for i in range(3):
        expected = brute_force(model.predict, X[10 + i], X[:9], range(3))
        np.testing.assert_allclose(found.values[i], expected, rtol=0, atol=1e-8)
    assert found.stats.method == "kernel"
    assert found.engineered.stats.method == "tree, interventional"
    assert found.engineered.features == ("pca0", "pca1")


class Nameless(StandardScaler):
    """A scaler that does not say what it calls its columns."""

    get_feature_names_out = property(lambda _: (_ for _ in ()).throw(AttributeError))


def test_columns_without_names_are_called_after_their_raw_ones():
    model = make_pipeline(Nameless(), LinearRegression()).fit(X, Y)
    found = LinearExplainer(model, X, features=["a", "b", "c"]).explain_local(
        X, include_engineered=True
    )
    assert found.engineered.features == ("a", "b", "c")


def test_summaries_of_reference_rows_are_transformed_too():
    """A summary keeps raw rows, which the pipeline takes; the error that is told is of both."""
    options = {"summarize": 5, "output": "probability"}
    summed = KernelExplainer(pipeline(forest), BACKGROUND, fold="sum", **options)
    grouped = KernelExplainer(pipeline(forest), BACKGROUND, **options)
    found = summed.explain_local(ROWS[:2])
    assert found.stats.n_background == 5
    np.testing.assert_allclose(
        found.base_values, grouped.explain_local(ROWS[:2]).base_values, rtol=0, atol=1e-12
    )
    assert any("summar" in text for text in found.stats.warnings)


class TestRefusals:
    @pytest.mark.parametrize("explainer", [TreeExplainer, KernelExplainer, TabularExplainer])
    def test_a_model_without_transformations(self, explainer):
        model = RandomForestRegressor(3, random_state=0).fit(X, Y)
        with pytest.raises(
            UnsupportedModelError, match="no engineered columns: it has no transformations"
        ):
            explainer(model, X).explain_local(X[:2], include_engineered=True)

    def test_sums_without_transformations_are_the_values_themselves(self):
        model = RandomForestRegressor(3, random_state=0).fit(X, Y)
        plain, summed = (
            TreeExplainer(model, X, fold=fold).explain_local(X[:2]) for fold in ("group", "sum")
        )
        np.testing.assert_array_equal(summed.values, plain.values)
        assert summed.stats.method == plain.stats.method

    def test_sums_over_groups_of_columns(self):
        model = RandomForestRegressor(3, random_state=0).fit(X, Y)
        plain = TreeExplainer(model, X, features=["a", "b", "c"]).explain_local(X[:2])
        summed = TreeExplainer(
            model, X, features=["a", "b", "c"], groups={"ab": ["a", "b"]}, fold="sum"
        ).explain_local(X[:2])
        assert summed.features == ("ab", "c")
        assert ("groups", "1 of 2 columns; 1 columns alone") in summed.stats.settings
        np.testing.assert_allclose(summed.values[:, 0], plain.values[:, :2].sum(axis=1), atol=1e-12)

    def test_local_models(self):
        explainer = LIMEExplainer(pipeline(forest), BACKGROUND, budget=64)
        with pytest.raises(
            UnsupportedModelError, match="LIMEExplainer has no values in engineered"
        ):
            explainer.explain_local(ROWS[:1], include_engineered=True)
        with pytest.raises(UnsupportedModelError, match="slopes do not add up"):
            LIMEExplainer(pipeline(forest), BACKGROUND, fold="sum")

    @pytest.mark.parametrize("discretize_continuous", [False, True])
    def test_local_models_have_exactly_nothing_for_dropped_columns(self, discretize_continuous):
        rows = ROWS.assign(note=pd.Timestamp("2020-01-01"))
        references = BACKGROUND.assign(note=pd.date_range("2020-01-01", periods=len(BACKGROUND)))
        found = LIMEExplainer(
            pipeline(forest),
            references,
            budget=128,
            discretize_continuous=discretize_continuous,
        ).explain_local(rows[:3])
        assert not found.values[:, 3].any()
        assert found.values[:, :3].any(axis=(0, 2)).all()

    def test_permutation_importance(self):
        with pytest.raises(InvalidInputError, match="fold is for attributions"):
            PFIExplainer(pipeline(forest), fold="sum")

    def test_no_such_fold(self):
        with pytest.raises(ValueError, match="fold must be one of 'group', 'sum'; got 'mean'"):
            TreeExplainer(pipeline(forest), BACKGROUND, fold="mean")

    def test_interactions_and_losses_are_not_summed(self):
        explainer = TreeExplainer(pipeline(forest), BACKGROUND, fold="sum")
        for call in (
            partial(explainer.explain_interactions, ROWS),
            partial(explainer.top_interactions, ROWS),
            partial(explainer.explain_loss, ROWS, [True] * len(ROWS)),
            partial(
                KernelExplainer(pipeline(forest), BACKGROUND, fold="sum").top_interactions, ROWS
            ),
        ):
            with pytest.raises(UnsupportedModelError, match="neither interactions nor losses"):
                call()

    def test_rows_that_cannot_be_transformed_are_refused_as_ever(self):
        odd = ROWS.assign(job="astronaut")
        messages = []
        for options in ({}, {"fold": "sum"}):
            with pytest.raises(Exception, match="astronaut") as caught:
                TreeExplainer(pipeline(forest), BACKGROUND, **options).explain_local(odd)
            messages.append((type(caught.value), str(caught.value)))
        assert messages[0] == messages[1]


class Interrupting:
    """A model that is interrupted at some call, as by Ctrl-C."""

    def __init__(self, model, at=None):
        self.model, self.at, self.n_calls = model, at, 0

    def predict(self, rows):
        self.n_calls += 1
        if self.n_calls == self.at:
            raise KeyboardInterrupt
        return self.model.predict(rows)


class TestInterrupts:
    @pytest.fixture
    def model(self):
        return Interrupting(LinearRegression().fit(X, Y))

    @pytest.fixture
    def explainer(self, model):
        return KernelExplainer(model, X[:5], transformations=StandardScaler().fit(X))

    def calls_for(self, model, explainer, n_rows):
        explainer.in_engineered_columns()
        before = model.n_calls
        explainer.explain_local(X[:n_rows])
        return model.n_calls - before

    @pytest.mark.parametrize("verb", ["explain_local", "explain_global"])
    def test_in_the_raw_view_there_is_no_other(self, model, explainer, verb):
        once = self.calls_for(model, explainer, 3)
        model.at = model.n_calls + once
        with pytest.warns(RuntimeWarning, match="interrupted") as caught:
            found = getattr(explainer, verb)(X[:3], include_engineered=True)
        assert found.engineered is None
        assert 0 < found.stats.n_rows < 3
        assert "interrupted before the engineered columns were explained" in found.stats.warnings
        assert len(caught) == 2

    @pytest.mark.parametrize("verb", ["explain_local", "explain_global"])
    def test_in_the_engineered_view_both_have_the_rows_that_are_finished(
        self, model, explainer, verb
    ):
        once = self.calls_for(model, explainer, 3)
        model.at = model.n_calls + 2 * once
        with pytest.warns(RuntimeWarning, match="interrupted"):
            found = getattr(explainer, verb)(X[:3], include_engineered=True)
        view = found.engineered
        assert 0 < view.stats.n_rows < view.stats.n_rows_given == 3
        if verb == "explain_local":
            assert len(found) == len(view) == len(found.data) == len(view.data)
            assert found.stats.n_rows_given == 3
            assert any("interrupted" in text for text in found.stats.warnings)
        else:
            assert found.stats.n_rows == 3
            assert len(view.local) == view.stats.n_rows == len(view.local.data)
            assert found.local.engineered is None

    @pytest.mark.parametrize("verb", ["explain_local", "explain_global"])
    def test_right_at_the_start_of_the_engineered_view(self, model, explainer, verb):
        once = self.calls_for(model, explainer, 3)
        model.at = model.n_calls + once + 1
        with pytest.warns(RuntimeWarning, match="before the engineered columns"):
            found = getattr(explainer, verb)(X[:3], include_engineered=True)
        assert found.engineered is None
        assert found.stats.n_rows == 3


def hashed(model):
    words = np.array([f"word{i}" for i in range(50)])
    frame = pd.DataFrame(
        {
            "text": [" ".join(rng.choice(words, 5)) for _ in range(300)],
            "size": rng.normal(size=300),
        }
    )
    steps = make_column_transformer(
        (HashingVectorizer(n_features=10_000), "text"),
        (StandardScaler(), ["size"]),
        sparse_threshold=1.0,
    )
    target = frame["text"].str.contains("word1 ") * frame["size"]
    return make_pipeline(steps, model).fit(frame, target), frame


@pytest.mark.parametrize(
    ("model", "most"),
    [
        # 300 rows of 10,001 columns are 24 MB when they are dense; the linear form needs none
        (LinearRegression(), 6e6),
        (RandomForestRegressor(3, max_depth=3, max_features=0.05, random_state=0), 120e6),
    ],
    ids=["linear", "trees"],
)
def test_ten_thousand_hashed_columns_are_never_there_all_at_once(model, most):
    steps, frame = hashed(model)
    rows = pd.concat([frame] * 20, ignore_index=True)  # 480 MB when dense
    TabularExplainer(steps, frame).explain_local(frame[:2])  # compiles
    tracemalloc.start()
    try:
        found = TabularExplainer(steps, frame).explain_local(rows)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.features == ("text", "size")
    assert abs(found.residuals).max() < 1e-9
    assert peak < most


def test_a_map_of_ten_thousand_columns_folds_without_a_dense_map():
    n = 10_000
    folded_to = FeatureMap.of(np.arange(n) % 500, 500)
    values = np.ones((2, n, 1))
    tracemalloc.start()
    try:
        folded = folded_to.then(FeatureMap.identity(n)).fold(values)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (folded == n / 500).all()
    assert peak < 3e6  # a dense map takes 40 MB


def test_sparse_rows_of_the_engineered_view_stay_sparse():
    steps, frame = hashed(LinearRegression())
    found = LinearExplainer(steps, frame).explain_local(frame[:3], include_engineered=True)
    assert sp.issparse(found.engineered.data)
    assert found.engineered.num_features == 10_001


def test_engineered_columns_of_an_explainer_are_made_once():
    explainer = make("tree, interventional")
    assert explainer.in_engineered_columns() is explainer.in_engineered_columns()
    assert explainer.in_engineered_columns().n_players == len(ENGINEERED)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explainer.explain_global(ROWS, include_engineered=True)
