"""From local explanations to a global one, part by part, so that none need be kept.

Means, variances and covariances are merged by the pairwise update of Chan, Golub and LeVeque (1979),
"Updating formulae and a pairwise algorithm for computing sample variances", Stanford
STAN-CS-79-773, which loses no accuracy however the rows are cut into parts.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import ExplainedSpace, Floats, Task
from pellucid.data.origin import Origin
from pellucid.data.sampling import Evidence, SamplingPolicy
from pellucid.data.sampling_outcome import SamplingOutcome
from pellucid.explanation.collecting import RowCollector
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.noise import NoiseSums, without_noise

if TYPE_CHECKING:
    from pellucid.explanation.stats import Stats


NOISY = (
    "importances contain what the noise of estimates adds to absolute values, since only bounds of "
    "their standard errors are known"
)
MOST_COMPARED = 1000
"""Features up to which covariances are kept; those of 1,000 take 8 MB."""


class _Kind(NamedTuple):
    """What all parts of one explanation have in common."""

    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    task: Task
    output_space: ExplainedSpace
    origin: Origin | None


class ImportanceAccumulator:
    """Sums up parts of a local explanation; their order and size do not matter to the result.

    Parameters
    ----------
    keep_local : bool
        Whether the local explanation is kept in the result. Without it, memory for one part and
        a few (d, k) arrays is all that is needed.
    n_rows : int
        Rows that are expected, for which the local explanation's arrays are made at once.
    compares : bool
        Whether ``covariance`` is kept too, for up to ``MOST_COMPARED`` features.

    Notes
    -----
    Of exact values, the importance is the mean of the absolute values. Of estimates it is less,
    since noise adds to absolute values: see :mod:`pellucid.explanation.noise`.

    The standard error is that of the mean as an estimate for the population which the rows come
    from, so there is no correction for a finite population, not even when all rows given were
    explained. It is ``s / sqrt(n)`` with the sample standard deviation s of the absolute
    attributions over n rows. The noise of estimates is part of their scatter, and so of s; the
    errors of different rows' estimates are taken to be independent, as they are where each row is
    sampled by itself. Of estimates, what is not known of the noise that was taken off comes on top.

    Examples
    --------
    >>> from pellucid.explanation.stats import Stats
    >>> accumulator = ImportanceAccumulator(keep_local=False)
    >>> for rows in [[[1.0], [-3.0]], [[3.0], [5.0]]]:
    ...     accumulator.add(
    ...         Explanation(
    ...             values=np.array(rows)[:, np.newaxis],
    ...             base_values=np.zeros((2, 1)),
    ...             predictions=np.array(rows),
    ...             features=("age",),
    ...             classes=None,
    ...             task="regression",
    ...             output_space="value",
    ...             stats=Stats("by hand", n_rows=2, n_rows_given=2),
    ...         )
    ...     )
    >>> accumulator.result(n_rows_given=4).values
    array([[3.]])
    >>> round(float(accumulator.std_errors[0, 0]) ** 2, 12) == round((8 / 3) / 4, 12)
    True
    """

    def __init__(self, *, keep_local: bool, n_rows: int = 0, compares: bool = False) -> None:
        self._local = RowCollector(n_rows) if keep_local else None
        self._compares = compares
        self._kind: _Kind | None = None
        self._stats: Stats | None = None
        self._n_rows = 0
        self._mean = np.zeros((0, 0))
        self._squares = np.zeros((0, 0))
        self._noise = NoiseSums.none((0, 0))
        self._products: Floats | None = None
        self._base = np.zeros(0)

    def add(self, part: Explanation) -> None:
        """Add the explanation of some more rows.

        Raises
        ------
        InvalidInputError
            The part has other features or outputs than the parts before.
        """
        kind = _Kind(part.features, part.classes, part.task, part.output_space, part.origin)
        if self._kind is None:
            self._start(kind, part.values.shape[1:])
        elif kind != self._kind:
            raise InvalidInputError("the parts differ in features, classes, task or output space")
        self._stats = part.stats if self._stats is None else self._stats.merge(part.stats)
        if self._local is not None:
            self._local.add(part)
        if len(part):
            self._merge(part)

    def _start(self, kind: _Kind, shape: tuple[int, ...]) -> None:
        self._kind = kind
        self._mean, self._squares = np.zeros(shape), np.zeros(shape)
        self._noise, self._base = NoiseSums.none(shape), np.zeros(shape[1])
        if self._compares and shape[0] <= MOST_COMPARED:
            self._products = np.zeros((shape[0], shape[0]))

    def _merge(self, part: Explanation) -> None:
        n_new, n_all = len(part), self._n_rows + len(part)
        weight = n_new / n_all
        # Of bounds, nobody knows how much of them is noise.
        known = None if part.stats.std_error_is_bound else part.std_error
        self._noise += NoiseSums.of(part.values, known)
        size = np.abs(part.values)
        mean = size.mean(axis=0)
        size -= mean
        step = mean - self._mean
        if self._products is not None:
            of_all, overall_step = size.mean(axis=2), step.mean(axis=1)
            self._products += of_all.T @ of_all
            self._products += np.outer(overall_step, overall_step) * (self._n_rows * weight)
        squares = np.square(size, out=size).sum(axis=0)
        self._squares += squares + step**2 * (self._n_rows * weight)
        self._mean += step * weight
        self._base += (part.expected_values - self._base) * weight
        self._n_rows = n_all

    @property
    def n_rows(self) -> int:
        """Rows added so far."""
        return self._n_rows

    @property
    def n_evaluations(self) -> int:
        """Model rows that were evaluated for them."""
        return 0 if self._stats is None else self._stats.n_evaluations

    @property
    def means(self) -> Floats:
        """Mean absolute attribution so far, shape (d, k), without what noise adds to it."""
        return self._importance()[0]

    @property
    def std_errors(self) -> Floats:
        """Standard error of the means so far, shape (d, k); NaN up to the second row."""
        return self._importance()[1]

    def _importance(self) -> tuple[Floats, Floats]:
        return without_noise(
            self._mean, np.sqrt(self._variance_of_mean(self._squares)), self._noise
        )

    @property
    def covariance(self) -> Floats | None:
        """Covariance of the overall importances' errors, shape (d, d), or None if not kept.

        What two features' importances differ by is often known better than either of them, since
        the same rows were seen for both. Taking off noise changes the errors, but hardly how they
        depend on each other.
        """
        if self._products is None:
            return None
        plain = np.sqrt(self._variance_of_mean(self._squares)).mean(axis=1)
        factor = np.ones_like(plain)
        np.divide(self.std_errors.mean(axis=1), plain, out=factor, where=plain > 0)
        covariance: Floats = self._variance_of_mean(self._products) * np.outer(factor, factor)
        return covariance

    def _variance_of_mean(self, squares: Floats) -> Floats:
        if self._n_rows < 2:
            return np.full(squares.shape, np.nan)
        variance: Floats = squares / (self._n_rows - 1) / self._n_rows
        return variance

    def outcome(self, policy: SamplingPolicy, n_rows_given: int) -> SamplingOutcome | None:
        """Return how sampling ends with the rows added, or None if it goes on, or there is none."""
        if self._kind is None or not policy.allow_eval_sampling:
            return None
        means, std_errors = self._importance()
        evidence = Evidence(
            means.mean(axis=1), std_errors.mean(axis=1), self.covariance, self._n_rows
        )
        return policy.outcome(evidence, self._kind.features, n_rows_given, self.n_evaluations)

    def result(self, *, n_rows_given: int, sampling: SamplingOutcome | None = None) -> Importance:
        """Return the importance over all parts added, out of ``n_rows_given`` rows.

        ``sampling`` says how the rows were chosen, if they were.

        Raises
        ------
        InvalidInputError
            No rows were added.
        """
        if self._kind is None or self._stats is None or self._n_rows == 0:
            raise InvalidInputError("there are no explained rows to take the importance of")
        stats = replace(self._stats, n_rows_given=n_rows_given, sampling=sampling)
        if sampling is not None and sampling.unsettled and stats.n_rows < n_rows_given:
            said = f"after {stats.n_rows:,} of {n_rows_given:,} rows, {sampling.in_words}"
            stats = replace(stats, warnings=(*stats.warnings, said))
        if stats.std_error_is_bound:
            stats = stats.warned(NOISY)
        local = None if self._local is None else replace(self._local.result(), stats=stats)
        means, std_errors = self._importance()
        return Importance(
            values=means,
            overall=means.mean(axis=1),
            std_error=std_errors,
            base_values=self._base.copy(),
            features=self._kind.features,
            classes=self._kind.classes,
            task=self._kind.task,
            output_space=self._kind.output_space,
            origin=self._kind.origin,
            stats=stats,
            local=local,
        )
