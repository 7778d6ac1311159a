"""CatBoost's trees, symmetric and other, read from its JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import UnsupportedModelError
from pellucid.data.feature_map import FeatureMap
from pellucid.models.boosting import Objective
from pellucid.models.catboost.columns import Columns
from pellucid.models.catboost.document import read_model
from pellucid.models.ensemble import Tree, join_trees
from pellucid.models.structures import TreeStructure


@dataclass(frozen=True, eq=False)
class Split:
    """One split: what a node asks, and whether the rows it is true for go left.

    Rows above a border go right, missing values among them if ``missing_left`` is false. Rows of a
    category go left, so that unknown ones, whose code is -1, go right with all others.
    """

    feature: int
    threshold: float
    missing_left: bool
    category: int
    """The code of the category; -1 if the split asks for a number."""

    @property
    def true_is_left(self) -> bool:
        """Whether the branch that CatBoost takes when the split is true is the left one here."""
        return self.category >= 0


class SplitReader:
    """Reads splits: which column, which border, which category.

    Parameters
    ----------
    document : dict
        The model's document.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        info = document["features_info"]
        self._numbers = {f["feature_index"]: f for f in info.get("float_features", [])}
        categories = info.get("categorical_features", [])
        self._column = {f["feature_index"]: f["flat_feature_index"] for f in categories}
        self.hashes = {f["flat_feature_index"]: tuple(f.get("values", ())) for f in categories}

    def read(self, split: Mapping[str, Any]) -> Split:
        """Read one split."""
        if split["split_type"] == "OneHotFeature":
            column = self._column[split["cat_feature_index"]]
            return Split(column, 0.0, False, self.hashes[column].index(split["value"]))
        feature = self._numbers[split["float_feature_index"]]
        missing_left = feature["nan_value_treatment"] != "AsTrue"
        border = float(np.float32(split["border"]))
        return Split(feature["flat_feature_index"], border, missing_left, -1)


def build_trees(model: Any, columns: Columns, objective: Objective) -> TreeStructure:
    """Read all trees; leaves are scaled and the bias is the base, as CatBoost predicts.

    Raises
    ------
    UnsupportedModelError
        The model stores no weights of leaves.
    """
    document = read_model(model)
    scale, bias = document["scale_and_bias"]
    reader = SplitReader(document)
    width = len(bias)
    trees = [
        _symmetric_tree(tree, reader, width, scale) for tree in document.get("oblivious_trees", [])
    ] + [_free_tree(tree, reader, width, scale) for tree in document.get("trees", [])]
    link, linked_space = objective.tree_link
    n_features = len(columns.features)
    return TreeStructure(
        ensemble=join_trees(
            trees,
            base=np.array(bias, dtype=np.float64),
            n_features=n_features,
            link=link,
            linked_space=linked_space,
        ),
        encode=partial(Columns.codes, columns, reader.hashes),
        players=FeatureMap.identity(n_features),
        space=objective.spaces[0],
    )


def _symmetric_tree(tree: Mapping[str, Any], reader: SplitReader, width: int, scale: float) -> Tree:
    """Lay out a tree whose nodes of one level ask the same split.

    Bit i of a leaf's number is what split i says; the last split stands at the root, as in
    CatBoost's own Shapley values.
    """
    splits = [reader.read(split) for split in reversed(tree.get("splits", []))]
    n_leaves = 1 << len(splits)
    n_inner = n_leaves - 1
    if len(tree.get("leaf_weights", [])) != n_leaves:
        raise UnsupportedModelError("this CatBoost model stores no weights of leaves")
    # Level by level: the nodes of level i are those from 2^i - 1 on, and 2j + 1 and 2j + 2 are
    # the children of node j, the one where the split is false first.
    level = np.repeat(np.arange(len(splits)), 1 << np.arange(len(splits)))
    node = np.arange(n_inner)
    no_child = np.full(n_leaves, -1)
    turned = np.array([split.true_is_left for split in splits], dtype=np.bool_)[level]
    cover = np.concatenate([np.zeros(n_inner), np.array(tree["leaf_weights"], dtype=np.float64)])
    for first in (2 ** np.arange(len(splits)) - 1)[::-1]:
        parents = np.arange(first, 2 * first + 1)
        cover[parents] = cover[2 * parents + 1] + cover[2 * parents + 2]
    value = np.zeros((n_inner + n_leaves, width))
    value[n_inner:] = np.array(tree["leaf_values"]).reshape(n_leaves, width) * scale

    def at_nodes(of_levels: list[Any], dtype: type, at_leaf: float) -> npt.NDArray[Any]:
        inner: npt.NDArray[Any] = np.array(of_levels, dtype=dtype)[level]
        return np.concatenate([inner, np.full(n_leaves, at_leaf, dtype=dtype)])

    return Tree(
        feature=at_nodes([split.feature for split in splits], np.int64, -1),
        threshold=at_nodes([split.threshold for split in splits], np.float64, 0.0),
        left=np.concatenate([2 * node + 1 + turned, no_child]),
        right=np.concatenate([2 * node + 2 - turned, no_child]),
        missing_left=at_nodes([split.missing_left for split in splits], np.bool_, 0),
        cover=cover,
        value=value,
        categories={j: [splits[level[j]].category] for j in np.flatnonzero(turned).tolist()},
    )


def _free_tree(root: Mapping[str, Any], reader: SplitReader, width: int, scale: float) -> Tree:
    """Lay out a tree whose nodes each ask a split of their own."""
    nodes = [root]
    asked: dict[int, tuple[Split, int, int]] = {}
    for j, node in enumerate(nodes):  # grows while it is walked: parents before children
        if "split" in node:
            split = reader.read(node["split"])
            first, second = ("right", "left") if split.true_is_left else ("left", "right")
            asked[j] = (split, len(nodes), len(nodes) + 1)
            nodes += [node[first], node[second]]
    n_nodes = len(nodes)
    feature, left, right = (np.full(n_nodes, -1) for _ in range(3))
    threshold, cover, value = np.zeros(n_nodes), np.zeros(n_nodes), np.zeros((n_nodes, width))
    missing_left = np.zeros(n_nodes, dtype=np.bool_)
    for j in reversed(range(n_nodes)):
        if j in asked:
            split, left[j], right[j] = asked[j]
            feature[j], threshold[j] = split.feature, split.threshold
            missing_left[j] = split.missing_left
            cover[j] = cover[left[j]] + cover[right[j]]
        else:
            cover[j] = nodes[j]["weight"]
            value[j] = np.array(nodes[j]["value"], dtype=np.float64) * scale
    return Tree(
        feature=feature,
        threshold=threshold,
        left=left,
        right=right,
        missing_left=missing_left,
        cover=cover,
        value=value,
        categories={j: [split.category] for j, (split, *_) in asked.items() if split.true_is_left},
    )
