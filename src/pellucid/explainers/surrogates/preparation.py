"""What models that take neither categories nor missing values need before them."""

from typing import Any

import pandas as pd
import scipy.sparse as sp
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder, StandardScaler


def behind_preparation(rows: Any, model: Any, *, scale: bool) -> Pipeline:
    """Return an unfitted pipeline that prepares rows like these for a model.

    Missing numbers become the column's mean, categories one column each.
    """
    if sp.issparse(rows):
        return make_pipeline(MaxAbsScaler(), model) if scale else make_pipeline(model)
    numbers = make_pipeline(SimpleImputer(), *([StandardScaler()] if scale else []))
    if not isinstance(rows, pd.DataFrame):
        return make_pipeline(*(step for _, step in numbers.steps), model)
    categorical = [isinstance(dtype, pd.CategoricalDtype) for dtype in rows.dtypes]
    names = list(rows.columns)
    columns = ColumnTransformer(
        [
            (
                "numbers",
                numbers,
                [c for c, is_one in zip(names, categorical, strict=True) if not is_one],
            ),
            (
                "categories",
                OneHotEncoder(handle_unknown="ignore"),
                [c for c, is_one in zip(names, categorical, strict=True) if is_one],
            ),
        ],
        verbose_feature_names_out=False,
    )
    return make_pipeline(columns, model)


def fit_weighted(pipeline: Pipeline, rows: Any, targets: Any, weights: Any) -> Pipeline:
    """Fit a pipeline whose last step takes the weights."""
    last = pipeline.steps[-1][0]
    return pipeline.fit(rows, targets, **{f"{last}__sample_weight": weights})
