"""``Stats``: how an explanation came about, and how far to trust it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

import numpy as np

from pellucid._core.typing import Floats
from pellucid.data.sampling_outcome import SamplingOutcome
from pellucid.explanation.fidelity import Fidelity

Item = TypeVar("Item")

METHOD_SEPARATOR = " + "
"""Between the methods of an explanation whose parts were explained in different ways."""


@dataclass(frozen=True)
class ReferenceUse:
    """How much of the reference rows was used, and how sure that makes the rows explained.

    Attributes
    ----------
    n_references : int
        Reference rows used for a row; the fewest, if they differ.
    unseen_share : float or None
        Share of the squared standard errors of a row that comes from not having used all reference
        rows; the largest, if they differ. The remainder comes from not having evaluated all
        coalitions. None if it is not known.
    relative_std_error : float
        Length of the standard errors of a row over the length of its values, over all features and
        outputs; the largest.
    target_se : float or None
        The largest ``relative_std_error`` that was asked for.
    n_missed : int
        Rows that did not get there within the budget.

    Examples
    --------
    >>> rows, others = ReferenceUse(80, 0.6, 0.034, n_missed=1), ReferenceUse(95, 0.4, 0.018)
    >>> whole = rows.merge(others)
    >>> whole.n_references, whole.unseen_share, whole.relative_std_error
    (80, 0.6, 0.034)
    """

    n_references: int
    unseen_share: float | None
    relative_std_error: float
    target_se: float | None = None
    n_missed: int = 0

    def merge(self, other: Self) -> Self:
        """Combine what is known of some rows and of others; the rule is associative."""
        return replace(
            self,
            n_references=min(self.n_references, other.n_references),
            unseen_share=_larger_if_known(self.unseen_share, other.unseen_share),
            relative_std_error=_larger(self.relative_std_error, other.relative_std_error),
            target_se=_larger_if_known(self.target_se, other.target_se),
            n_missed=self.n_missed + other.n_missed,
        )

    @property
    def shortfall(self) -> str | None:
        """What to say where a target was missed; None if there was none, or it was reached."""
        if not self.n_missed or self.target_se is None:
            return None
        rows = f"{self.n_missed:,} row" + ("s" if self.n_missed > 1 else "")
        return (
            f"target_se={self.target_se:g} was not reached within the budget for {rows}; the "
            f"largest relative standard error is {self.relative_std_error:.2g}"
        )


@dataclass(frozen=True)
class Stats:
    """How an explanation came about, and how far to trust it.

    Attributes
    ----------
    method : str
        The algorithm, such as ``"tree, interventional"``.
    exact : bool
        Whether the values are exact up to rounding: of the game that ``method`` names, for the
        reference rows used. False for estimates, and for values that follow a rule of their own.
    n_rows : int
        Rows explained.
    n_rows_given : int
        Rows that were given; larger than ``n_rows`` if a sample was explained.
    n_background : int
        Reference rows used; 0 if the method needs none.
    n_evaluations : int
        Model rows evaluated for the attribution itself.
    efficiency_gap : float or None
        Largest ``|sum of values + base value - prediction|``, relative to the largest
        ``|prediction|`` or ``|base value|``; of rows explained in blocks, the largest of theirs.
        None if values are not meant to add up.
    largest_std_error : float or None
        Largest standard error of a value; None if the method is exact.
    std_error_is_bound : bool
        Whether standard errors are the most that they can be, rather than what they are.
    sampling : SamplingOutcome or None
        Why a sampling policy ended where it did, and what was not sure by then; None if no policy
        chose the rows.
    local_r2 : tuple of float, or None
        Of methods that fit a model around each row: for each output, the lowest share of the
        predictions' variation around a row that its local model explains. None for other methods.
    local_gap : float or None
        Of the same methods: the largest difference between a local model at its row and the
        prediction, relative to the largest ``|prediction|``.
    fidelity : Fidelity or None
        How closely the surrogate follows the model, where one is explained in its place.
    refused : tuple of (str, str)
        Methods that the automatic choice passed over, each with its reason.
    warnings : tuple of str
        What a careful reader should know.
    reference_use : ReferenceUse or None
        How many of the reference rows were used, and how sure that makes the values; None if the
        method does not sample them.
    settings : tuple of (str, str)
        What was explained and how: the model's name, the seed, the budget where there is one, and
        pellucid's version; not part of equality.
    seconds : float
        Time spent, summed over parts; not part of equality.

    Examples
    --------
    >>> from pellucid import KernelExplainer
    >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
    >>> stats = explainer.explain_local([2.0, 3.0]).stats
    >>> stats.method, stats.exact, stats.n_rows, stats.n_background
    ('kernel', True, 1, 2)
    """

    method: str
    exact: bool = True
    n_rows: int = 0
    n_rows_given: int = 0
    n_background: int = 0
    n_evaluations: int = 0
    efficiency_gap: float | None = 0.0
    largest_std_error: float | None = None
    std_error_is_bound: bool = False
    sampling: SamplingOutcome | None = None
    local_r2: tuple[float, ...] | None = None
    local_gap: float | None = None
    fidelity: Fidelity | None = None
    refused: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    reference_use: ReferenceUse | None = None
    settings: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    seconds: float = field(default=0.0, compare=False)

    @property
    def exactness(self) -> str:
        """In one word: ``"exact"``, ``"estimated"`` with standard errors, or ``"approximate"``.

        Approximate values follow a rule that ``warnings`` states, and have no standard error.
        """
        if self.exact:
            return "exact"
        return "approximate" if self.largest_std_error is None else "estimated"

    def merge(self, other: Self) -> Self:
        """Combine the stats of two parts of one explanation.

        Rows, evaluations and seconds add up; gaps, errors and the size of the background take
        the larger one, fidelities and the fit of local models the worse one; methods, refusals,
        warnings and settings are united in order; the whole is
        exact if both parts are, and sampled if both were alike. The rule is associative, so parts
        may be merged in any grouping.

        Examples
        --------
        >>> first = Stats("tree", n_rows=2, efficiency_gap=1e-16, warnings=("few rows",))
        >>> whole = first.merge(Stats("tree", n_rows=3, efficiency_gap=2e-16))
        >>> whole.n_rows, whole.efficiency_gap, whole.warnings
        (5, 2e-16, ('few rows',))
        """
        return replace(
            self,
            method=united_methods([self.method, other.method]),
            exact=self.exact and other.exact,
            n_rows=self.n_rows + other.n_rows,
            n_rows_given=self.n_rows_given + other.n_rows_given,
            n_background=max(self.n_background, other.n_background),
            n_evaluations=self.n_evaluations + other.n_evaluations,
            efficiency_gap=_larger_if_known(self.efficiency_gap, other.efficiency_gap),
            largest_std_error=_larger_if_known(self.largest_std_error, other.largest_std_error),
            std_error_is_bound=self.std_error_is_bound or other.std_error_is_bound,
            sampling=self.sampling if self.sampling == other.sampling else None,
            local_r2=_smaller_if_known(self.local_r2, other.local_r2),
            local_gap=_larger_if_known(self.local_gap, other.local_gap),
            fidelity=_less_faithful(self.fidelity, other.fidelity),
            refused=_united(self.refused, other.refused),
            warnings=_united(self.warnings, other.warnings),
            reference_use=_merged(self.reference_use, other.reference_use),
            settings=_united(self.settings, other.settings),
            seconds=self.seconds + other.seconds,
        )

    def concluded(self, advise: Callable[[ReferenceUse], str | None]) -> Self:
        """Return the stats of a whole call from those of its parts, put together.

        Parameters
        ----------
        advise : callable
            What to do about estimates that are not very sure, or None.
        """
        use = self.reference_use
        return self if use is None else self.warned(use.shortfall, advise(use))

    def warned(self, *said: str | None) -> Self:
        """Return the same with further warnings; None says nothing."""
        return replace(self, warnings=_united(self.warnings, [each for each in said if each]))


def relative_length(errors: Floats, values: Floats) -> float:
    """Return the length of a row's standard errors over that of its values.

    Examples
    --------
    >>> relative_length(np.array([0.3, 0.4]), np.array([5.0, 0.0]))
    0.1
    """
    size, error = float(np.linalg.norm(values)), float(np.linalg.norm(errors))
    return error / size if size > 0 else (math.inf if error > 0 else 0.0)


def _merged(one: ReferenceUse | None, other: ReferenceUse | None) -> ReferenceUse | None:
    return other if one is None else one if other is None else one.merge(other)


def _larger(one: float, other: float) -> float:
    """Return the larger number; NaN wins, so that no part can hide a failed check."""
    return math.nan if math.isnan(one) or math.isnan(other) else max(one, other)


def _larger_if_known(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return _larger(one, other)


def _smaller_if_known(
    one: tuple[float, ...] | None, other: tuple[float, ...] | None
) -> tuple[float, ...] | None:
    if one is None or other is None:
        return other if one is None else one
    return tuple(map(min, one, other))


def _less_faithful(one: Fidelity | None, other: Fidelity | None) -> Fidelity | None:
    if one is None or other is None:
        return other if one is None else one
    return one.worse(other)


def united_methods(methods: Sequence[str | None]) -> str:
    """Return the methods of several parts as one, each named once.

    Examples
    --------
    >>> united_methods(["deep", "deep + kernel", None])
    'deep + kernel'
    """
    named = [part for method in methods if method for part in method.split(METHOD_SEPARATOR)]
    return METHOD_SEPARATOR.join(dict.fromkeys(named))


def _united(one: Sequence[Item], other: Sequence[Item]) -> tuple[Item, ...]:
    """Return the items of both without repetition, in the order of their first appearance."""
    return tuple(dict.fromkeys([*one, *other]))
