"""``Attribution``: what an algorithm finds for a batch of rows, and whether it adds up."""

from dataclasses import dataclass

import numpy as np

from pellucid._core.typing import Floats
from pellucid.explanation.fidelity import Fidelity
from pellucid.explanation.stats import ReferenceUse

LARGEST_GAP = 1e-4
"""Largest efficiency gap that rounding accounts for in models of single precision, relative to the
largest prediction, base value or value."""
DOES_NOT_ADD_UP = (
    "values and base value do not add up to the prediction: either the model's predictions differ "
    "from call to call, or what it says about its own values is wrong"
)


@dataclass(frozen=True, eq=False)
class Attribution:
    """What an algorithm finds for one batch of n rows.

    Attributes
    ----------
    values : ndarray of float64, shape (n, d, k)
    base_values : ndarray of float64, shape (n, k) or (k,)
    std_error : ndarray of float64, shape (n, d, k), or None
        None if the values are exact.
    n_evaluations : int
        Model rows evaluated.
    exact : bool
        False for values that follow a rule instead of being Shapley values; ``warnings`` says so.
    additive : bool
        False for values that are not meant to add up to the prediction, such as coefficients.
    local_r2 : ndarray of float64, shape (n, k), or None
        Of values that are a local model's: how well it describes the predictions around its row.
    local_predictions : ndarray of float64, shape (n, k), or None
        What these models predict for their rows.
    warnings : tuple of str
    predictions : ndarray of float64, shape (n, k), or None
        What the values have to add up to, where the algorithm predicts itself.
    settings : tuple of (str, str)
        What the stats tell of the choices made for this call, beside ``_settings``.
    reference_use : ReferenceUse or None
        How many of the reference rows were used, if they are sampled.
    fidelity : Fidelity or None
        How closely a surrogate follows the model, where one is explained in its place.
    method : str or None
        What the values were found by, where that is not always the explainer's own method.
    """

    values: Floats
    base_values: Floats
    std_error: Floats | None = None
    n_evaluations: int = 0
    exact: bool = True
    additive: bool = True
    local_r2: Floats | None = None
    local_predictions: Floats | None = None
    warnings: tuple[str, ...] = ()
    predictions: Floats | None = None
    settings: tuple[tuple[str, str], ...] = ()
    reference_use: ReferenceUse | None = None
    fidelity: Fidelity | None = None
    method: str | None = None

    def fit_of_local_models(
        self, predictions: Floats
    ) -> tuple[tuple[float, ...] | None, float | None]:
        """Return the lowest R2 of each output, and the largest relative gap at a row."""
        if self.local_r2 is None or self.local_predictions is None:
            return None, None
        gap = np.abs(self.local_predictions - predictions).max()
        scale = np.abs(predictions).max()
        lowest = tuple(float(r2) for r2 in self.local_r2.min(axis=0))
        return lowest, float(gap / scale) if scale > 0 else float(gap)


def efficiency_gap(values: Floats, base_values: Floats, predictions: Floats) -> tuple[float, bool]:
    """Return by how much values miss the predictions, and whether rounding accounts for it.

    Parameters
    ----------
    values : ndarray of float64, shape (n, d, k)
    base_values, predictions : ndarray of float64, shape (n, k)

    Returns
    -------
    gap : float
        Largest ``|sum of values + base value - prediction|``, relative to the largest
        ``|prediction|`` or ``|base value|``.
    adds_up : bool

    Examples
    --------
    >>> efficiency_gap(np.ones((1, 2, 1)), np.zeros((1, 1)), np.full((1, 1), 2.5))
    (0.2, False)
    """
    gap = np.abs(values.sum(axis=1) + base_values - predictions).max(initial=0.0)
    scale = max(np.abs(predictions).max(initial=0.0), np.abs(base_values).max(initial=0.0))
    adds_up = gap <= LARGEST_GAP * scale or gap <= LARGEST_GAP * np.abs(values).max(initial=0.0)
    return float(gap / scale) if scale > 0 else float(gap), bool(adds_up)
