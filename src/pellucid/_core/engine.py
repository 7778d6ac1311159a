"""How a function is mapped over blocks of rows: one after the other, or on threads.

An engine is anything with the one method of :class:`Engine`. Results come back in the order of
the blocks, whatever ran where, so they cannot depend on the engine.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import Protocol, TypeVar

from pellucid._core.errors import InvalidInputError
from pellucid._core.validation import as_integer

Block = TypeVar("Block")
Part = TypeVar("Part")


_IDLE_POOLS: dict[int, ThreadPoolExecutor] = {}
"""Threads that wait for work, by their number: to start some takes as long as many a map."""

if hasattr(os, "register_at_fork"):  # a forked process has none of the threads
    os.register_at_fork(after_in_child=_IDLE_POOLS.clear)


class Engine(Protocol):
    """Maps a function over blocks of rows, in order."""

    def map(self, function: Callable[[Block], Part], blocks: Iterable[Block], /) -> Iterator[Part]:
        """Yield ``function(block)`` for each block, in the order of the blocks."""
        ...


class SerialEngine:
    """Runs blocks one after the other in the calling thread."""

    def map(self, function: Callable[[Block], Part], blocks: Iterable[Block], /) -> Iterator[Part]:
        """Yield ``function(block)`` for each block, in the order of the blocks."""
        return map(function, blocks)


class ThreadEngine:
    """Runs blocks on threads, for functions that release the interpreter lock.

    Threads are kept for the next map when one ends. Maps that run at once, or one within another,
    share none.

    Parameters
    ----------
    n_threads : int
        At most twice as many blocks are under way at once, so memory stays bounded however many
        blocks there are.
    """

    def __init__(self, n_threads: int) -> None:
        self.n_threads = n_threads

    def map(self, function: Callable[[Block], Part], blocks: Iterable[Block], /) -> Iterator[Part]:
        """Yield ``function(block)`` for each block, in the order of the blocks."""
        waiting = iter(blocks)
        under_way: deque[Future[Part]] = deque()
        with _pool(self.n_threads) as pool:
            try:
                for block in islice(waiting, 2 * self.n_threads):
                    under_way.append(pool.submit(function, block))
                while under_way:
                    part = under_way.popleft().result()
                    under_way.extend(pool.submit(function, block) for block in islice(waiting, 1))
                    yield part
            finally:
                # After an error, or when nobody asks for more, blocks not yet begun are not begun.
                for future in under_way:
                    future.cancel()
                wait(under_way)


@contextmanager
def _pool(n_threads: int) -> Iterator[ThreadPoolExecutor]:
    """Lend a pool of threads that nobody else has."""
    pool = _IDLE_POOLS.pop(n_threads, None)
    if pool is None:
        pool = ThreadPoolExecutor(n_threads, thread_name_prefix="pellucid")
    try:
        yield pool
    finally:
        if _IDLE_POOLS.setdefault(n_threads, pool) is not pool:
            pool.shutdown()


def n_threads_of(engine: Engine) -> int:
    """Return how many blocks an engine works on at once in this process."""
    return engine.n_threads if isinstance(engine, ThreadEngine) else 1


def make_engine(n_jobs: int | None) -> SerialEngine | ThreadEngine:
    """Make the engine for scikit-learn's ``n_jobs``: None or 1 one thread, -1 all cores.

    Raises
    ------
    InvalidInputError
        ``n_jobs`` is 0 or not an integer.

    Examples
    --------
    >>> list(make_engine(2).map(lambda rows: sum(rows), [[1, 2], [3, 4]]))
    [3, 7]
    """
    if n_jobs is None:
        return SerialEngine()
    count = as_integer(n_jobs)
    if not count:
        raise InvalidInputError(
            f"n_jobs must be None, a positive integer, or negative to count back from all cores; "
            f"got {n_jobs!r}"
        )
    n_threads = count if count > 0 else max(1, _n_cores() + 1 + count)
    return SerialEngine() if n_threads == 1 else ThreadEngine(n_threads)


def _n_cores() -> int:
    from joblib import cpu_count  # noqa: PLC0415 - knows containers' limits, and costs 0.2 s

    return int(cpu_count())
