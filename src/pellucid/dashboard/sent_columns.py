"""Columns of the rows of a result by their names in the protocol, made when they are asked for."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers
from pellucid.dashboard.aggregates import Shades, column_shades
from pellucid.dashboard.chunks import encode, encode_rounded, encode_texts
from pellucid.dashboard.columns import as_codes, ticks_of
from pellucid.dashboard.labels import Labels, errors_of, predicted_classes
from pellucid.dashboard.protocol import Feature
from pellucid.data.cells import as_numbers, missing_mask
from pellucid.explanation.given_rows import FeatureColumns
from pellucid.explanation.local import Explanation

_KEPT: Final = 16
_UNITS: Final = {"M8[D]": 86_400_000_000, "M8[m]": 60_000_000, "M8[s]": 1_000_000}
"""In which all dates of a column are written, if none of them needs a finer one; in microseconds."""
OUTCOMES: Final = ("wrong", "right")
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
    names : sequence
        What the rows are called.
    truth : Labels, optional
        What is true of the rows.
    """

    def __init__(
        self,
        local: Explanation,
        columns: FeatureColumns | None,
        features: Sequence[Feature],
        names: Sequence[Any],
        truth: Labels | None = None,
    ) -> None:
        self.local, self.columns, self.features, self.truth = local, columns, features, truth
        self.labels = names
        self.last_order: tuple[str, Integers] = ("", np.arange(0))
        self.coded = lru_cache(maxsize=_KEPT)(self._coded)
        self._unit_of_dates = lru_cache(maxsize=_KEPT)(self._find_unit_of_dates)

    @cached_property
    def shades(self) -> Shades | None:
        """Where the values of each row lie between low and high ones; None if no values are known."""
        return column_shades(self.columns)

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
            return self._values(places[0])
        if self.truth is None:
            raise _no_column(name)
        return self._of_truth(name, self.truth)

    def floats(self, name: str) -> Floats:
        """Return a column as numbers, codes of missing categories as NaN.

        Raises
        ------
        InvalidInputError
            There is no such column.
        """
        found, levels = self.numbers(name), self.levels(name)
        if levels is None:
            return found.astype(np.float64, copy=False)
        return np.where(found < len(levels), found, np.nan)

    def is_date(self, name: str) -> bool:
        """Return whether a column is of dates, as microseconds."""
        kind, places = self._parsed(name)
        return kind == "value" and self.features[places[0]]["kind"] == "date"

    def written(self, name: str, numbers: Floats) -> list[float | str | None]:
        """Return numbers in the units of a column, those of dates as people write them."""
        if not self.is_date(name):
            return [None if np.isnan(number) else number for number in numbers.tolist()]
        moments = numbers.astype("M8[us]").astype(self._unit_of_dates(self._parsed(name)[1][0]))
        return [None if np.isnat(cell) else str(cell).replace("T", " ") for cell in moments]

    def at(self, rows: Integers) -> "SentColumns":
        """Return the same columns of some rows."""
        return self._of_rows(rows, None if self.columns is None else self.columns.take(rows))

    def _of_truth(self, name: str, truth: Labels) -> npt.NDArray[Any]:
        kind, places = self._parsed(name)
        of_classes = truth.kind == "classes"
        if kind == "error":
            return errors_of(self.local, truth, places[0])
        if kind == "truth" and places[0] < truth.numbers.shape[1]:
            numbers = truth.numbers[:, places[0]]
            return numbers.astype(np.int32) if of_classes else numbers
        if kind in {"predicted", "outcome"} and of_classes:
            predicted = predicted_classes(self.local).astype(np.int32)
            return predicted if kind == "predicted" else predicted == truth.numbers[:, 0]
        raise _no_column(name)

    def levels(self, name: str) -> Sequence[str] | None:
        """Return what the codes of a column stand for, if they are codes; a code beyond is missing."""
        kind, places = self._parsed(name)
        if kind == "value" and self.features[places[0]]["kind"] == "category":
            return self.coded(places[0])[1]
        if kind == "predicted" or (kind == "truth" and self.local.task == "classification"):
            return self.local.classes
        return OUTCOMES if kind == "outcome" else None

    def _values(self, feature: int) -> npt.NDArray[Any]:
        kind, name = self.features[feature]["kind"], self.features[feature]["name"]
        if kind == "category":
            return self.coded(feature)[0]
        column = self._column(feature)
        return ticks_of(column) if kind == "date" else as_numbers(column, name)

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
        return self.cells_of([f"value/{j}" for j in range(len(self.features))], rows)

    def cells_of(self, names: Sequence[str], rows: Sequence[int]) -> list[list[float | str | None]]:
        """Return what some rows have in some columns, and None where it is missing or not known.

        Raises
        ------
        InvalidInputError
            There is no such column.
        """
        if not rows:
            return []
        places = np.array(rows, dtype=np.int64)
        values = None if self.columns is None else self.columns.take(places)
        own = {name: self._parsed(name) for name in names}
        derived = (
            self._of_rows(places) if any(kind != "value" for kind, _ in own.values()) else self
        )
        found = []
        for name, (kind, numbers) in own.items():
            if kind != "value":
                found.append(derived.named(name))
            elif values is None:
                found.append([None] * len(rows))
            else:
                found.append(self._cells(values, numbers[0], rows))
        return [list(line) for line in zip(*found, strict=True)] or [[] for _ in rows]

    def _of_rows(self, places: Integers, columns: FeatureColumns | None = None) -> "SentColumns":
        """Return what follows from some rows alone, which values of features do not, unless given."""
        truth = None if self.truth is None else self.truth.take(places)
        names = [self.labels[place] for place in places.tolist()]
        return SentColumns(self.local[places], columns, self.features, names, truth)

    def named(self, name: str) -> list[float | str | None]:
        """Return a column as its numbers, or as the levels that they stand for."""
        column, levels = self.numbers(name).tolist(), self.levels(name)
        if levels is None:
            return [None if np.isnan(number) else number for number in column]
        return [levels[int(code)] for code in column]

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
        if told["kind"] == "date":
            return self.written(f"value/{feature}", ticks_of(column))
        cells = column.tolist()
        return [None if gone else str(cell) for gone, cell in zip(absent, cells, strict=True)]

    def _find_unit_of_dates(self, feature: int) -> str:
        """Return the unit in which all dates of a column are written: days, unless one has a time."""
        ticks = ticks_of(self._column(feature))
        ticks = ticks[~np.isnan(ticks)]
        return next((unit for unit, size in _UNITS.items() if not (ticks % size).any()), "M8[ms]")

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
    "truth": ("output",),
    "error": ("output",),
    "predicted": (),
    "outcome": (),
}


def _no_column(name: str) -> InvalidInputError:
    return InvalidInputError(f"this dashboard holds no {name[:60]!r}")
