"""Shapley values of one game, from the outputs of the coalitions that were evaluated.

The game has n players and k outputs. What the empty and the full coalition put out is known
beside the outputs of the others.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part_of_kernel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@kernel
def values_of_all(outputs: Floats, empty: Floats, full: Floats, values: Floats) -> None:
    """Average each player's differences over all coalitions of the others.

    Parameters
    ----------
    outputs : ndarray of float64, shape (2**n - 2, k)
        Of all but the empty and the full coalition; bit i of the place, from 1, says whether player
        i is in.
    empty, full : ndarray of float64, shape (k,)
    values : ndarray of float64, shape (n, k)
        Written to.
    """
    n, k = values.shape
    weights = np.empty(n)
    combinations = 1.0
    for size in range(n):
        weights[size] = 1.0 / (n * combinations)
        combinations = combinations * (n - 1 - size) / (size + 1)
    values[:] = 0.0
    everyone = (1 << n) - 1
    for coalition in range(everyone):
        size, left = 0, coalition
        while left:
            left &= left - 1
            size += 1
        before = empty if coalition == 0 else outputs[coalition - 1]
        for i in range(n):
            joined = coalition | (1 << i)
            if joined != coalition:
                after = full if joined == everyone else outputs[joined - 1]
                for c in range(k):
                    values[i, c] += weights[size] * (after[c] - before[c])


@kernel
def write_orders(ranks: Integers, members: Booleans) -> None:
    """Write the coalitions of random orders: the first 1, 2, … n - 1 players, then the complements.

    Parameters
    ----------
    ranks : ndarray of int64, shape (t, n)
        Place of each player in each of the orders.
    members : ndarray of bool, shape (t * 2 * (n - 1), n)
        Written to.
    """
    t, n = ranks.shape
    for order in range(t):
        for size in range(1, n):
            row = order * 2 * (n - 1) + size - 1
            for i in range(n):
                is_in = ranks[order, i] < size
                members[row, i] = is_in
                members[row + n - 1, i] = not is_in


@kernel
def values_of_orders(
    ranks: Integers, outputs: Floats, empty: Floats, full: Floats, values: Floats, spread: Floats
) -> None:
    """Average what each player adds when it enters, over orders and their reverses.

    Parameters
    ----------
    ranks : ndarray of int64, shape (t, n)
    outputs : ndarray of float64, shape (t * 2 * (n - 1), k)
        Of the coalitions of :func:`write_orders`.
    empty, full : ndarray of float64, shape (k,)
    values : ndarray of float64, shape (n, k)
        Written to.
    spread : ndarray of float64, shape (n, k)
        Written to: the variance of what an order and its reverse find; zero for a single order.
    """
    (t, n), k = ranks.shape, len(full)
    for i in range(n):
        for c in range(k):
            total = 0.0
            for order in range(t):
                total += _of_pair(ranks, outputs, empty, full, order, i, c)
            mean = total / t
            squares = 0.0
            if t > 1:
                for order in range(t):
                    squares += (_of_pair(ranks, outputs, empty, full, order, i, c) - mean) ** 2
                squares /= t - 1
            values[i, c] = mean
            spread[i, c] = squares


@part_of_kernel
def _of_pair(
    ranks: Integers, outputs: Floats, empty: Floats, full: Floats, order: int, i: int, c: int
) -> float:
    """Return half of what a player adds in an order, and takes away in the complements' walk."""
    n = ranks.shape[1]
    place, first = ranks[order, i], order * 2 * (n - 1)
    here = empty[c] if place == 0 else outputs[first + place - 1, c]
    there = full[c] if place == n - 1 else outputs[first + place, c]
    others = first + n - 1
    before = full[c] if place == 0 else outputs[others + place - 1, c]
    after = empty[c] if place == n - 1 else outputs[others + place, c]
    found: float = ((there - here) - (after - before)) / 2
    return found


