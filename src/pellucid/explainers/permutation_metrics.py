"""Metrics of a model's responses, by whatever name or object users give them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import signature
from types import FunctionType
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import sklearn.metrics
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers, Task
from pellucid._core.validation import check_choice, kind_of

Response: TypeAlias = Literal["predict", "predict_proba", "decision_function"]
"""What a metric looks at, in scikit-learn's words."""
Responses: TypeAlias = Mapping[Response, npt.NDArray[Any]]
Evaluate: TypeAlias = Callable[[npt.NDArray[Any], Responses, Floats | None], float]

RESPONSES: tuple[Response, ...] = ("predict", "predict_proba", "decision_function")

_OF_PROBABILITIES = {"brier_score_loss", "d2_brier_score", "d2_log_loss_score", "log_loss"}
_OF_RANKS = {"average_precision_score", "roc_auc_score", "top_k_accuracy_score"}
_OF_MARGINS = {"hinge_loss"}
_ERRORS = ("_deviance", "_error", "_loss")
"""Ends of the names of scikit-learn's metrics that are better the lower they are."""

_RowValues: TypeAlias = Callable[[npt.NDArray[Any], npt.NDArray[Any]], Floats]


@dataclass(frozen=True, eq=False)
class Metric:
    """A metric, settled for one model; labels that the model predicts are numbers of classes.

    Attributes
    ----------
    name : str
    sign : {1, -1}
        1 if higher is better.
    evaluate : callable
        From true labels, responses and weights of some rows to the metric.
    asks : Response, or None
        The response it looks at; None if only a call tells.
    of_rows : callable or None
        From true labels and the response to one number per row, whose mean the metric is.
    encoded : bool
        Whether it takes the numbers of classes, not the user's own labels.
    """

    name: str
    sign: int
    evaluate: Evaluate
    asks: Response | None
    of_rows: _RowValues | None
    encoded: bool


def settle_metric(
    metric: Any,
    arguments: Mapping[str, Any],
    *,
    is_error: bool,
    response: Any,
    task: Task,
    labels: Sequence[Any],
    available: Sequence[Response],
) -> Metric:
    """Find out what a metric is called, what it looks at, and whether higher is better.

    Parameters
    ----------
    metric : str, callable, scorer or None
    arguments : mapping
        Passed to the metric by name.
    is_error : bool
        Whether lower is better; scikit-learn's own metrics are known.
    response : {"predict", "predict_proba", "decision_function"} or None
    task : {"classification", "regression", "outlier detection"}
    labels : sequence
        A classifier's classes, in the words of the true labels.
    available : sequence of Response
        What the model has.

    Raises
    ------
    InvalidInputError
        There is no such metric, or the parameters contradict it.
    """
    asked = None if response is None else check_choice("response_method", response, RESPONSES)
    metric = _default(task) if metric is None else metric
    found = _resolved(metric, arguments)
    if isinstance(found, FunctionType) and _is_sklearn(found):
        settled = _of_sklearn(
            found, metric, arguments, asked=asked, task=task, labels=labels, available=available
        )
    elif callable(found) and hasattr(found, "_score_func"):
        settled = _of_scorer(found, metric, arguments, asked=asked, task=task, labels=labels)
    elif callable(found):
        words = np.asarray(labels) if task == "classification" else None
        settled = _of_callable(found, arguments, words, is_error=is_error, asked=asked or "predict")
    else:
        raise InvalidInputError(
            f"metric is {kind_of(metric)}; pass the name of one of scikit-learn's metrics or "
            "scorers, a scorer, or a function metric(y_true, y_pred)"
        )
    if is_error and settled.sign > 0:
        raise InvalidInputError(
            f"{settled.name} is better the higher it is; leave is_error_metric out"
        )
    if settled.asks is not None and settled.asks not in available:
        raise InvalidInputError(
            f"metric {settled.name} needs {settled.asks}, but the model has "
            f"{', '.join(available)} only"
        )
    return settled


def _default(task: Task) -> str:
    if task == "classification":
        return "accuracy"
    if task == "regression":
        return "mean_absolute_error"
    raise InvalidInputError(
        "there is no metric that suits every outlier detector; pass one, such as "
        "metric='roc_auc_score' with true labels that are 1 for what scores high"
    )


