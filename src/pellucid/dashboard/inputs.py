"""What a model takes, as something that people can move: ranges of numbers, and levels to choose."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from pellucid.data.cells import as_numbers, holds_numbers, missing_mask
from pellucid.data.table import Table

_MOST_LEVELS: Final = 500
_PLAUSIBLE: Final = (0.005, 0.995)

InputKind = Literal["number", "category", "fixed"]


@dataclass(frozen=True, eq=False)
class Input:
    """One column of a model, and what it may be changed to.

    Attributes
    ----------
    name : str
    kind : {"number", "category", "fixed"}
        ``fixed``: too many levels to choose from, so that it stays as it is.
    low, high : float
        Of numbers, the plausible range: all but the outermost hundredth of the rows.
    least, most : float
        The smallest and the largest number of any row.
    whole : bool
        Whether all numbers are whole.
    levels : tuple of str
        What a category may be.
    donors : tuple of int
        A row that has each level.
    missing : int or None
        A row whose value is missing; None if none is, and the model was not shown any.
    """

    name: str
    kind: InputKind
    low: float = np.nan
    high: float = np.nan
    least: float = np.nan
    most: float = np.nan
    whole: bool = False
    levels: tuple[str, ...] = ()
    donors: tuple[int, ...] = ()
    missing: int | None = None

    def described(self) -> dict[str, Any]:
        """Return what a page is told of it."""
        told: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "can_miss": self.missing is not None,
        }
        if self.kind == "number":
            told |= {"low": self.low, "high": self.high, "least": self.least, "most": self.most}
            told["whole"] = self.whole
        if self.kind == "category":
            told["levels"] = list(self.levels)
        return told


def make_input(name: str, column: npt.NDArray[Any]) -> Input:
    """Find out what a column may be changed to.

    Examples
    --------
    >>> found = make_input("age", np.array([20, 30, 70]))
    >>> found.kind, found.least, found.most, found.whole
    ('number', 20.0, 70.0, True)
    >>> make_input("color", np.array(["red", "blue", "red"], dtype=object)).levels
    ('blue', 'red')
    """
    absent = missing_mask(column)
    lacking = np.flatnonzero(absent)
    missing = int(lacking[0]) if len(lacking) else None
    if column.dtype.kind in "iuf" or (column.dtype.kind == "O" and _are_numbers(column[~absent])):
        known = as_numbers(column[~absent], name)
        known = known[np.isfinite(known)]
        if not len(known):
            return Input(name, "fixed", missing=missing)
        low, high = np.quantile(known, _PLAUSIBLE, method="inverted_cdf")
        return Input(
            name,
            "number",
            low=float(low),
            high=float(high),
            least=float(known.min()),
            most=float(known.max()),
            whole=bool((known == np.round(known)).all()),
            missing=missing,
        )
    first: dict[Any, int] = {}
    for row, cell in zip(np.flatnonzero(~absent).tolist(), column[~absent].tolist(), strict=True):
        first.setdefault(cell, row)
        if len(first) > _MOST_LEVELS:
            return Input(name, "fixed", missing=missing)
    ranked = sorted(first, key=lambda level: (str(type(level)), level))
    return Input(
        name,
        "category",
        levels=tuple(str(level) for level in ranked),
        donors=tuple(first[level] for level in ranked),
        missing=missing,
    )


def cell_of(found: Input, column: npt.NDArray[Any], name: str) -> float | str | None:
    """Return a single cell as a page is told it: a number, the code of a level, or a text.

    Parameters
    ----------
    found : Input
    column : ndarray, shape (1,)
    name : str
        The column's name, for messages.
    """
    if missing_mask(column)[0]:
        return None
    if found.kind == "number":
        return float(as_numbers(column, name)[0])
    shown = str(column.tolist()[0])
    return found.levels.index(shown) if shown in found.levels else shown


def make_inputs(table: Table) -> tuple[Input, ...]:
    """Find out what each column of some rows may be changed to."""
    return tuple(make_input(name, table.column(j)) for j, name in enumerate(table.features))


def _are_numbers(present: npt.NDArray[Any]) -> bool:
    return holds_numbers(present) and not all(
        isinstance(cell, (bool, np.bool_)) for cell in present.tolist()
    )
