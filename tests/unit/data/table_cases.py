"""The same kind of rows in every container: name, rows, what their cells should read as."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import scipy.sparse as sp

NAN = float("nan")


@dataclass(frozen=True)
class Case:
    """Rows in a container, and its cells, a list per row, missing ones as None."""

    native: Any
    cells: list[list[Any]]
    features: tuple[str, ...] | None = None
    numeric: bool = True


NUMBERS = [[1.0, 0.0, -2.5], [0.0, 3.0, 4.0], [1.0, 0.0, -2.5], [7.0, 8.0, 0.0]]
GAPS = [[1.0, None, -2.5], [None, 3.0, 4.0], [1.0, None, -2.5], [7.0, 8.0, 0.0]]
COUNTS = [[1, 0], [2, 5], [1, 0], [9, 9]]
MIXED = [[39, "State", 1.5], [50, None, None], [39, "State", 1.5], [28, "Private", 0.0]]
DAYS = [np.datetime64("2020-01-01"), None, np.datetime64("2020-01-01"), np.datetime64("2021-06-30")]
NAMES = ("age", "work", "gain")


def with_nan(cells):
    return [[NAN if cell is None else cell for cell in row] for row in cells]


def frame(**columns):
    return pd.DataFrame(columns)


def mixed_columns():
    age, work, gain = ([row[j] for row in MIXED] for j in range(3))
    return {"age": age, "work": work, "gain": gain}


def pandas_typed():
    """Every column type of pandas that models meet."""
    days = pd.to_datetime(["2020-01-01", None, "2020-01-01", "2021-06-30"])
    return pd.DataFrame(
        {
            "category": pd.Categorical(["b", None, "b", "a"], categories=["b", "a", "c"]),
            "ordered": pd.Categorical(["lo", "hi", "lo", "hi"], ["lo", "hi"], ordered=True),
            "code": pd.Categorical([3, 1, 3, 1]),
            "str": pd.Series(["x", None, "x", "y"], dtype="str"),
            "string": pd.Series(["x", None, "x", "y"], dtype="string"),
            "object": pd.Series(["x", None, "x", 4], dtype="object"),
            "Int64": pd.array([1, None, 1, 2**60], dtype="Int64"),
            "Float64": pd.array([1.5, None, 1.5, 2.5], dtype="Float64"),
            "boolean": pd.array([True, None, True, False], dtype="boolean"),
            "bool": [True, False, True, False],
            "int8": np.array([1, 2, 1, 3], dtype=np.int8),
            "float32": np.array([0.1, NAN, 0.1, 2.0], dtype=np.float32),
            "datetime": days,
            "arrow": pd.array([1, None, 1, 2], dtype="int64[pyarrow]"),
        }
    )


def polars_typed():
    """Every column type of polars that models meet."""
    return pl.DataFrame(
        {
            "category": pl.Series(["b", None, "b", "a"], dtype=pl.Categorical),
            "enum": pl.Series(["lo", "hi", "lo", None], dtype=pl.Enum(["lo", "hi"])),
            "str": ["x", None, "x", "y"],
            "int": [1, None, 1, 2**60],
            "float32": pl.Series([0.5, None, 0.5, NAN], dtype=pl.Float32),
            "bool": [True, None, True, False],
            "datetime": pl.Series([None if day is None else day.item() for day in DAYS]).cast(
                pl.Datetime
            ),
            "date": pl.Series([None if day is None else day.item() for day in DAYS]),
            "empty": [None] * 4,
        }
    )


def cells_of(columns):
    return [list(row) for row in zip(*columns, strict=True)]


PANDAS_CELLS = cells_of(
    [
        ["b", None, "b", "a"],
        ["lo", "hi", "lo", "hi"],
        [3, 1, 3, 1],
        ["x", None, "x", "y"],
        ["x", None, "x", "y"],
        ["x", None, "x", 4],
        [1, None, 1, 2**60],
        [1.5, None, 1.5, 2.5],
        [True, None, True, False],
        [True, False, True, False],
        [1, 2, 1, 3],
        [np.float32(0.1), None, np.float32(0.1), 2.0],
        DAYS,
        [1, None, 1, 2],
    ]
)
POLARS_CELLS = cells_of(
    [
        ["b", None, "b", "a"],
        ["lo", "hi", "lo", None],
        ["x", None, "x", "y"],
        [1, None, 1, 2**60],
        [0.5, None, 0.5, None],
        [True, None, True, False],
        DAYS,
        DAYS,
        [None] * 4,
    ]
)

CASES = {
    "float64": Case(np.array(NUMBERS), NUMBERS),
    "float32": Case(np.array(NUMBERS, dtype=np.float32), NUMBERS),
    "int": Case(np.array(COUNTS), COUNTS),
    "uint8": Case(np.array(COUNTS, dtype=np.uint8), COUNTS),
    "bool": Case(np.array(COUNTS) > 1, [[c > 1 for c in row] for row in COUNTS]),
    "NaN": Case(np.array(with_nan(GAPS)), GAPS),
    "object": Case(np.array(GAPS, dtype=object), GAPS),
    "strings": Case(np.array([["a", "b"]] * 4), [["a", "b"]] * 4, numeric=False),
    "mixed object": Case(np.array(MIXED, dtype=object), MIXED, numeric=False),
    "dates": Case(
        np.array([[day] for day in DAYS], dtype="M8[D]"), [[d] for d in DAYS], None, False
    ),
    "masked": Case(np.ma.masked_equal(np.array(COUNTS), 9), [*COUNTS[:3], [None, None]]),
    "Fortran order": Case(np.asfortranarray(NUMBERS), NUMBERS),
    "big endian": Case(np.array(NUMBERS, dtype=">f8"), NUMBERS),
    "list": Case(NUMBERS, NUMBERS),
    "tuple of lists": Case(tuple(COUNTS), COUNTS),
    "list of arrays": Case([np.array(row) for row in NUMBERS], NUMBERS),
    "mixed list": Case(MIXED, MIXED, numeric=False),
    "csr_matrix": Case(sp.csr_matrix(NUMBERS), NUMBERS),
    "csr_array": Case(sp.csr_array(NUMBERS), NUMBERS),
    "csc_matrix": Case(sp.csc_matrix(NUMBERS), NUMBERS),
    "csc_array": Case(sp.csc_array(np.array(COUNTS, dtype=np.int32)), COUNTS),
    "coo_matrix": Case(sp.coo_matrix(NUMBERS), NUMBERS),
    "coo_array": Case(sp.coo_array(np.array(NUMBERS, dtype=np.float32)), NUMBERS),
    "sparse NaN": Case(sp.csr_matrix(np.array(with_nan(GAPS))), GAPS),
    "pandas": Case(pd.DataFrame(mixed_columns()), MIXED, NAMES, numeric=False),
    "pandas numbers": Case(pd.DataFrame(NUMBERS, columns=NAMES), NUMBERS, NAMES),
    "pandas labels": Case(pd.DataFrame(NUMBERS, columns=NAMES, index=list("zaza")), NUMBERS, NAMES),
    "pandas nullable": Case(pd.DataFrame(GAPS, columns=NAMES).convert_dtypes(), GAPS, NAMES),
    "pandas typed": Case(
        pandas_typed(), PANDAS_CELLS, tuple(pandas_typed().columns), numeric=False
    ),
    "pandas unnamed": Case(pd.DataFrame(NUMBERS), NUMBERS),
    "pandas sparse": Case(
        pd.DataFrame.sparse.from_spmatrix(sp.csr_matrix(NUMBERS), columns=NAMES), NUMBERS, NAMES
    ),
    "polars": Case(pl.DataFrame(mixed_columns()), MIXED, NAMES, numeric=False),
    "polars lazy": Case(pl.LazyFrame(mixed_columns()), MIXED, NAMES, numeric=False),
    "polars typed": Case(
        polars_typed(), POLARS_CELLS, tuple(polars_typed().columns), numeric=False
    ),
    "pyarrow": Case(pa.table(mixed_columns()), MIXED, NAMES, numeric=False),
    "pyarrow batch": Case(pa.record_batch(mixed_columns()), MIXED, NAMES, numeric=False),
    "pyarrow typed": Case(
        polars_typed().to_arrow(), POLARS_CELLS, tuple(polars_typed().columns), numeric=False
    ),
}