def _resolved(metric: Any, arguments: Mapping[str, Any]) -> Any:
    """Return the scorer or function that a name stands for; anything else as it is."""
    if not isinstance(metric, str):
        return metric
    plain = metric.removeprefix("neg_")
    found = [getattr(sklearn.metrics, name, None) for name in (metric, plain)]
    found += [getattr(sklearn.metrics, plain + ending, None) for ending in ("_score", "_loss")]
    functions = [function for function in found if isinstance(function, FunctionType)]
    is_own_name = isinstance(found[0], FunctionType)
    # Arguments can be passed to a function, and a scorer's name often implies one.
    needs_function = is_own_name or (arguments and functions and metric == plain)
    if metric in sklearn.metrics.get_scorer_names() and not needs_function:
        return sklearn.metrics.get_scorer(metric)
    if not functions:
        raise InvalidInputError(
            f"metric {metric!r} is none of scikit-learn's; pass one of its names, such as "
            "'roc_auc', 'f1_macro', 'log_loss' or 'mean_squared_error', or a function"
        )
    return functions[0]


def _is_sklearn(function: FunctionType) -> bool:
    return (function.__module__ or "").startswith("sklearn.metrics.")


# -- the kinds of metrics ---------------------------------------------------------------------------


def _of_sklearn(
    function: FunctionType,
    given: Any,
    arguments: Mapping[str, Any],
    *,
    asked: Response | None,
    task: Task,
    labels: Sequence[Any],
    available: Sequence[Response],
) -> Metric:
    """Settle one of scikit-learn's functions of true and predicted labels."""
    name = function.__name__
    shown = given if isinstance(given, str) else name
    sign = -1 if name.endswith(_ERRORS) else 1
    asks = asked or _response_of(name, task, available)
    arguments = _in_numbers(dict(arguments), labels)
    if asks != "predict" and labels and "labels" in signature(function).parameters:
        arguments.setdefault("labels", list(range(len(labels))))
    if task == "classification":
        scorer = sklearn.metrics.make_scorer(function, response_method=asks, **arguments)
        evaluate = partial(_ask_scorer, scorer=scorer, task=task, words=np.arange(len(labels)))
    else:
        evaluate = partial(_call, function=function, arguments=arguments, asks=asks)
    of_rows = None if arguments.keys() - {"labels"} else _OF_ROWS.get(name)
    return Metric(shown, sign, evaluate, asks, of_rows, encoded=True)


def _response_of(name: str, task: Task, available: Sequence[Response]) -> Response:
    if task != "classification":
        return "predict"
    if name in _OF_PROBABILITIES:
        return "predict_proba"
    if name in _OF_MARGINS:
        return "decision_function"
    if name in _OF_RANKS:
        return "predict_proba" if "predict_proba" in available else "decision_function"
    return "predict"


def _in_numbers(arguments: dict[str, Any], labels: Sequence[Any]) -> dict[str, Any]:
    """Say arguments that are about classes in the numbers of classes."""
    number = {label: k for k, label in enumerate(labels)}
    for word in ("pos_label", "labels"):
        if word in arguments and labels and arguments[word] is not None:
            listed = isinstance(arguments[word], (list, tuple, np.ndarray))
            wanted = list(arguments[word]) if listed else [arguments[word]]
            for label in wanted:
                if label not in number:
                    raise InvalidInputError(
                        f"metric_args: {word} has {label!r}, which is none of the classes"
                    )
            numbers = [number[label] for label in wanted]
            arguments[word] = numbers if listed else numbers[0]
    return arguments


def _of_scorer(
    scorer: Any,
    given: Any,
    arguments: Mapping[str, Any],
    *,
    asked: Response | None,
    task: Task,
    labels: Sequence[Any],
) -> Metric:
    """Settle a scorer, which knows itself what it asks of a model."""
    named = isinstance(given, str)
    name = given if named else getattr(scorer._score_func, "__name__", "scorer")  # noqa: SLF001
    if arguments or asked is not None:
        word = "metric_args" if arguments else "response_method"
        raise InvalidInputError(
            f"{word} cannot be passed with the scorer {name}; pass the function of "
            "sklearn.metrics that it is made of, or make another scorer"
        )
    # scikit-learn sorts classes. Names in another order would swap the columns.
    encoded = named or not _are_sorted(labels)
    words = np.arange(len(labels)) if encoded else np.asarray(labels)
    evaluate = partial(_ask_scorer, scorer=scorer, task=task, words=words)
    # A scorer of an error gives its negative.
    kind = _ROW_SCORERS.get(name) if named else None
    return Metric(
        name,
        1,
        evaluate,
        None if kind is None else kind[0],
        None if kind is None else kind[1],
        encoded,
    )


def _are_sorted(labels: Sequence[Any]) -> bool:
    return bool(list(labels) == np.unique(np.asarray(labels)).tolist())


def _of_callable(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    words: npt.NDArray[Any] | None,
    *,
    is_error: bool,
    asked: Response,
) -> Metric:
    """Settle a function of the user's."""
    name = getattr(function, "__name__", type(function).__name__)
    words = words if asked == "predict" else None
    evaluate = partial(_call, function=function, arguments=dict(arguments), asks=asked, words=words)
    return Metric(name, -1 if is_error else 1, evaluate, asked, None, encoded=False)


