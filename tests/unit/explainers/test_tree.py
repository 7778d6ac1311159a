import math
import pickle
import threading
import warnings
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pandas as pd
import pytest
from oracles.shapley import interventional_shapley_values
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

from pellucid import InvalidInputError, TreeExplainer, UnsupportedModelError
from pellucid._core.engine import SerialEngine
from pellucid.data.background import as_background
from pellucid.explainers.tree_reasons import (
    reason_against_interventional,
    reason_against_path_dependent,
    seconds_per_row,
)
from pellucid.explainers.tree_structures import tree_structure
from pellucid.kernels.tree_linked import linked_values
from pellucid.models.adapt import adapt
from pellucid.models.model import Unavailable

rng = np.random.default_rng(11)
X = np.round(rng.normal(size=(120, 4)), 1)
SCORE = X[:, 0] * X[:, 1] + np.abs(X[:, 2])
BACKGROUND, ROWS = X[:15], X[60:70]

MODELS = {
    "tree": lambda: DecisionTreeRegressor(max_depth=5, random_state=0).fit(X, SCORE),
    "forest": lambda: RandomForestRegressor(6, random_state=0).fit(X, SCORE),
    "forest, 3 classes": lambda: RandomForestClassifier(6, max_depth=4, random_state=0).fit(
        X, np.digitize(SCORE, [0.3, 1.0])
    ),
    "boosting, 2 classes": lambda: GradientBoostingClassifier(n_estimators=8, random_state=0).fit(
        X, SCORE > 0.5
    ),
    "boosting, 3 classes": lambda: HistGradientBoostingClassifier(
        max_iter=6, min_samples_leaf=5, random_state=0
    ).fit(X, np.digitize(SCORE, [0.3, 1.0])),
    "boosting, Poisson": lambda: HistGradientBoostingRegressor(
        loss="poisson", max_iter=8, min_samples_leaf=5, random_state=0
    ).fit(X, np.round(np.abs(SCORE) * 3)),
}


@cache
def fitted(name):
    return MODELS[name]()


@pytest.fixture(params=MODELS)
def model(request):
    return fitted(request.param)


def without_trees(name):
    """A model that has only its library's own contributions."""
    model = adapt(fitted(name))
    return replace(
        model, trees=Unavailable("its trees are hidden"), contributions=partial(contribute, model)
    )


def contribute(model, table):
    predictions = model.predict(table, "raw")
    values = np.zeros((table.n_rows, 4, predictions.shape[1]))
    values[:, 0] = predictions - 1.0
    return values, np.ones_like(predictions)


def own_output(model, space):
    """The library's own predictions of rows in an output space, as a function of lists of rows."""
    if space == "probability":
        return model.predict_proba
    if space == "value":
        return model.predict

    def margins(rows):
        if isinstance(model, HistGradientBoostingRegressor):
            return np.log(model.predict(rows))
        found = model.decision_function(rows)
        return np.stack([-found, found], axis=1) if found.ndim == 1 else found

    return margins


# -- values ---------------------------------------------------------------------------------------


def test_interventional_values_equal_enumeration_of_the_library_s_predictions(model):
    explanation = TreeExplainer(model, BACKGROUND).explain_local(ROWS[:3])
    predict = own_output(model, explanation.output_space)
    for i, row in enumerate(ROWS[:3]):
        values, base = interventional_shapley_values(predict, list(row), BACKGROUND.tolist())
        np.testing.assert_allclose(explanation.values[i], values, atol=1e-9)
        np.testing.assert_allclose(explanation.base_values[i], base, atol=1e-9)
    assert explanation.stats.method == "tree, interventional"
    assert explanation.stats.n_background == 15
    assert explanation.stats.exact
    assert not explanation.stats.warnings


def test_weights_of_reference_rows_count():
    model = fitted("forest")
    background = replace(as_background(BACKGROUND[:3]), weights=np.array([0.5, 0.25, 0.25]))
    explanation = TreeExplainer(model, background).explain_local(ROWS)
    doubled = TreeExplainer(model, BACKGROUND[[0, 0, 1, 2]]).explain_local(ROWS)
    np.testing.assert_allclose(explanation.values, doubled.values, atol=1e-12)


def test_path_dependent_values_equal_shap(model):
    shap = pytest.importorskip("shap")
    explanation = TreeExplainer(model).explain_local(ROWS)
    peer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    expected = peer.shap_values(ROWS, check_additivity=False)
    expected = expected.reshape(len(ROWS), 4, -1)
    np.testing.assert_allclose(explanation.values[:, :, -expected.shape[2] :], expected, atol=1e-7)
    base = np.atleast_1d(peer.expected_value)
    np.testing.assert_allclose(explanation.base_values[0, -len(base) :], base, atol=1e-7)
    assert explanation.stats.method == "tree, path-dependent"
    assert explanation.stats.n_background == 0


