"""An axis: which values it spans, and the round numbers marked on it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

import numpy as np

_ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_STEPS_OF_DATES = {"D": (1, 2, 7, 14), "M": (1, 2, 3, 6), "Y": (1, 2, 5, 10, 20, 50, 100, 200, 500)}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - times are drawn as their own clocks show them


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


@dataclass(frozen=True)
class DateScale(Scale):
    """An axis of dates, in days since 1970."""

    def tick_labels(self, most: int = 6) -> list[tuple[float, str]]:
        """Return at most so many round dates on the axis, with their labels.

        Examples
        --------
        >>> DateScale(days_of(date(2024, 1, 15)), days_of(date(2024, 4, 20))).tick_labels()
        [(19754.0, '2024-02'), (19783.0, '2024-03'), (19814.0, '2024-04')]
        """
        for ticks in self._candidates():
            if 2 <= len(ticks) <= most:
                days = ticks.astype("datetime64[D]").astype(np.int64)
                return [(float(day), str(tick)) for day, tick in zip(days, ticks, strict=True)]
        ends = (self.low, self.high)
        return [(end, f"{_EPOCH + timedelta(days=end):%Y-%m-%d %H:%M}") for end in ends]

    def _candidates(self) -> Iterator[np.ndarray[tuple[int], np.dtype[np.datetime64]]]:
        first, last = (np.datetime64(round(day), "D") for day in self._whole_days())
        for unit, steps in _STEPS_OF_DATES.items():
            low, high = first.astype(f"datetime64[{unit}]"), last.astype(f"datetime64[{unit}]")
            low += int(low.astype("datetime64[D]") < first)
            for step in steps:
                since_a_round_one = _number_of(low, unit) % step
                start = low + (-since_a_round_one % step)
                yield np.arange(start, high + 1, step)

    def _whole_days(self) -> tuple[int, int]:
        return math.ceil(self.low), math.floor(self.high)


def _number_of(place: np.datetime64, unit: str) -> int:
    """Return the year, the month counted from 1970, or 0 for days, of which none is rounder."""
    if unit == "D":
        return 0
    return int(place.astype(np.int64)) + (1970 if unit == "Y" else 0)


def days_of(point: date) -> float:
    """Return how many days after 1970 began a date or a time is."""
    if isinstance(point, datetime):
        return (point.replace(tzinfo=None) - _EPOCH) / timedelta(days=1)
    return float(point.toordinal() - _EPOCH.toordinal())
