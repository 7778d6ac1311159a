"""``Fidelity``: how closely a surrogate follows the model that it stands for, on unseen rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from pellucid._core.typing import Floats

GOOD = 0.9
POOR = 0.5
"""Bounds of R² between what can be relied on, what should be corrected, and what says nothing."""
VERDICTS = ("faithful", "use with correction", "do not rely on it")
WORST_SHARE = 0.1


@dataclass(frozen=True)
class Segment:
    """Rows that have something in common, and how far the surrogate is off for them.

    Attributes
    ----------
    rule : str
        What they have in common, such as ``"age > 52"``.
    n_rows : int
        How many of the held-out rows these are.
    mean_absolute_error : float
        Mean over the rows and the outputs.
    """

    rule: str
    n_rows: int
    mean_absolute_error: float


@dataclass(frozen=True)
class Fidelity:
    """How closely a surrogate follows its teacher, on rows that it was not taught.

    Attributes
    ----------
    surrogate : str
        The kind of surrogate.
    n_rows : int
        Held-out rows that all but ``r2_hybrids`` was measured on.
    r2 : tuple of float
        Per output, 1 - (sum of squared errors) / (sum of squares about the teacher's mean): 1 is
        perfect, 0 no better than a constant.
    mean_absolute_error : tuple of float
        Per output, in the units of the explanation; of a surrogate that learned log-odds, all
        that is measured here is measured on its probabilities.
    agreement : tuple of float or None
        Per class, the share of the rows which the teacher assigns to it for which the surrogate
        does so too, NaN where there are none; None if there are no classes.
    agreement_overall : float or None
        Share of all rows for which both predict the same class.
    r2_hybrids : float
        R² over all outputs on hybrid rows, whose cells come from two held-out rows: the rows that
        attributions are made of. NaN if there was nothing to make them of.
    worst_tenth : float
        Mean absolute error over the tenth of the rows for which it is largest.
    worst_segment : Segment or None
        The segment by one feature, of at least a twentieth of the rows, with the largest error;
        None where rows are too few.

    Examples
    --------
    >>> teacher = np.array([[0.0], [1.0], [2.0], [5.0]])
    >>> fidelity = measure_fidelity("linear", teacher, teacher + [[0.5], [-0.5], [0.5], [-0.5]])
    >>> fidelity.overall_r2, fidelity.verdict
    (0.9285714285714286, 'faithful')
    """

    surrogate: str
    n_rows: int
    r2: tuple[float, ...]
    mean_absolute_error: tuple[float, ...]
    agreement: tuple[float, ...] | None
    agreement_overall: float | None
    r2_hybrids: float
    worst_tenth: float
    worst_segment: Segment | None
    overall_r2: float

    @property
    def verdict(self) -> str:
        """``"faithful"``, ``"use with correction"`` or ``"do not rely on it"``.

        By the smaller of R² on held-out rows and on hybrid rows: 0.9 and 0.5 are the bounds.
        """
        known = [r2 for r2 in (self.overall_r2, self.r2_hybrids) if not np.isnan(r2)]
        least = min(known, default=-np.inf)
        return VERDICTS[int(least < GOOD) + int(least < POOR)]

    def worse(self, other: Self) -> Self:
        """Return the one of two fidelities that promises less."""
        return self if self._order() <= other._order() else other

    def _order(self) -> tuple[float, str]:
        return self.overall_r2, repr(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python objects."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return the fidelity that ``to_dict`` described; numbers may come as their names."""
        segment, agreement = content["worst_segment"], content["agreement"]
        overall = content["agreement_overall"]
        return cls(
            surrogate=str(content["surrogate"]),
            n_rows=int(content["n_rows"]),
            r2=_floats(content["r2"]),
            mean_absolute_error=_floats(content["mean_absolute_error"]),
            agreement=None if agreement is None else _floats(agreement),
            agreement_overall=None if overall is None else float(overall),
            r2_hybrids=float(content["r2_hybrids"]),
            worst_tenth=float(content["worst_tenth"]),
            worst_segment=(
                None
                if segment is None
                else Segment(
                    str(segment["rule"]),
                    int(segment["n_rows"]),
                    float(segment["mean_absolute_error"]),
                )
            ),
            overall_r2=float(content["overall_r2"]),
        )


def measure_fidelity(
    surrogate: str,
    teacher: Floats,
    student: Floats,
    *,
    hybrids: tuple[Floats, Floats] | None = None,
    classes: Sequence[str] | None = None,
    segments: Mapping[str, Any] | None = None,
) -> Fidelity:
    """Compare a surrogate's outputs with its teacher's.

    Parameters
    ----------
    surrogate : str
        The kind of surrogate.
    teacher, student : ndarray of float64, shape (n, k)
        Outputs for held-out rows.
    hybrids : tuple of two such arrays, optional
        Outputs of teacher and student for hybrid rows.
    classes : sequence of str, optional
        Names of the outputs of a classifier.
    segments : mapping from rule to ndarray of bool, shape (n,), optional
        Which rows obey each rule.
    """
    errors = np.abs(teacher - student)
    of_row = errors.mean(axis=1)
    n_worst = max(1, int(np.ceil(WORST_SHARE * len(of_row))))
    agreement, overall = _agreement(teacher, student) if classes is not None else (None, None)
    return Fidelity(
        surrogate=surrogate,
        n_rows=len(teacher),
        r2=tuple(r_squared(teacher[:, [o]], student[:, [o]]) for o in range(teacher.shape[1])),
        mean_absolute_error=tuple(float(error) for error in errors.mean(axis=0)),
        agreement=agreement,
        agreement_overall=overall,
        r2_hybrids=float("nan") if hybrids is None else r_squared(*hybrids),
        worst_tenth=float(np.sort(of_row)[-n_worst:].mean()),
        worst_segment=_worst_segment(of_row, segments or {}),
        overall_r2=r_squared(teacher, student),
    )


def r_squared(teacher: Floats, student: Floats) -> float:
    """Return R² over all outputs (n, k) together; of a constant teacher 1 or minus infinity.

    Examples
    --------
    >>> r_squared(np.array([[0.0], [2.0]]), np.array([[0.0], [1.0]]))
    0.5
    """
    left = float(((teacher - student) ** 2).sum())
    total = float(((teacher - teacher.mean(axis=0)) ** 2).sum())
    rounding = np.finfo(np.float64).eps * float((teacher**2).sum())
    if total <= rounding:
        return 1.0 if left <= rounding else -np.inf
    return 1 - left / total


def _agreement(teacher: Floats, student: Floats) -> tuple[tuple[float, ...], float]:
    wanted, found = teacher.argmax(axis=1), student.argmax(axis=1)
    same = wanted == found
    of_class = [same[wanted == c] for c in range(teacher.shape[1])]
    shares = tuple(float(rows.mean()) if len(rows) else float("nan") for rows in of_class)
    return shares, float(same.mean())


def _worst_segment(of_row: Floats, segments: Mapping[str, Any]) -> Segment | None:
    found = [
        Segment(rule, int(rows.sum()), float(of_row[rows].mean()))
        for rule, rows in segments.items()
        if rows.any()
    ]
    return max(found, key=lambda segment: segment.mean_absolute_error, default=None)


def _floats(numbers: Sequence[Any]) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)
