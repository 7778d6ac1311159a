"""XGBoost's linear booster."""

from functools import partial
from typing import Any

import numpy as np
import xgboost

from pellucid._core.typing import Floats
from pellucid.data.feature_map import FeatureMap
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.models.boosting import Objective
from pellucid.models.structures import LinearStructure
from pellucid.models.xgboost.columns import Columns
from pellucid.models.xgboost.document import read_model
from pellucid.models.xgboost.objectives import count_outputs


def build_linear(booster: Any, columns: Columns, objective: Objective) -> LinearStructure:
    """Read the weights; missing values count as zeros."""
    learner = read_model(booster)
    stored = np.array(learner["gradient_booster"]["model"]["weights"], dtype=np.float32)
    weights = stored.astype(np.float64).reshape(-1, count_outputs(learner))
    coefficients, intercept = weights[:-1].T, _intercept(booster)
    if objective.task == "classification" and len(intercept) == 1:
        coefficients = np.concatenate([-coefficients, coefficients])
        intercept = np.concatenate([-intercept, intercept])
    return LinearStructure(
        coefficients=np.ascontiguousarray(coefficients),
        intercept=intercept,
        encode=partial(encode_without_gaps, columns),
        players=FeatureMap.identity(booster.num_features()),
        space=objective.spaces[0],
    )


def _intercept(booster: Any) -> Floats:
    """Return what the booster predicts for a row of missing values.

    That is the bias and the base score together; which of several base scores is added to which
    output has changed between versions.
    """
    row = np.full((1, booster.num_features()), np.nan)
    rows = xgboost.DMatrix(row, feature_names=booster.feature_names, nthread=1)
    found = booster.predict(rows, output_margin=True, strict_shape=True)
    return np.asarray(found, dtype=np.float64).reshape(-1)


def encode_without_gaps(columns: Columns, table: Table) -> Any:
    """Return the cells as float64, zeros for missing ones; sparse rows stay sparse."""
    if isinstance(table, SparseTable):
        matrix = table.matrix.astype(np.float32).astype(np.float64)
        matrix.data[(matrix.data == np.float32(columns.missing)) | np.isnan(matrix.data)] = 0.0
        return matrix
    return np.nan_to_num(columns.codes(table), nan=0.0, posinf=np.inf, neginf=-np.inf)
