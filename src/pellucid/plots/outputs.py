"""Which output and row a picture shows, and the feature values that belong to it."""

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid._core.validation import kind_of
from pellucid.data.frame import FrameTable
from pellucid.data.table import as_table
from pellucid.explanation.given_rows import FeatureColumns
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.selection import output_position
from pellucid.plots.wording import is_missing, visible


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


def choose_output(explanation: Explanation, output: str | int | None) -> int:
    """Return the position of the output to show.

    Parameters
    ----------
    explanation : Explanation
    output : str or int, optional
        Name of a class, or position of an output. By default the only output, the second of two
        classes, or the class that is predicted for most rows.

    Raises
    ------
    InvalidInputError
        There is no such output.
    """
    n_outputs: int = explanation.values.shape[2]
    if output is not None:
        return output_position(output, explanation.classes, n_outputs)
    if n_outputs <= 2:
        return n_outputs - 1
    predicted = explanation.predictions.argmax(axis=1)
    return int(np.bincount(predicted, minlength=n_outputs).argmax())


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


def row_label(explanation: Explanation, row: int) -> str:
    """Return what a row is called: its label in the index of a data frame, else its position.

    An explanation of some rows of a data frame keeps their labels, and people find a row again by
    its label, not by its place in a sample. Where there is only that place, the label says so.
    """
    return visible(str(_labels(explanation)[row]))


def _labels(explanation: Explanation) -> Sequence[Any]:
    if explanation.data is not None:
        table = as_table(explanation.data, name="data")
        index = nw.maybe_get_index(table.frame) if isinstance(table, FrameTable) else None
        if index is not None:
            labels: Sequence[Any] = index
            return labels
    rows = range(len(explanation.values))
    if explanation.stats.n_rows < explanation.stats.n_rows_given:
        return [f"{row} of the sample" for row in rows]
    return rows


def find_row(explanation: Explanation, label: str) -> int:
    """Return the position of the row with a label.

    Raises
    ------
    InvalidInputError
        No row that was explained has this label.
    """
    labels = [visible(str(found)) for found in _labels(explanation)]
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


def as_shades(values: npt.NDArray[Any]) -> Floats:
    """Place each value of a column between its low (0) and high (1) values.

    The 5th and 95th percentile stand for low and high, so that one outlier does not take the
    contrast from all others. Missing values, and columns that hold no numbers, give NaN.

    Examples
    --------
    >>> as_shades(np.array([0.0, 5.0, 10.0]))
    array([0. , 0.5, 1. ])
    >>> as_shades(np.array(["red", "blue"], dtype=object))
    array([nan, nan])
    """
    if values.dtype.kind == "O" and all(_is_number(value) for value in values):
        values = np.array([np.nan if is_missing(value) else value for value in values], float)
    if values.dtype.kind not in "fiub":
        return np.full(len(values), np.nan)
    column = values.astype(np.float64)
    known = column[np.isfinite(column)]
    if not len(known):
        return np.full(len(column), np.nan)
    low, high = np.percentile(known, [5, 95])
    if high <= low:
        low, high = known.min(), known.max()
    spread = high - low
    shades = (column - low) / spread if spread > 0 else np.full(len(column), 0.5)
    return np.where(np.isfinite(column), np.clip(shades, 0.0, 1.0), np.nan)


def _is_number(value: Any) -> bool:
    return is_missing(value) or isinstance(value, (int, float, np.number))
