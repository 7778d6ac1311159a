"""``Players``: which columns enter and leave a coalition together, as the user groups them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid._core.typing import Integers
from pellucid._core.validation import as_integer, first_repeated, kind_of
from pellucid.data.feature_map import FeatureMap

Group: TypeAlias = Iterable[str | int]
Groups: TypeAlias = Mapping[str, Group] | Sequence[Group]
"""Columns by name or position: groups by their names, or groups without names."""

MOST_COLUMNS_NAMED = 3
"""So many columns make up the name of a group that was given none; the others are counted."""


@dataclass(frozen=True, eq=False)
class Players:
    """The players of a game: columns, and groups of columns.

    Attributes
    ----------
    names : tuple of str
        One for each player, in the order in which their columns first appear.
    columns : tuple of str
        Names of the columns, d of them.
    player_of : ndarray of int64, shape (d,)
        The player that each column belongs to.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    player_of: Integers

    @property
    def feature_map(self) -> FeatureMap:
        """The map from columns, as engineered ones, to players, as the raw ones."""
        return FeatureMap.of(self.player_of, len(self.names))

    @property
    def summary(self) -> str:
        """How many players there are, and of how many columns."""
        sizes = np.bincount(self.player_of)
        n_groups, n_grouped = int((sizes > 1).sum()), int(sizes[sizes > 1].sum())
        return f"{n_groups} of {n_grouped} columns; {len(sizes) - n_groups} columns alone"

    def as_groups(self) -> dict[str, list[str]]:
        """Return all players as groups, such as :func:`make_players` takes them."""
        return {name: list(self.columns_of(i)) for i, name in enumerate(self.names)}

    def columns_of(self, player: int) -> tuple[str, ...]:
        """Return the names of a player's columns."""
        return tuple(self.columns[j] for j in np.flatnonzero(self.player_of == player))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Players):
            return NotImplemented
        return (
            self.names == other.names
            and self.columns == other.columns
            and np.array_equal(self.player_of, other.player_of)
        )

    __hash__ = None  # type: ignore[assignment]  # like arrays, whose content decides about equality


def make_players(groups: Groups, features: Sequence[str]) -> Players:
    """Let columns play in groups; each column in no group is a player of its own.

    Parameters
    ----------
    groups : mapping from str to sequence of str or int, or sequence of such sequences
        Columns by name or position; a group without a name is called after its columns.
    features : sequence of str
        Names of the columns, all different.

    Raises
    ------
    InvalidInputError
        This is no such mapping or sequence; a group is empty, or has the name of another group or
        of a column that is not its own; or a column is in two groups.
    FeatureMismatchError
        There is no such column.

    Examples
    --------
    >>> columns = ["age", "red", "green", "lat", "long"]
    >>> players = make_players({"colour": ["red", "green"], "place": [3, 4]}, columns)
    >>> players.names
    ('age', 'colour', 'place')
    >>> players.player_of
    array([0, 1, 1, 2, 2])
    >>> make_players([["lat", "long"]], columns).names
    ('age', 'red', 'green', 'lat + long')
    """
    features = tuple(features)
    position = {name: j for j, name in enumerate(features)}
    group_of = np.full(len(features), -1, dtype=np.int64)
    names: list[str] = []
    for name, columns in _named_groups(groups):
        members = [_position(column, position, _shown(name, names)) for column in columns]
        if not members:
            raise InvalidInputError(f"groups: {_shown(name, names)} has no columns")
        settled = _name_of([features[j] for j in members]) if name is None else name
        for j in members:
            if group_of[j] >= 0:
                in_two = names[group_of[j]] if group_of[j] < len(names) else settled
                again = "twice" if in_two == settled else f"and in {in_two!r}"
                raise InvalidInputError(
                    f"groups: column {features[j]!r} is in {settled!r} {again}; "
                    "a column can be in one group only"
                )
            group_of[j] = len(names)
        names.append(settled)
    _check_names(names, position, group_of)
    return _in_order_of_columns(names, features, group_of)


def _named_groups(groups: Any) -> list[tuple[str | None, Iterable[Any]]]:
    """Return the groups with their names, None where they have none."""
    if isinstance(groups, Mapping):
        named = [(None if name is None else str(name), group) for name, group in groups.items()]
    elif isinstance(groups, Iterable) and not isinstance(groups, str):
        named = [(None, group) for group in groups]
    else:
        raise InvalidInputError(
            f"groups is {kind_of(groups)}; pass a mapping from names to lists of columns, or a "
            "list of lists of columns"
        )
    for i, (name, group) in enumerate(named):
        if isinstance(group, str) or not isinstance(group, Iterable):
            called = f"group {i}" if name is None else repr(name)
            raise InvalidInputError(f"groups: {called} is {group!r}; a list of columns is needed")
    return [(name, list(group)) for name, group in named]


def _shown(name: str | None, before: Sequence[str]) -> str:
    return f"group {len(before)}" if name is None else repr(name)


def _position(column: Any, position: Mapping[str, int], group: str) -> int:
    """Return a column's position, whichever way the user wrote it."""
    if isinstance(column, str):
        if column not in position:
            raise FeatureMismatchError(f"groups: {group} has {str(column)!r}, which is no column")
        return position[column]
    j = as_integer(column)
    if j is None:
        raise InvalidInputError(
            f"groups: {group} has {column!r}; columns are given by name or position"
        )
    if not 0 <= j < len(position):
        raise FeatureMismatchError(
            f"groups: {group} has position {j}, but there are {len(position)} columns"
        )
    return j


def _name_of(columns: Sequence[str]) -> str:
    """Return the name of a group that was given none."""
    if len(columns) <= MOST_COLUMNS_NAMED:
        return " + ".join(columns)
    named = columns[: MOST_COLUMNS_NAMED - 1]
    return " + ".join([*named, f"{len(columns) - len(named)} more"])


def _check_names(names: Sequence[str], position: Mapping[str, int], group_of: Integers) -> None:
    repeated = first_repeated(names)
    if repeated is not None:
        raise InvalidInputError(f"groups has more than one group {repeated!r}")
    for group, name in enumerate(names):
        if name in position and group_of[position[name]] != group:
            raise InvalidInputError(
                f"groups: {name!r} is the name of a column that is not in this group; "
                "give the group another name"
            )


def _in_order_of_columns(
    names: Sequence[str], features: tuple[str, ...], group_of: Integers
) -> Players:
    player_of = np.empty(len(features), dtype=np.int64)
    order: list[str] = []
    known: dict[int, int] = {}
    for j, group in enumerate(group_of.tolist()):
        if group in known:
            player_of[j] = known[group]
            continue
        player_of[j] = len(order)
        if group >= 0:
            known[group] = len(order)
        order.append(features[j] if group < 0 else names[group])
    return Players(tuple(order), features, player_of)
