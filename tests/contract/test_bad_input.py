"""Bad input gives one line of ours that names the culprit."""

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

import pellucid
from pellucid import (
    KernelExplainer,
    LIMEExplainer,
    LinearExplainer,
    PellucidError,
    TabularExplainer,
    TreeExplainer,
)

rng = np.random.default_rng(0)
FRAME = pd.DataFrame(rng.normal(size=(60, 3)), columns=["age", "hours", "gain"])
LABELS = (FRAME["age"] + FRAME["hours"] > 0).astype(int)
FOREST = RandomForestClassifier(5, random_state=0).fit(FRAME, LABELS)
LOGISTIC = LogisticRegression().fit(FRAME, LABELS)
SUPPORT = SVC().fit(FRAME, LABELS)
EXPLAINERS = {
    "tree": lambda: TreeExplainer(FOREST, FRAME),
    "path-dependent": lambda: TreeExplainer(FOREST),
    "linear": lambda: LinearExplainer(LOGISTIC, FRAME),
    "kernel": lambda: KernelExplainer(SUPPORT, FRAME),
    "lime": lambda: LIMEExplainer(SUPPORT, FRAME, budget=64),
    "automatic": lambda: TabularExplainer(LOGISTIC, FRAME),
}


@pytest.fixture(params=EXPLAINERS)
def explainer(request):
    return EXPLAINERS[request.param]()


def refused(action, *culprits):
    with pytest.raises(PellucidError) as refusal:
        action()
    message = str(refusal.value)
    assert len(message.splitlines()) == 1, message
    for culprit in culprits:
        assert str(culprit) in message, message
    return message


def test_wrong_number_of_columns(explainer):
    refused(lambda: explainer.explain_local(np.zeros((2, 4))), "4 columns", "3")


def test_renamed_column(explainer):
    renamed = FRAME.rename(columns={"hours": "hours per week"})
    refused(lambda: explainer.explain_local(renamed), "'hours'", "'hours per week'")


def test_reordered_columns_are_put_in_order(explainer):
    expected = explainer.explain_local(FRAME[:5])
    found = explainer.explain_local(FRAME[["gain", "age", "hours"]][:5])
    np.testing.assert_array_equal(found.values, expected.values)


def test_strings_where_numbers_are_needed(explainer):
    frame = FRAME[:3].assign(hours=["full", "part", "none"])
    refused(lambda: explainer.explain_local(frame), "'hours'", "full")


@pytest.mark.parametrize("kind", ["linear", "kernel", "lime", "automatic"])
def test_missing_value_where_the_model_takes_none(kind):
    frame = FRAME[:3].copy()
    frame.loc[1, "hours"] = np.nan
    refused(lambda: EXPLAINERS[kind]().explain_local(frame), "'hours'", "missing")


def test_empty_frame(explainer):
    refused(lambda: explainer.explain_local(FRAME[:0]), "no rows")
    refused(lambda: explainer.explain_global(FRAME[:0]), "no rows")


def test_unknown_container(explainer):
    refused(lambda: explainer.explain_local({"age": 1}), "dict")
    refused(lambda: explainer.explain_local(None), "None")


def test_three_dimensional_rows(explainer):
    refused(lambda: explainer.explain_local(np.zeros((2, 3, 3))), "3 dimensions")


@pytest.mark.parametrize(
    "model", [RandomForestClassifier(), LogisticRegression(), SVC(), LGBMClassifier()]
)
def test_model_that_is_not_fitted(model):
    refused(lambda: TabularExplainer(model, FRAME), type(model).__name__, "not fitted")


def test_no_model():
    refused(lambda: TabularExplainer("model.pkl", FRAME), "str")
    refused(lambda: TabularExplainer(RandomForestClassifier, FRAME), "RandomForestClassifier")


def test_function_that_returns_the_wrong_length():
    refused(
        lambda: KernelExplainer(lambda X: np.zeros(len(X) - 1), FRAME).explain_local(FRAME[:4]),
        "shape",
    )


def test_function_that_raises():
    def fails(X):
        raise KeyError("column vanished")

    refused(lambda: KernelExplainer(fails, FRAME).explain_local(FRAME[:4]), "column vanished")


def test_function_that_returns_nan():
    refused(
        lambda: KernelExplainer(lambda X: np.full(len(X), np.nan), FRAME).explain_local(FRAME),
        "finite",
    )


def test_background_of_zero_rows():
    refused(lambda: TabularExplainer(LOGISTIC, FRAME[:0]), "initialization_examples", "no rows")
    refused(lambda: KernelExplainer(SUPPORT, FRAME[:0]), "initialization_examples", "no rows")


