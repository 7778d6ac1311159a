"""Transformers of scikit-learn that make each of their columns from one column of their input."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    LabelBinarizer,
    LabelEncoder,
    MaxAbsScaler,
    MinMaxScaler,
    MultiLabelBinarizer,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

from pellucid._core.typing import Integers

# From a transformer and the number of columns it takes to the one that each of its columns comes
# from; None if that cannot be said.
Separate = Callable[[Any, int], "Integers | None"]


def _one_to_one(_transformer: Any, n: int) -> Integers:
    return np.arange(n)


def _function(transformer: Any, n: int) -> Integers | None:
    """Trace the identity, and NumPy's functions of single numbers."""
    function = transformer.func
    elementwise = (
        isinstance(function, np.ufunc)
        and function.signature is None
        and (function.nin, function.nout) == (1, 1)
        and not transformer.kw_args
    )
    return np.arange(n) if function is None or elementwise else None


def _selector(transformer: Any, _n: int) -> Integers:
    return np.asarray(transformer.get_support(indices=True))


def _missing_indicator(transformer: Any, _n: int) -> Integers:
    return np.asarray(transformer.features_)


def _simple_imputer(transformer: Any, n: int) -> Integers:
    """Trace the filled columns, without those that were empty, and then the indicators."""
    filled = np.arange(n)
    if not transformer.keep_empty_features:
        # A column without any value has no statistic, and is left out.
        filled = filled[[value == value for value in transformer.statistics_]]  # noqa: PLR0124
    return with_indicator(filled, transformer)


def with_indicator(filled: Integers, imputer: Any) -> Integers:
    """Return the columns that an imputer fills, and those that it marks behind them."""
    if getattr(imputer, "indicator_", None) is None:
        return filled
    return np.concatenate([filled, _missing_indicator(imputer.indicator_, len(filled))])


def _one_hot(transformer: Any, n: int) -> Integers:
    """Trace the categories of each column, less those that are pooled or dropped."""
    widths = np.array([len(found) for found in transformer.categories_], dtype=np.int64)
    for j, pooled in enumerate(getattr(transformer, "infrequent_categories_", [])):
        if pooled is not None:
            widths[j] -= len(pooled) - 1
    if transformer.drop_idx_ is not None:
        widths -= np.array([dropped is not None for dropped in transformer.drop_idx_])
    return np.repeat(np.arange(n), widths)


def _bins(transformer: Any, n: int) -> Integers:
    every = np.arange(n)
    return every if transformer.encode == "ordinal" else np.repeat(every, transformer.n_bins_)


def _splines(transformer: Any, n: int) -> Integers:
    return np.repeat(np.arange(n), transformer.n_features_out_ // n)


def _target_encoder(transformer: Any, n: int) -> Integers:
    several = transformer.target_type_ == "multiclass"
    return np.repeat(np.arange(n), len(transformer.classes_) if several else 1)


# -- of one column, and without names of their own for what they make of it ------------------------


def _labels(transformer: Any, _n: int) -> Integers:
    n_classes = len(transformer.classes_)
    return np.zeros(n_classes if n_classes > 2 else 1, dtype=np.int64)


def _several_labels(transformer: Any, _n: int) -> Integers:
    return np.zeros(len(transformer.classes_), dtype=np.int64)


def _hashed_words(transformer: Any, _n: int) -> Integers:
    return np.zeros(transformer.n_features, dtype=np.int64)


SEPARATE: dict[type, Separate] = {
    Binarizer: _one_to_one,
    FunctionTransformer: _function,
    HashingVectorizer: _hashed_words,
    KBinsDiscretizer: _bins,
    LabelBinarizer: _labels,
    LabelEncoder: _one_to_one,
    MaxAbsScaler: _one_to_one,
    MinMaxScaler: _one_to_one,
    MissingIndicator: _missing_indicator,
    MultiLabelBinarizer: _several_labels,
    OneHotEncoder: _one_hot,
    OrdinalEncoder: _one_to_one,
    PowerTransformer: _one_to_one,
    QuantileTransformer: _one_to_one,
    RobustScaler: _one_to_one,
    SelectorMixin: _selector,
    SimpleImputer: _simple_imputer,
    SplineTransformer: _splines,
    StandardScaler: _one_to_one,
    TargetEncoder: _target_encoder,
}
