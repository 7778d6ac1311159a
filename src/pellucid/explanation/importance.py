"""``Importance``: which features matter to the model over many rows."""

from dataclasses import dataclass

from pellucid._core.typing import Floats, OutputSpace, Task
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import Stats


@dataclass(frozen=True, eq=False, repr=False)
class Importance:
    """Global importance of d features for k outputs: the mean absolute attribution.

    Attributes
    ----------
    values : ndarray of float64, shape (d, k)
        Mean over rows of the absolute attribution to each output.
    overall : ndarray of float64, shape (d,)
        Mean of ``values`` over the outputs.
    std_error : ndarray of float64, shape (d, k)
        Standard error of ``values`` as estimates for the population that the rows come from,
        the estimator's own error included.
    base_values : ndarray of float64, shape (k,)
        Mean base value of each output.
    features : tuple of str
    classes : tuple of str or None
    task : {"classification", "regression", "outlier detection"}
    output_space : {"raw", "probability", "value"}
    stats : Stats
    local : Explanation or None
        The local explanation behind it, if it was kept.
    """

    values: Floats
    overall: Floats
    std_error: Floats
    base_values: Floats
    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    task: Task
    output_space: OutputSpace
    stats: Stats
    local: Explanation | None = None
