"""What the first picture shows, over all rows: importance and the spread of attributions."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Floats, Integers
from pellucid.data.cells import as_shades
from pellucid.explanation.given_rows import FeatureColumns
from pellucid.explanation.importance import Importance

N_BINS: Final = 128
NO_SHADE: Final = 255
_ROOM = 150_000
_FEWEST_STRIPS = 20


@dataclass(frozen=True, eq=False)
class Aggregates:
    """Numbers of one output over all rows, or of the mean over all outputs.

    Attributes
    ----------
    measures : ndarray of float64, shape (5, d)
        For each feature: the mean absolute attribution (or the metric's change) and its standard
        error, the mean attribution and its standard error, and the largest absolute attribution.
        NaN where there is none.
    strips : ndarray of uint32, shape (s,)
        Features whose attributions' distribution is here; the most important ones.
    ranges : ndarray of float64, shape (s, 2)
        Smallest and largest attribution of each.
    counts : ndarray of uint32, shape (s, 128)
        Rows in bins of equal width between them.
    shades : ndarray of uint8, shape (s, 128)
        Mean place of the rows' feature values between low (0) and high (254); 255 where no row
        has a value that can be placed.
    """

    measures: Floats
    strips: npt.NDArray[np.uint32]
    ranges: Floats
    counts: npt.NDArray[np.uint32]
    shades: npt.NDArray[np.uint8]

    def chunks(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays by the names under which they travel."""
        return {
            "measures": self.measures,
            "strips": self.strips,
            "ranges": self.ranges,
            "counts": self.counts,
            "shades": self.shades,
        }


def aggregate_overall(importance: Importance) -> Aggregates:
    """Return the importance over all outputs together, which has no signs and no spread."""
    unknown = np.full((3, len(importance.overall)), np.nan)
    return _without_strips(
        np.vstack([importance.overall, importance.overall_std_error(), unknown])
    )


def aggregate_output(importance: Importance, output: int, columns: FeatureColumns | None) -> Aggregates:
    """Return the numbers of one output.

    Parameters
    ----------
    importance : Importance
    output : int
    columns : FeatureColumns or None
        The feature values of its local explanation, if they are known.
    """
    measures = np.full((5, importance.num_features), np.nan)
    measures[0], measures[1] = importance.values[:, output], importance.std_error[:, output]
    if importance.local is None or not len(importance.local):
        return _without_strips(measures)
    values = importance.local.values[:, :, output]
    n = len(values)
    measures[2] = values.mean(axis=0)
    if n > 1:
        measures[3] = values.std(axis=0, ddof=1) / np.sqrt(n)
    measures[4] = np.abs(values).max(axis=0)
    d = values.shape[1]
    room = max(_FEWEST_STRIPS, (_ROOM - 40 * d) // (5 * N_BINS + 20))
    chosen = np.argsort(-measures[0], kind="stable")[:room]
    ranges = np.stack([values[:, chosen].min(axis=0), values[:, chosen].max(axis=0)], axis=1)
    counts = np.zeros((len(chosen), N_BINS), dtype=np.uint32)
    shades = np.full((len(chosen), N_BINS), NO_SHADE, dtype=np.uint8)
    for i, j in enumerate(chosen.tolist()):
        column = None if columns is None else columns.column(j)
        bins = _bins(values[:, j], *ranges[i])
        counts[i] = np.bincount(bins, minlength=N_BINS)
        if column is not None:
            shades[i] = _mean_shades(bins, as_shades(column))
    return Aggregates(measures, chosen.astype(np.uint32), ranges, counts, shades)


def _without_strips(measures: Floats) -> Aggregates:
    return Aggregates(
        measures,
        np.zeros(0, dtype=np.uint32),
        np.zeros((0, 2)),
        np.zeros((0, N_BINS), dtype=np.uint32),
        np.zeros((0, N_BINS), dtype=np.uint8),
    )


def _bins(values: Floats, low: float, high: float) -> Integers:
    """Return the bin of each value; all are in the first one where there is no spread."""
    width = (high - low) / N_BINS
    if not width > 0:
        return np.zeros(len(values), dtype=np.int64)
    return np.clip((values - low) / width, 0, N_BINS - 1).astype(np.int64)


def _mean_shades(bins: Integers, shades: Floats) -> npt.NDArray[np.uint8]:
    known = np.isfinite(shades)
    rows = np.bincount(bins[known], minlength=N_BINS)
    total = np.bincount(bins[known], weights=shades[known], minlength=N_BINS)
    mean = np.round(254 * total / np.maximum(rows, 1))
    return np.where(rows > 0, mean, NO_SHADE).astype(np.uint8)
