"""Optional packages: import them where they are needed, or say in one line what to install."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from pellucid._core.errors import MissingExtraError


def require(package: str, *, extra: str, purpose: str) -> ModuleType:
    """Import an optional package.

    Parameters
    ----------
    package : str
        Module to import, such as ``"matplotlib.pyplot"``.
    extra : str
        The extra of pellucid that brings it.
    purpose : str
        What it is needed for, as the subject of the message.

    Raises
    ------
    MissingExtraError
        The package is not installed.

    Examples
    --------
    >>> require("no_such_package", extra="plots", purpose="drawing")
    Traceback (most recent call last):
        ...
    pellucid._core.errors.MissingExtraError: drawing needs no_such_package: pip install 'pellucid[plots]'
    """
    root = package.split(".", maxsplit=1)[0]
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".", maxsplit=1)[0] != root:
            raise  # the package is there, and lacks something itself
        raise MissingExtraError(
            f"{purpose} needs {root}: pip install 'pellucid[{extra}]'"
        ) from error


def is_installed(package: str) -> bool:
    """Return whether an optional package is there, without importing it.

    Examples
    --------
    >>> is_installed("numpy"), is_installed("no_such_package")
    (True, False)
    """
    return find_spec(package) is not None
