"""What is mimicked: networks and support vector machines on Adult, diabetes and digits.

Models are fitted by scikit-learn here, and written down as arrays for :mod:`teachers`, which both
sides run. The rows are matrices; columns of categories hold their codes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

ADULT = Path(__file__).parents[3] / "shared" / "data" / "adult-train.csv"
"""Where the scripts look for it unless they are told; its header names the 15 columns."""
ROWS_OF_ADULT = 10_000
ROWS_OF_MACHINES = 3_000
"""A support vector machine asks as many vectors as it has for each prediction."""


class Absent(Exception):  # noqa: N818 - no error: there is less to measure
    """Data that is not part of the repository."""


@dataclass(frozen=True, eq=False)
class Subject:
    """Arrays of a teacher, rows that surrogates learn from, and rows that are held out from them."""

    title: str
    teacher: dict[str, Any]
    taught: np.ndarray
    held_out: np.ndarray
    categorical: tuple[int, ...] = ()

    @property
    def explained(self) -> np.ndarray:
        """All rows."""
        return np.vstack([self.taught, self.held_out])


@dataclass(frozen=True, eq=False)
class Data:
    rows: np.ndarray
    target: np.ndarray
    levels: np.ndarray

    @property
    def n_taught(self) -> int:
        return round(0.75 * len(self.rows))

    def encoded(self) -> np.ndarray:
        """Return the rows as models take them: one column for each category."""
        parts = [
            column[:, None] if not n else np.eye(n)[column.astype(int)]
            for column, n in zip(self.rows.T, self.levels, strict=True)
        ]
        return np.hstack(parts)


def diabetes(*, quick: bool) -> Data:
    X, y = load_diabetes(return_X_y=True)
    n = 80 if quick else len(X)
    return Data(X[:n], (y[:n] - y.mean()) / y.std(), np.zeros(X.shape[1], dtype=int))


def digits(*, quick: bool) -> Data:
    X, y = load_digits(return_X_y=True)
    n = 200 if quick else len(X)
    return Data(X[:n], y[:n], np.zeros(X.shape[1], dtype=int))


def adult(*, quick: bool, path: Path = ADULT) -> Data:
    if not path.exists():
        raise Absent(f"adult: needs the Adult census data at {path}; --adult says where it is")
    n = 300 if quick else ROWS_OF_ADULT
    frame = pd.read_csv(path).sample(n, random_state=0, ignore_index=True)
    raw, income = frame.drop(columns="income"), frame["income"] == ">50K"
    columns, levels = [], []
    for name in raw:
        if raw[name].dtype.kind in "if":
            columns.append(raw[name].to_numpy(np.float64))
            levels.append(0)
        else:
            codes, values = pd.factorize(raw[name], use_na_sentinel=False)
            columns.append(codes.astype(np.float64))
            levels.append(len(values))
    return Data(np.column_stack(columns), income.to_numpy(int), np.array(levels))


def network(data: Data, *, quick: bool) -> dict[str, Any]:
    scaler = StandardScaler().fit(data.encoded())
    rows = scaler.transform(data.encoded())[: data.n_taught]
    target = data.target[: data.n_taught]
    make = MLPClassifier if data.target.dtype.kind == "i" else MLPRegressor
    sizes, rounds = ((4,), 5) if quick else ((64, 64), 60)
    model = make(hidden_layer_sizes=sizes, max_iter=rounds, random_state=0).fit(rows, target)
    layers = {f"weights{i}": weights for i, weights in enumerate(model.coefs_)}
    layers |= {f"bias{i}": bias for i, bias in enumerate(model.intercepts_)}
    return written("network", data, scaler, n_layers=len(model.coefs_), **layers)


def machine(data: Data, *, quick: bool) -> dict[str, Any]:  # noqa: ARG001 - as for networks
    """A machine with a radial kernel; of classes one against the rest, calibrated by Platt's way."""
    scaler = StandardScaler().fit(data.encoded())
    n = min(data.n_taught, ROWS_OF_MACHINES)
    rows, target = scaler.transform(data.encoded())[:n], data.target[:n]
    gamma = 1.0 / rows.shape[1]
    if data.target.dtype.kind != "i":
        models = [SVR(C=1.0, gamma=gamma).fit(rows, target)]
        slopes = [(1.0, 0.0)]
    else:
        found = OneVsRestClassifier(SVC(C=1.0, gamma=gamma)).fit(rows, target)
        models = found.estimators_
        slopes = [
            platt(model, rows, target == label)
            for model, label in zip(models, found.classes_[-len(models) :], strict=True)
        ]
    support = np.unique(np.concatenate([model.support_ for model in models]))
    weights = np.zeros((len(support), len(models)))
    bias = np.zeros(len(models))
    for k, (model, (slope, shift)) in enumerate(zip(models, slopes, strict=True)):
        place = np.searchsorted(support, model.support_)
        weights[place, k] = slope * model.dual_coef_[0]
        bias[k] = slope * model.intercept_[0] + shift
    return written(
        "machine", data, scaler, vectors=rows[support], weights=weights, bias=bias, gamma=gamma
    )


def platt(model: SVC, rows: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    scores = model.decision_function(rows).reshape(-1, 1)
    fitted = LogisticRegression().fit(scores, labels)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def written(kind: str, data: Data, scaler: StandardScaler, **arrays: Any) -> dict[str, Any]:
    n_classes = len(np.unique(data.target)) if data.target.dtype.kind == "i" else 0
    return {
        "kind": kind,
        "n_classes": n_classes,
        "levels": data.levels,
        "center": scaler.mean_,
        "scale": scaler.scale_,
        **arrays,
    }


DATA: dict[str, Callable[..., Data]] = {"diabetes": diabetes, "digits": digits, "adult": adult}
MODELS = {"mlp": network, "svc": machine}
SUBJECTS = tuple(f"{data}-{model}" for data in DATA for model in MODELS)


def subject(name: str, *, quick: bool, **where: Path) -> Subject:
    of_data, of_model = name.split("-")
    data = DATA[of_data](quick=quick, **where if of_data == "adult" else {})
    taught = np.arange(len(data.rows)) < data.n_taught
    return Subject(
        name,
        MODELS[of_model](data, quick=quick),
        data.rows[taught],
        data.rows[~taught],
        tuple(int(j) for j in np.flatnonzero(data.levels)),
    )
