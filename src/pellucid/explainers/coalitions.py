"""Which coalitions to evaluate, and how their outputs become Shapley values.

A game here has n players, a known output of the empty coalition and a known output of the full
one. Three designs answer for three sizes of budget: all coalitions; pairs of a coalition and its
complement with a weighted regression; pairs of a random order of the players and its reverse.
The latter two are unbiased, so that the mean over many games gets better with their number.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, Self, final

import numpy as np

from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.kernels.coalition_values import values_of_all, values_of_orders, write_orders


@dataclass(frozen=True, eq=False)
class Estimate:
    """Shapley values of one game.

    Attributes
    ----------
    values : ndarray of float64, shape (n, k)
        They add up to the output of the full coalition minus that of the empty one.
    variances : ndarray of float64, shape (n, k), or None
        Of the values as estimates; zero if they are exact, None if one draw alone cannot tell.
    pair_variances : ndarray of float64, shape (n, k), or None
        Variance of the values that a single pair of orders gives, where several were drawn.
    freedom : float
        Degrees of freedom of the variances.
    n_pairs : int
        Number of pairs of orders drawn; 0 if the estimate is of another kind.
    """

    values: Floats
    variances: Floats | None
    pair_variances: Floats | None = None
    freedom: float = math.inf
    n_pairs: int = 0


def joined(earlier: Estimate, later: Estimate, share: float) -> Estimate:
    """Return the estimate of a game from the draws of two rounds.

    Orders are pooled, and regressions averaged. Where a round got another kind of design than the
    one before, the later one alone is so much better that it replaces the earlier.

    Parameters
    ----------
    earlier, later : Estimate
        From independent draws.
    share : float
        Share of the earlier round in the coalitions of both.
    """
    a, b = share, 1 - share
    values = a * earlier.values + b * later.values
    if earlier.n_pairs and later.n_pairs:
        n_pairs = earlier.n_pairs + later.n_pairs
        between = (earlier.values - later.values) ** 2
        squares = earlier.n_pairs * later.n_pairs / n_pairs * between
        for each in (earlier, later):
            if each.pair_variances is not None:
                squares = squares + (each.n_pairs - 1) * each.pair_variances
        spread = squares / (n_pairs - 1)
        return Estimate(values, spread / n_pairs, spread, freedom=n_pairs - 1, n_pairs=n_pairs)
    if earlier.n_pairs or earlier.variances is None or later.variances is None:
        return later
    if not (math.isfinite(earlier.freedom) and math.isfinite(later.freedom)):
        return later
    variances = a**2 * earlier.variances + b**2 * later.variances
    return Estimate(values, variances, freedom=earlier.freedom + later.freedom)


class Design(Protocol):
    """Coalitions of n players to evaluate, and what follows from their outputs."""

    @property
    def n_coalitions(self) -> int:
        """Number of coalitions to evaluate, c."""
        ...

    @property
    def coalitions(self) -> Booleans:
        """Coalitions to evaluate, shape (c, n)."""
        ...

    def estimate(self, outputs: Floats, empty: Floats, full: Floats) -> Estimate:
        """Turn the outputs (c, k), (k,) and (k,) into Shapley values."""
        ...


@final
class AllCoalitions:
    """Every coalition: exact.

    Parameters
    ----------
    n : int
        Number of players, at least 1.

    Examples
    --------
    >>> design = AllCoalitions(2)
    >>> product = design.coalitions.prod(axis=1, keepdims=True).astype(float)
    >>> design.estimate(product, np.array([0.0]), np.array([1.0])).values.ravel()
    array([0.5, 0.5])
    """

    def __init__(self, n: int) -> None:
        self.n = n

    @property
    def n_coalitions(self) -> int:
        """Number of coalitions to evaluate, c."""
        return int(2**self.n) - 2

    @property
    def coalitions(self) -> Booleans:
        """All but the empty and the full coalition; bit i of the place says whether i is in."""
        return _memberships(self.n)[1:-1]

    def estimate(self, outputs: Floats, empty: Floats, full: Floats) -> Estimate:
        """Average each player's differences over all coalitions of the others."""
        values = np.empty((self.n, len(full)))
        values_of_all(outputs, empty, full, values)
        return Estimate(values, np.zeros_like(values))


@lru_cache(maxsize=16)
def _memberships(n: int) -> Booleans:
    members: Booleans = (np.arange(2**n)[:, None] >> np.arange(n)) % 2 == 1
    return members


@final
@dataclass(frozen=True, eq=False)
class PermutationPairs:
    """Random orders of the players, each with its reverse: unbiased.

    An order and its reverse together are exact for games whose interactions are of pairs only.

    Attributes
    ----------
    ranks : ndarray of int64, shape (t, n)
        Place of each player in each of the t orders.

    References
    ----------
    Mitchell, Cooper, Frank, Holmes (2022): Sampling permutations for Shapley value estimation.
    """

    ranks: Integers

    @classmethod
    def draw(cls, n: int, n_pairs: int, generator: np.random.Generator) -> Self:
        """Draw orders of n players, at least 2."""
        ranks = np.empty((n_pairs, n), dtype=np.int64)
        ranks[:] = np.arange(n)
        generator.permuted(ranks, axis=1, out=ranks)
        return cls(ranks)

    @property
    def n_coalitions(self) -> int:
        """Number of coalitions to evaluate, c."""
        t, n = self.ranks.shape
        return int(2 * t * (n - 1))

    @property
    def coalitions(self) -> Booleans:
        """Per order: the first 1, 2, … n - 1 players, then their complements."""
        members = np.empty((self.n_coalitions, self.ranks.shape[1]), dtype=np.bool_)
        write_orders(self.ranks, members)
        return members

    def estimate(self, outputs: Floats, empty: Floats, full: Floats) -> Estimate:
        """Average what each player adds when it enters, over the orders and their reverses."""
        t, n = self.ranks.shape
        values, spread = np.empty((2, n, len(full)))
        values_of_orders(self.ranks, outputs, empty, full, values, spread)
        if t == 1:
            return Estimate(values, None, n_pairs=1)
        return Estimate(values, spread / t, spread, freedom=t - 1, n_pairs=t)
