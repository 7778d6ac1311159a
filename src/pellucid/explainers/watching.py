"""A model under watch: what it returns in one call has to fit what it returned in the others."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn, final

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError, ModelError
from pellucid._core.progress import RowProgress
from pellucid._core.typing import Floats, OutputSpace
from pellucid.data.background import Background
from pellucid.data.table import Table
from pellucid.explainers.attribution import LARGEST_GAP
from pellucid.models.model import Model, Predict

N_ASKED_AGAIN = 10


class FailedRow(Exception):  # noqa: N818 - no error that anybody sees
    """What went wrong, in which row of a batch, and what had been done to the row."""

    def __init__(self, i: int, treatment: str, error: InvalidInputError | ModelError) -> None:
        super().__init__(i, treatment, error)
        self.i = i
        self.treatment = treatment
        self.error = error

    def reveal(self, row: int) -> NoReturn:
        """Raise what went wrong, and say in which row of the call."""
        raise type(self.error)(
            f"row {row} of evaluation_examples, {self.treatment}: {self.error}"
        ) from (self.error.__cause__ or self.error)


@final
class PartOfBatch:
    """Shows how far the work on a row of a batch has come.

    Parameters
    ----------
    progress : RowProgress
        Where it is shown.
    """

    def __init__(self, progress: RowProgress) -> None:
        self._progress = progress
        self._before = 0
        self._budget = 1
        self._evaluated = 0

    def begin(self, n_before: int, budget: int = 1) -> None:
        """Begin with a row that so many rows of the batch come before."""
        self._before, self._budget, self._evaluated = n_before, budget, 0
        self._progress.reach(n_before)

    def expect(self, budget: int) -> None:
        """Expect so many model rows for the row in work."""
        self._budget = budget

    def add(self, n_evaluated: int) -> None:
        """Add model rows evaluated for this row."""
        self._evaluated += n_evaluated
        self._progress.reach(self._before + min(self._evaluated / self._budget, 1.0))


def watched(
    model: Model, space: OutputSpace, n_outputs: int, seen: Callable[[int], object]
) -> Model:
    """Return a model that refuses to change its number of outputs, and tells of every call.

    Parameters
    ----------
    model : Model
    space : {"raw", "probability", "value"}
        The output space that it is asked for.
    n_outputs : int
    seen : callable
        Called with the number of rows after every call.
    """
    ask = partial(_ask, model.outputs[space], model.name, n_outputs, seen)
    return replace(model, outputs={space: ask})


def _ask(
    predict: Predict, name: str, n_outputs: int, seen: Callable[[int], object], table: Table
) -> npt.NDArray[Any]:
    found = predict(table)
    shape = np.shape(found)
    width = shape[1] if len(shape) > 1 else 1
    if shape and width != n_outputs:
        raise ModelError(
            f"{name} returned {width} columns for {table.n_rows} rows, but {n_outputs} for the "
            "reference rows"
        )
    seen(table.n_rows)
    return found


def unsteadiness(
    model: Model, space: OutputSpace, background: Background, outputs: Floats
) -> str | None:
    """Ask a model again for a few reference rows, and say so if it answers otherwise.

    Parameters
    ----------
    model : Model
    space : {"raw", "probability", "value"}
    background : Background
        Reference rows, m of them.
    outputs : ndarray of float64, shape (m, k)
        What it said of them before.
    """
    few = min(N_ASKED_AGAIN, background.n_rows)
    table = background.table.take(np.arange(few))
    again = model.predict(table, space)
    difference = float(np.abs(again - outputs[:few]).max(initial=0.0))
    if difference <= LARGEST_GAP * np.abs(outputs).max(initial=0.0):
        return None
    return (
        f"the model's predictions of the same reference rows differ from call to call, by up to "
        f"{difference:.3g}"
    )
