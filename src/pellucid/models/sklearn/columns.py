"""Which raw column each column comes from that a fitted transformer of scikit-learn returns.

A transformer is traced only if it is known that each of its columns depends on exactly one column
of its input. Nothing is inferred from names or from how outputs happen to vary: a transformer that
is not in the table below, or is a subclass with another ``transform``, is not traced, unless it
sees one column only.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
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
from pellucid.data.feature_map import FeatureMap
from pellucid.models.model import Unavailable
from pellucid.models.sklearn.fitted import overridden

# From a transformer, the raw columns of what it takes, and the number of columns it returns where
# that is known, to the raw columns of what it returns; None if that cannot be said.
Tracer = Callable[[Any, Integers, "int | None"], "Integers | None"]


class UntraceableError(Exception):
    """A transformer may mix columns; the message is the reason, for :class:`Unavailable`."""


def trace_columns(
    transformer: Any, n_columns: int, *, n_out: int | None = None
) -> FeatureMap | Unavailable:
    """Trace the columns that a fitted transformer returns to those that it takes.

    Parameters
    ----------
    transformer : object
        A fitted transformer, a Pipeline of them, a ColumnTransformer or a FeatureUnion.
    n_columns : int
        Number of columns it takes.
    n_out : int, optional
        Number of columns it returns, where that is known.

    Returns
    -------
    FeatureMap or Unavailable
        The reason names the step that may mix columns.

    Examples
    --------
    >>> from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures
    >>> rows = [["red", "S"], ["blue", "M"]]
    >>> trace_columns(OneHotEncoder().fit(rows), 2).raw_of
    array([0, 0, 1, 1])
    >>> trace_columns(PolynomialFeatures().fit([[1.0, 2.0]]), 2).reason
    'PolynomialFeatures may mix columns'
    """
    try:
        raw_of = _trace(
            transformer,
            np.arange(n_columns, dtype=np.int64),
            n_out,
            type(transformer).__name__,
        )
    except UntraceableError as reason:
        return Unavailable(str(reason))
    return FeatureMap.of(raw_of, n_columns)


def _trace(transformer: Any, raw_of: Integers, n_out: int | None, label: str) -> Integers:
    """Return the raw column of each output column; ``label`` is how a reason calls the step."""
    if transformer is None or transformer == "passthrough":
        return raw_of
    single = len(np.unique(raw_of)) == 1
    if single and n_out is not None:
        return np.repeat(raw_of[:1], n_out)
    found = _trace_known(transformer, raw_of, n_out, label)
    if found is None and single and hasattr(transformer, "get_feature_names_out"):
        return np.repeat(raw_of[:1], len(transformer.get_feature_names_out()))
    if found is None:
        raise UntraceableError(f"{label} may mix columns")
    if n_out not in {None, len(found)}:
        raise UntraceableError(f"{label} returns {n_out} columns, not the {len(found)} traced")
    return found


def _trace_known(
    transformer: Any, raw_of: Integers, n_out: int | None, label: str
) -> Integers | None:
    for kind in type(transformer).__mro__:
        if kind in _TRACERS:
            method = overridden(transformer, _DECISIVE, own=kind)
            if method is not None:
                raise UntraceableError(f"{label} has a {method} of its own and may mix columns")
            return _TRACERS[kind](transformer, raw_of, n_out)
    return None


def _label(name: str, transformer: Any) -> str:
    return f"step {name!r} ({type(transformer).__name__})"


# -- transformers that take each column by itself --------------------------------------------------


def _one_to_one(_transformer: Any, raw_of: Integers, _n_out: int | None) -> Integers:
    return raw_of


def _function(transformer: Any, raw_of: Integers, _n_out: int | None) -> Integers | None:
    """Trace the identity, and NumPy's functions of single numbers."""
    function = transformer.func
    elementwise = (
        isinstance(function, np.ufunc)
        and function.signature is None
        and (function.nin, function.nout) == (1, 1)
        and not transformer.kw_args
    )
    return raw_of if function is None or elementwise else None


def _selector(transformer: Any, raw_of: Integers, _n_out: int | None) -> Integers:
    kept: Integers = raw_of[transformer.get_support(indices=True)]
    return kept


