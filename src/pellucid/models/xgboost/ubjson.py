"""Universal Binary JSON, the compact form of XGBoost's documents, read into Python objects.

Arrays of one type, such as the nodes of a tree, become NumPy arrays without a look at each number.
The format: https://ubjson.org, draft 12.
"""

from struct import Struct
from typing import Any, Final

import numpy as np

_TYPES: Final = {
    marker: (np.dtype(code), np.dtype(code).newbyteorder("="))
    for marker, code in zip(
        b"iUIlLdD", ("i1", "u1", ">i2", ">i4", ">i8", ">f4", ">f8"), strict=True
    )
}
_NUMBERS: Final = {
    marker: Struct(code)
    for marker, code in zip(b"iUIlLdD", (">b", ">B", ">h", ">i", ">q", ">f", ">d"), strict=True)
}
_CONSTANTS: Final = {ord("T"): True, ord("F"): False, ord("Z"): None}


def parse(document: bytes | bytearray) -> Any:
    r"""Return the objects that a document describes; arrays of one number type as NumPy arrays.

    Raises
    ------
    ValueError
        A marker is none of the format's.

    Examples
    --------
    >>> parse(b"{U\x04sizeU\x02U\x05nodes[$U#U\x03\x01\x02\x03}")
    {'size': 2, 'nodes': array([1, 2, 3], dtype=uint8)}
    """
    value, _ = _value(document, document[0], 1)
    return value


def _value(document: bytes | bytearray, marker: int, at: int) -> tuple[Any, int]:
    """Return the value behind a marker, and the place after it."""
    number = _NUMBERS.get(marker)
    if number is not None:
        return number.unpack_from(document, at)[0], at + number.size
    if marker == ord("["):
        return _array(document, at)
    if marker == ord("{"):
        return _object(document, at)
    if marker == ord("S"):
        return _text(document, at)
    if marker == ord("C"):
        return chr(document[at]), at + 1
    if marker in _CONSTANTS:
        return _CONSTANTS[marker], at
    raise ValueError(f"byte {at - 1} is {chr(marker)!r}, which begins no value")


def _text(document: bytes | bytearray, at: int) -> tuple[str, int]:
    number = _NUMBERS[document[at]]
    (length,) = number.unpack_from(document, at + 1)
    at += 1 + number.size
    return document[at : at + length].decode(), at + length


def _array(document: bytes | bytearray, at: int) -> tuple[Any, int]:
    kind, count, at = _optimized(document, at)
    if kind in _TYPES and count is not None:
        stored, native = _TYPES[kind]
        values = np.frombuffer(document, stored, count, at)
        return values.astype(native), at + values.nbytes
    found: list[Any] = []
    while len(found) < count if count is not None else document[at] != ord("]"):
        marker, at = (document[at], at + 1) if kind is None else (kind, at)
        value, at = _value(document, marker, at)
        found.append(value)
    return found, at + (count is None)


def _object(document: bytes | bytearray, at: int) -> tuple[dict[str, Any], int]:
    kind, count, at = _optimized(document, at)
    found: dict[str, Any] = {}
    while len(found) < count if count is not None else document[at] != ord("}"):
        name, at = _text(document, at)
        marker, at = (document[at], at + 1) if kind is None else (kind, at)
        found[name], at = _value(document, marker, at)
    return found, at + (count is None)


def _optimized(document: bytes | bytearray, at: int) -> tuple[int | None, int | None, int]:
    """Return the type and the number of the values in a container, where it states them."""
    kind, count = None, None
    if document[at] == ord("$"):
        kind, at = document[at + 1], at + 2
    if document[at] == ord("#"):
        count, at = _value(document, document[at + 1], at + 2)
    return kind, count, at
