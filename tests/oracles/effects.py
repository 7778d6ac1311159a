"""Accumulated local effects by their definition, row by row and interval by interval."""

from itertools import pairwise

import numpy as np


def numeric_effects(predict, X, j, points):
    """Return the centered effect at each point: sums of mean differences over intervals."""
    effects = [0.0]
    for s in range(len(points) - 1):
        low, high = points[s], points[s + 1]
        inside = [row for row in X if low < row[j] <= high or (s == 0 and row[j] == low)]
        differences = []
        for row in inside:
            up, down = row.copy(), row.copy()
            up[j], down[j] = high, low
            differences.append(predict(up[None])[0] - predict(down[None])[0])
        effects.append(effects[-1] + np.mean(differences))
    return np.array(effects) - np.mean([np.interp(row[j], points, effects) for row in X])


def level_effects(predict, X, j, levels):
    """Return the centered effect of each level: sums of mean steps from neighbor to neighbor."""
    effects = [0.0]
    for one, other in pairwise(levels):
        differences = []
        for row in X:
            if row[j] in {one, other}:
                up, down = row.copy(), row.copy()
                up[j], down[j] = other, one
                differences.append(predict(up[None])[0] - predict(down[None])[0])
        effects.append(effects[-1] + np.mean(differences))
    shares = [np.mean([row[j] == level for row in X]) for level in levels]
    return np.array(effects) - np.dot(shares, effects)
