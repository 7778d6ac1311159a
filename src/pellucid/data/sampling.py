"""Which rows a global explanation looks at, and when it has seen enough."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from pellucid._core.errors import InvalidInputError
from pellucid._core.randomness import generator_for
from pellucid._core.typing import Booleans, Floats, Integers
from pellucid._core.validation import check_count, check_fraction
from pellucid.data.sampling_outcome import SamplingOutcome, StoppedBy

ROWS_TO_KNOW_COSTS = 10
"""Rows that are explained first where model rows are limited, to know what a row costs."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of the importance of d features after some rows.

    Attributes
    ----------
    importance, std_error : ndarray of float64, shape (d,)
    covariance : ndarray of float64, shape (d, d), or None
        Of the errors. None if it is not known; differences are then taken to be as uncertain as
        they can be.
    n_rows : int
        Rows behind it.
    """

    importance: Floats
    std_error: Floats
    covariance: Floats | None
    n_rows: int

    def difference_errors(self, j: int) -> Floats:
        """Return the standard errors of the differences between feature j and all, shape (d,)."""
        if self.covariance is None:
            bounds: Floats = self.std_error + self.std_error[j]
            return bounds
        variances: Floats = np.diagonal(self.covariance)
        # Rounding may leave less than nothing where two features are the same.
        squares = np.maximum(variances + variances[j] - 2 * self.covariance[j], 0.0)
        found: Floats = np.sqrt(squares)
        return found


@dataclass(frozen=True)
class SamplingPolicy:
    """Explain random rows until the ranking of the most important features is sure enough.

    Rows are drawn without replacement, in rounds that each double what was seen. After a round
    the difference between any two features' importances has a standard error, for which it counts
    that both were seen on the same rows. A feature among the ``top_k`` is settled when its
    difference from every other feature is significant, so that its place is known; or, where it is
    not, when both features' standard errors are at most ``relative_error`` of the largest
    importance, so that no difference worth speaking of is left to find. Sampling ends when all of
    them are settled, all rows are seen, or a limit is reached; ``stats.sampling`` says which.

    Parameters
    ----------
    allow_eval_sampling : bool
        False explains all rows; the other parameters are then without effect.
    top_k : int
        Number of features, from the most important one, whose ranking matters.
    confidence : float
        Probability, above 0 and below 1, with which at least the ranking of the ``top_k`` is right
        when all of them are told apart.
    relative_error : float
        Standard error that is small enough in any case, as a share of the largest importance;
        0 insists on significant differences.
    min_rows : int
        Rows in the first round, at least 2; fewer rows than that are all explained.
    max_rows : int, optional
        Rows at which sampling ends even if the ranking is not sure.
    max_evaluations : int, optional
        Model rows at which sampling ends even if the ranking is not sure, for explainers that
        call the model. What a row costs is first learnt from ten rows; the total may be missed as
        far as other rows cost more.

    Raises
    ------
    InvalidInputError
        A parameter cannot be used.

    Notes
    -----
    A feature of the top K is told apart only if it differs significantly from all others. Then a
    wrong ranking has, for some p < K, the true number p + 1 significantly above the true number
    p, or one from below the true top significantly above the true number K: one of d - 1 pairs.
    Each is looked at after each of L rounds, so differences count as significant beyond the
    quantile of Student's distribution at ``1 - (1 - confidence) / ((d - 1) L)``: Bonferroni's
    correction, which holds whatever the correlation of the features' attributions, and allows for
    looking again and again. Beyond 1,000 features, differences are taken to be as uncertain as the
    two features' errors allow. With several outputs, a feature's importance is the mean over them.
    Standard errors are for the population that the rows come from, so a ranking may stay unsettled
    when all rows have been seen.

    Examples
    --------
    >>> policy = SamplingPolicy(top_k=2, min_rows=100)
    >>> errors = np.array([0.04, 0.05, 0.03])
    >>> policy.standing(Evidence(np.array([0.5, 0.3, 0.1]), errors, None, 100), n_rows_given=1000)
    array([2, 2])
    >>> policy.standing(Evidence(np.array([0.5, 0.3, 0.1]), errors / 4, None, 1600), 10_000)
    array([0, 0])
    """

    allow_eval_sampling: bool = True
    top_k: int = 10
    confidence: float = 0.95
    relative_error: float = 0.05
    min_rows: int = 200
    max_rows: int | None = None
    max_evaluations: int | None = None

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
        if self.max_evaluations is not None:
            check_count("max_evaluations", self.max_evaluations)

    def order(self, n_rows: int, random_state: int) -> Integers:
        """Return the rows in the order in which they are looked at.

        Parameters
        ----------
        n_rows : int
            Number of rows there are.
        random_state : int
            Seed; the same seed gives the same order.

        Returns
        -------
        ndarray of int64
            At most ``max_rows`` rows at random. Without sampling, and if all rows belong to the
            first round, all of them in their own order.
        """
        most = self._most(n_rows)
        is_first_round = n_rows <= min(self.min_rows, most) and self.max_evaluations is None
        if not self.allow_eval_sampling or is_first_round:
            return np.arange(n_rows, dtype=np.int64)
        return generator_for(random_state).permutation(n_rows)[:most].astype(np.int64)

    def _most(self, n_rows: int) -> int:
        return n_rows if self.max_rows is None else min(n_rows, self.max_rows)

    def next_stop(self, n_rows: int, n_seen: int = 0, n_evaluations: int = 0) -> int:
        """Return how many rows are to be seen after the next round.

        Parameters
        ----------
        n_rows : int
            Number of rows there are.
        n_seen : int
            Rows seen so far.
        n_evaluations : int
            Model rows that were evaluated for them.

        Returns
        -------
        int
            ``n_seen`` if there is nothing more to see within the limits.

        Examples
        --------
        >>> policy = SamplingPolicy(min_rows=100, max_evaluations=50_000)
        >>> policy.next_stop(1000), policy.next_stop(1000, n_seen=10, n_evaluations=2000)
        (10, 100)
        >>> policy.next_stop(1000, n_seen=200, n_evaluations=40_000)
        250
        """
        if not self.allow_eval_sampling:
            return n_rows
        most = self._most(n_rows)
        goal = self.min_rows if n_seen < self.min_rows else 2 * n_seen
        if self.max_evaluations is not None:
            if not n_seen:
                goal = min(goal, ROWS_TO_KNOW_COSTS)
            elif n_evaluations:
                goal = min(goal, self.max_evaluations * n_seen // n_evaluations)
        return max(n_seen, min(goal, most))

    def standing(self, evidence: Evidence, n_rows_given: int) -> Integers:
        """Return how far the places of the top features are known, the most important first.

        Parameters
        ----------
        evidence : Evidence
        n_rows_given : int
            Rows there are, which limits how often the question is asked.

        Returns
        -------
        ndarray of int64, shape (min(top_k, d),)
            0 for a feature whose place is known, 1 for one that is too close to another to matter,
            and 2 for one that is not settled, as after a single row.
        """
        importance, error = evidence.importance, evidence.std_error
        quantile = self._quantile(len(importance), evidence.n_rows, n_rows_given)
        is_small = error <= self.relative_error * importance.max()
        ranked = np.argsort(-importance, kind="stable")[: self.top_k]
        found = np.zeros(len(ranked), dtype=np.int64)
        for place, j in enumerate(ranked):
            others = np.arange(len(importance)) != j
            apart = np.abs(importance - importance[j]) > quantile * evidence.difference_errors(j)
            together: Booleans = others & ~apart
            if together.any():
                found[place] = 1 if is_small[j] and is_small[together].all() else 2
        return found

    def _quantile(self, d: int, n_seen: int, n_rows_given: int) -> float:
        tail = (1 - self.confidence) / (max(d - 1, 1) * self._n_looks(n_rows_given))
        return float(-stdtrit(max(n_seen - 1, 1), tail))

    def _n_looks(self, n_rows: int) -> int:
        rounds = math.log2(max(self._most(n_rows) / self.min_rows, 1))
        return 1 + math.ceil(rounds)

    def outcome(
        self,
        evidence: Evidence,
        features: tuple[str, ...],
        n_rows_given: int,
        n_evaluations: int = 0,
    ) -> SamplingOutcome | None:
        """Return how sampling ends here, or None if it goes on.

        Parameters
        ----------
        evidence : Evidence
        features : tuple of str
            Names of the d features.
        n_rows_given : int
            Rows there are.
        n_evaluations : int
            Model rows evaluated so far.
        """
        n_seen = evidence.n_rows
        standing = self.standing(evidence, n_rows_given)
        is_last = self.next_stop(n_rows_given, n_seen, n_evaluations) == n_seen
        is_settled = bool((standing < 2).all()) and n_seen >= min(self.min_rows, n_rows_given)
        if not (is_settled or is_last):
            return None
        stopped_by: StoppedBy = "max_evaluations"
        if n_seen == n_rows_given:
            stopped_by = "all rows"
        elif is_settled:
            stopped_by = "settled"
        elif n_seen == self.max_rows:
            stopped_by = "max_rows"
        ranked = np.argsort(-evidence.importance, kind="stable")
        named = [(features[j], how) for j, how in zip(ranked, standing.tolist(), strict=False)]
        return SamplingOutcome(
            stopped_by,
            top_k=len(standing),
            confidence=self.confidence,
            unsettled=tuple(name for name, how in named if how == 2),
            close=tuple(name for name, how in named if how == 1),
        )
