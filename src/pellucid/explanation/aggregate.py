"""From local explanations to a global one, part by part, so that none need be kept.

Means and variances are merged by the pairwise update of Chan, Golub and LeVeque (1979),
"Updating formulae and a pairwise algorithm for computing sample variances", Stanford
STAN-CS-79-773, which loses no accuracy however the rows are cut into parts.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import ExplainedSpace, Floats, Task
from pellucid.explanation.collecting import RowCollector
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation

if TYPE_CHECKING:
    from pellucid.explanation.stats import Stats


class _Kind(NamedTuple):
    """What all parts of one explanation have in common."""

    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    task: Task
    output_space: ExplainedSpace


class ImportanceAccumulator:
    """Sums up parts of a local explanation; their order and size do not matter to the result.

    Parameters
    ----------
    keep_local : bool
        Whether the local explanation is kept in the result. Without it, memory for one part and
        a few (d, k) arrays is all that is needed.
    n_rows : int
        Rows that are expected, for which the local explanation's arrays are made at once.

    Notes
    -----
    The standard error is that of the mean as an estimate for the population which the rows come
    from, so there is no correction for a finite population, not even when all rows given were
    explained. It is ``sqrt(s² / n + v / n)``: s² is the sample variance of the absolute
    attributions over n rows, v the mean of their estimators' own variances, zero if exact. As
    estimates scatter by v within s² already, this errs on the safe side, by a factor of at most
    √2, in return for allowing for some dependence between the rows' estimates. One bias it cannot
    show: the mean absolute value of noise is not zero, so an irrelevant feature that is estimated
    with standard error e appears with an importance of up to 0.8 e.

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

    def __init__(self, *, keep_local: bool, n_rows: int = 0) -> None:
        self._local = RowCollector(n_rows) if keep_local else None
        self._kind: _Kind | None = None
        self._stats: Stats | None = None
        self._n_rows = 0
        self._mean = np.zeros((0, 0))
        self._squares = np.zeros((0, 0))
        self._estimator_variance = np.zeros((0, 0))
        self._base = np.zeros(0)

    def add(self, part: Explanation) -> None:
        """Add the explanation of some more rows.

        Raises
        ------
        InvalidInputError
            The part has other features or outputs than the parts before.
        """
        kind = _Kind(part.features, part.classes, part.task, part.output_space)
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
        self._estimator_variance, self._base = np.zeros(shape), np.zeros(shape[1])

    def _merge(self, part: Explanation) -> None:
        n_new, n_all = len(part), self._n_rows + len(part)
        weight = n_new / n_all
        size = np.abs(part.values)
        mean = size.mean(axis=0)
        size -= mean
        squares = np.square(size, out=size).sum(axis=0)
        step = mean - self._mean
        self._squares += squares + step**2 * (self._n_rows * weight)
        self._mean += step * weight
        self._base += (part.expected_values - self._base) * weight
        if part.std_error is not None:
            variance = np.square(part.std_error).mean(axis=0)
            self._estimator_variance += (variance - self._estimator_variance) * weight
        else:
            self._estimator_variance *= 1 - weight
        self._n_rows = n_all

    @property
    def means(self) -> Floats:
        """Mean absolute attribution so far, shape (d, k)."""
        return self._mean.copy()

    @property
    def std_errors(self) -> Floats:
        """Standard error of the means so far, shape (d, k); NaN up to the second row."""
        if self._n_rows < 2:
            return np.full(self._mean.shape, np.nan)
        sampling_variance = self._squares / (self._n_rows - 1)
        return np.asarray(
            np.sqrt((sampling_variance + self._estimator_variance) / self._n_rows),
            dtype=np.float64,
        )

    def result(self, *, n_rows_given: int) -> Importance:
        """Return the importance over all parts added, out of ``n_rows_given`` rows.

        Raises
        ------
        InvalidInputError
            No rows were added.
        """
        if self._kind is None or self._stats is None or self._n_rows == 0:
            raise InvalidInputError("there are no explained rows to take the importance of")
        stats = replace(self._stats, n_rows_given=n_rows_given)
        local = None if self._local is None else replace(self._local.result(), stats=stats)
        return Importance(
            values=self.means,
            overall=self._mean.mean(axis=1),
            std_error=self.std_errors,
            base_values=self._base.copy(),
            features=self._kind.features,
            classes=self._kind.classes,
            task=self._kind.task,
            output_space=self._kind.output_space,
            stats=stats,
            local=local,
        )
