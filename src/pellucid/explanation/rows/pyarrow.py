"""pyarrow tables, with the types and nullability of their fields."""

from typing import Any

import numpy as np
import pyarrow as pa

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
    "bool": pa.bool_(),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint8": pa.uint8(),
    "uint16": pa.uint16(),
    "uint32": pa.uint32(),
    "uint64": pa.uint64(),
    "halffloat": pa.float16(),
    "float": pa.float32(),
    "double": pa.float64(),
}
_TEXTS = {"string": pa.string(), "large_string": pa.large_string()}
_TIMES = {
    "date32[day]": (pa.date32(), pa.int32()),
    "date64[ms]": (pa.date64(), pa.int64()),
    "time32[s]": (pa.time32("s"), pa.int32()),
    "time32[ms]": (pa.time32("ms"), pa.int32()),
    "time64[us]": (pa.time64("us"), pa.int64()),
    "time64[ns]": (pa.time64("ns"), pa.int64()),
    **{f"duration[{unit}]": (pa.duration(unit), pa.int64()) for unit in ("s", "ms", "us", "ns")},
}


def encode(data: Any, arrays: Arrays) -> Description:
    """Add a table; a record batch is stored as the table of it alone."""
    table = pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else data
    return {
        "names": list(table.column_names),
        "nullable": [field.nullable for field in table.schema],
        "columns": [
            encode_column(table.column(j).combine_chunks(), name, arrays)
            for j, name in enumerate(table.column_names)
        ],
    }


def decode(description: Description, arrays: Arrays) -> Any:
    """Return the table."""
    columns = [decode_column(column, arrays) for column in description["columns"]]
    described = zip(description["names"], columns, description["nullable"], strict=True)
    fields = [pa.field(name, column.type, nullable=ok) for name, column, ok in described]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def encode_column(column: Any, name: Any, arrays: Arrays) -> Description:
    """Add one array, without chunks."""
    kind = str(column.type)
    if pa.types.is_dictionary(column.type):
        return {
            "type": "dictionary",
            "codes": encode_column(column.indices, name, arrays),
            "entries": encode_column(column.dictionary, name, arrays),
            "ordered": column.type.ordered,
        }
    if pa.types.is_null(column.type):
        return {"type": "null", "missing": put(arrays, "missing", np.ones(len(column), np.bool_))}
    if kind in _TEXTS:
        return {"type": kind, "texts": encode_texts(arrays, column.to_pylist())}
    missing = np.asarray(column.is_null())
    encoded: Description = {"type": kind}
    if pa.types.is_timestamp(column.type):
        encoded = {"type": "timestamp", "unit": column.type.unit, "zone": column.type.tz}
        column = column.cast(pa.int64())
    elif kind in _TIMES:
        column = column.cast(_TIMES[kind][1])
    elif kind not in _NUMBERS:
        refuse(name, f"values of type {kind}")
    filled = column.fill_null(pa.scalar(0).cast(column.type))
    values = filled.to_numpy(zero_copy_only=False)
    return {
        **encoded,
        "values": put(arrays, "values", values),
        "missing": encode_missing(arrays, missing),
    }


def decode_column(description: Description, arrays: Arrays) -> Any:
    """Return one array."""
    kind = description["type"]
    if kind == "dictionary":
        return pa.DictionaryArray.from_arrays(
            decode_column(description["codes"], arrays),
            decode_column(description["entries"], arrays),
            ordered=bool(description["ordered"]),
        )
    if kind == "null":
        return pa.nulls(len(pick(arrays, description["missing"], "b")))
    if kind in _TEXTS:
        return pa.array(decode_texts(arrays, description["texts"]), type=_TEXTS[kind])
    if kind == "timestamp":
        wanted, stored = pa.timestamp(description["unit"], description["zone"]), pa.int64()
    elif kind in _TIMES:
        wanted, stored = _TIMES[kind]
    elif kind in _NUMBERS:
        wanted = stored = _NUMBERS[kind]
    else:
        raise ValueError(f"columns of {kind!r} are not known")
    values = pick(arrays, description["values"], "biuf")
    missing = decode_missing(arrays, description["missing"], len(values))
    column = pa.array(values, type=stored, mask=missing)
    return column if wanted == stored else column.cast(wanted)
