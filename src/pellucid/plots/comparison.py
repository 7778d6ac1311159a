"""Comparison of a few rows, or of a few results, feature by feature."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid._core.validation import check_count, kind_of
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.ranking import descending_rank
from pellucid.explanation.selection import choose_output
from pellucid.plots.canvas import Frame, draw_axis
from pellucid.plots.lettering import SMALL, fit
from pellucid.plots.outputs import check_explanation, check_row, row_label
from pellucid.plots.palette import Palette
from pellucid.plots.picture import Picture
from pellucid.plots.scale import Scale
from pellucid.plots.wording import elide, number, numbers, output_name, provenance, quoted, typeset

_MOST: Final = 5
_NUMBERS: Final = "numbers at the right: how far apart."
_APART: Final = 0.13
_SHAPES: Final = ("o", "s", "^", "D", "v")
_LETTERS: Final = ("\N{BLACK CIRCLE}", "\N{BLACK SQUARE}", "\N{BLACK UP-POINTING TRIANGLE}",
                   "\N{BLACK DIAMOND}", "\N{BLACK DOWN-POINTING TRIANGLE}")  # fmt: skip


@final
@dataclass(frozen=True, eq=False)
class Comparison(Picture):
    """What sets two to five rows or results apart: the features that differ most come first.

    Attributes
    ----------
    names : tuple of str
        What is compared.
    features : tuple of str
    values : ndarray of float64, shape (K, s)
        Attributions to one output, or importances; NaN where a result has no such feature.
    std_error : ndarray of float64, shape (K, s)
        Their standard errors; NaN where there are none.
    apart : ndarray of float64, shape (K,)
        Largest difference between two of them.
    n_others : int
        Features not shown.
    title, subtitle, axis_label, provenance : str

    Examples
    --------
    >>> from pellucid.explanation.stats import Stats
    >>> explanation = Explanation(
    ...     values=np.array([[[2.0], [1.0]], [[-1.0], [1.5]]]), base_values=np.zeros((2, 1)),
    ...     predictions=np.array([[3.0], [0.5]]), features=("rooms", "age"), classes=None,
    ...     task="regression", output_space="value", stats=Stats("tree"),
    ... )
    >>> Comparison.from_rows(explanation, [0, 1]).title
    'rooms sets these rows apart most, by 3.00 of the prediction'
    """

    shown: ClassVar[tuple[str, ...]] = (
        "names",
        "features",
        "values",
        "std_error",
        "apart",
        "n_others",
    )

    names: tuple[str, ...]
    features: tuple[str, ...]
    values: Floats
    std_error: Floats
    apart: Floats
    n_others: int
    title: str
    subtitle: str
    axis_label: str
    provenance: str

    @classmethod
    def from_rows(
        cls,
        explanation: Explanation,
        rows: Sequence[int],
        *,
        output: str | int | None = None,
        top_k: int = 12,
    ) -> Self:
        """Compare rows of one explanation.

        Parameters
        ----------
        explanation : Explanation
        rows : sequence of int
            Positions of two to five rows, from 0.
        output : str or int, optional
            Class name or number of the output; by default the only output, the second of two
            classes, or the class predicted for most rows.
        top_k : int
            Number of features to show.

        Raises
        ------
        InvalidInputError
            This is no local explanation, there is no such row or output, there are less than two
            rows or more than five, or ``top_k`` is not a positive integer.
        """
        check_explanation(explanation)
        top_k = check_count("top_k", top_k)
        places = [check_row(explanation, row) for row in rows]
        _check_number(len(places), "rows")
        k = choose_output(explanation, output)
        values = explanation.values[places, :, k].T
        errors = explanation.std_error
        noun = output_name(explanation, k)
        labels = [
            f"row {elide(row_label(explanation, row), 20)}: "
            f"{typeset(number(float(explanation.predictions[row, k])))}"
            for row in places
        ]
        return cls(
            **_most_apart(
                explanation.features,
                values,
                np.full(values.shape, np.nan) if errors is None else errors[places, :, k].T,
                top_k,
            ),
            names=tuple(labels),
            title=_title(explanation.features, values, f"of the {noun}", "rows"),
            subtitle=f"What each feature adds to each row; {_NUMBERS}",
            axis_label=f"change of the {noun}",
            provenance=provenance(
                explanation.stats, explanation.output_space, engineered=explanation.is_engineered
            ),
        )

    @classmethod
    def from_results(
        cls, results: Mapping[str, Importance | Explanation], *, top_k: int = 12
    ) -> Self:
        """Compare the importances in a few results, such as those of two models or two groups.

        Parameters
        ----------
        results : mapping of str to Importance or Explanation
            Two to five results by what they are called. Of local explanations the importance over
            their rows is taken. A feature that one of them lacks has no mark there.
        top_k : int
            Number of features to show.

        Raises
        ------
        InvalidInputError
            These are no such results, they are measured in different units, there are less than
            two or more than five, or ``top_k`` is not a positive integer.
        """
        if not isinstance(results, Mapping):
            raise InvalidInputError(
                f"results is {kind_of(results)}; pass a dict of names and results"
            )
        top_k = check_count("top_k", top_k)
        _check_number(len(results), "results")
        found = [_importance(name, result) for name, result in results.items()]
        units = [one.metric or one.output_space for one in found]
        if len(set(units)) > 1:
            raise InvalidInputError(
                f"results are measured in different units: {', '.join(dict.fromkeys(units))}"
            )
        features = tuple(dict.fromkeys(name for one in found for name in one.features))
        values, errors = np.full((2, len(features), len(found)), np.nan)
        for s, one in enumerate(found):
            own = [features.index(name) for name in one.features]
            values[own, s], errors[own, s] = one.overall, one.overall_std_error()
        noun = output_name(found[0])
        what = (
            "How much worse it gets without each feature"
            if found[0].metric
            else "Mean absolute attribution"
        )
        return cls(
            **_most_apart(features, values, errors, top_k),
            names=tuple(elide(str(name), 40) for name in results),
            title=_title(features, values, f"of the {noun}", "results"),
            subtitle=f"{what}, whiskers are one standard error either way; {_NUMBERS}",
            axis_label=f"importance for the {noun}",
            provenance=" | ".join(
                f"{name}: {provenance(one.stats, unit, engineered=one.is_engineered)}"
                for name, one, unit in zip(results, found, units, strict=True)
            ),
        )

    def _frame(self, palette: Palette, width: float) -> Frame:
        rest = [f"{self.n_others:,} other features, not shown"] if self.n_others else []
        apart = [typeset(text) if text != "nan" else "—" for text in numbers(self.apart)]
        marks = zip(self.names, _LETTERS, _colors(palette), strict=False)
        return Frame(
            title=self.title,
            subtitle=self.subtitle,
            axis_label=self.axis_label,
            provenance=self.provenance,
            labels=[*self.features, *rest],
            notes=[*apart, *("" for _ in rest)],
            quiet=[len(self.features)] if rest else [],
            key=[
                [(letter, color), (f" {fit(name, SMALL, 2.4)}     ", palette.muted)]
                for name, letter, color in marks
            ],
        )

    def _draw_marks(self, ax: Any, palette: Palette) -> None:
        errors = np.nan_to_num(self.std_error)
        low, high = np.nanmin(self.values - errors), np.nanmax(self.values + errors)
        draw_axis(
            ax,
            palette,
            Scale.spanning(min(0.0, float(low)), max(0.0, float(high)), keep_zero=False),
        )
        places = np.arange(len(self.features))
        known = np.isfinite(self.values)
        least = np.where(known, self.values, np.inf).min(axis=1)
        most = np.where(known, self.values, -np.inf).max(axis=1)
        ax.hlines(places, least, most, color=palette.neutral, linewidth=1.4, zorder=1)
        n = len(self.names)
        for s, (shape, color) in enumerate(zip(_SHAPES, _colors(palette), strict=True)):
            if s == n:
                break
            # Marks of one feature are moved apart a little, so that none hides another.
            at = places + _APART * (s - (n - 1) / 2)
            spread = self.values[:, s] - errors[:, s], self.values[:, s] + errors[:, s]
            ax.hlines(at, *spread, color=color, linewidth=1.4, zorder=2)
            ax.plot(
                self.values[:, s],
                at,
                shape,
                color=color,
                markersize=6.5,
                markeredgecolor=palette.paper,
                markeredgewidth=0.8,
                zorder=3,
            )


def _colors(palette: Palette) -> tuple[str, ...]:
    """Return five colors that stand out from the paper and, with their shapes, from each other."""
    return (*(palette.classes[i] for i in (0, 1, 4, 3)), palette.muted)


def _check_number(n: int, what: str) -> None:
    if not 2 <= n <= _MOST:
        raise InvalidInputError(f"{n} {what} to compare; pass two to five")


def _importance(name: str, result: Any) -> Importance:
    if isinstance(result, Explanation):
        return result.importance()
    if not isinstance(result, Importance):
        raise InvalidInputError(
            f"results[{name!r}] is {kind_of(result)}; pass what explain_global or explain_local returns"
        )
    return result


def _most_apart(
    features: tuple[str, ...], values: Floats, errors: Floats, top_k: int
) -> dict[str, Any]:
    """Return the features that differ most, and where only some results have one, the last."""
    apart = _spread(values)
    order = descending_rank(np.nan_to_num(apart, nan=-1.0))[:top_k]
    return {
        "features": tuple(features[j] for j in order),
        "values": values[order],
        "std_error": errors[order],
        "apart": apart[order],
        "n_others": len(features) - len(order),
    }


def _spread(values: Floats) -> Floats:
    several = np.isfinite(values).sum(axis=1) > 1
    known = np.where(np.isfinite(values), values, 0.0)
    low = np.where(np.isfinite(values), known, np.inf).min(axis=1)
    high = np.where(np.isfinite(values), known, -np.inf).max(axis=1)
    return np.where(several, high - low, np.nan)


def _title(features: tuple[str, ...], values: Floats, unit: str, what: str) -> str:
    apart = np.nan_to_num(_spread(values), nan=-1.0)
    first = int(descending_rank(apart)[0])
    if not apart[first] > 0:
        return f"Nothing sets these {what} apart"
    by = typeset(number(float(apart[first])))
    return f"{quoted(features[first], kind='feature')} sets these {what} apart most, by {by} {unit}"
