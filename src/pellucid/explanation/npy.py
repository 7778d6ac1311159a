"""Arrays as ``.npy`` files, with a checksum, and without ever running what a file says.

The files are ordinary ones that ``numpy.load`` reads. Reading them here interprets nothing: the
manifest says what the header must be, and the file has this very header or is refused.
"""

import hashlib
import math
import os
import re
import stat
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import CorruptFileError, StorageError

_STORABLE_TYPE = re.compile(r"[<>|][biufUS]\d{1,9}")
_ALIGNMENT = 64


class ArrayEntry(TypedDict):
    """What the manifest says of one array."""

    file: str
    dtype: str
    shape: list[int]
    bytes: int
    sha256: str


def write_array(directory: Path, key: str, array: npt.NDArray[Any]) -> ArrayEntry:
    """Write an array into ``arrays/<key>.npy``, and say what was written.

    Raises
    ------
    StorageError
        The array holds neither numbers nor text of fixed width.
    """
    if _STORABLE_TYPE.fullmatch(array.dtype.str) is None:
        raise StorageError(f"an array of type {array.dtype} cannot be stored")
    entry = ArrayEntry(
        file=_file_of(key), dtype=array.dtype.str, shape=list(array.shape), bytes=0, sha256=""
    )
    header = _header(array.dtype.str, array.shape)
    content = _raw_bytes(np.ascontiguousarray(array))
    with (directory / entry["file"]).open("xb") as file:
        file.write(header)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    entry["bytes"] = len(header) + len(content)
    entry["sha256"] = _digest(header, content)
    return entry


def read_array(directory: Path, entry: ArrayEntry, *, mmap: bool, verify: bool) -> npt.NDArray[Any]:
    """Read the array that the manifest describes.

    Parameters
    ----------
    directory : Path
        The stored explanation.
    entry : ArrayEntry
        What the manifest says of the array, checked by :func:`check_entry`.
    mmap : bool
        Whether to map the file, read-only, rather than read it.
    verify : bool
        Whether to compare the checksum; sizes, type and shape are compared in any case.

    Raises
    ------
    CorruptFileError
        The file is missing, or is not what the manifest says.
    """
    dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
    path = directory / entry["file"]
    header = _header(dtype.str, shape)
    n_bytes = math.prod(shape) * dtype.itemsize
    found = _regular_size(path)
    if found != entry["bytes"] or found != len(header) + n_bytes:
        raise CorruptFileError(
            f"{path}: has {found} bytes, but {len(header) + n_bytes} are needed for an array of "
            f"shape {shape}"
        )
    with path.open("rb") as file:
        if file.read(len(header)) != header:
            raise CorruptFileError(f"{path}: does not begin as an array of type {dtype} must")
        if mmap and n_bytes:
            array = np.asarray(np.memmap(file, dtype, "r", len(header), shape, "C"))
        else:
            array = np.empty(shape, dtype)
            if file.readinto(_raw_bytes(array)) != n_bytes:
                raise CorruptFileError(f"{path}: ended while it was being read")
    if verify and _digest(header, _raw_bytes(array)) != entry["sha256"]:
        raise CorruptFileError(f"{path}: was altered; its checksum is another one")
    return array


def _file_of(key: str) -> str:
    return f"arrays/{key}.npy"


def check_entry(directory: Path, key: str, entry: Any) -> ArrayEntry:
    """Return what the manifest says of an array, if it is something that we may have written.

    Raises
    ------
    CorruptFileError
        It is not: a file elsewhere, a type that we don't store, an impossible shape.
    """
    is_ours = (
        re.fullmatch(r"[a-z][a-z0-9_.]*", key) is not None
        and isinstance(entry, dict)
        and entry.get("file") == _file_of(key)
        and _is_storable(entry.get("dtype"))
        and _is_shape(entry.get("shape"))
    )
    if not is_ours:
        raise CorruptFileError(f"{directory / 'manifest.json'}: does not describe array {key!r}")
    return ArrayEntry(
        file=entry["file"],
        dtype=entry["dtype"],
        shape=entry["shape"],
        bytes=entry.get("bytes", -1),
        sha256=entry.get("sha256", ""),
    )


def _is_storable(dtype: Any) -> bool:
    if not isinstance(dtype, str) or _STORABLE_TYPE.fullmatch(dtype) is None:
        return False
    try:
        return np.dtype(dtype).str == dtype
    except TypeError:
        return False


def _is_shape(shape: Any) -> bool:
    return (
        isinstance(shape, list)
        and len(shape) <= 4
        and all(type(length) is int and 0 <= length < 2**48 for length in shape)
    )


def _regular_size(path: Path) -> int:
    """Return the size of a file that is neither a link nor a device."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        raise CorruptFileError(f"{path}: is missing") from None
    if not stat.S_ISREG(status.st_mode):
        raise CorruptFileError(f"{path}: is no regular file")
    return status.st_size


def _header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """Return the header of format version 1.0, as NumPy's documentation of the format has it."""
    described = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape!r}, }}"
    magic = b"\x93NUMPY\x01\x00"
    length = len(magic) + 2 + len(described) + 1
    padding = -length % _ALIGNMENT
    size = (len(described) + padding + 1).to_bytes(2, "little")
    return magic + size + described.encode("ascii") + b" " * padding + b"\n"


def _raw_bytes(array: npt.NDArray[Any]) -> memoryview:
    if array.size == 0:
        return memoryview(bytearray())
    return array.reshape(-1).view(np.uint8).data


def _digest(header: bytes, content: memoryview) -> str:
    digest = hashlib.sha256(header)
    digest.update(content)
    return digest.hexdigest()
