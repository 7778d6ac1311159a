"""What the noise of estimates adds to the mean of their absolute values, and how to take it off.

The absolute value of an estimate is larger on average than that of what it estimates: noise of
standard error 1 around zero has a mean absolute value of 0.8. No function of single estimates is
free of this for every true value (Cai and Low 2011, "Testing composite hypotheses, Hermite
polynomials and optimal estimation of a nonsmooth functional", Annals of Statistics 39). The squares
of many are: their mean exceeds that of the true squares by the mean squared standard error, whatever
the distribution of the noise, and so tells how much of a feature's size is noise.
"""

from dataclasses import dataclass

import numpy as np

from pellucid._core.typing import Floats

_Z = 1.96
"""Quantile of the normal distribution between which and its negative lie 95 %."""
_CELLS_AT_ONCE = 2**19
"""Squares of so many values take 4 MB."""


@dataclass(frozen=True, eq=False)
class NoiseSums:
    """Sums over rows that tell how much of the attributions' size is noise, shape (d, k) each.

    Attributes
    ----------
    squares, fourths : ndarray of float64
        Of the estimates' second and fourth powers.
    noise, noise_squares : ndarray of float64
        Of the squared standard errors, and of the squares of these; zero where values are exact.
    products : ndarray of float64
        Of squared estimates times squared standard errors.
    """

    squares: Floats
    fourths: Floats
    noise: Floats
    noise_squares: Floats
    products: Floats

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> "NoiseSums":
        """Return the sums over no rows."""
        return cls(*np.zeros((5, *shape)))

    @classmethod
    def of(cls, values: Floats, std_error: Floats | None) -> "NoiseSums":
        """Return the sums over some rows, shape (n, d, k) each; no standard error means exact."""
        total = cls.none(values.shape[1:])
        rows = max(1, _CELLS_AT_ONCE // max(total.squares.size, 1))
        for start in range(0, len(values), rows):
            block = slice(start, start + rows)
            total += cls._of_block(values[block], None if std_error is None else std_error[block])
        return total

    @classmethod
    def _of_block(cls, values: Floats, std_error: Floats | None) -> "NoiseSums":
        with np.errstate(over="ignore"):
            squares = np.square(values)
            exact = squares.sum(axis=0), _sum_of_products(squares, squares)
            if std_error is None:
                return cls(*exact, *np.zeros((3, *exact[0].shape)))
            noise = np.square(std_error)
            return cls(
                *exact,
                noise.sum(axis=0),
                _sum_of_products(noise, noise),
                _sum_of_products(squares, noise),
            )

    def __add__(self, other: "NoiseSums") -> "NoiseSums":
        return NoiseSums(
            self.squares + other.squares,
            self.fourths + other.fourths,
            self.noise + other.noise,
            self.noise_squares + other.noise_squares,
            self.products + other.products,
        )

    def signal(self) -> tuple[Floats, Floats]:
        """Return the share of size that is no noise, and its standard error.

        Returns
        -------
        share : ndarray of float64, shape (d, k)
            From 0 to 1; 1 where values are exact.
        std_error : ndarray of float64, shape (d, k)
            0 where values are exact.

        Notes
        -----
        With Q the sum of squares and S that of squared standard errors, the share is ``sqrt(1 - S /
        Q)``, and 0 if S exceeds Q. Times the mean absolute estimate, it gives what the mean
        absolute value would be if noise and true values were distributed alike; for a feature that
        is noise alone, nothing; and for one whose noise is small, what is right but for terms of
        second order. What it misses where values and noise are distributed otherwise is not
        part of the standard error.

        The standard error of ``S / Q`` is that of a ratio of two means. The root, which is steep at
        zero, takes from it the larger side of the interval that covers 95 %, over 1.96.
        """
        is_noisy = (self.noise > 0) & (self.squares > 0)
        q = np.where(is_noisy, self.squares, 1.0)
        noise = np.where(is_noisy, self.noise, 0.0)
        ratio = noise / q
        with np.errstate(over="ignore", invalid="ignore"):
            scatter = self.noise_squares - 2 * ratio * self.products + ratio**2 * self.fourths
            error = np.where(is_noisy, np.sqrt(np.maximum(scatter, 0.0)) / q, 0.0)
        rest = np.maximum(1 - ratio, 0.0)
        share = np.sqrt(rest)
        up = np.sqrt(rest + _Z * error) - share
        down = share - np.sqrt(np.maximum(rest - _Z * error, 0.0))
        return share, np.maximum(up, down) / _Z


def _sum_of_products(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.einsum("ndk,ndk->dk", one, other))


def without_noise(means: Floats, std_errors: Floats, sums: NoiseSums) -> tuple[Floats, Floats]:
    """Return mean absolute values, and their standard errors, less what noise adds to them.

    Parameters
    ----------
    means, std_errors : ndarray of float64, shape (d, k)
        Means over rows of the estimates' absolute values, and the standard errors of these means.
    sums : NoiseSums
        Over the same rows.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(scale=0.1, size=(400, 1, 1))
    >>> sums = NoiseSums.of(noise, np.full_like(noise, 0.1))
    >>> means, errors = without_noise(np.abs(noise).mean(axis=0), np.array([[0.003]]), sums)
    >>> bool(np.abs(noise).mean() > 0.07), bool(means[0, 0] < 1.96 * errors[0, 0])
    (True, True)
    """
    share, error = sums.signal()
    # Both errors come from the same rows, and may add up.
    return means * share, std_errors * share + means * error
