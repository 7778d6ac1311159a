"""The mean over reference rows of their games' values, and its standard error.

A variance that comes from few numbers is itself in doubt. Along with every variance goes a sum
over its independent parts that tells how many degrees of freedom it has (Satterthwaite 1946), and
standard errors are enlarged as Student's distribution asks for, so that 1.96 of them cover 95 %
with few reference rows too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

import numpy as np
from scipy.special import stdtrit

from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.explainers.coalitions import Estimate

Predict = Callable[[Floats], tuple[Floats, Floats]]

LEAST_REPEATED = 10
"""So many games must have got several pairs for their variances to stand for the others'."""
LEAST_FREEDOM = 2.0
OTHERS_COUNT = 4
"""The mean variance of other games counts as so many pairs of orders of a game's own."""


@dataclass(frozen=True, eq=False)
class Game:
    """The estimate of one reference row's game, by columns.

    Attributes
    ----------
    row : int
        The reference row b.
    players : ndarray of bool, shape (d,)
        Columns in which it differs from the row to explain.
    estimate : Estimate
        Of these columns; the others have exactly zero.
    """

    row: int
    players: Booleans
    estimate: Estimate


@dataclass(frozen=True, eq=False)
class Entries:
    """The values of many games in one list, an entry for each game and column that plays in it.

    Attributes
    ----------
    estimates : list of n Estimate
    marked : ndarray of bool, shape (n, d)
        Which columns play in which game.
    games, columns : ndarray of int64, shape (e,)
        Which they are, in the list's order.
    values : ndarray of float64, shape (e, k)
    """

    estimates: list[Estimate]
    marked: Booleans
    games: Integers
    columns: Integers
    values: Floats

    @classmethod
    def of(cls, games: Sequence[Game], d: int, k: int) -> Self:
        """List the values of games with d columns and k outputs."""
        estimates = [game.estimate for game in games]
        marked = np.array([game.players for game in games], dtype=np.bool_).reshape(-1, d)
        values = np.concatenate([np.empty((0, k)), *(found.values for found in estimates)])
        at_game, at_column = np.nonzero(marked)
        return cls(estimates, marked, at_game, at_column, values)

    def sums(self, entries: Floats) -> Floats:
        """Add up entries, shape (e, k) or (e, 1), over the games, shape (d, k) or (d, 1)."""
        d = self.marked.shape[1]
        sums = [np.bincount(self.columns, each, minlength=d) for each in entries.T]
        return np.stack(sums, axis=1).astype(np.float64, copy=False)  # counts, of no entries

    def variances(self, kind: Literal["variances", "pair_variances"]) -> Floats:
        """Return the variances that the games know of themselves, shape (e, k); 0 elsewhere."""
        found = [getattr(estimate, kind) for estimate in self.estimates]
        zeros = np.zeros_like(self.values)
        known = [each for each in found if each is not None]
        if known:
            is_known = np.array([each is not None for each in found])[self.games]
            zeros[is_known] = np.concatenate(known)
        return zeros

    def spread_out(self, entries: Floats) -> Floats:
        """Return entries, shape (e, k), by games and columns, shape (n, d, k); 0 elsewhere."""
        whole = np.zeros((*self.marked.shape, entries.shape[1]))
        whole[self.marked] = entries
        return whole

    def of_games(self, numbers: Iterable[float]) -> Floats:
        """Return a number of each game as entries, shape (e, 1)."""
        each: Floats = np.fromiter(numbers, dtype=np.float64, count=len(self.estimates))
        return each[self.games][:, None]


