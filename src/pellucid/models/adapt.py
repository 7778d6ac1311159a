"""From whatever the user calls a model to :class:`~pellucid.models.model.Model`."""

from collections.abc import Sequence
from dataclasses import replace
from inspect import signature
from types import MethodType
from typing import Any

from pellucid._core.errors import InvalidInputError, UnsupportedModelError
from pellucid._core.registry import Adapter, find_adapter
from pellucid._core.typing import OutputSpace, Task
from pellucid._core.validation import kind_of
from pellucid.data.layout import Layout
from pellucid.data.table import Table
from pellucid.models.function import adapt_function, adapt_predictor
from pellucid.models.model import Model

_SPACE_OF_METHOD: dict[str, OutputSpace] = {
    "predict_proba": "probability",
    "decision_function": "raw",
}


def adapt(
    model: Any,
    *,
    examples: Table | None = None,
    transformations: Any = None,
    task: Task | None = None,
    features: Sequence[str] | None = None,
) -> Model:
    """Find out what kind of model this is; done once, by the explainer's constructor.

    Parameters
    ----------
    model : object
        A fitted model of any library, a Pipeline, a plain function of rows, or anything that has
        ``predict_proba`` or ``predict``.
    examples : Table, optional
        Rows on which a plain function may be called to learn its outputs.
    transformations : object, optional
        A fitted transformer of scikit-learn's kind that turns the raw rows into what the model
        takes, a fitted ``DataFrameMapper``, or a list of pairs (columns, fitted transformer).
    task : {"classification", "regression", "outlier detection"}, optional
        Overrules what would be found out.
    features : sequence of str, optional
        Names of the raw columns by which ``transformations`` calls them, where the examples have
        none.

    Returns
    -------
    Model

    Raises
    ------
    UnsupportedModelError
        This is no model, or it or a transformer is not fitted.
    FeatureMismatchError
        ``transformations`` takes columns that there are not.
    InvalidInputError
        ``transformations`` is no transformer, ``task`` contradicts the model, or a function came
        without examples.
    ModelError
        A function fails on the examples.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = adapt(LogisticRegression().fit([[0.0], [1.0]], ["no", "yes"]))
    >>> model.task, model.classes, model.default_space
    ('classification', ('no', 'yes'), 'probability')
    """
    if transformations is not None:
        return _adapt_behind(
            transformations, model, examples=examples, task=task, features=features
        )
    if isinstance(model, Model):
        return model
    if isinstance(model, type):
        raise UnsupportedModelError(
            f"model is the class {model.__qualname__}; pass a fitted instance of it"
        )
    adapter = find_adapter(type(model), rooms="pellucid.models", group="pellucid.models")
    if adapter is not None:
        adapted: Model = adapter(model, examples=examples, task=task)
        return adapted
    has_predictions = hasattr(model, "predict_proba") or hasattr(model, "predict")
    if callable(model) and not has_predictions:
        return _adapt_method(model, task) or adapt_function(model, examples=examples, task=task)
    return adapt_predictor(model, examples=examples, task=task)


def adapt_shaped(model: Any, *, examples: Table, task: Task | None, layout: Layout) -> Model:
    """Find out what kind of network this is, whose rows have several dimensions or arrays.

    Parameters
    ----------
    model : object
        A network of a library of tensors.
    examples : Table
        Flat rows, on which it may be called to learn its outputs.
    task : {"classification", "regression", "outlier detection"} or None
        Overrules what would be found out.
    layout : Layout
        What the flat rows stand for.

    Raises
    ------
    UnsupportedModelError
        This is no network.
    """
    adapter = find_adapter(type(model), rooms="pellucid.models", group="pellucid.models")
    if adapter is None or not takes_layouts(adapter):
        raise UnsupportedModelError(
            f"initialization_examples have several dimensions or arrays, and {kind_of(model)} is no "
            "network of tensors; pass rows of numbers"
        )
    adapted: Model = adapter(model, examples=examples, task=task, layout=layout)
    return adapted


def takes_layouts(adapter: Adapter) -> bool:
    """Whether an adapter is one of networks, which are called to learn their outputs."""
    return "layout" in signature(adapter).parameters


def _adapt_method(method: Any, task: Task | None) -> Model | None:
    """Adapt ``model.predict_proba`` of a known model as that model with that output."""
    space = _SPACE_OF_METHOD.get(getattr(method, "__name__", ""))
    if space is None or task not in {None, "classification"} or not isinstance(method, MethodType):
        return None
    owner = method.__self__
    adapter = find_adapter(type(owner), rooms="pellucid.models", group="pellucid.models")
    if adapter is None:
        return None
    model: Model = adapter(owner, examples=None, task=task)
    return replace(model, default_space=space) if space in model.outputs else None


def _adapt_behind(
    transformations: Any,
    model: Any,
    *,
    examples: Table | None,
    task: Task | None,
    features: Sequence[str] | None,
) -> Model:
    """Adapt a model that takes what a transformer makes of the raw rows."""
    # Only here: people without transformations need none of scikit-learn's transformers.
    from pellucid.models.sklearn.pipeline import adapt_behind  # noqa: PLC0415

    read = find_adapter(
        type(transformations),
        rooms="pellucid.models.transformations",
        group="pellucid.transformations",
    )
    if read is not None:
        own = examples.features if examples is not None and examples.has_names else None
        names = own or (None if features is None else tuple(str(name) for name in features))
        n_columns = None if examples is None else examples.n_features
        transformations = read(transformations, names=names, n_columns=n_columns)
    elif isinstance(transformations, type) or not hasattr(transformations, "transform"):
        kind = transformations if isinstance(transformations, type) else type(transformations)
        raise InvalidInputError(
            f"transformations is {'the class' if kind is transformations else 'a'} "
            f"{kind.__qualname__}; pass one fitted transformer, or a list of pairs (columns, "
            "fitted transformer)"
        )
    return adapt_behind(transformations, model, examples=examples, task=task)
