"""Groups of columns, and the raw columns that engineered ones come from, as they are stored."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from pellucid._core.errors import InvalidInputError
from pellucid.data.feature_map import FeatureMap
from pellucid.data.groups import Players
from pellucid.data.origin import Origin
from pellucid.explanation.rows import Arrays


def encode_players(players: Players) -> dict[str, Any]:
    """Return groups of columns as plain objects."""
    return {
        "names": list(players.names),
        "columns": list(players.columns),
        "player_of": players.player_of.tolist(),
    }


def decode_players(content: dict[str, Any]) -> Players:
    """Return the groups of columns that were encoded."""
    names, columns = tuple(content["names"]), tuple(content["columns"])
    player_of = np.array(content["player_of"], dtype=np.int64)
    if player_of.shape != (len(columns),) or set(player_of.tolist()) != set(range(len(names))):
        raise InvalidInputError("its columns do not belong to its players")
    return Players(names, columns, player_of)


def encode_origin(origin: Origin, arrays: Arrays, *, prefix: str) -> dict[str, Any]:
    """Return an origin as plain objects, and add the arrays of its sparse matrix."""
    matrix = origin.feature_map.matrix
    arrays[f"{prefix}credit"] = matrix.data
    arrays[f"{prefix}columns"] = matrix.indices.astype(np.int64)
    arrays[f"{prefix}starts"] = matrix.indptr.astype(np.int64)
    return {
        "features": list(origin.features),
        "n_engineered": int(matrix.shape[1]),
        "assumption": origin.feature_map.assumption,
        "mixing": origin.feature_map.mixing,
        "players": None if origin.players is None else encode_players(origin.players),
    }


def decode_origin(content: dict[str, Any], arrays: Arrays, *, prefix: str) -> Origin:
    """Return the origin that was encoded.

    Raises
    ------
    InvalidInputError
        Its matrix is none.
    """
    features, players = tuple(content["features"]), content["players"]
    # Copies: a matrix sorts what it is given in place, and files may be mapped read-only.
    credit, columns, starts = (
        np.array(arrays[f"{prefix}{name}"]) for name in ("credit", "columns", "starts")
    )
    shape = len(features), int(content["n_engineered"])
    matrix = sp.csr_array((credit, columns, starts), shape=shape)
    matrix.check_format(full_check=True)
    return Origin(
        FeatureMap(matrix, content["assumption"], content["mixing"]),
        features,
        None if players is None else decode_players(players),
    )
