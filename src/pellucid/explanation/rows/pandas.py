"""pandas: data frames and single rows, with index, categories and nullable columns as they were."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from pellucid._core.errors import StorageError
from pellucid.explanation.rows.columns import (
    Arrays,
    Description,
    decode_cells,
    decode_missing,
    decode_texts,
    encode_cells,
    encode_missing,
    encode_texts,
    objects,
    pick,
    put,
    refuse,
)
from pellucid.explanation.rows.numpy import decode_times, encode_times

Encoder: TypeAlias = Callable[[Any, Any, Arrays], Description]
Decoder: TypeAlias = Callable[[Description, Arrays], Any]

_NULLABLE = {
    f"{prefix}{bits}": np.dtype(f"{prefix}{bits}".lower())
    for prefix, widths in (("Int", (8, 16, 32, 64)), ("UInt", (8, 16, 32, 64)), ("Float", (32, 64)))
    for bits in widths
} | {"boolean": np.dtype(np.bool_)}


def encode(data: Any, arrays: Arrays) -> Description:
    """Add a data frame or a Series."""
    if isinstance(data, pd.Series):
        return {
            "container": "Series",
            "name": _checked_name(data.name),
            "index": _encode_index(data.index, arrays),
            "cells": _encode_values(data.array, "of the row", arrays),
        }
    return {
        "container": "DataFrame",
        "labels": _encode_index(data.columns, arrays),
        "index": _encode_index(data.index, arrays),
        "columns": [
            _encode_values(data.iloc[:, j].array, label, arrays)
            for j, label in enumerate(data.columns)
        ],
    }


def decode(description: Description, arrays: Arrays) -> Any:
    """Return the data frame or the Series."""
    index = _decode_index(description["index"], arrays)
    if description["container"] == "Series":
        cells = _decode_values(description["cells"], arrays)
        return pd.Series(cells, index=index, name=description["name"], dtype=cells.dtype)
    columns = [_decode_values(column, arrays) for column in description["columns"]]
    frame = pd.DataFrame(
        {j: pd.Series(cells, index=index, dtype=cells.dtype) for j, cells in enumerate(columns)},
        index=index,
    )
    frame.columns = _decode_index(description["labels"], arrays)
    return frame


def _checked_name(name: Any) -> Any:
    plain = name.item() if isinstance(name, np.generic) else name
    if plain is None or isinstance(plain, (str, int, float)):
        return plain
    raise StorageError(
        f"the data has an index or row named {name!r}, which cannot be stored; rename it, or save "
        "with include_data=False"
    )


def _encode_index(index: "pd.Index[Any]", arrays: Arrays) -> Description:
    if isinstance(index, pd.MultiIndex):
        raise StorageError(
            "the data has an index of several levels, which cannot be stored; reset it, or save "
            "with include_data=False"
        )
    name = _checked_name(index.name)
    if isinstance(index, pd.RangeIndex):
        return {"range": [index.start, index.stop, index.step], "name": name}
    return {"range": None, "values": _encode_values(index.array, "(index)", arrays), "name": name}


def _decode_index(description: Description, arrays: Arrays) -> Any:
    if description["range"] is not None:
        start, stop, step = description["range"]
        return pd.RangeIndex(start, stop, step, name=description["name"])
    values = _decode_values(description["values"], arrays)
    return pd.Index(values, dtype=values.dtype, name=description["name"])


def _encode_values(values: Any, name: Any, arrays: Arrays) -> Description:
    if type(values) is pd.arrays.NumpyExtensionArray:  # a subclass of it holds text
        values = values.to_numpy()
    dtype = values.dtype
    if isinstance(dtype, np.dtype):
        kind, encoder = _numpy_encoder(dtype)
    elif dtype.name in _NULLABLE:
        kind, encoder = "nullable", _encode_nullable
    else:
        kind, encoder = _ENCODERS.get(type(dtype), ("", None))
    if encoder is None:
        refuse(name, f"values of type {dtype}")
    return {"type": kind, **encoder(values, name, arrays)}


def _decode_values(description: Description, arrays: Arrays) -> Any:
    """Return a column's values: an array of NumPy's or of pandas'."""
    return _DECODERS[description["type"]](description, arrays)


def _numpy_encoder(dtype: np.dtype[Any]) -> tuple[str, Encoder | None]:
    if dtype.kind in "biuf":
        return "plain", _encode_plain
    if dtype.kind in "mM":
        return "time", _encode_time
    return ("objects", _encode_objects) if dtype.kind == "O" else ("", None)


def _encode_plain(values: Any, _: Any, arrays: Arrays) -> Description:
    return {"values": put(arrays, "values", np.asarray(values))}


