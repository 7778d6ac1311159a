"""From a model in a file to a program of torch: run where Keras runs on torch."""

import io
import random
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import (
    InvalidInputError,
    PellucidError,
    UnsupportedModelError,
    in_one_line,
)
from pellucid.data.layout import Layout
from pellucid.models.keras.archive import configuration, narrow_types, widened
from pellucid.models.keras.inputs import Given, Inputs, declared
from pellucid.models.keras.loading import load
from pellucid.models.keras.outputs import Declared, last_activation, loss_of
from pellucid.models.keras.torch.unrolling import traced


@dataclass(frozen=True)
class Job:
    """What is to be exported.

    Attributes
    ----------
    path : str
        The model's file.
    shown : str
        How messages call it.
    live : bool
        Whether the user has the model in hand, and the file is only on the way.
    safe_mode : bool
    output : str, int or None
    given : Given
        What the rows are.
    """

    path: str
    shown: str
    live: bool
    safe_mode: bool
    output: str | int | None
    given: Given


@dataclass(frozen=True, eq=False)
class Exported:
    """A model as a program of torch.

    Attributes
    ----------
    name : str
        The model's class.
    program : bytes
        As ``torch.export.save`` writes it.
    n_rows : int or None
        The only number of rows that it is for; None for any.
    layout : Layout
        What a flat row stands for.
    declared : Declared
    narrow : tuple of str
        Types of less than 32 bits that the model computes with, and the program does not.
    predictions : ndarray, shape (m, …)
        Of the rows that were given, by Keras.
    """

    name: str
    program: bytes
    n_rows: int | None
    layout: Layout
    declared: Declared
    narrow: tuple[str, ...]
    predictions: npt.NDArray[Any]


def export(job: Job, rows: npt.NDArray[Any], custom_objects: Mapping[str, Any]) -> Exported:
    """Export a model; Keras runs on torch in this process.

    Parameters
    ----------
    job : Job
    rows : ndarray, shape (m, cells)
        Some flat rows.
    custom_objects : mapping from str to class or function

    Raises
    ------
    UnsupportedModelError
        The model cannot be loaded, or cannot be traced.
    InvalidInputError
        The rows are not what the model takes.
    """
    import torch  # noqa: PLC0415 - jobs are sent by processes without torch too

    # Layers draw weights and seeds before they are given their own.
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    with warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")  # what Keras and torch say to those who wrote the model
        try:
            return _exported(job, rows, custom_objects)
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002


def _exported(job: Job, rows: npt.NDArray[Any], custom_objects: Mapping[str, Any]) -> Exported:
    import torch  # noqa: PLC0415 - jobs are sent by processes without torch too

    path = Path(job.path)
    narrow = narrow_types(path)
    model = load(path, job.shown, custom_objects, live=job.live, safe_mode=job.safe_mode)
    inputs = Inputs.of(model)
    layout = inputs.fit(job.given)
    tensors = tuple(
        torch.as_tensor(np.ascontiguousarray(array)).to(
            torch.int64 if whole else _real_type(inputs)
        )
        for array, whole in zip(layout.split(rows), layout.wholes, strict=True)
    )
    output = _output_of(model, job)
    call = _call_type()(model, inputs, layout, output)
    try:
        with torch.no_grad():
            predictions = _numbers(call(*tensors))
    except PellucidError:
        raise
    except Exception as error:
        raise UnsupportedModelError(
            f"{job.shown} does not run on torch: {in_one_line(error)}; layers of one's own have to "
            "be written with keras.ops"
        ) from error
    if narrow:
        with tempfile.TemporaryDirectory() as folder:
            wide = widened(path, Path(folder) / "model.keras")
            model = load(wide, job.shown, custom_objects, live=job.live, safe_mode=job.safe_mode)
        call = _call_type()(model, inputs, layout, output)
    program, n_rows = traced(call, tensors, model, job.shown)
    stored = io.BytesIO()
    torch.export.save(program, stored)
    compiled = configuration(path).get("compile_config")
    said = Declared(
        *loss_of(compiled, output),
        last_activation(model, output),
        int(np.prod(predictions.shape[1:])),
    )
    return Exported(
        type(model).__name__, stored.getvalue(), n_rows, layout, said, narrow, predictions
    )


def _call_type() -> Any:
    """Return the class of module that calls a model: a function, since torch is needed for it."""
    import torch  # noqa: PLC0415

    class Call(torch.nn.Module):
        def __init__(
            self, model: Any, inputs: Inputs, layout: Layout, output: str | int | None
        ) -> None:
            super().__init__()
            self.model, self.inputs, self.layout, self.output = model, inputs, layout, output
            self.order = inputs.order(layout)

        def forward(self, *tensors: Any) -> Any:
            given = [tensors[i] for i in self.order]
            for i, dtype in enumerate(self.inputs.dtypes):
                given[i] = given[i].to(getattr(torch, dtype))
            found = self.model(self.inputs.packed(given, self.layout), training=False)
            return found if self.output is None else found[self.output]

    return Call


def _real_type(inputs: Inputs) -> Any:
    import torch  # noqa: PLC0415

    return torch.float64 if "float64" in inputs.dtypes else torch.float32


def _output_of(model: Any, job: Job) -> str | int | None:
    """Return which of several outputs is meant; None of a single one."""
    found = declared(model, "output")
    if not isinstance(found, (list, tuple, dict)):
        return None
    names = [str(name) for name in (found if isinstance(found, dict) else range(len(found)))]
    if not isinstance(found, dict):
        names = [str(name) for name in getattr(model, "output_names", names)]
    if len(names) == 1:
        return names[0] if isinstance(found, dict) else 0
    if job.output is None:
        listed = ", ".join(map(repr, names))
        advice = (
            "keras.Model(model.inputs, model.outputs[0])"
            if job.live
            else f"KerasFile(path, output={names[0]!r})"
        )
        raise UnsupportedModelError(
            f"{job.shown} has {len(names)} outputs, {listed}; pass one of them, as by {advice}"
        )
    if job.output in names:
        at = names.index(str(job.output))
    elif isinstance(job.output, int) and -len(names) <= job.output < len(names):
        at = job.output % len(names)
    else:
        raise InvalidInputError(f"output is {job.output!r}, but {job.shown} has {names}")
    return names[at] if isinstance(found, dict) else at


def _numbers(found: Any) -> npt.NDArray[Any]:
    if not hasattr(found, "detach"):
        raise UnsupportedModelError(
            f"the Keras model returned a {type(found).__name__}; one tensor of outputs is needed"
        )
    return np.asarray(found.detach().double().cpu())
