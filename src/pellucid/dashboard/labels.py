"""True labels of the rows explained: read, and as columns for the page."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers, MeasuredSpace
from pellucid.dashboard.chunks import encode
from pellucid.explainers.true_labels import class_numbers, targets
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation

LabelKind = Literal["classes", "numbers"]
_PREDICTIONS: tuple[MeasuredSpace, ...] = ("raw", "probability", "value")


@dataclass(frozen=True, eq=False)
class Labels:
    """The true label of each row.

    Attributes
    ----------
    kind : {"classes", "numbers"}
    numbers : ndarray of float64, shape (n, 1) or (n, k)
        The number of each row's class; or its target of each output.
    """

    kind: LabelKind
    numbers: Floats

    def take(self, rows: Integers) -> "Labels":
        """Return the labels of some rows."""
        return Labels(self.kind, self.numbers[rows])

    def chunks(self, sent: Integers) -> dict[str, bytes]:
        """Return the labels of some rows, by output."""
        columns = self.numbers[sent].T
        return {f"truth/{k}": encode(column) for k, column in enumerate(columns)}


def predicted_classes(local: Explanation) -> Integers:
    """Return the class with the highest score of each row; of equal ones the first."""
    found: Integers = local.predictions.argmax(axis=1)
    return found


def errors_of(local: Explanation, labels: Labels, output: int) -> Floats:
    """Return how far the prediction of each row is off, as the page says it.

    That is the prediction minus the label; of classes, what the true one's probability lacks of 1, or
    how far the highest other score is above the true one's.
    """
    scores = local.predictions
    if labels.kind == "numbers":
        return scores[:, output] - labels.numbers[:, output]
    rows, truth = np.arange(len(scores)), labels.numbers[:, 0].astype(np.int64)
    own = scores[rows, truth]
    if local.output_space == "probability":
        return 1 - own
    others = scores.copy()
    others[rows, truth] = -np.inf
    highest: Floats = others.max(axis=1)
    return highest - own


def read_labels(true_labels: Any, importance: Importance) -> Labels | None:
    """Read the true labels of the rows behind a result.

    Parameters
    ----------
    true_labels : array, series or list, shape (n,) or (n, k), or None
        Classes, by their names or, where no name is a number, by their places; or targets.
    importance : Importance

    Raises
    ------
    InvalidInputError
        The result has no rows or no predictions that labels could be compared with, there is not
        one label for each row, or one is no class or no finite number.
    """
    if true_labels is None:
        return None
    local = importance.local
    if local is None or not len(local):
        raise InvalidInputError(
            "true_labels are compared with the predictions of single rows, which this result does "
            "not hold; pass what explain_local returns, or explain_global with include_local=True"
        )
    if local.output_space not in _PREDICTIONS or local.task == "outlier detection":
        explained = local.task if local.output_space in _PREDICTIONS else local.output_space
        raise InvalidInputError(
            "true_labels are compared with predictions of classes or numbers; this result explains "
            f"{explained}"
        )
    if local.task == "classification":
        return Labels("classes", _classes_of(true_labels, local)[:, np.newaxis])
    return Labels("numbers", _targets_of(true_labels, local))


def _classes_of(true_labels: Any, local: Explanation) -> Floats:
    if local.classes is None or local.num_outputs < 2:
        held = "one output" if local.classes is None else f"only output {local.classes[0]!r}"
        raise InvalidInputError(
            f"true_labels need the predictions of all classes, but this result holds {held}; pass "
            "the one of all classes"
        )
    ways = [local.classes]
    if not any(_is_number(name) for name in local.classes):
        ways.append(tuple(str(k) for k in range(local.num_outputs)))
    return class_numbers(true_labels, len(local), *ways)


def _targets_of(true_labels: Any, local: Explanation) -> Floats:
    k = local.num_outputs
    if k == 1:
        return targets(true_labels, len(local))[:, np.newaxis]
    columns = np.asarray(true_labels)
    if columns.ndim != 2 or columns.shape[1] != k:
        raise InvalidInputError(
            f"true_labels must have one column for each of {k} outputs; got shape {columns.shape}"
        )
    return np.stack([targets(column, len(local)) for column in columns.T], axis=1)


def _is_number(name: str) -> bool:
    if name in {"True", "False"}:
        return True
    try:
        float(name)
    except ValueError:
        return False
    return True
