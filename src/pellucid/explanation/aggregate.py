"""From local explanations to a global one, part by part, so that none need be kept."""

import numpy as np

from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation


class ImportanceAccumulator:
    """Sums up parts of a local explanation; their order and size do not matter to the result.

    Parameters
    ----------
    keep_local : bool
        Whether the local explanation is kept in the result.
    """

    def __init__(self, *, keep_local: bool) -> None:
        raise NotImplementedError

    def add(self, part: Explanation) -> None:
        """Add the explanation of some more rows."""
        raise NotImplementedError

    @property
    def means(self) -> np.ndarray:
        """Mean absolute attribution so far, shape (d, k)."""
        raise NotImplementedError

    @property
    def std_errors(self) -> np.ndarray:
        """Standard error of the means so far, shape (d, k)."""
        raise NotImplementedError

    def result(self, *, n_rows_given: int) -> Importance:
        """Return the importance over all parts added, out of ``n_rows_given`` rows."""
        raise NotImplementedError
