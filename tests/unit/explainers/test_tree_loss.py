import pickle
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from oracles.tree_ensembles import Game
from oracles.tree_shapley import loss_slope, rescaled_values
from sklearn.datasets import make_regression
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.metrics import log_loss
from sklearn.tree import DecisionTreeRegressor
from xgboost import XGBClassifier

import pellucid
from pellucid import InvalidInputError, TreeExplainer, UnsupportedModelError
from pellucid.cli.tables import row_lines
from pellucid.data.background import Background
from pellucid.data.table import as_table
from pellucid.models.adapt import adapt
from pellucid.models.model import Unavailable
from pellucid.plots.report import write_report
from pellucid.plots.waterfall import Waterfall
from pellucid.plots.wording import output_name

rng = np.random.default_rng(7)
X = np.round(rng.normal(size=(160, 4)), 1)
SCORE = X[:, 0] * X[:, 1] + np.abs(X[:, 2])
TWO, THREE = SCORE > 0.5, np.digitize(SCORE, [0.3, 1.0])
WORDS = np.array(["low", "middle", "top"])[THREE]
BACKGROUND, ROWS, SOME = X[:12], X[60:90], slice(60, 90)

MODELS = {
    "gradient boosting": (
        lambda: GradientBoostingClassifier(n_estimators=8, random_state=0),
        TWO,
        "log-loss",
    ),
    "LightGBM": (lambda: LGBMClassifier(n_estimators=8, verbose=-1, n_jobs=1), TWO, "log-loss"),
    "XGBoost": (lambda: XGBClassifier(n_estimators=8, max_depth=3), TWO * 1, "log-loss"),
    "3 classes": (
        lambda: HistGradientBoostingClassifier(max_iter=6, min_samples_leaf=5, random_state=0),
        WORDS,
        "log-loss",
    ),
    "forest": (lambda: RandomForestClassifier(7, random_state=0), WORDS, "log-loss"),
    "regression": (
        lambda: RandomForestRegressor(6, max_depth=4, random_state=0),
        SCORE,
        "squared error",
    ),
}


@cache
def fitted(name):
    make, y, _ = MODELS[name]
    return make().fit(X, y)


def explained(name, rows=ROWS, labels=None, **options):
    labels = MODELS[name][1][SOME] if labels is None else labels
    return TreeExplainer(fitted(name), BACKGROUND, **options).explain_loss(rows, labels)


def losses_of(name, rows, label):
    """Each row's loss by one label, by scikit-learn's definition."""
    model = fitted(name)
    if MODELS[name][2] == "squared error":
        return (model.predict(rows) - label) ** 2
    p = model.predict_proba(rows)
    return [log_loss([label], p[i : i + 1], labels=model.classes_) for i in range(len(rows))]


