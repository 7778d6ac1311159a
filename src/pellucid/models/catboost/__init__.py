"""CatBoost: its scikit-learn estimators and the native CatBoost object."""

from functools import partial
from typing import Any

import catboost
import numpy as np
import numpy.typing as npt

from pellucid._core.errors import UnsupportedModelError
from pellucid._core.typing import Floats, Task
from pellucid.data.table import Table
from pellucid.models.boosting import CUSTOM, Objective, class_names, named_features
from pellucid.models.catboost.columns import Columns
from pellucid.models.catboost.document import read_model, unreadable_splits
from pellucid.models.catboost.trees import build_trees
from pellucid.models.margins import contributions_of_classes
from pellucid.models.model import Model, Predict, Unavailable

_OBJECTIVES = {
    objective.name: objective
    for objective in [
        Objective("Logloss", "classification", "logistic", gives_probabilities=True),
        Objective("CrossEntropy", "classification", "logistic", gives_probabilities=True),
        Objective("Focal", "classification", "logistic", gives_probabilities=True),
        Objective("MultiClass", "classification", "softmax", gives_probabilities=True),
        Objective("MultiClassOneVsAll", "classification", "logistic", gives_probabilities=True),
        Objective("MultiLogloss", "classification", "logistic", gives_probabilities=True),
        Objective("MultiCrossEntropy", "classification", "logistic", gives_probabilities=True),
        Objective("Poisson", "regression", "exponential"),
        Objective("Tweedie", "regression", "exponential"),
        Objective("RMSEWithUncertainty", "regression", None),
    ]
}
"""The losses whose predictions are not the sums of trees themselves."""

CUSTOM_BINARY = Objective("custom", "classification", "logistic", gives_probabilities=True)
CUSTOM_MULTICLASS = Objective("custom", "classification", "softmax", gives_probabilities=True)
"""How CatBoost makes probabilities of a loss that it does not know."""


def from_catboost(
    model: Any,
    *,
    examples: Table | None = None,  # noqa: ARG001 - every adapter is given them
    task: Task | None = None,
) -> Model:
    """Adapt a CatBoostClassifier, CatBoostRegressor, CatBoostRanker or CatBoost."""
    name = type(model).__name__
    if not model.is_fitted():
        raise UnsupportedModelError(f"{name} is not fitted; call fit first")
    columns = Columns.of(model, name)
    classes = list(model.classes_)
    objective = _read_objective(model, classes).for_task(task)
    return Model(
        native=model,
        name=name,
        task=objective.task,
        outputs=objective.outputs(
            partial(_predict, model, columns, "RawFormulaVal"),
            _predictions(model, columns, objective),
        ),
        default_space=objective.spaces[-1],
        classes=class_names(classes or [0, 1]) if objective.task == "classification" else None,
        features=named_features(columns.features, str),
        n_features=len(columns.features),
        trees=_reason_against_trees(model) or partial(build_trees, model, columns, objective),
        # Of a value and its uncertainty, CatBoost explains the value alone.
        contributions=(
            None
            if objective.name == "RMSEWithUncertainty"
            else partial(
                contributions_of_classes, objective.task, partial(_contributions, model, columns)
            )
        ),
    )


def _read_objective(model: Any, classes: list[Any]) -> Objective:
    try:
        loss = str(model.get_all_params().get("loss_function", "")).split(":", 1)[0]
    except catboost.CatBoostError:
        loss = ""  # a sum of models has no parameters
    if loss in _OBJECTIVES:
        return _OBJECTIVES[loss]
    if classes:
        return CUSTOM_BINARY if len(classes) == 2 else CUSTOM_MULTICLASS
    return Objective(loss, "regression", "identity") if loss else CUSTOM


def _predictions(model: Any, columns: Columns, objective: Objective) -> Predict:
    if objective.link in {"logistic", "softmax"}:
        if objective.task == "regression" and columns.n_outputs == 1:
            return partial(_second_probability, model, columns)
        return partial(_predict, model, columns, "Probability")
    if objective.link == "exponential":
        return partial(_predict, model, columns, "Exponent")
    # The losses with a prediction of their own have given it their name.
    of_link = "RawFormulaVal" if objective.link == "identity" else objective.name
    return partial(_predict, model, columns, of_link)


def _reason_against_trees(model: Any) -> Unavailable | None:
    """Look for splits on anything but numbers and single categories, where there may be some."""
    if model.get_text_feature_indices() or model.get_embedding_feature_indices():
        return Unavailable("CatBoost does not give away the trees of models of texts or embeddings")
    if not model.get_cat_feature_indices():
        return None
    try:
        unreadable = unreadable_splits(read_model(model))
    except UnsupportedModelError as error:
        return Unavailable(str(error))
    if not unreadable:
        return None
    return Unavailable(
        "its trees split on statistics that CatBoost computes from categories "
        f"({', '.join(unreadable)})"
    )


def _predict(model: Any, columns: Columns, prediction_type: str, table: Table) -> npt.NDArray[Any]:
    # The method of the base class takes every prediction type, whatever the estimator.
    pool = columns.pool(table)
    return np.asarray(catboost.CatBoost.predict(model, pool, prediction_type=prediction_type))


def _second_probability(model: Any, columns: Columns, table: Table) -> npt.NDArray[Any]:
    return _predict(model, columns, "Probability", table)[:, 1]


def _contributions(model: Any, columns: Columns, table: Table) -> tuple[Floats, Floats]:
    """Return CatBoost's own path-dependent values (n, d, k) and base values (n, k)."""
    found = np.asarray(
        model.get_feature_importance(columns.pool(table), type="ShapValues"), dtype=np.float64
    )
    found = found.reshape(table.n_rows, -1, table.n_features + 1).transpose(0, 2, 1)
    return np.ascontiguousarray(found[:, :-1]), np.ascontiguousarray(found[:, -1])


ADAPTERS = {
    "CatBoost": from_catboost,
    "CatBoostClassifier": from_catboost,
    "CatBoostRegressor": from_catboost,
    "CatBoostRanker": from_catboost,
}
