"""Curve of an effect: how a model's output changes with one feature."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Booleans, Floats, Integers
from pellucid._core.validation import check_count, kind_of
from pellucid.explanation.effect import Effect
from pellucid.explanation.selection import output_position
from pellucid.plots.canvas import Frame, draw_axis, draw_frame, palette_for
from pellucid.plots.effect_wording import (
    are_dates,
    axis_label,
    level,
    noun_of_output,
    subtitle,
    title,
)
from pellucid.plots.lettering import SMALL, style
from pellucid.plots.palette import Palette
from pellucid.plots.scale import DateScale, Scale, days_of
from pellucid.plots.wording import (
    cell,
    numbers,
    provenance,
    typeset,
)

_ROWS_PER_TICK = 2
_MOST_TICKS = 6
_MOST_CURVES = 60
_MOST_DOTS = 40
_MISSING_PLACE = 0.09
"""Where missing values are drawn, in widths of the axis to the right of its end."""


@final
@dataclass(frozen=True, eq=False)
class Curve:
    """How the output changes with one feature, with standard errors and where the rows are.

    Attributes
    ----------
    feature : str
    points : tuple
        Values of the feature: numbers, dates or levels; None for missing values.
    values, std_error : ndarray of float64, shape (g,)
        The effect on one output.
    counts : ndarray of int64, shape (g,)
        Rows at each point.
    quantiles : ndarray of float64, shape (101,), or None
        Percentiles of the feature, marked below the curve.
    curves : ndarray of float64, shape (c, g)
        Some rows' own curves, at most 60 of them.
    is_line : bool
        Whether points are numbers or dates, and joined by a line.
    n_others : int
        Levels not shown.
    title, subtitle, axis_label, provenance : str

    Examples
    --------
    >>> from pellucid import partial_dependence
    >>> effect = partial_dependence(lambda rows: 2 * rows[:, 0], [[1.0], [2.0], [5.0]], 0)
    >>> curve = Curve.from_effect(effect)
    >>> curve.points, curve.values, curve.title
    ((1.0, 2.0, 5.0), array([ 2.,  4., 10.]), 'The prediction rises with feature 0, from 2.0 to 10.0')
    """

    feature: str
    points: tuple[Any, ...]
    values: Floats
    std_error: Floats
    counts: Integers
    quantiles: Floats | None
    curves: Floats
    is_line: bool
    n_others: int
    title: str
    subtitle: str
    axis_label: str
    provenance: str

    @classmethod
    def from_effect(
        cls, effect: Effect, *, output: str | int | None = None, top_k: int = 15
    ) -> Self:
        """Choose what is shown.

        Parameters
        ----------
        effect : Effect
        output : str or int, optional
            Class name or number of the output; by default the only one, the second of two
            classes, or the one that the feature changes most.
        top_k : int
            Number of levels to show, the most frequent ones; numbers are all shown.

        Raises
        ------
        InvalidInputError
            This is no effect, there is no such output, or ``top_k`` is not a positive integer.
        """
        if not isinstance(effect, Effect):
            raise InvalidInputError(
                f"effect is {kind_of(effect)}; pass what partial_dependence or "
                "accumulated_local_effects returns"
            )
        top_k = check_count("top_k", top_k)
        k = _output(effect, output)
        is_line = len(effect) > 1 and (effect.quantiles is not None or are_dates(effect.grid))
        shown = np.arange(len(effect))
        if not is_line and len(effect) > top_k:
            shown = np.sort(np.argsort(-effect.counts, kind="stable")[:top_k])
        curves = np.zeros((0, len(shown)))
        if effect.ice is not None:
            rows = np.linspace(0, len(effect.ice) - 1, _MOST_CURVES).round().astype(np.int64)
            curves = effect.ice[np.unique(rows)][:, shown, k]
        points = tuple(effect.grid[i] for i in shown.tolist())
        noun = noun_of_output(effect, k)
        values = effect.values[shown, k]
        present = np.array([point is not None for point in points])
        return cls(
            feature=effect.feature,
            points=points,
            values=values,
            std_error=effect.std_error[shown, k],
            counts=effect.counts[shown],
            quantiles=effect.quantiles,
            curves=curves,
            is_line=is_line and int(present.sum()) > 1,
            n_others=len(effect) - len(shown),
            title=title(effect, values[present], points, is_line=is_line, noun=noun),
            subtitle=subtitle(effect, len(curves), is_line=is_line),
            axis_label=axis_label(effect, noun),
            provenance=provenance(effect.stats, effect.output_space),
        )

    def data(self) -> dict[str, Any]:
        """Return what the picture shows as plain arrays and names."""
        return {
            "feature": self.feature,
            "points": np.array([cell(point) for point in self.points]),
            "values": self.values,
            "std_error": self.std_error,
            "counts": self.counts,
            "quantiles": self.quantiles,
            "curves": self.curves,
            "n_others": self.n_others,
        }

    def figure(self, ax: Any = None, *, dark: bool = False, width: float = 7.2) -> Any:
        """Draw with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Axes to draw in; by default those of a new figure that fits its texts.
        dark : bool
            Light marks on a dark background.
        width : float
            Width of the new figure in inches.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        MissingExtraError
            Matplotlib is not installed.
        """
        palette = palette_for(dark=dark)
        axes = (self._draw_line if self.is_line else self._draw_levels)(ax, palette, width)
        return axes.figure

    def scale(self) -> Scale:
        """Return the axis of the effect, from the lowest mark to the highest."""
        errors = np.nan_to_num(self.std_error)
        low = min(float((self.values - errors).min()), float(self.curves.min(initial=np.inf)))
        high = max(float((self.values + errors).max()), float(self.curves.max(initial=-np.inf)))
        return Scale.spanning(low, high, keep_zero=False)

    # -- levels, one below the other ----------------------------------------------------------------

    def _draw_levels(self, ax: Any, palette: Palette, width: float) -> Any:
        rest = []
        if self.n_others:
            rest = [f"{self.n_others:,} rarer level{'s' * (self.n_others > 1)}, not shown"]
        frame = Frame(
            title=self.title,
            subtitle=self.subtitle,
            axis_label=self.axis_label,
            provenance=self.provenance,
            labels=[*(level(point) for point in self.points), *rest],
            notes=[*(typeset(text) for text in numbers(self.values)), *("" for _ in rest)],
            quiet=[len(self.points)] if rest else [],
        )
        axes = draw_frame(frame, ax, palette, width=width)
        draw_axis(axes, palette, self.scale())
        places = np.arange(len(self.points))
        for curve in self.curves:
            axes.plot(curve, places, "o", color=palette.neutral, markersize=2, alpha=0.35)
        errors = np.nan_to_num(self.std_error)
        axes.hlines(
            places, self.values - errors, self.values + errors, color=palette.ink, linewidth=1.4
        )
        axes.plot(
            self.values,
            places,
            "o",
            color=palette.bar,
            markeredgecolor=palette.ink,
            markersize=7,
            markeredgewidth=0.8,
        )
        return axes

    # -- numbers and dates, from left to right -----------------------------------------------------

    def _draw_line(self, ax: Any, palette: Palette, width: float) -> Any:
        ticks = self._ticks()
        labels: list[str] = []
        for _, label in reversed(ticks):
            labels += [label, *[""] * (_ROWS_PER_TICK - 1)]
        frame = Frame(
            title=self.title,
            subtitle=f"{self.subtitle} Vertical: {self.axis_label}.",
            axis_label=self.feature,
            provenance=self.provenance,
            labels=labels,
            notes=[""] * len(labels),
            quiet=range(len(labels)),
        )
        axes = draw_frame(frame, ax, palette, width=width)
        present = self._present()
        points = [point for point in self.points if point is not None]
        kind, place = (DateScale, days_of) if are_dates(points) else (Scale, float)
        grid = np.array([place(point) for point in points])
        scale = kind.spanning(float(grid[0]), float(grid[-1]), keep_zero=False)
        draw_axis(axes, palette, scale, zero=False)
        for i in range(len(ticks)):
            strong = ticks[-1 - i][0] == 0
            axes.axhline(
                _ROWS_PER_TICK * i,
                color=palette.muted if strong else palette.rule,
                linewidth=1.0 if strong else 0.8,
                zorder=0.5,
            )
        for curve in self.curves:
            axes.plot(
                grid,
                self._height(curve[present], ticks),
                color=palette.neutral,
                linewidth=0.6,
                alpha=0.45,
            )
        self._draw_effect(axes, palette, grid, ticks)
        self._draw_rows(axes, palette, len(labels))
        if not present.all():
            self._draw_missing(axes, palette, scale, ticks)
        return axes

    def _draw_effect(
        self, ax: Any, palette: Palette, grid: Floats, ticks: Sequence[tuple[float, str]]
    ) -> None:
        present = self._present()
        values, errors = self.values[present], np.nan_to_num(self.std_error[present])
        ax.fill_between(
            grid,
            self._height(values - errors, ticks),
            self._height(values + errors, ticks),
            color=palette.lowers,
            alpha=0.25,
            linewidth=0,
        )
        ax.plot(grid, self._height(values, ticks), color=palette.lowers, linewidth=2.0)
        if len(grid) <= _MOST_DOTS:
            ax.plot(
                grid,
                self._height(values, ticks),
                "o",
                color=palette.lowers,
                markersize=4,
                markeredgewidth=0,
            )

    def _draw_rows(self, ax: Any, palette: Palette, n_rows: int) -> None:
        """Mark the percentiles of the feature above its axis."""
        if self.quantiles is not None:
            foot = n_rows - 0.5
            ax.vlines(
                self.quantiles, foot, foot - 0.35, color=palette.muted, linewidth=0.7, alpha=0.8
            )

    def _draw_missing(
        self, ax: Any, palette: Palette, scale: Scale, ticks: Sequence[tuple[float, str]]
    ) -> None:
        """Draw missing values as a point apart."""
        span = scale.high - scale.low
        place = scale.high + _MISSING_PLACE * span
        low, high = self.values[-1] - self.std_error[-1], self.values[-1] + self.std_error[-1]
        if np.isfinite(low):
            ends = self._height(np.array([low, high]), ticks)
            ax.vlines(place, ends[0], ends[1], color=palette.ink, linewidth=1.4)
        at = self._height(self.values[-1:], ticks)
        ax.plot(
            [place],
            at,
            "o",
            color=palette.bar,
            markeredgecolor=palette.ink,
            markersize=7,
            markeredgewidth=0.8,
        )
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

    def _present(self) -> Booleans:
        return np.array([point is not None for point in self.points])

    def _ticks(self) -> list[tuple[float, str]]:
        """Return round numbers of the effect that enclose all marks, in ascending order."""
        scale = self.scale()
        inner = scale.tick_labels(_MOST_TICKS)
        places = [place for place, _ in inner]
        step = places[1] - places[0] if len(places) > 1 else scale.high - scale.low
        low, high = places[0], places[-1]
        below = low - step if scale.low < low else low
        above = high + step if scale.high > high else high
        n = round((above - below) / step)
        found = [float(f"{below + i * step:.12g}") for i in range(n + 1)]
        return [(place, typeset(f"{place:.6g}")) for place in found]

    @staticmethod
    def _height(values: Floats, ticks: Sequence[tuple[float, str]]) -> Floats:
        """Return the rows of the frame at which values lie; the highest tick is row 0."""
        low, high = ticks[0][0], ticks[-1][0]
        return np.asarray((high - values) / (high - low) * _ROWS_PER_TICK * (len(ticks) - 1))


def _output(effect: Effect, output: str | int | None) -> int:
    if output is not None:
        return output_position(output, effect.classes, effect.num_outputs)
    if effect.num_outputs <= 2:
        return effect.num_outputs - 1
    return int(np.ptp(effect.values, axis=0).argmax())
