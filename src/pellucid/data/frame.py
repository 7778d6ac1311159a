"""Data frames of any library that narwhals knows: pandas, polars, pyarrow, Modin, cuDF."""

from collections.abc import Sequence
from typing import Any, Self, final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid._core.randomness import fingerprint
from pellucid._core.typing import Floats, Integers
from pellucid.data.matrix import as_numbers
from pellucid.data.table import Table


@final
class FrameTable(Table):
    """An eager data frame; columns keep their types: categories, strings, nullable integers.

    Parameters
    ----------
    frame : narwhals.DataFrame
        The rows.
    """

    has_names = True

    def __init__(self, frame: nw.DataFrame[Any]) -> None:
        self.frame = frame
        self.features = tuple(frame.columns)

    @property
    def n_rows(self) -> int:
        return len(self.frame)

    @property
    def native(self) -> Any:
        return self.frame.to_native()

    def take(self, rows: Integers | slice) -> Self:
        return type(self)(self.frame[rows])

    def select(self, columns: Sequence[int]) -> Self:
        return type(self)(self.frame.select([self.features[j] for j in columns]))

    def with_features(self, features: Sequence[str]) -> Self:
        if tuple(features) == self.features:
            return self
        return type(self)(self.frame.rename(dict(zip(self.features, features, strict=True))))

    def stack(self, other: Self) -> Self:
        return type(self)(nw.concat(_with_common_types(self.frame, other.frame), how="vertical"))

    def gather(self, index: Integers) -> Self:
        columns = [
            self.frame[name][index[:, j]].alias(name) for j, name in enumerate(self.features)
        ]
        first, *others = columns
        return type(self)(first.to_frame().with_columns(*others))

    def column(self, j: int) -> npt.NDArray[Any]:
        return self.frame[self.features[j]].to_numpy()

    def to_matrix(self) -> Floats:
        return np.ascontiguousarray(
            np.stack([_numbers(self.frame[name]) for name in self.features], axis=1)
        )

    def missing_counts(self) -> Integers:
        return np.array(
            [
                self.frame[name].is_null().sum()
                + (self.frame[name].is_nan().sum() if _is_float(self.frame[name]) else 0)
                for name in self.features
            ],
            dtype=np.int64,
        )

    def row_keys(self) -> list[int]:
        columns = [self.frame[name].to_list() for name in self.features]
        return [
            fingerprint([repr(cell).encode() for cell in row]) for row in zip(*columns, strict=True)
        ]


def _is_float(series: nw.Series[Any]) -> bool:
    return series.dtype.is_float()


def _numbers(series: nw.Series[Any]) -> Floats:
    if series.dtype.is_numeric() or series.dtype == nw.Boolean:
        return series.cast(nw.Float64).to_numpy().astype(np.float64)
    if series.dtype == nw.Object:
        return as_numbers(np.asarray(series.to_list(), dtype=object), series.name)
    found = next((value for value in series.to_list() if value is not None), None)
    raise InvalidInputError(f"column {series.name!r} holds {found!r} where numbers are needed")


def _with_common_types(
    upper: nw.DataFrame[Any], lower: nw.DataFrame[Any]
) -> list[nw.DataFrame[Any]]:
    """Cast both frames so that stacking changes no value: categories united, numbers widened."""
    for name in upper.columns:
        pair = _common_type(upper[name], lower[name])
        upper, lower = upper.with_columns(pair[0]), lower.with_columns(pair[1])
    return [upper, lower]


def _common_type(
    upper: nw.Series[Any], lower: nw.Series[Any]
) -> tuple[nw.Series[Any], nw.Series[Any]]:
    categorical = {nw.Categorical, nw.Enum}
    if upper.implementation.is_pandas_like() and {upper.dtype, lower.dtype} & categorical:
        return _united_categories(upper, lower)
    if upper.dtype == lower.dtype:
        return upper, lower
    if upper.dtype.is_numeric() and lower.dtype.is_numeric():
        return upper.cast(nw.Float64), lower.cast(nw.Float64)
    raise FeatureMismatchError(
        f"column {upper.name!r} holds {lower.dtype} in one table and {upper.dtype} in the other"
    )


def _united_categories(
    upper: nw.Series[Any], lower: nw.Series[Any]
) -> tuple[nw.Series[Any], nw.Series[Any]]:
    """Give both pandas columns the categories of the first, then those only the second has."""
    first, second = upper.to_native().astype("category"), lower.to_native().astype("category")
    added = second.cat.categories.difference(first.cat.categories, sort=False)
    first = first.cat.add_categories(added)
    return (
        nw.from_native(first, series_only=True),
        nw.from_native(second.astype(first.dtype), series_only=True),
    )
