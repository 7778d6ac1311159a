"""polars data frames, with the types of their columns."""

from typing import Any

import polars as pl

from pellucid.explanation.rows.columns import (
    Arrays,
    Description,
    decode_missing,
    decode_texts,
    encode_missing,
    encode_texts,
    pick,
    put,
    refuse,
)

_NUMBERS = {
    str(dtype): dtype
    for dtype in (
        pl.Boolean(),
        pl.Int8(),
        pl.Int16(),
        pl.Int32(),
        pl.Int64(),
        pl.UInt8(),
        pl.UInt16(),
        pl.UInt32(),
        pl.UInt64(),
        pl.Float32(),
        pl.Float64(),
    )
}
_NANOSECONDS_A_DAY = 86_400 * 10**9


def encode(data: Any, arrays: Arrays) -> Description:
    """Add a data frame; a lazy one is stored as what it evaluates to."""
    frame = data.collect() if isinstance(data, pl.LazyFrame) else data
    return {
        "names": frame.columns,
        "columns": [_encode_series(series, arrays) for series in frame.iter_columns()],
    }


def decode(description: Description, arrays: Arrays) -> Any:
    """Return the data frame."""
    described = zip(description["names"], description["columns"], strict=True)
    try:
        return pl.DataFrame(
            [_decode_series(str(name), column, arrays) for name, column in described]
        )
    except pl.exceptions.PolarsError as error:
        raise ValueError(str(error)) from error


def _encode_series(series: pl.Series, arrays: Arrays) -> Description:
    dtype = series.dtype
    if isinstance(dtype, pl.Null):
        return {"type": "Null", "missing": put(arrays, "missing", series.is_null().to_numpy())}
    if isinstance(dtype, (pl.String, pl.Categorical, pl.Enum)):
        kind = type(dtype).__name__
        texts = encode_texts(arrays, series.cast(pl.String).to_list())
        entries = list(dtype.categories) if isinstance(dtype, pl.Enum) else None
        return {"type": kind, "texts": texts, "entries": entries}
    missing = series.is_null().to_numpy()
    encoded: Description = {"type": str(dtype)}
    if isinstance(dtype, pl.Datetime):
        encoded = {"type": "Datetime", "unit": dtype.time_unit, "zone": dtype.time_zone}
    elif isinstance(dtype, pl.Duration):
        encoded = {"type": "Duration", "unit": dtype.time_unit}
    elif not isinstance(dtype, (pl.Date, pl.Time)) and str(dtype) not in _NUMBERS:
        refuse(series.name, f"values of type {dtype}")
    physical = series.to_physical()
    zero = pl.Series([0]).cast(physical.dtype)
    return {
        **encoded,
        "values": put(arrays, "values", physical.fill_null(zero[0]).to_numpy()),
        "missing": encode_missing(arrays, missing),
    }


def _decode_series(name: str, description: Description, arrays: Arrays) -> pl.Series:
    kind = description["type"]
    if kind == "Null":
        missing = pick(arrays, description["missing"], "b")
        return pl.Series(name, [None] * len(missing), dtype=pl.Null)
    if kind in {"String", "Categorical", "Enum"}:
        texts = decode_texts(arrays, description["texts"])
        return pl.Series(name, texts, dtype=pl.String).cast(_text_type(description))
    values = pl.Series(name, pick(arrays, description["values"], "biuf"))
    missing = decode_missing(arrays, description["missing"], len(values))
    if kind == "Time" and not values.is_between(0, _NANOSECONDS_A_DAY, closed="left").all():
        raise ValueError("a time is beyond the day")
    present = pl.Series(~missing)
    masked = values.to_frame().select(pl.when(present).then(pl.col(name))).to_series()
    return masked.cast(_value_type(description))


def _text_type(description: Description) -> Any:
    if description["type"] == "Enum":
        return pl.Enum(description["entries"])
    return {"String": pl.String(), "Categorical": pl.Categorical()}[description["type"]]


def _value_type(description: Description) -> Any:
    kind = description["type"]
    if kind == "Datetime":
        return pl.Datetime(description["unit"], description["zone"])
    if kind == "Duration":
        return pl.Duration(description["unit"])
    return {"Date": pl.Date(), "Time": pl.Time(), **_NUMBERS}[kind]
