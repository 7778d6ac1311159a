# ruff: noqa: PD013 - the stack of a Table is not that of pandas
"""What every container promises, whatever it is."""

import copy
import pickle

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from unit.data.table_cases import CASES

from pellucid._core.errors import InvalidInputError
from pellucid.data.column_types import frame_types
from pellucid.data.frame import FrameTable
from pellucid.data.table import as_table


@pytest.fixture(params=CASES, ids=str)
def case(request):
    return CASES[request.param]


@pytest.fixture
def table(case):
    return as_table(case.native)


def cells(table):
    """Read a table's cells, a list per row, missing ones as None."""
    columns = [
        [None if pd.isna(cell) else cell for cell in table.column(j)]
        for j in range(table.n_features)
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def as_bytes(native):
    if isinstance(native, nw.DataFrame):
        native = native.to_native()
    if isinstance(native, pd.DataFrame):  # types of columns remember what they were asked
        columns = [(repr(c.dtype), c.name, c.astype(object).tolist()) for _, c in native.items()]
        return pickle.dumps((native.index.tolist(), columns))
    return pickle.dumps(native)


def test_shape_names_and_cells(case, table):
    d = len(case.cells[0])

    assert table.n_rows == len(case.cells)
    assert table.n_features == d
    assert table.has_names == (case.features is not None)
    assert table.features == (case.features or tuple(str(j) for j in range(d)))
    assert cells(table) == case.cells


def test_native_rows_are_those_given(case, table):
    again = as_table(table.native)

    assert again.features == table.features
    assert again.has_names == table.has_names
    assert cells(again) == case.cells


def test_take_gives_rows_in_the_order_asked(case, table):
    assert cells(table.take(np.array([3, 0, 0]))) == [case.cells[i] for i in (3, 0, 0)]
    assert cells(table.take(slice(1, 3))) == case.cells[1:3]
    assert cells(table.take(np.array([2]))) == [case.cells[2]]


def test_select_gives_columns_in_the_order_asked(case, table):
    d = table.n_features
    chosen = [*range(d)][::-2]

    found = table.select(chosen)

    assert cells(found) == [[row[j] for j in chosen] for row in case.cells]
    assert found.has_names == table.has_names
    if table.has_names:
        assert found.features == tuple(table.features[j] for j in chosen)
    else:
        assert found.features == tuple(str(j) for j in range(len(chosen)))


def test_with_features_renames_only(case, table):
    names = [f"f{j}" for j in range(table.n_features)]

    found = table.with_features(names)

    assert found.has_names
    assert found.features == tuple(names)
    assert cells(found) == case.cells
    assert cells(found.select([0])) == [row[:1] for row in case.cells]


def test_stack_puts_rows_behind_rows(case, table):
    lower = table.take(np.array([3, 1]))

    found = table.stack(lower)

    assert cells(found) == [*case.cells, case.cells[3], case.cells[1]]
    assert found.has_names == table.has_names


def types(table):
    if isinstance(table, FrameTable):
        return frame_types(table.frame)
    return [table.native.dtype]


@pytest.mark.parametrize("numbers", [[4.0, 0.0, 1.0, 3.0], [0.5, -1.25, 0.0, 3.0]])
def test_with_cells_changes_some_columns_and_keeps_types_that_hold_the_numbers(
    case, table, numbers
):
    columns = [
        j
        for j in range(table.n_features)
        if table.column(j).dtype.kind in "iuf" and any(row[j] is not None for row in case.cells)
    ]
    if not columns:
        pytest.skip("has no columns of numbers")
    changed = columns[::2]

    found = table.with_cells(dict.fromkeys(changed, np.array(numbers)))

    others = [j for j in range(table.n_features) if j not in changed]
    for j in changed:
        assert found.column(j).tolist() == numbers
    if others:
        assert cells(found.select(others)) == cells(table.select(others))
    assert found.features == table.features
    assert found.has_names == table.has_names
    if numbers == np.rint(numbers).tolist():
        assert types(found) == types(table)


def test_gather_takes_each_cell_from_its_row(case, table):
    rng = np.random.default_rng(0)
    index = rng.integers(table.n_rows, size=(25, table.n_features))

    found = table.gather(index)

    naive = [[case.cells[i][j] for j, i in enumerate(row)] for row in index]
    assert cells(found) == naive
    assert found.features == table.features
    assert found.has_names == table.has_names


def test_rows_made_anew_keep_the_column_types(case, table):
    index = np.zeros((3, table.n_features), dtype=np.int64)
    made = [table.gather(index), table.stack(table), table.like(table), table.take(slice(0, 2))]

    for found in made:
        native = found.native
        assert type(native) is type(table.native)
        if isinstance(native, pd.DataFrame):
            pd.testing.assert_series_equal(native.dtypes, table.native.dtypes)
        elif isinstance(native, np.ndarray) or sp.issparse(native):
            assert native.dtype.newbyteorder("=") == table.native.dtype.newbyteorder("=")
        else:
            assert native.schema == table.native.schema


def test_to_matrix_is_exact_or_names_the_column(case, table):
    if not case.numeric:
        with pytest.raises(InvalidInputError, match=r"^column '.+' holds .+ where numbers are"):
            table.to_matrix()
        return
    wanted = np.array(case.cells, dtype=np.float64)

    found = table.to_matrix()

    np.testing.assert_array_equal(found, wanted)
    assert found.dtype == np.float64
    assert found.flags.c_contiguous
    assert found.flags.writeable


def test_missing_cells_are_counted(case, table):
    wanted = [sum(row[j] is None for row in case.cells) for j in range(table.n_features)]

    found = table.missing_counts()

    assert found.tolist() == wanted
    assert found.dtype == np.int64


def test_row_keys_depend_on_the_row_alone(case, table):
    keys = table.row_keys()

    assert all(0 <= key < 2**63 for key in keys)
    assert table.take(np.array([3, 1])).row_keys() == [keys[3], keys[1]]
    for i, row in enumerate(case.cells):
        assert [key == keys[i] for key in keys] == [other == row for other in case.cells]


def test_nothing_is_changed_in_place(case, table):
    before = as_bytes(copy.deepcopy(case.native))
    first = cells(table)

    table.with_features([f"f{j}" for j in range(table.n_features)])
    table.stack(table)
    table.gather(np.ones((2, table.n_features), dtype=np.int64))
    table.row_keys()
    table.missing_counts()
    table.like(table)

    assert cells(table) == first
    assert as_bytes(copy.deepcopy(case.native)) == before


def test_table_survives_pickling(case, table):
    again = pickle.loads(pickle.dumps(table))

    assert cells(again) == case.cells
    assert again.features == table.features
    assert again.has_names == table.has_names


def test_a_table_is_its_own_table(table):
    assert as_table(table) is table


def test_features_name_the_columns(case):
    names = [f"f{j}" for j in range(len(case.cells[0]))]

    assert as_table(case.native, features=names).features == tuple(names)
