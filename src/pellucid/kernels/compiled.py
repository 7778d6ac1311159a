"""The one way in which loops are compiled."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a loop over plain arrays when it is first called.

    It runs without the interpreter lock and on the calling thread only: numba's own threading
    layers abort the process when two threads enter them, as those of a service do. Machine code is
    cached on disk, beside the function's file or in the user's cache folder, and in memory only
    where neither can be written to. A cached function is as old as its own file: a change in a
    kernel that another file's kernel calls is seen once that other file has been saved again, too.
    """
    try:
        compiled = njit(nogil=True, cache=True)(function)
    except RuntimeError as error:
        if "no locator available" not in str(error):
            raise
        compiled = njit(nogil=True)(function)
    return cast("Function", compiled)