@pytest.mark.parametrize(
    ("cell", "problem"), [(np.nan, "missing values"), (np.inf, "infinite or huge values")]
)
def test_background_that_the_model_refuses(cell, problem):
    rows = FRAME.copy()
    rows.loc[3, "hours"] = cell
    if cell == np.inf:  # forests take missing values
        refused(lambda: TreeExplainer(FOREST, rows), "initialization_examples", problem, "'hours'")
    for make in (
        lambda: LIMEExplainer(SUPPORT, rows),
        lambda: LinearExplainer(LOGISTIC, rows),
        lambda: KernelExplainer(SUPPORT, rows),
        lambda: TabularExplainer(LOGISTIC, rows),
    ):
        refused(make, "initialization_examples", problem, "'hours'")


def test_category_that_a_preparation_does_not_know():
    rows = FRAME.assign(color=["red", "blue"] * 30)
    encoding = ColumnTransformer([("color", OneHotEncoder(), ["color"])], remainder="passthrough")
    odd = rows.replace({"color": {"blue": "purple"}})
    for final, explain in [
        (RandomForestClassifier(5), TreeExplainer),
        (LogisticRegression(), LinearExplainer),
    ]:
        model = make_pipeline(encoding, final).fit(rows, LABELS)
        refused(lambda: explain(model, odd), "initialization_examples", "unknown", "purple")  # noqa: B023
        message = refused(lambda: explain(model, rows).explain_local(odd), "unknown", "purple")  # noqa: B023
        assert "numbers are needed" not in message


def test_background_of_other_columns():
    refused(lambda: TreeExplainer(FOREST, FRAME[["age", "hours"]]), "'gain'")
    refused(lambda: LinearExplainer(LOGISTIC, FRAME.rename(columns={"age": "years"})), "'age'")


@pytest.mark.parametrize("top_k", [0, -1, 2.5, "all"])
def test_top_k_that_is_no_count(top_k):
    explainer = TreeExplainer(FOREST)
    importance, local = explainer.explain_global(FRAME), explainer.explain_local(FRAME)
    refused(lambda: importance.get_ranked_global_names(top_k), "top_k", top_k)
    refused(lambda: importance.get_ranked_global_values(top_k), "top_k", top_k)
    refused(lambda: importance.get_ranked_per_class_names(top_k), "top_k", top_k)
    refused(lambda: local.get_ranked_local_names(top_k), "top_k", top_k)


def test_corrupt_file(tmp_path):
    path = tmp_path / "explanation"
    TreeExplainer(FOREST).explain_local(FRAME).save(path)
    array = max(path.rglob("*.npy"), key=lambda file: file.stat().st_size)
    array.write_bytes(array.read_bytes()[:-8])
    refused(lambda: pellucid.load(path), array.name)