def _decode_plain(description: Description, arrays: Arrays) -> Any:
    return pick(arrays, description["values"], "biuf")


def _encode_time(values: Any, _: Any, arrays: Arrays) -> Description:
    return encode_times(arrays, np.asarray(values))


def _decode_time(description: Description, arrays: Arrays) -> Any:
    return decode_times(arrays, description)


def _encode_objects(values: Any, name: Any, arrays: Arrays) -> Description:
    return encode_cells(arrays, np.asarray(values).tolist(), name)


def _decode_objects(description: Description, arrays: Arrays) -> Any:
    return objects(decode_cells(arrays, description))


def _encode_category(values: Any, name: Any, arrays: Arrays) -> Description:
    return {
        "codes": put(arrays, "codes", np.asarray(values.codes)),
        "categories": _encode_values(values.dtype.categories.array, name, arrays),
        "ordered": bool(values.dtype.ordered),
    }


def _decode_category(description: Description, arrays: Arrays) -> Any:
    values = _decode_values(description["categories"], arrays)
    categories = pd.Index(values, dtype=values.dtype)
    dtype = pd.CategoricalDtype(categories, ordered=bool(description["ordered"]))
    return pd.Categorical.from_codes(pick(arrays, description["codes"], "i"), dtype=dtype)


def _encode_string(values: Any, _: Any, arrays: Arrays) -> Description:
    cells = zip(values.astype(object), values.isna(), strict=True)
    return {
        "storage": values.dtype.storage,
        "missing_value": "NA" if values.dtype.na_value is pd.NA else "nan",
        "texts": encode_texts(arrays, [None if missing else text for text, missing in cells]),
    }


def _decode_string(description: Description, arrays: Arrays) -> Any:
    storage = description["storage"]
    if description["missing_value"] == "NA":
        dtype = pd.StringDtype(storage)
    else:
        dtype = pd.StringDtype(storage, na_value=np.nan)
    return pd.array(objects(decode_texts(arrays, description["texts"])), dtype=dtype)


def _encode_zoned(values: Any, name: Any, arrays: Arrays) -> Description:
    zone = str(values.dtype.tz)
    if pd.DatetimeTZDtype(values.dtype.unit, zone) != values.dtype:
        refuse(name, f"times of zone {values.dtype.tz!r}")
    utc = np.asarray(values.tz_convert("UTC").tz_localize(None))
    return {"zone": zone, **encode_times(arrays, utc)}


def _decode_zoned(description: Description, arrays: Arrays) -> Any:
    utc = pd.array(decode_times(arrays, description)).tz_localize("UTC")
    return utc.tz_convert(description["zone"])


def _encode_nullable(values: Any, _: Any, arrays: Arrays) -> Description:
    filled = values.to_numpy(dtype=_NULLABLE[values.dtype.name], na_value=0)
    return {
        "dtype": values.dtype.name,
        "values": put(arrays, "values", filled),
        "missing": encode_missing(arrays, np.asarray(values.isna())),
    }


def _decode_nullable(description: Description, arrays: Arrays) -> Any:
    name = description["dtype"]
    values = pick(arrays, description["values"], "biuf")
    if values.dtype != _NULLABLE[name]:
        raise ValueError(f"a nullable column of {name} holds {values.dtype}")
    missing = decode_missing(arrays, description["missing"], len(values)).copy()
    if name == "boolean":
        return pd.arrays.BooleanArray(values, missing)
    if name.startswith("Float"):
        return pd.arrays.FloatingArray(values, missing)
    return pd.arrays.IntegerArray(values, missing)


def _encode_arrow(values: Any, name: Any, arrays: Arrays) -> Description:
    from pellucid.explanation.rows import pyarrow  # noqa: PLC0415 - an optional package

    column = values.__arrow_array__().combine_chunks()
    return {"column": pyarrow.encode_column(column, name, arrays)}


def _decode_arrow(description: Description, arrays: Arrays) -> Any:
    from pellucid.explanation.rows import pyarrow  # noqa: PLC0415 - an optional package

    return pd.arrays.ArrowExtensionArray(pyarrow.decode_column(description["column"], arrays))


_ENCODERS: dict[type, tuple[str, Encoder]] = {
    pd.CategoricalDtype: ("category", _encode_category),
    pd.StringDtype: ("string", _encode_string),
    pd.DatetimeTZDtype: ("zoned time", _encode_zoned),
    pd.ArrowDtype: ("arrow", _encode_arrow),
}
_DECODERS: dict[str, Decoder] = {
    "plain": _decode_plain,
    "time": _decode_time,
    "objects": _decode_objects,
    "category": _decode_category,
    "string": _decode_string,
    "zoned time": _decode_zoned,
    "nullable": _decode_nullable,
    "arrow": _decode_arrow,
}
