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
all texts in UTF-8.
"""

import struct
import zlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

TYPES: Final = ("u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8", "text")


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


def encode(numbers: npt.NDArray[Any]) -> bytes:
    """Return an array of one or two axes as a chunk, in the narrowest type that holds it.

    Examples
    --------
    >>> len(encode(np.array([1, 2, 3])))
    19
    """
    array = np.ascontiguousarray(narrowest(numbers))
    rows, columns = (1, *array.shape)[-2:]
    return _chunk(array.dtype.str[1:], rows, columns, array.tobytes(), array.dtype.itemsize)


def encode_texts(texts: Iterable[str]) -> bytes:
    """Return texts as a chunk; what is no valid Unicode in them is replaced.

    Examples
    --------
    >>> encode_texts(["a", "bc"])[-3:]
    b'abc'
    """
    parts = [text.encode("utf-8", errors="replace") for text in texts]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype="<u4")])
    return _chunk("text", len(parts), 1, offsets.astype("<u4").tobytes() + b"".join(parts), 1)


def _chunk(kind: str, rows: int, columns: int, body: bytes, item_size: int) -> bytes:
    size = len(body)
    planes = np.frombuffer(body, dtype=np.uint8).reshape(-1, item_size).T.tobytes()
    small = zlib.compress(planes, 6)
    packed = len(small) < 0.9 * size  # else it is not worth the reader's time
    head = struct.pack("<BBxxIII", TYPES.index(kind), packed, rows, columns, size)
    return head + (small if packed else body)


def decode_texts(chunk: bytes) -> list[str]:
    """Return the texts of a chunk.

    Examples
    --------
    >>> decode_texts(encode_texts(["a", "bc"]))
    ['a', 'bc']
    """
    _, packed, rows, _, _ = struct.unpack("<BBxxIII", chunk[:16])
    body = zlib.decompress(chunk[16:]) if packed else chunk[16:]
    offsets = np.frombuffer(body[: 4 * (rows + 1)], dtype="<u4").tolist()
    texts = body[4 * (rows + 1) :]
    return [texts[start:stop].decode() for start, stop in pairwise(offsets)]
