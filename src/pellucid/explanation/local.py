"""``Explanation``: why the model predicted what it predicted, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from pellucid._core.typing import Floats, OutputSpace, Task
from pellucid.explanation.stats import Stats


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Attributions of n rows, d features and k outputs.

    Attributes
    ----------
    values : ndarray of float64, shape (n, d, k)
        What each feature adds to each output, in the units of ``output_space``.
    base_values : ndarray of float64, shape (n, k)
        What the attributions start from: the expected output.
    predictions : ndarray of float64, shape (n, k)
        The model's outputs for the rows.
    features : tuple of str
        Names of the features.
    classes : tuple of str or None
        Names of the outputs of a classifier; None otherwise.
    task : {"classification", "regression", "outlier detection"}
    output_space : {"raw", "probability", "value"}
    stats : Stats
    std_error : ndarray of float64, shape (n, d, k), or None
        Standard error of each value; None if the values are exact.
    data : object or None
        The rows as they were given.
    """

    values: Floats
    base_values: Floats
    predictions: Floats
    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    task: Task
    output_space: OutputSpace
    stats: Stats
    std_error: Floats | None = None
    data: Any = None

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Join parts of one explanation, in order; ``data`` is left to the caller."""
        raise NotImplementedError
