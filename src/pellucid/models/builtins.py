"""Paths of model files, as text."""

from os import fspath
from pathlib import Path
from typing import Any

from pellucid._core.typing import Task
from pellucid.data.layout import Layout
from pellucid.data.table import Table
from pellucid.models.function import adapt_predictor
from pellucid.models.keras import from_file
from pellucid.models.keras.file import SUFFIXES, KerasFile
from pellucid.models.model import Model


def from_path(
    path: Any, *, examples: Table | None, task: Task | None, layout: Layout | None = None
) -> Model:
    """Adapt the model in a file, by the ending of its name.

    Raises
    ------
    UnsupportedModelError
        It is no path of a model that can be read without running code of others.
    """
    if (Path(path) / "saved_model.pb").is_file():
        from pellucid.models.tensorflow import from_folder  # noqa: PLC0415 - loads TensorFlow

        return from_folder(path, examples=examples, task=task, layout=layout)
    if not fspath(path).endswith(SUFFIXES):
        return adapt_predictor(path, examples=examples, task=task)
    return from_file(KerasFile(path), examples=examples, task=task, layout=layout)


ADAPTERS = {"str": from_path}
