import numpy as np
import pytest
from oracles.tree_ensembles import seeded_game

from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_leaf_tables import filled_rules
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_piece_lists import SHORT, list_pieces
from pellucid.kernels.tree_pieces import LISTED, SIBLINGS, TABLE, cut_into_pieces
from pellucid.kernels.tree_tables import build_tables


def listed(width, n_rows):
    """The lists of all trees of a game, with the pieces and entries that they are of."""
    game = seeded_game(2, n_columns=9, depth=8, width=width, n_rows=1, m=6, n_trees=3)
    trees, coding = code_trees(game.ensemble.arrays, game.player)
    paths = describe_paths(game.ensemble.arrays, game.player)
    pieces = cut_into_pieces(trees, paths, n_rows, len(game.weights))
    entries = np.full(pieces.start[-1], np.nan)
    background = encode_rows(coding, game.background)
    ends = (0, len(pieces.root))
    build_tables(trees, paths, pieces, *ends, background, game.weights, filled_rules(), entries)
    everyone = np.ones(len(trees.tree_output), dtype=bool)
    shape = (game.n_players, game.ensemble.n_outputs)
    return pieces, entries, list_pieces(trees, paths, pieces, everyone, entries, shape)


def gives_something(role, table, line, n_lines, n_columns):
    """Whether any of the cells that a row with this line looks up is not zero."""
    if role == TABLE:
        return bool(table[line::n_lines].any())
    width = 2 if role == SIBLINGS else 1  # a line in the value that the row gets there
    s, t = table.reshape(2, n_lines, width)
    return bool(s[line].any() or any(t[line & ~(1 << j)].any() for j in range(n_columns)))


@pytest.mark.parametrize("n_rows", [1000, 10**7])
@pytest.mark.parametrize("width", [1, 2])
def test_lines_count_if_any_cell_of_theirs_is_not_zero(width, n_rows):
    pieces, entries, lists = listed(width, n_rows)
    answers = set()
    for i, p in enumerate(lists.number):
        role = lists.pieces["role"][i]
        if role == LISTED:
            continue
        n_lines, table = 1 << lists.n_bits[i], entries[pieces.start[p] : pieces.start[p + 1]]
        for line in range(n_lines):
            word = int(lists.counting[lists.first_word[i] + (line >> 6)])
            found = bool(word >> (line & 63) & 1)
            expected = gives_something(role, table, line, n_lines, pieces.n_columns[p])
            assert found == expected
            answers.add(found)
    assert answers == {False, True}


def test_listed_leaves_always_count():
    _, _, lists = listed(1, 1)
    i = np.flatnonzero(lists.pieces["role"] == LISTED)
    assert len(i) > 0
    assert (lists.n_bits[i] == 0).all()
    assert (lists.counting[lists.first_word[i]] == 1).all()


def test_short_pieces_have_the_cells_of_all_their_players():
    pieces, _, lists = listed(1, 1000)
    short = np.flatnonzero(lists.pieces["is_short"])
    assert len(short) > 0
    for i in short:
        p, piece = lists.number[i], lists.pieces[i]
        columns = pieces.columns[pieces.column_start[p] :][: pieces.n_columns[p]]
        cells = piece["cells"].tolist()
        assert len(set(cells)) == SHORT
        assert set(cells) - set(range(9, 9 + SHORT)) == set(columns.tolist())


def test_each_piece_stands_in_one_line_of_the_cache():
    _, _, lists = listed(1, 1000)
    assert lists.pieces.itemsize == 64
    assert lists.pieces.ctypes.data % 64 == 0
