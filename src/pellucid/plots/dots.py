"""Rows as dots, colored by a value from low to high."""

from typing import Any

import numpy as np

from pellucid._core.typing import Floats, Integers
from pellucid.plots.palette import N_LEVELS, Palette, color_of_level

_FEW = 300
_MOST_OUTLINES = 2000


def levels_of(shades: Floats) -> Integers:
    """Return each dot's level on the color ramp, from its shade between 0 and 1; NaN gives -1.

    Examples
    --------
    >>> levels_of(np.array([0.0, 1.0, np.nan]))
    array([ 0,  5, -1])
    """
    known = np.isfinite(shades)
    scaled = np.where(known, shades, 0.0) * N_LEVELS
    return np.where(known, np.minimum(scaled.astype(np.int64), N_LEVELS - 1), -1)


def draw_dots(ax: Any, palette: Palette, across: Floats, down: Floats, levels: Integers) -> None:
    """Draw a dot for each row, those without a level first.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    palette : Palette
    across, down : ndarray of float64, shape (n, ...)
    levels : ndarray of int64, shape (n, ...)
        From :func:`levels_of`.
    """
    for level in range(-1, N_LEVELS):
        here = levels == level
        # A picture of thousands of dots is drawn as pixels even in a vector file.
        ax.scatter(
            across[here],
            down[here],
            s=14.0 if len(across) <= _FEW else 7.0,
            color=color_of_level(palette, level),
            linewidths=0,
            alpha=0.85,
            rasterized=across.size > _MOST_OUTLINES,
        )


def ramp_key(palette: Palette, low: str, high: str) -> list[tuple[str, str]]:
    """Show the ramp of values between the words for its ends."""
    squares = [("\N{BLACK SQUARE}", color) for color in palette.ramp]
    return [(low, palette.muted), *squares, (high, palette.muted)]
