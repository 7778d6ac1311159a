"""What one leaf, or two sibling leaves together, add to the players of their path, for all patterns.

A row matters to a leaf only by its *pattern* b: for each of the m distinct players of the path,
whether the row passes all of the player's nodes. So does a background row, whose pattern is c. The
leaf of value v adds to player j the integral over p from 0 to 1 of ``v (b_j - c_j) * product over
i != j of (p b_i + (1-p) c_i)``, summed over the patterns c that occur, times their weights.

With ``g(b, p)`` the sum of v times the product over all players, everything follows from two
numbers for each pattern, which are a *packed* leaf::

    s(b) = integral of g(b, p) / p        t(b) = s(b) + integral of g(b, p) / (1 - p)

Player j is given ``s(b) - t(b without j)``. One that the row passes has the factor p + (1-p) c_j in
g, which is (1-p) c_j without it; one that it fails has the factor (1-p) c_j already, and b without
it is b.

Two *sibling* leaves differ in one question. Let the row get the value x from its player: that of
the side the row goes to, or 0 if it fails the player above; and the background row get z. Then the
player's factor is p x + (1-p) z in place of v (p b_j + (1-p) c_j). So the products over the other
players are needed twice: with the background rows' weights, and with their weights times z. That is
half of what two leaves of m players need. Both numbers are linear in x, and the rule above holds for
all players: without the asked one, x is 0. So siblings are kept as *lines* in x, two numbers for s
and two for t, by the pattern of the other players.

For one p, a product is that of m transforms of two entries each, as in the fast Walsh transform. A
Gauss-Legendre rule of ceil(m / 2) points is exact, as all differences are polynomials of degree
m - 1.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.quadrature import gauss_legendre
from pellucid.kernels.simd import WIDTH, Vector, fma, load, splat, spread, store

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_PACKED_PLAYERS = 18
"""Distinct players on a path beyond which a leaf is not packed."""

PLAYERS_AT_ONCE = 11
"""Players whose products, for all their patterns, stay in a processor core's fastest cache."""

LOW = 3
"""Players whose patterns are the lanes of a vector."""

_MOST_POINTS = (MOST_PACKED_PLAYERS + 1) // 2

# From literals, kernels would be compiled once for each.
_OF_LEAF, _OF_ROW, _OF_BACKGROUND = np.int64(0), np.int64(1), np.int64(2)
"""What products over players are summed for: g, or in g the part of x or that of z."""


class Rules(NamedTuple):
    """Gauss-Legendre rules by the number of players m; a rule has ceil(m / 2) points.

    Attributes
    ----------
    points : float64, shape (MOST_PACKED_PLAYERS + 1, most points)
    factors : float64, shape (3, MOST_PACKED_PLAYERS + 1, most points, 2)
        With what the products at a point are summed, by what they are summed for.
    low : float64, shape ((MOST_PACKED_PLAYERS + 1) * most points * WIDTH * WIDTH,)
        By rule, point, background pattern and pattern of the first ``LOW`` players: the product.
    """

    points: Floats
    factors: Floats
    low: Floats


class Packing(NamedTuple):
    """Memory in which leaves are packed."""

    place: Integers  # patterns that occur in the background
    amount: Floats  # (2, place): weights, and weights times z
    products: Floats  # (2, pattern): of one point, for each amount
    sums: Floats  # (4, pattern)


def filled_rules() -> Rules:
    """Return the rules that are exact for up to ``MOST_PACKED_PLAYERS`` players."""
    points, weights = gauss_legendre(_MOST_POINTS)
    shape = (MOST_PACKED_PLAYERS + 1, _MOST_POINTS)
    rules = Rules(np.full(shape, 0.5), np.zeros((3, *shape, 2)), np.zeros((*shape, WIDTH, WIDTH)))
    for m in range(1, MOST_PACKED_PLAYERS + 1):
        q = (m + 1) // 2
        p, w = points[q, :q], weights[q, :q]
        rules.points[m, :q] = p
        rules.factors[_OF_LEAF, m, :q] = np.stack([w / p, w / p + w / (1 - p)], axis=-1)
        rules.factors[_OF_ROW, m, :q] = np.stack([w, w / (1 - p)], axis=-1)
        rules.factors[_OF_BACKGROUND, m, :q] = np.stack([w * (1 - p) / p, w], axis=-1)
    bits = (np.arange(WIDTH)[:, None] >> np.arange(LOW)) & 1
    p = rules.points[:, :, None, None, None]
    rules.low[:] = (p * bits + (1 - p) * bits[:, None]).prod(axis=-1)
    return rules._replace(low=rules.low.reshape(-1))


