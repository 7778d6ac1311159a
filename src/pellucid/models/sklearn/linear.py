"""Linear models: coefficients, intercept, and the space in which the model is linear."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from pellucid._core.typing import OutputSpace, Task
from pellucid.data.feature_map import FeatureMap
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.models.model import Model, Unavailable
from pellucid.models.sklearn.estimators import adapt_estimator, ask_logarithm
from pellucid.models.sklearn.fitted import overridden
from pellucid.models.sklearn.rows import names_of
from pellucid.models.structures import LinearStructure


def adapt_linear(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt a model whose prediction or decision function is linear in the columns."""
    return _with_linear(adapt_estimator(model, examples=examples, task=task))


def adapt_support_vectors(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt a support vector machine, linear if its kernel is and it separates two classes."""
    adapted = adapt_estimator(model, examples=examples, task=task)
    if model.kernel != "linear":
        return replace(adapted, linear=Unavailable(f"its kernel is {model.kernel!r}"))
    if adapted.classes is not None and len(adapted.classes) > 2:
        reason = "its decision function is made of votes between pairs of classes"
        return replace(adapted, linear=Unavailable(reason))
    return _with_linear(adapted)


def adapt_generalized_linear(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt a regression that is linear before its link: space ``"raw"`` if that is a logarithm."""
    adapted = adapt_estimator(model, examples=examples, task=task)
    if not _has_log_link(model):
        return _with_linear(adapted)
    raw = partial(ask_logarithm, model, names_of(model))
    adapted = replace(adapted, outputs={**adapted.outputs, "raw": raw})
    return _with_linear(adapted, space="raw")


def _has_log_link(model: Any) -> bool:
    link = getattr(model, "link", "log")  # Poisson and gamma regressions have no other
    return bool(link == "log" or (link == "auto" and model.power > 0))


def _with_linear(adapted: Model, *, space: OutputSpace | None = None) -> Model:
    method = overridden(adapted.native)
    if method is not None:
        return replace(adapted, linear=Unavailable(f"{adapted.name} has a {method} of its own"))
    if space is None:
        space = "raw" if adapted.task == "classification" else "value"
    return replace(adapted, linear=partial(read_linear, adapted.native, space))


def read_linear(model: Any, space: OutputSpace) -> LinearStructure:
    """Read coefficients and intercept; the margin of two classes becomes one row for each.

    Parameters
    ----------
    model : object
        An estimator with ``coef_``, of shape (e,) or (k, e), and ``intercept_``.
    space : {"raw", "value"}
        The space in which it is linear.
    """
    stored = model.coef_
    dense = stored.toarray() if hasattr(stored, "toarray") else stored  # sparse
    coefficients = np.atleast_2d(np.asarray(dense, dtype=np.float64))
    # Detectors of outliers keep a threshold in place of an intercept.
    constant = -model.offset_ if hasattr(model, "offset_") else model.intercept_
    intercept = np.broadcast_to(np.ravel(np.asarray(constant, dtype=np.float64)), len(coefficients))
    if len(getattr(model, "classes_", ())) == 2 and len(coefficients) == 1:
        coefficients = np.concatenate([-coefficients, coefficients])
        intercept = np.concatenate([-intercept, intercept])
    return LinearStructure(
        coefficients=np.ascontiguousarray(coefficients),
        intercept=np.array(intercept),
        encode=encode_numbers,
        players=FeatureMap.identity(coefficients.shape[1]),
        space=space,
    )


def encode_numbers(table: Table) -> Any:
    """Return rows as float64: CSR if they are sparse, else a dense matrix."""
    if isinstance(table, SparseTable):
        return table.matrix.astype(np.float64)
    return table.to_matrix()


_LINEAR = """
    ARDRegression BayesianRidge ElasticNet ElasticNetCV HuberRegressor Lars LarsCV Lasso LassoCV
    LassoLars LassoLarsCV LassoLarsIC LinearDiscriminantAnalysis LinearRegression LinearSVC
    LinearSVR LogisticRegression LogisticRegressionCV MultiTaskElasticNet MultiTaskElasticNetCV
    MultiTaskLasso MultiTaskLassoCV OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV
    PassiveAggressiveClassifier PassiveAggressiveRegressor Perceptron QuantileRegressor Ridge
    RidgeCV RidgeClassifier RidgeClassifierCV SGDClassifier SGDOneClassSVM SGDRegressor
    TheilSenRegressor
"""

ADAPTERS = {
    **dict.fromkeys(_LINEAR.split(), adapt_linear),
    **dict.fromkeys(["NuSVC", "NuSVR", "OneClassSVM", "SVC", "SVR"], adapt_support_vectors),
    **dict.fromkeys(
        ["GammaRegressor", "PoissonRegressor", "TweedieRegressor"], adapt_generalized_linear
    ),
}
