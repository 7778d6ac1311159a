"""Bar chart of global importance: which features matter most to the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import check_count
from pellucid.explanation.importance import Importance
from pellucid.explanation.ranking import descending_rank
from pellucid.plots.canvas import Frame, draw_axis
from pellucid.plots.lettering import SMALL, fit
from pellucid.plots.outputs import check_importance
from pellucid.plots.palette import Palette
from pellucid.plots.picture import Picture
from pellucid.plots.scale import Scale
from pellucid.plots.wording import (
    number,
    numbers,
    output_name,
    provenance,
    quoted,
    rows_explained,
    typeset,
)

_MOST_SEGMENTS = 5
_OTHER_CLASSES = " other classes"


@final
@dataclass(frozen=True, eq=False)
class Bar(Picture):
    """The most important features, longest bar first, with their standard errors.

    Attributes
    ----------
    order : ndarray of int64, shape (K,)
        Numbers of the features shown, the most important first.
    features : tuple of str
        Their names.
    values : ndarray of float64, shape (K,)
        Their importance: the mean absolute attribution, over the outputs too; or by how much a
        metric is worse without them, which may be below zero.
    std_error : ndarray of float64, shape (K,)
        Standard error of ``values``; with several outputs an upper bound, the mean of theirs.
        NaN if a single row was explained.
    segments : ndarray of float64, shape (K, s)
        Parts of each bar, one per class shown; they sum up to ``values``.
    segment_names : tuple of str
        Empty if the bars are not divided.
    n_others : int
        Features not shown.
    others : float
        Importance of these, taken together; of a metric, that of the most important of them.
    title, subtitle, axis_label, provenance : str
    metric : str or None
        Name of the metric; None for attributions.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.explanation.importance import Importance
    >>> from pellucid.explanation.stats import Stats
    >>> importance = Importance(
    ...     values=np.array([[0.1], [0.4]]), overall=np.array([0.1, 0.4]),
    ...     std_error=np.array([[0.01], [0.02]]), base_values=np.zeros(1),
    ...     features=("age", "hours"), classes=None, task="regression",
    ...     output_space="value", stats=Stats("tree", n_rows=9, n_rows_given=9),
    ... )
    >>> bar = Bar.from_importance(importance)
    >>> bar.features, bar.title
    (('hours', 'age'), 'hours matters most: it moves the prediction by 0.400 on average')
    """

    shown: ClassVar[tuple[str, ...]] = (
        "features",
        "values",
        "std_error",
        "segments",
        "segment_names",
        "n_others",
        "others",
    )

    order: Integers
    features: tuple[str, ...]
    values: Floats
    std_error: Floats
    segments: Floats
    segment_names: tuple[str, ...]
    n_others: int
    others: float
    title: str
    subtitle: str
    axis_label: str
    provenance: str
    metric: str | None = None

    @classmethod
    def from_importance(
        cls, importance: Importance, *, top_k: int = 15, per_class: bool = False
    ) -> Self:
        """Choose and order what is shown.

        Parameters
        ----------
        importance : Importance
        top_k : int
            Number of features to show.
        per_class : bool
            Whether bars are divided into classes. Of many classes the five with the largest
            importance are told apart.

        Raises
        ------
        InvalidInputError
            This is no importance, or ``top_k`` is not a positive integer.
        """
        check_importance(importance)
        top_k = check_count("top_k", top_k)
        ranked = descending_rank(importance.overall)
        order, rest = ranked[:top_k], ranked[top_k:]
        segments, names = _segments(importance, order, per_class=per_class)
        stats = importance.stats
        others = importance.overall[rest]
        return cls(
            order=order,
            features=tuple(importance.features[j] for j in order),
            values=importance.overall[order],
            std_error=importance.overall_std_error()[order],
            segments=segments,
            segment_names=names,
            n_others=len(rest),
            others=float(others.sum() if importance.metric is None else others.max(initial=0.0)),
            title=headline(importance),
            subtitle=f"{_meaning(importance)}; {_whiskers(importance)}.",
            axis_label=_axis_label(importance),
            provenance=provenance(
                stats,
                importance.metric or importance.output_space,
                engineered=importance.is_engineered,
            ),
            metric=importance.metric,
        )

    def _frame(self, palette: Palette, width: float) -> Frame:
        rest = [self.others_label()] if self.n_others else []
        return Frame(
            title=self.title,
            subtitle=self.subtitle,
            axis_label=self.axis_label,
            provenance=self.provenance,
            labels=[*self.features, *rest],
            notes=self.notes(),
            quiet=[len(self.features)] if rest else [],
            key=_key(palette, self.segment_names),
        )

    def scale(self) -> Scale:
        """Return the axis of the bars."""
        low, high = self.whiskers()
        return Scale.spanning(
            min(0.0, float(low.min())), max(0.0, float(high.max())), keep_zero=True
        )

    def whiskers(self) -> tuple[Floats, Floats]:
        """Return the ends of the whiskers, shape (K,); where none are known, the values."""
        errors = np.nan_to_num(self.std_error)
        low, high = self.values - errors, self.values + errors
        return (np.maximum(low, 0.0) if self.metric is None else low), high

    def others_label(self) -> str:
        """Name the features that are not shown one by one."""
        named = f"{self.n_others:,} other features" if self.n_others > 1 else "1 other feature"
        if self.metric is not None:
            return f"{named}, at most"
        return f"{named}, together" if self.n_others > 1 else named

    def notes(self) -> list[str]:
        """Write the importances as numbers, that of the other features together at the end."""
        if self.metric is not None and self.n_others:
            return numbers([*self.values.tolist(), self.others])
        return [*numbers(self.values), *([number(self.others)] if self.n_others else [])]

    def _draw_marks(self, ax: Any, palette: Palette) -> None:
        draw_axis(ax, palette, self.scale())
        places = np.arange(len(self.features))
        if self.segment_names:
            starts = np.cumsum(self.segments, axis=1) - self.segments
            for s, color in enumerate(_segment_colors(palette, self.segment_names)):
                ax.barh(places, self.segments[:, s], left=starts[:, s], height=0.62, color=color)
        else:
            ax.barh(places, self.values, height=0.62, color=palette.bar)
        known = np.isfinite(self.std_error)
        low, high = (ends[known] for ends in self.whiskers())
        ax.hlines(places[known], low, high, color=palette.paper, linewidth=3.2)
        ax.hlines(places[known], low, high, color=palette.ink, linewidth=1.2)


def headline(importance: Importance) -> str:
    """Say in a sentence what matters most, and by how much.

    Two features whose importances differ by less than twice the standard error of the difference
    are not told apart.
    """
    ranked = descending_rank(importance.overall)
    values, noun = importance.overall[ranked], output_name(importance)
    if importance.metric is not None and not values[0] > 0:
        return f"No feature helps: shuffling any of them makes {noun} no worse"
    if not values[0] > 0:
        return "No feature matters: every attribution is zero"
    first = quoted(importance.features[ranked[0]], kind="feature")
    sizes = [typeset(size) for size in numbers(values[:2])]
    errors = importance.overall_std_error()[ranked]
    if len(values) > 1 and values[0] - values[1] < 2 * np.hypot(errors[0], errors[1]):
        second = quoted(importance.features[ranked[1]], kind="feature")
        moves = "each moves" if sizes[0] == sizes[1] else "they move"
        amounts = " and ".join(dict.fromkeys(sizes))
        if importance.metric is not None:
            shuffled = f"shuffling one or the other makes {noun} worse by {amounts}"
            return f"{first} and {second} matter most: {shuffled}"
        return f"{first} and {second} matter most: {moves} the {noun} by {amounts} on average"
    if importance.metric is not None:
        return f"{first} matters most: shuffling it makes {noun} worse by {sizes[0]}"
    return f"{first} matters most: it moves the {noun} by {sizes[0]} on average"


def _meaning(importance: Importance) -> str:
    """Say what the bars are."""
    rows = rows_explained(importance.stats)
    if importance.metric is None:
        return f"Mean absolute attribution over {rows}"
    base = typeset(number(float(importance.base_values[0])))
    return (
        f"How much worse {output_name(importance)}, {base} as it is, gets when a feature's values "
        f"are shuffled among {rows}"
    )


def _axis_label(importance: Importance) -> str:
    if importance.metric is None:
        return f"average change of the {output_name(importance)}"
    return f"how much worse {output_name(importance)} gets"


def _whiskers(importance: Importance) -> str:
    if np.isfinite(importance.std_error).all():
        return "whiskers are one standard error either way"
    return "one row tells no standard error"


def _segments(
    importance: Importance, order: Integers, *, per_class: bool
) -> tuple[Floats, tuple[str, ...]]:
    """Divide bars into classes whose parts sum up to the whole, the largest classes first."""
    n_outputs = importance.values.shape[1]
    if not per_class or importance.classes is None or n_outputs < 2:
        return importance.overall[order, np.newaxis], ()
    shares = importance.values / n_outputs
    ranked = descending_rank(shares.sum(axis=0))
    shown, rest = ranked, ranked[:0]
    if n_outputs > _MOST_SEGMENTS + 1:
        shown, rest = ranked[:_MOST_SEGMENTS], ranked[_MOST_SEGMENTS:]
    parts = [shares[:, shown]]
    names = [importance.classes[k] for k in shown]
    if len(rest):
        parts.append(shares[:, rest].sum(axis=1, keepdims=True))
        names.append(f"{len(rest)}{_OTHER_CLASSES}")
    return np.concatenate(parts, axis=1)[order], tuple(names)


def _segment_colors(palette: Palette, names: Sequence[str]) -> list[str]:
    colors = list(palette.classes[: len(names)])
    if names[-1].endswith(_OTHER_CLASSES):
        colors[-1] = palette.neutral
    return colors


def _key(palette: Palette, names: Sequence[str]) -> list[list[tuple[str, str]]]:
    """Name the classes, each after a square of its color."""
    if not names:
        return []
    return [
        [("\N{BLACK SQUARE}", color), (f" {fit(name, SMALL, 1.6)}     ", palette.muted)]
        for name, color in zip(names, _segment_colors(palette, names), strict=True)
    ]
