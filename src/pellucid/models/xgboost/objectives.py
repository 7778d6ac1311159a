"""XGBoost's objectives, and the intercept as each of them reads it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid._core.typing import Floats, Task
from pellucid.models.boosting import CUSTOM, Objective

_OBJECTIVES = {
    objective.name: objective
    for objective in [
        Objective("binary:logistic", "classification", "logistic", gives_probabilities=True),
        Objective("binary:logitraw", "classification", "identity"),
        Objective("binary:hinge", "classification", None),
        Objective("multi:softprob", "classification", "softmax", gives_probabilities=True),
        Objective("multi:softmax", "classification", "softmax", gives_probabilities=True),
        Objective("reg:logistic", "regression", "logistic"),
        Objective("count:poisson", "regression", "exponential"),
        Objective("reg:gamma", "regression", "exponential"),
        Objective("reg:tweedie", "regression", "exponential"),
        Objective("survival:cox", "regression", "exponential"),
        Objective("survival:aft", "regression", "exponential"),
        Objective("reg:squarederror", "regression", "identity"),
        Objective("reg:squaredlogerror", "regression", "identity"),
        Objective("reg:pseudohubererror", "regression", "identity"),
        Objective("reg:absoluteerror", "regression", "identity"),
        Objective("reg:quantileerror", "regression", "identity"),
        Objective("reg:expectileerror", "regression", "identity"),
        Objective("rank:pairwise", "regression", "identity"),
        Objective("rank:ndcg", "regression", "identity"),
        Objective("rank:map", "regression", "identity"),
    ]
}


def read_objective(learner: Mapping[str, Any], task: Task | None) -> Objective:
    """Read a booster's objective, for a task if one is given.

    Raises
    ------
    InvalidInputError
        The task does not fit the objective.
    """
    name = learner["objective"]["name"]
    if name == "reg:squarederror" and task == "classification":
        # What XGBoost writes down for a custom objective; a classifier of squared errors is none.
        return CUSTOM.for_task(task)
    return _OBJECTIVES.get(name, Objective(name, "regression", None)).for_task(task)


def count_outputs(learner: Mapping[str, Any]) -> int:
    """Return the number of outputs of the sum of trees."""
    parameters = learner["learner_model_param"]
    return max(int(parameters["num_class"]), int(parameters.get("num_target", "1")), 1)


def base_margin(learner: Mapping[str, Any]) -> Floats:
    """Return the intercept on the scale of the margins, shape (k,).

    XGBoost stores it on the scale of the predictions: one number for all outputs, since 3.1 one
    for each.
    """
    text = learner["learner_model_param"]["base_score"].strip("[]")
    stored = np.array([float(part) for part in text.split(",")], dtype=np.float32)
    base = np.array(np.broadcast_to(stored, count_outputs(learner)))
    name = learner["objective"]["name"]
    one = np.float32(1.0)
    if name in {"binary:logistic", "reg:logistic"}:
        # In float32 and within these bounds, as XGBoost does it.
        edge = np.float32(1e-6)
        base = -np.log(one / np.clip(base, edge, one - edge) - one)
    elif name in _OBJECTIVES and _OBJECTIVES[name].link == "exponential":
        with np.errstate(divide="ignore"):
            base = np.log(base)
    return base.astype(np.float64)