@kernel
def values_of_regression(
    halves: Booleans,
    weights: Floats,
    drawn: Floats,
    folds: Integers,
    n_folds: int,
    outputs: Floats,
    empty: Floats,
    full: Floats,
    values: Floats,
    variances: Floats,
) -> None:
    """Fit on all folds but one, correct the fit by its errors on that one, and average.

    Parameters
    ----------
    halves : ndarray of bool, shape (p, n)
        One coalition of each pair; every player is in some that are alone.
    weights, drawn : ndarray of float64, shape (p,)
        Shapley's kernel over the probability of having been drawn, and the share of the coalitions
        of the same size that was.
    folds : ndarray of int64, shape (p,)
    n_folds : int
    outputs : ndarray of float64, shape (2 p, k)
        Of the coalitions, then of their complements.
    empty, full : ndarray of float64, shape (k,)
    values, variances : ndarray of float64, shape (n, k)
        Written to.
    """
    (p, n), k = halves.shape, len(full)
    centered, odd, sizes = np.empty((p, n)), np.empty((p, k)), np.zeros(p, dtype=np.int64)
    n_of_size = np.zeros(n + 1)
    _center(halves, outputs, empty, full, centered, odd, sizes)
    for q in range(p):
        n_of_size[sizes[q]] += 1.0
    grams, moments = np.zeros((n_folds, n, n)), np.zeros((n_folds, n, k))
    _add_products(centered, odd, weights, folds, grams, moments)
    values[:] = 0.0
    variances[:] = 0.0
    for fold in range(n_folds):
        gram, fit = np.zeros((n, n)), np.zeros((n, k))
        for other in range(n_folds):
            if other != fold:
                gram += grams[other]
                fit += moments[other]
        _solve(gram, fit)
        held_of_size = np.zeros(n + 1)
        for q in range(p):
            held_of_size[sizes[q]] += folds[q] == fold
        for q in range(p):
            if folds[q] == fold:
                # So many pairs that were not drawn, or not held out, does it stand for.
                own, held = n_of_size[sizes[q]], held_of_size[sizes[q]]
                weight = (own - (own - held) * drawn[q]) / held
                _correct(centered[q], odd[q], weights[q], weight, fit, values)
                _add_squares(centered[q], odd[q], weights[q], drawn[q], fit, variances)
            else:
                _correct(centered[q], odd[q], weights[q], drawn[q], fit, values)
        values += fit
    for i in range(n):
        for c in range(k):
            values[i, c] = values[i, c] / n_folds + (full[c] - empty[c]) / n


@part_of_kernel
def _center(
    halves: Booleans,
    outputs: Floats,
    empty: Floats,
    full: Floats,
    centered: Floats,
    odd: Floats,
    sizes: Integers,
) -> None:
    """Take out of coalitions and outputs what follows from the number of players alone.

    Only the half of the game that changes sign under complement matters for Shapley values.
    """
    (p, n), k = halves.shape, len(full)
    for q in range(p):
        for i in range(n):
            sizes[q] += halves[q, i]
        share = sizes[q] / n
        for i in range(n):
            centered[q, i] = halves[q, i] - share
        for c in range(k):
            total = full[c] - empty[c]
            odd[q, c] = (outputs[q, c] - outputs[p + q, c] + total) / 2 - share * total


@part_of_kernel
def _add_products(
    centered: Floats,
    odd: Floats,
    weights: Floats,
    folds: Integers,
    grams: Floats,
    moments: Floats,
) -> None:
    """Add up each fold's products; of the symmetric ones the lower half."""
    (p, n), k = centered.shape, odd.shape[1]
    for q in range(p):
        gram, moment = grams[folds[q]], moments[folds[q]]
        for i in range(n):
            weighted = weights[q] * centered[q, i]
            for j in range(i + 1):
                gram[i, j] += weighted * centered[q, j]
            for c in range(k):
                moment[i, c] += weighted * odd[q, c]


@part_of_kernel
def _correct(
    centered: Floats, odd: Floats, own: float, weight: float, fit: Floats, values: Floats
) -> None:
    """Correct values by what a fit gets wrong of one pair, which stands for so many others.

    With all coalitions, the normal equations' matrix would be a multiple of the unit matrix.
    """
    n, k = fit.shape
    for c in range(k):
        error = odd[c]
        for i in range(n):
            error -= centered[i] * fit[i, c]
        for i in range(n):
            values[i, c] += centered[i] * own * (2.0 * n / (n - 1)) * weight * error


@part_of_kernel
def _add_squares(
    centered: Floats, odd: Floats, own: float, drawn: float, fit: Floats, variances: Floats
) -> None:
    """Add what the error of a pair that a fit knows nothing of tells of the variances."""
    n, k = fit.shape
    for c in range(k):
        error = odd[c]
        for i in range(n):
            error -= centered[i] * fit[i, c]
        for i in range(n):
            part = centered[i] * own * (2.0 * n / (n - 1)) * error
            variances[i, c] += part * part * (1.0 - drawn)


@part_of_kernel
def _solve(gram: Floats, fit: Floats) -> None:
    """Turn products into a fit whose values add up to zero, by Cholesky's decomposition.

    Nothing informs about the sum of the values: that direction is filled in.
    """
    n, k = fit.shape
    trace = 0.0
    for i in range(n):
        trace += gram[i, i]
    for i in range(n):
        for j in range(i + 1):
            left = gram[i, j] + trace / (n * n)
            for m in range(j):
                left -= gram[i, m] * gram[j, m]
            gram[i, j] = np.sqrt(left) if i == j else left / gram[j, j]
    for c in range(k):
        for i in range(n):
            left = fit[i, c]
            for m in range(i):
                left -= gram[i, m] * fit[m, c]
            fit[i, c] = left / gram[i, i]
        for i in range(n - 1, -1, -1):
            left = fit[i, c]
            for m in range(i + 1, n):
                left -= gram[m, i] * fit[m, c]
            fit[i, c] = left / gram[i, i]
