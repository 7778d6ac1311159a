"""Weighted k-means, and the rows that stand for its clusters."""

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp

from pellucid._core.randomness import generator_for
from pellucid._core.typing import Floats, Integers
from pellucid.data.embedding import Points

CANDIDATES = (10, 20, 50, 100, 200)
"""Numbers of clusters among which :func:`cluster` chooses."""

_EXPLAINED = 0.9
_MOST_FITTED = 10_000
_FITTED_PER_CLUSTER = 20


def cluster(points: Points, weights: Floats, n_clusters: int | None, seed: int) -> Integers:
    """Group points by k-means [1]_, weighted, from k-means++ starts [2]_.

    Centers are found on at most 10,000 random points, or 20 per cluster if that is more; then
    every point goes to its nearest one. On one thread, so that the result does not depend on the
    number of cores.

    Parameters
    ----------
    points : ndarray of float32, shape (n, e), or scipy.sparse.csr_matrix
    weights : ndarray of float64, shape (n,)
    n_clusters : int or None
        None takes the first of 10, 20, 50, 100 and 200 that explains 90 % of the variance, or
        else 200. As many clusters as points puts each into its own.
    seed : int

    Returns
    -------
    ndarray of int64, shape (n,)
        Cluster of each point, numbered from 0 without gaps.

    References
    ----------
    .. [1] S. P. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information
       Theory 28, 1982.
    .. [2] D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA
       2007.

    Examples
    --------
    >>> points = np.array([[0.0], [0.1], [5.0]], dtype=np.float32)
    >>> labels = cluster(points, np.full(3, 1 / 3), n_clusters=2, seed=0)
    >>> labels[0] == labels[1] != labels[2]
    np.True_
    """
    from threadpoolctl import (  # noqa: PLC0415 - of scikit-learn
        threadpool_limits,
    )

    n_points = points.shape[0]
    tried = CANDIDATES if n_clusters is None else (n_clusters,)
    rng = generator_for(seed)
    n_fitted = min(n_points, max(_MOST_FITTED, _FITTED_PER_CLUSTER * tried[-1]))
    fitted = np.sort(rng.permutation(n_points)[:n_fitted])
    start = int(rng.integers(2**31))
    with threadpool_limits(limits=1):
        for n in tried:
            if n >= n_points:
                return np.arange(n_points)
            found = _k_means(points[fitted], weights[fitted], n, start)
            if _explained(found, points[fitted], weights[fitted]) >= _EXPLAINED:
                break
        labels = found.predict(points)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _k_means(points: Points, weights: Floats, n_clusters: int, start: int) -> Any:
    from sklearn.cluster import KMeans  # noqa: PLC0415 - costs a second, and few users summarize
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    found = KMeans(n_clusters, n_init=1, max_iter=50, random_state=start)
    with warnings.catch_warnings():
        # Rare categories share one place, so there may be fewer different points than rows.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return found.fit(points, sample_weight=weights / weights.mean())


def _explained(found: Any, points: Points, weights: Floats) -> float:
    """Return the share of the points' variance that lies between clusters."""
    mass = weights / weights.sum()
    center = mass @ points
    total = float(mass @ _square_norms(points) - center @ center)
    return 1.0 - found.inertia_ / len(weights) / total if total > 0 else 1.0


def _square_norms(points: Points) -> Floats:
    from sklearn.utils.extmath import row_norms  # noqa: PLC0415 - as above

    return np.asarray(row_norms(points, squared=True), dtype=np.float64)


def representatives(points: Points, weights: Floats, labels: Integers) -> Integers:
    """Choose one point of each cluster to stand for it, and all of them together for all points.

    Were each medoid just the point nearest to its cluster's center, all would have the common
    values, and rare ones would vanish from the summary. So what the points chosen so far have
    too much of, times their clusters' weights, is carried over to the next cluster, as error
    diffusion [1]_ does when it turns gray pixels into black and white ones: a medoid is near to
    its cluster's center and also makes up for the others. This keeps the weighted mean of every
    coordinate, which is the share of every category, close to that of the data.

    Parameters
    ----------
    points : ndarray of float32, shape (n, e), or scipy.sparse.csr_matrix
    weights : ndarray of float64, shape (n,)
    labels : ndarray of int64, shape (n,)
        Cluster of each point, numbered from 0 without gaps.

    Returns
    -------
    ndarray of int64, shape (k,)
        Index of the point that stands for each cluster.

    References
    ----------
    .. [1] R. W. Floyd and L. Steinberg, "An adaptive algorithm for spatial greyscale",
       Proceedings of the Society of Information Display 17, 1976.

    Examples
    --------
    >>> points = np.array([[0.0], [0.0], [1.0], [5.0], [5.0], [6.0]])
    >>> chosen = representatives(points, np.full(6, 1 / 6), np.array([0, 0, 0, 1, 1, 1]))
    >>> points[chosen].ravel()
    array([0., 6.])
    """
    mass = np.bincount(labels, weights=weights)
    members = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
    square_norms = _square_norms(points)
    excess = np.zeros(points.shape[1])
    chosen = np.empty(len(mass), dtype=np.int64)
    for label in np.argsort(-mass, kind="stable"):
        rows = members[label]
        block = points[rows]
        center = (weights[rows] / mass[label]) @ block
        wanted = center - excess / mass[label]
        nearest = int(np.argmin(square_norms[rows] - 2 * (block @ wanted)))
        chosen[label] = rows[nearest]
        excess += mass[label] * (_dense(block[[nearest]]) - center)
    return chosen


def _dense(row: Points) -> Floats:
    dense: Any = row.toarray() if isinstance(row, sp.csr_matrix) else row
    return np.asarray(dense, dtype=np.float64).ravel()
