"""From a fitted decision tree behind its preparation to rules with the features' own names."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from pellucid._core.typing import Floats, OutputSpace, Task
from pellucid.explanation.rules import ALL_ROWS, RuleNode, Rules


class Asked(NamedTuple):
    """What a column of the tree tells: a feature's number, or whether it is of some category."""

    feature: str
    category: Any = None
    is_category: bool = False


def read_rules(
    pipeline: Pipeline,
    features: Sequence[str],
    back: Floats,
    offset: Floats,
    *,
    classes: tuple[str, ...] | None,
    task: Task,
    space: OutputSpace,
) -> Rules:
    """Read a tree.

    Parameters
    ----------
    pipeline : Pipeline
        What prepares rows, and a DecisionTreeRegressor as its last step.
    features : sequence of str
        Names of the columns that go into it.
    back, offset : ndarray of float64, shapes (r, k) and (k,)
        From the tree's outputs to those to show.
    classes, task, space
        As in :class:`Rules`.
    """
    tree, columns = pipeline[-1].tree_, columns_asked(pipeline[:-1], features)
    outputs = tree.value.reshape(tree.node_count, -1) @ back + offset
    shares = tree.weighted_n_node_samples / tree.weighted_n_node_samples[0]
    nodes: list[RuleNode] = []

    def visit(i: int, condition: str, depth: int) -> int:
        position = len(nodes)
        node = RuleNode(condition, depth, tuple(outputs[i].tolist()), float(shares[i]))
        nodes.append(node)
        if tree.children_left[i] >= 0:
            no, yes = _answers(columns[tree.feature[i]], float(tree.threshold[i]))
            children = (
                visit(int(tree.children_left[i]), no, depth + 1),
                visit(int(tree.children_right[i]), yes, depth + 1),
            )
            nodes[position] = replace(node, children=children)
        return position

    visit(0, ALL_ROWS, 0)
    fills = len(pipeline) > 1 and not all(column.is_category for column in columns)
    note = "(missing numbers count as the mean of their column)" if fills else ""
    return Rules(tuple(nodes), classes, task, space, note)


def columns_asked(preparation: Pipeline, features: Sequence[str]) -> list[Asked]:
    """Return what each column that a preparation makes tells of the features.

    Parameters
    ----------
    preparation : Pipeline
        As :func:`behind_preparation` makes it, fitted; without steps for sparse rows.
    features : sequence of str
    """
    if not len(preparation):
        return [Asked(feature) for feature in features]
    first = preparation[0]
    if not isinstance(first, ColumnTransformer):
        return [Asked(features[j]) for j in _kept(preparation, len(features))]
    name_of = dict(zip(first.feature_names_in_, features, strict=True))
    asked: list[Asked] = []
    for kind, step, columns in first.transformers_:
        names = [name_of[column] for column in columns]
        if kind == "numbers" and names:
            asked += [Asked(names[j]) for j in _kept(step, len(names))]
        elif kind == "categories":
            for name, categories in zip(names, step.categories_ if names else [], strict=True):
                asked += [Asked(name, category, is_category=True) for category in categories]
    return asked


def _kept(numbers: Any, n_columns: int) -> list[int]:
    """Return which columns of numbers are left: those without any number are dropped."""
    positions = [str(j) for j in range(n_columns)]
    imputer = numbers[0]
    imputer_names = getattr(imputer, "feature_names_in_", None)
    if imputer_names is None:
        return [int(name) for name in imputer.get_feature_names_out(positions)]
    place = {name: j for j, name in enumerate(imputer_names)}
    return [place[name] for name in imputer.get_feature_names_out()]


def _answers(asked: Asked, threshold: float) -> tuple[str, str]:
    """Return the two answers to a question, that of the left branch first."""
    if asked.is_category:
        missing = asked.category is None or asked.category != asked.category
        value = "missing" if missing else asked.category
        return f"{asked.feature} is not {value}", f"{asked.feature} is {value}"
    return f"{asked.feature} <= {threshold:.4g}", f"{asked.feature} > {threshold:.4g}"
