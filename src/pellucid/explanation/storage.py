"""Store results, and load them again: exactly the same, or an error in one line."""

import math
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from pellucid._core.errors import CorruptFileError, InvalidInputError, StorageError
from pellucid.data.groups import Players
from pellucid.explanation.archive import Archive, read_archive, write_archive
from pellucid.explanation.fidelity import Fidelity
from pellucid.explanation.importance import Importance
from pellucid.explanation.interactions import Interactions
from pellucid.explanation.local import Explanation
from pellucid.explanation.rows import Arrays, decode_rows, encode_rows
from pellucid.explanation.stats import Sampling, Stats

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
        "players": None if explanation.players is None else _encode_players(explanation.players),
    }


def _encode_players(players: Players) -> dict[str, Any]:
    return {
        "names": list(players.names),
        "columns": list(players.columns),
        "player_of": players.player_of.tolist(),
    }


def _decode_players(content: dict[str, Any]) -> Players:
    names, columns = tuple(content["names"]), tuple(content["columns"])
    player_of = np.array(content["player_of"], dtype=np.int64)
    if player_of.shape != (len(columns),) or set(player_of.tolist()) != set(range(len(names))):
        raise InvalidInputError("its columns do not belong to its players")
    return Players(names, columns, player_of)


def _decode_local(content: dict[str, Any], arrays: Arrays, prefix: str = "") -> Explanation:
    data, players = content["data"], content.get("players")
    return Explanation(
        values=arrays[f"{prefix}values"],
        base_values=arrays[f"{prefix}base_values"],
        predictions=arrays[f"{prefix}predictions"],
        std_error=arrays.get(f"{prefix}std_error"),
        local_r2=arrays.get(f"{prefix}local_r2"),
        data=None if data is None else decode_rows(data, arrays),
        players=None if players is None else _decode_players(players),
        **_decode_common(content),
    )


def _encode_global(importance: Importance, arrays: Arrays, *, include_data: bool) -> dict[str, Any]:
    arrays["values"] = importance.values
    arrays["overall"] = importance.overall
    arrays["std_error"] = importance.std_error
    arrays["base_values"] = importance.base_values
    local = importance.local
    return {
        **_encode_common(importance),
        "local": (
            None
            if local is None
            else _encode_local(local, arrays, include_data=include_data, prefix="local.")
        ),
    }


def _decode_global(content: dict[str, Any], arrays: Arrays) -> Importance:
    local = content["local"]
    return Importance(
        values=arrays["values"],
        overall=arrays["overall"],
        std_error=arrays["std_error"],
        base_values=arrays["base_values"],
        local=None if local is None else _decode_local(local, arrays, prefix="local."),
        **_decode_common(content),
    )


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
    stats = result.stats
    return {
        "features": list(result.features),
        "classes": None if result.classes is None else list(result.classes),
        "task": result.task,
        "output_space": result.output_space,
        "stats": {
            "method": stats.method,
            "exact": bool(stats.exact),
            "n_rows": int(stats.n_rows),
            "n_rows_given": int(stats.n_rows_given),
            "n_background": int(stats.n_background),
            "n_evaluations": int(stats.n_evaluations),
            "efficiency_gap": _encode_number(stats.efficiency_gap),
            "largest_std_error": _encode_if_known(stats.largest_std_error),
            "local_r2": (
                None
                if stats.local_r2 is None
                else [_encode_number(number) for number in stats.local_r2]
            ),
            "local_gap": None if stats.local_gap is None else _encode_number(stats.local_gap),
            "fidelity": None if stats.fidelity is None else _encode_fidelity(stats.fidelity),
            "refused": [list(pair) for pair in stats.refused],
            "warnings": list(stats.warnings),
            **({} if stats.sampling is None else {"sampling": _encode_sampling(stats.sampling)}),
            "settings": [list(pair) for pair in stats.settings],
            "seconds": _encode_number(stats.seconds),
        },
    }


def _decode_common(content: dict[str, Any]) -> dict[str, Any]:
    stats, classes = content["stats"], content["classes"]
    error, sampling = stats["largest_std_error"], stats.get("sampling")
    # Explanations stored by version 0.1.0 may lack what tells of local models.
    local_r2, local_gap = stats.get("local_r2"), stats.get("local_gap")
    return {
        "features": tuple(content["features"]),
        "classes": None if classes is None else tuple(classes),
        "task": content["task"],
        "output_space": content["output_space"],
        "stats": Stats(
            method=str(stats["method"]),
            exact=bool(stats["exact"]),
            n_rows=int(stats["n_rows"]),
            n_rows_given=int(stats["n_rows_given"]),
            n_background=int(stats["n_background"]),
            n_evaluations=int(stats["n_evaluations"]),
            efficiency_gap=float(stats["efficiency_gap"]),
            largest_std_error=None if error is None else float(error),
            local_r2=None if local_r2 is None else tuple(float(number) for number in local_r2),
            local_gap=None if local_gap is None else float(local_gap),
            fidelity=(
                None if stats.get("fidelity") is None else Fidelity.from_dict(stats["fidelity"])
            ),
            refused=tuple((str(method), str(reason)) for method, reason in stats["refused"]),
            warnings=tuple(str(text) for text in stats["warnings"]),
            sampling=None if sampling is None else _decode_sampling(sampling),
            settings=tuple((str(name), str(value)) for name, value in stats["settings"]),
            seconds=float(stats["seconds"]),
        ),
    }


def _encode_sampling(sampling: Sampling) -> dict[str, Any]:
    return {
        "n_references": int(sampling.n_references),
        "unseen_share": _encode_if_known(sampling.unseen_share),
        "relative_std_error": _encode_number(sampling.relative_std_error),
        "target_se": _encode_if_known(sampling.target_se),
        "n_missed": int(sampling.n_missed),
    }


def _decode_sampling(content: dict[str, Any]) -> Sampling:
    share, target = content["unseen_share"], content["target_se"]
    return Sampling(
        n_references=int(content["n_references"]),
        unseen_share=None if share is None else float(share),
        relative_std_error=float(content["relative_std_error"]),
        target_se=None if target is None else float(target),
        n_missed=int(content["n_missed"]),
    )


def _encode_if_known(number: float | None) -> float | str | None:
    return None if number is None else _encode_number(number)


def _encode_fidelity(fidelity: Fidelity) -> dict[str, Any]:
    return {name: _plain(value) for name, value in fidelity.to_dict().items()}


def _plain(value: Any) -> Any:
    """Return numbers as JSON knows them, however deep they lie."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _encode_number(value) if isinstance(value, float) else value


def _encode_number(number: float) -> float | str:
    """Return a number that JSON knows; NaN and infinities become their names."""
    number = float(number)
    return number if math.isfinite(number) else repr(number)
