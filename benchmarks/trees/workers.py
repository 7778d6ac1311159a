"""Contenders in processes of their own, where none can stall, crash or starve the others."""

import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
from ensembles import BACKGROUND_SEED, EXPLAINED_SEED, draw_rows
from peers import Explain, Game, NotOfferedError, prepare

MOST_MEMORY = 10 * 2**30


class Question(NamedTuple):
    """What is asked of every contender."""

    model: Path
    game: Game
    n_background: int
    n_rows: int


class ContenderError(Exception):
    """Why there is no measurement; its text is what the table shows."""


class Worker:
    """One contender; started when it is asked, and started anew after it had to be stopped."""

    def __init__(self, name: str, limit: float, budget: float) -> None:
        self.name, self.limit, self.budget = name, limit, budget
        self.left = budget
        """Wall seconds that are left for the question."""
        self._process: Any = None
        self._pipe: Any = None

    def prepare(self, question: Question) -> float:
        """Return the CPU seconds it takes to construct the explainer."""
        self.left = self.budget
        return self._ask("prepare", question)

    def explain(self, n_rows: int) -> float:
        """Return the CPU seconds of explaining that many rows in one call."""
        return self._ask("explain", n_rows)

    def values(self, n_rows: int) -> np.ndarray:
        """Return the values of that many rows."""
        return self._ask("values", n_rows)

    def stop(self, *, patience: float = 5.0) -> None:
        """End the process: it may hang up by itself, unless it is known to be busy."""
        if self._process is not None:
            self._pipe.close()
            self._process.join(patience)
            self._process.kill()
            self._process.join()
        self._process = None

    def _ask(self, verb: str, argument: Any) -> Any:
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, end = context.Pipe()
            self._process = context.Process(target=serve, args=(self.name, end), daemon=True)
            self._process.start()
            end.close()
        started = time.monotonic()
        try:
            self._pipe.send((verb, argument))
            if not self._pipe.poll(max(min(self.limit, self.left), 0.0)):
                self.stop(patience=0.0)
                what = "to construct" if verb == "prepare" else f"for {argument:,} rows"
                most = f"{self.limit:.0f} s"
                if self.left < self.limit:
                    most = f"{self.budget:.0f} s in all, {max(self.left, 0.0):.0f} s of them"
                raise ContenderError(f"stopped: more than {most} {what}")
            reason, answer = self._pipe.recv()
        except (EOFError, ConnectionError) as death:
            self.stop()
            raise ContenderError("its process died") from death
        self.left -= time.monotonic() - started
        if reason is not None:
            raise ContenderError(reason)
        return answer


def serve(name: str, pipe: Connection) -> None:
    """Answer questions in the worker's process until the other side hangs up."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # contenders print bars and warnings
        os.dup2(silence, stream)
    desk = Desk(name)
    while True:
        try:
            verb, argument = pipe.recv()
        except EOFError:
            return
        try:
            answer = getattr(desk, verb)(argument)
        except NotOfferedError as error:
            pipe.send((str(error), None))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the table's entry
            text = str(error).strip().split("\n")[0]
            pipe.send((f"{type(error).__name__}: {text}"[:80], None))
        else:
            pipe.send((None, answer))


class Desk:
    """Where a worker keeps what it has prepared."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._explain: Explain | None = None
        self._rows = np.empty((0, 0))

    def prepare(self, question: Question) -> float:
        self._explain = None  # an earlier one need not fit into memory beside it
        self._explain, seconds = _prepare(self.name, question)
        self._rows = draw_rows(question.n_rows, seed=EXPLAINED_SEED)
        return seconds

    def explain(self, n_rows: int) -> float:
        return _timed(lambda: self._explain(self._rows[:n_rows]))[1]

    def values(self, n_rows: int) -> np.ndarray:
        return np.asarray(self._explain(self._rows[:n_rows]))


def _prepare(name: str, question: Question) -> tuple[Explain, float]:
    model = joblib.load(question.model)
    background = None
    if question.n_background:
        background = draw_rows(question.n_background, seed=BACKGROUND_SEED)
    explain, first = _timed(lambda: prepare(name, model, question.game, background))
    if first > 10.0:
        return explain, first
    explain, second = _timed(lambda: prepare(name, model, question.game, background))
    return explain, min(first, second)  # the first one may have compiled something


def _timed(action: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    result = action()
    return result, time.process_time() - started
