"""A directory of plain arrays and a manifest: how anything of ours is stored.

::

    name.pellucid/
        manifest.json     format, version, kind, content, and of each array its file, type, shape,
                          size and SHA-256; at the end, the SHA-256 of all this
        arrays/*.npy

Nothing in it is ever executed, neither a pickle nor anything else. It is written beside its final
place and moved there when it is complete, so a failure leaves what was there before.
"""

import hashlib
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy.typing as npt

from pellucid._core.errors import CorruptFileError, StorageError
from pellucid.explanation.npy import check_entry, read_array, write_array

FORMAT = "pellucid"
VERSION = (1, 2)
MANIFEST = "manifest.json"
ARRAYS = "arrays"
LARGEST_MANIFEST = 2**28


@dataclass(frozen=True, eq=False)
class Archive:
    """What is stored: the kind of thing, its content as JSON, and its arrays by name.

    Names of arrays consist of small letters, digits, underscores and dots; what users call their
    columns belongs into the content.
    """

    kind: str
    content: dict[str, Any]
    arrays: dict[str, npt.NDArray[Any]]


def write_archive(path: str | Path, archive: Archive, *, overwrite: bool) -> Path:
    """Write an archive as a new directory.

    Parameters
    ----------
    path : str or Path
        The directory to make.
    archive : Archive
    overwrite : bool
        Whether to replace an archive that is there; anything else there is never replaced.

    Raises
    ------
    StorageError
        Something is there already, or it could not be written.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    draft = _beside(target)
    try:
        draft.mkdir()
        _fill(draft, archive)
        _move_into_place(draft, target)
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(f"{target}: could not be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a place where no archive can be made, which may save the work of computing one.

    Raises
    ------
    StorageError
        Its directory is missing, or something is there that must not be replaced.
    """
    if not target.parent.is_dir():
        raise StorageError(f"{target}: there is no directory {target.parent}")
    if not os.path.lexists(target):
        return
    if not overwrite:
        raise StorageError(f"{target}: exists already; pass overwrite=True to replace it")
    if target.is_symlink() or not _looks_like_ours(target):
        raise StorageError(f"{target}: is no stored explanation, and will not be replaced")
    foreign = next((file for file in target.rglob("*") if not _belongs(file, target)), None)
    if foreign is not None:
        raise StorageError(
            f"{target}: holds {foreign.relative_to(target)}, which is not part of the stored "
            "explanation, and will not be replaced"
        )


def _looks_like_ours(directory: Path) -> bool:
    try:
        return FORMAT.encode() in (directory / MANIFEST).read_bytes()
    except OSError:
        return False


def _belongs(file: Path, directory: Path) -> bool:
    """Whether a file or folder in an archive's directory is one that we write."""
    if file.parent == directory:
        return file.name in {MANIFEST, ARRAYS}
    return file.parent == directory / ARRAYS and file.suffix == ".npy"


def _beside(target: Path) -> Path:
    """Return a new name in the same directory, so that moving is renaming."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}")


def _fill(directory: Path, archive: Archive) -> None:
    (directory / ARRAYS).mkdir()
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": ".".join(str(part) for part in VERSION),
        "created_by": f"pellucid {version('pellucid')}",
        "kind": archive.kind,
        "content": archive.content,
        "arrays": {key: write_array(directory, key, a) for key, a in archive.arrays.items()},
    }
    manifest["sha256"] = _fingerprint(manifest)
    with (directory / MANIFEST).open("x", encoding="ascii") as file:
        json.dump(manifest, file, indent=1, allow_nan=False)
        file.flush()
        os.fsync(file.fileno())
    _sync_directory(directory / ARRAYS)
    _sync_directory(directory)


def _move_into_place(draft: Path, target: Path) -> None:
    if not os.path.lexists(target):
        draft.rename(target)
    else:
        old = _beside(target)
        target.rename(old)
        try:
            draft.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    _sync_directory(target.parent)


def _sync_directory(directory: Path) -> None:
    """Make names durable too, where the system can open directories."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_archive(path: str | Path, *, mmap: bool = False, verify: bool = True) -> Archive:
    """Read an archive.

    Parameters
    ----------
    path : str or Path
        The directory.
    mmap : bool
        Whether to map the arrays, read-only, rather than read them.
    verify : bool
        Whether to compare checksums; sizes, types and shapes are compared in any case.

    Raises
    ------
    StorageError
        There is nothing, it cannot be read, or it was written by a newer pellucid.
    CorruptFileError
        It is truncated, altered, or not one of ours.
    """
    directory = Path(path)
    if not os.path.lexists(directory):
        raise StorageError(f"{directory}: does not exist")
    try:
        manifest = _read_manifest(directory / MANIFEST, verify=verify)
        arrays = {
            key: read_array(directory, check_entry(directory, key, entry), mmap=mmap, verify=verify)
            for key, entry in manifest["arrays"].items()
        }
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(f"{directory}: could not be read ({error.strerror})") from error
    return Archive(manifest["kind"], manifest["content"], arrays)


def _read_manifest(path: Path, *, verify: bool) -> dict[str, Any]:
    if not path.is_file():
        raise CorruptFileError(f"{path}: is missing, so {path.parent} is no stored explanation")
    if path.stat().st_size > LARGEST_MANIFEST:
        raise CorruptFileError(f"{path}: is too large to be a manifest")
    try:
        manifest = json.loads(
            path.read_bytes().decode("ascii"),
            object_pairs_hook=_distinct,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise CorruptFileError(f"{path}: is no manifest ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise CorruptFileError(f"{path}: is no manifest of pellucid's")
    _check_version(path, manifest.get("version"))
    if verify and manifest.get("sha256") != _fingerprint(manifest):
        raise CorruptFileError(f"{path}: was altered; its checksum is another one")
    for part, needed in (("kind", str), ("content", dict), ("arrays", dict)):
        if not isinstance(manifest.get(part), needed):
            raise CorruptFileError(f"{path}: has no {part}")
    return manifest


def _check_version(path: Path, found: Any) -> None:
    major = found.partition(".")[0] if isinstance(found, str) else ""
    if not (major.isascii() and major.isdigit()):
        raise CorruptFileError(f"{path}: has no version")
    if int(major) > VERSION[0]:
        raise StorageError(
            f"{path}: has format version {found}, and this pellucid reads up to {VERSION[0]}; "
            "upgrade pellucid"
        )


def _fingerprint(manifest: dict[str, Any]) -> str:
    """Return the SHA-256 of everything but itself, independent of how the JSON is laid out."""
    covered = {key: value for key, value in manifest.items() if key != "sha256"}
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
