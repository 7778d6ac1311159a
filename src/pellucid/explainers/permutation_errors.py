"""Standard errors of permutation importance: over the rows, and over the repeats.

Those over the rows are enlarged where few rows, or few of them that matter, tell the variance, so
that 1.96 of them cover 95 %.
"""

import math

import numpy as np

from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.explainers.averaging import Variance
from pellucid.explainers.permutation_design import Design, Swaps

MOST_GROUPS = 20
"""Groups of rows that a jackknife leaves out in turn."""


def error_over_repeats(found: Floats, design: Design, *, additive: bool) -> float:
    """Return the standard error of the mean of the repeats, for these rows.

    Places on the circle are drawn without replacement. For a metric that is a mean over rows, all
    n - 1 of them together are the exact answer, so what is drawn already can't err.

    Parameters
    ----------
    found : ndarray of float64, shape (R,)
        Importance by each repeat.
    design : Design
    additive : bool
        Whether the metric is a mean over rows.
    """
    n_repeats = len(found)
    if design.is_complete and additive:
        return 0.0
    if n_repeats < 2:
        return math.nan
    left = 1 - n_repeats / (design.n_rows - 1) if additive else 1.0
    return math.sqrt(found.var(ddof=1) / n_repeats * left)


def error_over_rows(design: Design, swaps: Swaps, changes: Floats, shares: Floats) -> float:
    """Return the standard error of a mean over pairs of rows, as an estimate for all such rows.

    A row is in many pairs, as the one that takes values and as the one that lends them. The
    variance is that of dyadic data: pairs that share a row depend on each other, all others do
    not.

    Parameters
    ----------
    design : Design
    swaps : Swaps
    changes : ndarray of float64, shape (t,)
        By how much each swap makes its row worse.
    shares : ndarray of float64, shape (n,)
        The rows' weights in the mean, 1 on average.

    References
    ----------
    .. [1] Aronow, Samii, Assenova (2015): Cluster-robust variance estimation for dyadic data.
       Political Analysis 23.
    """
    n, n_repeats = design.n_rows, design.n_repeats
    weighted = shares[swaps.rows] * changes
    mean = weighted.sum() / (n * n_repeats)
    as_receiver = np.bincount(swaps.rows, weighted, minlength=n) / n_repeats
    as_donor = np.bincount(swaps.donors, weighted, minlength=n) / n_repeats
    # Swaps that change nothing have a change of zero, and so a residual of minus the mean.
    lent_to = shares[design.receivers].mean(axis=0)
    deviations = (as_receiver - shares * mean + as_donor - lent_to * mean)[design.canonical]
    residuals = shares[swaps.rows] * (changes - mean)
    unchanged = (shares[swaps.rows] * mean) ** 2
    squares = (residuals**2 - unchanged).sum() + n_repeats * mean**2 * (shares**2).sum()
    # Each pair's own square is in the sums of both its rows, and belongs in one of them.
    variance = (deviations**2).sum() - squares / n_repeats**2
    if n < 3:
        return math.nan
    # The jackknife's factor for means over pairs.
    variance = max(variance, 0.0) * (n - 1) / (n * (n - 2) ** 2)
    return _enlarged(variance, deviations**2)


def _enlarged(variance: float, parts: Floats) -> float:
    """Return the standard error for a variance that is told by squares, of one row or group each."""
    total = parts.sum()
    doubt = variance**2 * (parts**2).sum() / (3 * total**2) if total > 0 else 0.0
    return float(Variance(np.array([variance]), np.array([doubt])).std_error[0])


def make_groups(design: Design, classes: Integers | None) -> Integers:
    """Return a group for each row, of equal size and with the same share of each class."""
    n, mixed = design.n_rows, design.canonical
    if classes is not None:
        mixed = mixed[np.argsort(classes[mixed], kind="stable")]
    groups = np.empty(n, dtype=np.int64)
    groups[mixed] = np.arange(n) % min(MOST_GROUPS, n)
    return groups


def kept_rows(design: Design, groups: Integers, left_out: int) -> Booleans:
    """Return which rows stay in each repeat when a group neither takes nor lends, shape (R, n)."""
    kept: Booleans = (groups != left_out) & (groups[design.donors] != left_out)
    return kept


def error_of_jackknife(found: Floats) -> float:
    """Return the standard error by what is found without each group, shape (G,).

    References
    ----------
    .. [1] Shao, Tu (1995): The jackknife and bootstrap, chapter 2. Springer.
    """
    n_groups = len(found)
    return _enlarged(float((n_groups - 1) * found.var()), (found - found.mean()) ** 2)
