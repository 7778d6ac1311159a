"""Ctrl-C: the first one ends a call with what is finished, a second one ends it at once."""

import warnings
from dataclasses import replace

from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import Stats


class Interruption:
    """Whether, and after how many rows, a call was interrupted.

    Attributes
    ----------
    happened : bool
    n_finished : int
        Rows finished so far.
    last_is_early : bool
        Whether the last of them got less than its budget.
    """

    def __init__(self) -> None:
        self.happened = False
        self.n_finished = 0
        self.last_is_early = False

    def take(self, n_more: int = 0, *, last_is_early: bool = False) -> None:
        """Take note of the interrupt that is being handled, if anything can be returned.

        Parameters
        ----------
        n_more : int
            Rows that are finished beside those that were counted.
        last_is_early : bool
            Whether the last of them got less than its budget.

        Raises
        ------
        KeyboardInterrupt
            It is the second one, or nothing is finished.
        """
        if self.happened or not self.n_finished + n_more:
            raise  # noqa: PLE0704 - the interrupt that is being handled
        self.happened = True
        self.last_is_early = last_is_early

    @staticmethod
    def words(n_finished: int, n_given: int) -> str:
        """Say that a call was interrupted."""
        return f"interrupted: {n_finished:,} of {n_given:,} rows explained"

    def noted_in(self, stats: Stats, n_given: int) -> Stats:
        """Return a call's stats with a note of its interruption, if any, and warn of it."""
        if not self.happened:
            return stats
        early = ", the last of them with less than its budget" if self.last_is_early else ""
        said = self.words(self.n_finished, n_given) + early
        warnings.warn(said, RuntimeWarning, stacklevel=5)
        return replace(stats.warned(said), n_rows_given=n_given)


def whole(explanation: Explanation, n_rows: int) -> Explanation:
    """Return a part of another explanation, if all of its rows are there.

    Raises
    ------
    KeyboardInterrupt
        It was interrupted, and so is what it is a part of.
    """
    if len(explanation) < n_rows:
        raise KeyboardInterrupt
    return explanation
