"""``RankedInteractions``: the pairs of features that interact most, over many rows."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self, final, get_args

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers, OutputSpace, Task
from pellucid._core.validation import check_choice
from pellucid.explanation.fields import checked_names, frozen_floats, same_floats
from pellucid.explanation.ranking import descending_rank
from pellucid.explanation.stats import Stats

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False, repr=False)
class RankedInteractions:
    """The pairs of features that interact most, the strongest first; p pairs and k outputs.

    Attributes
    ----------
    pairs : tuple of (str, str)
        Names of the features of each pair, in the order of the columns.
    values : ndarray of float64, shape (p, k)
        Mean over rows of the absolute interaction: the Shapley interaction index of the pair,
        which is twice the entry on either side of the diagonal of :class:`Interactions`.
    overall : ndarray of float64, shape (p,)
        Mean of ``values`` over the outputs, by which the pairs are ranked.
    std_error : ndarray of float64, shape (p, k)
        Standard error of ``values`` as estimates for the population that the rows come from; NaN
        if there is one row only.
    n_pairs : int
        Number of pairs that interact in any of the rows, of which these are the strongest.
    features : tuple of str
        Names of all features.
    classes : tuple of str or None
    task : {"classification", "regression", "outlier detection"}
    output_space : {"raw", "probability", "value"}
    stats : Stats

    Raises
    ------
    InvalidInputError
        The fields do not fit each other; the message names the first that does not.

    Examples
    --------
    >>> ranked = RankedInteractions(
    ...     pairs=(("age", "hours"),),
    ...     values=np.array([[0.5]]),
    ...     overall=np.array([0.5]),
    ...     std_error=np.array([[0.1]]),
    ...     n_pairs=3,
    ...     features=("age", "hours", "sex"),
    ...     classes=None,
    ...     task="regression",
    ...     output_space="value",
    ...     stats=Stats("by hand", n_rows=50, n_rows_given=50),
    ... )
    >>> ranked.to_dict()
    {('age', 'hours'): 0.5}
    """

    pairs: tuple[tuple[str, str], ...]
    values: Floats
    overall: Floats
    std_error: Floats
    n_pairs: int
    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    task: Task
    output_space: OutputSpace
    stats: Stats

    def __post_init__(self) -> None:
        settle = object.__setattr__  # the one moment in which a frozen object may still be written
        settle(self, "values", frozen_floats("values", self.values, 2))
        p, k = self.values.shape
        settle(self, "overall", frozen_floats("overall", self.overall, (p,)))
        settle(self, "std_error", frozen_floats("std_error", self.std_error, (p, k)))
        settle(self, "features", checked_names("features", self.features, len(self.features)))
        settle(self, "pairs", tuple((str(first), str(second)) for first, second in self.pairs))
        if len(self.pairs) != p:
            raise InvalidInputError(f"pairs has {len(self.pairs)} entries; {p} are needed")
        unknown = {name for pair in self.pairs for name in pair} - set(self.features)
        if unknown:
            raise InvalidInputError(f"pairs names {min(unknown)!r}, which is not a feature")
        if self.classes is not None:
            settle(self, "classes", checked_names("classes", self.classes, k))
        check_choice("task", self.task, get_args(Task))
        check_choice("output_space", self.output_space, get_args(OutputSpace))

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def num_examples(self) -> int:
        """Number of rows behind the ranking."""
        return self.stats.n_rows

    @property
    def num_features(self) -> int:
        """Number of features, d."""
        return len(self.features)

    @property
    def num_outputs(self) -> int:
        """Number of outputs, k."""
        return int(self.values.shape[1])

    def overall_std_error(self) -> Floats:
        """Return the standard error of ``overall``, or what it is at most, shape (p,)."""
        return np.asarray(self.std_error.mean(axis=1))

    def to_dict(self) -> dict[tuple[str, str], float]:
        """Return the strength of each pair by its names, the strongest first."""
        return dict(zip(self.pairs, self.overall.tolist(), strict=True))

    def to_pandas(self) -> "pd.DataFrame":
        """Return one row per pair, the strongest first.

        Returns
        -------
        pandas.DataFrame
            Columns ``feature``, ``other_feature``, ``interaction`` and ``std_error``, and where
            there are several outputs, ``interaction (name)`` and ``std_error (name)`` of each. The
            index is the rank, from 1.
        """
        from pellucid.explanation.convert import interaction_frame  # noqa: PLC0415 - loads pandas

        return interaction_frame(self)

    def __repr__(self) -> str:
        from pellucid.explanation.interaction_text import summarize_ranked  # noqa: PLC0415
        from pellucid.explanation.text import render  # noqa: PLC0415 - above us

        return render(summarize_ranked(self))

    def _repr_html_(self) -> str:
        from pellucid.explanation.html import render  # noqa: PLC0415 - only in notebooks
        from pellucid.explanation.interaction_text import summarize_ranked  # noqa: PLC0415

        return render(summarize_ranked(self))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RankedInteractions):
            return NotImplemented
        names = ("pairs", "n_pairs", "features", "classes", "task", "output_space", "stats")
        return all(getattr(self, name) == getattr(other, name) for name in names) and all(
            same_floats(getattr(self, name), getattr(other, name))
            for name in ("values", "overall", "std_error")
        )

    __hash__ = None  # type: ignore[assignment]  # like arrays, whose content decides about equality

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, eq=False)
class Moments:
    """Number of rows, mean and sum of squared deviations, which can be merged part by part.

    The merging is that of :class:`pellucid.explanation.aggregate.ImportanceAccumulator`.

    Attributes
    ----------
    n_rows : int
    mean, squares : ndarray of float64, shape (p, k)
    """

    n_rows: int
    mean: Floats
    squares: Floats

    @classmethod
    def of(cls, sizes: Floats) -> Self:
        """Return the moments of rows of numbers, shape (n, p, k)."""
        if not len(sizes):
            return cls(0, np.zeros(sizes.shape[1:]), np.zeros(sizes.shape[1:]))
        mean = sizes.mean(axis=0)
        return cls(len(sizes), mean, np.square(sizes - mean).sum(axis=0))

    def merge(self, other: Self) -> Self:
        """Return the moments of the rows of both."""
        n_rows = self.n_rows + other.n_rows
        if not n_rows:
            return self
        weight, step = other.n_rows / n_rows, other.mean - self.mean
        squares = self.squares + other.squares + step**2 * (self.n_rows * weight)
        return type(self)(n_rows, self.mean + step * weight, squares)

    def std_error(self) -> Floats:
        """Return the standard error of the mean, shape (p, k); NaN up to the second row."""
        if self.n_rows < 2:
            return np.full(self.mean.shape, np.nan)
        return np.asarray(np.sqrt(self.squares / (self.n_rows - 1) / self.n_rows))


def rank_interactions(
    moments: Moments,
    *,
    first: Integers,
    second: Integers,
    top_k: int,
    features: tuple[str, ...],
    classes: tuple[str, ...] | None,
    task: Task,
    output_space: OutputSpace,
    stats: Stats,
) -> RankedInteractions:
    """Rank pairs by the mean of their absolute interaction; those that have none are left out.

    Parameters
    ----------
    moments : Moments
        Of the absolute interactions, shape (p, k).
    first, second : ndarray of int64, shape (p,)
        Positions of the features of each pair, in ascending order; ties keep it.
    top_k : int
    features, classes, task, output_space, stats
        As in :class:`RankedInteractions`.

    Raises
    ------
    InvalidInputError
        There are no rows.
    """
    if not moments.n_rows:
        raise InvalidInputError("there are no rows over which to rank interactions")
    overall = moments.mean.mean(axis=1)
    n_pairs = int((overall > 0).sum())
    best = descending_rank(overall)[: min(top_k, n_pairs)]
    return RankedInteractions(
        pairs=_names(features, first[best], second[best]),
        values=moments.mean[best],
        overall=overall[best],
        std_error=moments.std_error()[best],
        n_pairs=n_pairs,
        features=features,
        classes=classes,
        task=task,
        output_space=output_space,
        stats=stats,
    )


def _names(
    features: Sequence[str], first: Integers, second: Integers
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (features[i], features[j]) for i, j in zip(first.tolist(), second.tolist(), strict=True)
    )
