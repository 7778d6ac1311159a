"""Plain functions of rows, and anything else with ``predict_proba`` or ``predict``.

What such a model returns is learnt once, by calling it on a few of the initialization examples.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from pellucid._core.errors import InvalidInputError, ModelError, UnsupportedModelError
from pellucid._core.typing import Floats, OutputSpace, Task
from pellucid._core.validation import kind_of
from pellucid.data.copies import copy_of
from pellucid.data.frame import FrameTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table, positional_names
from pellucid.models.model import Model, Predict, Unavailable

N_ROWS_TO_LEARN_FROM = 10


def adapt_predictor(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt an object of unknown class by its method ``predict_proba``, or else ``predict``.

    Raises
    ------
    UnsupportedModelError
        It has neither.
    InvalidInputError
        There are no examples to call it on, or what it returns does not fit ``task``.
    ModelError
        It fails on the examples.
    """
    if not hasattr(model, "predict_proba") and not hasattr(model, "predict"):
        raise UnsupportedModelError(
            f"model is {kind_of(model)}; a model must have predict_proba or predict, or be a "
            "function from rows to numbers"
        )
    classify = hasattr(model, "predict_proba") and task in {None, "classification"}
    method = model.predict_proba if classify else model.predict
    adapted = _adapt_callable(
        method,
        native=model,
        name=type(model).__name__,
        examples=examples,
        task="classification" if classify else task,
        classes=getattr(model, "classes_", None),
    )
    own = tuple(str(label) for label in getattr(model, "classes_", ()))
    if examples is None or adapted.classes != own or not hasattr(model, "predict"):
        return adapted
    like = examples.take(slice(0, 0))
    return replace(adapted, labels=partial(_call, model.predict, like))


def adapt_function(
    function: Callable[[Any], Any], *, examples: Table | None, task: Task | None
) -> Model:
    """Adapt a function from rows to predictions.

    A function that returns two or more columns of numbers from 0 to 1 that sum to 1 in each row
    is a classifier; any other is a regression. ``task`` overrules this.

    Parameters
    ----------
    function : callable
        From m rows, in the kind of container of the examples, to m or (m, k) numbers.
    examples : Table
        Rows it is called on, ten at most.
    task : {"classification", "regression", "outlier detection"}, optional
        ``"classification"`` takes a single column as the probability of the second class.

    Raises
    ------
    InvalidInputError
        There are no examples, or what the function returns does not fit ``task``.
    ModelError
        The function fails on the examples.

    Examples
    --------
    >>> from pellucid.data.table import as_table
    >>> def add(rows):
    ...     return rows.sum(axis=1)
    >>> adapt_function(add, examples=as_table([[1.0, 2.0]]), task=None).task
    'regression'
    """
    name = f"function {getattr(function, '__qualname__', type(function).__name__)}"
    return _adapt_callable(
        function, native=function, name=name, examples=examples, task=task, classes=None
    )


def _adapt_callable(
    function: Callable[[Any], Any],
    *,
    native: Any,
    name: str,
    examples: Table | None,
    task: Task | None,
    classes: npt.ArrayLike | None,
) -> Model:
    if examples is None:
        raise InvalidInputError(
            f"what {name} returns is learnt by calling it on a few rows; "
            "pass initialization_examples"
        )
    call: Predict = partial(_call, function, examples.take(slice(0, 0)))
    return learn_outputs(
        call, native=native, name=name, examples=examples, task=task, classes=classes
    )