def test_values_equal_shap_s_on_lightgbm():
    lightgbm = pytest.importorskip("lightgbm")
    shap = pytest.importorskip("shap")
    data = np.random.default_rng(0).normal(size=(400, 6))
    data[::7, 2] = np.nan
    target = np.nan_to_num(data[:, 2]) * data[:, 0] + data[:, 1] > 0
    model = lightgbm.LGBMClassifier(n_estimators=20, num_leaves=15, verbose=-1, n_jobs=1)
    model.fit(data, target)
    background, rows = data[:150], data[200:210]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peer's own
        path_dependent = shap.TreeExplainer(model).shap_values(rows)
        # Left to itself, the peer silently keeps 100 of the reference rows.
        masker = shap.maskers.Independent(background, max_samples=len(background))
        interventional = shap.TreeExplainer(model, masker).shap_values(rows)
    for arguments, expected in (((), path_dependent), ((background,), interventional)):
        found = TreeExplainer(model, *arguments).explain_local(rows).output(1).values
        np.testing.assert_allclose(found[:, :, 0], expected, atol=1e-6)


def test_path_dependent_values_need_no_reference_rows_but_may_take_names_from_them():
    frame = pd.DataFrame(BACKGROUND, columns=list("abcd"))
    explainer = TreeExplainer(fitted("forest"), frame, perturbation="path-dependent")
    explanation = explainer.explain_local(ROWS)
    assert explanation.features == ("a", "b", "c", "d")
    assert explanation.stats.n_background == 0
    expected = TreeExplainer(fitted("forest")).explain_local(ROWS)
    np.testing.assert_array_equal(explanation.values, expected.values)


def test_all_columns_of_a_player_move_together():
    frame = pd.DataFrame({"kind": np.array(list("abcd"))[(X[:, 3] * 10).astype(int) % 4]})
    frame["size"], frame["age"] = X[:, 0], X[:, 1]
    target = SCORE + (frame["kind"] == "b") * X[:, 0]
    encoder = ColumnTransformer(
        [("kind", OneHotEncoder(sparse_output=False), ["kind"])], remainder="passthrough"
    )
    model = make_pipeline(encoder, RandomForestRegressor(5, max_depth=5, random_state=0))
    model.fit(frame, target)
    explanation = TreeExplainer(model, frame[:9]).explain_local(frame[60:63])
    assert explanation.features == ("kind", "size", "age")

    def predict(rows):
        return model.predict(pd.DataFrame(rows, columns=frame.columns).astype(frame.dtypes))

    for i, row in enumerate(frame[60:63].to_numpy(dtype=object).tolist()):
        values, base = interventional_shapley_values(
            predict, row, frame[:9].to_numpy(dtype=object).tolist()
        )
        np.testing.assert_allclose(explanation.values[i], values, atol=1e-9)
        np.testing.assert_allclose(explanation.base_values[i], base, atol=1e-9)


# -- output spaces ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["boosting, 2 classes", "boosting, 3 classes", "boosting, Poisson"]
)
def test_rescaled_values_add_up_and_say_what_they_are(name):
    model = fitted(name)
    output = "value" if "Poisson" in name else "probability"
    explanation = TreeExplainer(model, BACKGROUND, output=output).explain_local(ROWS)
    predict = own_output(model, output)
    total = explanation.values.sum(axis=1) + explanation.base_values
    np.testing.assert_allclose(total, predict(ROWS).reshape(10, -1), rtol=1e-10)
    np.testing.assert_allclose(
        explanation.base_values[0], predict(BACKGROUND).reshape(15, -1).mean(axis=0), rtol=1e-10
    )
    assert explanation.output_space == output
    assert explanation.stats.method == f"tree, interventional, rescaled to {output}"
    assert any("not Shapley values" in warning for warning in explanation.stats.warnings)
    if output == "probability":
        np.testing.assert_allclose(explanation.values.sum(axis=2), 0, atol=1e-14)


@pytest.mark.parametrize("arguments", [(), (BACKGROUND,)])
def test_margin_of_two_classes_has_two_mirrored_outputs(arguments):
    explanation = TreeExplainer(fitted("boosting, 2 classes"), *arguments).explain_local(ROWS)
    assert explanation.output_space == "raw"
    np.testing.assert_array_equal(explanation.values[..., 0], -explanation.values[..., 1])
    np.testing.assert_array_equal(explanation.base_values[:, 0], -explanation.base_values[:, 1])


@pytest.mark.parametrize("arguments", [(), (BACKGROUND,)])
def test_auto_is_the_space_in_which_the_trees_add_up(arguments):
    def space(name):
        return TreeExplainer(fitted(name), *arguments).output

    assert space("forest, 3 classes") == "probability"
    assert space("boosting, 3 classes") == "raw"
    assert space("forest") == "value"


