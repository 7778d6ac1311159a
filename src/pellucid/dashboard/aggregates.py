"""What the first picture shows, over all rows: importance and the spread of attributions."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Floats
from pellucid.data.cells import as_shades
from pellucid.explanation.given_rows import FeatureColumns
from pellucid.explanation.importance import Importance

N_BINS: Final = 128
NO_SHADE: Final = 255
_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_ROOM = 150_000
_FEWEST_STRIPS = 20
_CELLS_AT_ONCE = 2**22
"""Attributions that are counted at once; they take 32 MB, and their bins as much."""

Shades: TypeAlias = npt.NDArray[np.uint8]


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
    ranges : ndarray of float64, shape (s, 7)
        Smallest and largest attribution of each, and the 5th, 25th, 50th, 75th and 95th percentile.
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
    return without_strips(np.vstack([importance.overall, importance.overall_std_error(), unknown]))


def aggregate_output(importance: Importance, output: int, shades: Shades | None) -> Aggregates:
    """Return the numbers of one output.

    Parameters
    ----------
    importance : Importance
    output : int
    shades : ndarray of uint8, shape (n, d), or None
        What :func:`column_shades` returns, if feature values are known.
    """
    measures = np.full((5, importance.num_features), np.nan)
    measures[0], measures[1] = importance.values[:, output], importance.std_error[:, output]
    if importance.local is None or not len(importance.local):
        return without_strips(measures)
    values = importance.local.values[:, :, output]
    n, d = values.shape
    measures[2] = values.mean(axis=0)
    if n > 1:
        measures[3] = values.std(axis=0, ddof=1) / np.sqrt(n)
    measures[4] = np.abs(values).max(axis=0)
    room = max(_FEWEST_STRIPS, (_ROOM - 40 * d) // (5 * N_BINS + 60))
    chosen = np.argsort(-measures[0], kind="stable")[:room]
    at_once = max(1, _CELLS_AT_ONCE // n)
    parts = [
        _strips(values[:, some], None if shades is None else shades[:, some])
        for some in np.split(chosen, range(at_once, len(chosen), at_once))
    ]
    ranges, counts, means = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Aggregates(measures, chosen.astype(np.uint32), ranges, counts, means)


def column_shades(columns: FeatureColumns | None) -> Shades | None:
    """Place the value of each feature in each row between its low (0) and high (254) ones.

    It is 255 where the value is missing, or is no number; None if no values are known.
    """
    if columns is None:
        return None
    shades = np.full((columns.table.n_rows, len(columns.places)), NO_SHADE, dtype=np.uint8)
    for j in range(len(columns.places)):
        column = columns.column(j)
        if column is not None:
            found = as_shades(column)
            known = np.isfinite(found)
            shades[known, j] = np.round((NO_SHADE - 1) * found[known])
    return shades


def without_strips(measures: Floats) -> Aggregates:
    """Return numbers of features whose attributions' distribution is not known."""
    return Aggregates(
        measures,
        np.zeros(0, dtype=np.uint32),
        np.zeros((0, 2 + len(_QUANTILES))),
        np.zeros((0, N_BINS), dtype=np.uint32),
        np.zeros((0, N_BINS), dtype=np.uint8),
    )


def _strips(values: Floats, shades: Shades | None) -> tuple[Floats, npt.NDArray[np.uint32], Shades]:
    """Return ranges, counts in bins, and mean shades of some features, from arrays (n, s)."""
    s = values.shape[1]
    low, high = values.min(axis=0), values.max(axis=0)
    width = (high - low) / N_BINS
    # All rows are in the first bin where there is no spread.
    places = (values - low) / np.where(width > 0, width, 1.0)
    bins = np.clip(places, 0, N_BINS - 1).astype(np.int64) + N_BINS * np.arange(s)
    counts = np.bincount(bins.ravel(), minlength=s * N_BINS)
    means = np.full(s * N_BINS, NO_SHADE, dtype=np.uint8)
    if shades is not None:
        known = shades != NO_SHADE
        rows = np.bincount(bins[known], minlength=s * N_BINS)
        total = np.bincount(bins[known], weights=shades[known], minlength=s * N_BINS)
        there = rows > 0
        means[there] = np.round(total[there] / rows[there])
    shape = (s, N_BINS)
    return (
        np.vstack([low, high, np.quantile(values, _QUANTILES, axis=0)]).T,
        counts.reshape(shape).astype(np.uint32),
        means.reshape(shape),
    )
