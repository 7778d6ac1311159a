"""Text in pictures: measured before it is placed, and drawable whatever it says.

matplotlib brings DejaVu Sans, whose digits all have the same width; fonts for other scripts stand
in where they are installed. A character that none of them has is drawn as a box.
"""

from functools import cache
from typing import Any

from pellucid._core.extras import require
from pellucid.plots.wording import elide, visible

TITLE, TEXT, SMALL = 13.0, 10.0, 8.5
"""Sizes of type, in points."""

LEADING = 1.35
"""Distance of lines, in sizes of type."""

_POINTS_PER_INCH = 72.0
_OTHER_SCRIPTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans",
    "Yu Gothic",
    "Malgun Gothic",
    "WenQuanYi Zen Hei",
    "Arial Unicode MS",
)


def matplotlib_module(name: str) -> Any:
    """Import a module of matplotlib, or say what to install.

    Raises
    ------
    MissingExtraError
        Matplotlib is not installed.
    """
    return require(f"matplotlib.{name}", extra="plots", purpose="drawing a plot")


def style(size: float, color: str, *, bold: bool = False) -> dict[str, Any]:
    """Return the properties of a text, none of them left to a user's style."""
    return {
        "fontproperties": _font(size, bold),
        "color": color,
        "parse_math": False,
        "usetex": False,
    }


def drawable(text: str) -> str:
    """Return a text whose every character one of the fonts has.

    Examples
    --------
    >>> drawable("price in €" + chr(0x10FFFD)) == "price in €" + chr(0x25A1)
    True
    """
    return "".join(letter if _has_glyph(letter) else "\N{WHITE SQUARE}" for letter in visible(text))


def inches(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a drawable text."""
    measured = _measurer().get_text_width_height_descent(text, _font(size, bold), ismath=False)
    return float(measured[0]) / _POINTS_PER_INCH


def fit(text: str, size: float, most_inches: float, *, bold: bool = False) -> str:
    """Return a text as it can be drawn, shortened in the middle if it would be too wide."""
    text = drawable(text)
    length = len(text)
    while length > 4 and inches(text, size, bold=bold) > most_inches:
        share = most_inches / inches(text, size, bold=bold)
        length = min(length - 1, int(length * share) + 1)
        text = elide(text, length)
    return text


def wrap(text: str, size: float, most_inches: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines that fit; a word that is too wide alone is broken too."""
    lines: list[str] = []
    for word in drawable(text).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and inches(longer, size, bold=bold) <= most_inches:
            lines[-1] = longer
        else:
            lines.append(fit(word, size, most_inches, bold=bold))
    return lines


@cache
def _font(size: float, bold: bool) -> Any:  # noqa: FBT001 - cached by position
    manager = matplotlib_module("font_manager")
    return manager.FontProperties(
        family=list(_families()),
        style="normal",
        weight="bold" if bold else "normal",
        stretch="normal",
        size=size,
    )


@cache
def _families() -> tuple[str, ...]:
    installed = set(matplotlib_module("font_manager").fontManager.get_font_names())
    return ("DejaVu Sans", *(name for name in _OTHER_SCRIPTS if name in installed))


@cache
def _has_glyph(letter: str) -> bool:
    manager = matplotlib_module("font_manager")
    fonts = (
        manager.get_font(manager.findfont(manager.FontProperties(family=family)))
        for family in _families()
    )
    return any(font.get_char_index(ord(letter)) for font in fonts)


@cache
def _measurer() -> Any:
    return matplotlib_module("textpath").TextToPath()
