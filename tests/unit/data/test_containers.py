# ruff: noqa: PD013 - the stack of a Table is not that of pandas
"""What is peculiar to one kind of container: single rows, odd names, what is refused."""

import subprocess
import sys
from types import SimpleNamespace

import narwhals
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

from pellucid._core.errors import InvalidInputError
from pellucid.data.background import as_background
from pellucid.data.frame import FrameTable
from pellucid.data.matrix import MatrixTable
from pellucid.data.sparse import SparseTable
from pellucid.data.table import as_table


def refused(rows, message):
    with pytest.raises(InvalidInputError, match=message):
        as_table(rows)


# -- one row ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        (np.array([1.5, 2.0]), [[1.5, 2.0]]),
        (np.array([1.5, 2.0], dtype=np.float32), [[1.5, 2.0]]),
        ([1, 2], [[1, 2]]),
        ((1.5, None), [[1.5, None]]),
        ([39, "State"], [[39, "State"]]),
        (sp.coo_array(np.array([0.0, 2.0])), [[0.0, 2.0]]),
    ],
)
def test_one_dimension_is_one_row(row, cells):
    table = as_table(row)

    native = table.native.toarray() if sp.issparse(table.native) else table.native
    assert native.tolist() == cells


def test_series_is_one_row_with_the_types_of_its_values():
    frame = pd.DataFrame({"age": [39, 50], "work": ["State", "Private"], "gain": [1.5, 0.0]})

    native = as_table(frame.iloc[1]).native

    pd.testing.assert_frame_equal(native, frame.iloc[[1]])


def test_series_of_positions_has_no_names():
    table = as_table(pd.DataFrame(np.eye(3)).iloc[0])

    assert not table.has_names
    assert table.to_matrix().tolist() == [[1.0, 0.0, 0.0]]


# -- lists and arrays ------------------------------------------------------------------------------


def test_mixed_list_keeps_numbers_as_numbers():
    native = as_table([[1, "red"], [2.5, "blue"]]).native

    assert native.tolist() == [[1, "red"], [2.5, "blue"]]


def test_array_is_not_copied():
    rows = np.ones((3, 2), dtype=np.float32)

    assert as_table(rows).native is rows


def test_read_only_array_gives_a_writeable_matrix():
    rows = np.ones((3, 2))
    rows.flags.writeable = False

    assert as_table(rows).to_matrix().flags.writeable


def test_float32_becomes_the_same_numbers_in_float64():
    rows = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)

    found = as_table(rows).to_matrix()

    assert (found.astype(np.float32) == rows).all()
    assert (found == rows).all()


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, np.datetime64("NaT")])
def test_every_kind_of_missing_object_is_missing(missing):
    table = as_table(np.array([[1, missing], [2, 3]], dtype=object))

    assert table.missing_counts().tolist() == [0, 1]
    np.testing.assert_array_equal(table.to_matrix(), [[1, np.nan], [2, 3]])
    assert table.column(1).tolist() == [None, 3]
    assert table.row_keys() == as_table([[1.0, np.nan], [2.0, 3.0]]).row_keys()


def test_masked_float32_stays_float32():
    rows = np.ma.masked_invalid(np.array([[1, np.inf]], dtype=np.float32))

    native = as_table(rows).native

    assert native.dtype == np.float32
    assert np.isnan(native[0, 1])


@pytest.mark.parametrize(
    ("mask", "cells"), [(False, [["a", "b"]]), ([[False, True]], [["a", None]])]
)
def test_masked_strings_are_missing(mask, cells):
    assert as_table(np.ma.array([["a", "b"]], mask=mask)).native.tolist() == cells


@pytest.mark.parametrize("dtype", ["datetime64[ns]", "datetime64[D]", "timedelta64[ns]"])
def test_masked_dates_and_durations_stay_what_they_are(dtype):
    given = np.array([[1, 2]]).astype(dtype)
    table = as_table(np.ma.array(given, mask=[[False, True]]))
    assert table.native.dtype == dtype
    assert table.native[0, 0] == given[0, 0]
    assert table.missing_counts().tolist() == [0, 1]
    with pytest.raises(InvalidInputError, match="where numbers are needed"):
        table.to_matrix()


