"""Explainable boosting machines of interpret as a surrogate: curves and pairs to look at."""

import warnings
from typing import Any

import pandas as pd

from pellucid._core.extras import require
from pellucid.explainers.additive import AdditiveExplainer
from pellucid.explainers.surrogates.kinds import Lessons, Surrogate

PAIRS_PER_COLUMN = 0.9
"""interpret's own number of pairwise terms, relative to that of columns."""
MOST_CELLS = 1_000_000


def fit_boosting_machines(lessons: Lessons, **options: Any) -> list[Any]:
    """Fit one ExplainableBoostingRegressor per output.

    A teacher's answers have no noise, so that bags and smoothing, which interpret takes against it,
    would only take time. Options are the regressor's own parameters.
    """
    glassbox = require("interpret.glassbox", extra="ebm", purpose="EBMExplainableModel")
    parameters = {
        "interactions": PAIRS_PER_COLUMN,
        "max_bins": 256,
        "max_interaction_bins": 32,
        "outer_bags": 1,
        "learning_rate": 0.1,
        "smoothing_rounds": 0,
        "interaction_smoothing_rounds": 0,
        "max_rounds": 300,
        "early_stopping_tolerance": 1e-3,
        "random_state": lessons.random_state,
        "n_jobs": lessons.n_jobs,
        "feature_types": _types_of(lessons.rows),
        **options,
    }
    fitted = []
    for targets in lessons.targets.T:
        machine = glassbox.ExplainableBoostingRegressor(**parameters)
        with warnings.catch_warnings():  # missing values are shown by other means than its pictures
            warnings.filterwarnings("ignore", message="Missing values detected")
            fitted.append(machine.fit(lessons.rows, targets, sample_weight=lessons.weights))
    return fitted


def _types_of(rows: Any) -> list[str]:
    """Return what each column is to interpret, which guesses by the number of distinct values."""
    if not isinstance(rows, pd.DataFrame):
        return ["continuous"] * int(rows.shape[1])
    return [
        "nominal" if isinstance(dtype, pd.CategoricalDtype) else "continuous"
        for dtype in rows.dtypes
    ]


EBMExplainableModel = Surrogate(
    "additive with pairs (EBM)",
    fit_boosting_machines,
    AdditiveExplainer,
    package="interpret",
    in_log_odds=True,
    most_cells=MOST_CELLS,
)
"""A curve for each column and a surface for some pairs, by interpret's boosting machine."""