def test_foreign_file(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("nothing of ours")
    refused(lambda: pellucid.load(path), "notes.txt")
    refused(lambda: pellucid.load(tmp_path / "absent"), "absent")


def test_names_and_classes_of_the_wrong_number():
    refused(lambda: TreeExplainer(FOREST, features=["a", "b"]), "2 names", "3 columns")
    refused(lambda: TreeExplainer(FOREST, classes=["a"]), "1 name", "2 classes")


@pytest.mark.parametrize("background", [None, FRAME, FRAME.to_numpy()])
def test_features_that_put_the_models_names_in_another_order(background):
    names = ["hours", "gain", "age"]
    refused(lambda: TreeExplainer(FOREST, background, features=names), "order", list(FRAME))
    ordered = TreeExplainer(FOREST, FRAME[names], features=names)
    assert ordered.explain_local(FRAME[:2]) == TreeExplainer(FOREST, FRAME).explain_local(FRAME[:2])


@pytest.mark.parametrize(
    "options",
    [
        {"output": "odds"},
        {"n_jobs": 0},
        {"batch_size": 0},
        {"random_state": -1},
        {"model_task": "x"},
    ],
)
def test_impossible_parameter(options):
    ((name, value),) = options.items()
    refused(lambda: KernelExplainer(SUPPORT, FRAME, **options), name, repr(value))


def test_output_that_the_model_does_not_have():
    refused(lambda: KernelExplainer(SUPPORT, FRAME, output="probability"), "SVC", "probability")


@pytest.mark.parametrize("explainer", [TabularExplainer, KernelExplainer])
def test_mistyped_keyword(explainer):
    def message(**keyword):
        with pytest.raises(TypeError) as caught:
            explainer(LOGISTIC, FRAME, **keyword)
        return str(caught.value)

    name = explainer.__name__
    assert message(clases=["a", "b"]) == f"{name} takes no 'clases'; did you mean classes?"
    assert message(bugdet=9000) == f"{name} takes no 'bugdet'; did you mean budget?"
    assert message(feature_names=["a"]) == f"{name} takes no 'feature_names'; it is called features"
    assert "a function is recognized" in message(is_function=True)
    assert "it takes model, initialization_examples, budget" in message(use_gpu=True)


@pytest.mark.parametrize("names", ["abc", 3, {0: "a", 1: "b", 2: "c"}])
@pytest.mark.parametrize("parameter", ["features", "classes"])
def test_names_that_are_no_list(parameter, names):
    refused(
        lambda: TreeExplainer(FOREST, **{parameter: names}), f"{parameter} must be", repr(names)
    )


def test_classes_that_put_the_models_own_in_another_order():
    turned = list(reversed(TreeExplainer(FOREST).classes))
    refused(lambda: TreeExplainer(FOREST, classes=turned), "order", list(reversed(turned)))


def test_sampling_policy_that_is_none():
    explainer = TreeExplainer(FOREST)
    refused(lambda: explainer.explain_global(FRAME, sampling_policy=True), "SamplingPolicy", "True")


def test_function_called_wrongly_does_not_blame_missing_values():
    def two_arguments(X, y):
        return X["age"] + y

    frame = FRAME[:3].assign(hours=np.nan)
    refused(lambda: KernelExplainer(two_arguments, frame), "missing 1 required positional argument")
    with pytest.raises(pellucid.ModelError):
        KernelExplainer(two_arguments, frame)


# -- transformations -------------------------------------------------------------------------------

PEOPLE = FRAME.assign(city=np.resize(["Rome", "Oslo", "Lima"], len(FRAME)))
STRICT = ColumnTransformer([("city", OneHotEncoder(), ["city"]), ("same", "passthrough", ["age"])])
SCALER = StandardScaler().fit(PEOPLE[["age"]])
BEHIND = {
    "linear": LogisticRegression(),
    "tree": RandomForestClassifier(3, random_state=0),
    "kernel": SVC(),
}


@pytest.fixture(params=BEHIND)
def behind(request):
    """A fitted model behind a fitted ColumnTransformer, and the two as a Pipeline."""
    pipeline = make_pipeline(STRICT, BEHIND[request.param]).fit(PEOPLE, LABELS)
    return pipeline[-1], pipeline[0], pipeline


def test_category_that_the_encoder_does_not_know(behind):
    model, transformer, pipeline = behind
    rows = PEOPLE[:5].assign(city=["Rome", "Lima", "Cairo", "Oslo", "Bern"])
    pairs = [(["city"], transformer.named_transformers_["city"]), (["age"], None)]
    for explainer in (
        TabularExplainer(pipeline, PEOPLE),
        TabularExplainer(model, PEOPLE, transformations=transformer),
        TabularExplainer(model, PEOPLE, transformations=pairs),
    ):
        refused(lambda explainer=explainer: explainer.explain_local(rows), "'city'", "'Cairo'")
    refused(lambda: TabularExplainer(pipeline, rows), "'city'", "initialization_examples")


def test_unknown_column_in_transformations(behind):
    model, transformer, _ = behind
    refused(lambda: TabularExplainer(model, PEOPLE, transformations=[(["town"], SCALER)]), "'town'")
    renamed = PEOPLE.rename(columns={"city": "town"})
    refused(lambda: TabularExplainer(model, renamed, transformations=transformer), "'city'")


def test_transformer_that_is_not_fitted(behind):
    model, _, _ = behind
    for transformations in (
        StandardScaler(),
        make_pipeline(StandardScaler()),
        [(["age"], StandardScaler())],
        [("age", [SCALER, StandardScaler()])],
    ):
        refused(
            lambda given=transformations: TabularExplainer(model, PEOPLE, transformations=given),
            "StandardScaler",
            "not fitted",
        )


def test_transformations_of_another_width_than_the_model(behind):
    model, _, _ = behind
    for transformations in (SCALER, [(["age"], SCALER)]):
        refused(
            lambda given=transformations: TabularExplainer(
                model, PEOPLE[["age"]], transformations=given
            ),
            "returns 1 columns",
            "fitted with 4",
        )


def test_path_dependent_trees_behind_transformations_of_another_width():
    model = make_pipeline(STRICT, BEHIND["tree"]).fit(PEOPLE, LABELS)[-1]
    refused(lambda: TreeExplainer(model, transformations=SCALER), "StandardScaler", "4", "1")


def test_no_transformations():
    for transformations in ("scale", StandardScaler, 3):
        refused(
            lambda given=transformations: TabularExplainer(LOGISTIC, PEOPLE, transformations=given),
            "transformations",
            "fitted",
        )
