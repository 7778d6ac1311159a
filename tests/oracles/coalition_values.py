"""Shapley values from the outputs of coalitions, by array algebra: twins of the kernels."""

import numpy as np


def members_of_orders(ranks):
    """Return the first 1, 2, … n - 1 players of each order, then their complements."""
    n = ranks.shape[1]
    first = ranks[:, None, :] < np.arange(1, n)[None, :, None]
    return np.concatenate([first, ~first], axis=1).reshape(-1, n)


def values_of_orders(ranks, outputs, empty, full):
    """Return the mean and the variance of what each order, with its reverse, finds."""
    (t, n), k = ranks.shape, len(full)
    walks = np.empty((t, 2, n + 1, k))
    walks[:, 0, 0] = walks[:, 1, n] = empty
    walks[:, 0, n] = walks[:, 1, 0] = full
    walks[:, :, 1:n] = outputs.reshape(t, 2, n - 1, k)
    steps = np.diff(walks, axis=2)
    by_place = (steps[:, 0] - steps[:, 1]) / 2
    pairs = np.take_along_axis(by_place, ranks[:, :, None], axis=1)
    return pairs.mean(axis=0), pairs.var(axis=0, ddof=1) if t > 1 else np.zeros((n, k))


def values_of_regression(design, n_folds, game):
    """Return the cross-fitted values and their variances."""
    (halves, weights, drawn, folds), (outputs, empty, full) = design, game
    p, n = halves.shape
    total, sizes = full - empty, halves.sum(axis=1, keepdims=True)
    centered = halves - sizes / n
    odd = (outputs[:p] - outputs[p:] + total) / 2 - sizes / n * total
    solver = centered * (weights * 2 * n / (n - 1))[:, None]
    errors, values = np.empty_like(odd), np.zeros((n, len(full)))
    for fold in range(n_folds):
        held = folds == fold
        weighted = centered[~held] * weights[~held][:, None]
        gram = weighted.T @ centered[~held]
        ridge = np.full((n, n), np.trace(gram) / n**2)
        fit = np.linalg.solve(gram + ridge, weighted.T @ odd[~held])
        left = odd - centered @ fit
        errors[held] = left[held]
        stands_for = drawn.copy()
        for size in np.unique(sizes[held]):
            of_size = sizes[:, 0] == size
            n_drawn, n_held = of_size.sum(), (of_size & held).sum()
            here = of_size & held
            stands_for[here] = (n_drawn - (n_drawn - n_held) * drawn[here]) / n_held
        values += fit + (solver * stands_for[:, None]).T @ left
    return values / n_folds + total / n, (solver**2 * (1 - drawn)[:, None]).T @ errors**2
