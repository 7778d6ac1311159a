"""Which raw column each engineered column comes from."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from pellucid._core.typing import Integers


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """A map in which every engineered column depends on exactly one raw column.

    Such a map lets the raw columns be the players of the game: all engineered columns of a raw
    column enter and leave a coalition together, which is exact.

    Parameters
    ----------
    raw_of : ndarray of int64, shape (e,)
        Raw column of each engineered column.
    n_raw : int
        Number of raw columns; those that no engineered column comes from get exactly zero.

    Examples
    --------
    >>> colour, size = 0, 1
    >>> one_hot = FeatureMap(np.array([colour, colour, colour, size]), n_raw=2)
    >>> one_hot.then(FeatureMap(np.array([3, 0]), n_raw=4)).raw_of
    array([1, 0])
    """

    raw_of: Integers
    n_raw: int

    @classmethod
    def identity(cls, n: int) -> Self:
        """Return the map of columns that nothing was done to."""
        return cls(np.arange(n, dtype=np.int64), n)

    @property
    def n_engineered(self) -> int:
        """Number of engineered columns."""
        return len(self.raw_of)

    def then(self, later: "FeatureMap") -> "FeatureMap":
        """Return the map of this step followed by a later one."""
        return FeatureMap(self.raw_of[later.raw_of], self.n_raw)
