"""Which rows, and which output, a user means by what is put into brackets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Integers

if TYPE_CHECKING:
    from pellucid.explanation.local import Explanation


def row_positions(chosen: Any, n_rows: int) -> Integers | slice:
    """Translate an index into positions of rows.

    Parameters
    ----------
    chosen : int, slice, or array of int or bool
        Negative positions count from the end; a boolean array has one entry per row.
    n_rows : int

    Returns
    -------
    slice or ndarray of int64
        A slice of step 1 where the rows lie side by side, so that arrays need not be copied.

    Raises
    ------
    IndexError
        There is no such row.
    InvalidInputError
        This is no way to choose rows.

    Examples
    --------
    >>> row_positions(-1, 5), row_positions([True, False, True], 3)
    (slice(4, 5, None), array([0, 2]))
    """
    if isinstance(chosen, slice):
        start, stop, step = chosen.indices(n_rows)
        if step == 1:
            return slice(start, max(start, stop))
        return np.arange(start, stop, step, dtype=np.int64)
    if _is_position(chosen):
        position = int(_from_start(np.array([chosen], dtype=np.int64), n_rows)[0])
        return slice(position, position + 1)
    found = np.asarray([] if isinstance(chosen, (str, tuple)) else chosen)
    if found.ndim == 1 and found.dtype.kind == "b":
        if len(found) != n_rows:
            raise IndexError(f"a mask of {len(found)} entries cannot choose among {n_rows} rows")
        return np.flatnonzero(found).astype(np.int64, copy=False)
    is_empty_list = isinstance(chosen, list) and not chosen
    if found.ndim == 1 and (found.dtype.kind in "iu" or is_empty_list):
        return _from_start(found.astype(np.int64), n_rows)
    raise InvalidInputError(
        f"rows are chosen by an integer, a slice, or an array of integers or booleans; "
        f"got {chosen!r}"
    )


def _from_start(positions: Integers, n_rows: int) -> Integers:
    beyond = positions[(positions < -n_rows) | (positions >= n_rows)]
    if len(beyond):
        raise IndexError(f"there is no row {beyond[0]} among {n_rows} rows")
    return np.where(positions < 0, positions + n_rows, positions)


def _is_position(chosen: Any) -> bool:
    return isinstance(chosen, (int, np.integer)) and not isinstance(chosen, bool)


def output_position(chosen: Any, classes: Sequence[str] | None, n_outputs: int) -> int:
    """Translate the name or the position of an output into its position.

    Raises
    ------
    InvalidInputError
        There is no such output.

    Examples
    --------
    >>> output_position("malignant", ["benign", "malignant"], 2)
    1
    """
    if isinstance(chosen, str):
        if classes is not None and chosen in classes:
            return list(classes).index(chosen)
    elif _is_position(chosen) and -n_outputs <= chosen < n_outputs:
        return int(chosen) % n_outputs
    known = "" if classes is None else f", or one of {', '.join(repr(name) for name in classes)}"
    raise InvalidInputError(
        f"there is no output {chosen!r}; pass a position from 0 to {n_outputs - 1}{known}"
    )


def choose_output(explanation: "Explanation", output: str | int | None) -> int:
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
