"""What one row goes through when it looks tables up: lists that are read from front to back.

A row asks each inner node of all trees, and needs a few cells of each piece. So what it needs to
know of nodes and pieces stands in the order in which it is needed. Most rows get nothing at all
from many pieces, since no background row passes all that they fail there: for each line of a
piece, one bit says whether it is worth the way to the memory.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.tree_codes import CodedTrees
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_pieces import ABOVE, LISTED, SIBLINGS, TABLE, Pieces

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]
Bits = npt.NDArray[np.uint32]
Words = npt.NDArray[np.uint64]

SHORT = 8
"""Players of a piece that are given their shares in one go."""

NO_BIT = 31
"""What no line of a piece has: there are at most 31 players on the path of one."""

_WORD_BITS = 6


class PieceLists(NamedTuple):
    """The asked nodes and the pieces of some trees; A inner nodes above pieces, P pieces.

    Each of them has a *slot* for the row's pattern: first the nodes, parents before children, then
    the pieces in their order.

    Attributes
    ----------
    column, highest : int32, shape (A + W,)
        What each asked node asks: those above pieces, then the W within.
    bit : uint32, shape (A + W,)
        The bit of a pattern that the answer is about.
    is_new : uint32, shape (A,)
        The same bit if the path asks the player for the first time, else 0.
    left, right : int32, shape (A,)
        Slots of the children.
    within : int32, shape (W,)
        Slots of the pieces whose nodes those are.
    piece : int32, shape (P,)
        Numbers of the pieces.
    role, n_columns : uint8, shape (P,)
        Of the pieces.
    n_bits : uint8, shape (P,)
        Bits of a line of the piece. Those of siblings leave out the player whom their parent asks,
        and the side; all lines of a list are one.
    start : int64, shape (P,)
        Where the entries of the pieces begin.
    counting : uint64
        For each line of each piece, a bit that says whether it gives anybody anything.
    first_word : int64, shape (P,)
        Where the bits of a piece begin.
    lines : uint32, shape (P,)
        Largest line of a piece.
    asked_bit, side_bit : uint8, shape (P,)
        Of siblings: which bits of a pattern are about the player whom their parent asks, and about
        the side; ``NO_BIT`` of other pieces.
    given : float64, shape (P, 4)
        Of siblings: what a row gets from that player, by twice its bit plus that of the side.
    cells : int32, shape (P, SHORT)
        Of a short piece: the cells of its players in the values of a row, but for the one whom two
        siblings' parent asks. The cell behind them all stands for no player.
    asked : int32, shape (P,)
        Of short siblings: the cell of that player.
    is_short : bool, shape (P,)
        Whether a piece has no more than ``SHORT`` players and one value, and is not listed.
    """

    column: Places
    highest: Places
    bit: Bits
    is_new: Bits
    left: Places
    right: Places
    within: Places
    piece: Places
    role: npt.NDArray[np.uint8]
    n_bits: npt.NDArray[np.uint8]
    n_columns: npt.NDArray[np.uint8]
    start: Integers
    counting: Words
    first_word: Integers
    lines: Bits
    asked_bit: npt.NDArray[np.uint8]
    side_bit: npt.NDArray[np.uint8]
    given: Floats
    cells: Places
    asked: Places
    is_short: npt.NDArray[np.bool_]


def list_pieces(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    is_tabled: npt.NDArray[np.bool_],
    entries: Floats,
    shape: tuple[int, int],
) -> PieceLists:
    """List what a row goes through.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    pieces : Pieces
    is_tabled : ndarray of bool, shape (T,)
        Whether each tree counts.
    entries : ndarray of float64
        Of all pieces of these trees.
    shape : (int, int)
        Players and outputs, d and k.
    """
    is_inner = (trees.column >= 0) & np.repeat(is_tabled, np.diff(trees.tree_start))
    above = np.flatnonzero(is_inner & (pieces.role == ABOVE))
    within = np.flatnonzero(is_inner & (pieces.role != ABOVE))
    piece = np.flatnonzero(is_tabled[pieces.tree])
    slot = np.full(len(trees.column), -1, dtype=np.int32)
    slot[above] = np.arange(len(above))
    slot[pieces.root[piece]] = len(above) + np.arange(len(piece))
    root = pieces.root[pieces.first[within]]
    asked = np.concatenate([above, within])
    number = np.concatenate([paths.bit[above], paths.n_players[root] + pieces.rank[within]])
    bit = np.left_shift(np.uint32(1), number.astype(np.uint32))
    role = pieces.role[pieces.root[piece]]
    parent, are_siblings = pieces.root[piece], role == SIBLINGS
    asked_bit, side_bit = paths.bit[parent], paths.n_players[parent]
    n_others = np.where(asked_bit == side_bit, side_bit, side_bit - 1)
    n_bits = np.where(are_siblings, n_others, pieces.n_bits[piece]).astype(np.int64)
    n_bits[role == LISTED] = 0
    n_words = (np.left_shift(1, n_bits) + (1 << _WORD_BITS) - 1) >> _WORD_BITS
    found = PieceLists(
        column=trees.column[asked],
        highest=trees.highest[asked],
        bit=bit,
        is_new=np.where(paths.previous[above] < 0, bit[: len(above)], np.uint32(0)),
        left=slot[trees.left[above]],
        right=slot[trees.right[above]],
        within=slot[root],
        piece=piece.astype(np.int32),
        role=role,
        n_bits=n_bits.astype(np.uint8),
        n_columns=pieces.n_columns[piece].astype(np.uint8),
        start=pieces.start[piece],
        counting=np.zeros(int(n_words.sum()), dtype=np.uint64),
        first_word=np.cumsum(n_words) - n_words,
        lines=(np.left_shift(1, n_bits) - 1).astype(np.uint32),
        asked_bit=np.where(are_siblings, asked_bit, NO_BIT).astype(np.uint8),
        side_bit=np.where(are_siblings, side_bit, NO_BIT).astype(np.uint8),
        given=np.zeros((len(piece), 4)),
        cells=np.full((len(piece), SHORT), shape[0] * shape[1], dtype=np.int32),
        asked=np.full(len(piece), shape[0] * shape[1], dtype=np.int32),
        is_short=np.zeros(len(piece), dtype=np.bool_),
    )
    most = 1 << int(n_bits.max(initial=0))
    _mark_lines(pieces, found, entries, np.empty(most, dtype=np.bool_))
    _list_cells(trees, paths, pieces, found, shape[1])
    return found


@kernel
def _mark_lines(
    pieces: Pieces,
    found: PieceLists,
    entries: Floats,
    work: npt.NDArray[np.bool_],
) -> None:
    """Say for each line of each piece whether any of its cells is not zero."""
    for i in range(len(found.piece)):
        p = found.piece[i]
        role, n = found.role[i], np.int64(found.lines[i]) + 1
        table = entries[pieces.start[p] : pieces.start[p + 1]]
        counts = work[:n]
        if role == LISTED:
            counts[0] = True
        elif role == TABLE:
            counts[:] = False
            for start in range(0, len(table), n):
                _mark(table[start : start + n], counts)
        else:
            counts[:] = False
            # Who passes more players meets more background rows: if one of them counts without a
            # player, it counts with him.
            width = 2 if role == SIBLINGS else 1
            for b in range(n):
                for cell in range(width * b, width * (b + 1)):
                    counts[b] |= (table[cell] != 0.0) | (table[width * n + cell] != 0.0)
        start, one = found.first_word[i], np.uint64(1)
        for b in range(n):
            bit = one << np.uint64(b & ((1 << _WORD_BITS) - 1))
            found.counting[start + (b >> _WORD_BITS)] |= bit if counts[b] else np.uint64(0)


@part
def _mark(column: Floats, counts: npt.NDArray[np.bool_]) -> None:
    for b in range(len(counts)):
        counts[b] |= column[b] != 0.0


@kernel
def _list_cells(
    trees: CodedTrees, paths: TreePaths, pieces: Pieces, found: PieceLists, n_outputs: int
) -> None:
    """Find the short pieces and the cells of their players, and what siblings give."""
    for i in range(len(found.piece)):
        p = found.piece[i]
        root, first, n = pieces.root[p], pieces.column_start[p], pieces.n_columns[p]
        role, output = found.role[i], trees.tree_output[pieces.tree[p]]
        if role == SIBLINGS:
            left, right = trees.value[trees.left[root], 0], trees.value[trees.right[root], 0]
            found.given[i, 2], found.given[i, 3] = right, left
            if paths.bit[root] == paths.n_players[root]:  # nobody can fail above: both bits are one
                found.given[i, 0] = right
        if role == LISTED or n > SHORT or trees.value.shape[1] > 1:
            continue
        found.is_short[i] = True
        for j in range(n):
            cell = pieces.columns[first + j] * n_outputs + output
            if role == SIBLINGS and j == paths.bit[root]:
                found.asked[i] = cell
            else:
                is_behind = role == SIBLINGS and j > paths.bit[root]
                found.cells[i, j - 1 if is_behind else j] = cell
