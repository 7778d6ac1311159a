"""Permutation importance by its definition: every pair of rows, or every permutation."""

from itertools import permutations

import numpy as np


def mean_over_pairs(predict, X, columns, loss):
    """Return the mean of loss(i, prediction of row i with row j's columns) - loss(i, own)."""
    n = len(X)
    own = predict(X)
    total = 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                row = X[i].copy()
                row[columns] = X[j][columns]
                total += loss(i, predict(row[None])[0]) - loss(i, own[i])
    return total / (n * (n - 1))


def mean_over_permutations(predict, X, columns, score):
    """Return the mean over all n! shuffles of score(predictions as they are) - score(shuffled)."""
    base = score(predict(X))
    found = []
    for order in permutations(range(len(X))):
        shuffled = X.copy()
        shuffled[:, columns] = X[list(order)][:, columns]
        found.append(base - score(predict(shuffled)))
    return np.mean(found)
