"""tensorflow: modules, functions and SavedModels that are no Keras 3 models."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid._core.errors import InvalidInputError, UnsupportedModelError
from pellucid._core.extras import require
from pellucid._core.typing import Task
from pellucid.data.feature_map import FeatureMap
from pellucid.data.layout import Layout
from pellucid.data.table import Table
from pellucid.models.function import learn_outputs
from pellucid.models.model import Model, Unavailable
from pellucid.models.structures import NetworkStructure

NO_TREES = Unavailable("it is a network of tensors")


def from_callable(
    model: Any, *, examples: Table | None, task: Task | None, layout: Layout | None = None
) -> Model:
    """Adapt a ``tf.Module``, a ``tf.function`` or a loaded SavedModel, by calling it on a few rows.

    Two or more outputs between 0 and 1 that sum to 1 are a classifier's; a single output is one
    with ``task="classification"``: a probability if it lies between 0 and 1, else a margin.

    Raises
    ------
    InvalidInputError
        There are no examples, or what the model returns does not fit ``task``.
    UnsupportedModelError
        It is nothing that can be called.
    ModelError
        It fails on the examples, or does not return one tensor of outputs.
    """
    from pellucid.models.tensorflow.network import TensorFlowNetwork  # noqa: PLC0415 - loads it

    name = type(model).__name__.lstrip("_")
    call = callable_of(model, name)
    if examples is None:
        raise InvalidInputError(
            f"what {name} returns is learnt by calling it on a few rows; "
            "pass initialization_examples"
        )
    if layout is None:
        layout = Layout.of_table(examples.n_features)
    network = TensorFlowNetwork.fitting(call, layout, examples.take(slice(0, 2)))
    found = learn_outputs(
        network.predict, native=model, name=name, examples=examples, task=task, margins=True
    )
    n_outputs = network.asked(network.encode(examples.take(slice(0, 1)))).shape[1]
    coefficients, intercept = np.eye(n_outputs), np.zeros(n_outputs)
    if found.classes is not None and n_outputs == 1:
        coefficients = np.array([[-1.0], [1.0]])
        intercept = np.array([1.0 if found.default_space == "probability" else 0.0, 0.0])
    structure = NetworkStructure(
        network,
        network.encode,
        FeatureMap.identity(sum(layout.sizes)),
        coefficients,
        intercept,
        library="tensorflow",
    )
    return replace(
        found, trees=NO_TREES, linear=NO_TREES, networks={found.default_space: structure}
    )


def from_folder(
    path: Any, *, examples: Table | None, task: Task | None, layout: Layout | None = None
) -> Model:
    """Adapt the SavedModel in a folder."""
    tensorflow = require("tensorflow", extra="tensorflow", purpose="reading a SavedModel")
    model = tensorflow.saved_model.load(str(Path(path)))
    return from_callable(model, examples=examples, task=task, layout=layout)


def callable_of(model: Any, name: str) -> Callable[..., Any]:
    """Return what is called: the model itself, or its default signature.

    Raises
    ------
    UnsupportedModelError
        There is neither.
    """
    if callable(model):
        call: Callable[..., Any] = model
        return call
    signatures = getattr(model, "signatures", None) or {}
    if "serving_default" in signatures:
        served: Callable[..., Any] = signatures["serving_default"]
        return served
    raise UnsupportedModelError(
        f"{name} has neither __call__ nor a signature 'serving_default'; pass a function of it"
    )


ADAPTERS = {
    "Module": from_callable,
    "Function": from_callable,
    "ConcreteFunction": from_callable,
    "AutoTrackable": from_callable,
}
