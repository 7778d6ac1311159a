"""``Stats``: how an explanation came about, and how far to trust it."""

from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Stats:
    """How an explanation came about, and how far to trust it.

    Attributes
    ----------
    method : str
        The algorithm, such as ``"tree, interventional"``.
    exact : bool
        Whether the values are exact up to rounding; False for estimates.
    n_rows : int
        Rows explained.
    n_rows_given : int
        Rows that were given; larger than ``n_rows`` if a sample was explained.
    n_background : int
        Reference rows used; 0 if the method needs none.
    n_evaluations : int
        Model rows evaluated for the attribution itself.
    efficiency_gap : float
        Largest ``|sum of values + base value - prediction|``, relative to the largest
        ``|prediction|`` or ``|base value|``.
    largest_std_error : float or None
        Largest standard error of a value; None if the method is exact.
    refused : tuple of (str, str)
        Methods that the automatic choice passed over, each with its reason.
    warnings : tuple of str
        What a careful reader should know.
    seconds : float
        Time spent, summed over parts; not part of equality.
    """

    method: str
    exact: bool = True
    n_rows: int = 0
    n_rows_given: int = 0
    n_background: int = 0
    n_evaluations: int = 0
    efficiency_gap: float = 0.0
    largest_std_error: float | None = None
    refused: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def merge(self, other: Self) -> Self:
        """Combine the stats of two parts of one explanation.

        Rows, evaluations and seconds add up; gaps and errors take the larger one; warnings are
        united in order. The rule is associative, so parts may be merged in any grouping.
        """
        raise NotImplementedError
