"""Trees of scikit-learn's own kind: single, averaged in forests, bagged, and in AdaBoost.

They round rows to float32 and compare them with float64 thresholds, ``value <= threshold`` going
left; a missing value goes where the node sends it. A node's cover is the weighted number of
training rows, class weights included.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.tree import BaseDecisionTree

from pellucid._core.typing import Floats, Integers, OutputSpace, Task
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.models.ensemble import Tree, join_trees
from pellucid.models.model import Model, Unavailable
from pellucid.models.sklearn.estimators import adapt_estimator
from pellucid.models.sklearn.fitted import overridden
from pellucid.models.structures import TreeStructure

ReadTrees = Callable[[Any], TreeStructure]


def adapt_tree_model(
    model: Any, *, examples: Table | None, task: Task | None, read: ReadTrees
) -> Model:
    """Adapt an estimator whose trees ``read`` understands, if it predicts as its class does."""
    return with_trees(adapt_estimator(model, examples=examples, task=task), read)


def with_trees(adapted: Model, read: ReadTrees) -> Model:
    """Add the trees to an adapted estimator, or the reason why they do not explain it."""
    method = overridden(adapted.native)
    if method is not None:
        return replace(adapted, trees=Unavailable(f"{adapted.name} has a {method} of its own"))
    return replace(adapted, trees=partial(read, adapted.native))


def encode_single(table: Table) -> Floats:
    """Return rows rounded to float32, as these trees see them."""
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused elsewhere
        return table.to_matrix().astype(np.float32).astype(np.float64)


def tree_of(
    estimator: Any,
    values: Callable[[Any], Floats],
    *,
    columns: npt.NDArray[np.integer] | None = None,
    output: int = 0,
) -> Tree:
    """Read one fitted decision tree.

    Parameters
    ----------
    estimator : DecisionTree or ExtraTree
    values : callable
        From scikit-learn's low-level tree of N nodes to what its leaves add, (N, w).
    columns : ndarray of int, optional
        Which columns of the rows the tree was given, if not all.
    output : int
        First output that the tree adds to.
    """
    tree = estimator.tree_
    leaf = tree.children_left < 0
    feature = np.where(leaf, 0, tree.feature)
    if columns is not None:
        feature = np.asarray(columns)[feature]
    return Tree(
        feature=np.where(leaf, -1, feature),
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=np.asarray(tree.missing_go_to_left, dtype=np.bool_),
        cover=tree.weighted_n_node_samples,
        value=values(tree),
        categories={},
        output=output,
    )


def structure_of(
    trees: list[Tree], model: Any, *, base: Floats, space: OutputSpace
) -> TreeStructure:
    """Join trees that are asked the columns of the model as they are, in float32."""
    n_features = int(model.n_features_in_)
    return TreeStructure(
        ensemble=join_trees(trees, base=base, n_features=n_features, linked_space=space),
        encode=encode_single,
        players=FeatureMap.identity(n_features),
        space=space,
    )


def _targets(tree: Any, scale: float) -> Floats:
    """Return the means of all targets of a regression tree, (N, k)."""
    return np.asarray(tree.value[:, :, 0] * scale)


def _frequencies(tree: Any, scale: float, place: Integers, n_classes: int) -> Floats:
    """Return the class frequencies, each in the place of its class, (N, k)."""
    found = np.zeros((tree.node_count, n_classes))
    found[:, place] = tree.value[:, 0, :] * scale
    return found


def _votes(tree: Any, weight: float, place: Integers, n_classes: int) -> Floats:
    """Return AdaBoost's votes: the weight for the likeliest class, the rest against the others."""
    found = np.full((tree.node_count, n_classes), -weight / (n_classes - 1))
    winner = place[np.argmax(tree.value[:, 0, :], axis=1)]
    found[np.arange(len(found)), winner] = weight
    return found


