"""XGBoost's own predictions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost
from scipy.special import softmax

from pellucid._core.typing import Floats
from pellucid.data.frame import FrameTable
from pellucid.data.table import Table
from pellucid.models.xgboost.columns import Columns


@dataclass(frozen=True, eq=False)
class Predictor:
    """A Booster and how its estimator calls it.

    Attributes
    ----------
    booster : xgboost.Booster
    columns : Columns
    n_rounds : int or None
        How many boosting rounds predict; None for all.
    objective : str
    is_linear : bool
    """

    booster: Any
    columns: Columns
    n_rounds: int | None
    objective: str
    is_linear: bool

    def margins(self, table: Table) -> npt.NDArray[Any]:
        """Return the sums of trees, shape (n, k)."""
        return self._predict(table, margin=True)

    def predictions(self, table: Table) -> npt.NDArray[Any]:
        """Return predictions, shape (n, k): probabilities or values."""
        if self.objective == "multi:softmax":
            # XGBoost itself would return the label here.
            probabilities: npt.NDArray[Any] = softmax(self.margins(table), axis=1)
            return probabilities
        return self._predict(table, margin=False)

    def contributions(self, table: Table) -> tuple[Floats, Floats]:
        """Return XGBoost's own path-dependent values (n, d, k) and base values (n, k)."""
        found = self.booster.predict(
            self._matrix(table),
            pred_contribs=True,
            iteration_range=self._rounds,
            strict_shape=True,
        )
        values = np.ascontiguousarray(found.transpose(0, 2, 1), dtype=np.float64)
        return values[:, :-1], values[:, -1]

    @property
    def _rounds(self) -> tuple[int, int]:
        return (0, self.n_rounds or 0)

    def _predict(self, table: Table, *, margin: bool) -> npt.NDArray[Any]:
        if self.is_linear:
            found = self.booster.predict(
                self._matrix(table), output_margin=margin, strict_shape=True
            )
        else:
            found = self.booster.inplace_predict(
                self.columns.native(table),
                iteration_range=self._rounds,
                predict_type="margin" if margin else "value",
                missing=self.columns.missing,
                strict_shape=True,
            )
        return np.asarray(found).reshape(table.n_rows, -1)

    def _matrix(self, table: Table) -> Any:
        is_frame = isinstance(table, FrameTable)
        return xgboost.DMatrix(
            self.columns.codes(table) if is_frame else self.columns.native(table),
            missing=self.columns.missing,
            feature_names=self.booster.feature_names,
            feature_types=self.booster.feature_types,
            enable_categorical=True,
            nthread=1,
        )
