"""Curve of an effect: how a model's output changes with one feature."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Booleans, Floats, Integers
from pellucid._core.validation import check_count, kind_of
from pellucid.explanation.effect import Effect
from pellucid.explanation.selection import output_position
from pellucid.plots.canvas import Frame, draw_axis
from pellucid.plots.effect_wording import (
    are_dates,
    axis_label,
    level,
    noun_of_output,
    subtitle,
    title,
)
from pellucid.plots.palette import Palette
from pellucid.plots.picture import Picture
from pellucid.plots.plane import Height, make_room_for_missing
from pellucid.plots.scale import DateScale, Scale, days_of
from pellucid.plots.wording import (
    cell,
    numbers,
    provenance,
    typeset,
)

_MOST_CURVES = 60
_MOST_DOTS = 40


@final
@dataclass(frozen=True, eq=False)
class Curve(Picture):
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

    shown: ClassVar[tuple[str, ...]] = (
        "feature",
        "points",
        "values",
        "std_error",
        "counts",
        "quantiles",
        "curves",
        "n_others",
    )

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
        return super().data() | {"points": np.array([cell(point) for point in self.points])}

    def _frame(self, palette: Palette, width: float) -> Frame:
        return self._frame_of_line() if self.is_line else self._frame_of_levels()

    def _draw_marks(self, ax: Any, palette: Palette) -> None:
        (self._draw_line if self.is_line else self._draw_levels)(ax, palette)

    def scale(self) -> Scale:
        """Return the axis of the effect, from the lowest mark to the highest."""
        errors = np.nan_to_num(self.std_error)
        low = min(float((self.values - errors).min()), float(self.curves.min(initial=np.inf)))
        high = max(float((self.values + errors).max()), float(self.curves.max(initial=-np.inf)))
        return Scale.spanning(low, high, keep_zero=False)

    # -- levels, one below the other ----------------------------------------------------------------

    def _frame_of_levels(self) -> Frame:
        rest = []
        if self.n_others:
            rest = [f"{self.n_others:,} rarer level{'s' * (self.n_others > 1)}, not shown"]
        return Frame(
            title=self.title,
            subtitle=self.subtitle,
            axis_label=self.axis_label,
            provenance=self.provenance,
            labels=[*(level(point) for point in self.points), *rest],
            notes=[*(typeset(text) for text in numbers(self.values)), *("" for _ in rest)],
            quiet=[len(self.points)] if rest else [],
        )

    def _draw_levels(self, ax: Any, palette: Palette) -> None:
        draw_axis(ax, palette, self.scale())
        places = np.arange(len(self.points))
        for curve in self.curves:
            ax.plot(curve, places, "o", color=palette.neutral, markersize=2, alpha=0.35)
        errors = np.nan_to_num(self.std_error)
        ax.hlines(
            places, self.values - errors, self.values + errors, color=palette.ink, linewidth=1.4
        )
        ax.plot(self.values, places, "o", **_dot(palette))

    # -- numbers and dates, from left to right -----------------------------------------------------

    def _frame_of_line(self) -> Frame:
        labels = self._height().labels()
        return Frame(
            title=self.title,
            subtitle=f"{self.subtitle} Vertical: {self.axis_label}.",
            axis_label=self.feature,
            provenance=self.provenance,
            labels=labels,
            notes=[""] * len(labels),
            quiet=range(len(labels)),
        )

    def _draw_line(self, ax: Any, palette: Palette) -> None:
        height, present = self._height(), self._present()
        points = [point for point in self.points if point is not None]
        kind, place = (DateScale, days_of) if are_dates(points) else (Scale, float)
        grid = np.array([place(point) for point in points])
        scale = kind.spanning(float(grid[0]), float(grid[-1]), keep_zero=False)
        draw_axis(ax, palette, scale, zero=False)
        height.draw(ax, palette)
        for curve in self.curves:
            rows = height.rows(curve[present])
            ax.plot(grid, rows, color=palette.neutral, linewidth=0.6, alpha=0.45)
        self._draw_effect(ax, palette, grid, height)
        self._draw_rows(ax, palette)
        if not present.all():
            self._draw_missing(ax, palette, scale, height)

    def _draw_effect(self, ax: Any, palette: Palette, grid: Floats, height: Height) -> None:
        present = self._present()
        values, errors = self.values[present], np.nan_to_num(self.std_error[present])
        band = height.rows(values - errors), height.rows(values + errors)
        ax.fill_between(grid, *band, color=palette.lowers, alpha=0.25, linewidth=0)
        ax.plot(grid, height.rows(values), color=palette.lowers, linewidth=2.0)
        if len(grid) <= _MOST_DOTS:
            dots = {"color": palette.lowers, "markersize": 4, "markeredgewidth": 0}
            ax.plot(grid, height.rows(values), "o", **dots)

    def _draw_rows(self, ax: Any, palette: Palette) -> None:
        """Mark the percentiles of the feature above its axis."""
        if self.quantiles is not None:
            foot = ax.get_ylim()[0]
            ax.vlines(
                self.quantiles, foot, foot - 0.35, color=palette.muted, linewidth=0.7, alpha=0.8
            )

    def _draw_missing(self, ax: Any, palette: Palette, scale: Scale, height: Height) -> None:
        """Draw missing values as a point apart."""
        place, _ = make_room_for_missing(ax, palette, scale)
        value, error = self.values[-1], self.std_error[-1]
        if np.isfinite(error):
            ends = height.rows(np.array([value - error, value + error]))
            ax.vlines(place, ends[0], ends[1], color=palette.ink, linewidth=1.4)
        ax.plot([place], height.rows(self.values[-1:]), "o", **_dot(palette))

    def _present(self) -> Booleans:
        return np.array([point is not None for point in self.points])

    def _height(self) -> Height:
        return Height.enclosing(self.scale())


def _dot(palette: Palette) -> dict[str, Any]:
    """Return how a point of the effect looks."""
    return {
        "color": palette.bar,
        "markeredgecolor": palette.ink,
        "markersize": 7,
        "markeredgewidth": 0.8,
    }


def _output(effect: Effect, output: str | int | None) -> int:
    if output is not None:
        return output_position(output, effect.classes, effect.num_outputs)
    if effect.num_outputs <= 2:
        return effect.num_outputs - 1
    return int(np.ptp(effect.values, axis=0).argmax())
