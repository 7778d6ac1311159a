"""sklearn-pandas: a fitted ``DataFrameMapper``, read without importing the package.

Its last version needs an older scikit-learn, but mappers of it are still about.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pellucid._core.errors import FeatureMismatchError, UnsupportedModelError
from pellucid.models.sklearn.pairs import ColumnPairs, read_pairs


def from_mapper(
    mapper: Any, *, names: Sequence[str] | None, n_columns: int | None = None
) -> ColumnPairs:
    """Read a fitted mapper: its pairs as they were fitted, and what becomes of other columns.

    Raises
    ------
    FeatureMismatchError
        The rows' columns have no names, or lack one.
    UnsupportedModelError
        It is not fitted.
    """
    built = getattr(mapper, "built_features", None)
    if built is None:
        raise UnsupportedModelError("DataFrameMapper is not fitted; call fit first")
    pairs = [built] if isinstance(built, tuple) else list(built)
    default = getattr(mapper, "built_default", False)
    if names is None and default is not False:
        raise FeatureMismatchError(
            "DataFrameMapper takes all other columns too, but which these are is not known; pass "
            "features= or initialization_examples with names"
        )
    if default is not False:
        taken = {*_named(pairs), *(getattr(mapper, "drop_cols", None) or [])}
        others = [name for name in names or () if name not in taken]
        pairs += [(others, default)] if others else []
    as_frame = {"input_df": bool(getattr(mapper, "input_df", False))}
    pairs = [(pair[0], pair[1], as_frame | dict(*pair[2:])) for pair in pairs]
    found = read_pairs(pairs, names=names, n_columns=n_columns, what="DataFrameMapper")
    return replace(found, stays_sparse=bool(getattr(mapper, "sparse", False)))


def _named(pairs: Sequence[Any]) -> set[str]:
    return {
        name
        for columns, *_ in pairs
        for name in ([columns] if isinstance(columns, str) else columns)
    }


ADAPTERS = {"DataFrameMapper": from_mapper}
