"""``FeatureMap``: how much of each engineered column comes from which raw column."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid._core.typing import Booleans, Floats, Integers

ROWS_AT_ONCE = 16_384


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """The credit that each raw column has in each engineered column.

    Where every engineered column comes from one raw column, the map is a *partition*, and the raw
    columns can be the players of the game: all engineered columns of a raw column enter and leave a
    coalition together, which is exact. Any map can :meth:`fold` values of engineered columns onto
    the raw ones; for one that mixes columns this shares them out by a convention, the credit.

    Parameters
    ----------
    matrix : sparse array of float64, shape (r, e)
        Credit, not negative. What an engineered column owes to the raw columns adds up to 1; or
        it is nothing at all, as of a column that is constant.
    assumption : str, optional
        How the map was found, where the transformers did not report it themselves.
    mixing : str, optional
        What mixes columns, as a reason. Such a map is no partition, even if the convention by which
        it shares out credit gives each engineered column to one raw column.

    Raises
    ------
    InvalidInputError
        Credit is negative, not finite, or does not add up to 1.

    Examples
    --------
    >>> colour, size = 0, 1
    >>> one_hot = FeatureMap.of([colour, colour, colour, size], n_raw=2)
    >>> one_hot.then(FeatureMap.of([3, 0], n_raw=4)).raw_of
    array([1, 0])
    >>> one_hot.fold([[1.0], [2.0], [3.0], [4.0]])
    array([[6.],
           [4.]])
    >>> mixed = FeatureMap.of_weights([[3.0, 0.0], [-1.0, 2.0]])
    >>> mixed.is_partition, mixed.fold([[4.0], [8.0]]).ravel().tolist()
    (False, [3.0, 9.0])
    """

    matrix: Any
    assumption: str | None = None
    mixing: str | None = None

    def __post_init__(self) -> None:
        """Bring the matrix into compressed rows, without zeros, and check that it is credit."""
        matrix = sp.csr_array(self.matrix, dtype=np.float64)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        if not (np.isfinite(matrix.data) & (matrix.data > 0)).all():
            raise InvalidInputError("a feature map's credit must be finite and not negative")
        owed = matrix.sum(axis=0)
        wrong = np.flatnonzero((owed != 0) & ~np.isclose(owed, 1.0, rtol=0, atol=1e-9))
        if len(wrong):
            raise InvalidInputError(
                f"a feature map's credit of engineered column {wrong[0]} adds up to "
                f"{owed[wrong[0]]:g}, not to 1"
            )
        object.__setattr__(self, "matrix", matrix)

    @classmethod
    def of(cls, raw_of: npt.ArrayLike, n_raw: int, *, assumption: str | None = None) -> Self:
        """Return the map in which each engineered column comes from one raw column.

        Parameters
        ----------
        raw_of : array of int, shape (e,)
            Raw column of each engineered column.
        n_raw : int
            Number of raw columns; those that no engineered column comes from get exactly zero.
        assumption : str, optional
            How it was found, where the transformers did not report it themselves.
        """
        places = np.asarray(raw_of, dtype=np.int64)
        starts = np.arange(len(places) + 1)
        columns = sp.csc_array((np.ones(len(places)), places, starts), shape=(n_raw, len(places)))
        return cls(columns, assumption=assumption)

    @classmethod
    def of_weights(cls, weights: Any, *, mixing: str | None = None) -> Self:
        """Return the map whose credit is the weights' absolute values, as shares of each column.

        Parameters
        ----------
        weights : array or sparse array, shape (r, e)
            Weight of each raw column in each engineered one, such as the loadings of a projection.
        mixing : str, optional
            What mixes columns.
        """
        return cls(_shares(abs(sp.csr_array(weights, dtype=np.float64))), mixing=mixing)

    @classmethod
    def identity(cls, n: int) -> Self:
        """Return the map of columns that nothing was done to."""
        return cls.of(np.arange(n, dtype=np.int64), n)

    @property
    def n_raw(self) -> int:
        """Number of raw columns."""
        return int(self.matrix.shape[0])

    @property
    def n_engineered(self) -> int:
        """Number of engineered columns."""
        return int(self.matrix.shape[1])

    @cached_property
    def is_partition(self) -> bool:
        """Whether no engineered column comes from more than one raw column."""
        times = np.bincount(self.matrix.indices, minlength=self.n_engineered)
        return self.mixing is None and bool((times <= 1).all())

    @property
    def used(self) -> Booleans:
        """Which raw columns any engineered column comes from, shape (r,)."""
        return np.asarray(np.diff(self.matrix.indptr) > 0)

    @property
    def is_owed(self) -> Booleans:
        """Which engineered columns come from any raw column, shape (e,); others are constant."""
        return np.asarray(np.bincount(self.matrix.indices, minlength=self.n_engineered) > 0)

    @cached_property
    def raw_of(self) -> Integers:
        """Raw column of each engineered column, shape (e,).

        A constant that comes from none is put with the first raw column, where it changes nothing.

        Raises
        ------
        FeatureMismatchError
            The map is no partition.
        """
        if not self.is_partition:
            raise FeatureMismatchError(
                "the raw columns have no engineered columns of their own: "
                f"{self.mixing or 'some come from several raw columns'}"
            )
        found = np.zeros(self.n_engineered, dtype=np.int64)
        found[self.matrix.indices] = np.repeat(np.arange(self.n_raw), np.diff(self.matrix.indptr))
        return found

    def then(self, later: "FeatureMap") -> "FeatureMap":
        """Return the map of this step followed by a later one.

        Credit that falls on a constant of this step is shared out among the others. Columns that
        all come from one raw column can be mixed: they come from it still.
        """
        whole = FeatureMap(
            _shares(self.matrix @ later.matrix), _told([self.assumption, later.assumption])
        )
        is_mixed_now = self.used.sum() > 1
        return whole.mixed_by(self.mixing or (later.mixing if is_mixed_now else None))

    def take(self, columns: npt.ArrayLike) -> "FeatureMap":
        """Return the map of some of the engineered columns, in the order given."""
        return self.then(FeatureMap.of(columns, self.n_engineered))

    def mixed_by(self, mixing: str | None) -> "FeatureMap":
        """Return the same map with a reason why it is no partition."""
        return replace(self, mixing=mixing)

    def assuming(self, assumption: str | None) -> "FeatureMap":
        """Return the same map, and how it was found."""
        return replace(self, assumption=assumption)

    def fold(self, values: npt.ArrayLike) -> Floats:
        """Add up values of engineered columns for the raw columns that they come from.

        Parameters
        ----------
        values : array, shape (n, e, k) or (e, k)
            Values of engineered columns, of n rows and k outputs.

        Returns
        -------
        ndarray of float64, shape (n, r, k) or (r, k)
            Sums over each raw column's engineered columns, in their order, weighted with its credit
            in them; of a partition they are plain sums. They depend on nothing but the row.
        """
        given = np.asarray(values, dtype=np.float64)
        if given.shape[-2:-1] != (self.n_engineered,):
            raise FeatureMismatchError(
                f"values of shape {given.shape} are not of {self.n_engineered} engineered columns"
            )
        if given.ndim == 2:
            return np.asarray(self.matrix @ given)
        n, k = len(given), given.shape[-1]
        folded = np.empty((n, self.n_raw, k))
        for i in range(0, n, ROWS_AT_ONCE):
            block = given[i : i + ROWS_AT_ONCE]
            beside = block.swapaxes(0, 1).reshape(self.n_engineered, len(block) * k)
            sums = (self.matrix @ beside).reshape(self.n_raw, len(block), k)
            folded[i : i + ROWS_AT_ONCE] = sums.swapaxes(0, 1)
        return folded


def _shares(weights: sp.csr_array) -> sp.csr_array:
    """Return each column divided by its sum, exactly as it is where that is 1."""
    owed = weights.sum(axis=0)
    if np.isin(owed, (0.0, 1.0)).all():
        return weights
    shares = weights.copy()
    shares.data /= owed[shares.indices]
    return shares


def side_by_side(maps: Sequence[FeatureMap], n_raw: int) -> FeatureMap:
    """Return the map of the engineered columns of several steps that share their raw columns.

    Examples
    --------
    >>> side_by_side([FeatureMap.of([2, 2], 3), FeatureMap.identity(3)], 3).raw_of
    array([2, 2, 0, 1, 2])
    """
    if not maps:
        return FeatureMap.of([], n_raw)
    return FeatureMap(
        sp.hstack([part.matrix for part in maps], format="csr"),
        _told([part.assumption for part in maps]),
        next((part.mixing for part in maps if part.mixing is not None), None),
    )


def _told(assumptions: Sequence[str | None]) -> str | None:
    """Return all assumptions, each once."""
    told = dict.fromkeys(text for text in assumptions if text is not None)
    return "; ".join(told) or None
