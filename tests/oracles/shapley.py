"""Shapley values of any function by enumeration, straight from the definition."""

from itertools import combinations
from math import factorial

import numpy as np


def shapley_values(v, n):
    """Shapley values of a game.

    Parameters
    ----------
    v : callable
        From a tuple of players in ascending order to an array of outputs (k,).
    n : int
        Number of players.

    Returns
    -------
    ndarray, shape (n, k)
    """
    known = {
        S: np.asarray(v(S), dtype=float) for r in range(n + 1) for S in combinations(range(n), r)
    }
    values = np.zeros((n, len(known[()])))
    for i in range(n):
        others = [j for j in range(n) if j != i]
        for r in range(n):
            weight = factorial(r) * factorial(n - r - 1) / factorial(n)
            for S in combinations(others, r):
                values[i] += weight * (known[tuple(sorted((*S, i)))] - known[S])
    return values


def interventional_shapley_values(predict, x, rows, weights=None, player_of=None):
    """Shapley values of one row when absent columns take their cells from reference rows.

    Parameters
    ----------
    predict : callable
        From a list of rows, each a list of d cells, to an array of outputs (m,) or (m, k).
    x : list of d cells
    rows : list of m lists of d cells
    weights : sequence of m float, optional
    player_of : sequence of d int, optional
        The player that each column belongs to; by default each is one.

    Returns
    -------
    values : ndarray, shape (number of players, k)
    base : ndarray, shape (k,)
    """
    weights = np.full(len(rows), 1.0 / len(rows)) if weights is None else np.asarray(weights)
    weights = weights / weights.sum()
    d = len(x)
    player_of = range(d) if player_of is None else list(player_of)

    def v(S):
        mixed = [[x[j] if player_of[j] in S else row[j] for j in range(d)] for row in rows]
        return weights @ np.asarray(predict(mixed), dtype=float).reshape(len(rows), -1)

    return shapley_values(v, max(player_of) + 1), v(())
