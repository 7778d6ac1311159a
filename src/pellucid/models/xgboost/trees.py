"""XGBoost's trees, read from its JSON document."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

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
    weight = booster_document.get("weight_drop", [1.0] * n_trees)
    trees = [
        _read_tree(model["trees"][t], output=model["tree_info"][t], weight=weight[t])
        for t in range(n_trees)
    ]
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


def _read_tree(document: Mapping[str, Any], *, output: int, weight: float) -> Tree:
    """Read one tree, without the nodes that pruning left behind."""
    left, right = _integers(document["left_children"]), _integers(document["right_children"])
    leaf = left < 0
    kept = _reachable(left, right, leaf)
    new_number = np.full(len(left), -1)
    new_number[kept] = np.arange(len(kept))
    if len(document["sum_hessian"]) != len(left):
        raise UnsupportedModelError(
            "this XGBoost model stores no covers; train it with XGBoost 3.1 or later"
        )
    is_category = (_integers(document["split_type"]) == 1) & ~leaf
    missing_left = np.array(document["default_left"], dtype=np.bool_)
    # XGBoost sends the categories of a set to the right, and all others to the left.
    left, right = np.where(is_category, right, left), np.where(is_category, left, right)
    leaf, left, right = leaf[kept], left[kept], right[kept]
    # "below the threshold" in float32 is "at most the float32 before it" in float64
    with np.errstate(over="ignore"):
        threshold = np.nextafter(_floats32(document["split_conditions"]), np.float32(-np.inf))
    return Tree(
        feature=np.where(leaf, -1, _integers(document["split_indices"])[kept]),
        threshold=np.where(leaf, 0.0, threshold[kept].astype(np.float64)),
        left=np.where(leaf, -1, new_number[left]),
        right=np.where(leaf, -1, new_number[right]),
        missing_left=(missing_left ^ is_category)[kept],
        cover=_floats32(document["sum_hessian"])[kept].astype(np.float64),
        value=_leaf_values(document, kept, leaf) * np.float64(np.float32(weight)),
        categories=_category_sets(document, new_number),
        output=output if int(document["tree_param"]["size_leaf_vector"]) <= 1 else 0,
    )


def _reachable(left: Integers, right: Integers, leaf: Booleans) -> Integers:
    """Return the nodes that the root leads to, in ascending order."""
    seen = np.zeros(len(left), dtype=np.bool_)
    level = np.zeros(1, dtype=np.int64)
    while len(level):
        seen[level] = True
        inner = level[~leaf[level]]
        level = np.concatenate([left[inner], right[inner]])
        level = level[~seen[level]]
    return np.flatnonzero(seen)


def _leaf_values(document: Mapping[str, Any], kept: Integers, leaf: Booleans) -> Floats:
    """Return values of shape (N, w): one per leaf, or a vector in trees of many targets."""
    width = int(document["tree_param"]["size_leaf_vector"])
    if width <= 1:
        return _floats32(document["split_conditions"])[kept, None].astype(np.float64)
    if "leaf_weights" not in document:
        weights = _floats32(document["base_weights"]).reshape(-1, width)
        return weights[kept].astype(np.float64)
    # Since 3.1, the vectors of the leaves lie apart, and a leaf's right child is their number.
    weights = _floats32(document["leaf_weights"]).reshape(-1, width)
    values = np.zeros((len(kept), width))
    values[leaf] = weights[_integers(document["right_children"])[kept][leaf]]
    return values


def _category_sets(document: Mapping[str, Any], new_number: Integers) -> dict[int, Sequence[int]]:
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


def _integers(values: Sequence[int]) -> Integers:
    return np.array(values, dtype=np.int64)


def _floats32(values: Sequence[float]) -> npt.NDArray[np.float32]:
    return np.array(values, dtype=np.float32)
