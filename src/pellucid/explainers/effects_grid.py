"""At which values of a feature its effect is computed, and in which order levels come."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.data.cells import as_numbers, as_ticks, holds_numbers, missing_mask
from pellucid.data.frame import FrameTable
from pellucid.data.table import Table

_N_BINS = 50


@dataclass(frozen=True, eq=False)
class Grid:
    """Points of a feature; each is a value that some row has.

    Attributes
    ----------
    values : tuple
        The feature's value at each of g points; missing values are not among them.
    donors : ndarray of int64, shape (g,)
        A row that has it.
    place : ndarray of int64, shape (n,)
        The point of each row: of its level, or the lowest one that is at least its number; -1 if
        its value is missing.
    share : ndarray of float64, shape (n,)
        How near to this point a row is, from 0 at the point before to 1 at this one.
    is_numeric : bool
        Whether points are steps on a scale.
    quantiles : ndarray of float64, shape (101,), or None
        Percentiles of numbers.
    missing : ndarray of int64
        Rows whose value is missing.
    """

    values: tuple[Hashable, ...]
    donors: Integers
    place: Integers
    share: Floats
    is_numeric: bool
    quantiles: Floats | None
    missing: Integers

    @property
    def counts(self) -> Integers:
        """Number of rows at each point."""
        present = self.place[self.place >= 0]
        return np.bincount(present, minlength=len(self.values)).astype(np.int64)


def make_grid(
    table: Table, j: int, resolution: int, *, categorical: bool | None, order: Any
) -> Grid:
    """Choose the points of a feature.

    Parameters
    ----------
    table : Table
    j : int
        The feature's column.
    resolution : int
        Points at most, for numbers and dates.
    categorical : bool or None
        Whether its values are levels; by default booleans, strings and categories are.
    order : "similarity", "given", or sequence
        Order of levels.
    """
    column = table.column(j)
    absent = missing_mask(column)
    if absent.all():
        raise InvalidInputError(f"column {table.features[j]!r} has no values")
    levels = categorical
    if levels is None:
        levels = column.dtype.kind == "b" or not (
            column.dtype.kind in "mM" or holds_numbers(column)
        )
        levels = levels or all(isinstance(cell, bool) for cell in column[~absent].tolist())
    if levels:
        return _levels(table, j, column, absent, order)
    is_date = column.dtype.kind in "mM"
    numbers = as_ticks(column) if is_date else as_numbers(column, table.features[j])
    if np.isinf(numbers).any():
        raise InvalidInputError(f"column {table.features[j]!r} holds an infinite value")
    present = np.sort(numbers[~absent])
    points = np.unique(present)
    if len(points) > resolution:
        steps = np.linspace(0, 1, resolution)
        points = np.unique(np.quantile(present, steps, method="inverted_cdf"))
    place = np.where(absent, -1, np.searchsorted(points, numbers))
    first = _first_rows(numbers, points)
    values = column[first].tolist() if is_date else points.tolist()
    before = points[np.maximum(place - 1, 0)]
    width = points[place] - before
    share = np.divide(numbers - before, width, out=np.ones(len(width)), where=width > 0)
    return Grid(
        tuple(values),
        first,
        place.astype(np.int64),
        share,
        is_numeric=True,
        quantiles=None if is_date else np.percentile(present, np.arange(101)),
        missing=np.flatnonzero(absent),
    )


def _first_rows(numbers: Floats, points: Floats) -> Integers:
    order = np.argsort(numbers, kind="stable")
    return order[np.searchsorted(numbers[order], points)].astype(np.int64)


def _levels(table: Table, j: int, column: npt.NDArray[Any], absent: Booleans, order: Any) -> Grid:
    known: dict[Any, int] = {}
    place = np.full(len(column), -1, dtype=np.int64)
    first: list[int] = []
    for row in np.flatnonzero(~absent).tolist():
        cell = column[row].item() if isinstance(column[row], np.generic) else column[row]
        if cell not in known:
            known[cell] = len(known)
            first.append(row)
        place[row] = known[cell]
    levels = list(known)
    ranked = _ranked(table, j, levels, place, order)
    position = np.empty(len(levels), dtype=np.int64)
    position[ranked] = np.arange(len(levels))
    return Grid(
        tuple(levels[i] for i in ranked),
        np.array([first[i] for i in ranked], dtype=np.int64),
        np.where(place >= 0, position[place], -1),
        np.ones(len(place)),
        is_numeric=False,
        quantiles=None,
        missing=np.flatnonzero(absent),
    )


def _ranked(table: Table, j: int, levels: list[Any], place: Integers, order: Any) -> list[int]:
    """Return the numbers of the levels in order."""
    if not isinstance(order, str):
        wanted = list(order)
        if sorted(map(str, wanted)) != sorted(map(str, levels)):
            raise InvalidInputError(
                f"order must have each of the levels once: {', '.join(map(repr, levels[:10]))}"
            )
        by_text = {str(level): i for i, level in enumerate(levels)}
        return [by_text[str(level)] for level in wanted]
    if order not in {"similarity", "given"}:
        raise InvalidInputError(f"order must be 'similarity', 'given' or a list; got {order!r}")
    own = _own_order(table, j, levels)
    if order == "given" or len(levels) < 3 or own is not None:
        return own or sorted(range(len(levels)), key=lambda i: (str(type(levels[i])), levels[i]))
    return similarity_order(table, j, place, [str(level) for level in levels])


def _own_order(table: Table, j: int, levels: Sequence[Any]) -> list[int] | None:
    """Return the order that the column's own type gives its levels, if it does."""
    if isinstance(table, FrameTable):
        native = table.frame[table.features[j]].to_native()
        kind: Any = getattr(native, "dtype", None)
        if getattr(kind, "ordered", False):
            rank = {level: i for i, level in enumerate(kind.categories.tolist())}
            return sorted(range(len(levels)), key=lambda i: rank[levels[i]])
    return None