def learn_outputs(
    call: Predict,
    *,
    native: Any,
    name: str,
    examples: Table,
    task: Task | None,
    classes: npt.ArrayLike | None = None,
    margins: bool = False,
) -> Model:
    """Return a model that is known by its predictions, after asking for some of them.

    Parameters
    ----------
    call : callable
        From a table to predictions (m,) or (m, k).
    native : object
        The foreign model itself.
    name : str
        How messages call it.
    examples : Table
        Rows it is called on, ten at most.
    task : {"classification", "regression", "outlier detection"} or None
        None takes numbers from 0 to 1 that sum to 1 as a classifier's.
    classes : array-like, optional
        Names of the classes, if they are known.
    margins : bool
        Whether a classifier's single output may be a margin rather than a probability.

    Raises
    ------
    InvalidInputError
        What the model returns does not fit ``task``.
    ModelError
        It fails on the examples.
    """
    found = _model(native, name, "regression", call).predict(
        examples.take(slice(0, N_ROWS_TO_LEARN_FROM))
    )
    call = partial(_call_again, name, found.shape[1], call)
    if task is None:
        task = "classification" if _are_probabilities(found) else "regression"
    if task != "classification":
        return _model(native, name, task, call)
    space: OutputSpace = "probability" if _are_probabilities(found) else "raw"
    if found.shape[1] == 1:
        is_margin = found.min() < 0 or found.max() > 1
        if is_margin and not margins:
            raise InvalidInputError(
                f"model_task is 'classification', but {name} returned {found[0, 0]:g} in a single "
                "column; the probability of the second class, or one column per class, is needed"
            )
        call = partial(_both_margins if is_margin else _both_probabilities, call)
        space, found = "raw" if is_margin else "probability", np.hstack([found, found])
    labels = positional_names(found.shape[1])
    if classes is not None and np.shape(classes) == (found.shape[1],):
        labels = tuple(str(label) for label in np.asarray(classes))
    return Model(
        native=native,
        name=name,
        task=task,
        outputs={space: call},
        default_space=space,
        classes=labels,
        trees=_BLACK_BOX,
        linear=_BLACK_BOX,
    )


_BLACK_BOX = Unavailable("it is known by its predictions alone")


def _model(native: Any, name: str, task: Task, call: Predict) -> Model:
    return Model(
        native=native,
        name=name,
        task=task,
        outputs={"value": call},
        default_space="value",
        trees=_BLACK_BOX,
        linear=_BLACK_BOX,
    )


def _are_probabilities(outputs: Floats) -> bool:
    """Whether rows of two or more numbers from 0 to 1 sum to 1, as exactly as their width lets."""
    single = bool((outputs == outputs.astype(np.float32)).all())
    tolerance = 1e-4 if single else 1e-6
    return (
        outputs.shape[1] > 1
        and outputs.min() >= 0
        and outputs.max() <= 1
        and bool(np.abs(outputs.sum(axis=1) - 1).max() <= tolerance)
    )


def _call(function: Callable[[Any], Any], like: Table, table: Table) -> npt.NDArray[Any]:
    # Some models scale their rows in place.
    found: npt.NDArray[Any] = function(copy_of(rows_like(like, table)))
    return found


def _call_again(name: str, n_outputs: int, call: Predict, table: Table) -> npt.NDArray[Any]:
    found = call(table)
    shape = np.shape(found)
    width = shape[1] if len(shape) > 1 else 1
    if shape and width != n_outputs:
        raise ModelError(
            f"{name} returned {width} columns, but {n_outputs} for the first initialization_examples"
        )
    return found


def _both_probabilities(second: Predict, table: Table) -> npt.NDArray[Any]:
    p = np.asarray(second(table)).reshape(-1)
    return np.stack([1 - p, p], axis=1)


def _both_margins(second: Predict, table: Table) -> npt.NDArray[Any]:
    margin = np.asarray(second(table)).reshape(-1)
    return np.stack([-margin, margin], axis=1)


def rows_like(examples: Table, table: Table) -> Any:
    """Return rows in the kind of container that the initialization examples came in.

    Parameters
    ----------
    examples : Table
        Shows the kind of container and, for a frame, the library; may have no rows.
    table : Table
        The rows, in any container.

    Examples
    --------
    >>> import pandas as pd
    >>> from pellucid.data.table import as_table
    >>> frame = as_table(pd.DataFrame({"age": [30.0]}))
    >>> rows_like(frame, as_table([[41.0]], features=["age"]))
        age
    0  41.0
    """
    if isinstance(examples, FrameTable):
        return _frame_like(examples, table)
    if isinstance(examples, SparseTable):
        dense = not isinstance(table, SparseTable)
        return sp.csr_array(table.to_matrix()) if dense else table.native
    if isinstance(table, SparseTable):
        return table.to_matrix()
    return np.asarray(table.native) if isinstance(table, FrameTable) else table.native


def _frame_like(examples: FrameTable, table: Table) -> Any:
    library = examples.frame.implementation
    if isinstance(table, FrameTable) and table.frame.implementation == library:
        return table.like(examples).native if examples.labels is not None else table.native
    names = table.features if table.has_names else examples.features
    columns = {}
    for j, name in enumerate(names):
        cells = table.column(j)
        columns[name] = cells.tolist() if cells.dtype == object else cells
    frame = nw.from_dict(columns, backend=library).to_native()
    return frame if examples.labels is None else frame.set_axis(examples.labels, axis=1)
