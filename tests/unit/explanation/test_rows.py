"""Every container of rows comes back from storage as it was, types included."""

import datetime as dt
import decimal
import sys
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

import pellucid
from pellucid import MissingExtraError, StorageError
from pellucid.explanation.rows import decode_rows, encode_rows

DATES = [dt.date(2020, 2, 29), None, dt.date(1969, 7, 20)]
MOMENTS = [dt.datetime(2020, 2, 29, 12), None, dt.datetime(1969, 7, 20)]  # noqa: DTZ001
SPANS = [dt.timedelta(days=1), None, dt.timedelta(microseconds=-1)]
TIMES = [dt.time(23, 59, 59), None, dt.time(0)]
TEXTS = ["naïve", None, ""]

PANDAS_COLUMNS = {
    "int8": np.array([1, -2, 3], dtype=np.int8),
    "uint64": np.array([1, 2**64 - 1, 3], dtype=np.uint64),
    "float16": np.array([1, np.nan, np.inf], dtype=np.float16),
    "float32": np.array([1, np.nan, -0.0], dtype=np.float32),
    "float64": [0.1, np.nan, -np.inf],
    "bool": [True, False, True],
    "text": TEXTS,
    "nullable text": pd.array(TEXTS, dtype="string"),
    "text in Python": pd.array(TEXTS, dtype=pd.StringDtype("python")),
    "mixed": np.array([1, "x", None], dtype=object),
    "mixed numbers": np.array([True, 2**80, float("nan")], dtype=object),
    "nullable integers": pd.array([1, None, 3], dtype="Int16"),
    "nullable floats": pd.array([1.5, None, 3], dtype="Float32"),
    "nullable booleans": pd.array([True, None, False], dtype="boolean"),
    "categories": pd.Categorical(["b", None, "a"], categories=["b", "a", "unused"]),
    "ordered categories": pd.Categorical([3, 1, None], categories=[3, 2, 1], ordered=True),
    "categories that are dates": pd.Categorical(pd.to_datetime(DATES)),
    "dates": pd.to_datetime(MOMENTS).astype("datetime64[ns]"),
    "dates in seconds": pd.to_datetime(MOMENTS).astype("datetime64[s]"),
    "zoned": pd.to_datetime(MOMENTS).tz_localize("Europe/Berlin"),
    "zoned by an offset": pd.to_datetime(MOMENTS).tz_localize("UTC+01:00"),
    "spans": pd.to_timedelta(SPANS),
    "Arrow integers": pd.array([1, None, 3], dtype="int16[pyarrow]"),
    "Arrow text": pd.array(TEXTS, dtype=pd.ArrowDtype(pa.large_string())),
}
PANDAS_INDEXES = {
    "range": pd.RangeIndex(0, 9, 3, name="step"),
    "integers": pd.Index([5, 3, 5], name=("id")),
    "texts": pd.Index(["x", "y", "z"]),
    "mixed": pd.Index(["x", 1, None], dtype=object),
    "dates": pd.DatetimeIndex(["2020-01-01", "2020-01-02", None]),
    "categories": pd.CategoricalIndex(["a", "b", "a"], name=0),
}
POLARS_COLUMNS = {
    "floats": pl.Series([0.1, None, float("nan")]),
    "float32": pl.Series([0.1, None, float("inf")], dtype=pl.Float32),
    "int8": pl.Series([1, None, -3], dtype=pl.Int8),
    "uint64": pl.Series([1, None, 2**64 - 1], dtype=pl.UInt64),
    "booleans": pl.Series([True, None, False]),
    "texts": pl.Series(TEXTS),
    "categories": pl.Series(["b", None, "a"], dtype=pl.Categorical),
    "enumeration": pl.Series(["b", None, "a"], dtype=pl.Enum(["b", "a", "unused"])),
    "dates": pl.Series(DATES),
    "moments": pl.Series(MOMENTS, dtype=pl.Datetime("ms")),
    "zoned": pl.Series(MOMENTS).dt.replace_time_zone("Europe/Berlin"),
    "spans": pl.Series(SPANS, dtype=pl.Duration("us")),
    "times": pl.Series(TIMES),
    "nothing": pl.Series([None, None, None]),
}
ARROW_COLUMNS = {
    "floats": pa.array([0.1, None, float("nan")]),
    "halves": pa.array([0.5, None, 2.0], pa.float16()),
    "int8": pa.array([1, None, -3], pa.int8()),
    "uint64": pa.array([1, None, 2**64 - 1], pa.uint64()),
    "booleans": pa.array([True, None, False]),
    "texts": pa.array(TEXTS),
    "large texts": pa.array(TEXTS, pa.large_string()),
    "dictionary": pa.array(["b", None, "a"]).dictionary_encode(),
    "ordered dictionary": pa.DictionaryArray.from_arrays(
        pa.array([1, None, 0], pa.int8()), pa.array(["a", "b", "unused"]), ordered=True
    ),
    "dates": pa.array(DATES),
    "dates in ms": pa.array(DATES, pa.date64()),
    "moments": pa.array(MOMENTS, pa.timestamp("ns")),
    "zoned": pa.array(MOMENTS, pa.timestamp("us", "Europe/Berlin")),
    "spans": pa.array(SPANS, pa.duration("us")),
    "times": pa.array(TIMES, pa.time32("s")),
    "nothing": pa.nulls(3),
}
OTHERS = {
    "float32": np.arange(6, dtype=np.float32).reshape(3, 2),
    "big-endian": np.arange(6, dtype=">i4").reshape(3, 2),
    "Fortran order": np.asfortranarray(np.arange(6.0).reshape(3, 2)),
    "booleans": np.array([[True], [False], [True]]),
    "fixed text": np.array([["a", "bc"], ["", "é"], ["x", "y"]]),
    "bytes": np.array([[b"a"], [b"bc"], [b""]]),
    "dates": np.array([["2020-01-01"], ["NaT"], ["1969-07-20"]], dtype="datetime64[D]"),
    "spans": np.array([[1], [2], [3]], dtype="timedelta64[ms]"),
    "objects": np.array([[1, "a"], [None, 2.5], [np.nan, np.float32(2)]], dtype=object),
    "list": [[1, 2.5], [3, 4], [5, 6]],
    "mixed list": [[1, "a"], [None, True], [float("nan"), 2.5]],
    "tuples": ((1, 2), (3, 4), (5, 6)),
    "csr_matrix": sp.csr_matrix([[0, 1.5], [0, 0], [np.nan, 0]], dtype=np.float32),
    "csr_array": sp.csr_array([[0, 1], [0, 0], [2, 0]]),
    "csc_array": sp.csc_array([[0, 1], [0, 0], [2, 0]]),
    "coo_matrix": sp.coo_matrix([[0, 1], [0, 0], [2, 0]]),
    "empty csr": sp.csr_matrix((3, 4)),
}


