"""Integrated gradients of any function: nodes are added where they are missed, until shares add up.

These are the mean gradients on the straight way from a reference row to a row, times their
difference (Sundararajan, Taly, Yan 2017: Axiomatic attribution for deep networks, ICML), by a
Gauss-Legendre rule on panels of the way. What a panel's shares miss the difference of outputs
between its ends by is known, so that only those with a kink in them are halved.
"""

from collections.abc import Callable

import numpy as np

from pellucid._core.typing import Booleans, Floats, Integers

NODES = 8
TOLERANCE = 1e-4
"""Largest gap, relative to the largest difference of a row's outputs from a reference row's."""
MOST_HALVINGS = 24
MOST_PANELS = 256
"""At most so many panels per pair are halved at once: where more miss, halving does not help."""
SMALLEST = 1 / 256
"""Panels that are smaller share the tolerance of one of this length."""

WithGradients = Callable[[Floats], tuple[Floats, Floats]]


def integrated(
    function: WithGradients, rows: Floats, references: Floats, *, per_call: int
) -> tuple[Floats, Booleans]:
    """Return the shares of p pairs, and whether they add up.

    Parameters
    ----------
    function : callable
        From points (q, cells) to outputs (q, k) and gradients (q, cells, k).
    rows, references : ndarray of float64, shape (p, cells)
    per_call : int
        Points that the function is given at once, at most.

    Returns
    -------
    values : ndarray of float64, shape (p, cells, k)
    adds_up : ndarray of bool, shape (p,)

    Examples
    --------
    >>> def kinked(points):
    ...     inside = points.sum(axis=1, keepdims=True) > 1
    ...     slopes = np.broadcast_to(inside, points.shape)[:, :, None] * 1.0
    ...     return np.maximum(points.sum(axis=1, keepdims=True) - 1, 0), slopes
    >>> ends, starts = np.array([[2.0, 1.0]]), np.zeros((1, 2))
    >>> values, adds_up = integrated(kinked, ends, starts, per_call=64)
    >>> values[0, :, 0].round(3), adds_up
    (array([1.333, 0.667]), array([ True]))
    """
    points, weights = np.polynomial.legendre.leggauss(NODES)
    points, weights = (points + 1) / 2, weights / 2
    run = rows - references

    def at(pairs: Integers, alphas: Floats) -> Floats:
        return np.asarray(references[pairs] + alphas[:, None] * run[pairs])

    everyone = np.arange(len(rows))
    ends, starts = (
        _outputs(function, at(everyone, np.full(len(rows), a)), per_call) for a in (1.0, 0.0)
    )
    allowed = TOLERANCE * np.abs(ends - starts).max(axis=1)
    eps = np.finfo(np.float32).eps
    rounding = 64 * eps * np.maximum(np.abs(ends), np.abs(starts)).max(axis=1)
    values = np.zeros((*rows.shape, ends.shape[1]))
    pairs, left, length = everyone, np.zeros(len(rows)), 1.0
    low, high = starts, ends
    for halvings in range(MOST_HALVINGS + 1):
        shares = np.empty((len(pairs), *values.shape[1:]))
        block = max(per_call // NODES, 1)
        for start in range(0, len(pairs), block):
            some = slice(start, start + block)
            alphas = (left[some, None] + length * points).reshape(-1)
            _, gradients = function(at(pairs[some].repeat(NODES), alphas))
            means = np.einsum(
                "pndk,n->pdk", gradients.reshape(-1, NODES, *gradients.shape[1:]), weights
            )
            shares[some] = means * length * run[pairs[some], :, None]
        gaps = np.abs(shares.sum(axis=1) - (high - low)).max(axis=1)
        done = gaps <= allowed[pairs] * max(length, SMALLEST) / 4 + rounding[pairs] * 0.25
        if halvings == MOST_HALVINGS or (~done).sum() > MOST_PANELS * len(rows):
            done[:] = True
        np.add.at(values, pairs[done], shares[done])
        kept = ~done
        if not kept.any():
            break
        pairs, left, low, high = pairs[kept], left[kept], low[kept], high[kept]
        length /= 2
        middle = _outputs(function, at(pairs, left + length), per_call)
        pairs = np.concatenate([pairs, pairs])
        left = np.concatenate([left, left + length])
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    gaps = np.abs(values.sum(axis=1) - (ends - starts)).max(axis=1)
    return values, gaps <= allowed + rounding


def _outputs(function: WithGradients, points: Floats, per_call: int) -> Floats:
    parts = [function(points[i : i + per_call])[0] for i in range(0, len(points), per_call)]
    return np.concatenate(parts)
