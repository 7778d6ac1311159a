"""Answers of a live host as bytes: JSON, and after it the chunks that are part of it.

An answer is the length of its JSON (u4, little-endian), the JSON, and all chunks one after the other.
In the JSON, a chunk is ``{"chunk": [start, length]}``, its place behind the JSON.
"""

import json
import math
import struct
from typing import Any


def pack(answer: Any) -> bytes:
    """Return an answer as bytes; numbers that JSON does not know are null.

    Examples
    --------
    >>> pack({"base": float("nan"), "counts": b"xyz"})[4:]
    b'{"base":null,"counts":{"chunk":[0,3]}}xyz'
    """
    chunks: list[bytes] = []
    told = json.dumps(_as_json(answer, chunks), allow_nan=False, separators=(",", ":")).encode()
    return b"".join([struct.pack("<I", len(told)), told, *chunks])


def _as_json(value: Any, chunks: list[bytes]) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item, chunks) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(item, chunks) for item in value]
    if isinstance(value, bytes):
        start = sum(map(len, chunks))
        chunks.append(value)
        return {"chunk": [start, len(value)]}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
