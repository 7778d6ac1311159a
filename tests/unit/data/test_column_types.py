"""``like`` and ``stack``: types of data frames' columns change only where no value does."""
# ruff: noqa: PD013 - the stack of a Table is not that of pandas

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from pellucid._core.errors import FeatureMismatchError, MissingExtraError
from pellucid.data.frame import FrameTable
from pellucid.data.table import as_table


def category(*values, ordered=False):
    return pd.CategoricalDtype(list(values), ordered=ordered)


def series(values, dtype):
    return pd.Series(values, dtype=dtype)


def like(column, reference):
    """Cast one pandas column by way of tables; the reference may be empty."""
    frames = [native.to_frame("x") for native in (column, reference)]
    tables = [FrameTable(nw.from_native(frame, eager_only=True)) for frame in frames]
    return tables[0].like(tables[1]).native["x"]


def stacked(upper, lower):
    """Stack one column by way of tables."""
    tables = [as_table(pd.DataFrame({"x": column})) for column in (upper, lower)]
    return tables[0].stack(tables[1]).native["x"]


ADULTS = pd.DataFrame(
    {
        "age": series([39, 50, 28], "int64"),
        "hours": series([40.0, None, 12.5], "float64"),
        "gain": series([0.1, 2.0, 3.5], "float32"),
        "work": series(["State", None, "Private"], "str"),
        "race": series(["W", "B", None], category("B", "W")),
        "level": series(["hi", "lo", "hi"], category("lo", "hi", ordered=True)),
        "zone": series([3, 1, 3], category(1, 2, 3)),
        "kids": series([1, None, 0], "Int64"),
        "owner": series([True, None, False], "boolean"),
        "native": series([True, False, True], "bool"),
        "since": pd.to_datetime(["2020-01-01", "2021-02-03", None]),
    }
)


@pytest.mark.parametrize("i", range(3))
def test_row_taken_out_of_a_frame_finds_its_types_again(i):
    table = as_table(ADULTS.iloc[i]).like(as_table(ADULTS))

    pd.testing.assert_frame_equal(table.native, ADULTS.iloc[[i]])


@pytest.mark.parametrize("i", range(3))
def test_row_of_numbers_alone_finds_its_types_again(i):
    frame = ADULTS[["age", "hours", "gain", "native"]]

    table = as_table(frame.iloc[i].astype(float)).like(as_table(frame))

    pd.testing.assert_frame_equal(table.native, frame.iloc[[i]])


def test_table_of_the_same_types_keeps_its_values_and_index():
    table = as_table(ADULTS.set_axis(["a", "b", "b"])).like(as_table(ADULTS.iloc[:1]))

    pd.testing.assert_frame_equal(table.native, ADULTS.set_axis(["a", "b", "b"]))


@pytest.mark.parametrize(
    ("values", "dtype", "wanted"),
    [
        ([1.0, 2.0], "float64", "int8"),
        ([1.0, None], "float64", "Int64"),
        ([1, 0], "int64", "bool"),
        ([True, False], "bool", "float32"),
        ([1, None], "Int64", "float64"),
        ([1, 2], "Int64", "uint16"),
        ([1, None], "int64[pyarrow]", "float64"),
        ([1, None], "object", "float64"),
        ([None, None], "object", "float64"),
        ([None], "object", "Int64"),
        ([None], "str", "float64"),
        ([None], "float64", "str"),
        (["a", None], "object", "str"),
        (["a", None], "str", "object"),
        (["a", None], "str", "string"),
        (["a", None], category("a"), "str"),
        (["a", None], "str", category("b", "a")),
        (["a"], category("a", "z"), category("b", "a")),
        ([2.0, None], "float64", category(1, 2)),
        ([2], category(2), "int64"),
        ([pd.Timestamp("2020-01-01")], "object", "datetime64[us]"),
        ([pd.Timestamp("2020-01-01")], "datetime64[ns]", "datetime64[s]"),
    ],
)
def test_column_is_cast_where_that_loses_nothing(values, dtype, wanted):
    column = series(values, dtype)

    found = like(column, series([], wanted))

    assert found.dtype == wanted
    if isinstance(wanted, pd.CategoricalDtype):
        assert found.cat.categories.tolist() == wanted.categories.tolist()
    assert found.isna().tolist() == column.isna().tolist()
    assert found.dropna().tolist() == column.dropna().tolist()


