"""XGBoost: its scikit-learn estimators and native Boosters, of trees or linear."""

from functools import partial
from typing import Any

import numpy as np
import xgboost

from pellucid._core.errors import UnsupportedModelError
from pellucid._core.typing import Task
from pellucid.data.table import Table
from pellucid.models.boosting import Objective, class_names, named_features
from pellucid.models.margins import contributions_of_classes
from pellucid.models.model import Model, Unavailable
from pellucid.models.xgboost.columns import Columns
from pellucid.models.xgboost.document import read_settings
from pellucid.models.xgboost.linear import build_linear
from pellucid.models.xgboost.objectives import count_outputs, read_objective
from pellucid.models.xgboost.predictor import Predictor
from pellucid.models.xgboost.trees import build_trees


def from_booster(
    booster: Any,
    *,
    examples: Table | None = None,  # noqa: ARG001 - every adapter is given them
    task: Task | None = None,
) -> Model:
    """Adapt a native Booster; its task is that of its objective."""
    if not _is_trained(booster):
        raise UnsupportedModelError("Booster has no rounds; train it first")
    columns = Columns.of(booster, "Booster", missing=np.nan)
    return _adapted(booster, booster, columns, n_rounds=None, task=task, classes=None)


def from_estimator(
    estimator: Any,
    *,
    examples: Table | None = None,  # noqa: ARG001 - every adapter is given them
    task: Task | None = None,
) -> Model:
    """Adapt an estimator; like its ``predict``, up to the best round of early stopping."""
    name = type(estimator).__name__
    if not estimator.__sklearn_is_fitted__():
        raise UnsupportedModelError(f"{name} is not fitted; call fit first")
    booster = estimator.get_booster()
    best = booster.attr("best_iteration")
    classes = getattr(estimator, "classes_", None)
    own_task: Task = "regression" if classes is None else "classification"
    return _adapted(
        estimator,
        booster,
        Columns.of(booster, name, missing=float(estimator.missing)),
        n_rounds=None if best is None else int(best) + 1,
        task=task or own_task,
        classes=None if classes is None else list(classes),
    )


def _is_trained(booster: Any) -> bool:
    try:
        return int(booster.num_boosted_rounds()) > 0
    except xgboost.core.XGBoostError:
        return False  # a Booster that has never seen data answers no question


def _adapted(
    native: Any,
    booster: Any,
    columns: Columns,
    *,
    n_rounds: int | None,
    task: Task | None,
    classes: list[Any] | None,
) -> Model:
    settings = read_settings(booster)
    objective = read_objective(settings, task)
    is_linear = settings["gradient_booster"]["name"] == "gblinear"
    # XGBoost has no contributions for trees whose leaves hold vectors.
    many_targets = settings["learner_train_param"].get("multi_strategy") == "multi_output_tree"
    predictor = Predictor(booster, columns, n_rounds, settings["objective"]["name"], is_linear)
    names = columns.features
    return Model(
        native=native,
        name=columns.name,
        task=objective.task,
        outputs=objective.outputs(predictor.margins, predictor.predictions),
        default_space=objective.spaces[-1],
        classes=_classes(objective, count_outputs(settings), classes),
        features=None if names is None else named_features(names, "f{}".format),
        n_features=booster.num_features(),
        trees=(
            Unavailable("it is a linear booster")
            if is_linear
            else partial(build_trees, booster, columns, objective, n_rounds)
        ),
        linear=(
            partial(build_linear, booster, columns, objective)
            if is_linear
            else Unavailable("it is a tree model")
        ),
        contributions=(
            None
            if is_linear or many_targets
            else partial(contributions_of_classes, objective.task, predictor.contributions)
        ),
    )


def _classes(
    objective: Objective, n_outputs: int, classes: list[Any] | None
) -> tuple[str, ...] | None:
    if objective.task != "classification":
        return None
    # A classifier of several labels at once has one output per label, but counts two classes.
    if classes is None or n_outputs not in {1, len(classes)}:
        return class_names(list(range(max(n_outputs, 2))))
    return class_names(classes)


ADAPTERS = {
    "Booster": from_booster,
    "XGBClassifier": from_estimator,
    "XGBRegressor": from_estimator,
    "XGBRanker": from_estimator,
    "XGBRFClassifier": from_estimator,
    "XGBRFRegressor": from_estimator,
    "XGBModel": from_estimator,
}
