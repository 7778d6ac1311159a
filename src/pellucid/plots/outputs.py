"""Whether something can be drawn, which row a picture shows, and the cells that belong to it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.validation import kind_of
from pellucid.explanation.given_rows import FeatureColumns
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.row_labels import row_labels
from pellucid.plots.wording import visible


def check_importance(found: Any) -> None:
    """Refuse all but an importance, and say how to come by one.

    Raises
    ------
    InvalidInputError
        This is a local explanation, or something else.
    """
    if isinstance(found, Explanation):
        raise InvalidInputError(
            "importance is a local explanation; pass its importance(), or what explain_global returns"
        )
    if not isinstance(found, Importance):
        raise InvalidInputError(f"importance is {kind_of(found)}; pass what explain_global returns")


def check_explanation(found: Any) -> None:
    """Refuse all but a local explanation, and say how to come by one.

    Raises
    ------
    InvalidInputError
        This is an importance, or something else.
    """
    if isinstance(found, Importance):
        hint = "its local" if found.local is not None else "what explain_local returns"
        raise InvalidInputError(f"explanation is an importance; pass {hint}")
    if not isinstance(found, Explanation):
        raise InvalidInputError(
            f"explanation is {kind_of(found)}; pass what explain_local returns, or the "
            "local of an importance that kept it"
        )


def check_row(explanation: Explanation, row: int) -> int:
    """Return ``row`` if there is such a row.

    Raises
    ------
    InvalidInputError
        There is not.
    """
    n_rows = len(explanation.values)
    if isinstance(row, bool) or not 0 <= row < n_rows:
        raise InvalidInputError(
            f"there is no row {row!r}: {n_rows:,} rows were explained, and the first is row 0"
        )
    return int(row)


def feature_position(explanation: Explanation, feature: str | int) -> int:
    """Return the number of a feature, from its name or its number.

    Raises
    ------
    InvalidInputError
        There is no such feature.
    """
    names, d = explanation.features, explanation.num_features
    if isinstance(feature, str) and feature in names:
        return names.index(feature)
    is_number = isinstance(feature, (int, np.integer)) and not isinstance(feature, bool)
    if is_number and 0 <= int(feature) < d:
        return int(feature)
    some = ", ".join(repr(name) for name in names[:5])
    raise InvalidInputError(
        f"there is no feature {feature!r}; pass a number from 0 to {d - 1}, or a name such as {some}"
    )


def row_label(explanation: Explanation, row: int) -> str:
    """Return what a row is called: its label in the index of a data frame, else its position.

    An explanation of some rows of a data frame keeps their labels, and people find a row again by
    its label, not by its place in a sample. Where there is only that place, the label says so.
    """
    return visible(str(row_labels(explanation)[row]))


def find_row(explanation: Explanation, label: str) -> int:
    """Return the position of the row with a label.

    Raises
    ------
    InvalidInputError
        No row that was explained has this label.
    """
    labels = [visible(str(found)) for found in row_labels(explanation)]
    if label in labels:
        return labels.index(label)
    some = ", ".join(labels[:3])
    raise InvalidInputError(
        f"there is no row {label!r} among the {len(labels):,} rows explained, such as {some}"
    )


def row_cells(
    columns: FeatureColumns | None, row: int, features: Sequence[int]
) -> list[npt.NDArray[Any] | None]:
    """Return the cell of some features in one row, in an array of length 1.

    It is None where there is none to know: if the rows are not known, or for a group of columns.
    """
    if columns is None:
        return [None] * len(features)
    one = columns.take(np.array([row], dtype=np.int64))
    return [one.column(j) for j in features]
