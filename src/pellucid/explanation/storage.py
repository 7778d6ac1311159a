"""Store results, and load them again: exactly the same, or an error in one line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from pellucid._core.errors import CorruptFileError, InvalidInputError, StorageError
from pellucid.explanation.archive import Archive, read_archive, write_archive
from pellucid.explanation.importance import Importance
from pellucid.explanation.interactions import Interactions
from pellucid.explanation.local import Explanation
from pellucid.explanation.origins import (
    decode_origin,
    decode_players,
    encode_origin,
    encode_players,
)
from pellucid.explanation.rows import Arrays, decode_rows, encode_rows
from pellucid.explanation.stored_stats import decode_stats, encode_stats

Result: TypeAlias = Explanation | Importance | Interactions


def save(result: Result, path: str | Path, *, overwrite: bool, include_data: bool) -> Path:
    """Write a result; see :meth:`Explanation.save`."""
    arrays: Arrays = {}
    if isinstance(result, Explanation):
        content = _encode_local(result, arrays, include_data=include_data)
        archive = Archive("explanation", content, arrays)
    elif isinstance(result, Interactions):
        content = _encode_interactions(result, arrays, include_data=include_data)
        archive = Archive("interactions", content, arrays)
    else:
        content = _encode_global(result, arrays, include_data=include_data)
        archive = Archive("importance", content, arrays)
    return write_archive(path, archive, overwrite=overwrite)


def load(path: str | Path, *, mmap: bool = False, verify: bool = True) -> Result:
    """Load what the ``save`` of a result wrote.

    Parameters
    ----------
    path : str or Path
        The directory.
    mmap : bool
        Whether to map the arrays into memory, read-only, rather than read them: rows of a large
        explanation are then there in no time. With ``verify``, the files are still read once.
    verify : bool
        Whether to compare checksums. Without, sizes, types and shapes are still compared, and
        nothing in the files is ever executed, but altered numbers may go unnoticed.

    Returns
    -------
    Explanation, Importance or Interactions
        Equal to the one that was saved.

    Raises
    ------
    StorageError
        There is nothing to load, it cannot be read, or a newer pellucid wrote it.
    CorruptFileError
        It is truncated, altered, or not one of ours; the message names the file.
    MissingExtraError
        The rows in it are a data frame of a package that is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from pellucid import Stats
    >>> explanation = Explanation(
    ...     values=np.array([[[0.5], [-2.0]]]),
    ...     base_values=np.array([[3.0]]),
    ...     predictions=np.array([[1.5]]),
    ...     features=("age", "hours"),
    ...     classes=None,
    ...     task="regression",
    ...     output_space="value",
    ...     stats=Stats("by hand", n_rows=1, n_rows_given=1),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load(explanation.save(folder + "/mine.pellucid")) == explanation
    True
    """
    archive = read_archive(path, mmap=mmap, verify=verify)
    try:
        if archive.kind == "explanation":
            return _decode_local(archive.content, archive.arrays)
        if archive.kind == "importance":
            return _decode_global(archive.content, archive.arrays)
        if archive.kind == "interactions":
            return _decode_interactions(archive.content, archive.arrays)
    except (
        AttributeError,
        IndexError,
        InvalidInputError,
        KeyError,
        MemoryError,
        OverflowError,
        TypeError,
        ValueError,
    ) as error:
        raise CorruptFileError(
            f"{path}: does not describe an {archive.kind} ({type(error).__name__}: {error})"
        ) from error
    raise StorageError(f"{path}: holds a {archive.kind!r}, which is not an explanation")


def _encode_local(
    explanation: Explanation, arrays: Arrays, *, include_data: bool, prefix: str = ""
) -> dict[str, Any]:
    arrays[f"{prefix}values"] = explanation.values
    arrays[f"{prefix}base_values"] = explanation.base_values
    arrays[f"{prefix}predictions"] = explanation.predictions
    if explanation.std_error is not None:
        arrays[f"{prefix}std_error"] = explanation.std_error
    if explanation.local_r2 is not None:
        arrays[f"{prefix}local_r2"] = explanation.local_r2
    keeps_data = include_data and explanation.data is not None
    return {
        **_encode_common(explanation),
        "data": encode_rows(explanation.data, arrays) if keeps_data else None,
        "players": None if explanation.players is None else encode_players(explanation.players),
        **_encode_views(explanation, _encode_local, arrays, include_data, prefix),
    }


def _decode_local(content: dict[str, Any], arrays: Arrays, prefix: str = "") -> Explanation:
    data, players = content["data"], content.get("players")
    return Explanation(
        values=arrays[f"{prefix}values"],
        base_values=arrays[f"{prefix}base_values"],
        predictions=arrays[f"{prefix}predictions"],
        std_error=arrays.get(f"{prefix}std_error"),
        local_r2=arrays.get(f"{prefix}local_r2"),
        data=None if data is None else decode_rows(data, arrays),
        players=None if players is None else decode_players(players),
        **_decode_views(content, _decode_local, arrays, prefix),
        **_decode_common(content),
    )


def _encode_global(
    importance: Importance, arrays: Arrays, *, include_data: bool, prefix: str = ""
) -> dict[str, Any]:
    arrays[f"{prefix}values"] = importance.values
    arrays[f"{prefix}overall"] = importance.overall
    arrays[f"{prefix}std_error"] = importance.std_error
    arrays[f"{prefix}base_values"] = importance.base_values
    # What it has in engineered columns is the local explanation of that view, and stored there.
    local = None if importance.local is None else replace(importance.local, engineered=None)
    return {
        **_encode_common(importance),
        "metric": importance.metric,
        "local": (
            None
            if local is None
            else _encode_local(local, arrays, include_data=include_data, prefix=f"{prefix}local.")
        ),
        **_encode_views(importance, _encode_global, arrays, include_data, prefix),
    }


def _decode_global(content: dict[str, Any], arrays: Arrays, prefix: str = "") -> Importance:
    local = content["local"]
    return Importance(
        values=arrays[f"{prefix}values"],
        overall=arrays[f"{prefix}overall"],
        std_error=arrays[f"{prefix}std_error"],
        base_values=arrays[f"{prefix}base_values"],
        metric=content.get("metric"),
        local=None if local is None else _decode_local(local, arrays, prefix=f"{prefix}local."),
        **_decode_views(content, _decode_global, arrays, prefix),
        **_decode_common(content),
    )


def _encode_views(
    result: Explanation | Importance,
    encode: Callable[..., dict[str, Any]],
    arrays: Arrays,
    include_data: bool,  # noqa: FBT001 - handed through
    prefix: str,
) -> dict[str, Any]:
    """Return what there is of a result in engineered columns; nothing, where there is none."""
    content: dict[str, Any] = {}
    if result.origin is not None:
        content["origin"] = encode_origin(result.origin, arrays, prefix=f"{prefix}origin.")
    if result.engineered is not None:
        content["engineered"] = encode(
            result.engineered, arrays, include_data=include_data, prefix=f"{prefix}engineered."
        )
    return content


def _decode_views(
    content: dict[str, Any], decode: Callable[..., Any], arrays: Arrays, prefix: str
) -> dict[str, Any]:
    origin, view = content.get("origin"), content.get("engineered")
    return {
        "origin": (
            None if origin is None else decode_origin(origin, arrays, prefix=f"{prefix}origin.")
        ),
        "engineered": (
            None if view is None else decode(view, arrays, prefix=f"{prefix}engineered.")
        ),
    }


def _encode_interactions(
    interactions: Interactions, arrays: Arrays, *, include_data: bool
) -> dict[str, Any]:
    arrays["values"] = interactions.values
    arrays["base_values"] = interactions.base_values
    arrays["predictions"] = interactions.predictions
    keeps_data = include_data and interactions.data is not None
    return {
        **_encode_common(interactions),
        "data": encode_rows(interactions.data, arrays) if keeps_data else None,
    }


def _decode_interactions(content: dict[str, Any], arrays: Arrays) -> Interactions:
    data = content["data"]
    return Interactions(
        values=arrays["values"],
        base_values=arrays["base_values"],
        predictions=arrays["predictions"],
        data=None if data is None else decode_rows(data, arrays),
        **_decode_common(content),
    )


def _encode_common(result: Result) -> dict[str, Any]:
    return {
        "features": list(result.features),
        "classes": None if result.classes is None else list(result.classes),
        "task": result.task,
        "output_space": result.output_space,
        "stats": encode_stats(result.stats),
    }


def _decode_common(content: dict[str, Any]) -> dict[str, Any]:
    classes = content["classes"]
    return {
        "features": tuple(content["features"]),
        "classes": None if classes is None else tuple(classes),
        "task": content["task"],
        "output_space": content["output_space"],
        "stats": decode_stats(content["stats"]),
    }
