"""How the rows that an explanation carries are stored: one file per package of containers.

Each file encodes its containers into arrays of numbers and a description in JSON, and decodes
them into the same kind of container again, types included. Which file may decode is settled by the
table here, never by what a stored file says.
"""

from importlib import import_module
from typing import Any

from pellucid._core.errors import MissingExtraError
from pellucid.explanation.rows.columns import Arrays

__all__ = ["Arrays", "decode_rows", "encode_rows"]

_PACKAGES = ("numpy", "scipy", "pandas", "polars", "pyarrow", "builtins")


def encode_rows(data: Any, arrays: Arrays) -> dict[str, Any]:
    """Add the rows to ``arrays``, and return the description that decodes them.

    Raises
    ------
    StorageError
        The container, or one of its columns, cannot be stored; the message names it.
    """
    homes = [base.__module__.partition(".")[0] for base in type(data).__mro__]
    package = next(home for home in homes if home in _PACKAGES)  # every class ends in builtins
    encode = import_module(f"{__name__}.{package}").encode
    return {"package": package, **encode(data, arrays)}


def decode_rows(description: dict[str, Any], arrays: Arrays) -> Any:
    """Return the rows that :func:`encode_rows` described.

    Raises
    ------
    ValueError, TypeError, KeyError
        The description does not fit the arrays.
    MissingExtraError
        The package of the container is not installed.
    """
    package = description["package"]
    if package not in _PACKAGES:
        raise ValueError(f"rows of {package!r} are not known")
    try:
        return import_module(f"{__name__}.{package}").decode(description, arrays)
    except ModuleNotFoundError as error:
        if error.name not in _PACKAGES:
            raise
        raise MissingExtraError(
            f"the stored rows need {error.name}: pip install {error.name}"
        ) from error
