"""Which points gradients are taken at, and what is known of means over them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import stdtrit

from pellucid._core.typing import Booleans, Floats, Integers

SURELY = 1 - 1e-7
"""A gap that sampling accounts for with less than the rest of it is none of sampling's."""

NORMAL_KURTOSIS = 3


@dataclass(frozen=True, eq=False)
class Draws:
    """Points on the ways from reference rows to a row, in p pairs of two.

    Both points of a pair are drawn alike and independently of each other, from one part of all
    points, so that half their difference tells how sure their mean is.

    Attributes
    ----------
    weights : ndarray of float64, shape (p,)
        How much of the whole each pair stands for, summing to 1.
    references : ndarray of int64, shape (p, 2)
    alphas : ndarray of float64, shape (p, 2)
        How far from the reference row to the row.
    """

    weights: Floats
    references: Integers
    alphas: Floats

    @classmethod
    def of(cls, weights: Floats, n_samples: int, rng: np.random.Generator) -> Self:
        """Draw points: on all reference rows alike, if there are enough points for them.

        Parameters
        ----------
        weights : ndarray of float64, shape (m,)
            Of the reference rows, positive and summing to 1.
        n_samples : int
            About how many points.
        rng : Generator

        Examples
        --------
        >>> draws = Draws.of(np.array([0.5, 0.25, 0.25]), 8, np.random.default_rng(0))
        >>> draws.references[:, 0], draws.weights
        (array([0, 0, 1, 2]), array([0.25, 0.25, 0.25, 0.25]))
        >>> (draws.alphas[0] < 0.5).all(), (draws.alphas[1] >= 0.5).all()
        (np.True_, np.True_)
        """
        n_pairs, m = max(n_samples // 2, 1), len(weights)
        if m <= n_pairs:
            counts = np.maximum((weights * n_pairs + 1e-9).astype(np.int64), 1)
            one = np.repeat(np.arange(m), counts)
            references = np.stack([one, one], axis=1)
            parts = np.concatenate([np.arange(count) / count for count in counts.tolist()])
            share, width = weights[one] / counts[one], 1 / counts[one]
        else:
            references = rng.choice(m, size=(n_pairs, 2), p=weights)
            parts = np.arange(n_pairs) / n_pairs
            share = width = np.full(n_pairs, 1 / n_pairs)
        alphas = parts[:, None] + width[:, None] * rng.random((len(parts), 2))
        return cls(share, references, alphas)


@dataclass(eq=False)
class Moments:
    """What the points say of n rows' expected gradients.

    Attributes
    ----------
    mean : ndarray of float64, shape (n, d, c)
    variance : ndarray of float64, shape (n, d, c)
        Of the mean.
    squares : ndarray of float64, shape (n, d, c)
        Sum of the squares of what each pair contributes to the variance.
    with_sum : ndarray of float64, shape (n, d, c)
        Covariance of the mean with that of the sum over all players.
    of_sum : ndarray of float64, shape (n, c)
        Variance of that.
    n_pairs : ndarray of int64, shape (n,)
        Pairs of points that this rests on.
    """

    mean: Floats
    variance: Floats
    squares: Floats
    with_sum: Floats
    of_sum: Floats
    n_pairs: Integers

    def join(self, at: Integers, other: Self) -> None:
        """Take further points for some rows into account, drawn independently of the others."""
        part = (other.n_pairs / (self.n_pairs[at] + other.n_pairs))[:, None, None]
        self.mean[at] += part * (other.mean - self.mean[at])
        for mine, others, share, power in (
            (self.variance, other.variance, part, 2),
            (self.squares, other.squares, part, 4),
            (self.with_sum, other.with_sum, part, 2),
            (self.of_sum, other.of_sum, part[:, 0], 2),
        ):
            mine[at] = (1 - share) ** power * mine[at] + share**power * others
        self.n_pairs[at] += other.n_pairs

    def adjusted(self, differences: Floats) -> tuple[Floats, Floats, Booleans]:
        """Return values that add up, and their standard errors, where sampling explains the gap.

        The gap is shared among players by the regression of their means on the sum, whose
        expectation is known: the difference of predictions.

        Parameters
        ----------
        differences : ndarray of float64, shape (n, c)
            What a row's outputs differ by from the mean of the reference rows'.

        Returns
        -------
        values, std_error : ndarray of float64, shape (n, d, c)
        missed : ndarray of bool, shape (n, c)
            Gaps that are too large for sampling: these values are left as they are.
        """
        gap = self.mean.sum(axis=1) - differences
        freedom = self.n_pairs[:, None].astype(np.float64)
        rounding = 1e-4 * np.maximum(np.abs(differences), np.abs(self.mean).sum(axis=1))
        deviation = np.sqrt(self.of_sum)
        missed = np.abs(gap) > stdtrit(freedom, SURELY) * deviation + rounding
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = self.with_sum / self.of_sum[:, None]
            # What the sum is off by is known, and tells whether its error is as large as it seems.
            off = np.where(np.abs(gap) > rounding, np.abs(gap) / deviation, 0.0)
        slope = np.where(np.isfinite(slope) & ~missed[:, None], slope, 0.0)
        left = np.maximum(self.variance - slope * self.with_sum, 0.0)
        used = np.where(missed, freedom, np.maximum(freedom - 1, 0.5))
        error = np.sqrt(left * (freedom / used)[:, None]) * self._enlarged()
        error *= np.where(np.isfinite(off), np.maximum(off, 1.0), 1.0)[:, None]
        return self.mean - slope * gap[:, None], error, missed

    def _enlarged(self) -> Floats:
        """Return what Student's distribution asks for: few pairs may make most of a variance."""
        with np.errstate(divide="ignore", invalid="ignore"):
            freedom = NORMAL_KURTOSIS * self.variance**2 / self.squares  # by Satterthwaite
        most = np.maximum(self.n_pairs[:, None, None] - 1, 1)
        freedom = np.clip(np.where(np.isfinite(freedom), freedom, most), 1, most)
        return np.asarray(stdtrit(freedom, 0.975) / stdtrit(np.inf, 0.975))
