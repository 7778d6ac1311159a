"""Samples around a row, drawn from LIME's kernel itself, so that all of them weigh the same.

LIME draws cells independently of each other and weighs each sample by ``exp(-distance^2 / (2
width^2))``. As the squared distance is a sum over the columns, the weighted distribution is a
product again: of narrower normal distributions, and of states that are a little likelier to be the
row's own. Drawing from that needs no weights, and wastes no sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.data.background import Background
from pellucid.data.matrix import MatrixTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.explainers.lime_columns import Cells, Column, ReferenceColumns
from pellucid.explainers.masking import in_kind_of

MOST_FREQUENT = 50
"""Columns of a sparse matrix that vary at every row, beside those that the row itself has."""
LEAST_SHARE = 0.1
"""The least share of samples that have a state of the row, and that do not have it."""
NEAREST_TO_ZERO = 2.0**-40
"""Where a quantile of the normal distribution would be infinite."""


@dataclass(frozen=True, eq=False)
class Neighborhood:
    """How one row is varied.

    Attributes
    ----------
    columns : ndarray of int64, shape (a,)
        The columns that vary.
    of_states : ndarray of bool, shape (a,)
        Whether the local model sees a column as "has the row's state", 1 or 0; else as the
        distance from the row's number in standard deviations.
    """

    columns: Integers
    of_states: Booleans
    draws: "tuple[_Numbers | _States, ...]"

    def draw(self, uniform: Floats) -> tuple[Floats, list[Floats | Integers]]:
        """Turn uniform numbers (h, a) into h samples and their h antithetic partners.

        Returns
        -------
        design : ndarray of float64, shape (2 h, a)
            The samples as the local model sees them.
        drawn : list of a ndarray, shape (2 h,)
            For each column, numbers, or reference rows to take the cell from, -1 for the row's own.
        """
        pairs = np.concatenate([uniform, 1.0 - uniform]).T
        z = ndtri(np.clip(pairs[~self.of_states], NEAREST_TO_ZERO, 1.0 - NEAREST_TO_ZERO))
        at_random = np.empty_like(pairs)
        at_random[self.of_states], at_random[~self.of_states] = pairs[self.of_states], z
        seen, drawn = [], []
        for one, random in zip(self.draws, at_random, strict=True):
            by_model, cells = one.draw(random)
            seen.append(by_model)
            drawn.append(cells)
        return np.stack(seen, axis=1), drawn


@dataclass(frozen=True, eq=False)
class _Numbers:
    """A column of numbers, varied around the row's own."""

    column: Column
    own: float
    width: float

    def draw(self, z: Floats) -> tuple[Floats, Floats]:
        """Turn standard normal numbers into standard deviations from the row's own, and cells."""
        cells = self.column.samples_around(self.own, self.width * z)
        return (cells - self.own) / self.column.scale, cells


@dataclass(frozen=True, eq=False)
class _States:
    """A column that has the row's state with some probability, and else that of another row."""

    others: Integers
    cumulative: Floats
    p_own: float

    def draw(self, u: Floats) -> tuple[Floats, Integers]:
        """Turn uniform numbers into "has the row's state", and reference rows, -1 for the own."""
        is_own = u < self.p_own
        place = np.clip((u - self.p_own) / (1.0 - self.p_own), 0.0, 1.0) * self.cumulative[-1]
        at = np.searchsorted(self.cumulative, place, side="right")
        origin = self.others[np.minimum(at, len(self.others) - 1)]
        return is_own.astype(np.float64), np.where(is_own, -1, origin)


