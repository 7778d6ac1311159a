"""What a second thread can bring at most, on this machine and at this moment.

Two loops that share nothing between threads and hold no lock: one works in registers alone, the
other one reads more memory than a cache holds. Virtual cores that share a processor's core, and
other work on the machine, keep even these below twice the speed.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numba import njit

N_PARTS = 8
"""Parts of the work, which threads take one after the other."""

STEPS = 2_500_000
"""Of a part that works in registers."""

CELLS = 2**21
"""Numbers that a part reads: 16 MiB."""

PASSES = 8
"""Times that it reads them."""


def limits() -> dict[str, Callable[[], None]]:
    """Return calls that work on one and on two threads, by what they use."""
    numbers = np.ones((N_PARTS, CELLS))
    calls = {}
    for kind, part in (("registers", _multiply), ("memory", _add)):
        part(numbers[0, :4])
        for n_threads in (1, 2):
            calls[f"{kind} on {n_threads}"] = partial(_share, part, numbers, n_threads)
    return calls


def _share(part: Callable, numbers: np.ndarray, n_threads: int) -> None:
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(part, numbers))


@njit(nogil=True)
def _multiply(numbers):
    a = b = c = d = e = f = g = h = numbers[0]
    for _ in range(STEPS):
        a, b, c, d = a * 0.99 + 0.01, b * 0.98 + 0.02, c * 0.97 + 0.03, d * 0.96 + 0.04
        e, f, g, h = e * 0.95 + 0.05, f * 0.94 + 0.06, g * 0.93 + 0.07, h * 0.92 + 0.08
    return a + b + c + d + e + f + g + h


@njit(nogil=True)
def _add(numbers):
    total = 0.0
    for _ in range(PASSES):
        for i in range(0, len(numbers), 8):  # one number of each line of the cache
            total += numbers[i]
    return total
