import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from oracles.masked_rows import differing_players

from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import as_table
from pellucid.explainers.differing import cells_of

ROWS = np.array([[0.0, 1.0, np.nan, -0.0], [2.0, 1.0, np.nan, 0.0], [0.0, np.nan, 3.0, 4.0]])
CELLS = [0.0, -0.0, 1.0, -2.5, np.nan, np.inf, 1e-300]


@pytest.mark.parametrize("convert", [np.asarray, pd.DataFrame, sp.csr_array])
def test_cells_differ_by_content(convert):
    frame = convert(ROWS)
    cells = cells_of(as_table(frame.rename(columns=str) if convert is pd.DataFrame else frame))
    differs = cells.differing(cells.row(0), slice(None))
    assert differs.tolist() == [[False] * 4, [True, False, False, False], [False, True, True, True]]
    assert cells.count_differing(cells.row(0)).tolist() == [0, 1, 3]
    assert cells.differing(cells.row(2), np.array([2, 0])).tolist() == [
        [False] * 4,
        [False, True, True, True],
    ]


def test_stored_zeros_equal_absent_ones():
    stored = sp.csr_array((np.array([0.0, 5.0]), np.array([0, 2]), np.array([0, 2])), shape=(1, 3))
    cells = cells_of(as_table(sp.csr_array(np.array([[0.0, 0.0, 5.0], [1.0, 0.0, 0.0]]))))
    own = cells_of(as_table(stored)).row(0)
    assert cells.differing(own, slice(None)).tolist() == [[False] * 3, [True, False, True]]
    assert cells.count_differing(own).tolist() == [0, 2]


@st.composite
def tables(draw):
    """A row, reference rows, and who plays with their columns."""
    d, m = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    cells = draw(st.lists(st.sampled_from(CELLS), min_size=d * (m + 1), max_size=d * (m + 1)))
    _, player_of = np.unique(
        draw(st.lists(st.integers(0, 3), min_size=d, max_size=d)), return_inverse=True
    )
    return np.array(cells).reshape(m + 1, d), player_of


@given(tables(), st.sampled_from([np.asarray, sp.csr_array]), st.randoms())
def test_a_player_differs_if_any_of_its_columns_does(table, convert, random):
    rows, player_of = table
    players = FeatureMap.of(player_of, int(player_of.max()) + 1)
    own = cells_of(as_table(convert(rows[:1])), players).row(0)
    cells = cells_of(as_table(convert(rows[1:])), players)
    expected = [differing_players(rows[0], row, player_of, players.n_raw) for row in rows[1:]]

    assert cells.differing(own, slice(None)).tolist() == expected
    assert cells.count_differing(own).tolist() == [sum(row) for row in expected]
    chosen = random.choices(range(len(expected)), k=3)
    assert cells.differing(own, np.array(chosen)).tolist() == [expected[b] for b in chosen]