@dataclass(frozen=True, eq=False)
class Variance:
    """Estimated variances, and how sure they are.

    Attributes
    ----------
    estimate : ndarray of float64, shape (d, k)
        NaN where there is nothing to estimate it from.
    doubt : ndarray of float64, shape (d, k)
        Sum over independent parts a of the variance, each with f degrees of freedom, of
        ``a**2 / (f + 2)``.
    """

    estimate: Floats
    doubt: Floats

    def __add__(self, other: Self) -> "Variance":
        return Variance(self.estimate + other.estimate, self.doubt + other.doubt)

    def scaled(self, factor: Floats | float) -> "Variance":
        """Return the variances of values that are larger by the root of ``factor``."""
        return Variance(self.estimate * factor, self.doubt * factor**2)

    @property
    def std_error(self) -> Floats:
        """Standard errors, of which 1.96 cover 95 % in spite of the doubt."""
        freedom = np.full_like(self.estimate, np.inf)
        np.divide(self.estimate**2, self.doubt, out=freedom, where=self.doubt > 0)
        factor = stdtrit(np.maximum(freedom - 2, LEAST_FREEDOM), 0.975) / stdtrit(np.inf, 0.975)
        std_error: Floats = np.sqrt(self.estimate) * factor
        return std_error


def variance_of_a_pair(games: Sequence[Game], d: int, k: int) -> Variance:
    """Return the mean variance of a pair of orders, from the games that got several pairs.

    It stands for that of other games; where too few games tell, it is NaN. A column whose pairs
    agree in all of these games may yet not do so in others: it gets one more game with the
    variance of the average column, or with that of its own values between games if this is less.
    Where all pairs of all columns agree, nothing speaks against the values being exact.
    """
    entries, n_games = Entries.of(games, d, k), max(len(games), 1)
    of_pairs = entries.variances("pair_variances")
    freedom = entries.of_games(found.freedom for found in entries.estimates)
    is_told = entries.of_games(found.pair_variances is not None for found in entries.estimates)
    total, doubt = entries.sums(of_pairs), entries.sums(of_pairs**2 / (freedom + 2))
    first, second = entries.sums(entries.values), entries.sums(entries.values**2)
    count = entries.sums(is_told)
    is_known = count >= LEAST_REPEATED
    between = np.maximum(second / n_games - (first / n_games) ** 2, 0)
    average = (total / np.maximum(count, 1)).sum(axis=0) / max(np.count_nonzero(count), 1)
    one_more = np.minimum(between, average)
    count = np.where(is_known, count + 1, np.nan)
    return Variance((total + one_more) / count, (doubt + one_more**2 / 3) / count**2)


def sum_of_certain(
    games: Sequence[Game], weights: Floats, of_a_pair: Variance
) -> tuple[Floats, Variance]:
    """Sum the games that take part by their own weight.

    Parameters
    ----------
    games : sequence of Game
    weights : ndarray of float64, shape (m,)
        Of the reference rows.
    of_a_pair : Variance
        That of a game of which one pair of orders was drawn. Where it is not known, the spread of
        such games' values bounds it.

    Returns
    -------
    values : ndarray of float64, shape (d, k)
    variance : Variance
    """
    entries = Entries.of(games, *of_a_pair.estimate.shape)
    w = entries.of_games(weights[game.row] for game in games)
    own, n_pairs = _own_shares(entries)
    freedom = entries.of_games(found.freedom for found in entries.estimates)
    parts = own * w**2 * entries.variances("variances")
    left = (1 - own) * w**2 / n_pairs
    values, variances = entries.sums(w * entries.values), entries.sums(parts)
    doubt, unknown = entries.sums(parts**2 / (freedom + 2)), entries.sums(left)
    first, second = entries.sums(left * entries.values), entries.sums(left * entries.values**2)
    mean = np.divide(first, unknown, out=np.zeros_like(first), where=unknown > 0)
    spread = np.maximum(second - mean * first, 0)
    others = of_a_pair.scaled(unknown)
    bounded = np.isnan(others.estimate)
    return values, Variance(variances, doubt) + Variance(
        np.where(bounded, spread, others.estimate), np.where(bounded, 0.0, others.doubt)
    )


class Mean(NamedTuple):
    """The mean of the games of drawn reference rows.

    Attributes
    ----------
    values : ndarray of float64, shape (d, k)
    variance : Variance
    unseen : ndarray of float64, shape (d, k)
        The part of the variance that comes from reference rows that were not drawn; NaN where the
        variance within games is not known.
    """

    values: Floats
    variance: Variance
    unseen: Floats


def own_share(estimate: Estimate) -> float:
    """Return how far a game's own variance is trusted against the mean of other games'."""
    if estimate.n_pairs == 0:
        return 1.0
    return (estimate.n_pairs - 1) / (estimate.n_pairs - 1 + OTHERS_COUNT)


