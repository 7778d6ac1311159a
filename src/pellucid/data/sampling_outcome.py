"""Why sampling of rows ended where it did, and what was not sure by then."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

StoppedBy: TypeAlias = Literal["settled", "all rows", "max_rows", "max_evaluations"]


@dataclass(frozen=True)
class SamplingOutcome:
    """Why a sampling policy ended where it did, and what was not sure by then.

    Attributes
    ----------
    stopped_by : {"settled", "all rows", "max_rows", "max_evaluations"}
        The top features were settled, all rows had been seen, or a limit of the policy was reached.
    top_k : int
        Number of features whose ranking mattered.
    confidence : float
        Probability with which the ranking is right, as far as it is settled.
    unsettled : tuple of str
        Features of the top whose place is neither known, nor too close to others' to matter.
    close : tuple of str
        Features of the top that are not told apart from another, but whose importance, like the
        other's, is known well enough for the difference not to matter.

    Examples
    --------
    >>> SamplingOutcome("max_rows", top_k=3, confidence=0.95, unsettled=("age", "hours")).in_words
    'at the limit of rows; not settled among the first 3: age, hours'
    """

    stopped_by: StoppedBy
    top_k: int
    confidence: float
    unsettled: tuple[str, ...] = ()
    close: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """When sampling ended, as the end of a sentence."""
        first = f"the first {self.top_k:,}" if self.top_k > 1 else "the first"
        if not self.unsettled:
            how = f"{first} settled with confidence {self.confidence:g}"
            when = how if self.stopped_by == "settled" else f"{_ENDS[self.stopped_by]}, {how}"
            close = f"; too close to tell apart: {', '.join(self.close)}" if self.close else ""
            return f"{when}{close}"
        among = f"not settled among {first}: {', '.join(self.unsettled)}"
        return f"{_ENDS[self.stopped_by]}; {among}"


_ENDS: dict[StoppedBy, str] = {
    "all rows": "all rows seen",
    "max_rows": "at the limit of rows",
    "max_evaluations": "at the limit of model rows",
    "settled": "settled",
}
