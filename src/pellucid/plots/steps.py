"""The steps that take one row from the base value to its prediction."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from pellucid._core.typing import Floats, Integers
from pellucid.explanation.given_rows import feature_columns
from pellucid.explanation.local import Explanation
from pellucid.explanation.ranking import descending_rank
from pellucid.plots.outputs import row_cells
from pellucid.plots.wording import cell

_NOTICEABLE_GAP = 1e-3


@dataclass(frozen=True, eq=False)
class Steps:
    """Some features one by one, all others as one step, and what the values do not reach.

    Attributes
    ----------
    names : tuple of str
    cells : tuple
        The features' values as they are; None where they are not known.
    cell_texts : tuple of (str or None)
    values : ndarray of float64, shape (s,)
    std_error : ndarray of float64, shape (s,), or None
    """

    names: tuple[str, ...]
    cells: tuple[Any, ...]
    cell_texts: tuple[str | None, ...]
    values: Floats
    std_error: Floats | None

    def then(self, name: str, value: float, error: float) -> Self:
        """Return these steps followed by one more."""
        return replace(
            self,
            names=(*self.names, name),
            cells=(*self.cells, None),
            cell_texts=(*self.cell_texts, None),
            values=np.append(self.values, value),
            std_error=None if self.std_error is None else np.append(self.std_error, error),
        )


def steps_of(explanation: Explanation, row: int, k: int, top_k: int) -> tuple[Steps, Integers]:
    """Return the steps of one row, and which features the first of them stand for.

    Values of a local model are slopes, which lead nowhere together: there are those of features only.
    """
    values = explanation.values[row, :, k]
    errors = None if explanation.std_error is None else explanation.std_error[row, :, k]
    ranked = descending_rank(np.abs(values))
    n_shown = len(ranked) if len(ranked) <= top_k + 1 else top_k
    order, rest = ranked[:n_shown], ranked[n_shown:]
    columns = feature_columns(explanation.data, explanation.features, explanation.players)
    cells = row_cells(columns, row, order.tolist())
    steps = Steps(
        names=tuple(explanation.features[j] for j in order),
        cells=tuple(None if found is None else found[0] for found in cells),
        cell_texts=tuple(None if found is None else cell(found[0]) for found in cells),
        values=values[order],
        std_error=None if errors is None else errors[order],
    )
    if explanation.local_r2 is not None:
        return steps, order
    if len(rest):
        # The errors of one row's values depend on each other: a bound on that of the sum.
        error = 0.0 if errors is None else float(errors[rest].sum())
        steps = steps.then(f"{len(rest):,} other features", float(values[rest].sum()), error)
    way = float(explanation.predictions[row, k] - explanation.base_values[row, k])
    gap = way - float(values.sum())
    if abs(gap) > _NOTICEABLE_GAP * max(abs(way), float(np.abs(values).max())):
        is_surrogate = explanation.stats.fidelity is not None
        name = "not followed by the surrogate" if is_surrogate else "not attributed"
        steps = steps.then(name, gap, 0.0)
    return steps, order