def _own_shares(entries: Entries) -> tuple[Floats, Floats]:
    """Return each game's own share, and its number of pairs of orders, 1 at least, as entries."""
    own = entries.of_games(map(own_share, entries.estimates))
    return own, entries.of_games(max(found.n_pairs, 1) for found in entries.estimates)


def mean_of_sampled(
    games: list[Game],
    p: Floats,
    gap: Floats,
    of_a_pair: Variance,
    predict: Predict | None = None,
) -> Mean:
    """Average the games of drawn reference rows.

    Parameters
    ----------
    games : list of Game
        n of them, drawn with probabilities in proportion to the weights.
    p : ndarray of float64, shape (n,)
        Probability of each game's reference row among all that could be drawn.
    gap : ndarray of float64, shape (k,)
        What the mean of the values adds up to for all these reference rows, known without error,
        minus what it adds up to for the drawn ones.
    of_a_pair : Variance
        That of a game of which one pair of orders was drawn; NaN where unknown.
    predict : callable, optional
        Predicts the values (n, d, k) from what else is known of the reference rows, and returns
        these predictions and their mean (d, k) over all that could be drawn.

    Returns
    -------
    Mean

    Notes
    -----
    The gap is closed by each column's covariance with the sum of columns, as a regression on the
    known sum would do (a survey sampler's regression estimator), drawn towards the variances so
    that no share explodes. The variance between games is Hartley and Rao's for systematic draws
    without replacement; what is left of the variance within games comes from those drawn twice.
    """
    n, (d, k) = len(games), of_a_pair.estimate.shape
    entries = Entries.of(games, d, k)
    own, n_pairs = _own_shares(entries)
    others = np.where(own < 1, (1 - own) / n_pairs * of_a_pair.estimate[entries.columns], 0.0)
    within = entries.spread_out(own * entries.variances("variances") + others)
    y = entries.spread_out(entries.values)
    takes_part = np.asarray(entries.marked.any(axis=0))[:, None]
    values = y.mean(axis=0)
    if predict is not None:
        predicted, known = predict(y)
        y -= predicted
        left_over = y.mean(axis=0)
        gap = gap + (values - left_over - known).sum(axis=0)
        values = left_over + known
    deviations = y - y.mean(axis=0)
    shares, spread = _shares_of_gap(deviations, takes_part)
    deviations -= shares * deviations.sum(axis=1, keepdims=True)
    # Where nothing tells the variance within games, the spread of the draws bounds the whole.
    left = np.clip(1 - (n - 1) * p, 0, 1)[:, None, None]
    left = np.where(np.isnan(within), 1.0, left)
    parts = left * deviations**2 / (n * max(n - 2, 1))
    inside = ((1 - left) * np.nan_to_num(within)).sum(axis=0) / n**2
    between = np.maximum(parts.sum(axis=0) - (left * within).sum(axis=0) / n**2, 0)
    variance = Variance(parts.sum(axis=0) + inside, (parts**2).sum(axis=0) / 3)
    stretch = 1 + np.divide(n * gap**2, spread, out=np.zeros_like(gap), where=spread > 0)
    odd = np.where(spread > 0, 0.0, (shares * gap) ** 2)
    return Mean(
        values + shares * gap,
        variance.scaled(stretch) + Variance(odd, 0 * odd),
        between * stretch + odd,
    )


def _shares_of_gap(deviations: Floats, takes_part: Booleans) -> tuple[Floats, Floats]:
    """Return the share (d, k) of each column in a gap of the sum, and the spread (k,) behind it."""
    n = len(deviations)
    variances = (deviations**2).sum(axis=0)
    covariances = (deviations * deviations.sum(axis=1, keepdims=True)).sum(axis=0)
    caution = 2 / (n + 2)
    parts = (1 - caution) * covariances + caution * variances
    spread = parts.sum(axis=0)
    even = np.broadcast_to(takes_part / takes_part.sum(), parts.shape)
    return np.where(spread > 0, parts / np.where(spread > 0, spread, 1.0), even), spread
