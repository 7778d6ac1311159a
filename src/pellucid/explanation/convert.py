"""Results in the forms that other tools take: pandas' frames and SHAP's explanation."""

from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pellucid._core.extras import require
from pellucid._core.typing import Floats
from pellucid.data.cells import as_numbers
from pellucid.data.table import positional_names
from pellucid.explanation.given_rows import FeatureColumns, cells, feature_columns
from pellucid.explanation.importance import Importance
from pellucid.explanation.interaction_ranking import RankedInteractions
from pellucid.explanation.local import Explanation


def local_frame(explanation: Explanation) -> pd.DataFrame:
    """Return an explanation in long form; see :meth:`Explanation.to_pandas`."""
    n, d, k = explanation.values.shape
    outputs = explanation.classes or positional_names(k)
    columns = _columns(explanation)
    given = np.full((n, d), np.nan) if columns is None else cells(columns)
    errors = explanation.std_error
    frame = pd.DataFrame(
        {
            "row": np.repeat(np.arange(n), k * d),
            "output": _repeated_names(outputs, np.tile(np.repeat(np.arange(k), d), n)),
            "feature": _repeated_names(explanation.features, np.tile(np.arange(d), n * k)),
            "feature_value": np.broadcast_to(given[:, np.newaxis], (n, k, d)).ravel(),
            "value": _features_last(explanation.values),
            "std_error": np.zeros(n * k * d) if errors is None else _features_last(errors),
        }
    )
    if explanation.stats.fidelity is not None:
        frame["residual"] = np.repeat(explanation.residuals.ravel(), d)
    return frame


def _columns(explanation: Explanation) -> FeatureColumns | None:
    if not len(explanation):
        return None
    return feature_columns(explanation.data, explanation.features, explanation.players)


def _repeated_names(names: tuple[str, ...], codes: npt.NDArray[np.int64]) -> "pd.Categorical[str]":
    return pd.Categorical.from_codes(codes, categories=pd.Index(names))


def _features_last(numbers: Floats) -> Floats:
    return np.moveaxis(numbers, 2, 1).ravel()


def global_frame(importance: Importance) -> pd.DataFrame:
    """Return an importance as a ranked table; see :meth:`Importance.to_pandas`."""
    columns: dict[str, Any] = {
        "feature": list(importance.features),
        "importance": importance.overall,
        "std_error": importance.overall_std_error(),
    }
    if importance.num_outputs > 1:
        outputs = importance.classes or positional_names(importance.num_outputs)
        for j, name in enumerate(outputs):
            columns[f"importance ({name})"] = importance.values[:, j]
            columns[f"std_error ({name})"] = importance.std_error[:, j]
    ranked = pd.DataFrame(columns).iloc[importance.global_importance_rank]
    return ranked.set_index(pd.RangeIndex(1, len(ranked) + 1, name="rank"))


def interaction_frame(ranked: RankedInteractions) -> pd.DataFrame:
    """Return interactions as a ranked table; see :meth:`RankedInteractions.to_pandas`."""
    columns: dict[str, Any] = {
        "feature": [first for first, _ in ranked.pairs],
        "other_feature": [second for _, second in ranked.pairs],
        "interaction": ranked.overall,
        "std_error": ranked.overall_std_error(),
    }
    if ranked.num_outputs > 1:
        outputs = ranked.classes or positional_names(ranked.num_outputs)
        for j, name in enumerate(outputs):
            columns[f"interaction ({name})"] = ranked.values[:, j]
            columns[f"std_error ({name})"] = ranked.std_error[:, j]
    index = pd.RangeIndex(1, len(ranked) + 1, name="rank")
    return pd.DataFrame(columns).set_index(index)


def shap_explanation(explanation: Explanation) -> Any:
    """Return an explanation as SHAP's own kind; see :meth:`Explanation.to_shap`."""
    shap = require("shap", extra="shap", purpose="conversion to SHAP's explanation")
    single = explanation.num_outputs == 1
    columns = _columns(explanation)
    numbers, shown = (None, None) if columns is None else _plottable(columns)
    return shap.Explanation(
        values=np.array(explanation.values[:, :, 0] if single else explanation.values),
        base_values=np.array(explanation.base_values[:, 0] if single else explanation.base_values),
        data=numbers,
        display_data=shown,
        feature_names=list(explanation.features),
        output_names=None if single or not explanation.classes else list(explanation.classes),
    )


def _plottable(columns: FeatureColumns) -> tuple[Floats, npt.NDArray[Any]]:
    """Return numbers that colors can stand for, and the cells as people should read them.

    A column that holds no numbers is numbered by the sorted order of its distinct texts. A group
    of columns has missing values.
    """
    shown = cells(columns)
    if shown.dtype.kind != "O":
        return np.array(shown), np.array(shown)
    numbers = np.empty(shown.shape, dtype=np.float64)
    for j, place in enumerate(columns.places):
        numbers[:, j] = (
            np.nan
            if place is None
            else _column_numbers(columns.table.column(place), columns.table.features[place])
        )
    return numbers, shown


def _column_numbers(column: npt.NDArray[Any], feature: str) -> Floats:
    missing = np.asarray(pd.isna(column))
    if column.dtype.kind in "biuf" or all(isinstance(cell, Real) for cell in column[~missing]):
        return as_numbers(column, feature)
    numbers = np.full(len(column), np.nan)
    texts = [str(cell) for cell in column[~missing]]
    numbers[~missing] = np.unique(texts, return_inverse=True)[1]
    return numbers
