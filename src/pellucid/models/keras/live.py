"""A Keras model in the user's process, on whatever backend: as a file, and as a function of rows."""

import json
import sys
import warnings
from contextlib import ExitStack
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import UnsupportedModelError, in_one_line
from pellucid.data.layout import Layout
from pellucid.data.table import Table
from pellucid.models.keras.archive import configuration
from pellucid.models.keras.inputs import Inputs, declared, layers_of
from pellucid.models.keras.outputs import Declared, last_activation, loss_of

ROWS_PER_CALL = 1024


def save(model: Any, path: Path) -> None:
    """Save a model as it is now.

    Raises
    ------
    UnsupportedModelError
        Keras cannot save it.
    """
    name = type(model).__name__
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Keras says to those who keep the file
            model.save(path)
    except Exception as error:
        raise UnsupportedModelError(
            f"{name} cannot be saved: {in_one_line(error)[:300]}"
        ) from error


def custom_objects_of(model: Any, path: Path) -> dict[str, Any]:
    """Return classes and functions that a model uses and that are no part of Keras.

    Parameters
    ----------
    model : keras.Model
    path : Path
        Where it was saved.
    """
    found, text = registered_in(path), json.dumps(configuration(path))
    for part in (model, *layers_of(model)):
        own_parts: list[Any] = [type(part)]
        own_parts += [each for each in vars(part).values() if isinstance(each, FunctionType)]
        for each in own_parts:
            own = (each.__module__ or "").partition(".")[0] != "keras"
            if own and json.dumps(each.__name__) in text:
                found.setdefault(each.__name__, each)
    return found


def registered_in(path: Path) -> dict[str, Any]:
    """Return what was registered in this process, of what the model in a file uses."""
    keras = sys.modules.get("keras")
    if keras is None:
        return {}
    text = json.dumps(configuration(path))
    known = keras.saving.get_custom_objects()
    return {name: each for name, each in known.items() if json.dumps(name) in text}


def declared_by(model: Any) -> Declared:
    """Return what a model says of its output."""
    config = model.get_compile_config() if getattr(model, "compiled", False) else None
    n_outputs = getattr(declared(model, "output"), "shape", (None, 0))[-1]
    return Declared(*loss_of(config), last_activation(model, None), n_outputs)


class LiveModel:
    """A model as a function of flat rows, by Keras's own ``predict``.

    Parameters
    ----------
    model : keras.Model
    layout : Layout
        What a flat row stands for.
    """

    def __init__(self, model: Any, layout: Layout) -> None:
        self.model = model
        self.layout = layout
        self.inputs = Inputs.of(model)
        self.order = self.inputs.order(layout)

    def predict(self, table: Table) -> npt.NDArray[Any]:
        """Return predictions (m, …) of rows."""
        arrays = self.layout.split(table.to_matrix())
        given = [self._typed(arrays[i], j) for j, i in enumerate(self.order)]
        with ExitStack() as stack:
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")  # what Keras says of its own calls
            torch = sys.modules.get("torch")
            if torch is not None:  # whose loaders of data draw a number
                stack.enter_context(torch.random.fork_rng(devices=[]))
            found = self.model.predict(
                self.inputs.packed(given, self.layout), batch_size=ROWS_PER_CALL, verbose=0
            )
        if isinstance(found, (list, tuple, dict)):
            raise UnsupportedModelError(
                f"{type(self.model).__name__} has {len(found)} outputs; pass one of them, as by "
                "keras.Model(model.inputs, model.outputs[0])"
            )
        return np.asarray(found, dtype=np.float64)

    def _typed(self, array: npt.NDArray[Any], j: int) -> npt.NDArray[Any]:
        dtypes = self.inputs.dtypes
        if not dtypes:
            return array.astype(np.int64 if self.layout.wholes[j] else np.float32)
        return array.astype(np.float32 if dtypes[j] in {"bfloat16", "float16"} else dtypes[j])