@pytest.mark.parametrize(
    ("values", "dtype", "reference"),
    [
        ([1.5, 2.0], "float64", "int64"),
        ([1.0, None], "float64", "int64"),
        ([0.1], "float64", "float32"),
        ([1e300], "float64", "float32"),
        ([1e300], "float64", "int64"),
        ([300], "int64", "int8"),
        ([-1], "int64", "uint8"),
        ([2**53 + 1], "int64", "float64"),
        ([2, 0], "int64", "bool"),
        (["1", "2"], "str", "int64"),
        (["1", "2"], "object", "float64"),
        ([1, 2], "int64", "str"),
        ([1, "a"], "object", "int64"),
        (["2020-01-01"], "str", "datetime64[us]"),
        ([pd.Timestamp("2020-01-01 00:00:01.5")], "datetime64[us]", "datetime64[s]"),
        ([pd.Timestamp("2020-01-01")], "datetime64[us]", "datetime64[us, UTC]"),
        ([1, 2], "int64", category("a", "b")),
        (["a"], category("a"), category(1, 2)),
    ],
)
def test_column_is_left_alone_where_a_cast_would_lose_something(values, dtype, reference):
    column = series(values, dtype)

    pd.testing.assert_series_equal(like(column, series([], reference)), column, check_names=False)


@pytest.mark.parametrize("dtype", ["str", "object", category("z", "Mars", "W")])
def test_unknown_categories_come_behind_the_known_ones(dtype):
    found = like(series(["W", "Mars", None], dtype), ADULTS["race"])

    assert found.cat.categories.tolist() == ["B", "W", "Mars"]
    assert found.cat.codes.tolist() == [1, 2, -1]


def test_order_of_categories_is_that_of_the_reference():
    found = like(ADULTS["level"].astype(category("hi", "lo")), ADULTS["level"])

    pd.testing.assert_series_equal(found, ADULTS["level"], check_names=False)


@given(
    st.lists(st.one_of(st.none(), st.integers(-300, 300), st.floats(-300, 300)), min_size=1),
    st.sampled_from(["int8", "uint8", "Int16", "float32", "float64", "Float32", "bool", "object"]),
)
def test_no_value_ever_changes(values, reference):
    column = pd.Series(values).infer_objects()

    found = like(column, series([], reference))

    assert found.isna().tolist() == column.isna().tolist()
    assert found.dropna().tolist() == column.dropna().tolist()


POLARS = pl.DataFrame(
    {
        "age": pl.Series([39, None, 28], dtype=pl.Int16),
        "gain": pl.Series([0.5, 2.0, None], dtype=pl.Float32),
        "work": pl.Series(["State", None, "Private"]),
        "race": pl.Series(["W", "B", None], dtype=pl.Categorical),
        "level": pl.Series(["hi", "lo", "hi"], dtype=pl.Enum(["lo", "hi"])),
        "owner": pl.Series([True, None, False]),
    }
)
PLAIN = {
    "age": [28.0, None],
    "gain": [0.5, None],
    "work": ["State", None],
    "race": ["B", None],
    "level": ["hi", "lo"],
    "owner": [True, False],
}


def test_polars_columns_are_cast_too():
    found = as_table(pl.DataFrame(PLAIN)).like(as_table(POLARS)).native

    assert found.schema == POLARS.schema
    assert found.to_dict(as_series=False) == PLAIN


def test_pyarrow_columns_are_cast_too():
    reference = POLARS.to_arrow()

    found = as_table(pa.table(PLAIN)).like(as_table(reference)).native

    assert found.schema.types == reference.schema.types
    assert found.to_pydict() == PLAIN


@pytest.mark.parametrize("native", [pl.DataFrame, pa.table])
def test_columns_of_other_libraries_are_left_alone_too(native):
    rows = {
        "age": [70_000.5],
        "gain": ["0.5"],
        "work": [1],
        "race": [1],
        "level": [5],
        "owner": [2],
    }
    reference = POLARS if native is pl.DataFrame else POLARS.to_arrow()
    table = as_table(native(rows))

    assert table.like(as_table(reference)).native.equals(table.native)


@pytest.mark.parametrize("native", [pl.DataFrame, pa.table, pd.DataFrame])
@pytest.mark.parametrize("reference", [POLARS, POLARS.to_arrow(), POLARS.to_pandas()])
def test_rows_are_brought_into_the_library_of_the_reference(native, reference):
    found = as_table(native(PLAIN)).like(as_table(reference))

    assert type(found.native) is type(reference)
    assert found.row_keys() == as_table(pl.DataFrame(PLAIN)).row_keys()
    assert found.stack(as_table(reference)).n_rows == 5


def test_other_library_without_pyarrow_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)

    with pytest.raises(MissingExtraError, match=r"rows from polars into pandas needs pyarrow: pip"):
        as_table(pl.DataFrame({"a": [1]})).like(as_table(pd.DataFrame({"a": [1]})))


