"""Chart of a decision tree: its questions as an indented list, and what each end predicts."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid._core.validation import check_count
from pellucid.explanation.rules import Rules
from pellucid.explanation.selection import output_position
from pellucid.plots.canvas import Frame, draw_axis
from pellucid.plots.palette import Palette
from pellucid.plots.picture import Picture
from pellucid.plots.scale import Scale
from pellucid.plots.wording import noun_of, numbers, quoted, sentence, typeset

STEPS_PER_INCH = 1.1
"""Labels are indented by so many steps per inch of the picture at most, which leaves room for words."""


@final
@dataclass(frozen=True, eq=False)
class RuleChart(Picture):
    """The rules that most rows fall under, read from the top like a table of contents.

    Attributes
    ----------
    conditions : tuple of str
        The last answer of each node shown, each before its own further answers.
    depths : tuple of int
    values : ndarray of float64, shape (s,)
        What is predicted, on average where the tree goes on.
    shares : ndarray of float64, shape (s,)
        Of the rows that the tree was fitted to.
    is_end : tuple of bool
        Whether nothing more is asked.
    n_rules : int
        Of the whole tree.
    title, subtitle, output, provenance : str

    Examples
    --------
    >>> from pellucid.explanation.rules import RuleNode, Rules
    >>> rules = Rules(
    ...     nodes=(
    ...         RuleNode("all rows", 0, (0.75,), 1.0, (1, 2)),
    ...         RuleNode("age <= 30.5", 1, (0.5,), 0.5),
    ...         RuleNode("age > 30.5", 1, (1.0,), 0.5),
    ...     ),
    ...     classes=None,
    ...     task="regression",
    ...     output_space="value",
    ... )
    >>> RuleChart.from_rules(rules).title
    'Prediction from 0.50 to 1.00; first it matters whether age <= 30.5'
    """

    shown: ClassVar[tuple[str, ...]] = (
        "conditions",
        "depths",
        "values",
        "shares",
        "is_end",
    )

    conditions: tuple[str, ...]
    depths: tuple[int, ...]
    values: Floats
    shares: Floats
    is_end: tuple[bool, ...]
    n_rules: int
    title: str
    subtitle: str
    output: str
    provenance: str

    @classmethod
    def from_rules(cls, rules: Rules, *, output: str | int | None = None, top_k: int = 12) -> Self:
        """Choose what is shown.

        Parameters
        ----------
        rules : Rules
            Such as ``explainer.surrogate.rules()``.
        output : str or int, optional
            Class name or number of the output; by default the only one, the second of two classes,
            or the class of the largest share.
        top_k : int
            Number of ends to show: the questions that divide most rows come first.

        Raises
        ------
        InvalidInputError
            These are no rules, there is no such output, or ``top_k`` is not a positive integer.
        """
        if not isinstance(rules, Rules):
            raise InvalidInputError(
                f"rules is a {type(rules).__name__}; pass what explainer.surrogate.rules() returns"
            )
        shown = rules.pruned(check_count("top_k", top_k))
        k = _output_of(rules, output)
        name = noun_of(rules.output_space, rules.task)
        if rules.classes is not None:
            name = f"{name} of {quoted(rules.classes[k], kind='class')}"
        elif len(rules.nodes[0].outputs) > 1:
            name = f"{name} {k}"
        values = np.array([node.outputs[k] for node in shown.nodes])
        return cls(
            conditions=tuple(node.condition for node in shown.nodes),
            depths=tuple(node.depth for node in shown.nodes),
            values=values,
            shares=np.array([node.share for node in shown.nodes]),
            is_end=tuple(not node.children for node in shown.nodes),
            n_rules=rules.n_rules,
            title=_headline(shown, values, name),
            subtitle=_subtitle(shown, rules.n_rules),
            output=name,
            provenance=rules.note or "one decision tree",
        )

    def _frame(self, palette: Palette, width: float) -> Frame:
        most = max(1, int(STEPS_PER_INCH * width))
        return Frame(
            title=self.title,
            subtitle=self.subtitle,
            axis_label=self.output,
            provenance=self.provenance,
            labels=[typeset(condition) for condition in self.conditions],
            notes=self.notes(),
            quiet=self._inner(),
            indents=[min(depth, most) for depth in self.depths],
        )

    def _draw_marks(self, ax: Any, palette: Palette) -> None:
        scale = Scale.spanning(
            min(0.0, float(self.values.min())), max(0.0, float(self.values.max())), keep_zero=True
        )
        draw_axis(ax, palette, scale)
        ends, inner = np.flatnonzero(self.is_end), self._inner()
        ax.barh(ends, self.values[ends], height=0.62, color=palette.bar)
        ax.plot(self.values[inner], inner, "o", color=palette.neutral, markersize=4)

    def _inner(self) -> list[int]:
        return [i for i, is_end in enumerate(self.is_end) if not is_end]

    def notes(self) -> list[str]:
        """Write what is predicted, and the share of the rows."""
        shares = [f"{share:.0%}" if share >= 0.01 else "<1%" for share in self.shares.tolist()]
        values = [typeset(value) for value in numbers(self.values)]
        return [f"{value} · {share}" for value, share in zip(values, shares, strict=True)]


def _output_of(rules: Rules, output: str | int | None) -> int:
    n_outputs = len(rules.nodes[0].outputs)
    if output is not None:
        return output_position(output, rules.classes, n_outputs)
    return n_outputs - 1 if n_outputs <= 2 else int(np.argmax(rules.nodes[0].outputs))


def _headline(shown: Rules, values: Floats, name: str) -> str:
    """Say how far predictions go, and what divides most rows."""
    ends = np.flatnonzero([not node.children for node in shown.nodes])
    low, high = (typeset(size) for size in numbers([values[ends].min(), values[ends].max()]))
    if len(ends) == 1:
        return f"{sentence(name)} is {low} for all rows"
    first = quoted(typeset(shown.nodes[shown.nodes[0].children[0]].condition), kind="rule")
    return f"{sentence(name)} from {low} to {high}; first it matters whether {first}"


def _subtitle(shown: Rules, n_rules: int) -> str:
    if shown.n_rules < n_rules:
        what = f"The first questions of a tree of {n_rules:,} rules"
    else:
        what = f"A tree of {n_rules:,} rule{'s' * (n_rules != 1)}"
    return f"{what}; after the dot, the share of rows. Small dots are means of what follows."
