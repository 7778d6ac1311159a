"""What one leaf adds to each player of its path, for every pattern of a row.

A row matters to a leaf only by its *pattern* b: for each of the m distinct players of the path,
whether the row passes all of the player's nodes. So does a background row, whose pattern is c. The
leaf of value v adds to player j the integral over p from 0 to 1 of ``v (b_j - c_j) * product over
i != j of (p b_i + (1-p) c_i)``, summed over the patterns c that occur, times their weights.

With ``g(b, p)`` the sum of v times the product over all players, everything follows from two
numbers for each pattern, which are a *packed* leaf::

    s(b) = integral of g(b, p) / p        u(b) = integral of g(b, p) / (1 - p)

- A player that the row fails (b_j = 0) has the factor (1-p) c_j in g, so it is given ``-u(b)``.
- One that it passes is given ``s(b) - s(b without j) - u(b without j)``: there its factor is
  p + (1-p) c_j, which is (1-p) c_j without it.

For one p, g is a product of m transforms of two entries each, as in the fast Walsh transform. A
Gauss-Legendre rule of ceil(m / 2) points is exact, as all differences are polynomials of degree
m - 1.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.quadrature import gauss_legendre
from pellucid.kernels.simd import WIDTH, Vector, fma, load, splat, store

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_PACKED_PLAYERS = 16
"""Distinct players on a path beyond which a leaf is not packed."""


PLAYERS_AT_ONCE = 11
"""Players whose products, for all their patterns, stay in a processor core's own cache."""


class Rules(NamedTuple):
    """Gauss-Legendre rules filled up to half a vector or a whole one, by the number of players m.

    Attributes
    ----------
    points, weights : float64, shape (MOST_PACKED_PLAYERS + 1, WIDTH)
        A rule of half a vector stands there twice. Points of 1/2 with weights of 0 fill it up.
    n : int64, shape (MOST_PACKED_PLAYERS + 1,)
        Number of points with those that fill up.
    """

    points: Floats
    weights: Floats
    n: Integers


def filled_rules() -> Rules:
    """Return the rules that are exact for up to ``MOST_PACKED_PLAYERS`` players."""
    points, weights = gauss_legendre(WIDTH)
    rules = Rules(
        np.full((MOST_PACKED_PLAYERS + 1, WIDTH), 0.5),
        np.zeros((MOST_PACKED_PLAYERS + 1, WIDTH)),
        np.zeros(MOST_PACKED_PLAYERS + 1, dtype=np.int64),
    )
    for m in range(1, MOST_PACKED_PLAYERS + 1):
        q = (m + 1) // 2
        rules.n[m] = WIDTH // 2 if q <= WIDTH // 2 else WIDTH
        for start in range(0, WIDTH, int(rules.n[m])):
            rules.points[m, start : start + q] = points[q, :q]
            rules.weights[m, start : start + q] = weights[q, :q]
    return rules


@kernel
def pack_leaf(
    counts: Floats, m: int, rules: Rules, value: float, work: Floats, packed: Floats
) -> None:
    """Pack a leaf.

    Parameters
    ----------
    counts : ndarray of float64, shape (2^m,)
        Weight of the background rows with each pattern.
    m : int
        At least 1.
    rules : Rules
    value : float
        Value of the leaf.
    work : ndarray of float64, shape (at least 2^m * WIDTH,)
    packed : ndarray of float64, shape (2^(m+1),)
        s of all patterns, then u of all patterns; written.
    """
    n, q, inner = 1 << m, rules.n[m], min(m, PLAYERS_AT_ONCE)
    present = load(rules.points[m], 0)
    absent = splat(1.0) - present
    for start in range(0, n, 1 << inner):
        for b in range(start, start + (1 << inner), 2):
            fails, passes = value * counts[b], value * counts[b + 1]
            for i in range(q):
                point = rules.points[m, i]
                work[b * q + i] = (1.0 - point) * passes
                work[(b + 1) * q + i] = point * fails + passes
        _transform(work, start * q, (start + (1 << inner)) * q, q, 1, inner, present, absent)
    _transform(work, 0, n * q, q, inner, m, present, absent)
    _sum_points(work, m, rules, packed)


@part
def _transform(
    work: Floats,
    begin: int,
    end: int,
    q: int,
    first_player: int,
    end_player: int,
    present: Vector,
    absent: Vector,
) -> None:
    """Take some players into the products that stand in a part of ``work``."""
    j = first_player
    if (end_player - first_player) % 2 == 1:
        step = q << j
        for block in range(begin, end, 2 * step):
            for first in range(block, block + step, WIDTH):
                fail, pass_ = load(work, first), load(work, first + step)
                store(work, first, absent * pass_)
                store(work, first + step, fma(present, fail, pass_))
        j += 1
    while j < end_player:  # two players at once: half as many loads and stores
        step = q << j
        for block in range(begin, end, 4 * step):
            for first in range(block, block + step, WIDTH):
                f_f, p_f = load(work, first), load(work, first + step)
                f_p, p_p = load(work, first + 2 * step), load(work, first + 3 * step)
                f_f, p_f = absent * p_f, fma(present, f_f, p_f)
                f_p, p_p = absent * p_p, fma(present, f_p, p_p)
                store(work, first, absent * f_p)
                store(work, first + step, absent * p_p)
                store(work, first + 2 * step, fma(present, f_f, f_p))
                store(work, first + 3 * step, fma(present, p_f, p_p))
        j += 2


@kernel
def _sum_points(work: Floats, m: int, rules: Rules, packed: Floats) -> None:
    n, q = 1 << m, rules.n[m]
    w, p = rules.weights[m], rules.points[m]
    s0, s1, s2, s3 = w[0] / p[0], w[1] / p[1], w[2] / p[2], w[3] / p[3]
    u0, u1, u2, u3 = (
        w[0] / (1.0 - p[0]),
        w[1] / (1.0 - p[1]),
        w[2] / (1.0 - p[2]),
        w[3] / (1.0 - p[3]),
    )
    for b in range(n):
        g0, g1, g2, g3 = work[q * b], work[q * b + 1], work[q * b + 2], work[q * b + 3]
        packed[b] = (s0 * g0 + s1 * g1) + (s2 * g2 + s3 * g3)
        packed[n + b] = (u0 * g0 + u1 * g1) + (u2 * g2 + u3 * g3)
    if q == WIDTH // 2:
        return
    s0, s1, s2, s3 = w[4] / p[4], w[5] / p[5], w[6] / p[6], w[7] / p[7]
    u0, u1, u2, u3 = (
        w[4] / (1.0 - p[4]),
        w[5] / (1.0 - p[5]),
        w[6] / (1.0 - p[6]),
        w[7] / (1.0 - p[7]),
    )
    for b in range(n):
        g0, g1, g2, g3 = work[q * b + 4], work[q * b + 5], work[q * b + 6], work[q * b + 7]
        packed[b] += (s0 * g0 + s1 * g1) + (s2 * g2 + s3 * g3)
        packed[n + b] += (u0 * g0 + u1 * g1) + (u2 * g2 + u3 * g3)


@kernel
def unpack(packed: Floats, m: int | np.int64, j: int, column: Floats) -> None:
    """Write what a packed leaf adds to player j, for each pattern, to ``column``."""
    n, half = 1 << m, 1 << j
    for block in range(0, n, 2 * half):
        for low in range(block, block + half):
            s, u = packed[low], packed[n + low]
            column[low] = -u
            column[low + half] = packed[low + half] - (s + u)
