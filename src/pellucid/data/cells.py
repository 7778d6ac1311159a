"""Cells as arrays: which are missing, which are numbers, and words by which to compare rows."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError
from pellucid._core.randomness import fingerprint
from pellucid._core.typing import Booleans, Floats

Words = npt.NDArray[np.uint64]


def missing_mask(values: npt.NDArray[Any]) -> Booleans:
    """Return which cells of an array are missing: NaN, NaT, None and pandas' NA.

    Examples
    --------
    >>> missing_mask(np.array([1, None, "red", float("nan")], dtype=object))
    array([False,  True, False,  True])
    """
    kind = values.dtype.kind
    if kind in "fcmM":
        return np.asarray(np.isnat(values) if kind in "mM" else np.isnan(values))
    if kind != "O":
        return np.zeros(values.shape, dtype=np.bool_)
    from pandas import isna  # noqa: PLC0415 - costs 0.3 s, and numeric arrays need none of it

    return np.asarray(isna(values), dtype=np.bool_)


def as_objects(cells: Sequence[Any]) -> npt.NDArray[Any]:
    """Return cells as a one-dimensional array of Python objects, missing ones as None.

    Examples
    --------
    >>> as_objects(["red", float("nan")])
    array(['red', None], dtype=object)
    """
    values = np.fromiter(cells, dtype=object, count=len(cells))
    values[missing_mask(values)] = None
    return values


def as_numbers(values: npt.NDArray[Any], feature: str) -> Floats:
    """Return a column as float64, missing cells as NaN, or say what in it is no number.

    Strings are no numbers, even if they read like one; nor are dates and durations.

    Examples
    --------
    >>> as_numbers(np.array([1, "red"], dtype=object), "color")
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: column 'color' holds 'red' where numbers are needed
    """
    if values.dtype.kind in "fiub":
        return values.astype(np.float64)
    absent = missing_mask(values)
    present = values[~absent]
    for cell in present:
        if not _is_number(cell):
            shown = str(cell) if isinstance(cell, np.str_) else cell
            raise InvalidInputError(f"column {feature!r} holds {shown!r} where numbers are needed")
    numbers = np.full(values.shape, np.nan)
    numbers[~absent] = present.astype(np.float64)
    return numbers


def holds_numbers(values: npt.NDArray[Any]) -> bool:
    """Return whether all present cells are numbers, in whatever array they are."""
    if values.dtype.kind != "O":
        return values.dtype.kind in "fiub"
    return all(_is_number(cell) for cell in values[~missing_mask(values)])


def as_shades(values: npt.NDArray[Any]) -> Floats:
    """Place each value of a column between its low (0) and high (1) values.

    The 5th and 95th percentile stand for low and high, so that one outlier does not take the
    contrast from all others. Missing values, and columns that hold neither numbers nor dates, give
    NaN.

    Examples
    --------
    >>> as_shades(np.array([0.0, 5.0, 10.0]))
    array([0. , 0.5, 1. ])
    >>> as_shades(np.array(["red", "blue"], dtype=object))
    array([nan, nan])
    """
    ticks = date_ticks(values)
    if ticks is None and not holds_numbers(values):
        return np.full(len(values), np.nan)
    column = as_numbers(values, "") if ticks is None else ticks
    known = column[np.isfinite(column)]
    if not len(known):
        return np.full(len(column), np.nan)
    low, high = np.percentile(known, [5, 95])
    if high <= low:
        low, high = known.min(), known.max()
    spread = high - low
    shades = (column - low) / spread if spread > 0 else np.full(len(column), 0.5)
    return np.where(np.isfinite(column), np.clip(shades, 0.0, 1.0), np.nan)


def as_ticks(values: npt.NDArray[Any]) -> Floats:
    """Return dates or durations as microseconds, missing ones as NaN.

    Examples
    --------
    >>> as_ticks(np.array(["1970-01-02", "NaT"], dtype="datetime64[D]"))
    array([8.64e+10,      nan])
    """
    moments = values.astype(f"{values.dtype.kind}8[us]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64).astype(np.float64))


def date_ticks(values: npt.NDArray[Any]) -> Floats | None:
    """Return a column of dates or times as microseconds since 1970; None if it is none.

    Missing ones are NaN. Times are exact to the microsecond for 285 years to both sides of 1970.

    Examples
    --------
    >>> from datetime import date
    >>> date_ticks(np.array([date(1970, 1, 2), None], dtype=object))
    array([8.64e+10,      nan])
    >>> date_ticks(np.array(["1970-01-02"], dtype=object)) is None
    True
    """
    if values.dtype.kind == "M":
        return as_ticks(values)
    if values.dtype.kind != "O":
        return None
    absent = missing_mask(values)
    present = values[~absent].tolist()
    if not present or not all(isinstance(cell, date) for cell in present):
        return None
    moments = np.full(values.shape, np.datetime64("NaT"), dtype="M8[us]")
    moments[~absent] = [_local(cell) for cell in present]
    return as_ticks(moments)


def _local(moment: date) -> np.datetime64:
    """Return a date or time as its own clock shows it."""
    if isinstance(moment, datetime):
        moment = moment.replace(tzinfo=None)
    return np.datetime64(moment, "us")


def as_words(values: npt.NDArray[Any]) -> Words:
    """Return 64 bits for each cell that depend on its content alone.

    Equal numbers have equal words in whatever type they come (whole numbers beyond 2**53 count as
    the nearest float64), all missing cells have the same word, and strings have a fingerprint.

    Examples
    --------
    >>> as_words(np.array([1.0, 2.0])) == as_words(np.array([1, "2"], dtype=object))
    array([ True, False])
    """
    if values.dtype.kind in "fiub":
        return _number_words(values)
    if values.dtype.kind in "mM":
        return _number_words(as_ticks(values))
    words = np.empty(values.shape, dtype=np.uint64)
    known: dict[str, int] = {}
    absent = missing_mask(values)
    words[absent] = _number_words(np.array([np.nan]))[0]
    words[~absent] = [_word(cell, known) for cell in values[~absent].tolist()]
    return words


def _number_words(values: npt.NDArray[Any]) -> Words:
    numbers = values.astype(np.float64) + 0.0  # the sum turns -0.0 into 0.0
    numbers[np.isnan(numbers)] = np.nan  # and a NaN may have other bits
    return numbers.view(np.uint64)


def _word(cell: Any, known: dict[str, int]) -> int:
    if isinstance(cell, str):
        if cell not in known:
            known[cell] = fingerprint([cell.encode()])
        return known[cell]
    if _is_number(cell):
        return int(_number_words(np.array([float(cell)]))[0])
    return fingerprint([repr(cell).encode()])


def row_fingerprints(words: Words) -> list[int]:
    """Return a key of 63 bits for each row of words (n, d), of its cells other than zero.

    A sparse matrix has the same keys as a dense one.
    """
    keys = []
    for row in words:
        columns = np.flatnonzero(row)
        keys.append(fingerprint([columns.astype(np.int64).tobytes(), row[columns].tobytes()]))
    return keys


def _is_number(cell: Any) -> bool:
    # To NumPy a duration is an integer; but of what unit?
    is_duration = isinstance(cell, np.timedelta64)
    return isinstance(cell, (Real, Decimal, np.bool_)) and not is_duration
