"""``IsolationForest``: how many splits it takes to isolate a row."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from pellucid._core.typing import Floats, Integers, Task
from pellucid.data.table import Table
from pellucid.models.model import Model
from pellucid.models.sklearn.estimators import adapt_estimator, ask
from pellucid.models.sklearn.rows import names_of
from pellucid.models.sklearn.trees import structure_of, tree_of, with_trees
from pellucid.models.structures import TreeStructure


def adapt_isolation_forest(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt an isolation forest, whose raw output is the mean path length of its trees.

    The decision function (space ``"value"``) is a monotone function of the mean path length (space
    ``"raw"``), and only the latter is a sum of trees. Both are larger for ordinary rows.

    References
    ----------
    F. T. Liu, K. M. Ting, Z.-H. Zhou: Isolation Forest. ICDM 2008.
    """
    adapted = adapt_estimator(model, examples=examples, task=task)
    raw = partial(_mean_path_length, model, names_of(model))
    adapted = replace(adapted, outputs={**adapted.outputs, "raw": raw})
    return with_trees(adapted, read_isolation_forest)


def _mean_path_length(model: Any, names: tuple[str, ...] | None, table: Table) -> Floats:
    """Undo the score ``-2 ** (-length / typical length)``."""
    scores = ask(model, "score_samples", names, table)
    return np.asarray(-np.log2(-scores) * expected_depth(np.array([model.max_samples_]))[0])


def read_isolation_forest(model: Any) -> TreeStructure:
    """Read the mean path length: each leaf's depth, plus what it would take to split it up."""
    values = partial(_path_lengths, scale=1.0 / len(model.estimators_))
    trees = [
        tree_of(estimator, values, columns=columns)
        for estimator, columns in zip(model.estimators_, model.estimators_features_, strict=True)
    ]
    return structure_of(trees, model, base=np.zeros(1), space="raw")


def _path_lengths(tree: Any, scale: float) -> Floats:
    depth = np.zeros(tree.node_count)
    for node in range(tree.node_count):  # parents come before their children
        if tree.children_left[node] >= 0:
            depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
    return ((depth + expected_depth(tree.n_node_samples)) * scale).reshape(-1, 1)


def expected_depth(n_rows: Integers) -> Floats:
    """Return the mean depth of n rows in a random binary search tree.

    Parameters
    ----------
    n_rows : ndarray of int, shape (N,)

    Returns
    -------
    ndarray of float64, shape (N,)

    Examples
    --------
    >>> expected_depth(np.array([1, 2, 256])).round(3)
    array([ 0.   ,  1.   , 10.245])
    """
    n = np.asarray(n_rows, dtype=np.float64)
    several = np.maximum(n, 3.0)
    depth = 2.0 * (np.log(several - 1.0) + np.euler_gamma) - 2.0 * (several - 1.0) / several
    return np.where(n <= 1.0, 0.0, np.where(n == 2.0, 1.0, depth))


ADAPTERS = {"IsolationForest": adapt_isolation_forest}
