import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_shapley import interventional_shapley_values
from unit.kernels.kernels_at_work import values_by_tables, values_of_few_by_tables
from unit.kernels.test_tree_piece_lists import listed

from pellucid.kernels.tree_pieces import LISTED, PACKED, SIBLINGS, TABLE
from pellucid.kernels.tree_ready_lines import (
    NO_SLOT,
    no_ready_lines,
    room_for_lines,
    write_lines_out,
)

ALL = 10**6


def cells_of_players(lists, i):
    """Which cells of a slot are those of players."""
    return lists.pieces["cells"][i] < 9


def slots(lists, ready):
    """Each line that has room, as (place of its piece, line, first slot of the line)."""
    for i, piece in enumerate(lists.pieces):
        slot = int(ready.first_slot[lists.first_word[i]])
        if slot == NO_SLOT:
            continue
        for line in range(1 << int(piece["n_bits"])):
            if int(lists.counting[lists.first_word[i] + (line >> 6)]) >> (line & 63) & 1:
                yield i, line, slot
                slot += int(piece["n_values"])


def share_by_hand(piece, table, line, x, j):
    """What a cell of a piece gets at a line, by what its entries mean."""
    role = piece["role"]
    if role == TABLE:
        columns = table.reshape(-1, 1 << int(piece["n_bits"]))
        return columns[j, line] if j < len(columns) else 0.0
    if role == PACKED:
        s, t = table.reshape(2, -1)
        return s[line] - t[line & ~(1 << j)]
    s, t = table.reshape(2, -1, 2)
    if j == 7:
        return x * s[line, 0] + s[line, 1] - t[line, 1]
    (a, b), other = s[line], t[line & ~(1 << j)]
    return (x * a + b) - (x * other[0] + other[1])


@pytest.mark.parametrize("n_rows", [1000, 10**7])
def test_a_slot_holds_what_each_player_gets(n_rows):
    pieces, entries, lists = listed(1, n_rows)
    ready = room_for_lines(lists, ALL)
    n_pieces, n_slots = write_lines_out(lists, ready, entries, 0, 0, ALL)
    assert n_pieces == len(lists.number)
    shares, seen, n_found = ready.shares.reshape(-1, 8), set(), 0
    assert len(shares) == n_slots
    for i, line, slot in slots(lists, ready):
        piece, p = lists.pieces[i], lists.number[i]
        right, left = piece["given"].tolist()
        values = {1: [0.0], 2: [right, left], 3: [0.0, right, left]}[int(piece["n_values"])]
        table = entries[pieces.start[p] : pieces.start[p + 1]]
        seen.add((int(piece["role"]), len(values)))
        n_found += len(values)
        for number, x in enumerate(values):
            for j in np.flatnonzero(cells_of_players(lists, i)):
                expected = share_by_hand(piece, table, line, x, j)
                assert shares[slot + number, j] == expected
    assert n_found == n_slots
    assert seen >= {(TABLE, 1), (PACKED, 1), (SIBLINGS, 2), (SIBLINGS, 3)} or n_rows > 1000


@pytest.mark.parametrize("n_rows", [1, 1000, 10**7])
@pytest.mark.parametrize("width", [1, 2])
def test_values_are_the_same_to_the_bit_however_many_lines_are_ready(width, n_rows):
    game = seeded_game(2, n_columns=9, depth=9, width=width, n_rows=35, m=50, n_trees=4)
    expected = values_by_tables(game, n_rows)
    for most, n_ready in ((ALL, ALL), (ALL, 1000), (1000, ALL), (1000, 400)):
        found = values_of_few_by_tables(game, n_rows, most=most, n_ready=n_ready)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("n_rows", [1000, 10**7])
@settings(max_examples=40)
@given(games())
def test_values_equal_enumeration(n_rows, game):
    everything = values_of_few_by_tables(game, n_rows, n_ready=ALL)
    for row, found in zip(game.rows, everything, strict=True):
        expected, _ = interventional_shapley_values(game, row)
        np.testing.assert_allclose(found, expected, atol=1e-11)


def test_lines_are_written_piece_by_piece():
    _, entries, lists = listed(1, 1000)
    whole, parts = room_for_lines(lists, ALL), room_for_lines(lists, ALL)
    _, n_slots = write_lines_out(lists, whole, entries, 0, 0, ALL)
    parts.shares[:] = np.nan
    piece, n_written, turns = 0, 0, 0
    while piece < len(lists.number):
        before = n_written
        piece, n_written = write_lines_out(lists, parts, entries, piece, n_written, 100)
        assert n_written > before or piece == len(lists.number)
        assert n_written - before < 100 + 3 * 256
        written = parts.shares.reshape(-1, 8)
        assert not np.isnan(written[:n_written]).any()
        assert np.isnan(written[n_written:]).all()
        turns += 1
    assert turns > 10
    assert n_written == n_slots
    np.testing.assert_array_equal(parts.shares, whole.shares)


def test_room_is_bounded():
    _, _, lists = listed(1, 1000)
    n_all = len(room_for_lines(lists, ALL).shares) // 8
    for most in (0, 100, n_all // 2, n_all - 1, n_all):
        ready = room_for_lines(lists, most)
        n_slots = len(ready.shares) // 8
        assert n_slots <= most
        has_room = ready.first_slot[lists.first_word] != NO_SLOT
        is_short = lists.pieces["is_short"] == 1
        n_before = np.count_nonzero(has_room)
        assert has_room[is_short].tolist() == [True] * n_before + [False] * (
            np.count_nonzero(is_short) - n_before
        )
        assert (most == n_all) == has_room[is_short].all()
    assert n_slots == n_all


@pytest.mark.parametrize("width", [1, 2])
def test_long_pieces_and_lists_and_those_of_several_values_have_no_room(width):
    _, _, lists = listed(width, 1000)
    ready = room_for_lines(lists, ALL)
    has_room = ready.first_slot[lists.first_word] != NO_SLOT
    np.testing.assert_array_equal(has_room, lists.pieces["is_short"] == 1)
    assert has_room.any() == (width == 1)
    assert not has_room[lists.pieces["role"] == LISTED].any()


def test_slots_are_lines_of_the_cache():
    _, _, lists = listed(1, 1000)
    assert room_for_lines(lists, ALL).shares.ctypes.data % 64 == 0
    assert (no_ready_lines(lists).first_slot == NO_SLOT).all()
