"""Files appear whole, or not at all."""

import os
import threading
from pathlib import Path

from pellucid._core.errors import StorageError


def write_whole(path: Path, text: str, *, overwrite: bool) -> None:
    """Write a text file at once: a reader sees the old one or the new one, never half of it.

    Parameters
    ----------
    path : pathlib.Path
        Folders that are missing are made.
    text : str
    overwrite : bool
        Whether a file that is there already may be replaced.

    Raises
    ------
    StorageError
        The file exists, or cannot be written.
    """
    check_free(path, overwrite=overwrite)
    # Not made by tempfile, whose files nobody else may read.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_text(text, encoding="utf-8", newline="\n")
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def check_free(path: Path, *, overwrite: bool) -> None:
    """Refuse a path that is taken, before any work is done for it.

    Raises
    ------
    StorageError
        There is a file already, which may not be replaced.
    """
    if path.exists() and not overwrite:
        raise StorageError(f"{path} exists already; pass overwrite=True to replace it")
