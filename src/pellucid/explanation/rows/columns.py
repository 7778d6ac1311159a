"""Columns as arrays of numbers: what the containers' files have in common.

A description says under which names the arrays of a column are kept. Decoding checks lengths and
ranges, so that a forged description cannot make a library read beyond an array.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import StorageError
from pellucid._core.typing import Booleans

Arrays: TypeAlias = dict[str, npt.NDArray[Any]]
Description: TypeAlias = dict[str, Any]

_MISSING, _NAN, _FALSE, _TRUE, _INTEGER, _FLOAT, _TEXT = range(7)


def refuse(name: Any, held: str) -> NoReturn:
    """Say which column cannot be stored, and what to do about it."""
    raise StorageError(
        f"column {name!r} of the data holds {held}, which cannot be stored; convert it, or save "
        "with include_data=False"
    )


def put(arrays: Arrays, label: str, array: npt.NDArray[Any]) -> str:
    """Add an array under a name of its own, and return the name."""
    key = f"data.{len(arrays)}.{label}"
    arrays[key] = array
    return key


def pick(arrays: Arrays, key: str, kinds: str, length: int | None = None) -> npt.NDArray[Any]:
    """Return an array of one of some kinds of dtype, and of a known length.

    Raises
    ------
    ValueError
        It is of another kind, has several axes, or is of another length.
    """
    array = arrays[key]
    if array.dtype.kind not in kinds or array.ndim != 1:
        raise ValueError(f"{key} is no column of the kind needed")
    if length is not None and len(array) != length:
        raise ValueError(f"{key} has {len(array)} entries; {length} are needed")
    return array


def encode_missing(arrays: Arrays, missing: Booleans) -> str | None:
    """Add the mask of missing cells, unless there are none."""
    return put(arrays, "missing", missing) if missing.any() else None


def decode_missing(arrays: Arrays, key: str | None, length: int) -> Booleans:
    """Return the mask of missing cells."""
    if key is None:
        return np.zeros(length, dtype=np.bool_)
    return np.asarray(pick(arrays, key, "b", length), dtype=np.bool_)


def encode_texts(arrays: Arrays, texts: Sequence[str | None]) -> Description:
    """Add texts as UTF-8, one after the other, with the end of each; None is a missing one."""
    encoded = [b"" if text is None else text.encode("utf-8", "surrogatepass") for text in texts]
    missing = np.array([text is None for text in texts], dtype=np.bool_)
    return {
        "utf8": put(arrays, "utf8", np.frombuffer(b"".join(encoded), dtype=np.uint8)),
        "ends": put(arrays, "ends", np.cumsum([len(text) for text in encoded], dtype=np.int64)),
        "missing": encode_missing(arrays, missing),
    }


def decode_texts(arrays: Arrays, description: Description) -> list[str | None]:
    """Return the texts, None where they are missing."""
    utf8 = pick(arrays, description["utf8"], "u").tobytes()
    ends = pick(arrays, description["ends"], "i").tolist()
    missing = decode_missing(arrays, description["missing"], len(ends)).tolist()
    starts = [0, *ends[:-1]]
    if any(start > end for start, end in zip(starts, ends, strict=True)) or (
        ends and ends[-1] != len(utf8)
    ):
        raise ValueError("the ends of texts are out of order")
    return [
        None if absent else utf8[start:end].decode("utf-8", "surrogatepass")
        for start, end, absent in zip(starts, ends, missing, strict=True)
    ]


def encode_cells(arrays: Arrays, cells: Iterable[Any], name: Any) -> Description:
    """Add cells of mixed types: texts, numbers, truth values, None and NaN.

    Scalars of NumPy are stored as the Python scalars they equal.

    Raises
    ------
    StorageError
        A cell is of another type; the message names the column.
    """
    pairs = [_encode_cell(cell, name) for cell in cells]
    codes = np.array([code for code, _ in pairs], dtype=np.uint8)
    return {
        "codes": put(arrays, "codes", codes),
        "texts": encode_texts(arrays, [text for _, text in pairs]),
    }


def _encode_cell(cell: Any, name: Any) -> tuple[int, str]:
    plain = cell.item() if isinstance(cell, (np.number, np.bool_)) else cell
    if plain is None:
        return _MISSING, ""
    if isinstance(plain, bool):
        return (_TRUE if plain else _FALSE), ""
    if isinstance(plain, int):
        return _INTEGER, str(plain)
    if isinstance(plain, float):
        return (_NAN, "") if plain != plain else (_FLOAT, repr(plain))  # noqa: PLR0124 - NaN
    if isinstance(plain, str):
        return _TEXT, plain
    refuse(name, f"a {type(cell).__module__}.{type(cell).__qualname__}")


def decode_cells(arrays: Arrays, description: Description) -> list[Any]:
    """Return the cells as Python objects."""
    texts = decode_texts(arrays, description["texts"])
    codes = pick(arrays, description["codes"], "u", len(texts)).tolist()
    return [_decode_cell(code, text or "") for code, text in zip(codes, texts, strict=True)]


def _decode_cell(code: int, text: str) -> Any:
    if code == _TEXT:
        return text
    if code == _INTEGER:
        return int(text)
    if code == _FLOAT:
        return float(text)
    return {_MISSING: None, _NAN: float("nan"), _FALSE: False, _TRUE: True}[code]


def objects(cells: Sequence[Any]) -> npt.NDArray[Any]:
    """Return cells as a one-dimensional array of objects, whatever they are."""
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array
