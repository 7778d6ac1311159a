"""Exports a model once: here, if Keras runs on torch already, else in a process of its own."""

import os
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from pellucid._core.errors import (
    FeatureMismatchError,
    InvalidInputError,
    ModelError,
    UnsupportedModelError,
    in_one_line,
)
from pellucid._core.extras import require
from pellucid.models.keras.archive import content_key
from pellucid.models.keras.messages import read_error, read_found, write_job
from pellucid.models.keras.torch.exporting import Exported, Job, export

KEPT = 8
"""So many models are kept, as programs, for the next explainer of the same."""

ERRORS = {
    kind.__name__: kind for kind in (UnsupportedModelError, InvalidInputError, FeatureMismatchError)
}
"""What travels from process to process by name."""

_kept: OrderedDict[Any, tuple[Exported, Mapping[str, Any]]] = OrderedDict()
_lock = threading.Lock()


def exported(job: Job, rows: npt.NDArray[Any], custom_objects: Mapping[str, Any]) -> Exported:
    """Export a model, or return what was exported of the same content before.

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
    ModelError
        The process ended without an answer.
    """
    key = (
        content_key(Path(job.path)),
        job.safe_mode,
        job.output,
        job.given,
        tuple(sorted((name, id(each)) for name, each in custom_objects.items())),
        rows.tobytes(),
    )
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key][0]
    run = export if backend() == "torch" else _elsewhere
    found = run(job, rows, custom_objects)
    with _lock:
        _kept[key] = found, custom_objects  # by whose identity it is found again
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def backend() -> str | None:
    """Return what Keras runs on in this process; None if it does not run."""
    keras = sys.modules.get("keras")
    return None if keras is None else str(keras.backend.backend())


def _elsewhere(job: Job, rows: npt.NDArray[Any], custom_objects: Mapping[str, Any]) -> Exported:
    """Export in a process in which Keras runs on torch."""
    with tempfile.TemporaryDirectory(prefix="pellucid-") as name:
        folder = Path(name)
        if custom_objects:
            (folder / "custom").write_bytes(_packed(job, dict(custom_objects)))
        write_job(folder, job, rows)
        ran = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-P", "-W", "ignore", "-m", "pellucid.models.keras.worker", name],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        said = read_error(folder)
        if said is not None:
            raise ERRORS.get(said[0], ModelError)(said[1])
        found = read_found(folder)
        if found is None:
            lines = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
            last = lines[-1][:300] if lines else "it said nothing"
            raise ModelError(
                f"{job.shown}: the process that runs Keras on torch ended with {ran.returncode}: "
                f"{last}"
            )
        return found


def _packed(job: Job, custom_objects: dict[str, Any]) -> bytes:
    """Return classes and functions by value, if nobody can import them, as those of a notebook.

    They are the caller's own, and go to a process of ours through a folder of its own: nothing that
    comes from a file is ever unpacked so.
    """
    cloudpickle = require("cloudpickle", extra="keras", purpose="handing on custom objects")
    try:
        packed: bytes = cloudpickle.dumps(custom_objects)
    except Exception as error:
        raise UnsupportedModelError(
            f"{job.shown}: its custom objects cannot be handed to Keras on torch: "
            f"{in_one_line(error)}"
        ) from error
    return packed


def _environment() -> dict[str, str]:
    paths = [path or os.getcwd() for path in sys.path]  # noqa: PTH109 - as Python does
    return {
        **os.environ,
        "KERAS_BACKEND": "torch",
        "KERAS_TORCH_DEVICE": "cpu",
        "PYTHONPATH": os.pathsep.join(paths),
    }
