"""LightGBM's trees, read from the text in which it stores them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import UnsupportedModelError
from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.models.boosting import Objective
from pellucid.models.ensemble import Tree, join_trees
from pellucid.models.lightgbm.columns import Columns
from pellucid.models.structures import TreeStructure

ZERO_RANGE = float(np.float32(1e-35))
"""LightGBM takes values of at most this size for zeros."""

_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_IS_NOTHING, _MISSING_IS_ZERO = 0, 1
"""Bits 2 and 3 of a node's decision type; the third kind is NaN."""


@dataclass(frozen=True, eq=False)
class Encoding:
    """How the encoded columns that trees ask come from the raw columns.

    A raw column has one encoded column for each way in which trees read it: as it is, with zeros
    for missing values, or truncated to a category. That is more than one way only where boosters
    that were trained with different parameters have been joined.

    Attributes
    ----------
    raw_of : ndarray of int64, shape (e,)
    zero_is_missing, is_category : ndarray of bool, shape (e,)
    """

    raw_of: Integers
    zero_is_missing: Booleans
    is_category: Booleans


def read_header(text: str) -> dict[str, str]:
    """Read what precedes the trees in a model's text, by key."""
    lines = text.split("\nTree=", 1)[0].splitlines()
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def build_trees(
    booster: Any, columns: Columns, divisor: int, objective: Objective
) -> TreeStructure:
    """Read the trees that ``Booster.predict`` uses: up to the best iteration.

    Raises
    ------
    UnsupportedModelError
        Some leaves hold linear models.
    """
    n_outputs = booster.num_model_per_iteration()
    text = booster.model_to_string()
    blocks = text.split("\nend of trees", 1)[0].split("\nTree=")[1:]
    reading = [
        _read_tree(block, output=t % n_outputs, divisor=divisor) for t, block in enumerate(blocks)
    ]
    encoding, trees = _with_encoded_columns(reading, booster.num_feature())
    link, linked_space = objective.tree_link
    return TreeStructure(
        ensemble=join_trees(
            trees,
            base=np.zeros(n_outputs),
            n_features=len(encoding.raw_of),
            link=link,
            linked_space=linked_space,
        ),
        encode=partial(encode, columns, encoding),
        players=FeatureMap.of(encoding.raw_of, booster.num_feature()),
        space=objective.spaces[0],
    )


def encode(columns: Columns, encoding: Encoding, table: Table) -> Floats:
    """Return the matrix (n, e) that the trees ask."""
    matrix = np.take(columns.codes(table), encoding.raw_of, axis=1)
    matrix[np.abs(matrix) <= ZERO_RANGE] = 0.0
    zeros = np.flatnonzero(encoding.zero_is_missing)
    matrix[:, zeros] = np.where(matrix[:, zeros] == 0.0, np.nan, matrix[:, zeros])
    categories = np.flatnonzero(encoding.is_category)
    matrix[:, categories] = np.trunc(matrix[:, categories])
    return matrix


def _read_tree(
    block: str, *, output: int, divisor: int
) -> tuple[Tree, npt.NDArray[np.integer[Any]]]:
    """Read one tree, and how each of its nodes reads its column (0 plain, 1 zeros, 2 category)."""
    fields = {key: value for key, _, value in (line.partition("=") for line in block.splitlines())}
    if fields.get("is_linear") == "1":
        raise UnsupportedModelError("LightGBM's linear trees cannot be explained as trees")
    n_leaves = int(fields["num_leaves"])
    n_inner = n_leaves - 1
    kind = _integers(fields, "decision_type")
    threshold = _floats(fields, "threshold")
    is_category = (kind & _CATEGORICAL) != 0
    missing = (kind >> 2) & 3
    missing_left = np.where(missing == _MISSING_IS_NOTHING, threshold >= 0, kind & _DEFAULT_LEFT)
    cover = np.concatenate([_floats(fields, "internal_count"), _floats(fields, "leaf_count")])
    no_child = np.full(n_leaves, -1)
    value = np.zeros((n_inner + n_leaves, 1))
    value[n_inner:, 0] = _floats(fields, "leaf_value") / divisor
    tree = Tree(
        feature=np.concatenate([_integers(fields, "split_feature"), no_child]),
        threshold=np.concatenate([threshold, np.zeros(n_leaves)]),
        left=np.concatenate([_children(fields, "left_child", n_inner), no_child]),
        right=np.concatenate([_children(fields, "right_child", n_inner), no_child]),
        missing_left=np.concatenate(
            [(missing_left != 0) & ~is_category, np.zeros(n_leaves, dtype=np.bool_)]
        ),
        cover=cover,
        value=value,
        categories=_category_sets(fields, threshold, is_category),
        output=output,
    )
    reading = np.where(is_category, 2, missing == _MISSING_IS_ZERO)
    return tree, np.concatenate([reading, np.zeros(n_leaves, dtype=reading.dtype)])


def _category_sets(
    fields: Mapping[str, str], threshold: Floats, is_category: Booleans
) -> dict[int, Sequence[int]]:
    """Return the categories that go left: a categorical node's threshold is its set's number."""
    if not is_category.any():
        return {}
    boundaries = _integers(fields, "cat_boundaries")
    words = _floats(fields, "cat_threshold").astype(np.uint32)
    sets: dict[int, Sequence[int]] = {}
    for node in np.flatnonzero(is_category).tolist():
        number = int(threshold[node])
        bits = words[boundaries[number] : boundaries[number + 1]]
        members = np.flatnonzero(np.unpackbits(bits.view(np.uint8), bitorder="little"))
        sets[node] = members.tolist()
    return sets


def _with_encoded_columns(
    reading: list[tuple[Tree, npt.NDArray[np.integer[Any]]]], n_features: int
) -> tuple[Encoding, list[Tree]]:
    """Let the trees ask encoded columns: one per raw column and way of reading it."""
    asked = np.zeros((n_features, 3), dtype=np.bool_)
    for tree, how in reading:
        inner = tree.feature >= 0
        asked[tree.feature[inner], how[inner]] = True
    asked[~asked.any(axis=1), 0] = True
    first = asked.argmax(axis=1)
    column = np.empty((n_features, 3), dtype=np.int64)
    column[np.arange(n_features), first] = np.arange(n_features)
    asked[np.arange(n_features), first] = False
    others = np.argwhere(asked)
    column[others[:, 0], others[:, 1]] = n_features + np.arange(len(others))
    how_read = np.concatenate([first, others[:, 1]])
    encoding = Encoding(
        np.concatenate([np.arange(n_features), others[:, 0]]), how_read == 1, how_read == 2
    )
    trees = [
        replace(tree, feature=np.where(tree.feature < 0, -1, column[tree.feature, how]))
        for tree, how in reading
    ]
    return encoding, trees


def _floats(fields: Mapping[str, str], key: str) -> Floats:
    return np.fromstring(fields.get(key, ""), dtype=np.float64, sep=" ")


def _integers(fields: Mapping[str, str], key: str) -> Integers:
    return np.fromstring(fields.get(key, ""), dtype=np.int64, sep=" ")


def _children(fields: Mapping[str, str], key: str, n_inner: int) -> Integers:
    """Return node numbers: inner nodes first, then leaves, which LightGBM numbers -1, -2, …."""
    child = _integers(fields, key)
    return np.where(child >= 0, child, n_inner + ~child)
