"""LightGBM: its scikit-learn estimators and native Boosters."""

from functools import partial
from typing import Any

import numpy.typing as npt

from pellucid._core.errors import UnsupportedModelError
from pellucid._core.typing import Task
from pellucid.data.table import Table
from pellucid.models.boosting import CUSTOM, Objective, class_names, named_features
from pellucid.models.lightgbm.columns import Columns
from pellucid.models.lightgbm.predictor import Predictor
from pellucid.models.lightgbm.trees import build_trees, read_header
from pellucid.models.margins import contributions_of_classes
from pellucid.models.model import Model, Unavailable


def from_booster(booster: Any, *, examples: Table | None = None, task: Task | None = None) -> Model:
    """Adapt a native Booster; its task is that of its objective."""
    if booster.num_trees() == 0:
        raise UnsupportedModelError("Booster has no trees; train it first")
    return _adapted(booster, booster, "Booster", examples=examples, task=task)


def from_estimator(
    estimator: Any, *, examples: Table | None = None, task: Task | None = None
) -> Model:
    """Adapt an LGBMClassifier, LGBMRegressor or LGBMRanker."""
    name = type(estimator).__name__
    if not estimator.__sklearn_is_fitted__():
        raise UnsupportedModelError(f"{name} is not fitted; call fit first")
    classes = getattr(estimator, "classes_", None)
    own_task: Task = "regression" if classes is None else "classification"
    return _adapted(
        estimator,
        estimator.booster_,
        name,
        examples=examples,
        task=task or own_task,
        classes=classes,
        n_threads=estimator.n_jobs,
    )


def _adapted(
    native: Any,
    booster: Any,
    name: str,
    *,
    examples: Table | None,
    task: Task | None,
    classes: npt.NDArray[Any] | None = None,
    n_threads: int | None = None,
) -> Model:
    # The first iteration is enough for the header, and cheap however many trees there are.
    text = booster.model_to_string(num_iteration=1)
    header = read_header(text)
    objective = read_objective(header.get("objective", "")).for_task(task)
    n_outputs = booster.num_model_per_iteration()
    names = None
    if objective.task == "classification":
        names = class_names(list(range(max(n_outputs, 2)) if classes is None else classes))
    columns = Columns.of(booster, header, name)
    predictor = Predictor(
        booster,
        columns,
        divisor=_n_iterations(booster) if "average_output" in header else 1,
        n_threads=n_threads if n_threads and n_threads > 0 else None,
    )
    is_linear = "is_linear=1" in text
    return Model(
        native=native,
        name=name,
        task=objective.task,
        outputs=objective.outputs(predictor.margins, predictor.predictions),
        default_space=objective.spaces[-1],
        classes=names,
        features=_features(booster, examples),
        n_features=booster.num_feature(),
        trees=(
            Unavailable("its trees have linear models in their leaves (linear_tree)")
            if is_linear
            else partial(build_trees, booster, columns, predictor.divisor, objective)
        ),
        contributions=(
            None
            if is_linear
            else partial(contributions_of_classes, objective.task, predictor.contributions)
        ),
    )


_OBJECTIVES = {
    objective.name: objective
    for objective in [
        Objective("binary", "classification", "logistic", gives_probabilities=True),
        Objective("multiclass", "classification", "softmax", gives_probabilities=True),
        Objective("multiclassova", "classification", "logistic", gives_probabilities=True),
        Objective("cross_entropy", "regression", "logistic"),
        Objective("poisson", "regression", "exponential"),
        Objective("gamma", "regression", "exponential"),
        Objective("tweedie", "regression", "exponential"),
        Objective("regression", "regression", "identity"),
        Objective("regression_l1", "regression", "identity"),
        Objective("huber", "regression", "identity"),
        Objective("fair", "regression", "identity"),
        Objective("quantile", "regression", "identity"),
        Objective("mape", "regression", "identity"),
        Objective("lambdarank", "regression", "identity"),
        Objective("rank_xendcg", "regression", "identity"),
    ]
}


def read_objective(text: str) -> Objective:
    """Read the objective as the model's text states it, such as ``"binary sigmoid:1"``.

    Examples
    --------
    >>> read_objective("regression sqrt").spaces
    ('raw', 'value')
    """
    if not text:
        return CUSTOM
    name, *options = text.split()
    known = _OBJECTIVES.get(name, Objective(name, "regression", None))
    scaled = any(option.startswith("sigmoid:") and option != "sigmoid:1" for option in options)
    if scaled or "sqrt" in options:
        return Objective(name, known.task, None, known.gives_probabilities)
    return known


def _features(booster: Any, examples: Table | None) -> tuple[str, ...] | None:
    """Return the columns' names; LightGBM puts underscores for the spaces in them."""
    found = named_features(booster.feature_name(), "Column_{}".format)
    if found is not None and examples is not None:
        spelled = {feature.replace(" ", "_"): feature for feature in examples.features}
        if len(spelled) == len(found) and set(spelled) == set(found):
            return tuple(spelled[feature] for feature in found)
    return found


def _n_iterations(booster: Any) -> int:
    best = booster.best_iteration
    return int(best if best > 0 else booster.current_iteration())


ADAPTERS = {
    "Booster": from_booster,
    "LGBMClassifier": from_estimator,
    "LGBMRegressor": from_estimator,
    "LGBMRanker": from_estimator,
    "LGBMModel": from_estimator,
}
