"""Linear surrogates: by ridge regression, and by stochastic gradient descent for large data."""

from typing import Any

from sklearn.linear_model import Ridge, SGDRegressor

from pellucid.explainers.linear import LinearExplainer
from pellucid.explainers.surrogates.kinds import Lessons, Surrogate
from pellucid.explainers.surrogates.preparation import behind_preparation, fit_weighted


def fit_ridge(lessons: Lessons, **options: Any) -> list[Any]:
    """Fit one ridge regression of all outputs, on scaled columns."""
    model = Ridge(**{"alpha": 1.0, "random_state": lessons.random_state, **options})
    pipeline = behind_preparation(lessons.rows, model, scale=True)
    targets = lessons.targets[:, 0] if lessons.targets.shape[1] == 1 else lessons.targets
    return [fit_weighted(pipeline, lessons.rows, targets, lessons.weights)]


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


LinearExplainableModel = Surrogate("linear (ridge regression)", fit_ridge, LinearExplainer)
"""A ridge regression on scaled columns: coefficients to read."""

SGDExplainableModel = Surrogate(
    "linear (stochastic gradient descent)", fit_gradient_descent, LinearExplainer
)
"""A linear model by stochastic gradient descent: for very large or sparse data."""
