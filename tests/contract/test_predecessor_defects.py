"""What the old SDK's successor gets wrong, right here."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from xgboost import XGBClassifier

from pellucid import KernelExplainer, LIMEExplainer, SamplingPolicy, TabularExplainer, TreeExplainer

rng = np.random.default_rng(3)
X = rng.normal(size=(300, 4))
Y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
BINARY = {
    "GradientBoosting": lambda: GradientBoostingClassifier(n_estimators=10),
    "HistGradientBoosting": lambda: HistGradientBoostingClassifier(max_iter=10),
    "LightGBM": lambda: LGBMClassifier(n_estimators=10, verbose=-1, n_jobs=1),
    "XGBoost": lambda: XGBClassifier(n_estimators=10, n_jobs=1),
}


@pytest.fixture(params=BINARY)
def binary(request):
    return BINARY[request.param]().fit(X, Y)


def test_binary_boosting_is_classification_with_one_output_per_class(binary):
    explanation = TreeExplainer(binary, classes=["no", "yes"]).explain_local(X[:7])
    assert explanation.task == "classification"
    assert explanation.values.shape == (7, 4, 2)
    np.testing.assert_array_equal(explanation.values[..., 0], -explanation.values[..., 1])
    assert np.shape(explanation.local_importance_values) == (2, 7, 4)


def test_base_value_and_values_are_in_the_same_space(binary):
    explanation = TreeExplainer(binary, X, output="probability").explain_local(X[:50])
    assert explanation.output_space == "probability"
    np.testing.assert_allclose(
        explanation.base_values, np.tile(binary.predict_proba(X).mean(axis=0), (50, 1)), rtol=1e-5
    )
    total = explanation.values.sum(axis=1) + explanation.base_values
    np.testing.assert_allclose(total, binary.predict_proba(X[:50]), rtol=1e-5)


def test_probability_from_path_dependent_log_odds_is_refused_not_rescaled(binary):
    with pytest.raises(TypeError, match="initialization_examples"):
        TreeExplainer(binary, output="probability")


def test_the_class_that_a_feature_speaks_for_has_the_positive_sign():
    labels = np.where(X[:, 3] > 0, "pos", "neg")
    for model in (SVC().fit(X, labels), LogisticRegression().fit(X, labels)):
        explanation = TabularExplainer(model, X[:50]).explain_local(np.eye(4)[[3]] * 2)
        assert explanation.classes == ("neg", "pos")
        assert (
            explanation.output("pos").values[0, 3, 0]
            > 0
            > explanation.output("neg").values[0, 3, 0]
        )


def test_lime_gives_each_class_its_own_column():
    labels = np.digitize(X[:, 3], [-0.5, 0.5])
    model = LogisticRegression().fit(X, labels)
    values = LIMEExplainer(model, X, budget=256).explain_local(X[:5]).values[:, 3]
    slopes = np.sign(values)
    assert (slopes[:, 0] < 0).all()
    assert (slopes[:, 2] > 0).all()
    binary = LogisticRegression().fit(X, labels == 2)
    second = LIMEExplainer(binary, X, budget=256).explain_local(X[:5]).values
    assert (second[:, 3, 1] > 0).all()
    np.testing.assert_array_equal(second[..., 0], -second[..., 1])


def raw_importance(pipeline, frame):
    importance = TabularExplainer(pipeline, frame[:100]).explain_global(frame[:100])
    assert importance.features == tuple(frame.columns)
    assert importance.stats.efficiency_gap < 1e-6
    return importance.get_feature_importance_dict()


def test_bins_are_credited_to_the_column_they_come_from():
    frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"])
    bins = KBinsDiscretizer(5, encode="onehot", quantile_method="averaged_inverted_cdf")
    pipeline = make_pipeline(
        ColumnTransformer([("bins", bins, ["a", "b"])], remainder="passthrough"),
        RandomForestClassifier(20, random_state=0),
    ).fit(frame, frame["a"] > 0)
    found = raw_importance(pipeline, frame)
    assert found["a"] > 5 * found["b"]
    assert found["a"] > 5 * found["c"]


def test_the_indicator_of_missing_values_belongs_to_its_column():
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1]})
    frame.loc[rng.random(300) < 0.4, "a"] = np.nan
    absent = frame["a"].isna()
    pipeline = make_pipeline(
        SimpleImputer(add_indicator=True), RandomForestClassifier(20, random_state=0)
    ).fit(frame, absent)
    found = raw_importance(pipeline, frame)
    assert found["a"] > 5 * found["b"]


def test_rare_categories_of_a_one_hot_encoder():
    colours = rng.choice(["red", "blue", "rare", "rarer"], p=[0.5, 0.4, 0.06, 0.04], size=300)
    frame = pd.DataFrame({"colour": colours, "b": X[:, 1]})
    encoder = OneHotEncoder(min_frequency=30, handle_unknown="infrequent_if_exist", drop="first")
    pipeline = make_pipeline(
        ColumnTransformer([("one-hot", encoder, ["colour"])], remainder="passthrough"),
        RandomForestClassifier(20, random_state=0),
    ).fit(frame, frame["colour"] == "red")
    found = raw_importance(pipeline, frame)
    assert found["colour"] > 5 * found["b"]


def test_boolean_mask_as_columns():
    frame = pd.DataFrame(X, columns=list("abcd"))
    pipeline = make_pipeline(
        ColumnTransformer([("scale", StandardScaler(), [True, False, True, False])]),
        LogisticRegression(),
    ).fit(frame, Y)
    found = raw_importance(pipeline, frame)
    assert found["b"] == found["d"] == 0
    assert found["a"] > 0


def test_each_explanation_carries_its_own_rows():
    explainer = TabularExplainer(SVC().fit(X, Y), X[:30])
    first, second = explainer.explain_global(X[:10]), explainer.explain_global(X[:25])
    assert len(first.local.data) == 10
    assert len(second.local.data) == 25
    assert explainer.explain_local(X[:3]).predictions.shape == (3, 2)


def test_sampled_rows_and_their_values_stay_together():
    model = LGBMClassifier(n_estimators=10, verbose=-1, n_jobs=1).fit(X, Y)
    rows = rng.normal(size=(3000, 4))
    importance = TreeExplainer(model).explain_global(rows, sampling_policy=SamplingPolicy())
    local = importance.local
    assert len(local.values) == len(local.data) == importance.stats.n_rows < 3000
    assert importance.stats.n_rows_given == 3000
    again = TreeExplainer(model).explain_local(local.data)
    np.testing.assert_array_equal(again.values, local.values)
    assert len(np.unique(local.data, axis=0)) == len(local.data)


@pytest.mark.parametrize("n_clusters", [15, 40])
def test_number_of_clusters_is_respected(n_clusters):
    model = SVC().fit(X, Y)
    for explainer in (
        TabularExplainer(model, X, nclusters=n_clusters),
        KernelExplainer(model, X, summarize=n_clusters),
    ):
        assert explainer.explain_local(X[:2]).stats.n_background == n_clusters


def test_trees_inside_other_models_are_found():
    forest = RandomForestClassifier(5, random_state=0)
    for model in (make_pipeline(StandardScaler(), forest), BaggingClassifier(random_state=0)):
        explainer = TabularExplainer(model.fit(X, Y), X[:50])
        assert type(explainer.explainer).__name__ == "TreeExplainer"


def test_a_slow_choice_says_why():
    model = CalibratedClassifierCV(RandomForestClassifier(5, random_state=0)).fit(X, Y)
    stats = TabularExplainer(model, X[:30]).explain_local(X[:2]).stats
    assert "kernel" in stats.method
    assert any("CalibratedClassifierCV" in reason for _, reason in stats.refused)


def test_ranked_values_are_plain_python():
    importance = TabularExplainer(LogisticRegression().fit(X, Y), X).explain_global(X)
    ranked = importance.get_feature_importance_dict(top_k=2)
    assert json.loads(json.dumps(ranked)) == ranked
    assert all(type(value) is float for value in importance.get_ranked_global_values())
    assert all(type(name) is str for name in importance.get_ranked_global_names())


def test_explainer_of_a_support_vector_machine_can_be_stored():
    explainer = TabularExplainer(SVC().fit(X, Y), X[:30])
    revived = pickle.loads(pickle.dumps(explainer))
    assert revived.explain_local(X[:3]) == explainer.explain_local(X[:3])
