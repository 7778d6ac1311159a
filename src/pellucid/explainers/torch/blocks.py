"""Pairs of a row and a reference row in blocks that fit into memory, and into the graph."""

from typing import Any, Protocol

import numpy as np
import torch

from pellucid.data.feature_map import FeatureMap

BYTES_PER_BLOCK = 128 * 2**20
"""Memory for what the operators return for one block of pairs."""
COPIES = 5
"""So many numbers are held for each that an operator returns: two values, a slope, gradients."""
MOST_PAIRS = 8192


class Runnable(Protocol):
    """What is run on pairs."""

    @property
    def n_rows(self) -> int | None:
        """The only number of pairs that it takes; None for any of two or more."""
        ...

    @property
    def cells_per_row(self) -> int:
        """Numbers that all operators together return for one row."""
        ...


def pairs_per_block(program: Runnable, n_players: int) -> int:
    """Return how many pairs may be run at once."""
    per_pair = 8 * (COPIES * program.cells_per_row + 4 * n_players)
    return program.n_rows or min(max(BYTES_PER_BLOCK // per_pair, 2), MOST_PAIRS)


def as_many_as(n_rows: int | None, at: Any) -> Any:
    """Repeat the last of some numbers of pairs until there are as many as a graph takes."""
    needed = n_rows or max(len(at), 2)
    return at[torch.arange(needed, device=at.device).clamp_(max=len(at) - 1)]


def of_players(values: Any, players: FeatureMap) -> Any:
    """Add up what cells (p, cells, c) get for the players that they belong to."""
    if np.array_equal(players.raw_of, np.arange(players.n_raw)):
        return values
    member_of = torch.as_tensor(players.raw_of, device=values.device)
    whole = values.new_zeros(len(values), players.n_raw, values.shape[2])
    return whole.index_add_(1, member_of, values)