# -- asking them ------------------------------------------------------------------------------------


def _call(
    y: npt.NDArray[Any],
    responses: Responses,
    weights: Floats | None,
    *,
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    asks: Response,
    words: npt.NDArray[Any] | None = None,
) -> Any:
    weighted = {} if weights is None else {"sample_weight": weights}
    response = responses[asks] if words is None else words[responses[asks]]
    return function(y, response, **weighted, **arguments)


def _ask_scorer(
    y: npt.NDArray[Any],
    responses: Responses,
    weights: Floats | None,
    *,
    scorer: Any,
    task: Task,
    words: npt.NDArray[Any],
) -> Any:
    """Ask a scorer of a model that has its responses ready."""
    rows = np.arange(len(y)).reshape(-1, 1)
    weighted = {} if weights is None else {"sample_weight": weights}
    stand_in: Any = _Regressor(responses)
    if task == "classification":
        stand_in = _Classifier(responses, words)
    return scorer(stand_in, rows, y, **weighted)


class _StandIn(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Answers for a model with responses that are known; rows are their numbers."""

    def __init__(self, responses: Responses) -> None:
        self.responses = responses

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, rows: Integers) -> npt.NDArray[Any]:
        """Return labels or values of the rows."""
        return self.responses["predict"][rows[:, 0]]


class _Regressor(RegressorMixin, _StandIn):  # type: ignore[misc]
    pass


def _has_probabilities(stand_in: _StandIn) -> bool:
    return "predict_proba" in stand_in.responses


def _has_margins(stand_in: _StandIn) -> bool:
    return "decision_function" in stand_in.responses


class _Classifier(ClassifierMixin, _StandIn):  # type: ignore[misc]
    def __init__(self, responses: Responses, classes: npt.NDArray[Any]) -> None:
        super().__init__(responses)
        self.classes = classes
        self.classes_ = classes

    def predict(self, rows: Integers) -> npt.NDArray[Any]:
        """Return the rows' classes."""
        labels: npt.NDArray[Any] = self.classes[super().predict(rows)]
        return labels

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, rows: Integers) -> npt.NDArray[Any]:
        """Return the rows' probabilities."""
        return self.responses["predict_proba"][rows[:, 0]]

    @available_if(_has_margins)  # type: ignore[untyped-decorator]
    def decision_function(self, rows: Integers) -> npt.NDArray[Any]:
        """Return the rows' margins, one per row of a binary classifier."""
        found: npt.NDArray[Any] = self.responses["decision_function"][rows[:, 0]]
        return found[:, 1] if found.shape[1] == 2 else found


# -- metrics that are means over rows ---------------------------------------------------------------


def _hit(y: npt.NDArray[Any], chosen: npt.NDArray[Any]) -> Floats:
    return np.asarray(y == chosen, dtype=np.float64)


def _miss(y: npt.NDArray[Any], chosen: npt.NDArray[Any]) -> Floats:
    return 1.0 - _hit(y, chosen)


def _squared(y: npt.NDArray[Any], predicted: npt.NDArray[Any]) -> Floats:
    return np.asarray(((y - predicted) ** 2).reshape(len(y), -1).mean(axis=1))


def _absolute(y: npt.NDArray[Any], predicted: npt.NDArray[Any]) -> Floats:
    return np.asarray(np.abs(y - predicted).reshape(len(y), -1).mean(axis=1))


def _surprise(y: npt.NDArray[Any], p: npt.NDArray[Any]) -> Floats:
    least = np.finfo(np.float64).eps  # as scikit-learn clips
    own = p[np.arange(len(y)), y.astype(np.int64)]
    return np.asarray(-np.log(np.clip(own, least, 1 - least)))


def _negative(of_rows: _RowValues, y: npt.NDArray[Any], response: npt.NDArray[Any]) -> Floats:
    return -of_rows(y, response)


_OF_ROWS: dict[str, _RowValues] = {
    "accuracy_score": _hit,
    "log_loss": _surprise,
    "mean_absolute_error": _absolute,
    "mean_squared_error": _squared,
    "zero_one_loss": _miss,
}
_ROW_SCORERS: dict[str, tuple[Response, _RowValues]] = {
    "accuracy": ("predict", _hit),
    "neg_log_loss": ("predict_proba", partial(_negative, _surprise)),
    "neg_mean_absolute_error": ("predict", partial(_negative, _absolute)),
    "neg_mean_squared_error": ("predict", partial(_negative, _squared)),
}
