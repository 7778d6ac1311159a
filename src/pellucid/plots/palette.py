"""Colors, each with one job, in a light and a dark theme that color-blind people can read.

Color says one of three things: the *sign* of an attribution (orange raises, blue lowers), a
feature's *value* (one ramp from dark to light or back, so that it survives in gray), or which
*class* a segment belongs to. Everything else is gray. Sign is never left to color alone: bars
also point to a side and carry a plus or minus sign.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Palette:
    """The colors of one theme, as ``"#rrggbb"``.

    Attributes
    ----------
    paper, ink, muted, rule : str
        Background, text, secondary text, and hairlines.
    bar : str
        Marks without a sign.
    raises, lowers : str
        Marks that raise or lower the output.
    neutral : str
        Dots whose value is missing or not a number.
    ramp : tuple of str
        Low to high values, evenly spaced.
    classes : tuple of str
        Segments of a stacked bar.
    """

    paper: str
    ink: str
    muted: str
    rule: str
    bar: str
    raises: str
    lowers: str
    neutral: str
    ramp: tuple[str, ...]
    classes: tuple[str, ...]


LIGHT: Final = Palette(
    paper="#ffffff",
    ink="#1a1d21",
    muted="#596069",
    rule="#dfe2e6",
    bar="#5a6b7d",
    raises="#c2500a",
    lowers="#1768ac",
    neutral="#868d95",
    ramp=("#0c2a5c", "#2f477a", "#5b5f7c", "#857565", "#a97f3c", "#c58200"),
    classes=("#1768ac", "#d9791a", "#6f9fd0", "#8a3d00", "#173f66", "#e8b27a"),
)

DARK: Final = Palette(
    paper="#14171b",
    ink="#e8eaed",
    muted="#a3abb4",
    rule="#31373e",
    bar="#8c9db0",
    raises="#f08a3c",
    lowers="#5ba6e8",
    neutral="#7b838c",
    ramp=("#4a78bd", "#6d88b5", "#9198a6", "#b7aa8c", "#dbbd6b", "#ffd24d"),
    classes=("#5ba6e8", "#f08a3c", "#a9cdf0", "#b3622a", "#2f70a8", "#ffd3ad"),
)


def color_of_level(palette: Palette, level: int) -> str:
    """Return the color of a level of the ramp; a negative level is neutral.

    Examples
    --------
    >>> color_of_level(LIGHT, 0), color_of_level(LIGHT, -1) == LIGHT.neutral
    ('#0c2a5c', True)
    """
    return palette.neutral if level < 0 else palette.ramp[level]


N_LEVELS: Final = len(LIGHT.ramp)
