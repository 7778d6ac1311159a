"""Columns of the rows of a result by their names in the protocol, made when they are asked for."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid.dashboard.chunks import encode, encode_rounded, encode_texts
from pellucid.dashboard.columns import as_codes
from pellucid.dashboard.protocol import Feature
from pellucid.data.cells import as_numbers, missing_mask
from pellucid.explanation.given_rows import FeatureColumns
from pellucid.explanation.local import Explanation
from pellucid.explanation.row_labels import row_labels

_KEPT: Final = 16
_MOST_PACKED: Final = 100_000
"""Longer columns travel as they are: a server is near, and packing would take longer."""


@final
class SentColumns:
    """The columns of all rows of an explanation.

    Parameters
    ----------
    local : Explanation
    columns : FeatureColumns or None
        Values of the features, if they are known.
    features : sequence of Feature
        What the page is told of them.
    """

    def __init__(
        self, local: Explanation, columns: FeatureColumns | None, features: Sequence[Feature]
    ) -> None:
        self.local, self.columns, self.features = local, columns, features
        self.labels: Sequence[Any] = row_labels(local)
        self.coded = lru_cache(maxsize=_KEPT)(self._coded)

    def numbers(self, name: str) -> npt.NDArray[Any]:
        """Return a column of numbers, or of codes of a category's levels.

        Raises
        ------
        InvalidInputError
            There is no such column.
        """
        kind, places = self._parsed(name)
        local = self.local
        if kind == "prediction":
            return local.predictions[:, places[0]]
        if kind == "base":
            return local.base_values[:, places[0]]
        if kind == "contribution":
            return local.values[:, places[1], places[0]]
        if kind == "std_error" and local.std_error is not None:
            return local.std_error[:, places[1], places[0]]
        if kind == "value":
            told = self.features[places[0]]
            if told["kind"] == "category":
                return self.coded(places[0])[0]
            return as_numbers(self._column(places[0]), told["name"])
        raise _no_column(name)

    def chunk(self, name: str) -> bytes:
        """Return a column as a chunk.

        Raises
        ------
        InvalidInputError
            There is no such column.
        """
        packed = len(self.local) <= _MOST_PACKED
        if name == "label":
            return encode_texts((str(label) for label in self.labels), packed=packed)
        if name == "position":
            return encode(np.arange(len(self.local)), packed=packed)
        if name.startswith("levels/"):
            return encode_texts(self.coded(self._parsed(name)[1][0])[1])
        if name.startswith("dots/"):
            column = self.numbers(name.removeprefix("dots/"))
            is_code = column.dtype.kind != "f"
            return encode(column, packed=packed) if is_code else encode_rounded(column)
        return encode(self.numbers(name), packed=packed)

    def _coded(self, feature: int) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
        """Return the codes of a category, and the levels they stand for."""
        column, told = self._column(feature), self.features[feature]
        if told["kind"] != "category":
            raise InvalidInputError(f"{told['name']!r} is no category")
        codes, levels = as_codes(column)
        return codes.astype(np.int32), tuple(levels)

    def _column(self, feature: int) -> npt.NDArray[Any]:
        column = None if self.columns is None else self.columns.column(feature)
        told = self.features[feature]
        if column is None or told["kind"] == "none":
            raise InvalidInputError(f"values of {told['name']!r} are not known")
        return column

    def cells(self, rows: Sequence[int]) -> list[list[float | str | None]]:
        """Return the values of all features in some rows: numbers, texts of levels, or None."""
        some = None if self.columns is None else self.columns.take(np.array(rows, dtype=np.int64))
        found = [
            [None] * len(rows) if some is None else self._cells(some, j, rows)
            for j in range(len(self.features))
        ]
        return [list(line) for line in zip(*found, strict=True)]

    def _cells(
        self, some: FeatureColumns, feature: int, rows: Sequence[int]
    ) -> list[float | str | None]:
        column, told = some.column(feature), self.features[feature]
        if column is None or told["kind"] == "none":
            return [None] * len(rows)
        absent = missing_mask(column).tolist()
        if told["kind"] == "number":
            numbers = as_numbers(column, told["name"]).tolist()
            return [None if gone else cell for gone, cell in zip(absent, numbers, strict=True)]
        if column.dtype.kind == "M":  # how dates are written depends on all of them
            codes, levels = self.coded(feature)
            return [levels[codes[row]] if codes[row] < len(levels) else None for row in rows]
        cells = column.tolist()
        return [None if gone else str(cell) for gone, cell in zip(absent, cells, strict=True)]

    def _parsed(self, name: str) -> tuple[str, list[int]]:
        kind, *parts = name.split("/")
        limits = _LIMITS.get(kind)
        if limits is None or len(parts) != len(limits):
            raise _no_column(name)
        sizes = {"output": self.local.num_outputs, "feature": self.local.num_features}
        places = [
            int(part) if part.isascii() and part.isdecimal() and len(part) < 8 else -1
            for part in parts
        ]
        if not all(0 <= at < sizes[limit] for at, limit in zip(places, limits, strict=True)):
            raise _no_column(name)
        return kind, places


_LIMITS: Final[dict[str, tuple[str, ...]]] = {
    "prediction": ("output",),
    "base": ("output",),
    "contribution": ("output", "feature"),
    "std_error": ("output", "feature"),
    "value": ("feature",),
    "levels": ("feature",),
}


def _no_column(name: str) -> InvalidInputError:
    return InvalidInputError(f"this dashboard holds no {name[:60]!r}")
