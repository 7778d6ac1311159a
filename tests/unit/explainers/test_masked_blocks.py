import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.masked_rows import masked_rows

from pellucid.data.table import as_table
from pellucid.explainers.masked_blocks import blocks_of
from pellucid.explainers.masking import with_the_row_itself

NAMES = tuple("abcdef")
WORDS = np.array(["none", "one", "two"])
DAYS = np.array(["2020-01-01", "2020-02-02", "NaT"], dtype="datetime64[ns]")


def pandas_frame(numbers):
    """A frame with a column of another type for each of six columns."""
    columns = [
        pd.Categorical.from_codes(numbers[:, 0] - 1, categories=["lo", "hi"], ordered=True),
        pd.array(np.where(numbers[:, 1] > 0, numbers[:, 1], None), dtype="Int64"),
        pd.Series(WORDS[numbers[:, 2]], dtype="str"),
        DAYS[numbers[:, 3]],
        numbers[:, 4].astype(np.float32),
        pd.array(numbers[:, 5] > 0, dtype="boolean"),
    ]
    return pd.DataFrame(dict(zip(NAMES, columns, strict=True)))


def sparse_with_stored_zeros(numbers):
    matrix = sp.csr_array(numbers + 1.0)
    matrix.data -= 1.0
    matrix.data[matrix.data == 1.0] = np.nan
    return matrix


CONTAINERS = {
    **{f"array of {t}": lambda numbers, t=t: numbers.astype(t) for t in ("f8", "f4", "f2", "i8")},
    **{f"array of {t}": lambda numbers, t=t: numbers.astype(t) for t in ("?", "u1", "i2", "O")},
    "array of words": WORDS.__getitem__,
    "array of dates": DAYS.__getitem__,
    "fortran": lambda numbers: np.asfortranarray(numbers * 0.5),
    "csr": lambda numbers: sp.csr_array(numbers * 0.5),
    "csr matrix of f4": lambda numbers: sp.csr_matrix(numbers.astype("f4")),
    "csr of whole numbers": sp.csr_array,
    "csr with stored zeros": sparse_with_stored_zeros,
    "pandas": pandas_frame,
    "polars": lambda numbers: pl.from_pandas(pandas_frame(numbers)),
    "pyarrow": lambda numbers: pa.Table.from_pandas(pandas_frame(numbers)),
}


def cells_and_type(rows):
    """Cells as text, a list per row, and the types that they come in."""
    if sp.issparse(rows):
        # A cell that is not stored is another one than a stored zero.
        cells = np.full(rows.shape, "", dtype=object)
        for i in range(rows.shape[0]):
            stored = slice(rows.indptr[i], rows.indptr[i + 1])
            assert (np.diff(rows.indices[stored]) > 0).all()
            cells[i, rows.indices[stored]] = [repr(cell) for cell in rows.data[stored].tolist()]
        return cells.tolist(), (type(rows), rows.dtype)
    if isinstance(rows, np.ndarray):
        return [[repr(cell) for cell in row] for row in rows.tolist()], rows.dtype
    if isinstance(rows, pd.DataFrame):
        return rows.map(repr).to_numpy().tolist(), rows.dtypes.to_dict()
    frame = rows if isinstance(rows, pl.DataFrame) else pl.from_arrow(rows)
    return [[repr(cell) for cell in row] for row in frame.rows()], rows.schema


@st.composite
def games(draw):
    """Numbers from 0 to 2 as cells, who plays, and games of the first row."""
    d, m = 6, draw(st.integers(1, 4))
    cells = draw(st.lists(st.integers(0, 2), min_size=d * (m + 2), max_size=d * (m + 2)))
    _, player_of = np.unique(
        draw(st.lists(st.integers(0, 5), min_size=d, max_size=d)), return_inverse=True
    )
    found = []
    for _ in range(draw(st.integers(0, 4))):
        players = draw(st.sets(st.integers(0, int(player_of.max())), min_size=1))
        coalition = st.lists(st.booleans(), min_size=len(players), max_size=len(players))
        coalitions = draw(st.lists(coalition, max_size=4))
        found.append((draw(st.integers(0, m - 1)), sorted(players), coalitions))
    return np.array(cells).reshape(m + 2, d), player_of, found


