"""The rows and the fitted models that all benchmarks of trees share.

Rows look like a real table: columns share a few causes, some are skewed, some are counts, some are
yes or no. Every cell is a float32 number, so that libraries that round and libraries that do not
see the same rows.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import lightgbm
import numpy as np
import sklearn
import xgboost
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

N_FEATURES = 50
N_TRAIN = 20_000
TRAIN_SEED, EXPLAINED_SEED, BACKGROUND_SEED = 1, 2, 3


def draw_rows(n_rows: int, n_features: int = N_FEATURES, *, seed: int) -> np.ndarray:
    """Return rows of one and the same population; another seed gives other rows of it."""
    population, rng = np.random.default_rng(0), np.random.default_rng(seed)
    loadings = population.normal(size=(8, n_features))
    X = 0.3 * rng.normal(size=(n_rows, 8)) @ loadings
    X += 0.7 * rng.normal(size=X.shape)
    kinds = np.arange(n_features) % 5
    X[:, kinds == 1] = np.exp(X[:, kinds == 1])
    X[:, kinds == 2] = np.round(4.0 * X[:, kinds == 2])
    X[:, kinds == 4] = X[:, kinds == 4] > 0.5
    return X.astype(np.float32).astype(np.float64)


def draw_target(X: np.ndarray) -> np.ndarray:
    """Return a noisy target with slopes, bends and interactions; it takes ten columns or more."""
    rng = np.random.default_rng(4)
    weights = rng.normal(size=X.shape[1]) * (rng.random(X.shape[1]) < 0.6)
    target = np.tanh(X) @ weights + X[:, 0] * X[:, 3] + 2.0 * np.sin(2.0 * X[:, 5])
    target += np.where(X[:, 4] > 0.5, X[:, 8], -X[:, 7])
    return target + rng.normal(size=len(X))


class Ensemble(NamedTuple):
    """A model to explain: its title, and how to make it with that many times fewer trees."""

    title: str
    make: Callable[[int], Any]


def _many(library: Any, fewer: int, n_trees: int, **settings: Any) -> Any:
    # Small ones are fitted on one thread, which waits for no other on a busy machine.
    n_jobs = os.cpu_count() if fewer == 1 else 1
    return library(n_estimators=max(1, n_trees // fewer), n_jobs=n_jobs, **settings)


ENSEMBLES: dict[str, Ensemble] = {
    "lightgbm-31": Ensemble(
        "LightGBM, 500 trees of 31 leaves",
        lambda fewer: _many(lightgbm.LGBMRegressor, fewer, 500, num_leaves=31, verbose=-1),
    ),
    "lightgbm-127": Ensemble(
        "LightGBM, 1,000 trees of 127 leaves",
        lambda fewer: _many(lightgbm.LGBMRegressor, fewer, 1000, num_leaves=127, verbose=-1),
    ),
    "xgboost-8": Ensemble(
        "XGBoost, 500 trees of depth 8",
        lambda fewer: _many(xgboost.XGBRegressor, fewer, 500, max_depth=8, learning_rate=0.1),
    ),
    "hist-31": Ensemble(
        "HistGradientBoosting, 500 trees of 31 leaves",
        lambda fewer: HistGradientBoostingRegressor(
            max_iter=max(1, 500 // fewer), max_leaf_nodes=31, early_stopping=False, random_state=0
        ),
    ),
    "forest": Ensemble(
        "RandomForest, 100 unlimited trees",
        lambda fewer: _many(RandomForestRegressor, fewer, 100, max_features=1 / 3, random_state=0),
    ),
}


def fitted(name: str, *, cache: Path | None = None, quick: bool = False) -> Path:
    """Return the file of a fitted model, which is fitted only if it does not exist yet.

    ``quick`` stands for 25 times fewer trees, fitted on 10 times fewer rows.
    """
    versions = f"sklearn{sklearn.__version__}-lgb{lightgbm.__version__}-xgb{xgboost.__version__}"
    folder = cache or Path(tempfile.gettempdir()) / "pellucid-benchmarks"
    file = folder / f"{name}{'-quick' if quick else ''}-{versions}.joblib"
    if not file.exists():
        X = draw_rows(N_TRAIN // (10 if quick else 1), seed=TRAIN_SEED)
        model = ENSEMBLES[name].make(25 if quick else 1).fit(X, draw_target(X))
        if "n_jobs" in model.get_params():
            model.set_params(n_jobs=1)
        folder.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed: an interrupted run leaves no half a model.
        partial = file.with_suffix(f".{os.getpid()}")
        joblib.dump(model, partial)
        partial.rename(file)
    return file


def lightgbm_of(
    n_trees: int = 500, n_leaves: int = 31, n_features: int = N_FEATURES, n_outputs: int = 1
) -> Any:
    """Return a fitted LightGBM model of that size, with as many classes as outputs if several."""
    X = draw_rows(N_TRAIN // 2, n_features, seed=TRAIN_SEED)
    y = draw_target(X)
    settings = {"num_leaves": n_leaves, "min_child_samples": 5, "n_jobs": 1, "verbose": -1}
    if n_outputs == 1:
        return lightgbm.LGBMRegressor(n_estimators=n_trees, **settings).fit(X, y)
    y = np.searchsorted(np.quantile(y, np.arange(1, n_outputs) / n_outputs), y)
    return lightgbm.LGBMClassifier(n_estimators=n_trees, **settings).fit(X, y)


def xgboost_of(n_trees: int = 500, depth: int = 8) -> Any:
    """Return a fitted XGBoost model of that size."""
    X = draw_rows(N_TRAIN // 2, seed=TRAIN_SEED)
    settings = {"max_depth": depth, "learning_rate": 0.1, "min_child_weight": 0.0, "n_jobs": 1}
    return xgboost.XGBRegressor(n_estimators=n_trees, **settings).fit(X, draw_target(X))
