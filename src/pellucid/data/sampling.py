"""Which rows a global explanation looks at, and when it has seen enough."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.randomness import generator_for
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import check_count, check_fraction


@dataclass(frozen=True)
class SamplingPolicy:
    """Explain random rows until the ranking of the most important features is sure enough.

    Rows are drawn without replacement, in rounds that each double what was seen. After a round
    the importance of every feature has a standard error, and with it a confidence interval. A
    feature among the ``top_k`` is settled when its interval overlaps no other feature's, so that
    its place is known; or when its standard error is at most ``relative_error`` of the largest
    importance, so that no place worth speaking of is left to find. Sampling ends when all of them
    are settled, or all rows are seen.

    Parameters
    ----------
    allow_eval_sampling : bool
        False explains all rows; the other parameters are then without effect.
    top_k : int
        Number of features, from the most important one, whose ranking matters.
    confidence : float
        Probability, above 0 and below 1, with which at least all intervals hold at once.
    relative_error : float
        Standard error that is small enough in any case, as a share of the largest importance;
        0 insists on separate intervals.
    min_rows : int
        Rows in the first round, at least 2; fewer rows than that are all explained.
    max_rows : int, optional
        Rows at which sampling ends even if the ranking is not sure.

    Raises
    ------
    InvalidInputError
        A parameter cannot be used.

    Notes
    -----
    The intervals are ``mean ± z * std_error`` with the quantile z of the normal distribution at
    ``1 - (1 - confidence) / (2 * d)``, Bonferroni's correction for d features. If all hold, then
    intervals that do not overlap are in the right order, whatever the correlation of the features'
    attributions. That two intervals are asked not to overlap, rather than their difference to be
    significant, makes each comparison stricter by up to a factor of sqrt(2) in z, which outweighs
    that the question is asked again after every round. With several outputs, a feature's
    importance is the mean over them, and so is its standard error: an upper bound, since the
    outputs were seen on the same rows. Standard errors are for the population that the rows come
    from, so a ranking may stay unsettled when all rows have been seen.

    Examples
    --------
    >>> policy = SamplingPolicy(min_rows=100)
    >>> [len(rows) for rows in policy.rounds(1000, random_state=0)]
    [100, 100, 200, 400, 200]
    >>> importance = np.array([[0.50], [0.30], [0.10]])
    >>> policy.is_settled(importance, std_errors=np.array([[0.04], [0.05], [0.03]]))
    False
    >>> policy.is_settled(importance, std_errors=np.array([[0.02], [0.02], [0.02]]))
    True
    """

    allow_eval_sampling: bool = True
    top_k: int = 10
    confidence: float = 0.95
    relative_error: float = 0.05
    min_rows: int = 200
    max_rows: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.allow_eval_sampling, bool):
            raise InvalidInputError(
                f"allow_eval_sampling must be True or False; got {self.allow_eval_sampling!r}"
            )
        check_count("top_k", self.top_k)
        check_fraction("confidence", self.confidence)
        check_fraction("relative_error", self.relative_error, zero=True)
        check_count("min_rows", self.min_rows, minimum=2)
        if self.max_rows is not None:
            check_count("max_rows", self.max_rows, minimum=2)

    def rounds(self, n_rows: int, random_state: int) -> Iterator[Integers]:
        """Yield the rows of each round.

        Parameters
        ----------
        n_rows : int
            Number of rows there are.
        random_state : int
            Seed; the same seed gives the same rows in the same order.

        Yields
        ------
        ndarray of int64
            Rows not seen before, in random order. Without sampling, and if there are no more than
            ``min_rows``, all rows in one round and in their own order.
        """
        most = n_rows if self.max_rows is None else min(n_rows, self.max_rows)
        if not self.allow_eval_sampling or n_rows <= min(self.min_rows, most):
            yield np.arange(n_rows, dtype=np.int64)
            return
        order = generator_for(random_state).permutation(n_rows)[:most].astype(np.int64)
        seen, upto = 0, self.min_rows
        while seen < most:
            yield order[seen:upto]
            seen, upto = upto, 2 * upto

    def is_settled(self, means: Floats, std_errors: Floats) -> bool:
        """Return whether the ranking is sure enough; described above.

        Parameters
        ----------
        means : ndarray of float64, shape (d, k)
            Importance of each feature for each output so far.
        std_errors : ndarray of float64, shape (d, k)
            Their standard errors; NaN, as after a single row, settles nothing.
        """
        importance, error = means.mean(axis=1), std_errors.mean(axis=1)
        quantile = NormalDist().inv_cdf(1 - (1 - self.confidence) / (2 * len(importance)))
        low, high = importance - quantile * error, importance + quantile * error
        for feature in np.argsort(-importance, kind="stable")[: self.top_k]:
            overlapping = (low <= high[feature]) & (high >= low[feature])
            is_separate = np.count_nonzero(overlapping) == 1 and not np.isnan(error).any()
            if not is_separate and not error[feature] <= self.relative_error * importance.max():
                return False
        return True
