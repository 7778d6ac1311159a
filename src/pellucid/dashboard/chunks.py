"""Arrays and texts as bytes: never rounded, small, and quick to read in a browser.

A chunk is a head of 16 bytes, little-endian, and a body:

====== ====== =========================================================================
offset  type  meaning
====== ====== =========================================================================
0      u1     type of the items, a position in ``TYPES``
1      u1     1 if the body is compressed by zlib, its bytes first sorted by significance
4      u4     number of rows of the array
8      u4     number of columns; of texts, 1
12     u4     bytes of the body when it is not compressed
====== ====== =========================================================================

The body is the array row by row. Of texts, it is one offset (u4) for each and one more, and then
all texts in UTF-8. Of rounded numbers, it is the lowest one (f8), the step between codes (f8), and
codes (u2), of which 65,535 is a missing number.
"""

import struct
import zlib
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

TYPES: Final = ("u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8", "text", "rounded")

_NO_CODE: Final = 65_535


def narrowest(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return numbers in the smallest type that holds each of them exactly.

    Parameters
    ----------
    numbers : ndarray of any numeric type

    Returns
    -------
    ndarray
        Of one of the numeric ``TYPES``; float64 if nothing smaller will do.

    Examples
    --------
    >>> [narrowest(np.array(cells)).dtype.str for cells in ([1, 200], [-1.0, 2.0], [0.5], [0.1])]
    ['|u1', '|i1', '<f4', '<f8']
    """
    exact = numbers.astype("<f8")
    # Comparing casts that overflow is the way to find out whether they do.
    with np.errstate(invalid="ignore", over="ignore"):
        for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "f4"):
            small = exact.astype(f"<{kind}")
            back = small.astype("<f8")
            if np.array_equal(back, exact, equal_nan=kind == "f4"):
                return small
    return exact


def encode(numbers: npt.NDArray[Any], *, packed: bool = True) -> bytes:
    """Return an array of one or two axes as a chunk, in the narrowest type that holds it.

    Parameters
    ----------
    numbers : ndarray
    packed : bool
        Whether it may be compressed.

    Examples
    --------
    >>> len(encode(np.array([1, 2, 3])))
    19
    """
    array = np.ascontiguousarray(narrowest(numbers))
    rows, columns = (1, *array.shape)[-2:]
    body, size = array.tobytes(), array.dtype.itemsize
    return _chunk(array.dtype.str[1:], rows, columns, body, size, packed=packed)


def encode_rounded(numbers: npt.NDArray[Any]) -> bytes:
    """Return a column as a chunk of two bytes a number, within 1/131,068 of its range.

    It is for dots, where nobody could see more; infinite numbers are missing.

    Examples
    --------
    >>> len(encode_rounded(np.linspace(0, 1, 1000)))
    2032
    """
    known = np.isfinite(numbers)
    low, high = (numbers[known].min(), numbers[known].max()) if known.any() else (0.0, 0.0)
    step = float(high) / (_NO_CODE - 1) - float(low) / (_NO_CODE - 1)
    codes = np.full(len(numbers), _NO_CODE, dtype="<u2")
    codes[known] = np.round((numbers[known] - low) / step) if step > 0 else 0
    body = struct.pack("<dd", low, step) + codes.tobytes()
    return _chunk("rounded", len(numbers), 1, body, 1, packed=False)


def encode_texts(texts: Iterable[str], *, packed: bool = True) -> bytes:
    """Return texts as a chunk; what is no valid Unicode in them is replaced.

    Examples
    --------
    >>> encode_texts(["a", "bc"])[-3:]
    b'abc'
    """
    parts = [text.encode("utf-8", errors="replace") for text in texts]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype="<u4")])
    body = offsets.astype("<u4").tobytes() + b"".join(parts)
    return _chunk("text", len(parts), 1, body, 1, packed=packed)


def _chunk(
    kind: str, rows: int, columns: int, body: bytes, item_size: int, *, packed: bool
) -> bytes:
    size, small = len(body), body
    if packed:
        planes = np.frombuffer(body, dtype=np.uint8).reshape(-1, item_size).T.tobytes()
        small = zlib.compress(planes, 6)
    packed = len(small) < 0.9 * size  # else it is not worth the reader's time
    head = struct.pack("<BBxxIII", TYPES.index(kind), packed, rows, columns, size)
    return head + (small if packed else body)
