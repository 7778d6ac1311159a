"""How many samples a local model is fitted to."""

from collections.abc import Iterator
from dataclasses import dataclass

from pellucid._core.errors import InvalidInputError

USUAL = 4_096
USUAL_IN_BINS = 8_192
"""Whether a row is in its bin tells less than where it is, and takes more samples to be as sure of."""
PER_COLUMN = 8
LEAST_PER_COLUMN = 4
FIRST_ROUND = 512
TIMES_WITH_A_TARGET = 16
"""So many times the usual number may be drawn to reach a standard error that was asked for."""
MOST_CELLS_WITH_A_TARGET = 2**24
"""Unless the user says otherwise, no more cells of samples are kept for that."""


@dataclass(frozen=True)
class SampleBudget:
    """How many samples a row may get, and in which rounds.

    Attributes
    ----------
    given : int or None
        The number that the user asked for.
    target_se : float or None
        Rounds go on until the relative standard error is as small.
    has_bins : bool
        Whether columns of numbers are cut into bins.

    Examples
    --------
    >>> list(SampleBudget(None, None, has_bins=False).rounds(30))
    [4096]
    >>> list(SampleBudget(3000, 0.1, has_bins=False).rounds(30))
    [512, 1024, 2048, 3000]
    """

    given: int | None
    target_se: float | None
    has_bins: bool

    def most(self, n_columns: int) -> int:
        """Return how many samples a row gets at most in which so many columns vary.

        Raises
        ------
        InvalidInputError
            The user asked for fewer than can be fitted.
        """
        if self.given is not None:
            least = LEAST_PER_COLUMN * (n_columns + 1)
            if self.given < least:
                raise InvalidInputError(
                    f"budget is {self.given} samples per explained row; where {n_columns} columns "
                    f"vary, at least {least} are needed"
                )
            return self.given - self.given % 2
        usual = max(USUAL_IN_BINS if self.has_bins else USUAL, _for_columns(n_columns))
        if self.target_se is None:
            return usual
        kept = MOST_CELLS_WITH_A_TARGET // max(n_columns, 1)
        return max(usual, min(TIMES_WITH_A_TARGET * usual, 1 << (kept.bit_length() - 1)))

    def rounds(self, n_columns: int) -> Iterator[int]:
        """Yield how many samples there are to be after each round, each twice the last."""
        most = self.most(n_columns)
        if self.target_se is not None:
            so_far = max(FIRST_ROUND, _for_columns(n_columns))
            while so_far < most:
                yield so_far
                so_far *= 2
        yield most

    @property
    def in_words(self) -> str:
        """The number of samples as the stats tell it."""
        known = "the default" if self.given is None else f"{self.given:,} samples"
        return f"{known} per explained row"


def _for_columns(n_columns: int) -> int:
    """Return a power of two that is enough for so many coefficients."""
    return 1 << (PER_COLUMN * n_columns - 1).bit_length()
