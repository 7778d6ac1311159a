"""One small fitted model of every kind that trees or linear forms explain exactly."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.ensemble._iforest import _average_path_length
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier, XGBRegressor

N_ROWS = 1000
TWO_TARGETS = -2
COLOURS = ["blue", "green", "red", "white", "black"]


def numeric_rows(seed: int, *, missing: bool = False) -> np.ndarray:
    """Rows of 6 columns, rounded so that many lie exactly on thresholds."""
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(N_ROWS, 6)), 1)
    if missing:
        X[rng.random(X.shape) < 0.1] = np.nan
    return X


def mixed_rows(seed: int, *, missing: bool = True) -> pd.DataFrame:
    """Rows of numbers, some missing, and of categories."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(numeric_rows(seed, missing=missing)[:, :3], columns=["a", "b", "c"])
    frame["colour"] = pd.Categorical(rng.choice(COLOURS, N_ROWS), categories=COLOURS)
    frame["size"] = pd.Categorical(rng.choice(["S", "M", "L"], N_ROWS), categories=["S", "M", "L"])
    return frame


def string_rows(seed: int) -> pd.DataFrame:
    """The same rows with categories as plain strings."""
    frame = mixed_rows(seed, missing=False)
    return frame.astype({"colour": object, "size": object})


def score_of(X: Any) -> np.ndarray:
    if isinstance(X, pd.DataFrame):
        numbers = X[["a", "b", "c"]].fillna(0.3).to_numpy()
        shift = X["colour"].isin(["red", "blue"]).to_numpy() * 1.5
        return numbers[:, 0] * numbers[:, 1] + shift - (X["size"] == "S").to_numpy() * numbers[:, 2]
    numbers = np.nan_to_num(X, nan=0.3)
    return numbers[:, 0] * numbers[:, 1] + np.sin(2 * numbers[:, 2]) + np.abs(numbers[:, 3])


def target_of(X: Any, n_classes: int) -> np.ndarray:
    score = score_of(X)
    if n_classes == 0:
        return score
    if n_classes == TWO_TARGETS:
        return np.stack([score, np.cos(score)], axis=1)
    return np.digitize(score, np.quantile(score, np.linspace(0, 1, n_classes + 1)[1:-1]))


@dataclass(frozen=True)
class Case:
    """How to make a model and the rows it is explained on.

    Attributes
    ----------
    make : callable
        Returns the unfitted model.
    rows : callable
        From a seed to rows.
    n_classes : int
        0 for regression, ``TWO_TARGETS`` for regression of two targets.
    kind : {"tree", "contributions", "linear"}
        What the model can be seen as.
    precision : float
        Relative width of the arithmetic in which the library itself predicts.
    """

    make: Callable[[], Any]
    rows: Callable[[int], Any] = numeric_rows
    n_classes: int = 0
    kind: str = "tree"
    precision: float = 1e-9


def with_missing(seed: int) -> np.ndarray:
    return numeric_rows(seed, missing=True)


def preprocessing() -> ColumnTransformer:
    return ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()),
                ["a", "b", "c"],
            ),
            ("categories", OneHotEncoder(handle_unknown="ignore"), ["colour", "size"]),
        ]
    )


LIGHTGBM = {"n_estimators": 15, "num_leaves": 8, "verbose": -1, "n_jobs": 1, "min_child_samples": 5}
XGBOOST = {"n_estimators": 15, "max_depth": 4, "n_jobs": 1}
CATBOOST = {
    "iterations": 15,
    "depth": 4,
    "verbose": False,
    "allow_writing_files": False,
    "thread_count": 1,
}
HISTOGRAM = {"max_iter": 15, "max_leaf_nodes": 8}
CATEGORIES = ["colour", "size"]

