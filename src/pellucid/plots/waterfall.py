"""Waterfall of one row: from the base value, feature by feature, to the prediction.

Of a local model, whose values do not add up, the same picture shows each value by itself.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self, final, get_args

import numpy as np

from pellucid._core.typing import Floats, Integers, LossSpace
from pellucid._core.validation import check_count
from pellucid.explanation.local import Explanation
from pellucid.explanation.selection import choose_output
from pellucid.plots.canvas import Frame, draw_axis
from pellucid.plots.lettering import TEXT, style
from pellucid.plots.outputs import check_explanation, check_row, row_label
from pellucid.plots.palette import Palette
from pellucid.plots.picture import Picture
from pellucid.plots.scale import Scale
from pellucid.plots.steps import Steps, steps_of
from pellucid.plots.wording import (
    elide,
    isolated,
    number,
    numbers,
    output_name,
    provenance,
    quoted,
    typeset,
    with_errors,
)


@final
@dataclass(frozen=True, eq=False)
class Waterfall(Picture):
    """How the features take one row from the base value to its prediction.

    Attributes
    ----------
    row : int
        Position of the row, from 0.
    row_label : str
        What the row is called: its label in the index of a data frame, else its position, which
        in a sample is said to be that in the sample.
    names : tuple of str
        Names of the steps; the last may stand for all other features.
    cells : tuple
        The features' values in this row, as they are; None where they are not known.
    cell_texts : tuple of (str or None)
        The same as text; None where there is none to show.
    values : ndarray of float64, shape (s,)
        The steps, largest first: attributions in the units of the output space.
    std_error : ndarray of float64, shape (s,), or None
        Standard errors of the steps; None if they are exact.
    base_value, prediction : float
        Where the steps start, and what the model predicts.
    output : str
        What is predicted, as in ``"predicted probability of malignant"``.
    order : ndarray of int64, shape (K,)
        Numbers of the features shown one by one.
    adds_up : bool
        Whether the steps lead from the base value to the prediction; else each starts at zero.
    title, provenance : str

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.explanation.local import Explanation
    >>> from pellucid.explanation.stats import Stats
    >>> explanation = Explanation(
    ...     values=np.array([[[2.0], [-0.5]]]), base_values=np.array([[10.0]]),
    ...     predictions=np.array([[11.5]]), features=("rooms", "age"), classes=None,
    ...     task="regression", output_space="value", stats=Stats("tree"), data=[[4.0, 30.0]],
    ... )
    >>> waterfall = Waterfall.from_explanation(explanation, row=0)
    >>> waterfall.labels, waterfall.values
    (('rooms = 4', 'age = 30'), array([ 2. , -0.5]))
    >>> waterfall.title
    'Row 0: prediction is 11.5; rooms = 4 raises it most'
    """

    shown: ClassVar[tuple[str, ...]] = (
        "row",
        "row_label",
        "names",
        "cells",
        "values",
        "std_error",
        "base_value",
        "prediction",
        "output",
    )

    row: int
    row_label: str
    names: tuple[str, ...]
    cells: tuple[Any, ...]
    cell_texts: tuple[str | None, ...]
    values: Floats
    std_error: Floats | None
    base_value: float
    prediction: float
    output: str
    order: Integers
    adds_up: bool
    title: str
    provenance: str

    @property
    def end(self) -> str:
        """What the row gets to: its prediction, or its loss."""
        return self.output if self.output in get_args(LossSpace) else "prediction"

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the steps, ``"feature = value"`` where the value is known."""
        return tuple(_label(*step) for step in zip(self.names, self.cell_texts, strict=True))

    @classmethod
    def from_explanation(
        cls,
        explanation: Explanation,
        row: int = 0,
        *,
        output: str | int | None = None,
        top_k: int = 9,
    ) -> Self:
        """Choose and order the steps of one row.

        Parameters
        ----------
        explanation : Explanation
        row : int
            Position of the row, from 0.
        output : str or int, optional
            Class name or number of the output; by default the only output, the second of two
            classes, or of more the one predicted for this row.
        top_k : int
            Features shown one by one; all others make one step.

        Raises
        ------
        InvalidInputError
            This is no local explanation, there is no such row or output, or ``top_k`` is not a
            positive integer.
        """
        check_explanation(explanation)
        top_k = check_count("top_k", top_k)
        row = check_row(explanation, row)
        if output is None and explanation.values.shape[2] > 2:
            output = int(explanation.predictions[row].argmax())
        k = choose_output(explanation, output)
        steps, order = steps_of(explanation, row, k, top_k)
        noun = output_name(explanation, k)
        label = row_label(explanation, row)
        prediction = float(explanation.predictions[row, k])
        adds_up = explanation.local_r2 is None
        write_title = _title if adds_up else _title_of_slopes
        return cls(
            row=row,
            row_label=label,
            names=steps.names,
            cells=steps.cells,
            cell_texts=steps.cell_texts,
            values=steps.values,
            std_error=steps.std_error,
            base_value=float(explanation.base_values[row, k]),
            prediction=prediction,
            output=noun,
            order=order,
            adds_up=adds_up,
            title=write_title(label, noun, prediction, steps),
            provenance=provenance(
                explanation.stats,
                explanation.output_space,
                engineered=explanation.is_engineered,
            ),
        )

    def scale(self) -> Scale:
        """Return the axis of the output, with room for the whiskers."""
        ends = self.spans()[1]
        error = 0.0 if self.std_error is None else self.std_error
        places = np.concatenate([ends - error, ends + error])
        reach = [*self.spans()[0].tolist(), *places.tolist()]
        if self.adds_up:
            reach += [self.base_value, self.prediction]
        return Scale.spanning(min(reach), max(reach), keep_zero=not self.adds_up)

    def spans(self) -> tuple[Floats, Floats]:
        """Return where each step starts and ends, shape (s,) each."""
        ends = self.base_value + np.cumsum(self.values) if self.adds_up else self.values
        return ends - self.values, ends

    def _frame(self, palette: Palette, width: float) -> Frame:
        said = SUBTITLE if self.adds_up else SUBTITLE_OF_SLOPES
        first, last = (["base value"], [self.end]) if self.adds_up else ([], [])
        labels, blank = [*first, *self.labels, *last], ["" for _ in first]
        return Frame(
            title=self.title,
            subtitle=said if self.std_error is None else f"{said} {WHISKERS}",
            axis_label=self.output if self.adds_up else f"change of {self.output}",
            provenance=self.provenance,
            labels=labels,
            notes=[*blank, *self.notes(), *blank],
            quiet=[0, len(labels) - 1] if self.adds_up else [],
        )

    def _draw_marks(self, ax: Any, palette: Palette) -> None:
        draw_axis(ax, palette, self.scale(), zero=not self.adds_up)
        self._draw_steps(ax, palette, int(self.adds_up))
        if self.adds_up:
            self._draw_end(ax, palette, 0, self.base_value)
            self._draw_end(ax, palette, len(self.values) + 1, self.prediction)

    def notes(self) -> list[str]:
        """Write the steps as numbers with their sign, and their errors if there are any."""
        steps = numbers(self.values, signed=True)
        if self.std_error is None:
            return [typeset(step) for step in steps]
        return with_errors(steps, self.std_error)

    def _draw_steps(self, ax: Any, palette: Palette, first: int) -> None:
        starts, ends = self.spans()
        places = np.arange(first, len(self.values) + first)
        colors = [palette.raises if value > 0 else palette.lowers for value in self.values]
        least = 0.002 * float(np.ptp(ax.get_xlim()))
        widths = np.where(
            np.abs(self.values) < least, np.where(self.values < 0, -least, least), self.values
        )
        ax.barh(places, widths, left=starts, height=0.62, color=colors)
        if self.adds_up:
            # Each hairline carries the sum so far down to the next row.
            hairline = {"color": palette.muted, "linewidth": 0.7, "zorder": 0.8}
            ax.vlines(starts, places - 1, places, **hairline)
            ax.vlines(ends[-1], places[-1], places[-1] + 1, **hairline)
        if self.std_error is not None:
            ax.hlines(
                places,
                ends - self.std_error,
                ends + self.std_error,
                color=palette.ink,
                linewidth=1.2,
            )

    def _draw_end(self, ax: Any, palette: Palette, place: int, value: float) -> None:
        ax.plot([value], [place], marker="o", markersize=5.5, color=palette.ink, linestyle="none")
        middle = float(np.mean(ax.get_xlim()))
        side = 1 if value < middle else -1
        ax.annotate(
            typeset(number(value)),
            (value, place),
            xytext=(7 * side, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center_baseline",
            annotation_clip=False,
            **style(TEXT, palette.ink, bold=True),
        )


SUBTITLE: Final = "Orange raises it, blue lowers it, step by step from the base value."
SUBTITLE_OF_SLOPES: Final = (
    "Orange raises it, blue lowers it: what each feature adds in the local model around the row."
)
WHISKERS: Final = "Whiskers: one standard error of the step."


def _label(name: str, value: str | None) -> str:
    name = quoted(name, 60, kind="feature")
    return name if value is None else f"{name} = {isolated(typeset(value))}"


def _title(label: str, noun: str, prediction: float, steps: Steps) -> str:
    found = f"Row {elide(label, 24)}: {noun} is {typeset(number(prediction))}"
    if not steps.values[0]:
        return f"{found}, as expected of any row"
    verb = "raises" if steps.values[0] > 0 else "lowers"
    return f"{found}; {_label(steps.names[0], steps.cell_texts[0])} {verb} it most"


def _title_of_slopes(label: str, noun: str, prediction: float, steps: Steps) -> str:
    found = f"Row {elide(label, 24)}: {noun} is {typeset(number(prediction))}"
    if not len(steps.values) or not steps.values[0]:
        return f"{found}, and nothing changes it nearby"
    return f"{found}; nearby, {_label(steps.names[0], steps.cell_texts[0])} counts most"
