"""An upright axis within a frame of rows, and the place beside the plane of missing values."""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from pellucid._core.typing import Floats
from pellucid.plots.lettering import SMALL, style
from pellucid.plots.palette import Palette
from pellucid.plots.scale import Scale
from pellucid.plots.wording import typeset

_ROWS_PER_TICK: Final = 2
_MOST_TICKS: Final = 6
_MISSING_PLACE: Final = 0.09
"""Where missing values are drawn, in widths of the axis to the right of its end."""


@dataclass(frozen=True)
class Height:
    """Round numbers one above the other, which enclose all marks.

    Attributes
    ----------
    ticks : tuple of float
        In ascending order, evenly spaced.
    """

    ticks: tuple[float, ...]

    @classmethod
    def enclosing(cls, scale: Scale) -> Self:
        """Return the axis that holds a scale.

        Examples
        --------
        >>> Height.enclosing(Scale(0.5, 3.5)).ticks
        (0.0, 1.0, 2.0, 3.0, 4.0)
        """
        places = scale.ticks(_MOST_TICKS)
        step = places[1] - places[0] if len(places) > 1 else scale.high - scale.low
        low, high = places[0], places[-1]
        below = low - step if scale.low < low else low
        above = high + step if scale.high > high else high
        n = round((above - below) / step)
        return cls(tuple(float(f"{below + i * step:.12g}") for i in range(n + 1)))

    def labels(self) -> list[str]:
        """Return the labels of the frame's rows, from the top."""
        labels: list[str] = []
        for tick in reversed(self.ticks):
            labels += [typeset(f"{tick:.6g}"), *[""] * (_ROWS_PER_TICK - 1)]
        return labels

    def rows(self, values: Floats) -> Floats:
        """Return the rows of the frame at which values lie; the highest tick is row 0."""
        low, high = self.ticks[0], self.ticks[-1]
        span = _ROWS_PER_TICK * (len(self.ticks) - 1)
        return np.asarray((high - values) / (high - low) * span)

    def draw(self, ax: Any, palette: Palette) -> None:
        """Draw a line at each round number, a stronger one at zero."""
        for row, tick in zip(self.rows(np.array(self.ticks)), self.ticks, strict=True):
            strong = tick == 0
            ax.axhline(
                row,
                color=palette.muted if strong else palette.rule,
                linewidth=1.0 if strong else 0.8,
                zorder=0.5,
            )


def make_room_for_missing(ax: Any, palette: Palette, scale: Scale) -> tuple[float, float]:
    """Widen the axis for values that are missing, and say that they are.

    Returns
    -------
    tuple of (float, float)
        The middle of their place and how far it reaches to both sides.
    """
    span = scale.high - scale.low
    place = scale.high + _MISSING_PLACE * span
    ax.set_xlim(scale.low, place + _MISSING_PLACE * span)
    ax.annotate(
        "missing",
        (place, 1.0),
        xytext=(0, -2),
        xycoords=ax.get_xaxis_transform(),
        textcoords="offset points",
        ha="center",
        va="top",
        annotation_clip=False,
        **style(SMALL, palette.muted),
    )
    return place, 0.4 * _MISSING_PLACE * span
