"""Rows from files: CSV, Parquet, and sparse matrices."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from pellucid._core.errors import InvalidInputError, StorageError
from pellucid._core.extras import require

if TYPE_CHECKING:
    import pandas as pd


def read_rows(path: Path, *, fill_missing_category: str | None = None) -> Any:
    """Read rows.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.tsv`` (either may be compressed: ``.csv.gz``), ``.parquet``, or ``.npz``
        written by ``scipy.sparse.save_npz``.
    fill_missing_category : str, optional
        What takes the place of missing cells in columns of text or categories.

    Returns
    -------
    pandas.DataFrame or scipy.sparse.csr_matrix

    Raises
    ------
    StorageError
        There is no such file.
    InvalidInputError
        It cannot be read, or its name has no known ending.
    """
    suffix = next((s.lower() for s in reversed(path.suffixes) if s.lower() in _READERS), None)
    if suffix is None:
        raise InvalidInputError(
            f"cannot tell the format of {path}: known are {', '.join(_READERS)}"
        )
    if not path.is_file():
        raise StorageError(f"there is no data file {path}")
    try:
        rows = _READERS[suffix](path)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        first_line = str(error).strip().split("\n")[0]
        raise InvalidInputError(f"cannot read {path}: {first_line}") from error
    if fill_missing_category is None or suffix == ".npz":
        return rows
    return _filled(rows, fill_missing_category)


def leave_out(tables: Sequence[Any], columns: Sequence[str]) -> list[Any]:
    """Return the tables without some columns, each of which at least one of them must have.

    Raises
    ------
    InvalidInputError
        No table has such a column, or a table has no named columns.
    """
    known = [list(getattr(table, "columns", ())) for table in tables]
    for name in columns:
        if not any(name in names for names in known):
            hint = _hint(name, dict.fromkeys(str(column) for names in known for column in names))
            raise InvalidInputError(f"there is no column {name!r} to leave out{hint}")
    return [
        table.drop(columns=[name for name in columns if name in names]) if names else table
        for table, names in zip(tables, known, strict=True)
    ]


def _hint(name: str, columns: Iterable[str], most: int = 5) -> str:
    """Say which column may be meant, or which there are."""
    every = list(columns)
    close = get_close_matches(name, every, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    if not every:
        return ": columns have no names here"
    shown = ", ".join(
        repr(f"{column[:40]}…" if len(column) > 40 else column) for column in every[:most]
    )
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return f"; there {'is' if len(every) == 1 else 'are'} {shown}{more}"


def _filled(frame: "pd.DataFrame", category: str) -> "pd.DataFrame":
    from pandas.api.types import is_numeric_dtype

    filled = frame.copy()
    for name, column in frame.items():
        if is_numeric_dtype(column.dtype) or not column.isna().any():
            continue
        if column.dtype == "category" and category not in column.cat.categories:
            filled[name] = column.cat.add_categories([category]).fillna(category)
        else:
            filled[name] = column.fillna(category)
    return filled


def _read_csv(path: Path) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_csv(path, low_memory=False)


def _read_tsv(path: Path) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_csv(path, sep="\t", low_memory=False)


def _read_parquet(path: Path) -> "pd.DataFrame":
    import pandas as pd

    require("pyarrow", extra="parquet", purpose="reading Parquet")
    return pd.read_parquet(path)


def _read_npz(path: Path) -> Any:
    import scipy.sparse as sp

    return sp.csr_matrix(sp.load_npz(path))


_READERS: dict[str, Callable[[Path], Any]] = {
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
    ".npz": _read_npz,
}
