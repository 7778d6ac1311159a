"""What a surrogate misses, explained by the model itself: unbiased, and with standard errors."""

from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from pellucid._core.typing import Floats, OutputSpace
from pellucid.data.background import Background
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.interruption import whole
from pellucid.explainers.kernel import KernelExplainer
from pellucid.explainers.surrogates.fitted import FittedSurrogate
from pellucid.explanation.fidelity import Fidelity
from pellucid.models.model import Model


@dataclass(frozen=True, eq=False)
class Correction:
    """Corrects a surrogate's values by those of what it misses.

    The model is asked for the same rows about both: the rest, its prediction minus the surrogate's,
    and the prediction itself. Each row takes the values of which it is surer. So a surrogate that
    makes the rest hard to explain, as steps may on steps, costs nothing but its time.

    Attributes
    ----------
    explainer : KernelExplainer
        Of the rest and of the predictions, side by side.
    """

    explainer: KernelExplainer

    @classmethod
    def of(
        cls,
        model: Model,
        surrogate: FittedSurrogate,
        space: OutputSpace,
        background: Background,
        *,
        budget: int | None,
        random_state: int,
    ) -> Self:
        """Prepare the correction of a model's surrogate in one output space."""
        both = Model(
            native=None,
            name=f"{model.name} beside its surrogate",
            task="regression",
            outputs={space: partial(_rest_and_whole, model, surrogate, space)},
            default_space=space,
            unused=model.unused,
        )
        return cls(
            KernelExplainer(
                both, background, budget=budget, random_state=random_state, show_progress=False
            )
        )

    def corrected(
        self, table: Table, values: Floats, base: Floats, fidelity: Fidelity
    ) -> Attribution:
        """Return values of the model, given those of its surrogate.

        Parameters
        ----------
        table : Table
            n rows.
        values, base : ndarray of float64, shapes (n, d, k) and (k,)
            The surrogate's values and base values.
        fidelity : Fidelity
            Of the surrogate.
        """
        found = whole(self.explainer.explain_local(table), table.n_rows)
        k = values.shape[2]
        rest, direct = found.values[..., :k], found.values[..., k:]
        by_rest, error = np.ones(len(values), dtype=np.bool_), None
        if found.std_error is not None:
            of_rest, of_direct = found.std_error[..., :k], found.std_error[..., k:]
            by_rest = _squares(of_rest) <= _squares(of_direct)
            error = np.where(by_rest[:, None, None], of_rest, of_direct)
        return Attribution(
            np.where(by_rest[:, None, None], values + rest, direct),
            base + found.base_values[:, :k],
            std_error=error,
            n_evaluations=found.stats.n_evaluations,
            exact=found.stats.exact,
            warnings=found.stats.warnings,
            fidelity=fidelity,
        )


def _rest_and_whole(
    model: Model, surrogate: FittedSurrogate, space: OutputSpace, table: Table
) -> Floats:
    outputs = model.predict(table, space)
    return np.hstack([outputs - surrogate.predict_table(table), outputs])


def _squares(errors: Floats) -> Floats:
    return np.asarray((errors**2).sum(axis=(1, 2)))