# -- a library's own contributions --------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(), (BACKGROUND,)])
def test_model_without_trees_is_explained_by_its_own_contributions(arguments):
    explainer = TreeExplainer(without_trees("boosting, 2 classes"), *arguments, n_jobs=2)
    assert explainer.output == "raw"
    assert isinstance(explainer.engine, SerialEngine)
    explanation = explainer.explain_local(ROWS)
    assert explanation.stats.method == ("tree, path-dependent (GradientBoostingClassifier's own)")
    assert explanation.stats.n_background == 0
    assert explanation.stats.efficiency_gap < 1e-12
    assert (explanation.base_values == 1).all()


# -- refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: TreeExplainer(LinearRegression().fit(X, SCORE)), "LinearRegression: .* tree"),
        (
            lambda: TreeExplainer(fitted("forest"), perturbation="interventional"),
            "initialization_examples",
        ),
        (
            lambda: TreeExplainer(fitted("boosting, 2 classes"), output="probability"),
            "'raw'; 'probability' needs initialization_examples",
        ),
        (
            lambda: TreeExplainer(
                without_trees("boosting, 2 classes"), BACKGROUND, perturbation="interventional"
            ),
            "its trees are hidden, and its library's own contributions are path-dependent",
        ),
        (
            lambda: TreeExplainer(without_trees("boosting, 2 classes"), output="probability"),
            "'raw', not 'probability'; its trees are hidden",
        ),
    ],
)
def test_refusals_say_why(make, reason):
    with pytest.raises(UnsupportedModelError, match=reason) as refusal:
        make()
    assert len(str(refusal.value).splitlines()) == 1


def test_unknown_perturbation_is_refused():
    with pytest.raises(InvalidInputError, match="perturbation must be one of 'auto'"):
        TreeExplainer(fitted("forest"), perturbation="tree_path_dependent")


def test_trees_without_training_weights_are_explained_by_reference_rows_only():
    model = adapt(fitted("forest"))
    structure = tree_structure(model)
    arrays = structure.ensemble.arrays
    bare = replace(
        structure,
        ensemble=replace(structure.ensemble, arrays=arrays._replace(cover=0.0 * arrays.cover)),
    )
    stripped = replace(model, trees=partial(replace, bare))
    assert "training weight" in reason_against_path_dependent(stripped, "auto")
    values = TreeExplainer(stripped, BACKGROUND).explain_local(ROWS).values
    expected = TreeExplainer(model, BACKGROUND).explain_local(ROWS).values
    np.testing.assert_allclose(values, expected, atol=1e-13)


def test_most_seconds_is_named():
    model, background = adapt(fitted("forest")), as_background(X)
    cost = seconds_per_row(tree_structure(model), background)
    assert reason_against_interventional(model, background, "auto", most_seconds=cost) is None
    reason = reason_against_interventional(model, background, "auto", most_seconds=cost / 2)
    assert f"{cost / 2:.1g}" in reason
    assert "120 reference rows" in reason
    assert reason_against_interventional(model, background, "auto", most_seconds=math.inf) is None


def test_rescaled_values_are_dearer():
    model, background = adapt(fitted("boosting, 2 classes")), as_background(X)
    structure = tree_structure(model)
    cost = seconds_per_row(structure, background, linked=True)
    assert cost > seconds_per_row(structure, background)
    limits = {"most_seconds": cost / 2}
    assert reason_against_interventional(model, background, "raw", **limits) is None
    assert reason_against_interventional(model, background, "probability", **limits)


# -- invariance -----------------------------------------------------------------------------------------

SETTINGS = {
    "path-dependent": ("boosting, 3 classes", (), {}),
    "interventional": ("forest", (BACKGROUND,), {}),
    "rescaled": ("boosting, 3 classes", (BACKGROUND,), {"output": "probability"}),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_threads_batches_and_pickling_change_no_bit(setting):
    name, arguments, options = SETTINGS[setting]
    explainer = TreeExplainer(fitted(name), *arguments, **options)
    expected = explainer.explain_local(X).values
    for batch_size in (7, None):
        options = {**options, "n_jobs": 4, "batch_size": batch_size}
        threaded = TreeExplainer(fitted(name), *arguments, **options)
        np.testing.assert_array_equal(threaded.explain_local(X).values, expected)
    revived = pickle.loads(pickle.dumps(explainer))
    np.testing.assert_array_equal(revived.explain_local(X).values, expected)


def test_rescaled_values_are_shared_out_among_threads(monkeypatch):
    names = set()

    def noted(*arguments, **options):
        names.add(threading.current_thread().name)
        return linked_values(*arguments, **options)

    monkeypatch.setattr("pellucid.explainers.tree_linked_game.linked_values", noted)
    explainer = TreeExplainer(
        fitted("boosting, 3 classes"), BACKGROUND, output="probability", n_jobs=2
    )
    explainer.explain_local(np.tile(X, (3, 1)))
    assert names
    assert all(name.startswith("pellucid") for name in names)


def test_trees_are_read_only_once():
    model = adapt(fitted("forest"))
    assert tree_structure(model) is tree_structure(model)
