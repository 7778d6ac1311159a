"""What must hold before an estimator can be trusted to be what its class says."""

from collections.abc import Sequence
from inspect import getattr_static
from itertools import islice
from typing import Any

from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_is_fitted

from pellucid._core.errors import UnsupportedModelError

_STATELESS = (FeatureHasher, HashingVectorizer)
"""They learn nothing, and need no fit; scikit-learn 1.5 takes them for not fitted all the same."""

PREDICTIONS = ("predict", "predict_proba", "decision_function", "score_samples")


def refuse_unfitted(estimator: Any, *, called: str | None = None) -> None:
    """Refuse an estimator that was not fitted.

    Estimators that only follow scikit-learn's style may keep what they learnt wherever they like;
    those are believed, unless they say themselves that they are not fitted.

    Parameters
    ----------
    estimator : object
    called : str, optional
        How the message calls it; by default after its class.

    Raises
    ------
    UnsupportedModelError
        It is not fitted.
    """
    if not isinstance(estimator, type) and overridden(estimator, ["__sklearn_is_fitted__"]) is None:
        parts = getattr(estimator, "steps", None) or getattr(estimator, "transformer_list", None)
        if parts is not None:  # scikit-learn takes those that keep nothing for not fitted
            for _, part in parts:
                if part is not None and not isinstance(part, str):
                    refuse_unfitted(part)
            return
    if isinstance(estimator, _STATELESS):
        return
    if not hasattr(_own_class(estimator), "fit") and not hasattr(
        estimator, "__sklearn_is_fitted__"
    ):
        return
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        raise UnsupportedModelError(
            f"{called or type(estimator).__name__} is not fitted; call fit first"
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


def transform_rows(transformer: Any, rows: Any) -> Any:
    """Transform rows; with a Pipeline step by step, though its last one may have learnt nothing.

    scikit-learn takes a Pipeline for not fitted if its last step keeps nothing, which steps that
    are written by hand often do not.
    """
    if transformer is None or isinstance(transformer, str):  # passed through
        return rows
    if not isinstance(transformer, Pipeline) or overridden(transformer, ["transform"]) is not None:
        return transformer.transform(rows)
    for _, step in transformer.steps:
        rows = transform_rows(step, rows)
    return rows


def takes_any_container(transformer: Any) -> bool:
    """Return whether a transformer is of nobody's library, so that it may want rows as they came.

    One of scikit-learn's says whether it was fitted with names, and else takes arrays. One that is
    written by hand says nothing, and may pick its columns from a frame by name. A function in a
    ``FunctionTransformer`` that was not fitted may too.
    """
    if hasattr(transformer, "steps"):
        steps = (step for _, step in transformer.steps if step not in (None, "passthrough"))
        return any(takes_any_container(step) for step in islice(steps, 1))
    if hasattr(transformer, "transformer_list"):
        return any(takes_any_container(part) for _, part in transformer.transformer_list)
    if isinstance(transformer, FunctionTransformer):
        return not hasattr(transformer, "n_features_in_")
    return not isinstance(transformer, str) and not hasattr(_own_class(transformer), "transform")


def _own_class(estimator: Any) -> type:
    """Return the most specific class of scikit-learn that an object is of; else ``object``."""
    return next(
        (kind for kind in type(estimator).__mro__ if kind.__module__.startswith("sklearn.")),
        object,
    )
