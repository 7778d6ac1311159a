"""The old SDK's documented snippets for local training, as they stand but for the package name."""

import warnings

import numpy as np
import pytest
from sklearn import svm
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

catboost = pytest.importorskip("catboost")
lightgbm = pytest.importorskip("lightgbm")
xgboost = pytest.importorskip("xgboost")


def svc_with_probabilities():
    if "probability" not in svm.SVC().get_params():
        pytest.skip("this scikit-learn has no SVC(probability=True) any more")
    return svm.SVC(gamma=0.001, C=100.0, probability=True)


def calibrated_svc():
    return CalibratedClassifierCV(svm.SVC(gamma=0.001, C=100.0), ensemble=False)


MODELS = {
    "SVC": (svc_with_probabilities, "KernelExplainer"),
    "CalibratedClassifierCV": (calibrated_svc, "KernelExplainer"),
    "RandomForest": (lambda: RandomForestClassifier(50, random_state=0), "TreeExplainer"),
    "GradientBoosting": (lambda: GradientBoostingClassifier(random_state=0), "TreeExplainer"),
    "HistGradientBoosting": (HistGradientBoostingClassifier, "TreeExplainer"),
    "LGBM": (lambda: lightgbm.LGBMClassifier(verbose=-1, n_jobs=1), "TreeExplainer"),
    "XGB": (lambda: xgboost.XGBClassifier(n_jobs=1), "TreeExplainer"),
    "CatBoost": (
        lambda: catboost.CatBoostClassifier(
            iterations=50, verbose=False, allow_writing_files=False, thread_count=1
        ),
        "TreeExplainer",
    ),
    "LogisticRegression": (lambda: LogisticRegression(max_iter=10_000), "LinearExplainer"),
}


def fit(make, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' own deprecations and convergence notes
        return make().fit(X, y)


@pytest.fixture(params=MODELS)
def kind(request):
    return request.param


@pytest.mark.parametrize("with_classes", [True, False])
def test_breast_cancer_snippet(kind, with_classes):
    make, expected = MODELS[kind]
    # load breast cancer dataset, a well-known small dataset that comes with scikit-learn
    breast_cancer_data = load_breast_cancer()
    classes = breast_cancer_data.target_names.tolist()
    # split data into train and test
    x_train, x_test, y_train, _ = train_test_split(
        breast_cancer_data.data, breast_cancer_data.target, test_size=0.2, random_state=0
    )
    model = fit(make, x_train, y_train)

    from pellucid.tabular_explainer import TabularExplainer

    # "features" and "classes" fields are optional
    if with_classes:
        explainer = TabularExplainer(
            model, x_train, features=breast_cancer_data.feature_names, classes=classes
        )
    else:
        explainer = TabularExplainer(model, x_train)
    assert type(explainer.explainer).__name__ == expected

    # you can use the training data or the test data here
    slow = expected == "KernelExplainer"
    global_explanation = explainer.explain_global(x_train if not slow or with_classes else x_test)

    # sorted feature importance values and feature names
    sorted_global_importance_values = global_explanation.get_ranked_global_values()
    sorted_global_importance_names = global_explanation.get_ranked_global_names()
    assert len(sorted_global_importance_values) == len(sorted_global_importance_names) == 30
    assert sorted_global_importance_values == sorted(sorted_global_importance_values, reverse=True)
    ranked = dict(zip(sorted_global_importance_names, sorted_global_importance_values, strict=True))
    # alternatively, a dictionary that holds the top K feature names and values
    assert global_explanation.get_feature_importance_dict() == ranked
    known = breast_cancer_data.feature_names if with_classes else [str(j) for j in range(30)]
    assert set(ranked) == set(known)
    if with_classes:
        per_class = global_explanation.get_ranked_per_class_names(top_k=3)
        assert len(per_class) == len(classes)
        assert global_explanation.classes == tuple(classes)

    # explain the first data point in the test set
    local_explanation = explainer.explain_local(x_test[0])
    sorted_local_importance_names = local_explanation.get_ranked_local_names()
    sorted_local_importance_values = local_explanation.get_ranked_local_values()
    assert np.shape(sorted_local_importance_names) == (2, 1, 30)
    assert np.shape(sorted_local_importance_values) == (2, 1, 30)

    # explain the first five data points in the test set
    local_explanation = explainer.explain_local(x_test[0:4])
    assert np.shape(local_explanation.get_ranked_local_names()) == (2, 4, 30)
    assert np.shape(local_explanation.get_ranked_local_values()) == (2, 4, 30)
    total = local_explanation.values.sum(axis=1) + local_explanation.base_values
    np.testing.assert_allclose(total, local_explanation.predictions, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("with_classes", [True, False])
def test_three_classes(kind, with_classes):
    make, expected = MODELS[kind]
    iris = load_iris()
    x_train, x_test, y_train, _ = train_test_split(
        iris.data, iris.target, test_size=0.2, random_state=0
    )
    model = fit(make, x_train, y_train)

    from pellucid import TabularExplainer

    names = {"classes": iris.target_names.tolist()} if with_classes else {}
    explainer = TabularExplainer(model, x_train, features=iris.feature_names, **names)
    assert type(explainer.explainer).__name__ == expected
    global_explanation = explainer.explain_global(x_test)
    assert set(global_explanation.get_ranked_global_names()) == set(iris.feature_names)
    assert np.shape(global_explanation.get_ranked_per_class_values()) == (3, 4)
    local_explanation = explainer.explain_local(x_test[0])
    assert np.shape(local_explanation.get_ranked_local_values()) == (3, 1, 4)
    if with_classes:
        assert local_explanation.classes == tuple(iris.target_names)
