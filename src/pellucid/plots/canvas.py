"""The frame that all plots share: rows of marks with labels, a title, an axis, a provenance line.

Drawn with matplotlib's objects alone: neither pyplot's state nor ``rcParams`` are touched, and
what a user's style could change is set explicitly, so a picture looks the same everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pellucid.plots.lettering import (
    LEADING,
    SMALL,
    TEXT,
    TITLE,
    fit,
    inches,
    matplotlib_module,
    style,
    wrap,
)
from pellucid.plots.palette import DARK, LIGHT, Palette
from pellucid.plots.scale import Scale
from pellucid.plots.wording import typeset

_ROW = 0.29
_MARGIN = 0.18
_INDENT = 0.16
_GAP = 0.12
_AXIS, _NO_AXIS = 0.46, 0.08
_LEAST_MARKS = 1.3
_FIRST_SUBTITLE = _KEY = 1.4


KeyGroup: TypeAlias = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Frame:
    """Everything about a chart of rows but its marks.

    Attributes
    ----------
    title, subtitle, axis_label, provenance : str
    labels : sequence of str
        One per row, from the top.
    notes : sequence of str
        One per row, right-aligned at the right edge; empty strings where there is none.
    quiet : sequence of int
        Rows whose label is set in the secondary color.
    indents : sequence of int
        Steps by which each label is indented; labels are then set from the left edge.
    key : sequence of sequences of (str, str)
        What colors mean, above the rows: words with their colors. A group of words stays on one
        line.
    """

    title: str
    subtitle: str
    axis_label: str
    provenance: str
    labels: Sequence[str]
    notes: Sequence[str]
    quiet: Sequence[int] = ()
    indents: Sequence[int] = ()
    key: Sequence[KeyGroup] = ()


@dataclass(frozen=True)
class _Layout:
    """Measures of a frame, in inches, and its texts broken to fit them."""

    labels: list[str]
    title: list[str]
    subtitle: list[str]
    provenance: list[str]
    key: list[list[tuple[str, str]]]
    axis_label: str
    axis: float
    left: float
    right: float
    above: float
    below: float
    rows: float


def palette_for(*, dark: bool) -> Palette:
    """Return the colors of a theme."""
    return DARK if dark else LIGHT


def text_width(width: float) -> float:
    """Return the room, in inches, between the edges of a picture without labels and notes."""
    return width - 2 * _MARGIN - _GAP


def draw_frame(frame: Frame, ax: Any, palette: Palette, *, width: float) -> Any:
    """Draw all but the marks, in a new figure or in the caller's axes.

    Parameters
    ----------
    frame : Frame
    ax : matplotlib.axes.Axes or None
        Axes to draw in; None makes a figure whose margins fit the texts.
    palette : Palette
    width : float
        Width of a new figure in inches.

    Returns
    -------
    matplotlib.axes.Axes
        Row i is at y = i, counted from the top; the plot scales x with :func:`draw_axis`.

    Raises
    ------
    MissingExtraError
        Matplotlib is not installed.
    """
    layout = _lay_out(frame, width)
    axes = _new_axes(layout, width, palette) if ax is None else ax
    _style_axes(axes, palette, len(layout.labels))
    _write_rows(axes, frame, layout, palette)
    _write_around(axes, layout, palette, width)
    return axes


def _lay_out(frame: Frame, width: float) -> _Layout:
    inner = width - 2 * _MARGIN
    right = _MARGIN + max(inches(note, TEXT) + _GAP * bool(note) for note in frame.notes)
    room = max(0.25 * width, min(0.42 * width, width - right - _LEAST_MARKS))
    indents = [_INDENT * steps for steps in frame.indents or [0] * len(frame.labels)]
    labels = [
        fit(label, TEXT, room - indent) for label, indent in zip(frame.labels, indents, strict=True)
    ]
    widest = max(inches(label, TEXT) + by for label, by in zip(labels, indents, strict=True))
    title = wrap(frame.title, TITLE, inner, bold=True)
    subtitle = wrap(frame.subtitle, SMALL, inner)
    provenance = wrap(typeset(frame.provenance), SMALL, inner)
    key = _key_lines(frame.key, inner)
    axis = _AXIS if frame.axis_label else _NO_AXIS
    small_lines = len(subtitle) - 1 + _FIRST_SUBTITLE + _KEY * len(key)
    heads = (len(title) * TITLE + small_lines * SMALL) * LEADING / 72
    return _Layout(
        labels=labels,
        title=title,
        subtitle=subtitle,
        provenance=provenance,
        key=key,
        axis_label=fit(frame.axis_label, SMALL, inner),
        axis=axis,
        left=_MARGIN + _GAP + widest,
        right=right,
        above=_MARGIN + heads + _GAP,
        below=axis + (len(provenance) + 0.6) * SMALL * LEADING / 72 + _MARGIN / 2,
        rows=max(len(labels), 1) * _ROW,
    )


def _key_lines(groups: Sequence[KeyGroup], most_inches: float) -> list[list[tuple[str, str]]]:
    """Lay the groups of a key into lines that fit."""
    lines: list[list[tuple[str, str]]] = []
    for group in groups:
        longer = [*(lines[-1] if lines else []), *group]
        if lines and sum(inches(word, SMALL) for word, _ in longer) <= most_inches:
            lines[-1] = longer
        else:
            lines.append([*group])
    return lines


def _new_axes(layout: _Layout, width: float, palette: Palette) -> Any:
    height = layout.above + layout.rows + layout.below
    figure = matplotlib_module("figure").Figure(
        figsize=(width, height), dpi=144, facecolor=palette.paper, edgecolor=palette.paper
    )
    return figure.add_axes(
        (
            layout.left / width,
            layout.below / height,
            (width - layout.left - layout.right) / width,
            layout.rows / height,
        )
    )


def _style_axes(ax: Any, palette: Palette, n_rows: int) -> None:
    ax.set_facecolor(palette.paper)
    ax.set_ylim(n_rows - 0.5, -0.5)
    ax.set_yticks([])
    ax.set_axisbelow(True)
    ax.margins(x=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def draw_axis(ax: Any, palette: Palette, scale: Scale, *, zero: bool = True) -> None:
    """Scale the axis, with lines at round numbers.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    palette : Palette
    scale : Scale
    zero : bool
        Whether zero means something on this axis, and gets a stronger line.
    """
    ticks = _ticks_that_fit(scale, ax.bbox.width / ax.figure.dpi)
    ax.set_xlim(scale.low, scale.high)
    ax.set_xticks([place for place, _ in ticks], labels=[""] * len(ticks))
    ax.tick_params(axis="x", length=0)
    ax.grid(visible=False)
    for place, text in ticks:
        strong = zero and place == 0
        color = palette.muted if strong else palette.rule
        ax.axvline(place, color=color, linewidth=1.0 if strong else 0.8, zorder=0.5)
        ax.annotate(
            text,
            (place, 0.0),
            xytext=(0, -9),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            ha="center",
            va="center",
            annotation_clip=False,
            **style(SMALL, palette.muted),
        )


def _ticks_that_fit(scale: Scale, axis_inches: float) -> list[tuple[float, str]]:
    """Return ticks, as many as have room for their labels."""
    for most in range(6, 2, -1):
        ticks = scale.tick_labels(most)
        if max(inches(label, SMALL) + _GAP for _, label in ticks) * len(ticks) <= axis_inches:
            return ticks
    return scale.tick_labels(2)


def _write_rows(ax: Any, frame: Frame, layout: _Layout, palette: Palette) -> None:
    for i, (label, note) in enumerate(zip(layout.labels, frame.notes, strict=True)):
        color = palette.muted if i in frame.quiet else palette.ink
        at, ha = -_GAP * 72, "right"
        if frame.indents:
            at, ha = (_MARGIN + _INDENT * frame.indents[i] - layout.left) * 72, "left"
        _write(ax, label, (0.0, i), (at, 0), size=TEXT, color=color, rows=True, ha=ha)
        if note:
            at = (layout.right - _MARGIN) * 72
            _write(ax, note, (1.0, i), (at, 0), size=TEXT, color=palette.ink, rows=True, ha="right")


def _write_around(ax: Any, layout: _Layout, palette: Palette, width: float) -> None:
    indent = (_MARGIN - layout.left) * 72
    lines = [([(line, palette.ink)], TITLE, 1.0) for line in layout.title]
    lines += [
        ([(line, palette.muted)], SMALL, 1.0 if i else _FIRST_SUBTITLE)
        for i, line in enumerate(layout.subtitle)
    ]
    lines += [(line, SMALL, _KEY) for line in layout.key]
    height = (layout.above - _MARGIN) * 72
    for words, size, leading in lines:
        height -= size * LEADING * leading
        at = indent
        for word, color in words:
            _write(ax, word, (0.0, 1.0), (at, height), size=size, color=color, bold=size == TITLE)
            at += inches(word, size) * 72
    middle = (width + layout.left - layout.right) / 2
    half = inches(layout.axis_label, SMALL) / 2
    overhang = max(0.0, middle + half - (width - _MARGIN))
    place = (-overhang * 72, -27)
    _write(ax, layout.axis_label, (0.5, 0.0), place, size=SMALL, color=palette.muted, ha="center")
    depth = -layout.axis * 72
    for line in layout.provenance:
        depth -= SMALL * LEADING
        _write(ax, line, (0.0, 0.0), (indent, depth), size=SMALL, color=palette.muted)


def _write(
    ax: Any,
    text: str,
    at: tuple[float, float],
    offset: tuple[float, float],
    *,
    size: float,
    color: str,
    rows: bool = False,
    ha: str = "left",
    bold: bool = False,
) -> None:
    """Write a text at a place of the axes, moved by an offset in points."""
    ax.annotate(
        text,
        at,
        xytext=offset,
        xycoords=ax.get_yaxis_transform() if rows else "axes fraction",
        textcoords="offset points",
        ha=ha,
        va="center_baseline" if rows else "baseline",
        annotation_clip=False,
        **style(size, color, bold=bold),
    )