def test_rows_that_no_matrix_holds_are_refused():
    refused([[1, 2], [3]], "X is a list whose rows differ in length")
    refused([["a"], ["b", "c"]], "X is a list whose rows differ in length")
    refused([{"age": 39}], "X is a list of dicts; pass a data frame")
    refused(np.zeros((2, 2, 2)), "X has 3 dimensions; 1 or 2 are needed")
    refused([[[1.0]]], "X has 3 dimensions; 1 or 2 are needed")
    refused(np.array(1.0), "X has 0 dimensions; 1 or 2 are needed")
    refused(np.zeros(2, dtype=[("age", float)]), "X is a structured array; pass a data frame")


@pytest.mark.parametrize(
    ("rows", "column", "shown"),
    [
        ([[1, "red"]], "color", "'red'"),
        ([[None, 2], [None, "1.5"]], "color", "'1.5'"),
        (np.array([["1.5", "2"]]), "age", "'1.5'"),
        (np.array([["2020-01-01", "NaT"]], dtype="M8[D]"), "age", "2020-01-01"),
        (np.array([[1j, 2]]), "age", "1j"),
        (np.array([[1, pd.Timestamp("2020-01-01")]]), "color", "2020-01-01"),
    ],
)
def test_what_is_no_number_is_named_with_its_column(rows, column, shown):
    table = as_table(rows, features=["age", "color"])

    with pytest.raises(
        InvalidInputError, match=f"column '{column}' holds .*{shown}.* where numbers"
    ):
        table.to_matrix()


# -- sparse ----------------------------------------------------------------------------------------


def test_duplicate_cells_are_summed_and_the_given_matrix_left_alone():
    rows = sp.csr_matrix(([1.0, 2.0, 4.0], [1, 1, 0], [0, 3]), shape=(1, 2))

    table = as_table(rows)

    assert table.to_matrix().tolist() == [[4.0, 3.0]]
    assert table.gather(np.zeros((1, 2), dtype=np.int64)).to_matrix().tolist() == [[4.0, 3.0]]
    assert rows.nnz == 3


def test_canonical_matrix_is_not_copied():
    rows = sp.csr_matrix(np.eye(3))

    assert as_table(rows).native is rows


def test_stored_zeros_and_order_do_not_change_a_key():
    plain = sp.csr_matrix([[1.0, 0.0, 2.0]])
    stored = sp.csr_matrix(([2.0, 0.0, 1.0], [2, 1, 0], [0, 3]), shape=(1, 3))

    assert as_table(stored).row_keys() == as_table(plain).row_keys()


def test_empty_sparse_rows_can_be_mixed():
    table = as_table(sp.csr_array((3, 4), dtype=np.float32))

    mixed = table.gather(np.ones((2, 4), dtype=np.int64)).native

    assert mixed.shape == (2, 4)
    assert mixed.nnz == 0
    assert mixed.dtype == np.float32


def test_wide_sparse_rows_are_mixed_without_becoming_dense():
    rows = sp.random_array((20, 50_000), density=0.001, format="csr", rng=0)
    table = as_table(rows)
    index = np.random.default_rng(0).integers(20, size=(5, 50_000))

    mixed = table.gather(index).native

    naive = np.take_along_axis(rows.toarray(), index, axis=0)
    assert (mixed.toarray() == naive).all()
    assert mixed.nnz == np.count_nonzero(naive)


def test_sparse_rows_that_are_no_numbers_are_refused():
    refused(sp.csr_matrix(np.array([[1j]])), "X is a sparse matrix of complex128; numbers")
    refused(sp.coo_array(np.zeros((2, 2, 2))), "X has 3 dimensions; 1 or 2 are needed")


# -- pandas ----------------------------------------------------------------------------------------


