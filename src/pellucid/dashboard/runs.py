"""Several stored results as a folder of pages, each of which lists the others."""

import os
from collections.abc import Mapping
from pathlib import Path

from pellucid._core.errors import InvalidInputError
from pellucid._core.files import check_free, write_whole
from pellucid.dashboard.file import check_options, document
from pellucid.dashboard.others import MOST, read_others
from pellucid.dashboard.payload import make_payload
from pellucid.dashboard.protocol import Language
from pellucid.explanation.archive import MANIFEST
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.storage import load

_SUFFIX = ".pellucid"


def stored_runs(folder: str | os.PathLike[str]) -> dict[str, Path]:
    """Return the explanations stored in a folder, by name.

    A name is that of the directory, without ``.pellucid``.

    Raises
    ------
    InvalidInputError
        There is none.
    """
    found = {
        path.name.removesuffix(_SUFFIX): path
        for path in sorted(Path(folder).iterdir() if Path(folder).is_dir() else ())
        if (path / MANIFEST).is_file()
    }
    if not found:
        raise InvalidInputError(f"{folder} holds no stored explanation")
    return found


def load_runs(folder: str | os.PathLike[str]) -> dict[str, Explanation | Importance]:
    """Load what :func:`stored_runs` finds; interactions, which have no dashboard, are left out."""
    loaded = {name: load(path, mmap=True) for name, path in stored_runs(folder).items()}
    return {
        name: result
        for name, result in loaded.items()
        if isinstance(result, (Explanation, Importance))
    }


def save_runs(
    runs: Mapping[str, Explanation | Importance] | str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    title: str | None = None,
    include_data: bool = True,
    language: Language = "en",
    max_rows: int | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Write several results as interactive pages that lead to each other and compare themselves.

    Parameters
    ----------
    runs : mapping of str to Explanation or Importance, or path-like
        Results by name; or a folder in which ``save`` stored them, whose names are those of the
        directories. At most 50.
    folder : path-like
        Where the pages are written, one file for each result, called like it; made if missing.
    title : str, optional
        What all pages are about; the result's name is added. By default the name alone.
    include_data, language, max_rows, overwrite
        As in :func:`save_html`.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of the runs.

    Raises
    ------
    StorageError
        A file exists, or cannot be written.
    InvalidInputError
        There is no result, there are too many, or two would have the same file.

    Examples
    --------
    >>> import tempfile
    >>> from pellucid import KernelExplainer
    >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
    >>> monday = explainer.explain_local([[2.0, 3.0]])
    >>> tuesday = explainer.explain_local([[4.0, 5.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [page.name for page in save_runs({"monday": monday, "tuesday": tuesday}, folder)]
    ['monday.html', 'tuesday.html']
    """
    check_options(title, language, max_rows)
    results = dict(runs) if isinstance(runs, Mapping) else load_runs(runs)
    if not results or len(results) > MOST:
        raise InvalidInputError(f"runs are {len(results)}; from 1 to {MOST} can be shown")
    importances = read_others(results)
    folder = Path(folder)
    files = {name: folder / f"{_checked(name)}.html" for name in results}
    for file in files.values():
        check_free(file, overwrite=overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    for name, result in results.items():
        others = {other: found for other, found in importances.items() if other != name}
        payload = make_payload(
            result,
            title=name if title is None else f"{title}: {name}",
            include_data=include_data,
            language=language,
            max_rows=max_rows,
            compare_with=others,
            others_have_pages=True,
        )
        write_whole(files[name], document(payload), overwrite=overwrite)
    return list(files.values())


def _checked(name: str) -> str:
    if not name or name != Path(name).name or not name.isprintable():
        raise InvalidInputError(f"runs has the name {name!r}, which no file can have")
    return name
