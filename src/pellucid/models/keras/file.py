"""``KerasFile``: a model in a file, with what it takes to load it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

SUFFIXES = (".keras", ".h5", ".hdf5")


@dataclass(frozen=True)
class KerasFile:
    """A Keras model in a file, to be handed to an explainer in place of a model.

    A plain path does where neither of the parameters is needed. TensorFlow is not: the file is
    loaded by Keras on torch, in a process of its own unless this one runs Keras on torch already,
    whichever library it was saved with.

    Parameters
    ----------
    path : str or path-like
        A file ``.keras``, or ``.h5`` of the older format.
    custom_objects : mapping from str to class or function, optional
        Layers and functions that are no part of Keras, by the names the file has for them. They
        have to be written with ``keras.ops``, so that they run on torch.
    safe_mode : bool
        Whether a file is refused that holds Python code, as of Lambda layers, which runs when it is
        loaded. Pass False for files you trust.
    output : str or int, optional
        Name or position of the output to explain, of a model with several.

    Examples
    --------
    >>> from pellucid import KerasFile
    >>> file = KerasFile("churn.keras", safe_mode=False)
    >>> file.path.name
    'churn.keras'
    """

    path: Path
    custom_objects: Mapping[str, Any] = field(default_factory=dict)
    safe_mode: bool = True
    output: str | int | None = None

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        custom_objects: Mapping[str, Any] | None = None,
        safe_mode: bool = True,
        output: str | int | None = None,
    ) -> None:
        object.__setattr__(self, "path", Path(path))
        object.__setattr__(self, "custom_objects", dict(custom_objects or {}))
        object.__setattr__(self, "safe_mode", safe_mode)
        object.__setattr__(self, "output", output)
