"""The one way in which loops are compiled."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a loop over plain arrays when it is first called.

    It runs without the interpreter lock and on the calling thread only: numba's own threading
    layers abort the process when two threads enter them, as those of a service do. Machine code is
    cached on disk, under the age of the function's own file; so a change in a kernel that another
    file's kernel calls is seen only once that other file, too, has been saved again.
    """
    return cast("Function", njit(nogil=True, cache=True)(function))
