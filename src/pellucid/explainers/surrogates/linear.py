"""Linear surrogates: by ridge or logistic regression, and by gradient descent for large data."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression, Ridge, SGDRegressor

from pellucid._core.typing import Floats
from pellucid.explainers.linear import LinearExplainer
from pellucid.explainers.surrogates.kinds import Lessons, Surrogate
from pellucid.explainers.surrogates.preparation import behind_preparation, fit_weighted
from pellucid.models.log_odds import LEAST_PROBABILITY, probabilities_of

LEAST_SHARE = LEAST_PROBABILITY
"""Classes less probable than this are not taught at a row."""
WEAK_PENALTY = 100.0
MOST_COLUMNS_FOR_NEWTON = 500


def fit_linear(lessons: Lessons, **options: Any) -> list[Any]:
    """Fit one linear model of all outputs, on scaled columns.

    It is a ridge regression; of log-odds of classes, a logistic regression on their probabilities.
    """
    if lessons.are_log_odds:
        return fit_logistic(lessons, **options)
    model = Ridge(**{"alpha": 1.0, "random_state": lessons.random_state, **options})
    pipeline = behind_preparation(lessons.rows, model, scale=True)
    targets = lessons.targets[:, 0] if lessons.targets.shape[1] == 1 else lessons.targets
    return [fit_weighted(pipeline, lessons.rows, targets, lessons.weights)]


def fit_logistic(lessons: Lessons, **options: Any) -> list[Any]:
    """Fit a logistic regression to probabilities: each row counts for each class by its share."""
    probabilities = probabilities_of(lessons.targets)
    model = LogisticRegression(**{"C": WEAK_PENALTY, "tol": 1e-3, "max_iter": 1000, **options})
    pipeline = behind_preparation(lessons.rows, model, scale=True)
    prepared = pipeline[:-1].fit_transform(lessons.rows)
    if "solver" not in options and probabilities.shape[1] == 2 and _is_narrow(prepared):
        model.set_params(solver="newton-cholesky")
    rows, classes = np.nonzero(_taught(probabilities))
    weights = lessons.weights[rows] * probabilities[rows, classes]
    model.fit(prepared[rows], classes, sample_weight=weights)
    return [pipeline]


def _taught(probabilities: Floats) -> Any:
    """Return which classes are taught at which rows: each class at one row at least."""
    taught = probabilities >= LEAST_SHARE
    taught[probabilities.argmax(axis=0), np.arange(probabilities.shape[1])] = True
    return taught


def _is_narrow(prepared: Any) -> bool:
    return not sp.issparse(prepared) and prepared.shape[1] <= MOST_COLUMNS_FOR_NEWTON


def fit_gradient_descent(lessons: Lessons, **options: Any) -> list[Any]:
    """Fit one linear model per output by stochastic gradient descent, on scaled columns.

    Outputs are brought to mean zero and unit spread, so that the step size fits whatever their
    units.
    """
    fitted = []
    for targets in lessons.targets.T:
        model = SGDRegressor(**{"random_state": lessons.random_state, **options})
        pipeline = behind_preparation(lessons.rows, model, scale=True)
        center, spread = float(targets.mean()), float(targets.std()) or 1.0
        fit_weighted(pipeline, lessons.rows, (targets - center) / spread, lessons.weights)
        model.coef_, model.intercept_ = model.coef_ * spread, model.intercept_ * spread + center
        fitted.append(pipeline)
    return fitted


LinearExplainableModel = Surrogate(
    "linear",
    fit_linear,
    LinearExplainer,
    in_log_odds=True,
    classifies=True,
    has_few_parameters=True,
)
"""A linear model on scaled columns, logistic of classes: coefficients to read."""

SGDExplainableModel = Surrogate(
    "linear (stochastic gradient descent)",
    fit_gradient_descent,
    LinearExplainer,
    in_log_odds=True,
    has_few_parameters=True,
)
"""A linear model by stochastic gradient descent: for very large or sparse data."""