def test_numbered_columns_have_no_names_and_keep_their_labels():
    rows = pd.DataFrame(np.eye(2))
    table = as_table(rows)

    assert not table.has_names
    assert table.native.columns.tolist() == [0, 1]
    assert table.select([1]).native.columns.tolist() == [0]
    assert table.with_features(["a", "b"]).native.columns.tolist() == ["a", "b"]
    assert rows.columns.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("columns", "features"),
    [
        ([3, 7], ("3", "7")),
        ([1, 0], ("1", "0")),
        ([2020, "age"], ("2020", "age")),
        ([("a", 1), ("a", 2)], ("('a', 1)", "('a', 2)")),
        (["0", "1"], ("0", "1")),
        ([False, True], ("False", "True")),
    ],
)
def test_labels_that_somebody_chose_are_names(columns, features):
    table = as_table(pd.DataFrame(np.eye(2), columns=pd.Index(columns)))

    assert table.has_names
    assert table.features == features


def test_index_of_new_rows_is_a_plain_count():
    rows = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=["one", "one"])
    table = as_table(rows)

    made = table.gather(np.array([[1, 0], [1, 1], [0, 0]])).native

    expected = pd.DataFrame({"a": [2, 2, 1], "b": ["x", "y", "x"]})
    pd.testing.assert_frame_equal(made, expected)
    assert table.stack(table).native.index.tolist() == [0, 1, 2, 3]
    assert table.take(np.array([1])).native.index.tolist() == ["one"]


def test_columns_of_one_name_are_refused():
    refused(pd.DataFrame(np.eye(2), columns=["a", "a"]), "X has more than one column 'a'")
    refused(pd.DataFrame(np.eye(2), columns=[1, "1"]), "X has more than one column '1'")
    arrays = [pa.array([1]), pa.array([2])]
    refused(pa.Table.from_arrays(arrays, names=["a", "a"]), "X has more than one column 'a'")


@pytest.mark.parametrize("native", [pd.DataFrame, pl.DataFrame, pa.table])
def test_strings_in_a_frame_are_named_with_their_column(native):
    rows = native({"age": [39, 50], "zip": ["12", "34"]})

    with pytest.raises(InvalidInputError, match="column 'zip' holds '12' where numbers are needed"):
        as_table(rows).to_matrix()


@pytest.mark.parametrize("native", [pd.DataFrame, pl.DataFrame, pa.table])
def test_column_of_missing_values_is_a_column_of_nan(native):
    table = as_table(native({"age": [39, 50], "gone": [None, None]}))

    np.testing.assert_array_equal(table.to_matrix(), [[39, np.nan], [50, np.nan]])
    assert table.missing_counts().tolist() == [0, 2]


def test_categories_that_are_numbers_are_numbers():
    rows = pd.DataFrame({"code": pd.Categorical([3, None, 1])})

    np.testing.assert_array_equal(as_table(rows).to_matrix(), [[3], [np.nan], [1]])


# -- frames of narwhals, and keys across containers ------------------------------------------------


@pytest.mark.parametrize("wrap", [nw.from_native, narwhals.from_native])
@pytest.mark.parametrize("native", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table])
def test_narwhals_frame_is_the_frame_inside(wrap, native):
    rows = native({"age": [39, 50]})

    table = as_table(wrap(rows))

    assert type(table.native) is type(rows if native is not pl.LazyFrame else rows.collect())
    assert table.column(0).tolist() == [39, 50]


def test_equal_rows_have_equal_keys_in_every_container():
    rows = {"age": [39, 50], "work": ["State", None], "gain": [1.5, -0.0]}
    objects = [[39, "State", 1.5], [50, None, 0.0]]
    frame = pd.DataFrame(rows)
    typed = frame.assign(work=frame["work"].astype("category"), age=frame["age"].astype("Int64"))

    keys = as_table(objects).row_keys()

    for native in (frame, typed, pl.DataFrame(rows), pa.table(rows), frame.to_numpy()):
        assert as_table(native).row_keys() == keys


# -- SHAP ------------------------------------------------------------------------------------------