@kernel
def new_packing(most: int, n_background: int) -> Packing:
    """Return memory for leaves of up to ``most`` players, which so many background rows reach."""
    size = max(WIDTH, 1 << most)
    most_places = min(size, n_background) + 1
    # Vectors across the borders of the cache's lines would take a third longer, and so would
    # sums that stand a multiple of pages apart.
    row = size + 21 * WIDTH
    memory = np.empty(6 * row + WIDTH)
    start = (-(memory.ctypes.data // 8)) % WIDTH
    aligned = memory[start : start + 6 * row].reshape(6, row)
    return Packing(
        place=np.empty(most_places, dtype=np.int64),
        amount=np.empty((2, most_places)),
        products=aligned[4:],
        sums=aligned[:4],
    )


@kernel
def pack_leaf(
    counts: Floats, m: int, rules: Rules, value: float, work: Packing, packed: Floats
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
    work : Packing
        For at least m players.
    packed : ndarray of float64, shape (2^(m+1),)
        s of all patterns, then t of all patterns; written.
    """
    n, sums = 1 << m, work.sums
    # From a literal on, the kernels beneath would be compiled once more.
    n_found: int | np.int64 = np.int64(0)
    for c in range(n):
        work.place[n_found], work.amount[0, n_found] = c, value * counts[c]
        n_found += 1 if counts[c] != 0.0 else 0
    sums[:2, :n] = 0.0
    _sum_products(work, n_found, m, rules)
    packed[:n] = sums[0, :n]
    packed[n : 2 * n] = sums[1, :n]


@kernel
def pack_siblings(
    counts: Floats,
    m: int,
    bit: int,
    left: float,
    right: float,
    rules: Rules,
    work: Packing,
    packed: Floats,
) -> None:
    """Pack two leaves that are children of the same node.

    Parameters
    ----------
    counts : ndarray of float64, shape (2^(m+1),)
        Weight of the background rows with each pattern at the node, plus 2^m for going left.
    m : int
        Players asked above the node.
    bit : int
        That of the player whom the node asks; m if no node above does.
    left, right : float
        Values of the leaves.
    rules : Rules
    work : Packing
        For at least m players.
    packed : ndarray of float64, shape (4 * 2^others,)
        By pattern of the other players: slope in x and intercept of s, then those of t; written.
    """
    is_new = bit == m
    others = m if is_new else m - 1
    n, low = 1 << others, (1 << bit) - 1
    n_found: int | np.int64 = np.int64(0)
    fails, goes_left = (0 if is_new else n), 1 << m
    for c in range(n):
        at = c if is_new else (c & low) | ((c & ~low) << 1)
        at_pass = at if is_new else at | (1 << bit)
        of_right, of_left = counts[at_pass], counts[at_pass | goes_left]
        weight = of_right + of_left
        if fails > 0:
            weight += counts[at] + counts[at | goes_left]
        work.place[n_found], work.amount[0, n_found] = c, weight
        work.amount[1, n_found] = of_right * right + of_left * left
        n_found += 1 if weight != 0.0 else 0
    sums = work.sums
    sums[:, :n] = 0.0
    _sum_both_products(work, n_found, others, others + 1, rules)
    of_s, of_t = packed[: 2 * n], packed[2 * n : 4 * n]
    for c in range(n):
        of_s[2 * c], of_s[2 * c + 1] = sums[0, c], sums[2, c]
        of_t[2 * c], of_t[2 * c + 1] = sums[1, c], sums[2, c] + sums[3, c]


@kernel
def unpack_siblings(packed: Floats, bit: int, left: float, right: float, lines: Floats) -> None:
    """Write what rows look up of two siblings, for each pattern at the node and each side.

    Parameters
    ----------
    packed : ndarray of float64, shape (4 * 2^others,)
        As from :func:`pack_siblings`.
    bit : int
    left, right : float
    lines : ndarray of float64, shape (3, 2^(m+1))
        s, t, and what the player whom the node asks is given; written.
    """
    n, goes_left = len(packed) // 4, lines.shape[1] // 2
    for side in range(2):
        x, first = (left if side == 1 else right), side * goes_left
        if n == goes_left:
            _write_lines(packed, 0, n, x, lines, first)
            continue
        for c in range(0, n, 1 << bit):
            _write_lines(packed, c, 1 << bit, 0.0, lines, first + 2 * c)
            _write_lines(packed, c, 1 << bit, x, lines, first + 2 * c + (1 << bit))


@part
def _write_lines(packed: Floats, start: int, n: int, x: float, lines: Floats, first: int) -> None:
    """Write what n patterns are given, of rows that get the value x."""
    of_s, of_t = packed[2 * start :], packed[len(packed) // 2 + 2 * start :]
    s, t, own = lines[0, first:], lines[1, first:], lines[2, first:]
    for i in range(n):
        s[i] = x * of_s[2 * i] + of_s[2 * i + 1]
        t[i] = x * of_t[2 * i] + of_t[2 * i + 1]
        own[i] = s[i] - of_t[2 * i + 1]


@kernel
def _sum_products(work: Packing, n_found: int | np.int64, m: int, rules: Rules) -> None:
    """Add the products over m players, times each of two factors, of all points of a rule."""
    place, amount, products, sums = work.place, work.amount[0], work.products[0], work.sums
    if m < LOW:
        _sum_few_products(work, amount, n_found, m, m, _OF_LEAF, rules, sums[0], sums[1])
        return
    n, last = 1 << m, max(LOW, m - 2)
    inner = min(last, PLAYERS_AT_ONCE)
    for k in range((m + 1) // 2):
        point = rules.points[m, k]
        present, absent = splat(point), splat(1.0 - point)
        low, f = (m * rules.points.shape[1] + k) * WIDTH * WIDTH, 0
        for start in range(0, n, 1 << inner):
            end = start + (1 << inner)
            products[start:end] = 0.0
            while f < n_found and place[f] < end:
                there, total = place[f] & ~(WIDTH - 1), splat(0.0)
                while f < n_found and place[f] < there + WIDTH:
                    lanes = load(rules.low, low + WIDTH * (place[f] & (WIDTH - 1)))
                    total = fma(spread(amount, f), lanes, total)
                    f += 1
                store(products, there, total)
            _transform(products, start, end, LOW, inner, present, absent)
        _transform(products, 0, n, inner, last, present, absent)
        _transform_and_add(products, m, last, point, rules.factors[_OF_LEAF, m, k], sums[:2])


@kernel
def _sum_both_products(
    work: Packing, n_found: int | np.int64, m: int, rule: int, rules: Rules
) -> None:
    """Do as :func:`_sum_products` does for both amounts: sums of the rows first, then of the others.

    Side by side, neither waits for what the processor has not added up of the other one.
    """
    place, amount, sums = work.place, work.amount, work.sums
    if m < LOW:
        for i, purpose in enumerate((_OF_ROW, _OF_BACKGROUND)):
            first, second = sums[2 * i], sums[2 * i + 1]
            _sum_few_products(work, amount[i], n_found, m, rule, purpose, rules, first, second)
        return
    of_row, of_other = work.products[0], work.products[1]
    n, last = 1 << m, max(LOW, m - 2)
    inner = min(last, PLAYERS_AT_ONCE - 1)
    for k in range((rule + 1) // 2):
        point = rules.points[rule, k]
        present, absent = splat(point), splat(1.0 - point)
        low, f = (rule * rules.points.shape[1] + k) * WIDTH * WIDTH, 0
        for start in range(0, n, 1 << inner):
            end = start + (1 << inner)
            of_row[start:end] = of_other[start:end] = 0.0
            while f < n_found and place[f] < end:
                there, row, other = place[f] & ~(WIDTH - 1), splat(0.0), splat(0.0)
                while f < n_found and place[f] < there + WIDTH:
                    lanes = load(rules.low, low + WIDTH * (place[f] & (WIDTH - 1)))
                    row = fma(spread(amount[0], f), lanes, row)
                    other = fma(spread(amount[1], f), lanes, other)
                    f += 1
                store(of_row, there, row)
                store(of_other, there, other)
            _transform(of_row, start, end, LOW, inner, present, absent)
            _transform(of_other, start, end, LOW, inner, present, absent)
        _transform(of_row, 0, n, inner, last, present, absent)
        _transform(of_other, 0, n, inner, last, present, absent)
        factors = rules.factors[:, rule, k]
        _transform_and_add(of_row, m, last, point, factors[_OF_ROW], sums[:2])
        _transform_and_add(of_other, m, last, point, factors[_OF_BACKGROUND], sums[2:])


@part
def _transform(
    work: Floats,
    begin: int,
    end: int,
    first_player: int,
    end_player: int,
    present: Vector,
    absent: Vector,
) -> None:
    """Take some players into the products that stand in a part of ``work``."""
    j = first_player
    if (end_player - first_player) % 2 == 1:
        step = 1 << j
        for block in range(begin, end, 2 * step):
            for first in range(block, block + step, WIDTH):
                fail, pass_ = load(work, first), load(work, first + step)
                store(work, first, absent * pass_)
                store(work, first + step, fma(present, fail, pass_))
        j += 1
    while j < end_player:  # two players at once: half as many loads and stores
        step = 1 << j
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


@part
def _transform_and_add(
    work: Floats, m: int, last: int, point: float, factors: Floats, sums: Floats
) -> None:
    """Take the last players, at most two, into the products, and add these to two sums."""
    present, absent = splat(point), splat(1.0 - point)
    s, t, first, second = splat(factors[0]), splat(factors[1]), sums[0], sums[1]
    step = 1 << last
    if m == last:
        for at in range(0, step, WIDTH):
            _add(first, second, at, load(work, at), s, t)
    elif m == last + 1:
        for at in range(0, step, WIDTH):
            fail, pass_ = load(work, at), load(work, at + step)
            _add(first, second, at, absent * pass_, s, t)
            _add(first, second, at + step, fma(present, fail, pass_), s, t)
    else:
        for at in range(0, step, WIDTH):
            f_f, p_f = load(work, at), load(work, at + step)
            f_p, p_p = load(work, at + 2 * step), load(work, at + 3 * step)
            f_f, p_f = absent * p_f, fma(present, f_f, p_f)
            f_p, p_p = absent * p_p, fma(present, f_p, p_p)
            _add(first, second, at, absent * f_p, s, t)
            _add(first, second, at + step, absent * p_p, s, t)
            _add(first, second, at + 2 * step, fma(present, f_f, f_p), s, t)
            _add(first, second, at + 3 * step, fma(present, p_f, p_p), s, t)


@part
def _add(first: Floats, second: Floats, at: int, g: Vector, s: Vector, t: Vector) -> None:
    store(first, at, fma(s, g, load(first, at)))
    store(second, at, fma(t, g, load(second, at)))


@kernel
def _sum_few_products(
    work: Packing,
    amount: Floats,
    n_found: int | np.int64,
    m: int,
    rule: int,
    purpose: int | np.int64,
    rules: Rules,
    first: Floats,
    second: Floats,
) -> None:
    """Do as :func:`_sum_products` does, where patterns do not fill a vector."""
    for k in range((rule + 1) // 2):
        point = rules.points[rule, k]
        s, t = rules.factors[purpose, rule, k, 0], rules.factors[purpose, rule, k, 1]
        for b in range(1 << m):
            g = 0.0
            for f in range(n_found):
                product = amount[f]
                for j in range(m):
                    passes, background_passes = (b >> j) & 1, (work.place[f] >> j) & 1
                    product *= point * passes + (1.0 - point) * background_passes
                g += product
            first[b] += s * g
            second[b] += t * g
