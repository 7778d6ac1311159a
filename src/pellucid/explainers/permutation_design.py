"""Which rows lend each other their values: the same rows for every feature."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from pellucid._core.randomness import generator_for
from pellucid._core.typing import Floats, Integers
from pellucid.data.cells import as_words
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table

_SHUFFLE, _SHIFTS = 0, 1
"""What random numbers are drawn for."""
_FEW_ROWS = 0.25
_WORTH_COMPARING = 8


@dataclass(frozen=True, eq=False)
class Design:
    """Permutations of n rows in which none stays in its place.

    Rows are put in a circle at random, and a repeat lets each row take its values from the one
    that is so many places further. A number of places is used once at most, so no row takes its
    values from the same row twice; n - 1 repeats are all pairs of rows.

    Attributes
    ----------
    canonical : ndarray of int64, shape (n,)
        The rows in an order that depends on their content alone.
    donors : ndarray of int64, shape (R, n)
        The row from which each row takes its values.
    receivers : ndarray of int64, shape (R, n)
        The row that takes each row's values.
    """

    canonical: Integers
    donors: Integers
    receivers: Integers

    @property
    def n_repeats(self) -> int:
        """Number of permutations, R."""
        return len(self.donors)

    @property
    def n_rows(self) -> int:
        """Number of rows, n."""
        return len(self.canonical)

    @property
    def is_complete(self) -> bool:
        """Whether every row takes the values of every other one."""
        return self.n_repeats == self.n_rows - 1


def canonical_order(table: Table, *others: Floats) -> Integers:
    """Return the rows in an order that depends on their content alone, labels included."""
    words = [as_words(other) for other in others]
    return np.lexsort([*words, np.array(table.row_keys(), dtype=np.int64)]).astype(np.int64)


def draw_rows(canonical: Integers, n_rows: int, random_state: int) -> Integers:
    """Draw some of the rows, in ascending order."""
    chosen = generator_for(random_state, _SHUFFLE).permutation(len(canonical))[:n_rows]
    return np.sort(canonical[chosen])


def make_design(canonical: Integers, n_repeats: int, random_state: int) -> Design:
    """Draw the permutations; fewer than wanted where there are no more.

    Examples
    --------
    >>> design = make_design(np.arange(3), 5, random_state=0)
    >>> design.n_repeats, design.is_complete
    (2, True)
    >>> np.sort(design.donors, axis=0)
    array([[1, 0, 0],
           [2, 2, 1]])
    """
    n = len(canonical)
    circle = canonical[generator_for(random_state, _SHUFFLE).permutation(n)]
    shifts = generator_for(random_state, _SHIFTS).permutation(n - 1)[:n_repeats] + 1
    donors = np.empty((len(shifts), n), dtype=np.int64)
    receivers = np.empty_like(donors)
    for r, shift in enumerate(shifts.tolist()):
        lent = np.roll(circle, -shift)
        donors[r, circle], receivers[r, lent] = lent, circle
    return Design(canonical, donors, receivers)


@dataclass(frozen=True, eq=False)
class Swaps:
    """The rows that a player's permutations change; unchanged rows are not among them.

    Attributes
    ----------
    repeats, rows, donors : ndarray of int64, shape (t,)
        In which repeat which row takes the player's values of which other one; repeat by repeat,
        and in canonical order within.
    requests : ndarray of int64, shape (u,)
        The first swap of each kind: equal values in the same row are the same.
    which : ndarray of int64, shape (t,)
        The request that each swap is.
    """

    repeats: Integers
    rows: Integers
    donors: Integers
    requests: Integers
    which: Integers


def find_swaps(design: Design, codes: Integers) -> Swaps:
    """Find what permutations change in columns whose contents have these codes, 0 for the most."""
    n, rank = design.n_rows, np.empty(design.n_rows, dtype=np.int64)
    rank[design.canonical] = np.arange(n)
    rare = np.flatnonzero(codes)
    few = len(rare) < _FEW_ROWS * n
    rows: list[Integers] = []
    for r in range(design.n_repeats):
        near = design.canonical
        if few:
            near = np.union1d(rare, design.receivers[r, rare])
            near = near[np.argsort(rank[near])]
        rows.append(near[codes[design.donors[r, near]] != codes[near]])
    repeats = np.repeat(np.arange(design.n_repeats), [len(part) for part in rows])
    changed = np.concatenate(rows)
    donors = design.donors[repeats, changed]
    n_codes = int(codes.max(initial=0)) + 1
    which = requests = np.arange(len(changed))
    if n_codes <= _WORTH_COMPARING * design.n_repeats:
        kinds = changed * n_codes + codes[donors]
        _, requests, which = np.unique(kinds, return_index=True, return_inverse=True)
    return Swaps(repeats, changed, donors, requests, which)


class Contents:
    """Codes of what the columns of players hold, equal for equal contents.

    Parameters
    ----------
    table : Table
    columns : sequence of ndarray of int64
        The columns of each player.
    """

    def __init__(self, table: Table, columns: Sequence[Integers]) -> None:
        self.table = table
        self.columns = columns
        self.stored = sp.csc_array(table.matrix) if isinstance(table, SparseTable) else None

    def codes(self, player: int) -> Integers:
        """Return a code for each row, shape (n,); 0 is the most frequent."""
        columns = self.columns[player]
        if self.stored is None:
            codes = np.zeros(self.table.n_rows, dtype=np.int64)
            for j in columns.tolist():
                words = as_words(self.table.column(j))
                found = np.unique(words, return_inverse=True)[1]
                codes = np.unique(codes * (found.max() + 1) + found, return_inverse=True)[1]
        else:
            codes = self._sparse_codes(columns)
        common = int(np.bincount(codes).argmax())
        if common:
            codes = np.where(codes == common, 0, np.where(codes == 0, common, codes))
        return np.asarray(codes, dtype=np.int64)

    def _sparse_codes(self, columns: Integers) -> Integers:
        if len(columns) > 1:
            rows = SparseTable(self.stored[:, columns].tocsr())  # type: ignore[index]
            return np.unique(rows.row_keys(), return_inverse=True)[1]
        start, end = self.stored.indptr[columns[0] : columns[0] + 2]  # type: ignore[union-attr]
        words = as_words(self.stored.data[start:end])  # type: ignore[union-attr]
        codes = np.zeros(self.table.n_rows, dtype=np.int64)
        kinds, which = np.unique(words, return_inverse=True)
        first = 0 if len(kinds) and kinds[0] == 0 else 1  # a stored zero is a zero
        codes[self.stored.indices[start:end]] = which + first  # type: ignore[union-attr]
        return codes


def swapped(
    table: Table, rows: Integers, donors: Integers, players: Integers, player_of: Integers
) -> Table:
    """Return rows of a table, each with the columns of one player from another row.

    Parameters
    ----------
    table : Table
    rows, donors, players : ndarray of int64, shape (m,)
    player_of : ndarray of int64, shape (d,)
        The player of each column.

    Examples
    --------
    >>> from pellucid.data.table import as_table
    >>> table = as_table([[1.0, 2.0], [3.0, 4.0]])
    >>> one = np.array([1])
    >>> swapped(table, one * 0, one, one, np.array([0, 1])).to_matrix()
    array([[1., 4.]])
    """
    if not isinstance(table, SparseTable):
        theirs = player_of == players[:, np.newaxis]
        return table.gather(np.where(theirs, donors[:, np.newaxis], rows[:, np.newaxis]))
    kept, lent = table.matrix[rows].tocoo(), table.matrix[donors].tocoo()
    stays = player_of[kept.col] != players[kept.row]
    comes = player_of[lent.col] == players[lent.row]
    cells = np.concatenate([kept.data[stays], lent.data[comes]])
    at_row = np.concatenate([kept.row[stays], lent.row[comes]])
    at_column = np.concatenate([kept.col[stays], lent.col[comes]])
    shape = (len(rows), table.n_features)
    matrix = type(table.matrix)((cells, (at_row, at_column)), shape=shape)
    return SparseTable(matrix, table.features if table.has_names else None)


def batches(sizes: Iterator[tuple[int, Swaps]], most: int) -> Iterator[list[tuple[int, Swaps]]]:
    """Put players together until their requests fill a call of the model."""
    waiting: list[tuple[int, Swaps]] = []
    n_waiting = 0
    for player, swaps in sizes:
        waiting.append((player, swaps))
        n_waiting += len(swaps.requests)
        if n_waiting >= most:
            yield waiting
            waiting, n_waiting = [], 0
    if waiting:
        yield waiting
