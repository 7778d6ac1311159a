"""Which features of an explanation a column of its model stands behind, raw or engineered."""

from collections.abc import Sequence

from pellucid._core.errors import InvalidInputError
from pellucid.data.groups import Players
from pellucid.explanation.local import Explanation


def raw_features(explanation: Explanation) -> tuple[tuple[str, ...], Players | None]:
    """Return the raw features of an explanation, and which columns each stands for."""
    origin = explanation.origin
    known = explanation if origin is None else origin
    return known.features, known.players


def raw_columns(explanation: Explanation) -> tuple[str, ...]:
    """Return the names of the columns that the raw features stand for."""
    features, players = raw_features(explanation)
    return features if players is None else players.columns


def features_behind(explanation: Explanation, columns: Sequence[str], place: int) -> list[int]:
    """Return the features that a column has a part in, alone or with others.

    Parameters
    ----------
    explanation : Explanation
    columns : sequence of str
        The columns that the model takes.
    place : int
        Of one of them.
    """
    if tuple(columns) == explanation.features:
        return [place]
    features, players = raw_features(explanation)
    name = columns[place]
    if players is not None:
        known = players.columns
        at = int(players.player_of[known.index(name)]) if name in known else None
    elif name in features:
        at = features.index(name)
    else:
        at = place if len(features) == len(columns) else None
    if at is None:
        return []
    origin = explanation.origin
    return [at] if origin is None else list(origin.columns_of(features[at]))


def input_behind(explanation: Explanation, columns: Sequence[str], feature: int) -> int:
    """Return the one column that is behind a feature.

    Raises
    ------
    InvalidInputError
        There are several, or there is none.
    """
    behind = [
        place
        for place in range(len(columns))
        if feature in features_behind(explanation, columns, place)
    ]
    if len(behind) != 1:
        named = ", ".join(repr(columns[place]) for place in behind[:3]) or "no column"
        more = " and others" if len(behind) > 3 else ""
        raise InvalidInputError(
            f"{explanation.features[feature]!r} comes from {named}{more}, not from one column "
            "that the model could be asked about"
        )
    return behind[0]
