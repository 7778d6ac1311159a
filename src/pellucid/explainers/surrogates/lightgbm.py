"""Boosted trees of LightGBM as a surrogate."""

from typing import Any

import numpy as np

from pellucid._core.extras import require
from pellucid._core.randomness import generator_for
from pellucid.explainers.surrogates.kinds import Lessons, Surrogate
from pellucid.explainers.tree import TreeExplainer

MOST_TREES = 1000
PATIENCE = 30
SHARE_WATCHED = 0.1
LEAST_WATCHED = 20
CELLS_PER_THREAD = 5_000_000
"""Of fewer, threads that wait for each other take longer than one alone."""


def fit_boosted_trees(lessons: Lessons, **options: Any) -> list[Any]:
    """Fit one Booster per output, each with as many trees as rows set aside call for.

    Options are LightGBM's parameters; ``n_estimators`` trees are fitted if given.
    """
    lightgbm = require("lightgbm", extra="lightgbm", purpose="LGBMExplainableModel")
    n, d = lessons.rows.shape
    n_watched = int(SHARE_WATCHED * n)
    stops = n_watched >= LEAST_WATCHED and "n_estimators" not in options
    order = generator_for(lessons.random_state, n).permutation(n)
    watched, taught = (order[:n_watched], np.sort(order[n_watched:])) if stops else ([], order)
    parameters = {
        "objective": "regression",
        "num_threads": lessons.n_jobs if n * d > CELLS_PER_THREAD else 1,
        "seed": lessons.random_state,
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
        **options,
    }
    n_trees = parameters.pop("n_estimators", MOST_TREES)

    def data(rows: Any, targets: Any, **like: Any) -> Any:
        chosen = lessons.rows.iloc[rows] if hasattr(lessons.rows, "iloc") else lessons.rows[rows]
        return lightgbm.Dataset(chosen, targets[rows], weight=lessons.weights[rows], **like)

    fitted = []
    for targets in lessons.targets.T:
        lesson = data(taught, targets)
        watching = {
            "valid_sets": [data(watched, targets, reference=lesson)],
            "callbacks": [lightgbm.early_stopping(PATIENCE, verbose=False)],
        }
        fitted.append(
            lightgbm.train(
                parameters, lesson, num_boost_round=n_trees, **(watching if stops else {})
            )
        )
    return fitted


LGBMExplainableModel = Surrogate(
    "boosted trees (LightGBM)", fit_boosted_trees, TreeExplainer, package="lightgbm"
)
"""Boosted trees of LightGBM: follows most models, and its Shapley values are exact."""
