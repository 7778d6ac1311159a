"""Shapley interaction indices by enumeration of coalitions, straight from the definition."""

from itertools import combinations
from math import factorial

import numpy as np
from oracles.tree_shapley import expectation
from oracles.tree_walk import tree_sums


def interaction_indices(v, n):
    """Shapley interaction index of every pair, shape (n, n, k), with zeros on the diagonal.

    The mean, over coalitions S without i and j, of ``v(S+ij) - v(S+i) - v(S+j) + v(S)``, weighted
    by ``|S|! (n - |S| - 2)! / (n - 1)!`` (Grabisch and Roubens, 1999).
    """
    known = {
        S: np.asarray(v(S), dtype=float) for r in range(n + 1) for S in combinations(range(n), r)
    }
    found = np.zeros((n, n, len(known[()])))
    for i, j in combinations(range(n), 2):
        others = [player for player in range(n) if player not in (i, j)]
        for r in range(n - 1):
            weight = factorial(r) * factorial(n - r - 2) / factorial(n - 1)
            for S in combinations(others, r):
                with_i, with_j = tuple(sorted((*S, i))), tuple(sorted((*S, j)))
                both = tuple(sorted((*S, i, j)))
                found[i, j] += weight * (known[both] - known[with_i] - known[with_j] + known[S])
        found[j, i] = found[i, j]
    return found


def path_dependent_indices(game, row):
    """Interaction indices (d, d, k) of one encoded row in the path-dependent game."""
    arrays = game.ensemble.arrays
    width = arrays.value.shape[1]

    def v(coalition):
        total = game.ensemble.base.copy()
        for root, first in zip(arrays.tree_start, arrays.tree_output, strict=False):
            total[first : first + width] += expectation(
                arrays, int(root), row, game.player, coalition
            )
        return total

    return interaction_indices(v, game.n_players)


def interventional_indices(game, row):
    """Interaction indices (d, d, k) of one encoded row in the interventional game."""

    def v(coalition):
        known = np.isin(game.player, coalition)
        return game.weights @ tree_sums(game.ensemble, np.where(known, row, game.background))

    return interaction_indices(v, game.n_players)
