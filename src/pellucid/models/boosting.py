"""What the boosting libraries have in common: from an objective to a model's outputs.

Each library knows its own objectives; all of them mean one of a few things: a sum of trees, called
margin, and a function that turns it into probabilities, or into a value, or leaves it alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, OutputSpace, Task
from pellucid.data.table import Table
from pellucid.models.ensemble import Link
from pellucid.models.margins import both_classes
from pellucid.models.model import Predict


@dataclass(frozen=True)
class Objective:
    """What a boosting library's objective says about the model.

    Attributes
    ----------
    name : str
        How messages call it.
    task : {"classification", "regression"}
    link : {"identity", "logistic", "softmax", "exponential"} or None
        How the margin becomes the library's prediction; None if by another function.
    gives_probabilities : bool
        Whether a classifier's prediction is a probability: not with a custom objective, nor with
        one that predicts labels or margins.
    """

    name: str
    task: Task
    link: Link | None
    gives_probabilities: bool = False

    def for_task(self, task: Task | None) -> "Objective":
        """Return the objective as another task sees it: the user's word or the wrapper's class.

        Parameters
        ----------
        task : {"classification", "regression"}, optional
            None leaves the objective's own task.

        Raises
        ------
        InvalidInputError
            The objective's predictions make no sense for the task.

        Examples
        --------
        >>> Objective("binary", "classification", "logistic", True).for_task("regression").spaces
        ('raw', 'value')
        """
        if task in {None, self.task}:
            return self
        if task == "regression":
            return replace(self, task="regression")
        if task == "classification" and self.link in {"logistic", "softmax"}:
            return replace(self, task="classification", gives_probabilities=True)
        if task == "classification" and self.name == CUSTOM.name:
            return replace(self, task="classification")
        raise InvalidInputError(f"model_task={task!r} does not fit the objective {self.name!r}")

    @property
    def spaces(self) -> tuple[OutputSpace, ...]:
        """The output spaces: the one in which the trees add up first, the usual one last."""
        if self.task == "classification":
            return ("raw", "probability") if self.gives_probabilities else ("raw",)
        return ("value",) if self.link == "identity" else ("raw", "value")

    @property
    def tree_link(self) -> tuple[Link, OutputSpace]:
        """The link that a tree ensemble can follow, and the output space it leads to."""
        if self.link is None or len(self.spaces) == 1:
            return "identity", self.spaces[0]
        return self.link, self.spaces[-1]

    def outputs(self, margins: Predict, predictions: Predict) -> dict[OutputSpace, Predict]:
        """Return the functions that predict rows in each output space.

        Parameters
        ----------
        margins, predictions : callable
            From a table to what the library predicts before and after the link.
        """
        if self.task == "classification":
            found: dict[OutputSpace, Predict] = {"raw": partial(_class_margins, margins)}
            if self.gives_probabilities:
                found["probability"] = partial(_class_probabilities, predictions)
            return found
        if self.link == "identity":
            return {"value": predictions}
        return {"raw": margins, "value": predictions}


CUSTOM = Objective("custom", "regression", "identity")
"""An objective that the library does not know by name: its predictions are the margins."""


def class_names(classes: Sequence[Any]) -> tuple[str, ...]:
    """Return the names of a classifier's outputs.

    The libraries give two columns even to a classifier that saw a single class.

    Examples
    --------
    >>> class_names([0, 1]), class_names(["spam"])
    (('0', '1'), ('spam', 'not spam'))
    """
    names = tuple(str(name) for name in classes)
    return (*names, f"not {names[0]}") if len(names) == 1 else names


def named_features(names: Sequence[str], automatic: Callable[[int], str]) -> tuple[str, ...] | None:
    """Return the columns' names, or None if the library made them up.

    Examples
    --------
    >>> named_features(["f0", "f1"], "f{}".format) is None
    True
    """
    found = tuple(str(name) for name in names)
    return None if all(name == automatic(j) for j, name in enumerate(found)) else found


def _class_margins(margins: Predict, table: Table) -> Floats:
    found = np.asarray(margins(table), dtype=np.float64)
    return both_classes(found) if found.ndim == 1 or found.shape[1] == 1 else found


def _class_probabilities(predictions: Predict, table: Table) -> npt.NDArray[Any]:
    found = np.asarray(predictions(table))
    if found.ndim == 2 and found.shape[1] > 1:
        return found
    second = found.reshape(-1)
    return np.stack([1 - second, second], axis=1)
