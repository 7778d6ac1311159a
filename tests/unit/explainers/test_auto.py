import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier
from interpret.glassbox import ExplainableBoostingRegressor
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

import pellucid
from pellucid import (
    GradientExplainer,
    InvalidInputError,
    KernelExplainer,
    LIMEExplainer,
    LinearExplainer,
    MimicExplainer,
    TabularExplainer,
    TreeExplainer,
    UnsupportedModelError,
)
from pellucid.explainers.auto import CHOICES
from pellucid.explainers.base import Explainer

rng = np.random.default_rng(31)
X = rng.normal(size=(60, 4))
Y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)
FOREST = RandomForestRegressor(5, random_state=0).fit(X, Y)
LOGISTIC = LogisticRegression().fit(X, Y)
SUPPORT = SVC().fit(X, Y)
ADDITIVE = ExplainableBoostingRegressor(max_rounds=5, outer_bags=1, n_jobs=1).fit(X, X[:, 0])


def choice(*arguments, **options):
    explainer = TabularExplainer(*arguments, **options)
    return explainer.explainer.method, [method for method, _ in explainer.explainer.refused]


def test_trees_come_first():
    assert choice(FOREST, X) == ("tree, interventional", [])


def test_without_reference_rows_trees_are_explained_by_their_paths():
    assert choice(FOREST) == ("tree, path-dependent", ["tree, interventional"])


def test_trees_that_cannot_be_read_explain_themselves():
    frame = pd.DataFrame({"a": X[:, 0], "color": rng.choice(["red", "blue", "green"], 60)})
    model = CatBoostClassifier(
        iterations=5,
        cat_features=["color"],
        one_hot_max_size=1,
        verbose=False,
        allow_writing_files=False,
        thread_count=1,
    ).fit(frame, Y)
    method, refused = choice(model, frame)
    assert method.startswith("tree, path-dependent")
    assert refused == ["tree, interventional"]


def test_linear_models_come_after_trees():
    assert choice(LOGISTIC, X) == (
        "linear, interventional",
        ["tree, interventional", "tree, path-dependent", "deep"],
    )


def test_the_kernel_explainer_takes_what_is_left():
    trees = ["tree, interventional", "tree, path-dependent"]
    refused = [*trees, "deep", "linear, interventional", "additive, interventional"]
    assert choice(SUPPORT, X) == ("kernel", refused)
    assert choice(LOGISTIC, X, output="probability") == ("kernel", refused)


def test_refusals_travel_in_every_explanation():
    explainer = TabularExplainer(SUPPORT, X[:10])
    reasons = dict(explainer.explainer.refused)
    assert "rbf" in reasons["linear, interventional"]
    assert explainer.explain_local(X[:2]).stats.refused == explainer.explainer.refused
    assert explainer.explain_global(X[:2]).stats.refused == explainer.explainer.refused


def test_when_all_refuse_every_reason_is_listed():
    with pytest.raises(UnsupportedModelError) as refusal:
        TabularExplainer(SUPPORT)
    message = str(refusal.value)
    assert "SVC" in message
    assert len(message.splitlines()) == 1
    assert all(f"{each.method}: " in message for each in CHOICES)
    assert message.count("; ") >= len(CHOICES) - 1


@pytest.mark.parametrize(
    ("model", "explainer"),
    [(FOREST, TreeExplainer), (LOGISTIC, LinearExplainer), (SUPPORT, KernelExplainer)],
)
def test_results_are_those_of_the_chosen_explainer(model, explainer):
    names = ["a", "b", "c", "d"]
    automatic = TabularExplainer(model, X[:10], features=names)
    direct = explainer(model, X[:10], features=names)
    assert type(automatic.explainer) is explainer
    assert automatic.features == tuple(names)
    assert automatic.classes == direct.classes
    assert automatic.model.native is model
    found, expected = automatic.explain_local(X[:5]), direct.explain_local(X[:5])
    np.testing.assert_array_equal(found.values, expected.values)
    whole, streamed = (
        automatic.explain_global(X[:20], include_local=kept, batch_size=7) for kept in (True, False)
    )
    np.testing.assert_allclose(whole.values, streamed.values, rtol=1e-12)
    assert streamed.local is None


def test_names_of_the_reference_rows_reach_every_choice():
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    for model in (FOREST, LOGISTIC, SUPPORT):
        explainer = TabularExplainer(model, frame[:10])
        assert explainer.features == ("a", "b", "c", "d")
        turned = explainer.explain_local(frame[["d", "c", "b", "a"]][:3])
        np.testing.assert_array_equal(turned.values, explainer.explain_local(frame[:3]).values)


def test_classes_and_model_task():
    assert TabularExplainer(LOGISTIC, X, classes=["no", "yes"]).classes == ("no", "yes")
    explainer = TabularExplainer(lambda rows: rows[:, 0] > 0, X, model_task="classification")
    assert explainer.classes == ("0", "1")
    with pytest.raises(InvalidInputError, match="model_task"):
        TabularExplainer(LOGISTIC, X, model_task="unknown")


