"""Beeswarm of local attributions: every row a dot, for the most important features."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import check_count
from pellucid.data.cells import as_shades
from pellucid.explanation.given_rows import feature_columns
from pellucid.explanation.local import Explanation
from pellucid.explanation.selection import choose_output
from pellucid.plots.canvas import Frame, draw_axis
from pellucid.plots.dots import draw_dots, levels_of, ramp_key
from pellucid.plots.outputs import check_explanation
from pellucid.plots.palette import Palette
from pellucid.plots.picture import Picture
from pellucid.plots.scale import Scale
from pellucid.plots.swarm import swarm_offsets
from pellucid.plots.trends import how_it_acts
from pellucid.plots.wording import numbers, output_name, provenance, quoted, with_errors


@final
@dataclass(frozen=True, eq=False)
class Beeswarm(Picture):
    """How each row's attribution is spread, feature by feature, colored by the feature's value.

    Attributes
    ----------
    order : ndarray of int64, shape (K,)
        Numbers of the features shown, that with the largest mean absolute attribution first.
    features : tuple of str
        Their names.
    values : ndarray of float64, shape (n, K)
        Attributions to one output.
    importance, std_error : ndarray of float64, shape (K,)
        Importance of each feature for this output, and its standard error; NaN for a single row.
    shades : ndarray of float64, shape (n, K)
        The feature's own value from low (0) to high (1); NaN if it is missing or no number.
    offsets : ndarray of float64, shape (n, K)
        Where a dot lies across its strip, from -1 to 1.
    output : str
        What is predicted, as in ``"predicted probability of malignant"``.
    title, subtitle, provenance : str

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.explanation.local import Explanation
    >>> from pellucid.explanation.stats import Stats
    >>> explanation = Explanation(
    ...     values=np.array([[[-1.0]], [[0.0]], [[1.0]]]), base_values=np.zeros((3, 1)),
    ...     predictions=np.zeros((3, 1)), features=("age",), classes=None, task="regression",
    ...     output_space="value", stats=Stats("tree"), data=[[20.0], [40.0], [60.0]],
    ... )
    >>> swarm = Beeswarm.from_explanation(explanation)
    >>> swarm.title
    'The higher age, the higher the prediction'
    >>> swarm.shades.ravel()
    array([0. , 0.5, 1. ])
    """

    shown: ClassVar[tuple[str, ...]] = (
        "features",
        "values",
        "importance",
        "std_error",
        "shades",
        "offsets",
        "output",
    )

    order: Integers
    features: tuple[str, ...]
    values: Floats
    importance: Floats
    std_error: Floats
    shades: Floats
    offsets: Floats
    output: str
    title: str
    subtitle: str
    provenance: str

    @classmethod
    def from_explanation(
        cls, explanation: Explanation, *, output: str | int | None = None, top_k: int = 15
    ) -> Self:
        """Choose and order what is shown, and place the dots.

        Parameters
        ----------
        explanation : Explanation
        output : str or int, optional
            Class name or number of the output; by default the only output, the second of two
            classes, or the class predicted for most rows.
        top_k : int
            Number of features to show.

        Raises
        ------
        InvalidInputError
            This is no local explanation, there are no rows or no such output, or ``top_k`` is not
            a positive integer.
        """
        check_explanation(explanation)
        top_k = check_count("top_k", top_k)
        k = choose_output(explanation, output)
        if not len(explanation.values):
            raise InvalidInputError("there are no rows to draw in this explanation")
        every = explanation.values[:, :, k]
        found = explanation.output(k).importance()
        order = found.global_importance_rank[:top_k]
        values = every[:, order]
        columns = feature_columns(explanation.data, explanation.features, explanation.players)
        shades = np.full(values.shape, np.nan)
        for i, j in enumerate(order.tolist()):
            column = None if columns is None else columns.column(j)
            if column is not None:
                shades[:, i] = as_shades(column)
        low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
        offsets = [swarm_offsets(values[:, i], low, high) for i in range(len(order))]
        noun = output_name(explanation, k)
        names = tuple(explanation.features[j] for j in order)
        return cls(
            order=order,
            features=names,
            values=values,
            importance=found.overall[order],
            std_error=found.std_error[order, 0],
            shades=shades,
            offsets=np.stack(offsets, axis=1),
            output=noun,
            title=_title(names[0], values[:, 0], shades[:, 0], noun),
            subtitle=_subtitle(shades, has_errors=len(values) > 1),
            provenance=provenance(
                explanation.stats,
                explanation.output_space,
                engineered=explanation.is_engineered,
            ),
        )

    @property
    def is_colored(self) -> bool:
        """Whether any dot's color stands for a value."""
        return bool(np.isfinite(self.shades).any())

    def scale(self) -> Scale:
        """Return the axis of the attributions; zero is always on it."""
        low, high = float(self.values.min(initial=0.0)), float(self.values.max(initial=0.0))
        return Scale.spanning(low, high, keep_zero=False)

    def levels(self) -> Integers:
        """Return each dot's level on the color ramp, shape (n, K); -1 is neutral."""
        return levels_of(self.shades)

    def notes(self) -> list[str]:
        """Write the importances as numbers, and their standard errors where they are known."""
        return with_errors(numbers(self.importance), self.std_error)

    def _frame(self, palette: Palette, width: float) -> Frame:
        return Frame(
            title=self.title,
            subtitle=self.subtitle,
            axis_label=f"change of the {self.output}",
            provenance=self.provenance,
            labels=self.features,
            notes=self.notes(),
            key=[ramp_key(palette, "Feature value: low ", " high")] if self.is_colored else [],
        )

    def _draw_marks(self, ax: Any, palette: Palette) -> None:
        draw_axis(ax, palette, self.scale())
        places = np.arange(len(self.features)) + 0.4 * self.offsets
        draw_dots(ax, palette, self.values, places, self.levels())


def _title(name: str, values: Floats, shades: Floats, noun: str) -> str:
    """Say how the most important feature acts, as far as one sentence can."""
    name = quoted(name, kind="feature")
    if not values.any():
        return f"Nothing moves the {noun}: every attribution is zero"
    return how_it_acts(name, noun, shades, values, most=" most")


def _subtitle(shades: Floats, *, has_errors: bool) -> str:
    dots = f"Each dot is one of {len(shades):,} rows: right of zero the feature raises the output"
    known = np.isfinite(shades)
    gray = "; gray dots have no numeric value" if known.any() and not known.all() else ""
    error = " ± its standard error" if has_errors else ""
    return f"{dots}{gray}. Numbers at the right: mean absolute attribution{error}."
