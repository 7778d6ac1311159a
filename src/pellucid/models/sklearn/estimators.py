"""Estimators of scikit-learn, or in its style: task, outputs and names."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import is_classifier, is_outlier_detector, is_regressor

from pellucid._core.errors import InvalidInputError, UnsupportedModelError
from pellucid._core.typing import OutputSpace, Task
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.models.adapt import adapt
from pellucid.models.function import adapt_predictor
from pellucid.models.margins import both_classes
from pellucid.models.model import Model, Predict, Unavailable
from pellucid.models.sklearn.fitted import refuse_unfitted
from pellucid.models.sklearn.rows import names_of, rows_for


def adapt_estimator(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt any estimator: a classifier, a regressor or an outlier detector.

    Raises
    ------
    UnsupportedModelError
        It is not fitted, predicts nothing that could be attributed, or has several targets with
        classes of their own.
    InvalidInputError
        ``task`` contradicts what the estimator says it is.
    """
    refuse_unfitted(model)
    found = declared_task(model)
    if found is None:
        return _adapt_undeclared(model, examples=examples, task=task)
    if task not in {None, found}:
        raise InvalidInputError(
            f"model_task is {task!r}, but {type(model).__name__} does {found}; "
            "pass a function of rows to explain something else of it"
        )
    return describe(model, found)


def adapt_search(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt the best estimator of a search over parameters, which is what predicts."""
    refuse_unfitted(model)
    if not hasattr(model, "best_estimator_"):
        raise UnsupportedModelError(
            f"{type(model).__name__} kept no best_estimator_; fit it with refit=True"
        )
    return adapt(model.best_estimator_, examples=examples, task=task)


def adapt_frozen(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt the estimator inside a ``FrozenEstimator``."""
    return adapt(model.estimator, examples=examples, task=task)


def declared_task(model: Any) -> Task | None:
    """Return what an estimator says that it does, or None if it says nothing."""
    if is_classifier(model):
        return "classification"
    if is_regressor(model):
        return "regression"
    return "outlier detection" if is_outlier_detector(model) else None


def _adapt_undeclared(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt an estimator that declares no task by what it returns; a clusterer is none."""
    name = type(model).__name__
    if hasattr(model, "labels_"):
        raise UnsupportedModelError(
            f"{name} predicts the numbers of clusters, which are no quantity to attribute; pass a "
            "function of rows, such as the distance to one center"
        )
    return adapt_predictor(model, examples=examples, task=task)


def describe(model: Any, task: Task) -> Model:
    """Settle outputs, classes and columns of a fitted estimator of known task."""
    name = type(model).__name__
    names = names_of(model)
    classes = _classes_of(model, name) if task == "classification" else None
    if task == "classification":
        outputs = _classifier_outputs(model, names, classes or ())
    elif task == "regression":
        outputs = {"value": partial(ask, model, "predict", names)}
    elif hasattr(model, "decision_function"):
        outputs = {"value": partial(ask, model, "decision_function", names)}
    else:
        raise UnsupportedModelError(
            f"{name} has no decision_function for new rows; fit it with novelty=True"
        )
    return Model(
        native=model,
        name=name,
        task=task,
        outputs=outputs,
        default_space=next(iter(outputs)),
        classes=classes,
        features=names,
        n_features=getattr(model, "n_features_in_", None),
        trees=Unavailable(f"no trees are read from {name}"),
        linear=Unavailable(f"no linear form is read from {name}"),
        labels=partial(ask, model, "predict", names) if task == "classification" else None,
    )


def _classes_of(model: Any, name: str) -> tuple[str, ...]:
    classes = getattr(model, "classes_", None)
    if classes is None:
        raise UnsupportedModelError(f"{name} is not fitted: it has no classes_; call fit first")
    if isinstance(classes, list):
        raise UnsupportedModelError(
            f"{name} predicts {len(classes)} targets, each with classes of its own; "
            "explain one target at a time, with a function that returns its probabilities"
        )
    return tuple(str(label) for label in classes)


def _classifier_outputs(
    model: Any, names: tuple[str, ...] | None, classes: tuple[str, ...]
) -> Mapping[OutputSpace, Predict]:
    """Return the outputs that a classifier has, the one that people mean first."""
    outputs: dict[OutputSpace, Predict] = {}
    if hasattr(model, "predict_proba"):
        outputs["probability"] = partial(ask, model, "predict_proba", names)
    pairwise = getattr(model, "decision_function_shape", None) == "ovo" and len(classes) > 2
    if hasattr(model, "decision_function") and not pairwise:
        outputs["raw"] = partial(ask_margins, model, names)
    if not outputs:
        advice = (
            "its decision_function compares pairs of classes; set decision_function_shape='ovr'"
            if pairwise
            else "it has neither predict_proba nor decision_function; wrap it in "
            "CalibratedClassifierCV"
        )
        raise UnsupportedModelError(
            f"{type(model).__name__} gives no number per class to attribute: {advice}"
        )
    return outputs


def ask(model: Any, method: str, names: tuple[str, ...] | None, table: Table) -> npt.NDArray[Any]:
    """Call a method of an estimator on rows.

    Raises
    ------
    InvalidInputError
        The rows are sparse and the estimator takes dense ones only.
    """
    rows = rows_for(table, names)
    try:
        return np.asarray(getattr(model, method)(rows))
    except TypeError as error:
        if isinstance(table, SparseTable) and "sparse" in str(error).lower():
            raise InvalidInputError(
                f"{type(model).__name__} takes no sparse rows; pass a dense array"
            ) from error
        raise


def ask_margins(model: Any, names: tuple[str, ...] | None, table: Table) -> npt.NDArray[Any]:
    """Return a classifier's decision function, one column per class."""
    margins = ask(model, "decision_function", names, table)
    return both_classes(margins) if margins.ndim == 1 else margins


def ask_logarithm(model: Any, names: tuple[str, ...] | None, table: Table) -> npt.NDArray[Any]:
    """Return the logarithm of a regression's positive predictions, its linear predictor."""
    return np.asarray(np.log(ask(model, "predict", names, table)))


ADAPTERS = {
    "BaseEstimator": adapt_estimator,
    "BaseSearchCV": adapt_search,
    "FrozenEstimator": adapt_frozen,
}
