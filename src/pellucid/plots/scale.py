"""An axis: which values it spans, and the round numbers marked on it."""

import math
from dataclasses import dataclass
from typing import Self

_ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """An axis from ``low`` to ``high``.

    Attributes
    ----------
    low, high : float
        Ends; ``low < high``.
    """

    low: float
    high: float

    @classmethod
    def spanning(cls, low: float, high: float, *, keep_zero: bool) -> Self:
        """Return an axis with some room around the values from low to high.

        Parameters
        ----------
        low, high : float
        keep_zero : bool
            Whether an end that is zero stays where it is, as bars want it.

        Examples
        --------
        >>> Scale.spanning(0.0, 50.0, keep_zero=True)
        Scale(low=0.0, high=52.0)
        >>> Scale.spanning(3.0, 3.0, keep_zero=False).ticks()
        [2.0, 2.5, 3.0, 3.5, 4.0]
        """
        if not low < high:
            margin = max(abs(low) * 1e-3, 1.0)
            return cls(low - (0.0 if keep_zero and low == 0 else margin), high + margin)
        room = 0.04 * (high - low)
        return cls(
            low if keep_zero and low == 0 else low - room,
            high if keep_zero and high == 0 else high + room,
        )

    def place(self, value: float) -> float:
        """Return where a value lies, from 0 at the low end to 1 at the high end."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def ticks(self, most: int = 6) -> list[float]:
        """Return at most so many round numbers on the axis, evenly spaced.

        Examples
        --------
        >>> Scale(-0.3, 1.1).ticks()
        [-0.25, 0.0, 0.25, 0.5, 0.75, 1.0]
        """
        size = 10.0 ** math.floor(math.log10((self.high - self.low) / most))
        for step in (size * factor for factor in _ROUND_STEPS):
            first, last = math.ceil(self.low / step), math.floor(self.high / step)
            if last - first + 1 <= most:
                # Multiplying by a rounded step would leave dust such as 0.30000000000000004.
                return [float(f"{i * step:.12g}") for i in range(first, last + 1)]
        return [self.low, self.high]

    def tick_labels(self, most: int = 6) -> list[tuple[float, str]]:
        """Return the ticks with their labels, true minus signs included."""
        return [(tick, f"{tick:.6g}".replace("-", "\N{MINUS SIGN}")) for tick in self.ticks(most)]
