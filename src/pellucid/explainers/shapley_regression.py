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
from pellucid.kernels.coalition_values import values_of_regression

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
        counts, weights, drawn = _shares(n, n_pairs)
        halves, folds = [], []
        for size, count in enumerate(counts, start=1):
            halves.append(_distinct_coalitions(n, size, count, generator))
            folds.append(generator.permutation(count) % N_FOLDS)
        return cls(np.concatenate(halves), weights, drawn, np.concatenate(folds))

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
        values, variances = np.empty((2, n, len(full)))
        game = outputs, empty, full
        drawn = self.halves, self.weights, self.drawn, self.folds
        values_of_regression(*drawn, N_FOLDS, *game, values, variances)
        return Estimate(values, variances, freedom=p - n)


@lru_cache(maxsize=64)
def _shares(n: int, n_pairs: int) -> tuple[list[int], Floats, Floats]:
    """Return the pairs of each size, and each pair's weight and share that is drawn, shape (p,)."""
    counts = pairs_per_size(n, n_pairs)
    sizes = np.arange(1, len(counts) + 1)
    kernel_of_size = (n - 1) / (sizes * (n - sizes)) * np.where(2 * sizes == n, 0.5, 1.0)
    available = np.array([_n_pairs_of_size(n, size) for size in sizes.tolist()], dtype=np.float64)
    weights = np.repeat(kernel_of_size / np.maximum(counts, 1), counts)
    return counts, weights, np.repeat(counts / available, counts)


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