@pytest.mark.parametrize("name", MODELS)
def test_values_add_up_from_the_mean_loss_to_the_loss(name):
    found, labels = explained(name), MODELS[name][1][SOME]
    for i, label in enumerate(labels):
        [loss] = losses_of(name, ROWS[i : i + 1], label)
        base = np.mean(losses_of(name, BACKGROUND, label))
        np.testing.assert_allclose(found.predictions[i], loss, rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(found.base_values[i], base, rtol=1e-5)
    total = found.values.sum(axis=1) + found.base_values
    np.testing.assert_allclose(total, found.predictions, rtol=1e-12, atol=1e-12)
    assert found.values.shape == (len(ROWS), 4, 1)
    assert found.output_space == MODELS[name][2]
    assert (found.task, found.classes) == ("regression", None)
    assert found.stats.exactness == "approximate"
    assert found.stats.method == f"tree, interventional, rescaled to {found.output_space}"
    [warning] = found.stats.warnings
    assert f"are not Shapley values of the {found.output_space} itself" in warning


@pytest.mark.parametrize(("name", "loss"), [("3 classes", "softmax"), ("LightGBM", "logistic")])
def test_values_are_the_mean_slope_times_each_pairs_values(name, loss):
    structure = adapt(fitted(name)).trees()
    players, weights = structure.players, np.full(len(BACKGROUND), 1 / len(BACKGROUND))
    game = Game(structure.ensemble, players.raw_of, players.n_raw, ROWS, BACKGROUND, weights)
    found = explained(name, ROWS[:3], MODELS[name][1][SOME][:3])
    numbers = THREE if loss == "softmax" else TWO
    for i, label in enumerate(numbers[SOME][:3]):
        expected = rescaled_values(game, ROWS[i], lambda at, y=label: loss_slope(loss, at, y))
        np.testing.assert_allclose(found.values[i], expected, atol=1e-11)


@pytest.mark.parametrize("name", ["LightGBM", "XGBoost"])
def test_values_are_those_of_shap(name):
    shap = pytest.importorskip("shap")
    theirs = shap.TreeExplainer(
        fitted(name), BACKGROUND, model_output="log_loss", feature_perturbation="interventional"
    )
    expected = theirs.shap_values(ROWS, TWO[SOME])
    found = explained(name).values[:, :, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["3 classes", "regression"])
def test_threads_and_blocks_change_nothing(name):
    rows, labels = np.tile(X, (2, 1)), np.tile(MODELS[name][1], 2)
    found = explained(name, rows, labels)
    for options in ({"n_jobs": 3}, {"batch_size": 7}, {"output": "auto", "n_jobs": 2}):
        assert explained(name, rows, labels, **options) == found


def test_any_output_of_the_explainer_leads_to_the_same():
    raw, linked = explained("3 classes"), explained("3 classes", output="probability")
    np.testing.assert_array_equal(raw.values, linked.values)


def test_weights_of_reference_rows_count():
    weights = np.arange(1.0, 13)
    once = Background(as_table(BACKGROUND), weights / weights.sum())
    repeated = np.repeat(BACKGROUND, weights.astype(int), axis=0)
    model, labels = fitted("regression"), SCORE[SOME]
    first = TreeExplainer(model, once).explain_loss(ROWS, labels)
    second = TreeExplainer(model, repeated).explain_loss(ROWS, labels)
    np.testing.assert_allclose(first.values, second.values, atol=1e-13)
    np.testing.assert_allclose(first.base_values, second.base_values)


def test_labels_by_other_names_of_the_classes():
    names = ["poor", "fair", "good"]
    by_number = explained("3 classes", labels=np.array(names)[THREE[SOME]], classes=names)
    assert by_number == explained("3 classes")


def test_one_row():
    found = explained("regression", ROWS[0], SCORE[60])
    assert found == explained("regression", ROWS[:1], SCORE[60:61])
    np.testing.assert_array_equal(found.values[0], explained("regression").values[0])


@pytest.mark.parametrize(
    ("name", "labels", "message"),
    [
        ("3 classes", np.full(30, "high"), "'high' in row 0; classes are 'low', 'middle', 'top'"),
        ("3 classes", WORDS, "160 labels, but there are 30 rows"),
        ("regression", np.full(30, np.nan), "nan in row 0; targets must be finite"),
        ("regression", WORDS[SOME], "where numbers are needed"),
    ],
)
def test_labels_that_cannot_be(name, labels, message):
    with pytest.raises(InvalidInputError, match=message):
        explained(name, labels=labels)


@pytest.mark.parametrize(
    "explainer",
    [
        lambda: TreeExplainer(fitted("regression")),
        lambda: TreeExplainer(fitted("regression"), BACKGROUND, perturbation="path-dependent"),
    ],
)
def test_reference_rows_are_needed(explainer):
    with pytest.raises(InvalidInputError, match="loss needs initialization_examples as reference"):
        explainer().explain_loss(ROWS, SCORE[SOME])


TWO_TARGETS = make_regression(40, 4, n_targets=2, random_state=0)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (lambda: AdaBoostClassifier(n_estimators=3).fit(X, THREE), "no log-odds of its classes"),
        (lambda: DecisionTreeRegressor(max_depth=2).fit(*TWO_TARGETS), "predicts 2 targets"),
        (lambda: IsolationForest(n_estimators=3).fit(X), "no true labels"),
        (
            lambda: HistGradientBoostingRegressor(loss="poisson", max_iter=2).fit(X, THREE),
            "go through a link",
        ),
        (
            lambda: LGBMClassifier(n_estimators=2, objective="multiclassova", verbose=-1).fit(
                X, THREE
            ),
            "no log-odds of its classes",
        ),
        (
            lambda: replace(
                adapt(fitted("regression")),
                trees=Unavailable("they are hidden"),
                contributions=lambda table: (np.zeros((table.n_rows, 4, 1)), np.zeros(1)),
            ),
            "they are hidden",
        ),
    ],
)
def test_models_without_a_loss_of_their_sums(model, reason):
    explainer = TreeExplainer(model(), BACKGROUND)
    with pytest.raises(UnsupportedModelError, match=f"loss of .* cannot be explained.*{reason}"):
        explainer.explain_loss(ROWS, SCORE[SOME])


def test_a_model_that_is_not_its_trees_is_told():
    model = adapt(fitted("regression"))
    other = replace(
        model, outputs={"value": lambda table: 2 * model.predict(table, "value")}, native=None
    )
    found = TreeExplainer(other, BACKGROUND).explain_loss(ROWS, SCORE[SOME])
    assert found.stats.warnings[1] == "the model's predictions differ from the sums of its trees"
    expected = (2 * fitted("regression").predict(ROWS) - SCORE[SOME]) ** 2
    np.testing.assert_allclose(found.predictions[:, 0], expected)
    assert found.stats.efficiency_gap > 0.01


@pytest.mark.usefixtures("compact_tables")
@pytest.mark.parametrize("name", ["LightGBM", "regression"])
def test_results_are_stored_printed_and_drawn(name, tmp_path):
    found = explained(name)
    space = found.output_space
    importance = found.importance()
    assert pickle.loads(pickle.dumps(found)) == found
    assert pellucid.load(found.save(tmp_path / "local")) == found
    assert pellucid.load(importance.save(tmp_path / "global")) == importance
    assert f"4 features, 1 output, in units of {space}" in repr(found)
    assert f"row 0, {space}: " in found._repr_html_()
    assert output_name(found) == output_name(importance, 0) == space
    steps = Waterfall.from_explanation(found, 3)
    assert steps.end == space
    assert f"{space} is " in steps.title
    assert any(line.startswith(space) for line in row_lines(steps))
    report = write_report(importance, tmp_path / "report.html").read_text()
    assert f"highest {space}" in report
    assert f"({space})" not in report
