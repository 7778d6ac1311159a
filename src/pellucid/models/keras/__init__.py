"""keras: Keras 3 models on any backend, files of them, and its scikit-learn-style wrappers.

A model is exported once, by Keras on torch, to a program that torch alone runs, and is from there on
a network like any other. What it predicts is compared with what Keras does.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import (
    InvalidInputError,
    MissingExtraError,
    ModelError,
    PellucidError,
    UnsupportedModelError,
    in_one_line,
)
from pellucid._core.extras import is_installed, require
from pellucid._core.typing import Task
from pellucid.data.layout import Layout
from pellucid.data.table import Table
from pellucid.models.function import learn_outputs
from pellucid.models.keras.archive import check
from pellucid.models.keras.file import KerasFile
from pellucid.models.keras.inputs import Given, Inputs
from pellucid.models.keras.live import (
    LiveModel,
    custom_objects_of,
    declared_by,
    registered_in,
    save,
)
from pellucid.models.keras.processes import exported
from pellucid.models.keras.torch.exporting import Exported, Job
from pellucid.models.model import Model, Unavailable

N_ROWS_COMPARED = 32
TOLERANCE = 1e-4
"""By so much of the largest prediction may the exported model's differ from Keras's own."""
TOLERANCE_OF_NARROW = 5e-2
"""The same, of a model that computes in 16 bits where its program does in 32."""


def from_file(
    file: KerasFile, *, examples: Table | None, task: Task | None, layout: Layout | None = None
) -> Model:
    """Adapt a model in a file; Keras need not run in this process.

    Raises
    ------
    StorageError
        There is no such file, or it is damaged.
    MissingExtraError
        Keras or torch is not installed.
    UnsupportedModelError
        Keras on torch cannot load or trace it.
    InvalidInputError
        There are no examples, or they are not what the model takes.
    """
    check(file.path)
    examples = _needed(examples, file.path.name)
    if not is_installed("keras"):
        require("keras", extra="keras", purpose="reading a model file of Keras")
    require("torch", extra="keras", purpose="explaining a model of Keras")
    custom = registered_in(file.path) | dict(file.custom_objects)
    job = Job(
        str(file.path.resolve()),
        file.path.name,
        live=False,
        safe_mode=file.safe_mode,
        output=file.output,
        given=Given.of(examples, layout),
    )
    some = examples.take(slice(0, N_ROWS_COMPARED))
    found = exported(job, _cells(some), custom)
    return _adapted(found, found.predictions, file.path.name, examples, task=task)


def from_model(
    model: Any,
    *,
    examples: Table | None,
    task: Task | None,
    layout: Layout | None = None,
    classes: npt.ArrayLike | None = None,
    native: Any = None,
) -> Model:
    """Adapt a model of this process, on whatever backend Keras runs here.

    A model that cannot be exported is one that is known by its predictions.

    Parameters
    ----------
    model : keras.Model
    examples : Table
        Rows it is called on.
    task : {"classification", "regression", "outlier detection"}, optional
        By default as its loss says, or else its last activation, or else its predictions.
    layout : Layout, optional
        Shapes of the arrays that a flat row stands for.
    classes : array-like, optional
        Names of the classes, if something around the model knows them.
    native : object, optional
        What stands around the model.

    Raises
    ------
    UnsupportedModelError
        The model has no weights yet.
    InvalidInputError
        There are no examples, or they are not what the model takes.
    ModelError
        The model fails on the examples.
    """
    name = type(native if native is not None else model).__name__
    native = model if native is None else native
    if not model.built:
        raise UnsupportedModelError(f"{name} has no weights yet; fit it, or call it on rows")
    examples = _needed(examples, name)
    live = LiveModel(model, Inputs.of(model).fit(Given.of(examples, layout)))
    given = Given(live.layout, examples.n_features, None)
    some = examples.take(slice(0, N_ROWS_COMPARED))
    try:
        require("torch", extra="keras", purpose="looking into a model of Keras")
        with tempfile.TemporaryDirectory(prefix="pellucid-") as folder:
            path = Path(folder) / "model.keras"
            save(model, path)
            job = Job(str(path), name, live=True, safe_mode=False, output=None, given=given)
            found = exported(job, _cells(some), custom_objects_of(model, path))
        own = _asked(live, some, name)
        return _adapted(found, own, name, examples, task=task, classes=classes)
    except (MissingExtraError, ModelError, UnsupportedModelError) as error:
        black_box = learn_outputs(
            live.predict,
            native=native,
            name=name,
            examples=examples,
            task=task or ("classification" if classes is not None else declared_by(model).task),
            classes=classes,
            margins=True,
        )
        return replace(black_box, networks=Unavailable(str(error)))


def from_wrapper(
    wrapper: Any, *, examples: Table | None, task: Task | None, layout: Layout | None = None
) -> Model:
    """Adapt a fitted SKLearnClassifier or SKLearnRegressor, or one of scikeras.

    Raises
    ------
    UnsupportedModelError
        It is not fitted.
    """
    model = getattr(wrapper, "model_", None)
    if model is None:
        raise UnsupportedModelError(f"{type(wrapper).__name__} is not fitted; call fit first")
    classes = getattr(wrapper, "classes_", None)
    return from_model(
        model,
        examples=examples,
        task="classification" if classes is not None else task or "regression",
        layout=layout,
        classes=classes,
        native=wrapper,
    )


def _adapted(
    found: Exported,
    own: npt.NDArray[Any],
    name: str,
    examples: Table,
    *,
    task: Task | None,
    classes: npt.ArrayLike | None = None,
) -> Model:
    from pellucid.models.keras.torch.program import ExportedModule  # noqa: PLC0415 - loads torch
    from pellucid.models.torch import of_network, with_outputs_of  # noqa: PLC0415
    from pellucid.models.torch.network import Network, sigmoid, softmax  # noqa: PLC0415

    names = found.layout.names
    module = ExportedModule(found.program, names, found.n_rows)
    task = task or ("classification" if classes is not None else found.declared.task)
    margins = found.declared.returns_margins and task == "classification"
    head = (sigmoid if found.declared.n_outputs == 1 else softmax) if margins else None
    models = []
    for each in (None, head) if margins else (None,):
        network = Network(module, found.layout, each)
        if found.narrow:
            network.note = (
                f"computed in float32, without the rounding of {' and '.join(found.narrow)}"
            )
        if each is None:
            _compare(network.predict(examples.take(slice(0, len(own)))), own, found, name)
        models.append(
            of_network(network, module, name, examples=examples, task=task, classes=classes)
        )
    return with_outputs_of(models)


def _asked(live: LiveModel, some: Table, name: str) -> npt.NDArray[Any]:
    try:
        return live.predict(some)
    except PellucidError:
        raise
    except Exception as error:
        raise ModelError(f"{name} failed on {some.n_rows} rows: {in_one_line(error)}") from error


def _compare(ours: npt.NDArray[Any], own: npt.NDArray[Any], found: Exported, name: str) -> None:
    """Refuse a program that predicts other numbers than the model itself."""
    own = own.reshape(len(own), -1)
    if ours.shape != own.shape:
        raise UnsupportedModelError(
            f"{name}, run by torch, returns {ours.shape[1]} numbers per row, and by itself {own.shape[1]}"
        )
    gap, scale = np.abs(ours - own).max(), np.abs(own).max()
    if not gap <= (TOLERANCE_OF_NARROW if found.narrow else TOLERANCE) * scale:
        raise UnsupportedModelError(
            f"{name}, run by torch, gives other predictions than by itself, by up to {gap:.3g}"
        )


def _needed(examples: Table | None, name: str) -> Table:
    if examples is None:
        raise InvalidInputError(
            f"what {name} returns is learnt by calling it on a few rows; "
            "pass initialization_examples"
        )
    return examples


def _cells(table: Table) -> npt.NDArray[Any]:
    return np.asarray(table.to_matrix(), dtype=np.float64)


ADAPTERS = {
    "Model": from_model,
    "SKLearnClassifier": from_wrapper,
    "SKLearnRegressor": from_wrapper,
}
