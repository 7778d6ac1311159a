"""What the reference rows tell of a column: its scale, or the states to compare a row's own with.

A column of numbers is varied around the row, in units of its standard deviation. All others are
compared by state: a category, a bin of numbers or dates, or being missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias, final

import numpy as np
import numpy.typing as npt
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.data.cells import as_numbers, as_ticks, as_words, holds_numbers, missing_mask
from pellucid.data.frame import FrameTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table

Discretizer: TypeAlias = Literal["quartile", "decile", "entropy"]
Cells: TypeAlias = npt.NDArray[Any]
Cut: TypeAlias = Callable[[Floats], Floats]

BINS = {"quartile": 4, "decile": 10}
DEPTH = 3
"""Of the trees that place the boundaries of bins by entropy: eight bins at most."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column of m reference rows.

    Attributes
    ----------
    name : str
    numbers : ndarray of float64, shape (m,), or None
        The cells as numbers, missing ones as NaN; of dates, their microseconds; None for others.
    labels : ndarray, shape (m,)
        Equal for cells of equal state.
    order : ndarray of int64, shape (m,)
        The reference rows, similar cells next to each other.
    boundaries : ndarray of float64, or None
        The largest number of each bin but the last; None if there are no bins.
    scale : float
        Standard deviation of the numbers; zero if the column is compared by state.
    whole : (float, float) or None
        The smallest and the largest number, if all are whole.
    dtype : dtype
        What numbers are rounded to on their way to the model.
    """

    name: str
    numbers: Floats | None
    labels: npt.NDArray[Any]
    order: Integers
    boundaries: Floats | None
    scale: float
    whole: tuple[float, float] | None
    dtype: np.dtype[Any]

    @property
    def can_vary(self) -> bool:
        """Whether the reference rows differ in this column."""
        return self.scale > 0 or bool((self.labels != self.labels[0]).any())

    def check(self, cells: Cells) -> None:
        """Refuse cells of rows to explain that are no numbers where these are needed."""
        if self.numbers is not None:
            _as_numbers(cells, self.name)

    def number(self, cell: Cells) -> float:
        """Return the cell of a row to explain, shape (1,), as a number; NaN if it is none."""
        return np.nan if self.numbers is None else float(_as_numbers(cell, self.name)[0])

    def differing(self, cell: Cells) -> Integers:
        """Return the reference rows whose state is not that of a cell, shape (1,), in order."""
        own: npt.NDArray[Any] = (
            as_words(cell)
            if self.boundaries is None
            else _bins(_as_numbers(cell, self.name), self.boundaries)
        )
        differing: Integers = self.order[self.labels[self.order] != own[0]]
        return differing

    def is_varied_around(self, number: float) -> bool:
        """Return whether a row with this number gets normal samples around it."""
        return self.scale > 0 and bool(np.isfinite(number))

    def samples_around(self, number: float, z: Floats) -> Floats:
        """Return numbers that are ``z`` standard deviations away from a row's own.

        Where the numbers are whole, so are the samples: at least one step away, and in the range
        of the numbers there are.
        """
        away = self.scale * z
        if self.whole is None or number != np.rint(number):
            return (number + away).astype(self.dtype, copy=False).astype(np.float64, copy=False)
        low, high = self.whole
        steps = np.copysign(np.maximum(np.rint(np.abs(away)), 1.0), away)
        return np.clip(number + steps, min(low, number), max(high, number))


@final
class ReferenceColumns:
    """The columns of reference rows, each looked at when it is first needed.

    Parameters
    ----------
    table : Table
        Reference rows, m of them.
    weights : ndarray of float64, shape (m,)
        Their weights, which sum to 1.
    categorical : set of int
        Columns to be compared by category, whatever they hold.
    cut : callable or None
        From numbers (m,), missing ones as NaN, to the boundaries of their bins; None for no bins.
    """

    def __init__(
        self, table: Table, weights: Floats, categorical: frozenset[int], cut: Cut | None
    ) -> None:
        # By column, since one after the other is asked for.
        self._sparse = table.matrix.tocsc() if isinstance(table, SparseTable) else None
        self._table = table
        self._weights = weights
        self._categorical = categorical
        self._cut = cut
        self._known: dict[int, Column] = {}

    def __getitem__(self, j: int) -> Column:
        if j not in self._known:
            self._known[j] = self._look_at(j)
        return self._known[j]

    def most_frequent(self, n: int) -> Integers:
        """Return the columns of a sparse matrix that are most often stored, at most ``n``."""
        if self._sparse is None:
            raise AssertionError("only sparse matrices have cells that are not stored")
        counts = np.diff(self._sparse.indptr)
        found = np.argsort(-counts, kind="stable")[:n]
        return np.sort(found[counts[found] > 0]).astype(np.int64)

    def is_categorical(self, j: int) -> bool:
        """Return whether a column is compared by category."""
        return j in self._categorical or not _holds_measures(self._table, j)

    def _look_at(self, j: int) -> Column:
        cells: Cells = (
            self._table.column(j)
            if self._sparse is None
            else self._sparse[:, [j]].toarray().ravel()
        )
        name = self._table.features[j]
        if self.is_categorical(j):
            labels = as_words(cells)
            order = np.argsort(labels, kind="stable")
            numbers = _as_numbers(cells, name) if cells.dtype.kind != "O" else None
            return Column(name, numbers, labels, order, None, 0.0, None, cells.dtype)
        numbers = _as_numbers(cells, name)
        cut = self._cut
        if cells.dtype.kind in "mM":  # no model takes a date in standard deviations
            cut = cut or partial(
                quantile_boundaries, weights=self._weights, n_bins=BINS["quartile"]
            )
        boundaries = None if cut is None else cut(numbers)
        return Column(
            name,
            numbers,
            labels=as_words(cells) if boundaries is None else _bins(numbers, boundaries),
            order=np.argsort(numbers, kind="stable"),
            boundaries=boundaries,
            scale=_deviation(numbers, self._weights) if boundaries is None else 0.0,
            whole=_whole_range(numbers),
            dtype=cells.dtype if cells.dtype.kind == "f" else np.dtype(np.float64),
        )


def quantile_boundaries(numbers: Floats, *, weights: Floats, n_bins: int) -> Floats:
    """Return where to cut numbers into bins of equal weight, as far as ties let.

    Examples
    --------
    >>> quantile_boundaries(np.array([3.0, 1.0, np.nan, 2.0]), weights=np.full(4, 0.25), n_bins=3)
    array([1., 2.])
    """
    order = np.argsort(numbers, kind="stable")
    order = order[~np.isnan(numbers[order])]
    if not len(order):
        return np.empty(0)
    total = np.cumsum(weights[order])
    wanted = total[-1] * np.arange(1, n_bins) / n_bins
    at = np.searchsorted(total, wanted * (1 - 1e-12))
    return np.unique(numbers[order[at]])


def entropy_boundaries(
    numbers: Floats, *, weights: Floats, outputs: Floats, classify: bool
) -> Floats:
    """Return where to cut numbers so that the model's predictions differ most between the bins.

    Parameters
    ----------
    numbers : ndarray of float64, shape (m,)
        Missing ones as NaN.
    weights : ndarray of float64, shape (m,)
    outputs : ndarray of float64, shape (m, k)
        What the model predicts for the reference rows.
    classify : bool
        Whether to compare predicted classes by their entropy; else outputs by their variance.
    """
    present = np.isfinite(numbers)
    if not present.any():
        return np.empty(0)
    if classify:
        target = outputs.argmax(axis=1)
        tree = DecisionTreeClassifier(criterion="entropy", max_depth=DEPTH, random_state=0)
    else:
        target = outputs
        tree = DecisionTreeRegressor(max_depth=DEPTH, random_state=0)
    tree.fit(numbers[present, None], target[present], sample_weight=weights[present])
    boundaries: Floats = np.unique(tree.tree_.threshold[tree.tree_.feature >= 0])
    return boundaries


def _holds_measures(table: Table, j: int) -> bool:
    """Return whether a column holds numbers or dates, and no categories."""
    cells = table.column(j)
    if cells.dtype.kind != "O" or isinstance(table, FrameTable):
        return cells.dtype.kind in "fiumM"
    present = cells[~missing_mask(cells)]
    return holds_numbers(cells) and not any(isinstance(cell, bool | np.bool_) for cell in present)


def _as_numbers(cells: Cells, feature: str) -> Floats:
    return as_ticks(cells) if cells.dtype.kind in "mM" else as_numbers(cells, feature)


def _bins(numbers: Floats, boundaries: Floats) -> Integers:
    bins = np.searchsorted(boundaries, numbers, side="left")
    return np.where(np.isnan(numbers), -1, bins)


def _whole_range(numbers: Floats) -> tuple[float, float] | None:
    known = numbers[np.isfinite(numbers)]
    if not len(known) or (known != np.rint(known)).any():
        return None
    return float(known.min()), float(known.max())


def _deviation(numbers: Floats, weights: Floats) -> float:
    known: Booleans = np.isfinite(numbers)
    share = weights[known].sum()
    if not share > 0 or np.ptp(numbers[known]) == 0:
        return 0.0
    w = weights[known] / share
    mean = w @ numbers[known]
    return float(np.sqrt(w @ np.square(numbers[known] - mean)))
