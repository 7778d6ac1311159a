"""What users of the old SDK pass to ``MimicExplainer``: understood, or refused with what to say."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid import (
    DecisionTreeExplainableModel,
    InvalidInputError,
    LGBMExplainableModel,
    LinearExplainableModel,
    MimicExplainer,
)

rng = np.random.default_rng(5)
X = rng.normal(size=(240, 3))
ROWS = rng.normal(size=(10, 3))


def linear(rows):
    return 3 * rows[:, 0] - rows[:, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"is_function": True}, "a function is recognized as one"),
        ({"shap_values_output": "probability"}, "say output='probability'"),
        ({"reset_index": "reset"}, "make it a column to have it explained"),
        ({"explain_subset": [0]}, "explain all columns, then pick from them"),
        ({"allow_all_transformations": True}, "every step of a pipeline is explained"),
    ],
)
def test_words_that_are_not_needed_are_refused_with_what_to_do(options, message):
    with pytest.raises(TypeError, match=message):
        MimicExplainer(linear, X, LinearExplainableModel, **options)


def test_replication_measure_is_that_of_the_rows_given():
    teacher = LogisticRegression().fit(X, np.digitize(linear(X), [-1, 1]))
    explainer = MimicExplainer(teacher, X, LGBMExplainableModel, show_progress=False)
    own = explainer.surrogate.predict(ROWS).argmax(axis=1)
    expected = (own == teacher.predict(ROWS)).mean()
    assert explainer.get_surrogate_model_replication_measure(ROWS) == expected
    regression = MimicExplainer(linear, X, DecisionTreeExplainableModel, show_progress=False)
    missed = linear(ROWS) - regression.surrogate.predict(ROWS)[:, 0]
    expected = 1 - (missed**2).sum() / ((linear(ROWS) - linear(ROWS).mean()) ** 2).sum()
    found = regression.get_surrogate_model_replication_measure(ROWS.tolist())
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("kind", "options", "name", "value"),
    [
        (LGBMExplainableModel, {"random_state": 7, "n_jobs": 1}, "seed", 7),
        (LGBMExplainableModel, {"colsample_bytree": 0.9}, "feature_fraction", 0.9),
        (DecisionTreeExplainableModel, {"max_depth": 2}, "max_depth", 2),
        (LinearExplainableModel, {"alpha": 3.0}, "alpha", 3.0),
    ],
)
def test_options_reach_the_library(kind, options, name, value):
    explainer = MimicExplainer(linear, X, kind, explainable_model_args=options, show_progress=False)
    native = explainer.surrogate.natives[0]
    found = native.params if hasattr(native, "params") else native[-1].get_params()
    assert found[name] == value


def test_options_that_the_library_refuses():
    with pytest.raises(InvalidInputError, match=r"could not be fitted .*'alhpa'"):
        MimicExplainer(linear, X, LinearExplainableModel, explainable_model_args={"alhpa": 1})


@pytest.mark.parametrize("columns", [["group"], [1]])
def test_numbers_can_be_categories(columns):
    frame = pd.DataFrame({"age": rng.normal(size=300), "group": rng.integers(0, 8, 300)})
    effect = np.array([0, 5, -5, 3, -2, 8, 1, -7.0])

    def teacher(rows):
        return effect[np.asarray(rows["group"]).astype(int)] + rows["age"].to_numpy()

    given = {"max_num_of_augmentations": 3, "show_progress": False}
    as_number = MimicExplainer(teacher, frame, LinearExplainableModel, **given)
    as_category = MimicExplainer(
        teacher, frame, LinearExplainableModel, categorical_features=columns, **given
    )
    assert as_number.fidelity.overall_r2 < 0.5
    assert as_category.fidelity.overall_r2 > 0.99
    for name in ("grop", 7):
        with pytest.raises(InvalidInputError, match="categorical_features has"):
            MimicExplainer(teacher, frame, categorical_features=[name], **given)


def test_transformations_are_explained_in_raw_columns():
    frame = pd.DataFrame({"age": rng.normal(size=300), "color": rng.choice(["a", "b", "c"], 300)})
    columns = ColumnTransformer(
        [("one", StandardScaler(), ["age"]), ("two", OneHotEncoder(), ["color"])]
    ).fit(frame)
    engineered = columns.transform(frame)
    model = LinearRegression().fit(engineered, np.asarray(engineered) @ [2.0, 0.0, 1.0, 3.0])
    explainer = MimicExplainer(
        model, frame, LinearExplainableModel, transformations=columns, show_progress=False
    )
    found = explainer.explain_local(frame[:20])
    assert found.features == ("age", "color")
    slope = 2.0 / frame["age"].std(ddof=0)
    expected = slope * (frame["age"][:20] - frame["age"].mean())
    np.testing.assert_allclose(found.values[:, 0, 0], expected, atol=0.02)
    np.testing.assert_allclose(found.predictions[:, 0], model.predict(engineered[:20]))


def test_classes_and_ranks_of_each_class():
    labels = np.array(["low", "middle", "high"])[np.digitize(linear(X), [-1.5, 1.5])]
    teacher = LogisticRegression().fit(X, labels)
    explainer = MimicExplainer(
        teacher, X, LGBMExplainableModel, features=["a", "b", "c"], show_progress=False
    )
    whole = explainer.explain_global(X)
    assert whole.classes == ("high", "low", "middle") == tuple(teacher.classes_)
    assert [names[0] for names in whole.get_ranked_per_class_names()] == ["a", "a", "a"]
    streamed = explainer.explain_global(X, include_local=False, batch_size=50)
    np.testing.assert_allclose(streamed.values, whole.values)
    assert streamed.local is None
    own = explainer.explain_local(X)
    high = own.values[teacher.predict(X) == "high"]
    assert high[:, 0, 0].mean() > 0 > high[:, 0, 1].mean()