def read_forest(model: Any) -> TreeStructure:
    """Read a single tree, or the mean of a forest's trees; classifiers sum to probabilities."""
    estimators = getattr(model, "estimators_", [model])
    scale = 1.0 / len(estimators)
    if hasattr(model, "classes_"):
        n_outputs = len(model.classes_)
        values = partial(_frequencies, scale=scale, place=np.arange(n_outputs), n_classes=n_outputs)
    else:
        n_outputs, values = model.n_outputs_, partial(_targets, scale=scale)
    return structure_of(
        [tree_of(estimator, values) for estimator in estimators],
        model,
        base=np.zeros(n_outputs),
        space="probability" if hasattr(model, "classes_") else "value",
    )


def adapt_combined_trees(
    model: Any, *, examples: Table | None, task: Task | None, read: ReadTrees
) -> Model:
    """Adapt bagging or AdaBoost: as trees if what they combine are plain decision trees."""
    adapted = adapt_estimator(model, examples=examples, task=task)
    for estimator in model.estimators_:
        kind = type(estimator).__name__
        if not isinstance(estimator, BaseDecisionTree) or overridden(estimator) is not None:
            reason = f"{adapted.name} combines {kind}s, and only decision trees can be read"
            return replace(adapted, trees=Unavailable(reason))
    return with_trees(adapted, read)


def adapt_adaboost(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt AdaBoost as its trees' votes; the older SAMME.R adds logarithms instead."""
    adapted = adapt_combined_trees(model, examples=examples, task=task, read=read_adaboost)
    if getattr(model, "algorithm", None) == "SAMME.R":
        return replace(adapted, trees=Unavailable("SAMME.R adds no votes of its trees"))
    if len(model.classes_) == 1:
        return replace(adapted, trees=Unavailable("it knows one class only"))
    return adapted


def read_bagged(model: Any) -> TreeStructure:
    """Read the mean of bagged trees, each with the columns and the classes that it saw."""
    scale = 1.0 / len(model.estimators_)
    n_classes = len(getattr(model, "classes_", ()))

    def values(estimator: Any) -> Callable[[Any], Floats]:
        if not n_classes:
            return partial(_targets, scale=scale)
        place = np.asarray(estimator.classes_, dtype=np.int64)  # codes of the labels
        return partial(_frequencies, scale=scale, place=place, n_classes=n_classes)

    trees = [
        tree_of(estimator, values(estimator), columns=columns)
        for estimator, columns in zip(model.estimators_, model.estimators_features_, strict=True)
    ]
    return structure_of(
        trees,
        model,
        base=np.zeros(trees[0].value.shape[1]),
        space="probability" if n_classes else "value",
    )


def read_adaboost(model: Any) -> TreeStructure:
    """Read AdaBoost's weighted votes, which sum to its decision function."""
    n_classes = len(model.classes_)
    weights = model.estimator_weights_ / model.estimator_weights_.sum()
    trees = []
    for estimator, weight in zip(model.estimators_, weights, strict=False):
        place = np.searchsorted(model.classes_, estimator.classes_)
        votes = partial(_votes, weight=weight, place=place, n_classes=n_classes)
        trees.append(tree_of(estimator, votes))
    if n_classes == 2:
        # Their decision function is the votes for the second class less those for the first.
        trees = [replace(tree, value=tree.value[:, [1]] - tree.value[:, [0]]) for tree in trees]
    return structure_of(trees, model, base=np.zeros(trees[0].value.shape[1]), space="raw")


_forest = partial(adapt_tree_model, read=read_forest)
_bagging = partial(adapt_combined_trees, read=read_bagged)

ADAPTERS = {
    "AdaBoostClassifier": adapt_adaboost,
    "BaggingClassifier": _bagging,
    "BaggingRegressor": _bagging,
    "DecisionTreeClassifier": _forest,
    "DecisionTreeRegressor": _forest,
    "ExtraTreesClassifier": _forest,
    "ExtraTreesRegressor": _forest,
    "RandomForestClassifier": _forest,
    "RandomForestRegressor": _forest,
}
