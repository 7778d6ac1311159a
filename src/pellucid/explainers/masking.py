"""Rows that take some columns from the row to explain and the others from a reference row."""

from collections.abc import Sequence
from typing import final

import numpy as np

from pellucid._core.typing import Booleans, Floats, Integers, OutputSpace
from pellucid.data.table import Table, as_table
from pellucid.explainers.differing import Cells, cells_of
from pellucid.explainers.masked_blocks import blocks_of
from pellucid.kernels.masked_rows import Games
from pellucid.models.function import rows_like
from pellucid.models.model import Model


def in_kind_of(reference: Table, table: Table) -> Table:
    """Return a table in the kind of container of another one, and with its column types."""
    names = reference.features if reference.has_names else None
    return as_table(rows_like(reference, table), features=names).like(reference)


@final
class MaskedRows:
    """Builds masked rows for a batch of rows to explain, and has the model predict them.

    Parameters
    ----------
    model : Model
        Predicts the rows.
    space : {"raw", "probability", "value"}
        The output space that it predicts.
    background : Table
        Reference rows, m of them.
    cells : Cells
        Those of the reference rows, and who plays with them.
    table : Table
        Rows to explain.
    """

    def __init__(
        self, model: Model, space: OutputSpace, background: Table, cells: Cells, table: Table
    ) -> None:
        self.model = model
        self.space = space
        own = in_kind_of(background, table)
        self.cells = cells
        self.own_cells = cells_of(own, cells.players, cells.unused)
        self.blocks = blocks_of(background, own, cells.players.raw_of)

    @property
    def n_players(self) -> int:
        """Number of players: columns, or groups of them."""
        return self.cells.players.n_raw

    def differing(self, i: int, references: slice | Integers) -> Booleans:
        """Return in which players row i to explain differs from reference rows, (r, players)."""
        return self.cells.differing(self.own_cells.row(i), references)

    def count_differing(self, i: int) -> Integers:
        """Return in how many players row i to explain differs from each reference row, (m,)."""
        return self.cells.count_differing(self.own_cells.row(i))

    def predict(
        self,
        i: int,
        references: Sequence[int],
        players: Sequence[Booleans],
        coalitions: Sequence[Booleans],
    ) -> tuple[Floats, list[Floats]]:
        """Predict row i to explain, and what its coalitions with reference rows make of it.

        Every call is about one row to explain only, so that its results do not depend on the rows
        around it, down to the last bit. The rows of a call are the model's until it returns.

        Parameters
        ----------
        i : int
            Row to explain.
        references : sequence of r int
            Reference rows.
        players : sequence of r ndarray of bool, shape (number of players,)
            Players that the coalitions are about, for each reference row.
        coalitions : sequence of r ndarray of bool, shape (c, n)
            Which of these players take their columns from the row to explain.

        Returns
        -------
        full : ndarray of float64, shape (k,)
            Output for the row to explain.
        outputs : list of r ndarray of float64, shape (c, k)
        """
        marked = np.reshape(players, (len(references), self.n_players))
        games = with_the_row_itself(references, marked, coalitions)
        n_rows, size = int(games.first_row[-1]), self.blocks.rows_per_call
        parts = [
            self.model.predict(
                self.blocks.write(i, games, first, min(size, n_rows - first)), self.space
            )
            for first in range(0, n_rows, size)
        ]
        outputs = np.ascontiguousarray(np.concatenate(parts), dtype=np.float64)
        return outputs[0], np.split(outputs[1:], games.first_row[2:-1] - 1) if references else []


def with_the_row_itself(
    references: Sequence[int], marked: Booleans, coalitions: Sequence[Booleans]
) -> Games:
    """Return games as kernels take them, before them the row to explain as a game of its own.

    Parameters
    ----------
    references : sequence of r int
    marked : ndarray of bool, shape (r, number of players)
        Players of each game.
    coalitions : sequence of r ndarray of bool, shape (c, n)
    """
    n_rows = [1, *(len(block) for block in coalitions)]
    n_players: Integers = np.append(1, marked.sum(axis=1, dtype=np.int64))
    members = [np.zeros(1, dtype=np.bool_), *(block.ravel() for block in coalitions)]
    return Games(
        reference=np.array([-1, *references], dtype=np.int64),
        first_row=_starts(n_rows),
        first_player=_starts(n_players),
        player=np.append(0, np.nonzero(marked)[1]),
        first_member=_starts(n_players * n_rows),
        member=np.concatenate(members).view(np.int8),
    )


def _starts(lengths: Sequence[int] | Integers) -> Integers:
    return np.append(0, np.cumsum(lengths, dtype=np.int64))
