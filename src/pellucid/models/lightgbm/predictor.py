"""LightGBM's own predictions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Floats
from pellucid.data.table import Table
from pellucid.models.lightgbm.columns import Columns


@dataclass(frozen=True, eq=False)
class Predictor:
    """A Booster and how its estimator calls it.

    Attributes
    ----------
    booster : lightgbm.Booster
    columns : Columns
    divisor : int
        LightGBM's raw score of a forest is the sum of its trees, its prediction their mean: the
        number of iterations for a forest, 1 for all others.
    n_threads : int or None
        None leaves it to LightGBM.
    """

    booster: Any
    columns: Columns
    divisor: int
    n_threads: int | None

    def margins(self, table: Table) -> npt.NDArray[Any]:
        """Return the sums of trees, shape (n,) or (n, k)."""
        return self._predict(table, raw_score=True) / self.divisor

    def predictions(self, table: Table) -> npt.NDArray[Any]:
        """Return predictions, shape (n,) or (n, k): probabilities or values."""
        return self._predict(table)

    def contributions(self, table: Table) -> tuple[Floats, Floats]:
        """Return LightGBM's own path-dependent values (n, d, k) and base values (n, k)."""
        found = self._predict(table, pred_contrib=True) / self.divisor
        found = found.reshape(table.n_rows, -1, table.n_features + 1).transpose(0, 2, 1)
        return np.ascontiguousarray(found[:, :-1]), np.ascontiguousarray(found[:, -1])

    def _predict(self, table: Table, **kind: bool) -> npt.NDArray[Any]:
        options = {} if self.n_threads is None else {"num_threads": self.n_threads}
        return np.asarray(self.booster.predict(self.columns.native(table), **kind, **options))