def test_tables_of_another_kind_are_left_alone():
    frame = as_table(pd.DataFrame({"x": [1.0]}))
    matrix = as_table([[1.0]])
    sparse = as_table(sp.csr_matrix([[1.0]]))

    for table in (frame, matrix, sparse):
        for reference in {frame, matrix, sparse} - {table}:
            assert table.like(reference) is table


# -- stacking --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("upper", "lower", "dtype"),
    [
        (series([1, 2], "int64"), series([3.0], "float64"), "int64"),
        (series([1.0], "float32"), series([0.1], "float64"), "float64"),
        (series([1, 2], "int64"), series([0.5], "float32"), "float32"),
        (series([2**30 + 1], "int64"), series([0.1], "float32"), "float64"),
        (series([1], "int64"), series([None], "Int64"), "Int64"),
        (series([0.5], "float64"), series([None, 2], "Int64"), "float64"),
        (series([True], "bool"), series([7], "int8"), "int8"),
        (series(["a"], "str"), series(["b", None], "object"), "str"),
        (series(["a"], category("a")), series(["a", None], "str"), category("a")),
        (series(["a", 1], "object"), series([2.5], "float64"), "object"),
        (series([None], "float64"), series(["a"], "str"), "str"),
    ],
)
def test_stacked_columns_get_a_type_that_holds_both(upper, lower, dtype):
    for first, second in ((upper, lower), (lower, upper)):
        found = stacked(first, second)

        values = [*first.tolist(), *second.tolist()]
        assert found.isna().tolist() == [bool(pd.isna(value)) for value in values]
        assert found.dropna().tolist() == [value for value in values if not pd.isna(value)]
    assert stacked(upper, lower).dtype == dtype


def test_stacked_categories_are_those_of_the_first_and_then_the_others():
    found = stacked(series(["b", "a"], category("b", "a", "x")), series(["c"], category("c", "x")))

    assert found.cat.categories.tolist() == ["b", "a", "x", "c"]
    assert found.tolist() == ["b", "a", "c"]


@pytest.mark.parametrize("native", [pl.DataFrame, pa.table])
def test_stacking_widens_in_other_libraries_too(native):
    upper, lower = (
        as_table(native({"a": [1], "b": ["x"]})),
        as_table(native({"a": [0.5], "b": [None]})),
    )

    assert [upper.stack(lower).column(j).tolist() for j in range(2)] == [[1.0, 0.5], ["x", None]]


def test_stacking_pyarrow_dictionaries_keeps_their_values():
    tables = [as_table(pa.table({"x": pa.array(v).dictionary_encode()})) for v in ("ab", "ca")]

    both = tables[0].stack(tables[1])

    assert both.column(0).tolist() == ["a", "b", "c", "a"]
    assert both.gather(np.array([[2], [1]])).column(0).tolist() == ["c", "b"]


def test_stacking_polars_enums_keeps_their_values():
    columns = [pl.Series(["a"], dtype=pl.Enum("ab")), pl.Series(["c"], dtype=pl.Enum("cd"))]
    tables = [as_table(pl.DataFrame({"x": column})) for column in columns]

    assert tables[0].stack(tables[1]).column(0).tolist() == ["a", "c"]


@pytest.mark.parametrize(
    ("upper", "lower"),
    [([1, 2], ["a"]), (["a"], [True]), ([pd.Timestamp("2020-01-01")], [1.5])],
)
@pytest.mark.parametrize("native", [pd.DataFrame, pl.DataFrame])
def test_columns_that_no_type_holds_are_refused_and_named(native, upper, lower):
    tables = [as_table(native({"x": column})) for column in (upper, lower)]

    with pytest.raises(FeatureMismatchError, match=r"column 'x' holds .+ in some rows and .+ in"):
        tables[0].stack(tables[1])


@pytest.mark.parametrize("native", [pd.DataFrame, pl.DataFrame, pa.table])
def test_numbers_that_no_type_holds_are_refused(native):
    tables = [as_table(native({"x": column})) for column in ([2**53 + 1], [0.5])]

    with pytest.raises(FeatureMismatchError, match="holds Int64 in some rows and Float64"):
        tables[0].stack(tables[1])


def test_arrays_of_text_and_numbers_stack_as_objects():
    both = as_table(np.array([["a"]])).stack(as_table([[1.5]])).native

    assert both.tolist() == [["a"], [1.5]]


def test_float32_stays_float32_when_stacked():
    rows = np.ones((2, 2), dtype=np.float32)

    assert as_table(rows).stack(as_table(rows)).native.dtype == np.float32
