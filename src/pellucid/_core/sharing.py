"""Blocks of rows that go from stage to stage, shared out anew whenever a thread has nothing to do.

Threads are seldom equally fast: something else may run on a core, or on its other half. Where work
can be cut into many parts beforehand, each thread takes the next one. Here that would be dear, as
all rows that go through a stage together share what the stage costs. So parts are as large as can
be, and who is done takes half of another one's rows, from that one's next stage on (lazy binary
splitting: Tzannes et al., PPoPP 2010, section 3).

What a stage needs is made by the first rows that come to it; rows that come meanwhile make what the
next one needs. So nobody waits for all others, however often what is needed has to be made anew.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from threading import Condition
from typing import Generic, NamedTuple, TypeVar

from pellucid._core.engine import Engine, n_threads_of

Need = TypeVar("Need")


class _Journey(NamedTuple):
    """Some blocks of rows on their way along a line, before a stage."""

    line: int
    stage: int
    blocks: slice


def go_through_stages(
    step: Callable[[int, int, slice, Need], None],
    n_stages: Sequence[int],
    n_blocks: int,
    engine: Engine,
    *,
    prepare: Callable[[int, int, Need | None], Need],
    most_ahead: int,
    fewest_blocks: int,
) -> None:
    """Take all blocks of rows through all stages of several lines, on the threads of an engine.

    Each block goes through the stages of a line in their order, whatever thread takes it there.
    Nothing is said about the order of blocks, or of lines.

    Parameters
    ----------
    step : callable
        ``step(line, stage, blocks, needed)`` takes some blocks through one stage.
    n_stages : sequence of int
        Stages of each line.
    n_blocks : int
    engine : Engine
    prepare : callable
        ``prepare(line, stage, old)`` makes what a stage needs, once for all blocks; in the order of
        the line's stages, of which several may be prepared at once. What an earlier stage needed,
        and no block needs any more, is given as ``old`` if there is such a thing, else None.
    most_ahead : int
        Stages of a line that are prepared before all blocks have passed the first of them, as long
        as no block waits for a thread: what they need is held that long.
    fewest_blocks : int
        Blocks that are not divided any more are fewer than twice as many.

    Raises
    ------
    Exception
        What a step or a preparation raises, after which no further one begins.

    Examples
    --------
    >>> from pellucid._core.engine import SerialEngine
    >>> def prepare(line, stage, old):
    ...     return f"what stage {stage} needs"
    >>> def step(line, stage, blocks, needed):
    ...     print(line, stage, blocks.start, blocks.stop, needed)
    >>> settings = {"prepare": prepare, "most_ahead": 8, "fewest_blocks": 1}
    >>> go_through_stages(step, [2, 1], 4, SerialEngine(), **settings)
    0 0 0 4 what stage 0 needs
    0 1 0 4 what stage 1 needs
    1 0 0 4 what stage 0 needs
    """
    n_threads = n_threads_of(engine)
    shared = _Shared(
        n_stages,
        n_blocks,
        n_threads,
        prepare=prepare,
        most_ahead=most_ahead,
        fewest_blocks=fewest_blocks,
    )

    def work(_: int) -> None:
        try:
            while (journey := shared.next()) is not None:
                while (needed := shared.needed(journey)) is not None:
                    journey = shared.divided(journey)
                    step(*journey, needed.value)
                    journey = shared.passed(journey)
                shared.arrived()
        except BaseException:
            shared.give_up()
            raise

    for _ in engine.map(work, range(n_threads)):
        pass


class _Needed(NamedTuple, Generic[Need]):
    """What a stage needs, whatever that is."""

    value: Need


class _Line(Generic[Need]):
    """The stages of one line, of which some are prepared."""

    def __init__(self, n_stages: int, n_blocks: int) -> None:
        self.n_stages, self.n_blocks = n_stages, n_blocks
        self.n_begun = self.n_passed = 0
        self.blocks_behind: Counter[int] = Counter()
        self.needed: dict[int, _Needed[Need]] = {}
        self.old: list[Need] = []


class _Shared(Generic[Need]):
    """Journeys that wait for a thread, and threads that wait for a journey.

    Rows that are ahead of others wait for these only while threads take them on; so a thread that
    never comes, because the system has none left or the user lost patience, keeps nobody waiting.
    """

    def __init__(
        self,
        n_stages: Sequence[int],
        n_blocks: int,
        n_threads: int,
        *,
        prepare: Callable[[int, int, Need | None], Need],
        most_ahead: int,
        fewest_blocks: int,
    ) -> None:
        self._prepare, self._fewest_blocks = prepare, fewest_blocks
        self._most_ahead = most_ahead
        self._lines: list[_Line[Need]] = [_Line(n, n_blocks) for n in n_stages]
        n_slices = max(1, min(n_threads // max(len(n_stages), 1), n_blocks // fewest_blocks))
        edges = [i * n_blocks // n_slices for i in range(n_slices + 1)]
        self._waiting = deque(
            _Journey(line, 0, slice(start, stop))
            for start, stop in pairwise(edges)
            for line in range(len(n_stages))
            if start < stop
        )
        self._n_unfinished = len(self._waiting)
        self._n_idle = 0
        self._changed = Condition()

    @property
    def _is_over(self) -> bool:
        return self._n_unfinished <= 0

    def next(self) -> _Journey | None:
        """Return a journey as soon as there is one, and None when all have ended."""
        with self._changed:
            self._n_idle += 1
            self._changed.wait_for(lambda: self._waiting or self._is_over)
            self._n_idle -= 1
            return None if self._is_over else self._waiting.popleft()

    def needed(self, journey: _Journey) -> _Needed[Need] | None:
        """Return what a journey's stage needs; None if there is no such stage, or all is over."""
        number, stage, _ = journey
        line = self._lines[number]
        if stage == line.n_stages:
            return None

        def may_begin() -> bool:
            is_near = line.n_begun - line.n_passed < self._most_ahead
            return line.n_begun < line.n_stages and (is_near or self._waits(number))

        while True:
            with self._changed:
                self._changed.wait_for(lambda: stage in line.needed or may_begin() or self._is_over)
                if self._is_over:
                    return None
                if stage in line.needed:
                    return line.needed[stage]
                begun, line.n_begun = line.n_begun, line.n_begun + 1
                old = line.old.pop() if line.old else None
            made = _Needed(self._prepare(number, begun, old))
            with self._changed:
                line.needed[begun] = made
                self._changed.notify_all()

    def _waits(self, line: int) -> bool:
        return any(journey.line == line for journey in self._waiting)

    def divided(self, journey: _Journey) -> _Journey:
        """Return a journey, or half of it if a thread has nothing to do: that one gets the rest."""
        start, stop = journey.blocks.start, journey.blocks.stop
        n_given = (stop - start) // 2
        if n_given < self._fewest_blocks:
            return journey
        with self._changed:
            if self._is_over or self._n_idle <= len(self._waiting):
                return journey
            self._waiting.append(journey._replace(blocks=slice(stop - n_given, stop)))
            self._n_unfinished += 1
            self._changed.notify_all()
        return journey._replace(blocks=slice(start, stop - n_given))

    def passed(self, journey: _Journey) -> _Journey:
        """Note that some blocks have passed a stage, and return what is left of their journey."""
        number, stage, blocks = journey
        line = self._lines[number]
        with self._changed:
            line.blocks_behind[stage] += blocks.stop - blocks.start
            if line.blocks_behind[stage] == line.n_blocks:
                line.n_passed += 1
                line.old.append(line.needed.pop(stage).value)
                self._changed.notify_all()
        return journey._replace(stage=stage + 1)

    def arrived(self) -> None:
        """Note that a journey has ended."""
        with self._changed:
            self._n_unfinished -= 1
            if self._is_over:
                self._changed.notify_all()

    def give_up(self) -> None:
        """Let no journey go on."""
        with self._changed:
            self._waiting.clear()
            self._n_unfinished = 0
            self._changed.notify_all()