def restored(data):
    arrays = {}
    description = encode_rows(data, arrays)
    assert all(array.dtype.kind in "biufUS" for array in arrays.values())
    return decode_rows(description, arrays)


@pytest.mark.parametrize("name", PANDAS_COLUMNS)
def test_pandas_columns(name):
    frame = pd.DataFrame({name: PANDAS_COLUMNS[name]})
    pd.testing.assert_frame_equal(restored(frame), frame, check_exact=True)


@pytest.mark.parametrize("name", PANDAS_INDEXES)
def test_pandas_indexes(name):
    frame = pd.DataFrame({"a": [1, 2, 3]}, index=PANDAS_INDEXES[name])
    pd.testing.assert_frame_equal(restored(frame), frame, check_freq=False)


@pytest.mark.parametrize("labels", [[0, 1], ["b", "a"], pd.RangeIndex(5, 7), pd.Index(["x", 2])])
def test_pandas_labels_keep_their_types(labels):
    frame = pd.DataFrame(np.eye(2), columns=labels)
    pd.testing.assert_frame_equal(restored(frame), frame)


def test_a_row_of_a_frame():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [0.5, None]}, index=[7, 8])
    for row in (frame.iloc[1], frame[["a", "c"]].iloc[0]):
        pd.testing.assert_series_equal(restored(row), row)


@pytest.mark.parametrize("name", POLARS_COLUMNS)
def test_polars_columns(name):
    frame = POLARS_COLUMNS[name].alias(name).to_frame()
    found = restored(frame)
    assert found.schema == frame.schema
    assert found.equals(frame)


def test_a_lazy_frame_is_stored_as_what_it_evaluates_to():
    lazy = pl.LazyFrame({"a": [1, 2]}).with_columns(b=pl.col("a") + 1)
    assert restored(lazy).equals(lazy.collect())


@pytest.mark.parametrize("name", ARROW_COLUMNS)
def test_arrow_columns(name):
    table = pa.table({name: ARROW_COLUMNS[name], "other": [1, 2, 3]})
    found = restored(table)
    assert found.schema.equals(table.schema)
    assert str(found.to_pydict()) == str(table.to_pydict())  # NaN differs from itself


def test_arrow_chunks_and_nullability():
    schema = pa.schema([pa.field("a", pa.int32(), nullable=False)])
    parts = [pa.table({"a": pa.array(part, pa.int32())}, schema) for part in ([1, 2], [3])]
    table = pa.concat_tables(parts)
    assert restored(table).equals(table)
    assert restored(table).schema.equals(schema)


