"""Boosted trees of LightGBM as a surrogate."""

from typing import Any

import numpy as np

from pellucid._core.extras import require
from pellucid._core.randomness import generator_for
from pellucid.explainers.surrogates.kinds import Lessons, Surrogate
from pellucid.explainers.tree import TreeExplainer

MOST_TREES = 800
PATIENCE = 10
SHARE_WATCHED = 0.1
LEAST_WATCHED = 20
SHARE_OF_EACH_TREE = 0.7
"""Of the rows, and of the columns. Trees that differ follow a smooth teacher better, which is why
they are split at random thresholds, too."""
LEAST_ROWS_IN_LEAF, ROWS_PER_LEAF, MOST_LEAVES = 5, 64, 31
"""A teacher answers without noise, so that few rows are enough; trees of few rows stay small."""
WORTH_MORE_TREES = 3e-4
"""Share of an output's variance that so many more trees as ``PATIENCE`` must explain to be added."""
OTHER_NAMES = {
    "objective": ("objective_type", "app", "application", "loss"),
    "num_threads": ("num_thread", "nthread", "nthreads", "n_jobs"),
    "seed": ("random_seed", "random_state"),
    "verbosity": ("verbose",),
    "bagging_fraction": ("sub_row", "subsample", "bagging"),
    "bagging_freq": ("subsample_freq",),
    "feature_fraction": ("sub_feature", "colsample_bytree"),
    "extra_trees": ("extra_tree",),
    "num_leaves": ("num_leaf", "max_leaves", "max_leaf", "max_leaf_nodes"),
    "min_data_in_leaf": ("min_data_per_leaf", "min_data", "min_child_samples", "min_samples_leaf"),
    "num_iterations": (
        *("num_iteration", "n_iter", "num_tree", "num_trees", "num_round", "num_rounds"),
        *("nrounds", "num_boost_round", "n_estimators", "max_iter"),
    ),
}
"""LightGBM's other names for what is set here: of two names for one parameter it heeds the first."""
CELLS_PER_THREAD = 5_000_000
"""Of fewer, threads that wait for each other take longer than one alone."""


def fit_boosted_trees(lessons: Lessons, **options: Any) -> list[Any]:
    """Fit one Booster per output, each with as many trees as rows set aside call for.

    Options are LightGBM's parameters, by any of their names; ``n_estimators`` trees are fitted if
    given.
    """
    lightgbm = require("lightgbm", extra="lightgbm", purpose="LGBMExplainableModel")
    n, d = lessons.rows.shape
    parameters = _parameters(
        {
            "objective": "regression",
            "num_threads": lessons.n_jobs if n * d > CELLS_PER_THREAD else 1,
            "seed": lessons.random_state,
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
            "bagging_fraction": SHARE_OF_EACH_TREE,
            "bagging_freq": 1,
            "feature_fraction": SHARE_OF_EACH_TREE,
            "extra_trees": True,
            "min_data_in_leaf": LEAST_ROWS_IN_LEAF,
            "num_leaves": min(max(2, n // ROWS_PER_LEAF), MOST_LEAVES),
        },
        options,
    )
    n_trees = parameters.pop("num_iterations", None)
    n_watched = int(SHARE_WATCHED * n)
    stops = n_watched >= LEAST_WATCHED and n_trees is None
    order = generator_for(lessons.random_state, n).permutation(n)
    watched, taught = (order[:n_watched], np.sort(order[n_watched:])) if stops else ([], order)

    def data(rows: Any, targets: Any, **like: Any) -> Any:
        chosen = lessons.rows.iloc[rows] if hasattr(lessons.rows, "iloc") else lessons.rows[rows]
        return lightgbm.Dataset(chosen, targets[rows], weight=lessons.weights[rows], **like)

    fitted = []
    for targets in lessons.targets.T:
        lesson, watching = data(taught, targets), {}
        if stops:
            enough = WORTH_MORE_TREES * float(targets.var())
            stop = lightgbm.early_stopping(PATIENCE, verbose=False, min_delta=enough)
            valid = data(watched, targets, reference=lesson)
            watching = {"valid_sets": [valid], "callbacks": [stop]}
        rounds = MOST_TREES if n_trees is None else n_trees
        fitted.append(lightgbm.train(parameters, lesson, num_boost_round=rounds, **watching))
    return fitted


def _parameters(own: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return parameters under LightGBM's first names; those given overrule our own.

    Examples
    --------
    >>> _parameters({"seed": 0, "num_threads": 1}, {"random_state": 7, "max_depth": 3})
    {'seed': 7, 'num_threads': 1, 'max_depth': 3}
    """
    first = {other: name for name, others in OTHER_NAMES.items() for other in others}
    return {**own, **{first.get(name, name): value for name, value in given.items()}}


LGBMExplainableModel = Surrogate(
    "boosted trees (LightGBM)", fit_boosted_trees, TreeExplainer, package="lightgbm"
)
"""Boosted trees of LightGBM: follows most models, and its Shapley values are exact."""
