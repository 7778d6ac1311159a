"""The old documentation's example: a support vector machine's probabilities, all test rows.

Breast cancer, 455 rows to train and 114 to explain. The old way is that of the example's own
package: ten k-means centers for the training rows, shap's kernel explainer with its default number
of coalitions and ``l1_reg="auto"``. It is emulated with today's shap, since that package does not run
beside today's NumPy; what it did besides costs little. The new way is ``TabularExplainer(model,
x_train)``. Both explain the same rows in turns of 19, after a first row each. Times are CPU seconds.

The truth is that of all training rows, and an estimate that shares no code with either: for each of
them, random orders of the columns and their reverses. Its own standard error is stated beside.
"""

import surroundings  # noqa: F401, I001

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import shap
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from arguments import verdict
from contenders import Counted, error
from pellucid import TabularExplainer
from printing import machine, number, table

AT_A_TIME = 19


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two rows, and a small model")
    parser.add_argument("--rows", type=int, default=114, help="test rows to explain; all 114")
    parser.add_argument("--orders", type=int, default=2, help="per training row, for the truth; 2")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of the deprecated way to get probabilities
    print(machine() + (", quick" if arguments.quick else ""))
    X, y = load_breast_cancer(return_X_y=True)
    x_train, x_test, y_train, _ = train_test_split(X, y, test_size=0.2, random_state=0)
    x_test = x_test[: arguments.rows]
    if arguments.quick:
        x_train, x_test, y_train = x_train[:40], x_test[:2], y_train[:40]
    model = SVC(gamma=0.001, C=100.0, probability=True, random_state=0).fit(x_train, y_train)

    model.predict_proba = count = Counted(model.predict_proba)
    old, new = Turns(old_way, model, x_train, count), Turns(new_way, model, x_train, count)
    for start in range(0, len(x_test), AT_A_TIME):
        for way in (new, old):
            way.explain(x_test[start : start + AT_A_TIME])
    exact, std_error = of_many_orders(
        lambda rows: count(rows)[:, 1], x_train, x_test, arguments.orders
    )
    stated = float(np.median(np.linalg.norm(std_error, axis=1) / np.linalg.norm(exact, axis=1)))
    errors = [error(np.concatenate(way.values), exact) for way in (new, old)]
    lines = [
        (name, f"{way.seconds:.1f}", f"{way.n_rows / len(x_test):,.0f}", number(found))
        for name, way, found in zip(("pellucid", "old way"), (new, old), errors, strict=True)
    ]
    titles = ("", "CPU seconds", "model rows each", "error")
    print(table(titles, lines, markdown=arguments.markdown))
    print(f"\n{len(x_test)} rows; the truth's own standard error is {number(stated)}")
    verdict("share of the old way's CPU seconds", new.seconds / old.seconds, 1 / 10)
    verdict("ratio to the old way's error", errors[0] / errors[1], 1.0)


class Turns:
    """One way to explain, and what it has cost so far."""

    def __init__(self, way: Callable, model: Any, x_train: np.ndarray, count: Counted) -> None:
        self.count, self.n_rows = count, 0
        self.values: list[np.ndarray] = []
        way(model, x_train)(x_train[:1])  # whatever is compiled or imported on first use
        started = time.process_time()
        self._explain = way(model, x_train)
        self.seconds = time.process_time() - started

    def explain(self, rows: np.ndarray) -> None:
        before, started = self.count.n_rows, time.process_time()
        self.values.append(self._explain(rows))
        self.seconds += time.process_time() - started
        self.n_rows += self.count.n_rows - before


def new_way(model: Any, x_train: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    explainer = TabularExplainer(model, x_train, show_progress=False)
    return lambda rows: explainer.explain_local(rows).values[:, :, 1]


def old_way(model: Any, x_train: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    explainer = shap.KernelExplainer(model.predict_proba, shap.kmeans(x_train, 10))
    np.random.seed(0)  # noqa: NPY002 - the peer knows no other way
    return lambda rows: explainer.shap_values(rows, l1_reg="auto", silent=True)[:, :, 1]


def of_many_orders(
    predict: Callable[[np.ndarray], np.ndarray],
    background: np.ndarray,
    rows: np.ndarray,
    n_orders: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return estimates of Shapley values and their standard errors, each of shape (n, d).

    Every reference row gets ``n_orders`` random orders of the columns, two at least, and the
    reverse of each; the values that these give scatter independently.
    """
    rng = np.random.default_rng(0)
    m, d = background.shape
    values, std_error = np.empty((2, *rows.shape))
    at_reference = predict(background)
    for i, row in enumerate(rows):
        at_row = predict(row[None])[0]
        found = np.empty((n_orders, m, d))
        for order in found:
            place = rng.permuted(np.tile(np.arange(d), (m, 1)), axis=1)
            early = place[:, None] < np.arange(1, d)[:, None]
            forth = predict(np.where(early, row, background[:, None]).reshape(-1, d))
            back = predict(np.where(early, background[:, None], row).reshape(-1, d))
            ends = np.full((m, 1), at_row), at_reference[:, None]
            up = np.hstack([ends[1], forth.reshape(m, -1), ends[0]])
            down = np.hstack([ends[0], back.reshape(m, -1), ends[1]])
            gains = (np.diff(up) - np.diff(down)) / 2
            order[:] = np.take_along_axis(gains, place, axis=1)
        values[i] = found.mean(axis=(0, 1))
        std_error[i] = np.sqrt(found.var(axis=0, ddof=1).sum(axis=0) / n_orders) / m
    return values, std_error


if __name__ == "__main__":
    main()
