"""Column types of data frames: cast where nothing is lost, and unite before stacking."""

from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np

from pellucid._core.errors import FeatureMismatchError
from pellucid.data.cells import as_objects

Column: TypeAlias = nw.Series[Any]

_CATEGORICAL = (nw.Categorical, nw.Enum)
_WIDEST: dict[str, Any] = {"number": nw.Float64, "text": nw.String}


def frame_types(frame: nw.DataFrame[Any]) -> list[Any]:
    """Return the types of a frame's columns, in the terms of its own library."""
    native = frame.to_native()
    return list(native.schema.types if frame.implementation.is_pyarrow() else native.dtypes)


def same_type(one: Any, other: Any) -> bool:
    """Return whether two types of one library are the very same, categories included."""
    if one != other:
        return False
    # To pandas, categories in another order are the same type; their codes are not.
    is_pandas_category = getattr(one, "name", None) == "category"
    return not is_pandas_category or bool(one.categories.equals(other.categories))


def cast_like(column: Column, target: Column) -> Column:
    """Return a column with the type of another one, if all its values stay what they are.

    Else it is returned as it is, with two exceptions. Categories that the target lacks are added
    behind its own; and a column of objects, which has lost its type, becomes floats if the target
    holds numbers of a type that has no place for its missing values.
    """
    if _have_same_type(column, target) or not _may_cast(column, target):
        return column
    if _is_pandas_category(target):
        return _with_categories(column, target.to_native().dtype)
    found = _cast(column, _type_of(target))
    if found is None and column.implementation.is_pandas_like() and _holds_numbers(target):
        found = _cast(column, "float64") if column.to_native().dtype == object else None
    return column if found is None else found


def unite(upper: Column, lower: Column) -> tuple[Column, Column]:
    """Give two columns one type that holds the values of both, preferably that of the first.

    Raises
    ------
    FeatureMismatchError
        There is no such type.
    """
    lower = cast_like(lower, upper)
    upper = cast_like(upper, lower)
    if not _have_same_type(upper, lower) and _kind(upper) == _kind(lower) in _WIDEST:
        wide = upper.head(0).cast(_WIDEST[_kind(upper)])
        upper = cast_like(upper, wide)
        lower = cast_like(lower, wide)
    if _have_same_type(upper, lower):
        return upper, lower
    raise FeatureMismatchError(
        f"column {upper.name!r} holds {upper.dtype} in some rows and {lower.dtype} in others, "
        "which no type holds without loss"
    )


def _type_of(column: Column) -> Any:
    native = column.to_native()
    return native.type if column.implementation.is_pyarrow() else native.dtype


def _have_same_type(one: Column, other: Column) -> bool:
    return same_type(_type_of(one), _type_of(other))


def _may_cast(column: Column, target: Column) -> bool:
    """Return whether a cast is worth trying: numbers to numbers, text to text, times to times."""
    kinds = {_kind(column), _kind(target)}
    return len(kinds) == 1 or "any" in kinds or bool(column.is_null().all())


def _kind(column: Column) -> str:
    dtype = column.dtype
    if _holds_numbers(column):
        return "number"
    if dtype.is_temporal():
        return type(dtype).__name__
    if dtype == nw.String or column.implementation.is_polars():
        return "text" if isinstance(dtype, (nw.String, *_CATEGORICAL)) else str(dtype)
    return "any"  # categories of whatever values, and objects


def _holds_numbers(column: Column) -> bool:
    return column.dtype.is_numeric() or column.dtype == nw.Boolean


def _is_pandas_category(column: Column) -> bool:
    return isinstance(column.dtype, _CATEGORICAL) and column.implementation.is_pandas_like()


def _cast(column: Column, wanted: Any) -> Column | None:
    """Cast to a type of the column's own library; None if that is impossible or loses anything."""
    native = column.to_native()
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            if column.implementation.is_pandas_like():
                native = native.astype(wanted)
            elif column.implementation.is_polars():
                native = native.cast(wanted, strict=False)
            else:
                native = native.cast(wanted)
    except (TypeError, ValueError, NotImplementedError):
        return None
    found: Column = nw.from_native(native, series_only=True).alias(column.name)
    return found if _same_values(column, found) else None


def _same_values(before: Column, after: Column) -> bool:
    return np.array_equal(as_objects(before.to_list()), as_objects(after.to_list()))


def _with_categories(column: Column, wanted: Any) -> Column:
    """Give a pandas column the categories wanted, and those that only its values have after them.

    Left as it is if the values are of another kind than the categories: text against numbers.
    """
    native = column.to_native()
    added = [value for value in native.dropna().unique() if value not in wanted.categories]
    if added and _is_text(added) != _is_text(wanted.categories):
        return column
    categories = [*wanted.categories, *added] if added else wanted.categories
    if native.dtype == "category":
        native = native.cat.set_categories(categories, ordered=wanted.ordered)
    else:
        native = native.astype(type(wanted)(categories, ordered=wanted.ordered))
    return nw.from_native(native, series_only=True)


def _is_text(values: Any) -> bool:
    return all(isinstance(value, str) for value in values)