class DenseData:
    """Stands in for SHAP's class of this name."""

    __module__ = "shap.utils._legacy"

    def __init__(self, data, group_names, groups=None, weights=None, *, transposed=False):
        self.data = data
        self.group_names = group_names
        self.groups = groups or [np.array([j]) for j in range(len(group_names))]
        self.weights = np.ones(len(data)) if weights is None else weights
        self.transposed = transposed


def test_stand_in_for_dense_data_is_read_by_its_attributes():
    data = DenseData(np.array([[1.0, 2.0], [3.0, 4.0]]), ["a", "b"], weights=np.array([1.0, 3.0]))

    background = as_background(data)

    assert background.table.features == ("a", "b")
    assert background.table.native is data.data
    assert background.weights.tolist() == [0.25, 0.75]


def test_dense_data_may_be_transposed():
    table = as_table(DenseData(np.array([[1.0], [2.0]]), ["a", "b"], transposed=True))

    assert table.to_matrix().tolist() == [[1.0, 2.0]]


def test_grouped_dense_data_is_refused():
    refused(DenseData(np.eye(2), ["ab"], groups=[[0, 1]]), "X is a DenseData with grouped columns")


def test_real_dense_data_and_k_means_of_shap():
    legacy = pytest.importorskip("shap.utils._legacy", reason="shap is not installed")
    rows = np.random.default_rng(0).normal(size=(40, 3))
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])

    summary = legacy.kmeans(frame, 4)
    background = as_background(summary)

    assert background.table.features == ("a", "b", "c")
    assert (background.table.native == summary.data).all()
    np.testing.assert_allclose(background.weights, summary.weights / summary.weights.sum())
    assert not as_table(legacy.kmeans(rows, 4)).has_names
    assert as_table(legacy.DenseData(rows, ["x", "y", "z"])).features == ("x", "y", "z")


def test_real_sparse_data_of_shap():
    legacy = pytest.importorskip("shap.utils._legacy", reason="shap is not installed")
    rows = sp.random_array((5, 4), density=0.5, format="csr", rng=0)

    background = as_background(legacy.SparseData(rows))

    assert background.table.native is rows
    np.testing.assert_allclose(background.weights, 0.2)


def test_shap_is_never_imported():
    program = (
        "import sys, numpy as np\n"
        "from pellucid.data.table import as_table\n"
        "kind = type('DenseData', (), {'__module__': 'shap.utils'})\n"
        "data = kind(); data.data = np.eye(2); data.group_names = 'ab'\n"
        "data.groups = [[0], [1]]; data.transposed = False\n"
        "assert as_table(data).features == ('a', 'b')\n"
        "assert not {'shap', 'pandas', 'narwhals', 'sklearn', 'polars', 'pyarrow'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# -- what is no container --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows", [None, 1.5, "rows.csv", {"age": [39]}, SimpleNamespace(data=1), pl.Series([1, 2])]
)
def test_unknown_containers_are_refused_with_what_is_known(rows):
    refused(rows, "X is .*, which is no known container of rows; pass a NumPy array, a pandas")


@pytest.mark.parametrize(
    ("rows", "lacks"),
    [
        ([], "rows"),
        (np.empty((0, 3)), "rows"),
        (np.array([]), "rows"),
        (np.empty((3, 0)), "columns"),
        ([[], []], "columns"),
        (sp.csr_matrix((0, 3)), "rows"),
        (pd.DataFrame(), "rows"),
        (pd.DataFrame(columns=["a"]), "rows"),
        (pd.DataFrame(index=[0, 1]), "columns"),
        (pl.DataFrame(), "rows"),
        (pl.DataFrame(schema={"a": pl.Int64}), "rows"),
        (pa.table({}), "rows"),
    ],
)
def test_empty_rows_are_refused(rows, lacks):
    refused(rows, f"X has no {lacks}")


def test_each_container_has_its_kind_of_table():
    assert isinstance(as_table([[1]]), MatrixTable)
    assert isinstance(as_table(sp.eye_array(2)), SparseTable)
    assert isinstance(as_table(pl.DataFrame({"a": [1]})), FrameTable)
