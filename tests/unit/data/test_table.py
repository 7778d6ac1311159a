"""Names and order of columns: ``as_table`` and ``align``."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid.data.table import align, as_table, positional_names

ROWS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
NAMES = ["age", "hours", "gain"]


def aligned(table, features, *, has_names=True):
    return align(table, features, has_names=has_names, name="X", to="the model")


def test_wrong_number_of_names_is_refused():
    with pytest.raises(FeatureMismatchError, match="features has 2 names, but X has 3 columns"):
        as_table(ROWS, features=["a", "b"])


def test_names_that_occur_twice_are_refused():
    with pytest.raises(FeatureMismatchError, match=r"features has duplicate names: a$"):
        as_table(ROWS, features=["a", "b", "a"])


def test_names_become_strings():
    assert as_table(ROWS, features=[1, "b", np.str_("c")]).features == ("1", "b", "c")


def test_messages_call_the_rows_by_their_name():
    with pytest.raises(InvalidInputError, match="initialization_examples has no rows"):
        as_table(np.empty((0, 2)), name="initialization_examples")


@given(st.permutations(NAMES))
def test_columns_are_brought_into_order_by_name(order):
    whole = pd.DataFrame(ROWS, columns=NAMES)
    for rows in (whole[order], sp.csr_matrix(whole[order].to_numpy())):
        table = as_table(rows, features=order)

        found = aligned(table, NAMES)

        assert found.features == tuple(NAMES)
        assert found.to_matrix().tolist() == ROWS


def test_columns_in_order_are_left_alone():
    table = as_table(pd.DataFrame(ROWS, columns=NAMES))

    assert aligned(table, NAMES) is table


def test_unnamed_columns_are_matched_by_position_and_take_the_names():
    found = aligned(as_table(ROWS), NAMES)

    assert found.features == tuple(NAMES)
    assert found.has_names
    assert found.to_matrix().tolist() == ROWS


def test_named_columns_are_matched_by_position_where_nothing_is_known():
    table = as_table(pd.DataFrame(ROWS, columns=NAMES))

    assert aligned(table, positional_names(3), has_names=False) is table


@pytest.mark.parametrize("has_names", [True, False])
def test_another_number_of_unnamed_columns_is_refused(has_names):
    with pytest.raises(FeatureMismatchError, match=r"^X has 3 columns, but the model has 2$"):
        aligned(as_table(ROWS), ["a", "b"], has_names=has_names)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["age", "hours"], "X has column 'gain', which the model does not know"),
        (["age", "hours", "gain", "sex"], "X lacks column 'sex'"),
        (
            ["age", "Hours", "gain"],
            "X lacks column 'Hours' and has column 'hours', which the model",
        ),
        (["a", "b", "gain"], "X lacks columns 'a', 'b' and has columns 'age', 'hours', which"),
    ],
)
def test_other_names_are_refused_and_named(wanted, message):
    with pytest.raises(FeatureMismatchError, match=message):
        aligned(as_table(ROWS, features=NAMES), wanted)


def test_long_lists_of_names_are_cut():
    with pytest.raises(FeatureMismatchError) as caught:
        aligned(as_table(ROWS, features=NAMES), [*NAMES, *(f"f{j}" for j in range(100))])

    assert str(caught.value) == "X lacks columns 'f0', 'f1', 'f2', 'f3', 'f4' and 95 more"


@given(
    st.lists(st.text("a _", min_size=1, max_size=3), min_size=3, max_size=3, unique=True),
    st.lists(st.text("a _", min_size=1, max_size=3), min_size=3, max_size=3, unique=True),
)
def test_no_column_is_taken_for_another_where_spaces_match_underscores(given_names, wanted):
    table = as_table(ROWS, features=given_names)
    try:
        found = aligned(table, wanted)
    except FeatureMismatchError:
        assert set(given_names) != set(wanted)
        return
    cells = as_table(ROWS)
    place = {tuple(cells.column(j)): given_names[j] for j in range(3)}
    source = [place[tuple(found.column(j))] for j in range(3)]
    assert wanted in (source, [name.replace(" ", "_") for name in source])
