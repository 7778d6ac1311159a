"""Boosted trees of LightGBM as a surrogate."""

from typing import Any

import numpy as np

from pellucid._core.extras import require
from pellucid._core.randomness import generator_for
from pellucid.explainers.surrogates.kinds import Lessons, Surrogate
from pellucid.explainers.tree import TreeExplainer

MOST_TREES = 1000
CELLS_PER_THREAD = 5_000_000
"""Of fewer, threads that wait for each other take longer than one alone."""
PATIENCE = 30
SHARE_WATCHED = 0.1
LEAST_WATCHED = 20


def fit_boosted_trees(lessons: Lessons, **options: Any) -> list[Any]:
    """Fit one ensemble per output, each with as many trees as rows set aside call for."""
    lightgbm = require("lightgbm", extra="lightgbm", purpose="LGBMExplainableModel")
    n = len(lessons.targets)
    order = generator_for(lessons.random_state, n).permutation(n)
    n_watched = int(SHARE_WATCHED * n)
    watched, taught = order[:n_watched], order[n_watched:]
    stops = n_watched >= LEAST_WATCHED and "n_estimators" not in options
    if not stops:
        taught = np.arange(n)
    parameters = {
        "n_estimators": MOST_TREES if stops else 100,
        "n_jobs": lessons.n_jobs if n * lessons.rows.shape[1] > CELLS_PER_THREAD else 1,
        "random_state": lessons.random_state,
        "deterministic": True,
        "force_col_wise": True,
        "verbose": -1,
        **options,
    }
    fitted = []
    for targets in lessons.targets.T:
        model = lightgbm.LGBMRegressor(**parameters)
        watching = {
            "eval_set": [(_rows(lessons.rows, watched), targets[watched])],
            "eval_sample_weight": [lessons.weights[watched]],
            "eval_metric": "l2",
            "callbacks": [lightgbm.early_stopping(PATIENCE, verbose=False)],
        }
        model.fit(
            _rows(lessons.rows, taught),
            targets[taught],
            sample_weight=lessons.weights[taught],
            **(watching if stops else {}),
        )
        fitted.append(model)
    return fitted


def _rows(rows: Any, chosen: Any) -> Any:
    return rows.iloc[chosen] if hasattr(rows, "iloc") else rows[chosen]


LGBMExplainableModel = Surrogate(
    "boosted trees (LightGBM)", fit_boosted_trees, TreeExplainer, package="lightgbm"
)
"""Boosted trees of LightGBM: follows most models, and its Shapley values are exact."""
