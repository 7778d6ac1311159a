"""Black boxes whose Shapley values are known: by enumeration, or because a tree is inside.

A contender sees nothing but predictions. The truth is that of the interventional game with the very
reference rows that are asked for: from all coalitions where there are few players, else from
``pellucid.TreeExplainer`` with every reference row. Run alone, this prints the problems, and how far
the truth is from a second opinion: shap's kernel explainer with all coalitions and a few reference
rows, or its tree explainer, told to keep every one.
"""

import surroundings  # noqa: F401, I001

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shap
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid import TreeExplainer
from printing import table

ADULT = Path(__file__).parents[3] / "shared" / "data" / "adult-train.csv"
AT_ONCE = 200_000


class Absent(Exception):  # noqa: N818 - no error: there is less to measure
    """Data that is not part of the repository."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A black box, its reference rows, rows to explain, and a way to their exact values.

    ``encode`` turns rows into the numbers that peers can mask; ``decode`` turns them back.
    """

    title: str
    predict: Callable[[Any], np.ndarray]
    reference: Any
    rows: Any
    solve: Callable[[Any, Any], np.ndarray]
    encode: Callable[[Any], np.ndarray] = np.asarray
    decode: Callable[[np.ndarray], Any] = np.asarray
    model: Any = None

    @property
    def n_players(self) -> int:
        return self.rows.shape[1]

    def sample(self, n: int, seed: int = 0) -> Any:
        """Return so many of the reference rows, drawn at random."""
        n = min(n, len(self.reference))
        chosen = np.random.default_rng(seed).choice(len(self.reference), n, replace=False)
        return take(self.reference, chosen)

    def predict_numbers(self, numbers: np.ndarray) -> np.ndarray:
        return self.predict(self.decode(numbers))


def take(rows: Any, chosen: Any) -> Any:
    return rows.iloc[chosen] if isinstance(rows, pd.DataFrame) else rows[chosen]


def of_trees(model: Any, background: Any, rows: Any) -> np.ndarray:
    """Return exact values, shape (n, d), by all reference rows; of the second class if several."""
    explanation = TreeExplainer(model, background, show_progress=False).explain_local(rows)
    return explanation.values[:, :, -1]


