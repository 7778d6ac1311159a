"""Heat map of attributions: every row a column of cells, the features below each other."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Self, final, get_args

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import check_choice, check_count
from pellucid.explanation.local import Explanation
from pellucid.explanation.ranking import descending_rank
from pellucid.explanation.selection import choose_output
from pellucid.plots.canvas import Frame, draw_axis
from pellucid.plots.outputs import check_explanation
from pellucid.plots.palette import Palette
from pellucid.plots.picture import Picture
from pellucid.plots.scale import Scale
from pellucid.plots.wording import number, numbers, output_name, provenance, quoted, typeset

RowOrder = Literal["similarity", "prediction"]

_MOST_ROWS: Final = 2000
_LINE_ROWS: Final = 3
"""Rows of the frame that the line of predictions takes."""

_FULL_COLOR: Final = 99.0
"""Percentile of the absolute values that gets the full color, so that one outlier does not take it all."""


@final
@dataclass(frozen=True, eq=False)
class Heatmap(Picture):
    """All attributions at once, rows beside each other by similarity, their predictions on top.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        Positions of the rows shown, from left to right.
    features : tuple of str
        Features shown, that with the largest mean absolute attribution first; the last may stand
        for all others, which are added up.
    values : ndarray of float64, shape (m, K)
        Attributions to one output, a row of the array for each row shown.
    predictions : ndarray of float64, shape (m,)
    importance : ndarray of float64, shape (K,)
        Mean absolute attribution over the rows shown.
    limit : float
        Attribution, to both sides of zero, with the full color.
    order : {"similarity", "prediction"}
    n_others : int
        Features that the last row stands for; 0 if there is none.
    output, title, subtitle, provenance : str

    Examples
    --------
    >>> from pellucid.explanation.stats import Stats
    >>> explanation = Explanation(
    ...     values=np.array([[[2.0]], [[-1.0]], [[1.0]]]), base_values=np.zeros((3, 1)),
    ...     predictions=np.array([[2.0], [-1.0], [1.0]]), features=("age",), classes=None,
    ...     task="regression", output_space="value", stats=Stats("tree"),
    ... )
    >>> Heatmap.from_explanation(explanation, order="prediction").rows
    array([1, 2, 0])
    """

    shown: ClassVar[tuple[str, ...]] = (
        "rows",
        "features",
        "values",
        "predictions",
        "importance",
        "n_others",
    )

    rows: Integers
    features: tuple[str, ...]
    values: Floats
    predictions: Floats
    importance: Floats
    limit: float
    order: RowOrder
    n_others: int
    output: str
    title: str
    subtitle: str
    provenance: str

    @classmethod
    def from_explanation(
        cls,
        explanation: Explanation,
        *,
        order: RowOrder = "similarity",
        output: str | int | None = None,
        top_k: int = 12,
    ) -> Self:
        """Choose what is shown, and order the rows.

        Parameters
        ----------
        explanation : Explanation
            Of more than 2,000 rows, 2,000 are shown: evenly spread over the order of predictions.
        order : {"similarity", "prediction"}
            Similar attributions beside each other, by hierarchical clustering (average linkage of
            Euclidean distances, leaves in the best order [1]_), or predictions from low to high.
        output : str or int, optional
            Class name or number of the output; by default the only output, the second of two
            classes, or the class predicted for most rows.
        top_k : int
            Features shown one by one; all others make one row.

        Raises
        ------
        InvalidInputError
            This is no local explanation, there are no rows or no such output or order, or ``top_k``
            is not a positive integer.

        References
        ----------
        .. [1] Z. Bar-Joseph, D. K. Gifford, T. S. Jaakkola, "Fast optimal leaf ordering for
           hierarchical clustering", Bioinformatics 17, 2001.
        """
        check_explanation(explanation)
        check_choice("order", order, get_args(RowOrder))
        top_k = check_count("top_k", top_k)
        k = choose_output(explanation, output)
        n = len(explanation)
        if not n:
            raise InvalidInputError("there are no rows to draw in this explanation")
        by_prediction = np.argsort(explanation.predictions[:, k], kind="stable")
        shown = by_prediction[np.linspace(0, n - 1, min(n, _MOST_ROWS)).round().astype(np.int64)]
        every = explanation.values[shown, :, k]
        if order == "similarity":
            leaves = _by_similarity(every, explanation.predictions[shown, k])
            shown, every = shown[leaves], every[leaves]
        ranked = descending_rank(np.abs(every).mean(axis=0))
        n_shown = len(ranked) if len(ranked) <= top_k + 1 else top_k
        first, rest = ranked[:n_shown], ranked[n_shown:]
        values, names = every[:, first], [explanation.features[j] for j in first]
        if len(rest):
            values = np.column_stack([values, every[:, rest].sum(axis=1)])
            names.append(f"{len(rest):,} other features, together")
        noun = output_name(explanation, k)
        predictions = explanation.predictions[shown, k]
        return cls(
            rows=shown,
            features=tuple(names),
            values=values,
            predictions=predictions,
            importance=np.abs(values).mean(axis=0),
            limit=_limit(values),
            order=order,
            n_others=len(rest),
            output=noun,
            title=_title(names[0], every, first[0], predictions, noun),
            subtitle=_subtitle(order, len(shown), n),
            provenance=provenance(
                explanation.stats, explanation.output_space, engineered=explanation.is_engineered
            ),
        )

    def _frame(self, palette: Palette, width: float) -> Frame:
        high, low = self._ends()
        top = [high, "prediction", low] if high != low else ["", "prediction", ""]
        notes = [typeset(text) for text in numbers(self.importance)]
        quiet = [0, 2, *([_LINE_ROWS + len(self.features) - 1] if self.n_others else [])]
        return Frame(
            title=self.title,
            subtitle=self.subtitle,
            axis_label=f"rows, {'by similarity' if self.order == 'similarity' else 'by prediction'}",
            provenance=self.provenance,
            labels=[*top, *self.features],
            notes=[*[""] * _LINE_ROWS, *notes],
            quiet=quiet,
            key=[_key(palette, self.limit)],
        )

    def _draw_marks(self, ax: Any, palette: Palette) -> None:
        m, n_features = self.values.shape
        draw_axis(ax, palette, _Places(0.0, float(m)), zero=False)
        low, high = float(self.predictions.min()), float(self.predictions.max())
        spread = high - low or 1.0
        heights = (high - self.predictions) / spread * (_LINE_ROWS - 1)
        ax.step(
            [*range(m), m],
            [*heights, heights[-1]],
            where="post",
            color=palette.ink,
            linewidth=1.2,
        )
        foot = _LINE_ROWS - 0.5
        ax.imshow(
            _colors(self.values.T / self.limit, palette),
            extent=(0, m, foot + n_features, foot),
            aspect="auto",
            interpolation="nearest",
            zorder=1,
        )
        for row in range(n_features + 1):
            ax.axhline(foot + row, color=palette.paper, linewidth=1.5, zorder=2)
        ax.set_ylim(foot + n_features, -0.5)

    def _ends(self) -> tuple[str, str]:
        high, low = numbers([float(self.predictions.max()), float(self.predictions.min())])
        return typeset(high), typeset(low)


class _Places(Scale):
    """Places beside each other, which have no numbers worth marking."""

    def tick_labels(self, most: int = 6) -> list[tuple[float, str]]:
        return [(self.low, "")]


def _by_similarity(values: Floats, predictions: Floats) -> Integers:
    """Return rows in the order of a tree of clusters, low predictions to the left."""
    from scipy.cluster.hierarchy import leaves_list, linkage  # noqa: PLC0415 - rarely used

    if len(values) < 3 or not np.ptp(values, axis=0).any():
        return np.arange(len(values))
    found: Integers = leaves_list(linkage(values, "average", optimal_ordering=True)).astype(
        np.int64
    )
    half = len(found) // 2
    is_falling = predictions[found[:half]].mean() > predictions[found[half:]].mean()
    return found[::-1] if is_falling else found


def _limit(values: Floats) -> float:
    sizes = np.abs(values)
    limit = float(np.percentile(sizes, _FULL_COLOR)) or float(sizes.max())
    return limit or 1.0


def _colors(shares: Floats, palette: Palette) -> Floats:
    """Return the color of shares from -1 to 1, shape (..., 3): paper at zero, full at the ends."""
    paper, raises, lowers = (
        _rgb(color) for color in (palette.paper, palette.raises, palette.lowers)
    )
    strength = np.clip(np.abs(shares), 0.0, 1.0)[..., np.newaxis]
    full = np.where((shares > 0)[..., np.newaxis], raises, lowers)
    return np.asarray(paper + (full - paper) * strength)


def _rgb(color: str) -> Floats:
    return np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _key(palette: Palette, limit: float) -> list[tuple[str, str]]:
    steps = np.array([-1.0, -0.6, -0.3, 0.3, 0.6, 1.0])
    end = number(limit, 2)
    colors = [
        "#" + "".join(f"{round(255 * part):02x}" for part in color)
        for color in _colors(steps, palette)
    ]
    squares = [("\N{BLACK SQUARE}", color) for color in colors]
    low, high = f"lowers it, {typeset(f'-{end}')} ", f" raises it, +{typeset(end)}"
    return [(low, palette.muted), *squares, (high, palette.muted)]


def _title(name: str, every: Floats, first: int, predictions: Floats, noun: str) -> str:
    """Say what drives the predictions up and down."""
    name = quoted(name, kind="feature")
    sizes = np.abs(every)
    if not sizes.any():
        return f"Nothing moves the {noun}: every attribution is zero"
    share = float((sizes.argmax(axis=1) == first).mean())
    if len(predictions) == 1:
        return f"{name} moves the {noun} most"
    return f"{name} moves the {noun} most, and is the strongest in {share:.0%} of the rows"


def _subtitle(order: RowOrder, m: int, n: int) -> str:
    rows = f"{m:,} rows" if m == n else f"{m:,} of {n:,} rows, spread over their predictions"
    way = (
        "similar explanations side by side" if order == "similarity" else "lowest prediction first"
    )
    return (
        f"Each column of cells is a row: {rows}, {way}. The line on top is the prediction, numbers at "
        "the right are mean absolute attributions."
    )
