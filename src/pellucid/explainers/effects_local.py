"""Accumulate local effects, and say how sure the sums are."""

from dataclasses import dataclass

import numpy as np

from pellucid._core.typing import Floats, Integers


@dataclass(frozen=True, eq=False)
class LocalDifferences:
    """By how much predictions change over steps between points that are next to each other.

    Attributes
    ----------
    steps : ndarray of int64, shape (t,)
        The step of each difference: step s leads from point s to point s + 1.
    rows : ndarray of int64, shape (t,)
        The row whose prediction changes; a row of a level is at the end of one step and at the
        start of another.
    changes : ndarray of float64, shape (t, k)
    """

    steps: Integers
    rows: Integers
    changes: Floats


def steps_of(place: Integers, n_points: int, *, is_numeric: bool) -> tuple[Integers, Integers]:
    """Return the steps to take and the rows that take them, shape (t,) each.

    Numbers take the one step around them, those of the first point the first one; levels take
    those to both their neighbors.

    Examples
    --------
    >>> steps_of(np.array([0, 1, 2]), 3, is_numeric=True)
    (array([0, 0, 1]), array([0, 1, 2]))
    >>> steps_of(np.array([0, 1, 2]), 3, is_numeric=False)
    (array([0, 1, 0, 1]), array([1, 2, 0, 1]))
    """
    rows = np.flatnonzero(place >= 0)
    if n_points < 2:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    if is_numeric:
        return np.maximum(place[rows] - 1, 0), rows
    arriving, leaving = rows[place[rows] > 0], rows[place[rows] < n_points - 1]
    steps = np.concatenate([place[arriving] - 1, place[leaving]])
    return steps, np.concatenate([arriving, leaving])


def accumulate(
    differences: LocalDifferences, place: Integers, share: Floats, n_points: int
) -> tuple[Floats, Floats]:
    """Sum up mean differences from point to point, around their mean over the rows.

    Parameters
    ----------
    differences : LocalDifferences
    place : ndarray of int64, shape (n,)
        The point of each row, -1 for rows that do not take part.
    share : ndarray of float64, shape (n,)
        How near to this point a row is, from 0 at the point before to 1 at this one.
    n_points : int

    Returns
    -------
    values, std_error : ndarray of float64, shape (g, k)

    Notes
    -----
    An effect is a weighted sum of the mean differences, minus the rows' mean effect, between
    points by linear interpolation. The standard error is that of the delta method: the influence
    of each row, through the differences that it takes part in and through its place in that mean,
    squared and summed up. The points are taken as given.
    """
    steps, rows, changes = differences.steps, differences.rows, differences.changes
    taking_part = np.flatnonzero(place >= 0)
    n, n_steps, k = len(taking_part), n_points - 1, changes.shape[1]
    sizes = np.bincount(steps, minlength=n_steps)
    sums = np.zeros((n_steps, k))
    np.add.at(sums, steps, changes)
    means = sums / sizes[:, np.newaxis]
    # Which mean differences make up the effect at a point, and at a row.
    upto = (np.arange(n_points)[:, np.newaxis] > np.arange(n_steps)).astype(np.float64)
    own, near = place[taking_part], share[taking_part, np.newaxis]
    at_row = near * upto[own] + (1 - near) * upto[np.maximum(own - 1, 0)]
    summed, of_row = upto @ means, at_row @ means
    center, weights = of_row.mean(axis=0), upto - at_row.mean(axis=0)
    enlarged = np.sqrt(sizes / np.maximum(sizes - 1, 1))
    residuals = (changes - means[steps]) * enlarged[steps, np.newaxis]
    index = np.full(len(place), -1, dtype=np.int64)
    index[taking_part] = np.arange(n)
    variance = np.empty((n_points, k))
    for point in range(n_points):
        influence = center - of_row
        weight = weights[point, steps] * n / sizes[steps]
        np.add.at(influence, index[rows], weight[:, np.newaxis] * residuals)
        variance[point] = (influence**2).sum(axis=0) / n**2
    return summed - center, np.sqrt(variance)