def similarity_order(table: Table, j: int, place: Integers, names: Sequence[str]) -> list[int]:
    """Order levels such that those next to each other are alike in the other columns.

    The distance of two levels is the sum, over the other columns, of the Kolmogorov-Smirnov
    distance between their numbers, or of the total variation distance between their other levels.
    The order is that of the first coordinate of classical multidimensional scaling.

    References
    ----------
    .. [1] Apley, Zhu (2020): Visualizing the effects of predictor variables in black box
       supervised learning models. Journal of the Royal Statistical Society B 82, appendix.
    """
    n_levels = len(names)
    distance = np.zeros((n_levels, n_levels))
    rows = np.flatnonzero(place >= 0)
    for other in range(table.n_features):
        if other == j:
            continue
        shares, is_scale = _shares(table.column(other)[rows], place[rows], n_levels)
        if is_scale:
            steps = shares.cumsum(axis=1)
            distance += np.abs(steps[:, None] - steps[None]).max(axis=2)
        else:
            distance += np.abs(shares[:, None] - shares[None]).sum(axis=2) / 2
    middle = np.eye(n_levels) - 1 / n_levels
    _, vectors = np.linalg.eigh(-middle @ distance**2 @ middle / 2)
    coordinate = vectors[:, -1].round(10)
    if coordinate[min(range(n_levels), key=lambda i: names[i])] > 0:
        coordinate = -coordinate
    return sorted(range(n_levels), key=lambda i: (coordinate[i], names[i]))


def _shares(column: npt.NDArray[Any], place: Integers, n_levels: int) -> tuple[Floats, bool]:
    """Return each level's distribution over the bins of a column, and whether bins are ordered."""
    absent = missing_mask(column)
    is_scale = column.dtype.kind in "mM" or holds_numbers(column)
    codes = np.zeros(len(column), dtype=np.int64)  # 0 for missing values
    if is_scale:
        numbers = as_ticks(column) if column.dtype.kind in "mM" else as_numbers(column, "")
        edges = (
            np.unique(np.quantile(numbers[~absent], np.linspace(0, 1, _N_BINS + 1)))
            if not absent.all()
            else np.zeros(0)
        )
        codes[~absent] = 1 + np.searchsorted(edges, numbers[~absent])
    else:
        codes[~absent] = 1 + np.unique(column[~absent].astype(str), return_inverse=True)[1]
    n_codes = int(codes.max()) + 1
    counts = np.bincount(place * n_codes + codes, minlength=n_levels * n_codes)
    counts = counts.reshape(n_levels, n_codes)
    return counts / counts.sum(axis=1, keepdims=True), is_scale
