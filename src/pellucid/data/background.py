"""Reference rows: what "a feature is absent" means is that its value comes from one of these."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid.data.table import Table, as_table


@dataclass(frozen=True, eq=False)
class Background:
    """Weighted reference rows.

    Attributes
    ----------
    table : Table
        The rows, m of them.
    weights : ndarray of float64, shape (m,)
        Non-negative, summing to 1.
    note : str or None
        Where the rows come from if they stand for more than themselves; shown in the stats.
    """

    table: Table
    weights: Floats
    note: str | None = None

    @property
    def n_rows(self) -> int:
        """Number of reference rows, m."""
        return self.table.n_rows


def as_background(examples: Any, *, features: Sequence[str] | None = None) -> Background:
    """Take initialization examples as they are: every row counts, none is cut.

    A ``DenseData`` of SHAP, and what :func:`summarize` returns, carry their own weights.

    Raises
    ------
    InvalidInputError
        There are no rows, or the weights do not fit them.
    """
    if isinstance(examples, Background):
        return examples
    table = as_table(examples, features=features, name="initialization_examples")
    weights = np.asarray(getattr(examples, "weights", np.ones(table.n_rows)), dtype=np.float64)
    if weights.shape != (table.n_rows,) or not (weights >= 0).all() or not weights.sum() > 0:
        raise InvalidInputError(
            "initialization_examples must carry one non-negative weight per row, not all zero"
        )
    return Background(table, weights / weights.sum())


def summarize(
    examples: Any,
    n_clusters: int | None = None,
    *,
    features: Sequence[str] | None = None,
    random_state: int = 0,
) -> Background:
    """Summarize initialization examples by fewer, weighted rows."""
    raise NotImplementedError
