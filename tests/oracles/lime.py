"""LIME by its definition: samples around a row, weighted by a kernel of their distance."""

import numpy as np


def weighted_lime(function, row, reference, kernel_width, *, states=(), n=100_000, seed=0):
    """Return intercept and coefficients of the local model, with their standard errors.

    Columns of numbers are drawn from normal distributions around the row. Columns in ``states``
    are drawn from the reference rows, and seen as equal to the row's cell or not. Samples weigh
    ``exp(-distance**2 / (2 * width**2))``, with numbers in standard deviations.
    """
    rng = np.random.default_rng(seed)
    d = len(row)
    scale = reference.std(axis=0)
    samples, seen, apart = np.empty((3, n, d))
    for j in range(d):
        if j in states:
            samples[:, j] = rng.choice(reference[:, j], n)
            seen[:, j] = samples[:, j] == row[j]
            apart[:, j] = 1 - seen[:, j]
        else:
            z = rng.normal(size=n)
            samples[:, j] = row[j] + scale[j] * z
            seen[:, j] = apart[:, j] = z
    weights = np.exp(-np.square(apart).sum(axis=1) / (2 * kernel_width**2))
    design = np.column_stack([np.ones(n), seen])
    outputs = function(samples)
    weighted = design * weights[:, None]
    inverse = np.linalg.inv(weighted.T @ design)
    found = inverse @ weighted.T @ outputs
    residuals = outputs - design @ found
    influence = weighted @ inverse * residuals[:, None]
    return found, np.sqrt(np.square(influence).sum(axis=0))
