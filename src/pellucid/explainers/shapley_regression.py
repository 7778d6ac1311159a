"""Shapley's weighted regression on pairs of coalitions, cross-fitted so that it is unbiased."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import Self, final

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.explainers.coalitions import Estimate

MOST_COALITIONS_LISTED = 4096
N_FOLDS = 5


@final
@dataclass(frozen=True, eq=False)
class RegressionPairs:
    """Random coalitions, each with its complement, and Shapley's weighted regression: unbiased.

    Coalitions of one size are drawn without replacement, the same number of each size as far as
    there are so many; those of one player are always all there, so the regression is determined.
    Unlike the usual regression, it is cross-fitted: fitted on some of the coalitions, corrected by
    what it gets wrong on the others.

    Attributes
    ----------
    halves : ndarray of bool, shape (p, n)
        One coalition of each pair.
    weights : ndarray of float64, shape (p,)
        Shapley's kernel over the probability of having been drawn.
    drawn : ndarray of float64, shape (p,)
        Which share of the coalitions of the same size was drawn.
    folds : ndarray of int64, shape (p,)
        Which fold each pair belongs to; sizes are spread evenly over the folds.

    References
    ----------
    Lundberg, Lee (2017): A unified approach to interpreting model predictions (the regression).
    Covert, Lee (2021): Improving KernelSHAP (pairs, and the matrix that is known without error).
    Musco, Witter (2025): Provably accurate Shapley value estimation via leverage score sampling
    (equal numbers of all sizes, without replacement). Witter, Liu, Musco (2025):
    Regression-adjusted Monte Carlo estimators for Shapley values (correcting a fit on others).
    """

    halves: Booleans
    weights: Floats
    drawn: Floats
    folds: Integers

    @classmethod
    def draw(cls, n: int, n_pairs: int, generator: np.random.Generator) -> Self:
        """Draw at least 4 n pairs of coalitions of n players, at least 4."""
        halves, weights, drawn, folds = [], [], [], []
        for size, count in enumerate(pairs_per_size(n, n_pairs), start=1):
            available = _n_pairs_of_size(n, size)
            halves.append(_distinct_coalitions(n, size, count, generator))
            kernel_of_size = (n - 1) / (size * (n - size)) * (0.5 if 2 * size == n else 1.0)
            weights.append(np.full(count, kernel_of_size / max(count, 1)))
            drawn.append(np.full(count, count / available))
            folds.append(generator.permutation(count) % N_FOLDS)
        return cls(*map(np.concatenate, (halves, weights, drawn, folds)))

    @property
    def n_coalitions(self) -> int:
        """Number of coalitions to evaluate, c."""
        return 2 * len(self.halves)

    @property
    def coalitions(self) -> Booleans:
        """The coalitions, then their complements."""
        return np.concatenate([self.halves, ~self.halves])

    def estimate(self, outputs: Floats, empty: Floats, full: Floats) -> Estimate:
        """Fit on all folds but one, correct the fit by its errors on that one, and average.

        Fitting and averaging the same coalitions would be biased, and the biases of many games
        would add up where their errors average out.
        """
        p, n = self.halves.shape
        total = full - empty
        sizes = self.halves.sum(axis=1, keepdims=True)
        centered = self.halves - sizes / n
        # Only the half of the game that changes sign under complement matters for Shapley values.
        odd = (outputs[:p] - outputs[p:] + total) / 2 - sizes / n * total
        # With all coalitions, the normal equations' matrix would be this number on the diagonal.
        solver = centered * (self.weights * 2 * n / (n - 1))[:, None]
        errors = np.empty_like(odd)
        values = np.zeros((n, len(full)))
        for fold in range(N_FOLDS):
            held = self.folds == fold
            fit = _weighted_fit(centered[~held], odd[~held], self.weights[~held])
            errors[held] = (odd - centered @ fit)[held]
            weight = np.where(held, self._weight_of_held(held), self.drawn)
            values += fit + (solver * weight[:, None]).T @ (odd - centered @ fit)
        variances = (solver**2 * (1 - self.drawn)[:, None]).T @ errors**2
        return Estimate(values / N_FOLDS + total / n, variances, freedom=p - n)

    def _weight_of_held(self, held: Booleans) -> Floats:
        """Return how many times its usual weight a held-out pair stands for those not drawn."""
        sizes = self.halves.sum(axis=1)
        drawn_of_size = np.bincount(sizes)[sizes]
        held_of_size = np.bincount(sizes, weights=held)[sizes]
        rest: Floats = drawn_of_size - (drawn_of_size - held_of_size) * self.drawn
        weight: Floats = np.divide(
            rest, held_of_size, out=np.ones_like(rest), where=held_of_size > 0
        )
        return weight


def _weighted_fit(centered: Floats, odd: Floats, weights: Floats) -> Floats:
    """Fit values that add up to zero by weighted least squares."""
    n = centered.shape[1]
    weighted = centered * weights[:, None]
    gram = weighted.T @ centered
    # Nothing informs about the sum of the values: that direction is filled in.
    fit: Floats = np.linalg.solve(gram + np.full((n, n), np.trace(gram) / n**2), weighted.T @ odd)
    return fit


def pairs_per_size(n: int, n_pairs: int) -> list[int]:
    """Share out pairs of coalitions over the sizes 1, 2, … n // 2 of their smaller half.

    All of size 1, then as evenly as the number of coalitions of each size allows.

    Examples
    --------
    >>> pairs_per_size(6, 20)
    [6, 7, 7]
    """
    available = [_n_pairs_of_size(n, size) for size in range(1, n // 2 + 1)]
    counts = [n] + [0] * (len(available) - 1)
    left = n_pairs - n
    scarce_first = sorted(range(1, len(available)), key=available.__getitem__)
    for place, i in enumerate(scarce_first):
        counts[i] = min(available[i], left // (len(scarce_first) - place))
        left -= counts[i]
    return counts


def _n_pairs_of_size(n: int, size: int) -> int:
    return comb(n, size) // 2 if 2 * size == n else comb(n, size)


def _distinct_coalitions(n: int, size: int, count: int, generator: np.random.Generator) -> Booleans:
    """Draw coalitions of one size without replacement, none of them another's complement."""
    available = _n_pairs_of_size(n, size)
    if available <= MOST_COALITIONS_LISTED or 4 * count > available:
        listed = _coalitions_of_size(n, size)[:available]
        if count == available:
            return listed
        chosen: Booleans = listed[generator.choice(available, size=count, replace=False)]
        return chosen
    found = np.empty((0, n), dtype=np.bool_)
    while len(found) < count:
        more = generator.random((count, n)).argsort(axis=1) < size
        if 2 * size == n:
            more ^= ~more[:, :1]
        found = np.concatenate([found, more])
        _, first = np.unique(_as_numbers(found), return_index=True)
        found = found[np.sort(first)]
    return found[:count]


def _as_numbers(coalitions: Booleans) -> npt.NDArray[np.uint64]:
    """Return coalitions of at most 64 players as numbers of so many bits."""
    packed = np.zeros((len(coalitions), 8), dtype=np.uint8)
    bits = np.packbits(coalitions, axis=1)
    packed[:, : bits.shape[1]] = bits
    return packed.view(np.uint64)[:, 0]


@lru_cache(maxsize=64)
def _coalitions_of_size(n: int, size: int) -> Booleans:
    """List the coalitions of one size; of half the players, those with player 0 come first."""
    members = list(combinations(range(n), size))
    listed = np.zeros((len(members), n), dtype=np.bool_)
    np.put_along_axis(listed, np.array(members), np.True_, axis=1)
    return listed
