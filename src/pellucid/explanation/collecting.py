"""Parts of one local explanation, written into arrays that are allocated once."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid.explanation.local import Explanation

if TYPE_CHECKING:
    from pellucid._core.typing import Floats


def collect(parts: Iterable[Explanation], n_rows: int) -> Explanation:
    """Join the explanations of ``n_rows`` rows in all, as :class:`RowCollector` does."""
    collector = RowCollector(n_rows)
    for part in parts:
        collector.add(part)
    return collector.result()


class RowCollector:
    """Joins the explanations of some rows, and of the next, without keeping the parts.

    Memory is that of the result and of the part at hand. Data are left out, unless there is only
    one part.

    Parameters
    ----------
    n_rows : int
        Rows that are expected; if there are others, arrays are copied.

    Examples
    --------
    >>> from pellucid.explanation.stats import Stats
    >>> collector = RowCollector(2)
    >>> for value in (0.5, -1.5):
    ...     collector.add(
    ...         Explanation(
    ...             values=np.full((1, 1, 1), value),
    ...             base_values=np.zeros((1, 1)),
    ...             predictions=np.full((1, 1), value),
    ...             features=("age",),
    ...             classes=None,
    ...             task="regression",
    ...             output_space="value",
    ...             stats=Stats("by hand", n_rows=1, n_rows_given=1),
    ...         )
    ...     )
    >>> whole = collector.result()
    >>> whole.values.ravel().tolist(), whole.stats.n_rows
    ([0.5, -1.5], 2)
    """

    def __init__(self, n_rows: int) -> None:
        self._capacity = n_rows
        self._n_rows = 0
        self._like: Explanation | None = None
        self._arrays: dict[str, Floats] = {}

    def add(self, part: Explanation) -> None:
        """Add the explanation of the next rows.

        Raises
        ------
        InvalidInputError
            The part has other features or outputs than the parts before.
        """
        if self._like is None:
            self._like = part  # kept as it is: there may be no other
            return
        _check_alike(self._like, part)
        if not self._arrays:
            self._write(self._like)
            self._like = _without_rows(self._like)
        self._write(part)
        self._like = replace(self._like, stats=self._like.stats.merge(part.stats))

    def result(self) -> Explanation:
        """Return the explanation of all rows.

        Raises
        ------
        InvalidInputError
            There were no parts.
        """
        if self._like is None:
            raise InvalidInputError("there are no explanations to concatenate")
        if not self._arrays:
            return self._like
        if self._n_rows < self._capacity:
            self._make_room(self._n_rows)
        return replace(
            self._like,
            values=self._arrays["values"],
            base_values=self._arrays["base_values"],
            predictions=self._arrays["predictions"],
            std_error=self._arrays.get("std_error"),
            local_r2=self._arrays.get("local_r2"),
        )

    def _write(self, part: Explanation) -> None:
        start, end = self._n_rows, self._n_rows + len(part)
        if end > self._capacity:
            self._make_room(max(end, 2 * self._capacity))
        found = {
            "values": part.values,
            "base_values": part.base_values,
            "predictions": part.predictions,
        }
        if part.std_error is not None:
            found["std_error"] = part.std_error
        if part.local_r2 is not None:
            found["local_r2"] = part.local_r2
        for name, array in found.items():
            if name not in self._arrays:
                # Zero for the rows before: parts without standard errors are exact.
                self._arrays[name] = np.zeros((self._capacity, *array.shape[1:]))
            self._arrays[name][start:end] = array
        self._n_rows = end

    def _make_room(self, n_rows: int) -> None:
        """Move what is there into arrays for ``n_rows`` rows."""
        n_kept = min(self._n_rows, n_rows)
        for name, array in self._arrays.items():
            moved = np.zeros((n_rows, *array.shape[1:]))
            moved[:n_kept] = array[:n_kept]
            self._arrays[name] = moved
        self._capacity = n_rows


def _without_rows(part: Explanation) -> Explanation:
    """Return what tells the kind of an explanation, but refers to none of its arrays."""
    _, d, k = part.values.shape
    none = np.zeros((0, k))
    return replace(
        part,
        values=np.zeros((0, d, k)),
        base_values=none,
        predictions=none,
        std_error=None,
        local_r2=None if part.local_r2 is None else none,
        data=None,
        engineered=None,
    )


def _check_alike(first: Explanation, other: Explanation) -> None:
    for name in ("features", "classes", "task", "output_space", "num_outputs", "players", "origin"):
        if getattr(first, name) != getattr(other, name):
            shown = {"num_outputs": "outputs", "players": "groups"}.get(name, name)
            raise InvalidInputError(f"the explanations to concatenate differ in {shown}")
    if (first.local_r2 is None) != (other.local_r2 is None):
        raise InvalidInputError("only some of the explanations to concatenate are of local models")
