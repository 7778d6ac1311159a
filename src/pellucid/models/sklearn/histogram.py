"""``HistGradientBoostingClassifier`` and ``HistGradientBoostingRegressor``."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from pellucid._core.typing import Floats, OutputSpace, Task
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.models.ensemble import Link, Tree, join_trees
from pellucid.models.model import Model
from pellucid.models.sklearn.estimators import adapt_estimator, ask_logarithm
from pellucid.models.sklearn.rows import names_of, rows_for
from pellucid.models.sklearn.trees import with_trees
from pellucid.models.structures import TreeStructure

_LOG_LINK = ("gamma", "poisson")


def adapt_histogram(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt histogram gradient boosting; Poisson and gamma regressions have a raw output too."""
    adapted = adapt_estimator(model, examples=examples, task=task)
    if adapted.task == "regression" and model.loss in _LOG_LINK:
        raw = partial(ask_logarithm, model, names_of(model))
        adapted = replace(adapted, outputs={**adapted.outputs, "raw": raw})
    return with_trees(adapted, read_histogram)


def read_histogram(model: Any) -> TreeStructure:
    """Read the trees; covers count training rows, for their weights are not kept.

    Categories are codes of an encoder inside the model, which puts the categorical columns before
    the others and turns categories it never saw into missing values.
    """
    trees = [
        _tree(predictor, k)
        for stage in model._predictors  # noqa: SLF001 - there is no public way to them
        for k, predictor in enumerate(stage)
    ]
    n_outputs = model.n_trees_per_iteration_
    base = np.broadcast_to(np.ravel(model._baseline_prediction), n_outputs)  # noqa: SLF001
    link, linked_space, space = _link_of(model, n_outputs)
    categorical = model.is_categorical_
    columns = np.arange(model.n_features_in_, dtype=np.int64)
    if categorical is not None:
        columns = np.concatenate([columns[categorical], columns[~categorical]])
    return TreeStructure(
        ensemble=join_trees(
            trees, base=base, n_features=len(columns), link=link, linked_space=linked_space
        ),
        encode=partial(_encode, model._preprocessor, names_of(model)),  # noqa: SLF001
        players=FeatureMap.of(columns, len(columns)),
        space=space,
    )


def _link_of(model: Any, n_outputs: int) -> tuple[Link, OutputSpace, OutputSpace]:
    """Return the link, where it leads, and the space of the trees' sum."""
    if hasattr(model, "classes_"):
        return "logistic" if n_outputs == 1 else "softmax", "probability", "raw"
    if model.loss in _LOG_LINK:
        return "exponential", "value", "raw"
    return "identity", "value", "value"


def _encode(preprocessor: Any, names: tuple[str, ...] | None, table: Table) -> Floats:
    if preprocessor is None:
        return table.to_matrix()
    encoded = preprocessor.transform(rows_for(table, names))
    return np.ascontiguousarray(encoded, dtype=np.float64)


def _tree(predictor: Any, output: int) -> Tree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    categorical = np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf)
    return Tree(
        feature=np.where(leaf, -1, nodes["feature_idx"].astype(np.int64)),
        threshold=nodes["num_threshold"].astype(np.float64),
        left=nodes["left"].astype(np.int64),
        right=nodes["right"].astype(np.int64),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        cover=nodes["count"].astype(np.float64),
        value=nodes["value"].astype(np.float64).reshape(-1, 1),
        categories={
            int(node): _members(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]])
            for node in categorical
        },
        output=output,
    )


def _members(words: Any) -> list[int]:
    """Return the numbers of the bits set in words of 32 bits."""
    bits = np.unpackbits(np.asarray(words, dtype="<u4").view(np.uint8), bitorder="little")
    return [int(bit) for bit in np.flatnonzero(bits)]


ADAPTERS = {
    "HistGradientBoostingClassifier": adapt_histogram,
    "HistGradientBoostingRegressor": adapt_histogram,
}
