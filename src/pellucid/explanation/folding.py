"""Values of engineered columns, added up for the raw columns that they come from.

A sum of Shapley values is a Shapley value only in a game that could split the columns of a raw one.
What is known of the sums, and what is not, is written into their stats.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid._core.typing import Floats
from pellucid._core.validation import kind_of
from pellucid.data.feature_map import FeatureMap
from pellucid.data.origin import Origin
from pellucid.data.table import positional_names
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import METHOD_SEPARATOR, Stats

ENGINEERED = ("columns", "engineered")
"""In the settings of what was explained in engineered columns."""
SUMMED = ", summed"
"""Ends the name of a method whose values were added up."""
SUMS = (
    "values are sums of the values of engineered columns: exact sums, but not Shapley values of a "
    "game that the raw columns play"
)
BOUNDS = (
    "standard errors of values that are sums are bounds, the sums of the columns' standard errors, "
    "since it is not known how these depend on each other"
)
SUMS_OF_MEANS = (
    "importances and their standard errors are bounds, the sums of the columns': the mean absolute "
    "sums of values need local values, which were not kept"
)
MIXED = "the feature map gives some columns to several raw features"
NEGLIGIBLE = 1e-9
"""Values of columns that no raw feature has credit in, relative to the largest value."""


def fold_local(explanation: Explanation, origin: Origin, data: Any = None) -> Explanation:
    """Return an explanation in the raw features; see :meth:`Explanation.fold`."""
    feature_map = origin.feature_map
    if explanation.local_r2 is not None:
        raise InvalidInputError(
            f"values by {explanation.stats.method!r} are slopes and differences, which do not add up "
            "to values of other features"
        )
    errors = None if explanation.std_error is None else feature_map.fold(explanation.std_error)
    stats = _stats_of_sums(explanation.stats, origin, estimated=errors is not None)
    if errors is not None:
        largest = float(errors.max(initial=0.0))
        stats = replace(stats, largest_std_error=largest)
    folded = replace(
        explanation,
        values=feature_map.fold(explanation.values),
        features=origin.features,
        std_error=errors,
        data=data,
        players=origin.players,
        origin=None,
        engineered=None,
        stats=stats,
    )
    lost = _values_of_no_feature(feature_map, explanation.values, explanation.features)
    if lost is None:
        return folded
    missed = float(np.abs(folded.residuals).max())
    scale = max(np.abs(folded.predictions).max(), np.abs(folded.base_values).max())
    gap = missed / float(scale) if scale > 0 else missed
    return replace(folded, stats=replace(stats, exact=False, efficiency_gap=gap).warned(lost))


def fold_global(importance: Importance, origin: Origin, data: Any = None) -> Importance:
    """Return an importance in the raw features; see :meth:`Importance.fold`."""
    if importance.metric is not None:
        raise InvalidInputError(
            f"how much worse {importance.metric} gets by one column does not add up to how much "
            "worse it gets by several"
        )
    if importance.local is not None:
        folded = fold_local(importance.local, origin, data).importance()
        given = replace(
            folded.stats,
            n_rows_given=importance.stats.n_rows_given,
            sampling=importance.stats.sampling,
        )
        local = None if folded.local is None else replace(folded.local, stats=given)
        return replace(folded, stats=given, local=local)
    feature_map = origin.feature_map
    values = feature_map.fold(importance.values)
    estimated = importance.stats.largest_std_error is not None
    stats = _stats_of_sums(importance.stats, origin, estimated=estimated)
    return replace(
        importance,
        values=values,
        overall=values.mean(axis=1),
        std_error=feature_map.fold(importance.std_error),
        features=origin.features,
        origin=None,
        engineered=None,
        stats=stats.warned(SUMS_OF_MEANS),
    )


def as_origin(
    feature_map: FeatureMap | Any, features: Sequence[str] | None, n_engineered: int
) -> Origin:
    """Understand a feature map, and the names of its raw features.

    Parameters
    ----------
    feature_map : FeatureMap, array or sparse matrix, or list of these
        Composed from the first to the last, which leads to ``n_engineered`` columns.
    features : sequence of str or None
        Names of the raw features; None for positions.
    n_engineered : int

    Raises
    ------
    InvalidInputError
        This is no map.
    FeatureMismatchError
        It leads to another number of columns, or its parts or names do not fit each other.

    Examples
    --------
    >>> origin = as_origin([[[1, 1, 0], [0, 0, 1]], np.eye(3)], ["colour", "size"], 3)
    >>> origin.feature_map.raw_of
    array([0, 0, 1])
    """
    found = _as_map(feature_map)
    if found.n_engineered != n_engineered:
        raise FeatureMismatchError(
            f"the feature map leads to {found.n_engineered} columns, but {n_engineered} are "
            "explained; it has a row for each raw feature and a column for each explained one"
        )
    names = positional_names(found.n_raw) if features is None else tuple(map(str, features))
    return Origin(found, names)


def _as_map(given: Any) -> FeatureMap:
    if isinstance(given, FeatureMap):
        return given
    parts = given if isinstance(given, list | tuple) and _holds_maps(given) else [given]
    if any(isinstance(part, FeatureMap) for part in parts):
        return reduce(FeatureMap.then, map(_as_map, parts))
    matrices = [_as_weights(part) for part in parts]
    for first, second in pairwise(matrices):
        if first.shape[1] != second.shape[0]:
            raise FeatureMismatchError(
                f"a feature map that leads to {first.shape[1]} columns is followed by one that "
                f"starts from {second.shape[0]}"
            )
    return FeatureMap.of_weights(reduce(lambda one, two: one @ two, matrices))


def _holds_maps(given: Sequence[Any]) -> bool:
    """Return whether this is a list of maps, rather than one map as a list of rows."""
    return bool(given) and all(
        isinstance(part, FeatureMap) or sp.issparse(part) or np.ndim(part) == 2 for part in given
    )


def _as_weights(given: Any) -> Any:
    try:
        weights: Any = given if sp.issparse(given) else np.asarray(given, dtype=np.float64)
        weights = sp.csr_array(weights, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"a feature map is {kind_of(given)}; pass a FeatureMap, or a matrix with a row for each "
            "raw feature and a column for each engineered one"
        ) from None
    if weights.ndim != 2:
        raise InvalidInputError(f"a feature map has {weights.ndim} axes; 2 are needed")
    if not (np.isfinite(weights.data) & (weights.data >= 0)).all():
        raise InvalidInputError("the weights in a feature map must be finite and not negative")
    return weights


def _stats_of_sums(stats: Stats, origin: Origin, *, estimated: bool) -> Stats:
    """Return the stats of values, with what is to be said of their sums."""
    feature_map, players = origin.feature_map, origin.players
    sizes = np.diff(feature_map.matrix.indptr)
    settings = [setting for setting in stats.settings if setting != ENGINEERED]
    groups = () if players is None else (("groups", players.summary),)
    stats = replace(stats, settings=(*settings, *groups, ("fold", "sum")))
    if feature_map.is_partition and (sizes <= 1).all():
        return stats.warned(feature_map.assumption)
    methods = [name + SUMMED for name in stats.method.split(METHOD_SEPARATOR)]
    stats = replace(stats, method=METHOD_SEPARATOR.join(methods))
    if not feature_map.is_partition:
        stats = replace(stats, exact=False).warned(
            "values of columns that mix several raw ones are shared out among these by a "
            f"convention, and are not Shapley values of raw columns ({feature_map.mixing or MIXED})"
        )
    else:
        stats = stats.warned(SUMS)
    if estimated:
        stats = replace(stats, std_error_is_bound=True).warned(BOUNDS)
    return stats.warned(feature_map.assumption)


def _values_of_no_feature(
    feature_map: FeatureMap, values: Floats, features: Sequence[str]
) -> str | None:
    """Say which column has values that no raw feature gets; a constant's are zero."""
    owed = feature_map.is_owed
    if owed.all() or not values.size:
        return None
    sizes = np.abs(values[:, ~owed]).max(axis=(0, 2))
    if sizes.max() <= NEGLIGIBLE * np.abs(values).max():
        return None
    column = features[int(np.flatnonzero(~owed)[sizes.argmax()])]
    return (
        f"values do not add up to the prediction: the feature map gives column {column!r} to no "
        "raw feature"
    )