def _missing_indicator(transformer: Any, raw_of: Integers, _n_out: int | None) -> Integers:
    marked: Integers = raw_of[transformer.features_]
    return marked


def _simple_imputer(transformer: Any, raw_of: Integers, n_out: int | None) -> Integers:
    """Trace the filled columns, without those that were empty, and then the indicators."""
    filled = raw_of
    if not transformer.keep_empty_features:
        # A column without any value has no statistic, and is left out.
        filled = raw_of[[value == value for value in transformer.statistics_]]  # noqa: PLR0124
    if transformer.indicator_ is None:
        return filled
    return np.concatenate([filled, _missing_indicator(transformer.indicator_, raw_of, n_out)])


def _one_hot(transformer: Any, raw_of: Integers, _n_out: int | None) -> Integers:
    """Trace the categories of each column, less those that are pooled or dropped."""
    widths = np.array([len(found) for found in transformer.categories_], dtype=np.int64)
    for j, pooled in enumerate(getattr(transformer, "infrequent_categories_", [])):
        if pooled is not None:
            widths[j] -= len(pooled) - 1
    if transformer.drop_idx_ is not None:
        widths -= np.array([dropped is not None for dropped in transformer.drop_idx_])
    return np.repeat(raw_of, widths)


def _bins(transformer: Any, raw_of: Integers, _n_out: int | None) -> Integers:
    return raw_of if transformer.encode == "ordinal" else np.repeat(raw_of, transformer.n_bins_)


def _splines(transformer: Any, raw_of: Integers, _n_out: int | None) -> Integers:
    return np.repeat(raw_of, transformer.n_features_out_ // len(raw_of))


def _target_encoder(transformer: Any, raw_of: Integers, _n_out: int | None) -> Integers:
    several = transformer.target_type_ == "multiclass"
    return np.repeat(raw_of, len(transformer.classes_) if several else 1)


# -- transformers made of transformers -------------------------------------------------------------


def _pipeline(pipeline: Any, raw_of: Integers, n_out: int | None) -> Integers:
    names, steps = zip(*pipeline.steps, strict=True)
    widths = [getattr(step, "n_features_in_", None) for step in steps[1:]]
    for name, step, width in zip(names, steps, [*widths, n_out], strict=True):
        raw_of = _trace(step, raw_of, width, _label(name, step))
    return raw_of


def _feature_union(union: Any, raw_of: Integers, _n_out: int | None) -> Integers:
    parts = [
        _trace(step, raw_of, None, _label(name, step))
        for name, step in union.transformer_list
        if step != "drop"
    ]
    return np.concatenate([raw_of[:0], *parts])


def _column_transformer(transformer: Any, raw_of: Integers, _n_out: int | None) -> Integers:
    """Trace each part to the columns it was fitted on, and put it where its outputs are."""
    inputs = transformer._transformer_to_input_indices  # noqa: SLF001 - names and masks, resolved
    outputs = transformer.output_indices_
    found = np.full(max(place.stop for place in outputs.values()), -1, dtype=np.int64)
    for name, step, _ in transformer.transformers_:
        place = outputs[name]
        if place.stop > place.start:
            taken = raw_of[np.asarray(inputs[name], dtype=np.int64)]
            found[place] = _trace(step, taken, place.stop - place.start, _label(name, step))
    if (found < 0).any():
        raise UntraceableError("ColumnTransformer returns columns that no step accounts for")
    return found


_DECISIVE = ("transform", "_transform")

_TRACERS: dict[type, Tracer] = {
    Binarizer: _one_to_one,
    ColumnTransformer: _column_transformer,
    FeatureUnion: _feature_union,
    FunctionTransformer: _function,
    KBinsDiscretizer: _bins,
    MaxAbsScaler: _one_to_one,
    MinMaxScaler: _one_to_one,
    MissingIndicator: _missing_indicator,
    OneHotEncoder: _one_hot,
    OrdinalEncoder: _one_to_one,
    Pipeline: _pipeline,
    PowerTransformer: _one_to_one,
    QuantileTransformer: _one_to_one,
    RobustScaler: _one_to_one,
    SelectorMixin: _selector,
    SimpleImputer: _simple_imputer,
    SplineTransformer: _splines,
    StandardScaler: _one_to_one,
    TargetEncoder: _target_encoder,
}
