"""The marks of a page: small SVG pictures that stretch with their table cell.

Places are percentages, so one picture serves every width, and colors are named by classes that
the style sheet sets for the light and the dark theme. The numbers stand as text in the cells
beside the marks; the marks themselves are hidden from screen readers.
"""

from collections.abc import Iterable

import numpy as np

from pellucid._core.typing import Floats, Integers
from pellucid.plots.scale import Scale

_WIDTH, _HEIGHT = 1000, 100


def bar_marks(value: float, low: float, high: float, scale: Scale) -> str:
    """Draw one bar from zero, with a whisker from low to high, unless these are the same."""
    drawn = _rulers(scale, zero=True) + _bar(scale, 0.0, value, "bar")
    if low < high:
        drawn += _level_line(scale, low, high, "halo") + _level_line(scale, low, high, "whisker")
    return _svg(drawn)


def step_marks(start: float, end: float, error: float, scale: Scale) -> str:
    """Draw one step of a waterfall, and the hairlines that tie it to the rows around it."""
    sign = "raises" if end > start else "lowers"
    ties = _upright(scale, start, 0, 50, "tie") + _upright(scale, end, 50, 100, "tie")
    whisker = _level_line(scale, end - error, end + error, "whisker") if error > 0 else ""
    return _svg(_rulers(scale, zero=False) + ties + _bar(scale, start, end, sign) + whisker)


def end_marks(value: float, scale: Scale, *, first: bool) -> str:
    """Draw the dot at which a waterfall starts or ends."""
    half = (50, 100) if first else (0, 50)
    dot = f'<circle cx="{_percent(scale, value)}" cy="50%" r="4.5" class="end"/>'
    return _svg(_rulers(scale, zero=False) + _upright(scale, value, *half, "tie") + dot)


def strip_marks(values: Floats, offsets: Floats, levels: Integers, scale: Scale) -> str:
    """Draw the dots of one feature; ``levels`` are those of the color ramp, -1 without a value.

    All dots of a level are one path of strokes without length, whose round ends are the dots:
    about ten bytes each, and round at every width.
    """
    across = [round(scale.place(value) * _WIDTH) for value in values.tolist()]
    down = np.rint(_HEIGHT / 2 * (1 + 0.84 * offsets)).astype(int).tolist()
    paths = []
    for level in sorted(set(levels.tolist())):
        here = np.flatnonzero(levels == level).tolist()
        dots = sorted({(across[i], down[i]) for i in here})
        strokes = "".join(f"M{x} {y}h0" for x, y in dots)
        name = "none" if level < 0 else str(level)
        paths.append(f'<path class="dots level-{name}" d="{strokes}"/>')
    inner = (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none">{"".join(paths)}</svg>'
    )
    return _svg(_rulers(scale, zero=True) + inner)


def axis_marks(scale: Scale) -> str:
    """Write the round numbers of an axis."""
    return _svg(
        "".join(
            f'<text x="{_percent(scale, place)}" y="1.1em">{label}</text>'
            for place, label in scale.tick_labels(5)
        )
    )


def key_marks(levels: Iterable[int]) -> str:
    """Draw the color ramp, from low to high."""
    squares = "".join(
        f'<rect x="{14 * i}" y="1" width="13" height="12" class="level-{level}"/>'
        for i, level in enumerate(levels)
    )
    return f'<svg class="key" width="84" height="14" aria-hidden="true">{squares}</svg>'


def _svg(content: str) -> str:
    return f'<svg class="marks" aria-hidden="true">{content}</svg>'


def _percent(scale: Scale, value: float) -> str:
    return f"{100 * scale.place(value):.2f}%"


def _bar(scale: Scale, start: float, end: float, name: str) -> str:
    left, right = sorted((scale.place(start), scale.place(end)))
    return (
        f'<rect x="{100 * left:.2f}%" y="50%" width="{100 * (right - left):.2f}%" '
        f'height="18" class="{name}"/>'
    )


def _level_line(scale: Scale, start: float, end: float, name: str) -> str:
    left, right = _percent(scale, start), _percent(scale, end)
    return f'<line x1="{left}" x2="{right}" y1="50%" y2="50%" class="{name}"/>'


def _upright(scale: Scale, value: float, top: int, bottom: int, name: str) -> str:
    x = _percent(scale, value)
    return f'<line x1="{x}" x2="{x}" y1="{top}%" y2="{bottom}%" class="{name}"/>'


def _rulers(scale: Scale, *, zero: bool) -> str:
    return "".join(
        _upright(scale, place, 0, 100, "zero" if zero and place == 0 else "rule")
        for place in scale.ticks(5)
    )
