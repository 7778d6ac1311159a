"""Loading a model from its file, where Keras runs on torch."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid._core.errors import UnsupportedModelError, in_one_line
from pellucid.models.keras.archive import configuration


def load(
    path: Path, shown: str, custom_objects: Mapping[str, Any], *, live: bool, safe_mode: bool
) -> Any:
    """Load a model.

    Parameters
    ----------
    path : Path
    shown : str
        How messages call the file.
    custom_objects : mapping from str to class or function
    live : bool
        Whether the user has the model in hand, and the file is only on the way.
    safe_mode : bool
        Whether files with Python code are refused.

    Raises
    ------
    UnsupportedModelError
        Keras cannot load it; the message says what to do.
    """
    import keras  # noqa: PLC0415

    try:
        return keras.saving.load_model(
            path,
            custom_objects=_by_all_names(path, custom_objects),
            compile=False,
            safe_mode=safe_mode,
        )
    except Exception as error:
        raise UnsupportedModelError(
            _why_not_loaded(error, shown, live=live, safe_mode=safe_mode)
        ) from error


def _by_all_names(path: Path, custom_objects: Mapping[str, Any]) -> dict[str, Any]:
    """Return classes by the names they were registered under as well, such as "Custom>Gate"."""
    found = dict(custom_objects)
    for name in re.findall(r'"registered_name": "([^"]+)"', json.dumps(configuration(path))):
        bare = name.rpartition(">")[2]
        if bare in found:
            found.setdefault(name, found[bare])
    return found


_UNKNOWN = re.compile(
    r"(?:locate (?:class|function)|Unknown (?:layer|object|\w+ function):?) '?\"?(\w+)"
)


def _why_not_loaded(error: Exception, shown: str, *, live: bool, safe_mode: bool) -> str:
    said = str(error)
    unknown = _UNKNOWN.search(said)
    if isinstance(error, ModuleNotFoundError) or "No module named" in said:
        return (
            f"{shown} cannot be loaded by Keras on torch: {in_one_line(error)}; layers of one's "
            "own have to be written with keras.ops"
        )
    if safe_mode and ("safe_mode" in said or "unsafe deserialization" in said.lower()):
        return (
            f"{shown} holds Python code, as of a Lambda layer, which would run when it is "
            "loaded; if you trust the file, pass KerasFile(path, safe_mode=False)"
        )
    if unknown is not None and live:
        return (
            f"{shown} uses {unknown[1]}, which Keras does not find again; register it by "
            "keras.saving.register_keras_serializable()"
        )
    if unknown is not None:
        return (
            f"{shown} uses {unknown[1]}, which is no part of Keras; pass KerasFile(path, "
            f"custom_objects={{{unknown[1]!r}: {unknown[1]}}})"
        )
    return f"{shown} cannot be loaded by Keras on torch: {in_one_line(error)[:300]}"