CASES = {
    "DecisionTree 3 classes": Case(
        lambda: DecisionTreeClassifier(max_depth=5, random_state=0), n_classes=3
    ),
    "RandomForest regression": Case(lambda: RandomForestRegressor(10, max_depth=5, random_state=0)),
    "RandomForest 2 classes": Case(
        lambda: RandomForestClassifier(10, max_depth=5, random_state=0), n_classes=2
    ),
    "RandomForest 3 classes, missing": Case(
        lambda: RandomForestClassifier(10, max_depth=5, random_state=0), with_missing, n_classes=3
    ),
    "RandomForest regression of two targets": Case(
        lambda: RandomForestRegressor(10, max_depth=5, random_state=0), n_classes=TWO_TARGETS
    ),
    "LinearRegression of two targets": Case(LinearRegression, n_classes=TWO_TARGETS, kind="linear"),
    "ExtraTrees regression": Case(lambda: ExtraTreesRegressor(10, max_depth=5, random_state=0)),
    "GradientBoosting regression": Case(lambda: GradientBoostingRegressor(n_estimators=15)),
    "GradientBoosting 2 classes": Case(
        lambda: GradientBoostingClassifier(n_estimators=15), n_classes=2
    ),
    "GradientBoosting 3 classes": Case(
        lambda: GradientBoostingClassifier(n_estimators=10), n_classes=3
    ),
    "HistGradientBoosting regression, categories": Case(
        lambda: HistGradientBoostingRegressor(categorical_features="from_dtype", **HISTOGRAM),
        mixed_rows,
    ),
    "HistGradientBoosting 2 classes, missing": Case(
        lambda: HistGradientBoostingClassifier(**HISTOGRAM), with_missing, n_classes=2
    ),
    "HistGradientBoosting 3 classes": Case(
        lambda: HistGradientBoostingClassifier(**HISTOGRAM), n_classes=3
    ),
    "IsolationForest": Case(
        lambda: IsolationForest(n_estimators=20, max_samples=64, random_state=0)
    ),
    "LightGBM regression, missing": Case(lambda: LGBMRegressor(**LIGHTGBM), with_missing),
    "LightGBM 2 classes": Case(lambda: LGBMClassifier(**LIGHTGBM), n_classes=2),
    "LightGBM 3 classes, categories": Case(
        lambda: LGBMClassifier(min_data_per_group=5, cat_smooth=1.0, **LIGHTGBM),
        mixed_rows,
        n_classes=3,
    ),
    "XGBoost regression, missing": Case(
        lambda: XGBRegressor(**XGBOOST), with_missing, precision=1e-6
    ),
    "XGBoost 2 classes": Case(lambda: XGBClassifier(**XGBOOST), n_classes=2, precision=1e-6),
    "XGBoost 3 classes, categories": Case(
        lambda: XGBClassifier(enable_categorical=True, max_cat_to_onehot=2, **XGBOOST),
        mixed_rows,
        n_classes=3,
        precision=1e-6,
    ),
    "CatBoost regression": Case(lambda: CatBoostRegressor(**CATBOOST), with_missing),
    "CatBoost 2 classes, one-hot categories": Case(
        lambda: CatBoostClassifier(cat_features=CATEGORIES, one_hot_max_size=10, **CATBOOST),
        string_rows,
        n_classes=2,
    ),
    "CatBoost 3 classes": Case(lambda: CatBoostClassifier(**CATBOOST), n_classes=3),
    "CatBoost 2 classes, target statistics": Case(
        lambda: CatBoostClassifier(cat_features=CATEGORIES, one_hot_max_size=1, **CATBOOST),
        string_rows,
        n_classes=2,
        kind="contributions",
    ),
    "CatBoost regression, target statistics": Case(
        lambda: CatBoostRegressor(cat_features=CATEGORIES, one_hot_max_size=1, **CATBOOST),
        string_rows,
        kind="contributions",
    ),
    "Pipeline, RandomForest 2 classes": Case(
        lambda: make_pipeline(
            preprocessing(), RandomForestClassifier(10, max_depth=5, random_state=0)
        ),
        mixed_rows,
        n_classes=2,
    ),
    "Pipeline, LogisticRegression 3 classes": Case(
        lambda: make_pipeline(preprocessing(), LogisticRegression(max_iter=1000)),
        mixed_rows,
        n_classes=3,
        kind="linear",
    ),
    "LogisticRegression 2 classes": Case(LogisticRegression, n_classes=2, kind="linear"),
    "LinearRegression": Case(LinearRegression, kind="linear"),
    "Pipeline, Ridge": Case(lambda: make_pipeline(StandardScaler(), Ridge()), kind="linear"),
}


@cache
def fitted(name: str) -> Any:
    """Fit the model of a case on its rows with seed 0."""
    case = CASES[name]
    X = case.rows(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' own notes
        return case.make().fit(X, target_of(X, case.n_classes))


def own_prediction(model: Any, X: Any, space: str) -> np.ndarray:
    """Ask the library itself, in its own words, for what is being explained; shape (n, k)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' own notes
        if space == "value":
            return model.predict(X).reshape(len(X), -1)
        if space == "probability":
            return model.predict_proba(X)
        if isinstance(model, IsolationForest):
            # The score is 2 to the power of minus the path length in units of its expectation.
            expected_length = _average_path_length([model.max_samples_])
            return (-np.log2(-model.score_samples(X)) * expected_length).reshape(-1, 1)
        if isinstance(model, LGBMClassifier):
            margin = model.predict(X, raw_score=True)
        elif isinstance(model, XGBClassifier):
            margin = model.predict(X, output_margin=True)
        elif isinstance(model, CatBoostClassifier):
            margin = model.predict(X, prediction_type="RawFormulaVal")
        else:
            margin = model.decision_function(X)
    return np.stack([-margin, margin], axis=1) if margin.ndim == 1 else margin
