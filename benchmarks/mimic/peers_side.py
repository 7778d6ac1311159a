"""How scripts here speak with interpret-community, which lives in an environment of its own."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Result(NamedTuple):
    """What one contender made of one problem.

    ``values`` are the attributions, as the contender shapes them; ``asked`` the teacher's rows.
    """

    predicted: np.ndarray
    build: float
    explain: float
    asked: int
    values: np.ndarray | None = None


class Peer:
    """interpret-community in a process of its own."""

    def __init__(self, python: str, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [python, str(Path(__file__).with_name("peer.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(
        self,
        teacher: dict[str, Any],
        taught: np.ndarray,
        explained: np.ndarray,
        surrogate: str,
        categorical: tuple[int, ...] = (),
    ) -> Result:
        paths = {name: str(self.folder / f"{name}.npz") for name in ("teacher", "rows", "answer")}
        np.savez(paths["teacher"], **teacher)
        np.savez(paths["rows"], taught=taught, explained=explained)
        question = {**paths, "surrogate": surrogate, "categorical": categorical}
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "its process died"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        with np.load(paths["answer"]) as found:
            return Result(
                found["predicted"],
                answer["build"],
                answer["explain"],
                answer["asked"],
                found["values"],
            )

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()