@final
class RowSampler:
    """Builds the samples around rows to explain.

    Parameters
    ----------
    background : Background
    columns : ReferenceColumns
        What its rows tell of each column.
    kernel_width : float
    unused : tuple of int
        Columns that no prediction depends on, and which are not varied.
    """

    def __init__(
        self,
        background: Background,
        columns: ReferenceColumns,
        kernel_width: float,
        unused: tuple[int, ...] = (),
    ) -> None:
        self._unused = unused
        self._background = background
        self._columns = columns
        # Normal samples of unit variance under the kernel; and by what a differing state counts.
        self._width = kernel_width / np.hypot(1.0, kernel_width)
        self._far = float(np.exp(-0.5 / kernel_width**2))
        is_sparse = isinstance(background.table, SparseTable)
        kind = (
            background.table.array.dtype.kind if isinstance(background.table, MatrixTable) else ""
        )
        # Cells of such tables are written as numbers, those of others are gathered: types stay.
        self._is_one_block = is_sparse or kind == "f"
        self._frequent = columns.most_frequent(MOST_FREQUENT) if is_sparse else None

    def neighborhood(self, row: Table) -> Neighborhood:
        """Return how a row, a table of one, is varied; columns that cannot vary are left out."""
        columns, draws = [], []
        candidates = self._candidates(row)
        cells = row if self._frequent is None else row.select(candidates.tolist())
        for at, j in enumerate(candidates.tolist()):
            one = self._varied(j, cells.column(j if self._frequent is None else at))
            if one is not None:
                columns.append(j)
                draws.append(one)
        return Neighborhood(
            np.array(columns, dtype=np.int64),
            np.array([isinstance(one, _States) for one in draws], dtype=np.bool_),
            tuple(draws),
        )

    def _candidates(self, row: Table) -> Integers:
        if self._frequent is None or not isinstance(row, SparseTable):
            return np.setdiff1d(np.arange(row.n_features), self._unused)
        own = row.matrix.indices[row.matrix.data != 0]
        candidates = np.union1d(own, self._frequent)
        return np.setdiff1d(candidates, self._unused).astype(np.int64)

    def _varied(self, j: int, cell: Cells) -> _Numbers | _States | None:
        column = self._columns[j]
        number = column.number(cell)
        if column.is_varied_around(number):
            return _Numbers(column, number, self._width)
        others = column.differing(cell)
        cumulative = np.cumsum(self._background.weights[others])
        if not len(others) or not cumulative[-1] > 0:
            return None
        p_other = cumulative[-1] * self._far
        p_own = (1.0 - cumulative[-1]) / (1.0 - cumulative[-1] + p_other)
        return _States(others, cumulative, float(np.clip(p_own, LEAST_SHARE, 1.0 - LEAST_SHARE)))

    def palette(self, table: Table) -> tuple[Table, int]:
        """Return what samples are made of, and where in it the rows to explain begin.

        These are the rows themselves, below the reference rows where cells are taken from both.

        Raises
        ------
        InvalidInputError
            A cell is no number where those of the reference rows are; the message names it.
        """
        references = self._background.table
        own = in_kind_of(references, table)
        if self._is_one_block:
            return own, 0
        for j in np.setdiff1d(np.arange(own.n_features), self._unused).tolist():
            self._columns[j].check(own.column(j))
        return references.stack(own), references.n_rows

    def rows(self, palette: Table, at: int, around: Neighborhood, drawn: list[Any]) -> Table:
        """Return a row and, below it, its samples, in the container of the reference rows.

        Parameters
        ----------
        palette : Table
            What samples are made of.
        at : int
            The row's place in it.
        around : Neighborhood
            How the row is varied.
        drawn : list of ndarray
            What its columns have in each sample.
        """
        row = palette.take(slice(at, at + 1))
        n = 1 + (len(drawn[0]) if drawn else 0)
        cells: dict[int, Floats] = {}
        gathers = not self._is_one_block and bool(around.of_states.any())
        index = np.full((n, row.n_features), at) if gathers else None
        for j, one, found in zip(around.columns.tolist(), around.draws, drawn, strict=True):
            if isinstance(one, _Numbers):
                cells[j] = np.append(one.own, found)
            elif index is not None:
                index[1:, j] = np.where(found < 0, at, found)
            else:
                own = self._columns[j].number(row.column(j))
                cells[j] = np.append(own, np.where(found < 0, own, self._numbers(j)[found]))
        whole = row.take(np.zeros(n, dtype=np.int64)) if index is None else palette.gather(index)
        return whole.with_cells(cells) if cells else whole

    def _numbers(self, j: int) -> Floats:
        numbers = self._columns[j].numbers
        if numbers is None:
            raise AssertionError("a block of numbers has no other cells")
        return numbers


def sobol(n_columns: int, generator: np.random.Generator) -> qmc.Sobol:
    """Return a scrambled Sobol sequence.

    Raises
    ------
    InvalidInputError
        There are more columns than Sobol sequences are known for.
    """
    if n_columns > qmc.Sobol.MAXDIM:
        raise InvalidInputError(
            f"{n_columns:,} columns can vary at a row, and at most {qmc.Sobol.MAXDIM:,} can be "
            "sampled at once; leave out columns that the model does not need"
        )
    return qmc.Sobol(n_columns, seed=int(generator.integers(2**63)))


def next_points(sequence: qmc.Sobol, n: int) -> Floats:
    """Return the next n points of a sequence, shape (n, columns), strictly below one.

    As many as there were before, or fewer: beyond that, points would not be spread evenly.
    """
    found: Floats = sequence.random_base2((n - 1).bit_length())[:n]
    return found


def pairs_in_order(parts: Sequence[Floats]) -> Floats:
    """Join samples of several draws, in each of which sample i and sample h + i are a pair.

    Examples
    --------
    >>> pairs_in_order([np.array([1, -1]), np.array([2, 3, -2, -3])])
    array([ 1,  2,  3, -1, -2, -3])
    """
    ones, others = zip(*(np.split(part, 2) for part in parts), strict=True)
    return np.concatenate([*ones, *others])
