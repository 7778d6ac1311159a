"""XGBoost's trees, read from its JSON document."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import UnsupportedModelError
from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.data.feature_map import FeatureMap
from pellucid.models.boosting import Objective
from pellucid.models.ensemble import Tree, join_trees
from pellucid.models.structures import TreeStructure
from pellucid.models.xgboost.columns import Columns
from pellucid.models.xgboost.document import read_model
from pellucid.models.xgboost.objectives import base_margin

Document: TypeAlias = Mapping[str, Any]
Number = TypeVar("Number", bound=np.generic)


def build_trees(
    booster: Any, columns: Columns, objective: Objective, n_rounds: int | None
) -> TreeStructure:
    """Read the trees of the first rounds, or of all.

    Raises
    ------
    UnsupportedModelError
        The model stores no covers.
    """
    learner = read_model(booster)
    booster_document = learner["gradient_booster"]
    model = booster_document.get("gbtree", booster_document)["model"]
    n_trees = len(model["trees"])
    if n_rounds is not None:
        n_trees = min(n_trees, model["iteration_indptr"][n_rounds])
    # A dart booster scales whole trees.
    weights = booster_document.get("weight_drop", [1.0] * n_trees)[:n_trees]
    trees = _read_trees(model["trees"][:n_trees], model["tree_info"][:n_trees], weights)
    link, linked_space = objective.tree_link
    n_features = booster.num_features()
    return TreeStructure(
        ensemble=join_trees(
            trees,
            base=base_margin(learner),
            n_features=n_features,
            link=link,
            linked_space=linked_space,
        ),
        encode=partial(Columns.codes, columns),
        players=FeatureMap.identity(n_features),
        space=objective.spaces[0],
    )


def _read_trees(
    documents: Sequence[Document], outputs: Sequence[int], weights: Sequence[float]
) -> list[Tree]:
    """Read trees, without the nodes that pruning left behind; all at once, as they are many."""
    if any(
        len(document["sum_hessian"]) != len(document["left_children"]) for document in documents
    ):
        raise UnsupportedModelError(
            "this XGBoost model stores no covers; train it with XGBoost 3.1 or later"
        )
    start = np.cumsum([0, *(len(document["left_children"]) for document in documents)])
    first = np.repeat(start[:-1], np.diff(start))
    left, right = (_joined(documents, f"{s}_children", np.int64) for s in ("left", "right"))
    leaf = left < 0
    left, right = left + first, right + first
    kept = _reachable(start[:-1], left, right, leaf)
    ends = np.searchsorted(kept, start)
    new_number = np.full(len(leaf), -1)
    new_number[kept] = np.arange(len(kept)) - np.repeat(ends[:-1], np.diff(ends))
    is_category = (_joined(documents, "split_type", np.int64) == 1) & ~leaf
    missing_left = _joined(documents, "default_left", np.bool_) ^ is_category
    # XGBoost sends the categories of a set to the right, and all others to the left.
    left, right = np.where(is_category, right, left), np.where(is_category, left, right)
    condition = _joined(documents, "split_conditions", np.float32)
    # "below the threshold" in float32 is "at most the float32 before it" in float64
    with np.errstate(over="ignore"):
        threshold = np.nextafter(condition, np.float32(-np.inf)).astype(np.float64)
    feature = np.where(leaf, -1, _joined(documents, "split_indices", np.int64))[kept]
    threshold = np.where(leaf, 0.0, threshold)[kept]
    # What stands for the children of a leaf is no node: it may be the number of its vector.
    left, right = (
        np.where(leaf, -1, new_number[np.where(leaf, 0, s)])[kept] for s in (left, right)
    )
    cover = _joined(documents, "sum_hessian", np.float32)[kept].astype(np.float64)
    missing_left, value = missing_left[kept], condition[kept, None].astype(np.float64)
    found = []
    for t, document in enumerate(documents):
        nodes = slice(ends[t], ends[t + 1])
        width, output, values = _n_values(document), outputs[t], value[nodes]
        if width > 1:
            output, values = 0, _leaf_vectors(document, width, kept[nodes] - start[t])
        tree = Tree(
            feature=feature[nodes],
            threshold=threshold[nodes],
            left=left[nodes],
            right=right[nodes],
            missing_left=missing_left[nodes],
            cover=cover[nodes],
            value=values * np.float64(np.float32(weights[t])),
            categories=_category_sets(document, new_number[start[t] : start[t + 1]]),
            output=int(output),
        )
        found.append(tree)
    return found


def _reachable(roots: Integers, left: Integers, right: Integers, leaf: Booleans) -> Integers:
    """Return the nodes that the roots lead to, in ascending order."""
    seen = np.zeros(len(left), dtype=np.bool_)
    level = roots
    while len(level):
        seen[level] = True
        inner = level[~leaf[level]]
        level = np.concatenate([left[inner], right[inner]])
        level = level[~seen[level]]
    return np.flatnonzero(seen)


def _n_values(document: Document) -> int:
    """Return how many values a leaf has: one, or those of a tree of many targets."""
    return max(1, int(document["tree_param"]["size_leaf_vector"]))


def _leaf_vectors(document: Document, width: int, kept: Integers) -> Floats:
    """Return the vectors of leaves of a tree of many targets, shape (N, width)."""
    if "leaf_weights" not in document:
        weights = np.asarray(document["base_weights"], dtype=np.float32).reshape(-1, width)
        return weights[kept].astype(np.float64)
    # Since 3.1, the vectors of the leaves lie apart, and a leaf's right child is their number.
    weights = np.asarray(document["leaf_weights"], dtype=np.float32).reshape(-1, width)
    leaf = np.asarray(document["left_children"], dtype=np.int64)[kept] < 0
    values = np.zeros((len(kept), width))
    values[leaf] = weights[np.asarray(document["right_children"], dtype=np.int64)[kept][leaf]]
    return values


def _category_sets(document: Document, new_number: Integers) -> dict[int, Sequence[int]]:
    """Return the categories of each categorical node."""
    found: dict[int, Sequence[int]] = {}
    for node, start, size in zip(
        document["categories_nodes"],
        document["categories_segments"],
        document["categories_sizes"],
        strict=True,
    ):
        if new_number[node] >= 0:
            found[int(new_number[node])] = document["categories"][start : start + size]
    return found


def _joined(documents: Sequence[Document], name: str, kind: type[Number]) -> npt.NDArray[Number]:
    """Return a property of the nodes of all trees, one tree after the other."""
    parts = [np.empty(0, dtype=kind), *(document[name] for document in documents)]
    return np.concatenate(parts, dtype=kind, casting="unsafe")
