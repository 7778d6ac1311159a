"""What is written in a ``.keras`` file, read and changed without loading the model."""

import json
import zipfile
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pellucid._core.errors import CorruptFileError, InvalidInputError, StorageError

CONFIG = "config.json"
NARROW = ("mixed_bfloat16", "mixed_float16", "bfloat16", "float16")


def check(path: Path) -> None:
    """Refuse what is no model file of Keras.

    Raises
    ------
    StorageError
        There is no such file.
    InvalidInputError
        It holds weights without a model.
    CorruptFileError
        It is truncated, or something else.
    """
    if not path.is_file():
        raise StorageError(f"there is no model file {path}")
    if path.name.endswith(".weights.h5"):
        raise InvalidInputError(
            f"{path} holds weights without a model; save it whole, by model.save('model.keras')"
        )
    if path.suffix == ".keras":
        configuration(path)


def configuration(path: Path) -> dict[str, Any]:
    """Return the configuration of a ``.keras`` file; an empty one for older formats.

    Raises
    ------
    CorruptFileError
        The file is truncated, or no model of Keras.
    """
    if path.suffix != ".keras":
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            found = json.loads(archive.read(CONFIG))
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError) as error:
        raise CorruptFileError(
            f"{path} is no model file of Keras, or is truncated: {error}"
        ) from error
    if damaged is not None or not isinstance(found, dict):
        raise CorruptFileError(f"{path} is damaged, in its part {damaged or CONFIG}")
    return found


def content_key(path: Path) -> str:
    """Return what depends on the model in a file, and not on when it was saved."""
    digest = blake2b(digest_size=16)
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            for part in sorted(archive.infolist(), key=lambda part: part.filename):
                if part.filename != "metadata.json":
                    digest.update(f"{part.filename}:{part.CRC}:{part.file_size};".encode())
                    digest.update(archive.read(part))
    else:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def narrow_types(path: Path) -> tuple[str, ...]:
    """Return the types of less than 32 bits that a model computes with."""
    text = json.dumps(configuration(path))
    return tuple(kind for kind in NARROW if f'"{kind}"' in text)


def widened(path: Path, copy: Path) -> Path:
    """Write a copy of a ``.keras`` file that computes in float32 where it would in less."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w") as other:
        for name in archive.namelist():
            content = archive.read(name)
            if name == CONFIG:
                content = json.dumps(_in_float32(json.loads(content))).encode()
            other.writestr(name, content)
    return copy


def _in_float32(each: Any) -> Any:
    if isinstance(each, dict):
        return {key: _in_float32(value) for key, value in each.items()}
    if isinstance(each, list):
        return [_in_float32(value) for value in each]
    return "float32" if each in NARROW else each
