"""Find the file that knows a foreign object, without importing anything early.

A file named after a foreign package is its registration: ``pellucid/models/xgboost.py`` is
imported only when an object whose class, or one of whose base classes, lives in the package
``xgboost`` turns up. Such a file holds a table ``ADAPTERS`` from class name to function.
Third parties add files of their own, with such a table too, through an entry point named after
the foreign package; what they register goes before ours::

    [project.entry-points."pellucid.models"]
    mylibrary = "mylibrary.pellucid_adapter"
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoints, entry_points
from importlib.util import find_spec
from typing import Any

Adapter = Callable[..., Any]


def find_adapter(kind: type, *, rooms: str, group: str) -> Adapter | None:
    """Find the adapter for a class, walking its bases from the most specific one.

    Parameters
    ----------
    kind : type
        Class of the foreign object.
    rooms : str
        Package of ours that holds one module per foreign package.
    group : str
        Entry-point group through which third parties add theirs.

    Returns
    -------
    callable or None
        The function registered for the most specific known class; None if there is none.

    Examples
    --------
    >>> import numpy as np
    >>> find_adapter(np.ndarray, rooms="pellucid.data.containers", group="pellucid.containers")
    <function ...>
    >>> find_adapter(int, rooms="pellucid.data.containers", group="pellucid.containers") is None
    True
    """
    for base in kind.__mro__:
        package = base.__module__.split(".", 1)[0]
        adapter = _adapters_for(package, rooms, group).get(base.__qualname__)
        if adapter is not None:
            return adapter
    return None


@cache
def _adapters_for(package: str, rooms: str, group: str) -> dict[str, Adapter]:
    """Return the table of one foreign package: ours, overruled by those of third parties."""
    adapters: dict[str, Adapter] = {}
    module = f"{rooms}.{package}"
    if package.isidentifier() and find_spec(module) is not None:
        # Other modules live in the same room, and a user's script may be called like one of them.
        adapters |= getattr(import_module(module), "ADAPTERS", {})
    for entry in _entry_points(group).select(name=package):
        adapters |= entry.load().ADAPTERS
    return adapters


@cache
def _entry_points(group: str) -> EntryPoints:
    """Return what others register in a group."""
    found: EntryPoints = _all_entry_points().select(group=group)
    return found


@cache
def _all_entry_points() -> Any:  # its type is another one before Python 3.12
    """Return what all packages register, read but once: each keeps it in a file of its own."""
    return entry_points()
