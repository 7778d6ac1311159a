"""Least squares of many samples in few columns, on one thread.

A library for linear algebra spreads such small products over all cores, and then waits for those
that are busy elsewhere: where they are, it takes forty times as long.
"""

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel

Floats = npt.NDArray[np.float64]


def products(design: Floats, outputs: Floats) -> tuple[Floats, Floats]:
    """Return the products of columns with each other, and with outputs.

    Parameters
    ----------
    design : ndarray of float64, shape (n, a)
    outputs : ndarray of float64, shape (n, k)

    Returns
    -------
    gram : ndarray of float64, shape (a, a)
    moments : ndarray of float64, shape (a, k)

    Examples
    --------
    >>> gram, moments = products(np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[3.0], [4.0]]))
    >>> gram.tolist(), moments.tolist()
    ([[1.0, 2.0], [2.0, 5.0]], [[3.0], [10.0]])
    """
    a, k = design.shape[1], outputs.shape[1]
    gram, moments = np.zeros((a, a)), np.zeros((a, k))
    _add_products(design, outputs, gram, moments)
    return np.tril(gram) + np.tril(gram, -1).T, moments


def scores(
    design: Floats, outputs: Floats, inverse: Floats, coefficients: Floats
) -> tuple[Floats, Floats]:
    """Return what the residuals of samples that come in pairs tell of the coefficients' errors.

    Parameters
    ----------
    design : ndarray of float64, shape (2 h, a)
        Sample i and sample h + i are a pair.
    outputs : ndarray of float64, shape (2 h, k)
    inverse : ndarray of float64, shape (a, a)
        Inverse of the columns' products.
    coefficients : ndarray of float64, shape (a, k)

    Returns
    -------
    variance : ndarray of float64, shape (a, k)
        Sum over the pairs of what each moves the coefficients by, squared.
    left : ndarray of float64, shape (k,)
        Sum of the squared residuals.
    """
    a, k = coefficients.shape
    variance, left = np.zeros((k, a)), np.zeros(k)
    _add_scores(
        design,
        outputs,
        np.ascontiguousarray(inverse),
        np.ascontiguousarray(coefficients.T),
        np.empty((4, a)),
        variance,
        left,
    )
    return np.ascontiguousarray(variance.T), left


@kernel
def _add_products(design: Floats, outputs: Floats, gram: Floats, moments: Floats) -> None:
    """Add to the lower triangle of ``gram`` (a, a), and to ``moments`` (a, k).

    Four samples at once: each cell of ``gram`` is then read and written a quarter as often.
    """
    n, a = design.shape
    whole = n - n % 4
    for s in range(0, whole, 4):
        for i in range(a):
            z0, z1, z2, z3 = design[s, i], design[s + 1, i], design[s + 2, i], design[s + 3, i]
            for j in range(i + 1):
                gram[i, j] += (z0 * design[s, j] + z1 * design[s + 1, j]) + (
                    z2 * design[s + 2, j] + z3 * design[s + 3, j]
                )
    for s in range(whole, n):
        for i in range(a):
            for j in range(i + 1):
                gram[i, j] += design[s, i] * design[s, j]
    for s in range(n):
        for i in range(a):
            for o in range(outputs.shape[1]):
                moments[i, o] += design[s, i] * outputs[s, o]


@kernel
def _add_scores(
    design: Floats,
    outputs: Floats,
    inverse: Floats,
    coefficients: Floats,
    influence: Floats,
    variance: Floats,
    left: Floats,
) -> None:
    """Add to ``variance`` (k, a) and ``left`` (k,); ``influence`` (4, a) is overwritten.

    Two pairs at once; the last one twice, and counted once, if their number is odd.
    """
    n, a = design.shape
    h = n // 2
    for s in range(0, h, 2):
        t = min(s + 1, h - 1)
        influence[:] = 0.0
        for i in range(a):
            z0, z1, z2, z3 = design[s, i], design[s + h, i], design[t, i], design[t + h, i]
            for j in range(a):
                influence[0, j] += z0 * inverse[i, j]
                influence[1, j] += z1 * inverse[i, j]
                influence[2, j] += z2 * inverse[i, j]
                influence[3, j] += z3 * inverse[i, j]
        for pair in range(t - s + 1):
            row = s + pair
            for o in range(len(left)):
                first, second = outputs[row, o], outputs[row + h, o]
                for i in range(a):
                    first -= design[row, i] * coefficients[o, i]
                    second -= design[row + h, i] * coefficients[o, i]
                left[o] += first * first + second * second
                for j in range(a):
                    moved = influence[2 * pair, j] * first + influence[2 * pair + 1, j] * second
                    variance[o, j] += moved * moved
