"""Blocks of rows that go from stage to stage, shared out anew whenever a thread has nothing to do.

Threads are seldom equally fast: something else may run on a core, or on its other half. Where work
can be cut into many parts beforehand, each thread takes the next one. Here that would be dear, as
all rows that go through a stage together share what the stage costs. So parts are as large as can
be, and who is done takes half of another one's rows, from that one's next stage on (lazy binary
splitting: Tzannes et al., PPoPP 2010, section 3).
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition
from typing import NamedTuple

from pellucid._core.engine import Engine, n_threads_of


class Journey(NamedTuple):
    """Some blocks of rows on their way through stages ``stage`` to ``end - 1`` of a line of them."""

    line: int
    stage: int
    end: int
    blocks: slice


def go_through_stages(
    step: Callable[[int, int, slice], None],
    journeys: Sequence[Journey],
    engine: Engine,
    *,
    fewest_blocks: int,
) -> None:
    """Take blocks of rows through all their stages, on the threads of an engine.

    Each block goes through the stages of a journey in their order, whatever thread takes it there.
    Nothing is said about the order of blocks, or of journeys.

    Parameters
    ----------
    step : callable
        ``step(line, stage, blocks)`` takes some blocks through one stage.
    journeys : sequence of Journey
    engine : Engine
    fewest_blocks : int
        Blocks that are not divided any more are fewer than twice as many.

    Raises
    ------
    Exception
        What a step raises, after which no further one begins.

    Examples
    --------
    >>> from pellucid._core.engine import SerialEngine
    >>> def step(line, stage, blocks):
    ...     print(line, stage, blocks.start, blocks.stop)
    >>> journeys = [Journey(0, 0, 2, slice(0, 4)), Journey(1, 0, 1, slice(0, 4))]
    >>> go_through_stages(step, journeys, SerialEngine(), fewest_blocks=1)
    0 0 0 4
    0 1 0 4
    1 0 0 4
    """
    shared = _Shared(journeys, fewest_blocks)

    def work(_: int) -> None:
        try:
            while (journey := shared.next()) is not None:
                while journey.stage < journey.end and not shared.is_over:
                    journey = shared.divided(journey)
                    step(journey.line, journey.stage, journey.blocks)
                    journey = journey._replace(stage=journey.stage + 1)
                shared.arrived()
        except BaseException:
            shared.give_up()
            raise

    for _ in engine.map(work, range(n_threads_of(engine))):
        pass


class _Shared:
    """Journeys that wait for a thread, and threads that wait for a journey."""

    def __init__(self, journeys: Sequence[Journey], fewest_blocks: int) -> None:
        self._fewest_blocks = fewest_blocks
        self._waiting = deque(journeys)
        self._n_unfinished = len(journeys)
        self._n_idle = 0
        self._changed = Condition()

    @property
    def is_over(self) -> bool:
        return self._n_unfinished <= 0

    def next(self) -> Journey | None:
        """Return a journey as soon as there is one, and None when all have ended."""
        with self._changed:
            self._n_idle += 1
            self._changed.wait_for(lambda: self._waiting or self.is_over)
            self._n_idle -= 1
            return None if self.is_over else self._waiting.popleft()

    def divided(self, journey: Journey) -> Journey:
        """Return a journey, or half of it if a thread has nothing to do: that one gets the rest."""
        start, stop = journey.blocks.start, journey.blocks.stop
        n_given = (stop - start) // 2
        if n_given < self._fewest_blocks:
            return journey
        with self._changed:
            if self.is_over or self._n_idle <= len(self._waiting):
                return journey
            self._waiting.append(journey._replace(blocks=slice(stop - n_given, stop)))
            self._n_unfinished += 1
            self._changed.notify()
        return journey._replace(blocks=slice(start, stop - n_given))

    def arrived(self) -> None:
        """Note that a journey has ended."""
        with self._changed:
            self._n_unfinished -= 1
            if self.is_over:
                self._changed.notify_all()

    def give_up(self) -> None:
        """Let no journey go on."""
        with self._changed:
            self._waiting.clear()
            self._n_unfinished = 0
            self._changed.notify_all()
