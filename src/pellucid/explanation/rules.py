"""``Rules``: a decision tree as rules to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import OutputSpace, Task
from pellucid.explanation.summary import printable

ALL_ROWS = "all rows"
MOST_CLASSES = 3
INDENT = "    "


@dataclass(frozen=True)
class RuleNode:
    """Rows that have answered some questions alike.

    Attributes
    ----------
    condition : str
        The last answer, such as ``"age <= 30.5"``; ``"all rows"`` at the root.
    depth : int
        Number of answers.
    outputs : tuple of float
        What is predicted for them, on average where more is asked.
    share : float
        Of the rows that the tree was fitted to.
    children : tuple of int
        Positions of the two nodes that the next question leads to; empty where none is asked.
    """

    condition: str
    depth: int
    outputs: tuple[float, ...]
    share: float
    children: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rules:
    """A decision tree, node by node; printed, it is rules to read.

    Attributes
    ----------
    nodes : tuple of RuleNode
        Each before its children, these in order.
    classes : tuple of str or None
        Names of the outputs of a classifier.
    task : {"classification", "regression", "outlier detection"}
    output_space : {"raw", "probability", "value"}
    note : str
        What holds for all rules, such as where missing values go; may be empty.

    Examples
    --------
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
    >>> print(rules)
    age <= 30.5: 0.5 (50 % of rows)
    age > 30.5: 1 (50 % of rows)
    """

    nodes: tuple[RuleNode, ...]
    classes: tuple[str, ...] | None
    task: Task
    output_space: OutputSpace
    note: str = ""

    def __post_init__(self) -> None:
        n, k = len(self.nodes), len(self.nodes[0].outputs) if self.nodes else 0
        if not n:
            raise InvalidInputError("rules need one node at least")
        for i, node in enumerate(self.nodes):
            if len(node.outputs) != k or not all(i < child < n for child in node.children):
                raise InvalidInputError(f"node {i} of the rules does not fit the others")
        if self.classes is not None and len(self.classes) != k:
            raise InvalidInputError(f"{len(self.classes)} classes for {k} outputs of the rules")

    @property
    def n_rules(self) -> int:
        """Number of nodes at which nothing more is asked."""
        return sum(not node.children for node in self.nodes)

    def pruned(self, most: int) -> Self:
        """Return the rules with at most so many ends, those of the most rows told apart."""
        shown, ends = {0}, [0]
        while len(ends) < most:
            open_ends = [i for i in ends if self.nodes[i].children]
            if not open_ends:
                break
            largest = max(open_ends, key=lambda i: self.nodes[i].share)
            ends.remove(largest)
            ends += self.nodes[largest].children
            shown |= {*self.nodes[largest].children}
        kept = sorted(shown)
        place = {i: new for new, i in enumerate(kept)}
        nodes = tuple(
            RuleNode(
                node.condition,
                node.depth,
                node.outputs,
                node.share,
                tuple(place[child] for child in node.children if child in place),
            )
            for node in (self.nodes[i] for i in kept)
        )
        return type(self)(nodes, self.classes, self.task, self.output_space, self.note)

    def __str__(self) -> str:
        """Return the rules as indented lines."""
        lines = [
            INDENT * (node.depth - 1)
            + printable(node.condition)
            + ("" if node.children else f": {self._said(node.outputs)} ({_share(node.share)})")
            for node in self.nodes
            if node.depth or not node.children
        ]
        return "\n".join([*lines, *([self.note] if self.note else [])])

    __repr__ = __str__

    def _said(self, outputs: Sequence[float]) -> str:
        if self.classes is None:
            return ", ".join(f"{value:.4g}" for value in outputs)
        ranked = sorted(range(len(outputs)), key=lambda k: -outputs[k])
        named = [f"{printable(self.classes[k])} {outputs[k]:.3g}" for k in ranked[:MOST_CLASSES]]
        return ", ".join(named)


def _share(share: float) -> str:
    return f"{share:.0%} of rows".replace("%", " %") if share >= 0.01 else "under 1 % of rows"
