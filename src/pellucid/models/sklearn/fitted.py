"""What must hold before an estimator can be trusted to be what its class says."""

from collections.abc import Sequence
from inspect import getattr_static
from typing import Any

from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from pellucid._core.errors import UnsupportedModelError

PREDICTIONS = ("predict", "predict_proba", "decision_function", "score_samples")


def refuse_unfitted(estimator: Any) -> None:
    """Refuse an estimator that was not fitted.

    Estimators that only follow scikit-learn's style may keep what they learnt wherever they like;
    those are believed, unless they say themselves that they are not fitted.

    Raises
    ------
    UnsupportedModelError
        It is not fitted.
    """
    if not hasattr(_own_class(estimator), "fit") and not hasattr(
        estimator, "__sklearn_is_fitted__"
    ):
        return
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        raise UnsupportedModelError(
            f"{type(estimator).__name__} is not fitted; call fit first"
        ) from None


def overridden(
    estimator: Any, methods: Sequence[str] = PREDICTIONS, *, own: type | None = None
) -> str | None:
    """Return the first method that a subclass, or the object itself, redefines.

    What is known of a class of scikit-learn holds for a subclass only as long as the methods it
    is known by are the class's own.

    Parameters
    ----------
    estimator : object
        An instance of a class of scikit-learn, or of a subclass of one.
    methods : sequence of str
        The methods that matter.
    own : type, optional
        The class whose methods they should be; by default the most specific one of scikit-learn.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> class Rounding(StandardScaler):
    ...     def transform(self, X):
    ...         return super().transform(X).round()
    >>> overridden(Rounding(), ["transform"])
    'transform'
    >>> overridden(StandardScaler(), ["transform"]) is None
    True
    """
    own = own or _own_class(estimator)
    for method in methods:
        # Static: a method that is there only sometimes is a new object at every access.
        found = getattr_static(estimator, method, None)
        if found is not getattr_static(own, method, None):
            return method
    return None


def _own_class(estimator: Any) -> type:
    """Return the most specific class of scikit-learn that an object is of; else ``object``."""
    return next(
        (kind for kind in type(estimator).__mro__ if kind.__module__.startswith("sklearn.")),
        object,
    )