def of_all_coalitions(
    predict: Callable[[np.ndarray], np.ndarray], background: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Return exact values, shape (n, d), by Shapley's formula over all 2**d coalitions."""
    d = rows.shape[1]
    codes = np.arange(2**d)
    masks = (codes[:, None] >> np.arange(d) & 1).astype(bool)
    sizes = masks.sum(axis=1)
    weights = np.array([1 / (d * comb(d - 1, s)) for s in range(d)])
    at_once = max(AT_ONCE // len(background), 1)
    values = np.empty(rows.shape)
    for i, row in enumerate(rows):
        worth = np.empty(len(codes))
        for start in range(0, len(codes), at_once):
            some = masks[start : start + at_once]
            masked = np.where(some[:, None], row, background).reshape(-1, d)
            worth[start : start + at_once] = predict(masked).reshape(len(some), -1).mean(axis=1)
        for j in range(d):
            without = codes[~masks[:, j]]
            gain = worth[without | 1 << j] - worth[without]
            values[i, j] = weights[sizes[without]] @ gain
    return values


def tree_problem(title: str, model: Any, predict: Any, reference: Any, rows: Any) -> Problem:
    return Problem(title, predict, reference, rows, partial(of_trees, model), model=model)


def diabetes_mlp(*, quick: bool) -> Problem:
    X, y = load_diabetes(return_X_y=True)
    X, y = StandardScaler().fit_transform(X), (y - y.mean()) / y.std()
    if quick:
        X = X[:, :6]
    model = MLPRegressor(
        hidden_layer_sizes=(4,) if quick else (64, 64),
        max_iter=10 if quick else 200,
        random_state=0,
    )
    n = 30 if quick else 353
    model.fit(X[:n], y[:n])
    return Problem(
        "diabetes, MLP",
        model.predict,
        X[:n],
        X[n : n + 60],
        partial(of_all_coalitions, model.predict),
        model=model,
    )


def diabetes_boosting(*, quick: bool) -> Problem:
    X, y = load_diabetes(return_X_y=True)
    n = 30 if quick else 353
    model = GradientBoostingRegressor(n_estimators=5 if quick else 150, max_depth=4, random_state=0)
    model.fit(X[:n], y[:n])
    return tree_problem("diabetes, boosting", model, model.predict, X[:n], X[n : n + 60])


def cancer_forest(*, quick: bool) -> Problem:
    X, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    X, y = (
        X[order].astype(np.float32).astype(np.float64),
        y[order],
    )  # scikit-learn's trees compare in float32
    n = 60 if quick else 455
    model = RandomForestClassifier(3 if quick else 60, max_depth=8, random_state=0)
    model.fit(X[:n], y[:n])
    return tree_problem(
        "breast cancer, forest",
        model,
        lambda rows: model.predict_proba(rows)[:, 1],
        X[:n],
        X[n : n + 60],
    )


def synthetic_boosting(*, quick: bool) -> Problem:
    """60 correlated columns; the target has pairs and triples of columns in it."""
    rng = np.random.default_rng(0)
    n = 60 if quick else 3000
    common = rng.normal(size=(n + 60, 12)) @ rng.normal(size=(12, 60))
    X = 0.25 * common + rng.normal(size=common.shape)
    X = X.astype(np.float32).astype(np.float64)  # scikit-learn's trees compare in float32
    y = 3 * X[:, 0] + 2 * X[:, 1] * X[:, 2] + 2 * np.sin(2 * X[:, 3]) * X[:, 4]
    y += X[:, 5] * X[:, 6] * X[:, 7] + 2 * (X[:, 30:33] > 0).all(axis=1)
    y += X[:, 8:28] @ np.linspace(1.0, 0.1, 20) + 0.3 * rng.normal(size=len(X))
    model = GradientBoostingRegressor(
        n_estimators=5 if quick else 250,
        max_depth=5,
        subsample=0.5,
        max_features=0.3,
        random_state=0,
    )
    model.fit(X[:n], y[:n])
    return tree_problem("synthetic, boosting", model, model.predict, X[:n], X[n:])


def adult_pipeline(*, quick: bool) -> Problem:
    """Numbers and categories with missing ones; its players are the 14 columns of the file."""
    if not ADULT.exists():
        raise Absent(f"adult: needs the Adult census data at {ADULT}")
    frame = pd.read_csv(ADULT).sample(4060, random_state=0, ignore_index=True)
    raw, income = frame.drop(columns="income"), frame["income"] == ">50K"
    categorical = raw.columns[raw.dtypes.map(lambda dtype: dtype.kind == "O")]
    raw = raw.astype(dict.fromkeys(categorical, "category"))
    codes = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore", min_frequency=20, sparse_output=False),
    )
    model = make_pipeline(
        ColumnTransformer([("codes", codes, categorical)], remainder="passthrough"),
        GradientBoostingClassifier(n_estimators=5 if quick else 100, max_depth=4, random_state=0),
    )
    n = 60 if quick else 4000
    model.fit(raw[:n], income[:n])
    levels = {name: raw[name].cat.categories for name in categorical}

    def encode(rows):
        numbers = rows.copy()
        for name in categorical:
            numbers[name] = rows[name].cat.codes
        return numbers.to_numpy(np.float64)

    def decode(numbers):
        columns = dict(zip(raw.columns, numbers.T, strict=True))
        for name in categorical:
            columns[name] = pd.Categorical.from_codes(columns[name].astype(int), levels[name])
        return pd.DataFrame(columns)

    problem = tree_problem("adult, pipeline", model, model.decision_function, raw[:n], raw[n:])
    return replace(problem, encode=encode, decode=decode)


PROBLEMS: dict[str, Callable[..., Problem]] = {
    "diabetes-mlp": diabetes_mlp,
    "diabetes-boosting": diabetes_boosting,
    "cancer-forest": cancer_forest,
    "synthetic-boosting": synthetic_boosting,
    "adult-pipeline": adult_pipeline,
}


def second_opinion(problem: Problem, rows: Any) -> tuple[str, float]:
    """Return how the truth was checked, and its largest difference relative to its largest value."""
    if problem.n_players <= 14:
        background, how = problem.sample(10), "shap's kernel, all coalitions"
        explainer = shap.KernelExplainer(problem.predict_numbers, problem.encode(background))
        found = explainer.shap_values(
            problem.encode(rows), nsamples=2**problem.n_players, l1_reg=False, silent=True
        )
    else:
        background, how = problem.reference, "shap's trees"
        masker = shap.maskers.Independent(background, max_samples=len(background))
        explainer = shap.TreeExplainer(problem.model, masker, feature_perturbation="interventional")
        found = explainer.shap_values(rows, check_additivity=False)
        found = found if found.ndim == 2 else found[:, :, -1]
    exact = problem.solve(background, rows)
    return f"{how}, {len(background):,} rows", float(
        np.abs(found - exact).max() / np.abs(exact).max()
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny models")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of small networks, and of the peer
    lines = []
    for name, make in PROBLEMS.items():
        try:
            problem = make(quick=arguments.quick)
        except Absent as reason:
            print(reason)
            continue
        how, difference = second_opinion(
            problem, take(problem.rows, slice(1 if arguments.quick else 3))
        )
        size = f"{problem.n_players}", f"{len(problem.reference):,}"
        lines.append((name, *size, how, f"{difference:.0e}"))
    titles = ("", "players", "reference rows", "checked by", "difference")
    print(table(titles, lines))


if __name__ == "__main__":
    main()
