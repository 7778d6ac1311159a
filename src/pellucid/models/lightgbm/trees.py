"""LightGBM's trees, read from the text in which it stores them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import Any, Self

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
_KEYS = (
    *("num_leaves", "is_linear", "split_feature", "threshold", "decision_type"),
    *("left_child", "right_child", "internal_count", "leaf_count", "leaf_value"),
    *("cat_boundaries", "cat_threshold"),
)


@dataclass(frozen=True, eq=False)
class Encoding:
    """How the encoded columns that trees ask come from the raw columns.

    A raw column has one encoded column for each way in which trees read it: as it is, with zeros
    for missing values, or truncated to a category. That is more than one way only where boosters
    that were trained with different parameters have been joined. The first ways of all columns
    come first, in the columns' order.

    Attributes
    ----------
    raw_of : ndarray of int64, shape (e,)
    zero_is_missing, is_category : ndarray of bool, shape (e,)
    """

    raw_of: Integers
    zero_is_missing: Booleans
    is_category: Booleans

    @cached_property
    def is_plain(self) -> bool:
        """Whether all columns are read as they are."""
        return not (self.zero_is_missing.any() or self.is_category.any())


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
    nodes = _read_nodes(_Fields.of(blocks), divisor)
    encoding, feature = _with_encoded_columns(nodes, booster.num_feature())
    trees = [*nodes.trees(feature, n_outputs)]
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
    matrix = columns.codes(table)
    if len(encoding.raw_of) > matrix.shape[1]:
        matrix = np.take(matrix, encoding.raw_of, axis=1)
    if encoding.is_plain:
        return matrix
    found = matrix.copy()
    zeros = np.flatnonzero(encoding.zero_is_missing)
    is_zero = np.abs(matrix[:, zeros]) <= ZERO_RANGE
    found[:, zeros] = np.where(is_zero, np.nan, matrix[:, zeros])
    categories = np.flatnonzero(encoding.is_category)
    found[:, categories] = np.trunc(matrix[:, categories])
    return found


@dataclass(frozen=True, eq=False)
class _Fields:
    """What is written of all trees, by key."""

    written: Mapping[str, list[str]]

    @classmethod
    def of(cls, blocks: Sequence[str]) -> Self:
        written = {key: [""] * len(blocks) for key in _KEYS}
        for t, block in enumerate(blocks):
            for line in block.split("\n"):
                key, _, value = line.partition("=")
                if key in written:
                    written[key][t] = value
        return cls(written)

    def floats(self, key: str, tree: int | None = None) -> Floats:
        """Return the numbers of one tree, or of all trees one after the other."""
        return np.fromstring(self._text(key, tree), dtype=np.float64, sep=" ")

    def integers(self, key: str, tree: int | None = None) -> Integers:
        return np.fromstring(self._text(key, tree), dtype=np.int64, sep=" ")

    def _text(self, key: str, tree: int | None) -> str:
        written = self.written[key]
        return " ".join(filter(None, written)) if tree is None else written[tree]


@dataclass(frozen=True, eq=False)
class _Nodes:
    """The nodes of all trees, one tree after the other, each tree's inner nodes before its leaves.

    Attributes
    ----------
    start : ndarray of int64, shape (trees + 1,)
    is_inner : ndarray of bool, shape (N,)
    how : ndarray of int64, shape (N,)
        How a node reads its column: 0 as it is, 1 with zeros for missing values, 2 as a category.
    categories : list of dict, one per tree
        Categories that go left.

    The others are as in :class:`~pellucid.models.ensemble.Tree`.
    """

    start: Integers
    is_inner: Booleans
    feature: Integers
    how: Integers
    threshold: Floats
    left: Integers
    right: Integers
    missing_left: Booleans
    cover: Floats
    value: Floats
    categories: list[dict[int, Sequence[int]]]

    def trees(self, feature: Integers, n_outputs: int) -> Iterator[Tree]:
        """Yield the trees, which ask the features given, and add to the outputs in turns."""
        bounds = pairwise(self.start.tolist())
        for t, (bound, categories) in enumerate(zip(bounds, self.categories, strict=True)):
            of = slice(*bound)
            yield Tree(
                feature[of],
                self.threshold[of],
                self.left[of],
                self.right[of],
                self.missing_left[of],
                self.cover[of],
                self.value[of],
                categories,
                output=t % n_outputs,
            )


def _read_nodes(fields: _Fields, divisor: int) -> _Nodes:
    if "1" in fields.written["is_linear"]:
        raise UnsupportedModelError("LightGBM's linear trees cannot be explained as trees")
    n_leaves = fields.integers("num_leaves")
    n_inner = n_leaves - 1
    size = n_inner + n_leaves
    start = np.concatenate([[0], np.cumsum(size)])
    is_inner = np.arange(start[-1]) < np.repeat(start[:-1] + n_inner, size)

    def nodes(inner: npt.NDArray[Any], leaves: npt.ArrayLike) -> npt.NDArray[Any]:
        found = np.empty(len(is_inner), dtype=inner.dtype)
        found[is_inner], found[~is_inner] = inner, leaves
        return found

    kind, threshold = fields.integers("decision_type"), fields.floats("threshold")
    is_category = (kind & _CATEGORICAL) != 0
    missing = (kind >> 2) & 3
    missing_left = np.where(missing == _MISSING_IS_NOTHING, threshold >= 0, kind & _DEFAULT_LEFT)
    first_leaf = np.repeat(n_inner, n_inner)
    left, right = (
        np.where(child >= 0, child, first_leaf + ~child)
        for child in (fields.integers("left_child"), fields.integers("right_child"))
    )
    categories: list[dict[int, Sequence[int]]] = [{} for _ in n_leaves]
    tree_of, first = np.repeat(np.arange(len(n_inner)), n_inner), np.cumsum(n_inner) - n_inner
    for t in np.unique(tree_of[is_category]).tolist():
        of = slice(first[t], first[t] + n_inner[t])
        categories[t] = _category_sets(fields, t, threshold[of], is_category[of])
    return _Nodes(
        start=start,
        is_inner=is_inner,
        feature=nodes(fields.integers("split_feature"), -1),
        how=nodes(np.where(is_category, 2, missing == _MISSING_IS_ZERO), 0),
        threshold=nodes(np.where(is_category, threshold, _outside_zeros(threshold)), 0.0),
        left=nodes(left, -1),
        right=nodes(right, -1),
        missing_left=nodes((missing_left != 0) & ~is_category, False),
        cover=nodes(fields.floats("internal_count"), fields.floats("leaf_count")),
        value=nodes(np.zeros(len(kind)), fields.floats("leaf_value") / divisor)[:, np.newaxis],
        categories=categories,
    )


def _outside_zeros(threshold: Floats) -> Floats:
    """Return thresholds that divide cells as before, once LightGBM has taken tiny ones for zeros.

    None of them lies among those cells, so that they need not be looked for in every row.
    """
    below = np.nextafter(-ZERO_RANGE, -np.inf)
    threshold = np.where((threshold >= 0.0) & (threshold < ZERO_RANGE), ZERO_RANGE, threshold)
    return np.where((threshold >= -ZERO_RANGE) & (threshold < 0.0), below, threshold)


def _category_sets(
    fields: _Fields, tree: int, threshold: Floats, is_category: Booleans
) -> dict[int, Sequence[int]]:
    """Return the categories that go left: a categorical node's threshold is its set's number."""
    boundaries = fields.integers("cat_boundaries", tree)
    words = fields.floats("cat_threshold", tree).astype(np.uint32)
    sets: dict[int, Sequence[int]] = {}
    for node in np.flatnonzero(is_category).tolist():
        number = int(threshold[node])
        bits = words[boundaries[number] : boundaries[number + 1]]
        members = np.flatnonzero(np.unpackbits(bits.view(np.uint8), bitorder="little"))
        sets[node] = members.tolist()
    return sets


def _with_encoded_columns(nodes: _Nodes, n_features: int) -> tuple[Encoding, Integers]:
    """Return one encoded column per raw column and way of reading it, and which the nodes ask."""
    asked = np.zeros((n_features, 3), dtype=np.bool_)
    asked[nodes.feature[nodes.is_inner], nodes.how[nodes.is_inner]] = True
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
    return encoding, np.where(nodes.is_inner, column[nodes.feature, nodes.how], -1)