def test_words_of_the_old_sdk():
    explainer = TabularExplainer(SUPPORT, X, nclusters=6, nsamples=16)
    assert explainer.explain_local(X[:2]).stats.n_background == 6
    assert explainer.explainer.budget == 6 * 16
    # Explainers that are exact on all reference rows need neither.
    exact = TabularExplainer(FOREST, X, nclusters=6, nsamples=16)
    assert exact.explain_local(X[:2]).stats.n_background == 60


def test_budget_reaches_the_kernel_explainer_alone():
    assert TabularExplainer(SUPPORT, X, budget=77).explainer.budget == 77
    exact = TabularExplainer(FOREST, X, budget=77).explain_local(X[:2])
    assert exact == TabularExplainer(FOREST, X).explain_local(X[:2])
    with pytest.raises(InvalidInputError, match="budget and nsamples"):
        TabularExplainer(SUPPORT, X, budget=77, nsamples=16)


def test_a_standard_error_can_be_asked_for_whatever_is_chosen():
    automatic = TabularExplainer(SUPPORT, X, target_se=0.1).explain_local(X[:2])
    direct = KernelExplainer(SUPPORT, X, target_se=0.1).explain_local(X[:2])
    np.testing.assert_array_equal(automatic.values, direct.values)
    assert "not used" not in dict(automatic.stats.settings)
    summarized = TabularExplainer(SUPPORT, X, summarize=6).explain_local(X[:2])
    assert summarized.stats.n_background == 6
    with pytest.raises(InvalidInputError, match="summarize and nclusters"):
        TabularExplainer(SUPPORT, X, summarize=6, nclusters=6)


def test_what_the_chosen_explainer_has_no_use_for_is_told():
    exact = TabularExplainer(FOREST, X, target_se=0.1, budget=77)
    assert dict(exact.explain_local(X[:2]).stats.settings)["not used"] == "budget, target_se"
    assert dict(exact.explain_global(X[:2]).stats.settings)["not used"] == "budget, target_se"
    assert "not used" not in dict(TabularExplainer(FOREST, X).explain_local(X[:2]).stats.settings)


@pytest.mark.parametrize(
    "wrong", [{"target_se": 2}, {"budget": "much"}, {"nclusters": 0}, {"perturbation": "tree"}]
)
@pytest.mark.parametrize("model", [FOREST, LOGISTIC, SUPPORT])
def test_wrong_parameters_are_refused_whatever_is_chosen(model, wrong):
    with pytest.raises(InvalidInputError, match="must be"):
        TabularExplainer(model, X, **wrong)


def test_the_game_of_trees_can_be_asked_for():
    method, refused = choice(FOREST, X, perturbation="path-dependent")
    assert (method, refused) == ("tree, path-dependent", ["tree, interventional"])
    explained = TabularExplainer(SUPPORT, X[:10], perturbation="interventional").explain_local(X[0])
    assert dict(explained.stats.settings)["not used"] == "perturbation"


def test_explainers_say_what_they_explain_and_how():
    assert repr(TabularExplainer(SUPPORT, X)) == (
        "<TabularExplainer of SVC: kernel, 60 reference rows, 4 features, output 'raw'>"
    )
    assert "path-dependent, no reference rows" in repr(TreeExplainer(FOREST))
    assert "1 reference row, 4 features" in repr(KernelExplainer(SUPPORT, X[:1]))


@pytest.mark.parametrize("model", [FOREST, LOGISTIC, SUPPORT])
def test_unknown_keywords_are_named(model):
    with pytest.raises(TypeError, match="clases"):
        TabularExplainer(model, X, clases=["no", "yes"])


def test_an_error_of_the_chosen_explainer_is_an_error():
    with pytest.raises(InvalidInputError, match="nsamples"):
        TabularExplainer(SUPPORT, X, nsamples=0)
    boosting = GradientBoostingClassifier(n_estimators=3).fit(X, Y)
    with pytest.raises(InvalidInputError, match="features"):
        TabularExplainer(boosting, X, features=["a", "b"])


def test_it_can_be_stored():
    explainer = TabularExplainer(SUPPORT, X[:10])
    revived = pickle.loads(pickle.dumps(explainer))
    assert revived.explain_local(X[:3]) == explainer.explain_local(X[:3])


def test_every_single_explainer_is_in_the_table():
    single = {
        getattr(pellucid, name)
        for name in pellucid.__all__
        if name.endswith("Explainer") and issubclass(getattr(pellucid, name), Explainer)
    }
    torch = pytest.importorskip("torch")
    models = (FOREST, torch.nn.Linear(X.shape[1], 1), LOGISTIC, ADDITIVE, SUPPORT)
    chosen = {type(TabularExplainer(model, X).explainer) for model in models}
    on_request = {GradientExplainer, LIMEExplainer, MimicExplainer}
    assert chosen == single - on_request


def test_its_verbs_have_the_signatures_of_an_explainer():
    for verb in ("explain_local", "explain_global"):
        ours = inspect.signature(getattr(TabularExplainer, verb))
        assert ours == inspect.signature(getattr(Explainer, verb))
