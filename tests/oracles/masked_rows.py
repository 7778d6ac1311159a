"""Masked rows and differing players cell by cell, straight from the definition."""


def masked_rows(own, references, games, player_of):
    """Rows that take the columns of a coalition from one row, and the others from a reference row.

    Parameters
    ----------
    own : list of d cells
    references : list of rows
    games : list of (reference row, list of its players, list of coalitions)
        A coalition is a list that says for each of these players whether it is in.
    player_of : list of d int

    Returns
    -------
    list of rows
    """
    rows = []
    for reference, players, coalitions in games:
        for coalition in coalitions:
            inside = {player for player, is_in in zip(players, coalition, strict=True) if is_in}
            rows.append(
                [
                    own[j] if player in inside else references[reference][j]
                    for j, player in enumerate(player_of)
                ]
            )
    return rows


def differing_players(own, reference, player_of, n_players):
    """Whether each player has a column in which two rows differ; missing equals missing."""

    def same(one, other):
        return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN

    pairs = list(zip(player_of, own, reference, strict=True))
    return [
        any(player == p and not same(one, other) for p, one, other in pairs)
        for player in range(n_players)
    ]
