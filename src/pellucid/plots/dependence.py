"""Dependence plot: the value of one feature against what it adds, row by row."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import check_count
from pellucid.data.cells import as_numbers, as_shades, date_ticks, holds_numbers
from pellucid.explanation.given_rows import FeatureColumns, feature_columns
from pellucid.explanation.local import Explanation
from pellucid.explanation.ranking import descending_rank
from pellucid.explanation.selection import choose_output
from pellucid.plots.across import color_ends, places_across, similar_places
from pellucid.plots.canvas import Frame, draw_axis
from pellucid.plots.dots import draw_dots, levels_of, ramp_key
from pellucid.plots.outputs import check_explanation, feature_position
from pellucid.plots.palette import Palette
from pellucid.plots.partners import strongest_partner
from pellucid.plots.picture import Picture
from pellucid.plots.plane import Height, make_room_for_missing
from pellucid.plots.scale import DateScale, Scale
from pellucid.plots.swarm import swarm_offsets
from pellucid.plots.trends import how_it_acts
from pellucid.plots.wording import number, output_name, provenance, quoted, typeset

_MOST_WHISKERS: Final = 300
_GOLDEN: Final = 0.618034


@final
@dataclass(frozen=True, eq=False)
class Dependence(Picture):
    """The value of one feature against what it adds, colored by the feature it interacts with most.

    Which feature gives the color is decided by a rule: that whose values explain most of the
    attributions' spread among rows of similar value, see
    :func:`~pellucid.plots.partners.strongest_partner`. Where none explains 5 % of it, dots are gray.

    Attributes
    ----------
    feature : str
    places : ndarray of float64, shape (n,)
        Where rows lie across: numbers, days since 1970 of dates, or the rank of the row's level;
        NaN where the value is missing or not shown.
    values : ndarray of float64, shape (n,)
        Attributions to one output.
    std_error : ndarray of float64, shape (n,), or None
        None if they are exact.
    levels : tuple of str
        Names of the feature's levels, the one that raises the output most first; empty of numbers
        and dates.
    color : str or None
        Feature that gives the color.
    shades : ndarray of float64, shape (n,)
        Its value from low (0) to high (1); NaN where it is missing, or there is none.
    explained : float
        Share of the spread that it explains; NaN if it was chosen by hand, or there is none.
    are_dates : bool
    n_others : int
        Levels not shown.
    output, title, subtitle, provenance : str
    color_ends : tuple of (str, str)
        The color feature's low and high values, as text.

    Examples
    --------
    >>> from pellucid.explanation.stats import Stats
    >>> rows = np.arange(20.0)[:, np.newaxis]
    >>> explanation = Explanation(
    ...     values=2 * rows[:, :, np.newaxis], base_values=np.zeros((20, 1)),
    ...     predictions=2 * rows, features=("age",), classes=None, task="regression",
    ...     output_space="value", stats=Stats("tree"), data=rows,
    ... )
    >>> plot = Dependence.from_explanation(explanation, "age")
    >>> plot.title, plot.color
    ('The higher age, the higher the prediction', None)
    """

    shown: ClassVar[tuple[str, ...]] = (
        "feature",
        "places",
        "values",
        "std_error",
        "levels",
        "color",
        "shades",
        "explained",
        "n_others",
    )

    feature: str
    places: Floats
    values: Floats
    std_error: Floats | None
    levels: tuple[str, ...]
    color: str | None
    shades: Floats
    explained: float
    are_dates: bool
    n_others: int
    output: str
    title: str
    subtitle: str
    provenance: str
    color_ends: tuple[str, str]

    @classmethod
    def from_explanation(
        cls,
        explanation: Explanation,
        feature: str | int | None = None,
        *,
        color: str | int | None = None,
        output: str | int | None = None,
        top_k: int = 15,
    ) -> Self:
        """Place the rows, and choose their color.

        Parameters
        ----------
        explanation : Explanation
            With the rows it explains.
        feature : str or int, optional
            Name or number of a feature; by default that with the largest mean absolute attribution.
        color : str or int, optional
            Feature that gives the color; by default chosen by the rule above.
        output : str or int, optional
            Class name or number of the output; by default the only output, the second of two
            classes, or the class predicted for most rows.
        top_k : int
            Levels to show of a feature that is no number: the most frequent ones.

        Raises
        ------
        InvalidInputError
            This is no local explanation, it has no rows, the feature's values are not known, there
            is no such feature or output, or ``top_k`` is not a positive integer.
        """
        check_explanation(explanation)
        top_k = check_count("top_k", top_k)
        k = choose_output(explanation, output)
        if not len(explanation):
            raise InvalidInputError("there are no rows to draw in this explanation")
        every = explanation.values[:, :, k]
        j = (
            int(descending_rank(np.abs(every).mean(axis=0))[0])
            if feature is None
            else feature_position(explanation, feature)
        )
        columns = feature_columns(explanation.data, explanation.features, explanation.players)
        column = None if columns is None else columns.column(j)
        name = explanation.features[j]
        if columns is None or column is None:
            raise InvalidInputError(
                f"the values of {name!r} are not known: the explanation carries no rows, or this is "
                "a group of columns; draw a Beeswarm instead"
            )
        values = every[:, j]
        places, levels, n_others = places_across(column, name, values, top_k)
        dates = date_ticks(column) is not None
        partner, explained = _partner(
            explanation, columns, j, color, values=values, places=similar_places(column, places)
        )
        shade_column = None if partner is None else columns.column(partner)
        noun = output_name(explanation, k)
        quoted_name = quoted(name, kind="feature")
        errors = None if explanation.std_error is None else explanation.std_error[:, j, k]
        return cls(
            feature=name,
            places=places,
            values=values,
            std_error=errors,
            levels=levels,
            color=None if partner is None else explanation.features[partner],
            shades=np.full(len(values), np.nan)
            if shade_column is None
            else as_shades(shade_column),
            explained=explained,
            are_dates=dates,
            n_others=n_others,
            output=noun,
            title=_title(quoted_name, noun, places, values, levels),
            subtitle=_subtitle(explanation, partner, explained, levels),
            provenance=provenance(
                explanation.stats, explanation.output_space, engineered=explanation.is_engineered
            ),
            color_ends=("low", "high") if shade_column is None else color_ends(shade_column),
        )

    def _frame(self, palette: Palette, width: float) -> Frame:
        is_colored = self.color is not None and bool(np.isfinite(self.shades).any())
        said = f"{quoted(self.color or '', 30, kind='feature')}: {self.color_ends[0]} "
        key = [ramp_key(palette, said, f" {self.color_ends[1]}")] if is_colored else []
        change = f"what it adds to the {self.output}"
        if self.levels:
            rest = []
            if self.n_others:
                rest = [f"{self.n_others:,} rarer level{'s' * (self.n_others > 1)}, not shown"]
            counts = [f"{n:,}" for n in np.bincount(self._rows(), minlength=len(self.levels))]
            return Frame(
                title=self.title,
                subtitle=f"{self.subtitle} Numbers at the right: rows.",
                axis_label=f"{self.feature}: {change}",
                provenance=self.provenance,
                labels=[*self.levels, *rest],
                notes=[*counts, *("" for _ in rest)],
                quiet=[len(self.levels)] if rest else [],
                key=key,
            )
        labels = self._height().labels()
        return Frame(
            title=self.title,
            subtitle=f"{self.subtitle} Vertical: {change}.",
            axis_label=self.feature,
            provenance=self.provenance,
            labels=labels,
            notes=[""] * len(labels),
            quiet=range(len(labels)),
            key=key,
        )

    def _draw_marks(self, ax: Any, palette: Palette) -> None:
        (self._draw_levels if self.levels else self._draw_plane)(ax, palette)

    def _draw_levels(self, ax: Any, palette: Palette) -> None:
        scale = self._scale()
        draw_axis(ax, palette, scale)
        here = np.isfinite(self.places)
        down = np.empty(int(here.sum()))
        rows, values = self._rows(), self.values[here]
        for level in range(len(self.levels)):
            own = rows == level
            down[own] = level + 0.4 * swarm_offsets(values[own], scale.low, scale.high)
        draw_dots(ax, palette, values, down, levels_of(self.shades[here]))

    def _draw_plane(self, ax: Any, palette: Palette) -> None:
        height, known = self._height(), np.isfinite(self.places)
        shown = self.places[known]
        kind = DateScale if self.are_dates else Scale
        low, high = (shown.min(), shown.max()) if len(shown) else (0.0, 1.0)
        scale = kind.spanning(float(low), float(high), keep_zero=False)
        draw_axis(ax, palette, scale, zero=False)
        height.draw(ax, palette)
        places = self.places.copy()
        if not known.all():
            middle, reach = make_room_for_missing(ax, palette, scale)
            spread = np.arange((~known).sum()) * _GOLDEN % 1  # evenly, whatever their number
            places[~known] = middle + reach * (2 * spread - 1)
        if self.std_error is not None and len(self.values) <= _MOST_WHISKERS:
            ends = [height.rows(self.values + way * self.std_error) for way in (-1, 1)]
            ax.vlines(places, *ends, color=palette.neutral, linewidth=0.8, alpha=0.7)
        draw_dots(ax, palette, places, height.rows(self.values), levels_of(self.shades))

    def _rows(self) -> Integers:
        return self.places[np.isfinite(self.places)].astype(np.int64)

    def _scale(self) -> Scale:
        low, high = float(self.values.min(initial=0.0)), float(self.values.max(initial=0.0))
        return Scale.spanning(low, high, keep_zero=False)

    def _height(self) -> Height:
        return Height.enclosing(self._scale())


def _partner(
    explanation: Explanation,
    columns: FeatureColumns,
    feature: int,
    color: str | int | None,
    *,
    values: Floats,
    places: Floats,
) -> tuple[int | None, float]:
    if color is not None:
        j = feature_position(explanation, color)
        return j, float("nan")
    candidates = {}
    for j in range(explanation.num_features):
        column = None if j == feature else columns.column(j)
        if column is not None and holds_numbers(column):
            candidates[j] = as_numbers(column, explanation.features[j])
    return strongest_partner(places, values, candidates)


def _title(name: str, noun: str, places: Floats, values: Floats, levels: tuple[str, ...]) -> str:
    if not values.any():
        return f"{name} moves no {noun}: every attribution is zero"
    if len(levels) > 1:
        here = np.isfinite(places)
        top = values[here][places[here] == 0]
        if top.mean() > 0:
            mean = typeset(number(float(top.mean()), 2))
            return f"{name} raises the {noun} most where it is {quoted(levels[0], kind='level')}, by {mean}"
    return how_it_acts(name, noun, places if not levels else np.full(len(values), np.nan), values)


def _subtitle(
    explanation: Explanation, partner: int | None, explained: float, levels: tuple[str, ...]
) -> str:
    rows = len(explanation)
    said = f"Each dot is one of {rows:,} rows." if rows > 1 else "The dot is the one row explained."
    similar = "the same level" if levels else "similar value"
    if partner is None:
        return f"{said} Gray: no other feature explains how rows of {similar} differ."
    name = quoted(explanation.features[partner], 30, kind="feature")
    if np.isnan(explained):
        return f"{said} Color: {name}."
    return f"{said} Color: {name}, which explains {explained:.0%} of how rows of {similar} differ."
