"""Which feature another one interacts with most, as far as attributions tell."""

from collections.abc import Mapping

import numpy as np

from pellucid._core.typing import Floats, Integers

_ROWS_PER_BIN = 12
_MOST_BINS = 20
_LEAST = 0.05


def strongest_partner(
    places: Floats, values: Floats, candidates: Mapping[int, Floats]
) -> tuple[int | None, float]:
    """Return the feature that explains most of how attributions differ among similar rows.

    Where a model has no interactions, rows with the same value of a feature have the same
    attribution to it, but for correlations of the background rows. So rows are put into bins of
    similar value, and within each bin a line is fitted to the attributions against another
    feature's values, whose slope may differ from bin to bin. The share of the spread within
    bins that these lines explain, less what they would explain by chance, is compared.

    Parameters
    ----------
    places : ndarray of float64, shape (n,)
        The feature's own values; infinite ones are similar to each other.
    values : ndarray of float64, shape (n,)
        Attributions to it.
    candidates : mapping of int to ndarray of float64, shape (n,)
        Values of other features; NaN counts as their mean.

    Returns
    -------
    tuple of (int or None, float)
        The feature, and the share it explains; None and NaN where none explains 5 %.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y, z = rng.normal(size=(3, 400))
    >>> strongest_partner(x, x * z, {1: y, 2: z})[0]
    2
    """
    bins = _bins(places)
    n_bins = int(bins.max()) + 1
    spread = values - _means(values, bins)[bins]
    total = float(spread @ spread)
    degrees = len(values) - 2 * n_bins
    best, most = None, _LEAST
    if degrees <= 0 or not total > 1e-18 * float(values @ values):
        return None, float("nan")
    for j, others in candidates.items():
        known = np.isfinite(others)
        if not known.any():
            continue
        filled = np.where(known, others, others[known].mean())
        centered = filled - _means(filled, bins)[bins]
        above = np.bincount(bins, weights=centered * spread, minlength=n_bins) ** 2
        below = np.bincount(bins, weights=centered**2, minlength=n_bins)
        floor = 1e-12 * float(filled @ filled) / len(filled)
        fitted = float((above[below > floor] / below[below > floor]).sum())
        share = 1 - (1 - fitted / total) * (len(values) - n_bins) / degrees
        if share > most:
            best, most = j, share
    return best, most if best is not None else float("nan")


def _bins(places: Floats) -> Integers:
    """Put rows of similar value together: equal ones alone if there are few values, else bands."""
    distinct, firsts, copies = np.unique(places, return_index=True, return_inverse=True)
    if len(distinct) <= min(_MOST_BINS, len(places) // 4):
        return np.asarray(copies, dtype=np.int64)
    order = np.argsort(places, kind="stable")
    n_bins = max(1, min(_MOST_BINS, len(places) // _ROWS_PER_BIN))
    found = np.empty(len(places), dtype=np.int64)
    found[order] = np.arange(len(places)) * n_bins // len(places)
    lowest = np.full(len(firsts), n_bins, dtype=np.int64)
    np.minimum.at(lowest, copies, found)
    return np.unique(lowest[copies], return_inverse=True)[1].astype(np.int64)


def _means(values: Floats, bins: Integers) -> Floats:
    return np.asarray(np.bincount(bins, weights=values) / np.bincount(bins))
