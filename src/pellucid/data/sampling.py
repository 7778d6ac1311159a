"""Which rows a global explanation looks at, and when it has seen enough."""

from collections.abc import Iterator
from dataclasses import dataclass

from pellucid._core.typing import Floats, Integers


@dataclass(frozen=True)
class SamplingPolicy:
    """Explain random rows until the ranking of the most important features is sure enough.

    Parameters
    ----------
    allow_eval_sampling : bool
        False explains all rows.
    """

    allow_eval_sampling: bool = True

    def rounds(self, n_rows: int, random_state: int) -> Iterator[Integers]:
        """Yield the rows of each round; all rows at once, in order, without sampling."""
        raise NotImplementedError

    def is_settled(self, means: Floats, std_errors: Floats) -> bool:
        """Return whether the ranking is sure enough, given means (d, k) and standard errors."""
        raise NotImplementedError