@pytest.mark.parametrize("name", OTHERS)
def test_other_containers(make_explanation, tmp_path, name):
    explanation = make_explanation(3, data=OTHERS[name])
    for mmap in (False, True):
        path = explanation.save(tmp_path / "stored", overwrite=True)
        loaded = pellucid.load(path, mmap=mmap)
        assert loaded == explanation
        assert type(loaded.data) is type(explanation.data)


def test_a_flat_row_stays_flat():
    for row in ([1, "x", None], (1.5, 2.5), np.array([1.0, 2.0])):
        found = restored(row)
        assert type(found) is type(row)
        assert list(found) == list(row)


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.lists(CELLS, min_size=1, max_size=20))
def test_any_plain_cells(cells):
    found = restored(np.array([*cells, None], dtype=object))[:-1]
    assert [repr(cell) for cell in found] == [repr(cell) for cell in cells]


SURROGATES = st.text(st.characters(codec=None, exclude_categories=()), max_size=5)


@given(st.lists(SURROGATES, min_size=1, max_size=10))
def test_any_text_even_what_is_no_valid_unicode(texts):
    frame = pd.DataFrame({"text": pd.Series(texts, dtype=object)})
    assert restored(frame)["text"].tolist() == texts


class Odd:
    """A cell of a type of its own."""


class Pair(NamedTuple):
    left: int
    right: int


class OwnZone(dt.tzinfo):
    def utcoffset(self, _):
        return dt.timedelta(hours=1)

    def dst(self, _):
        return dt.timedelta(0)

    def __str__(self):
        return "UTC"


UNSTORABLE = {
    "objects": (pd.DataFrame({"a": [1], "odd": [Odd()]}), "column 'odd' .* a .*Odd"),
    "decimals": (pd.DataFrame({"d": [decimal.Decimal(1)]}), "column 'd' .* a decimal.Decimal"),
    "periods": (pd.DataFrame({"p": pd.period_range("2020", periods=1)}), "column 'p' .* period"),
    "intervals": (pd.DataFrame({"i": pd.interval_range(0, 1)}), "column 'i' .* interval"),
    "sparse": (pd.DataFrame({"s": pd.arrays.SparseArray([0])}), "column 's' .* Sparse"),
    "complex": (pd.DataFrame({"c": [1j]}), "column 'c' .* complex128"),
    "levels": (pd.DataFrame({"a": [1]}, index=[[1], [2]]), "index of several levels"),
    "index name": (pd.DataFrame({"a": [1]}, index=pd.Index([1], name=("a", 1))), "named"),
    "lists in polars": (pl.DataFrame({"l": [[1, 2]]}), "column 'l' .* List"),
    "decimals in polars": (pl.DataFrame({"d": [decimal.Decimal(1)]}), "column 'd' .* Decimal"),
    "structs in arrow": (pa.table({"s": [{"x": 1}]}), "column 's' .* struct"),
    "decimals in arrow": (pa.table({"d": [decimal.Decimal(1)]}), "column 'd' .* decimal128"),
    "objects in an array": (np.array([[Odd()]]), "holds a .*Odd"),
    "complex array": (np.array([[1j]]), "type complex128"),
    "masked": (np.ma.masked_array([[1.0]], mask=True), "MaskedArray"),
    "object in a list": ([[Odd()]], "holds a .*Odd"),
    "named tuple": (Pair(1, 2), "data is a .*Pair"),
    "sparse of one dimension": (sp.coo_array([1, 0, 2]), "sparse array of one dimension"),
    "own zone": (
        pd.DataFrame({"t": pd.to_datetime(MOMENTS[:1]).tz_localize(OwnZone())}),
        "column 't' .* times of zone",
    ),
}


@pytest.mark.parametrize("name", UNSTORABLE)
def test_what_cannot_be_stored_is_named_and_may_be_left_out(make_explanation, tmp_path, name):
    data, message = UNSTORABLE[name]
    explanation = make_explanation(1, data=data)
    path = tmp_path / "stored"
    with pytest.raises(StorageError, match=message) as caught:
        explanation.save(path)
    assert "include_data=False" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
    explanation.save(path, include_data=False)
    assert pellucid.load(path) == replace(explanation, data=None)


def test_without_the_package_of_a_frame_the_error_names_it(make_explanation, tmp_path, monkeypatch):
    path = make_explanation(1, data=pl.DataFrame({"a": [1]})).save(tmp_path / "stored")
    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.delitem(sys.modules, "pellucid.explanation.rows.polars")
    with pytest.raises(MissingExtraError, match="the stored rows need polars: pip install polars"):
        pellucid.load(path)