def as_kernels_take_them(games, n_players):
    marked = np.zeros((len(games), n_players), dtype=bool)
    for i, (_, players, _) in enumerate(games):
        marked[i, players] = True
    coalitions = [
        np.array(block, dtype=bool).reshape(-1, len(players)) for _, players, block in games
    ]
    return with_the_row_itself([reference for reference, _, _ in games], marked, coalitions)


@pytest.mark.parametrize("container", CONTAINERS)
@settings(max_examples=25)
@given(games(), st.integers(1, 7))
def test_each_cell_comes_from_where_it_should_whatever_the_blocks(container, game, size):
    numbers, player_of, games = game
    native = CONTAINERS[container](numbers)
    table = as_table(native)
    references, own = table.take(slice(2, None)), table.take(slice(0, 2))
    cells, kind = cells_and_type(native)
    taken = as_kernels_take_them(games, int(player_of.max()) + 1)
    blocks = blocks_of(references, own, player_of)

    for i in (0, 1):
        found = []
        for first in range(0, taken.first_row[-1], size):
            n_rows = min(size, int(taken.first_row[-1]) - first)
            block = blocks.write(i, taken, first, n_rows)
            assert block.features == table.features
            assert block.has_names == table.has_names
            block_cells, block_kind = cells_and_type(block.native)
            assert block_kind == kind
            found += block_cells
        assert found == [cells[i], *masked_rows(cells[i], cells[2:], games, player_of)]


def every_coalition(m, n_players):
    coalitions = (np.arange(2**n_players)[:, None] >> np.arange(n_players)) % 2 == 1
    marked = np.ones((m, n_players), dtype=bool)
    return with_the_row_itself(range(m), marked, [coalitions] * m)


def spoil(rows):
    """Change all that can be changed in rows, as a careless model might."""
    if sp.issparse(rows):
        rows.data[:] = rows.data.dtype.type(9)
        rows.indices[:] = 0
        rows.indptr[1:] = rows.indptr[-1]
        rows.data = rows.data[:1]
    elif isinstance(rows, np.ndarray):
        rows[:] = rows.dtype.type(9)
        rows.shape = (-1,)
        rows.flags.writeable = False
    else:
        rows.loc[:, "e"] = 9
        del rows["a"]


@pytest.mark.parametrize(
    "container", ["array of f8", "array of f4", "csr", "csr of whole numbers", "pandas"]
)
def test_what_a_model_does_to_its_rows_is_forgotten(container):
    numbers = np.array([[1, 2, 0, 1, 2, 0], [0, 0, 1, 2, 1, 2], [2, 1, 0, 0, 1, 1]])
    table = as_table(CONTAINERS[container](numbers))
    references, own = table.take(slice(1, None)), table.take(slice(0, 1))
    games = every_coalition(2, 6)

    def seen(*, spoiled):
        blocks = blocks_of(references, own, np.arange(6))
        found = []
        for first in range(0, games.first_row[-1], 40):
            n_rows = min(40, int(games.first_row[-1]) - first)
            rows = blocks.write(0, games, first, n_rows).native
            found += cells_and_type(rows)[0]
            if spoiled:
                spoil(rows)
        return found

    assert seen(spoiled=True) == seen(spoiled=False)
    assert cells_and_type(table.native)[0] == cells_and_type(CONTAINERS[container](numbers))[0]


def test_sparse_rows_take_memory_for_stored_cells_only():
    rng = np.random.default_rng(0)
    table = as_table(sp.random_array((40, 50_000), density=0.001, format="csr", rng=rng))
    references, own = table.take(slice(1, None)), table.take(slice(0, 1))
    games = every_coalition(4, 12)
    player_of = np.arange(50_000) % 12

    tracemalloc.start()
    blocks = blocks_of(references, own, player_of)
    rows = blocks.write(0, games, 0, int(games.first_row[-1])).native
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert rows.shape == (4 * 2**12 + 1, 50_000)  # 6.5 GB, if it were dense
    assert blocks.rows_per_call == 16_384
    assert peak < 50e6


def test_calls_are_bounded_by_the_cells_they_hold():
    wide = as_table(np.zeros((3, 8192), dtype=np.int8))
    assert blocks_of(wide, wide, np.arange(8192)).rows_per_call == 512
    full = as_table(sp.csr_array(np.ones((3, 4096))))
    assert blocks_of(full, full, np.arange(4096)).rows_per_call == 512
