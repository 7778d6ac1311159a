"""The one way in which loops are compiled."""

from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core.caching import FunctionCache, NullCache
from numba.core.dispatcher import Dispatcher
from numba.core.runtime import rtsys

Function = TypeVar("Function", bound=Callable[..., Any])

_SOURCES = sorted(Path(__file__).parent.glob("*.py"))
_EDITION = sha256(b"".join(path.read_bytes() for path in _SOURCES)).hexdigest()[:12]


def kernel(function: Function) -> Function:
    """Compile a loop over plain arrays when it is first called.

    It runs without the interpreter lock and on the calling thread only: numba's own threading
    layers abort the process when two threads enter them, as those of a service do. Machine code is
    cached on disk, beside the function's file or in the user's cache folder, and in memory only
    where neither can be written to. numba takes a cached function for new as long as its own file
    is the same, even if a kernel of another file that it calls has changed: so all our files are
    part of the name under which it is cached, and no update can leave half of an old kernel.

    A kernel is compiled once more for each other kind of arguments that another kernel calls it
    with: numbers there have to be int64, not int32 and no literals.
    """
    return _compiled(function)


def part_of_kernel(function: Function) -> Function:
    """Compile a piece of one other kernel, into which it is copied.

    Else a call hands over seven words for each array, which costs as much as a short loop.
    """
    return _compiled(function, forceinline=True)


_listeners: list[Callable[[str], None]] = []
_told: list[str] = []


def tell_of_compiling(listener: Callable[[str], None] | None) -> None:
    """Let a function be called with the cache's folder when kernels are compiled, once in a process.

    Parameters
    ----------
    listener : callable or None
        In place of the one before; None for nobody.
    """
    _listeners[:] = [] if listener is None else [listener]


def _tell_that_it_compiles(folder: str) -> None:
    if _listeners and not _told:
        _told.append(folder)
        _listeners[0](folder)


class _ReadyCode(FunctionCache):  # type: ignore[misc] # numba is not typed
    """numba's cache on disk, which gets ready to run code and not, as numba's own does, to compile it.

    To know all that can be compiled takes numba half a second, and it does that first of all where
    it has to compile. Machine code needs the addresses of numba's helpers alone.
    """

    def load_overload(self, signature: Any, context: Any) -> Any:
        rtsys.initialize(context)
        found = None
        with self._guard_against_spurious_io_errors():
            found = self._load_overload(signature, context)
        if found is None:
            _tell_that_it_compiles(self.cache_path)
        return found


class _LateCache:
    """What numba asks for a function's machine code: its cache, once it is called at all.

    To find a place that can be written to takes a while for each function, and most are never
    called from Python. numba asks with its lock held.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    @cached_property
    def _cache(self) -> Any:
        try:
            return _ReadyCode(self._function)
        except RuntimeError as error:
            if "no locator available" not in str(error):
                raise
            return NullCache()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)


def _compiled(function: Function, **options: bool) -> Function:
    cast("Any", function).__qualname__ += f"_{_EDITION}"
    compiled = njit(nogil=True, **options)(function)
    if isinstance(compiled, Dispatcher):  # else nothing is compiled at all
        cast("Any", compiled)._cache = _LateCache(function)  # noqa: SLF001 - no public way
    return cast("Function", compiled)


def part(function: Function) -> Function:
    """Compile a piece of a loop into each kernel that calls it, as if it were written there.

    Other than a kernel it is not compiled on its own, which would take its time, too.
    """
    return cast("Function", njit(inline="always")(function))
