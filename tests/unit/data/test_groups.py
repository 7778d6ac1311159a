import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid.data.groups import make_players

COLUMNS = ("age", "red", "green", "blue", "lat", "long")


@st.composite
def partitions(draw):
    """Columns, and the group that each of them is in, or None."""
    d = draw(st.integers(1, 12))
    return [draw(st.sampled_from([None, "a", "b", "c", "d"])) for _ in range(d)]


@given(partitions(), st.randoms())
def test_players_are_the_groups_and_the_columns_in_none(group_of, random):
    columns = [f"column {j}" for j in range(len(group_of))]
    named = sorted({name for name in group_of if name is not None})
    random.shuffle(named)
    groups = {}
    for name in named:
        members = [j for j, group in enumerate(group_of) if group == name]
        random.shuffle(members)
        groups[name] = [random.choice([j, columns[j]]) for j in members]

    players = make_players(groups, columns)

    assert [players.names[p] for p in players.player_of] == [
        group or column for group, column in zip(group_of, columns, strict=True)
    ]
    first = [players.player_of.tolist().index(p) for p in range(len(players.names))]
    assert first == sorted(first)
    assert players.columns == tuple(columns)
    assert players.feature_map.n_raw == len(players.names)


def test_groups_without_names_are_called_after_their_columns():
    players = make_players([["long", "lat"], [1, 2, 3, 0]], COLUMNS)

    assert players.names == ("red + green + 2 more", "long + lat")
    assert players.player_of.tolist() == [0, 0, 0, 0, 1, 1]
    assert players.columns_of(1) == ("lat", "long")


@pytest.mark.parametrize("groups", [{}, [], {"age": ["age"]}, [["age"]]])
def test_every_column_plays_where_no_two_are_in_a_group(groups):
    players = make_players(groups, COLUMNS)

    assert players.names == COLUMNS
    assert players.player_of.tolist() == list(range(6))


def test_columns_come_in_arrays_and_ranges_too():
    groups = {"colour": np.array(["red", "blue", "green"]), "place": range(4, 6)}

    players = make_players(groups, COLUMNS)

    assert players.names == ("age", "colour", "place")


def test_a_group_may_bear_the_name_of_one_of_its_columns():
    assert make_players({"lat": ["lat", "long"]}, COLUMNS).names[-1] == "lat"


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"colour": ["red", "pink"]}, r"'colour' has 'pink', which is no column"),
        ({"colour": ["red", 6]}, r"'colour' has position 6, but there are 6 columns"),
        ({"colour": [-1]}, r"'colour' has position -1, but there are 6 columns"),
        ([["lat"], ["pink"]], r"group 1 has 'pink', which is no column"),
    ],
)
def test_unknown_columns_are_named(groups, message):
    with pytest.raises(FeatureMismatchError, match=message):
        make_players(groups, COLUMNS)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"colour": []}, r"'colour' has no columns"),
        ([["red"], []], r"group 1 has no columns"),
        ({"a": ["red"], "b": ["lat", "red"]}, r"column 'red' is in 'b' and in 'a'"),
        ({"a": ["red", 1]}, r"column 'red' is in 'a' twice"),
        ([["red", "lat"], ["red", "age"]], r"column 'red' is in 'red \+ age' and in 'red \+ lat'"),
        ({"age": ["red", "blue"]}, r"'age' is the name of a column that is not in this group"),
        ({1: ["red"], "1": ["blue"]}, r"more than one group '1'"),
        ({"colour": "red"}, r"'colour' is 'red'; a list of columns is needed"),
        (["red", "blue"], r"group 0 is 'red'; a list of columns is needed"),
        ({"colour": 3}, r"'colour' is 3; a list of columns is needed"),
        ({"colour": [1.0]}, r"'colour' has 1.0; columns are given by name or position"),
        ({"colour": [True]}, r"'colour' has True; columns are given by name or position"),
        ("red", r"groups is a str; pass a mapping"),
        (3, r"groups is an int; pass a mapping"),
    ],
)
def test_groups_that_cannot_be_are_refused(groups, message):
    with pytest.raises(InvalidInputError, match=message):
        make_players(groups, COLUMNS)


def test_players_are_equal_when_equal_and_can_be_pickled():
    players = make_players({"colour": ["red", "blue"]}, COLUMNS)

    assert pickle.loads(pickle.dumps(players)) == players
    assert players != make_players({"colour": ["red", "green"]}, COLUMNS)
    assert players != make_players({"paint": ["red", "blue"]}, COLUMNS)
    assert players != players.names
