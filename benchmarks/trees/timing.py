"""Times that compiling has no part in."""

from collections.abc import Callable


def steady(measure: Callable[[int], float], n_rows: int) -> float:
    """Return the seconds of a call, once it takes no less than half of the call before.

    Kernels are compiled, or loaded from the disk, when they are first needed, and calls of few rows
    need others than calls of many: so each number of rows has a warm-up of its own.
    """
    before, seconds = measure(n_rows), measure(n_rows)
    while seconds < before / 2.0:
        before, seconds = seconds, measure(n_rows)
    return seconds
