"""Who explains black boxes, behind one signature, with the model rows that each of them costs.

A contender gets a problem, reference rows, rows to explain, and the model rows that it may spend on
each. It returns its values, and the rows it did spend: those that the model saw during the
explanation, per row explained. What the model sees beforehand, the reference rows once, is left out.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import shap
from problems import Problem

from pellucid import KernelExplainer

try:
    import shapiq
except ImportError:
    shapiq = None


class Found(NamedTuple):
    """Values, shape (n, d), model rows per row explained, and, if stated, standard errors.

    ``n_missed`` of the rows explained did not reach the standard error that was asked for.
    """

    values: np.ndarray
    n_rows: float
    std_error: np.ndarray | None = None
    n_missed: int = 0


Contender: TypeAlias = Callable[[Problem, Any, Any, int], Found]


class Counted:
    """A function of rows that counts them."""

    def __init__(self, function: Callable[[Any], np.ndarray]) -> None:
        self.function, self.n_rows = function, 0

    def __call__(self, rows: Any) -> np.ndarray:
        self.n_rows += len(rows)
        return self.function(rows)


def pellucid(
    problem: Problem, background: Any, rows: Any, budget: int | None, **options: Any
) -> Found:
    """Explain by all the reference rows given; without a budget, with the default one."""
    predict = Counted(problem.predict)
    explainer = KernelExplainer(predict, background, budget=budget, show_progress=False, **options)
    predict.n_rows = 0
    explanation = explainer.explain_local(rows)
    std_error, use = explanation.std_error, explanation.stats.reference_use
    return Found(
        explanation.values[:, :, 0],
        predict.n_rows / len(rows),
        None if std_error is None else std_error[:, :, 0],
        0 if use is None else use.n_missed,
    )


def shap_kernel(problem: Problem, background: Any, rows: Any, budget: int) -> Found:
    numbers = problem.encode(background)
    return _shap_kernel(problem, numbers, rows, budget // len(numbers))


def shap_kernel_of_centers(problem: Problem, background: Any, rows: Any, budget: int) -> Found:
    """Explain by ten centers of the reference rows, which is how its warning says to go on."""
    centers = shap.kmeans(problem.encode(background), 10)
    return _shap_kernel(problem, centers, rows, budget // 10)


def _shap_kernel(problem: Problem, background: Any, rows: Any, n_coalitions: int) -> Found:
    return _shap(shap.KernelExplainer, problem, background, rows, n_coalitions, l1_reg=False)


def shap_sampling(problem: Problem, background: Any, rows: Any, budget: int) -> Found:
    """Explain by all reference rows; a sample is a pair of model rows."""
    numbers = problem.encode(background)
    return _shap(shap.SamplingExplainer, problem, numbers, rows, budget // 2)


def _shap(
    kind: Any, problem: Problem, background: Any, rows: Any, n_samples: int, **options: Any
) -> Found:
    predict = Counted(problem.predict_numbers)
    explainer = kind(predict, background)
    predict.n_rows = 0
    np.random.seed(0)  # noqa: NPY002 - the peer knows no other way
    values = explainer.shap_values(problem.encode(rows), nsamples=n_samples, silent=True, **options)
    return Found(values, predict.n_rows / len(rows))


def shapiq_kernel(problem: Problem, background: Any, rows: Any, budget: int) -> Found:
    """Explain by pairs of a coalition and its complement; without shapiq, by no numbers."""
    if shapiq is None:
        return Found(np.full((len(rows), problem.n_players), np.nan), 0.0)
    predict = Counted(problem.predict_numbers)
    numbers, d = problem.encode(background), problem.n_players
    values = np.empty((len(rows), d))
    for i, row in enumerate(problem.encode(rows)):

        def worth(coalitions: np.ndarray, row: np.ndarray = row) -> np.ndarray:
            masked = np.where(coalitions[:, None], row, numbers).reshape(-1, d)
            return predict(masked).reshape(len(coalitions), -1).mean(axis=1)

        approximator = shapiq.KernelSHAP(d, pairing_trick=True, random_state=0)
        found = approximator.approximate(budget // len(numbers), worth)
        values[i] = found.get_n_order_values(1)
    return Found(values, predict.n_rows / len(rows))


def error(values: np.ndarray, exact: np.ndarray) -> float:
    """Return the distance to the exact values relative to their length, median over rows."""
    distance = np.linalg.norm(values - exact, axis=1) / np.linalg.norm(exact, axis=1)
    return float(np.median(distance))
