"""What one row goes through when it looks tables up: lists that are read from front to back.

A row asks each inner node of all trees, and needs a few cells of each piece. So what it needs to
know of nodes and pieces stands in the order in which it is needed, all that is known of a piece in
one line of a cache. Most rows get nothing at all from many pieces, since no background row passes
all that they fail there: for each line of a piece, one bit says whether it is worth the way to the
memory.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.simd import aligned
from pellucid.kernels.tree_codes import CodedTrees
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_pieces import ABOVE, LISTED, SIBLINGS, TABLE, Pieces

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Records = npt.NDArray[Any]

SHORT = 8
"""Players of a piece that are given their shares in one go."""

NO_BIT = 31
"""What no line of a piece has: there are at most 31 players on the path of one."""

_WORD_BITS = 6

# The difference of codes in 16 bits would be seen to be a comparison, and be compiled to a branch.
_QUESTION = [("column", "i4"), ("highest", "i4"), ("bit", "u4")]
_ABOVE = np.dtype([*_QUESTION, ("new_bit", "u4"), ("left", "i4"), ("right", "i4")])
_WITHIN = np.dtype([*_QUESTION, ("slot", "i4")])
_PIECE = np.dtype(
    [
        ("start", "u4"),
        ("cells", "i4", SHORT),
        ("given", "f8", 2),
        *((name, "u1") for name in ("role", "is_short", "n_columns", "n_values")),
        *((name, "u1") for name in ("n_bits", "asked_bit", "side_bit")),
    ],
    align=True,
)


class PieceLists(NamedTuple):
    """The asked nodes and the pieces of some trees; A inner nodes above pieces, P pieces.

    Each of them has a *slot* for the row's pattern: first the nodes, parents before children, then
    the pieces in their order.

    Attributes
    ----------
    above : records, shape (A,)
        Of the nodes above pieces: the ``column`` that each asks, the ``highest`` code that goes
        left, the ``bit`` of a pattern that the answer is about, the same if the path asks its
        player for the first time and else 0 (``new_bit``), and the slots of the children ``left``
        and ``right``.
    within : records, shape (W,)
        Of the nodes in pieces the same, and the ``slot`` of the piece.
    pieces : records, shape (P,)
        In 64 bytes each: where the entries of the piece ``start``; its ``role``; whether it has no
        more than ``SHORT`` players and one value, and is not listed (``is_short``); ``n_columns``;
        the bits of a line, ``n_bits``; of siblings, which bits of a pattern are about the player
        whom their parent asks and about the side, ``asked_bit`` and ``side_bit`` (else both are
        ``NO_BIT``), what a row gets from that player on the right and on the left, ``given``, and
        how many such values there are with the zero of those who fail above, ``n_values`` (else 1).
        Of a short piece, the ``cells`` of its players in the values of a row; the last is that of
        the player whom two siblings' parent asks. ``SHORT`` cells behind them all stand for no
        player: if it were one, additions to it would wait for each other.
    number : int32, shape (P,)
        Numbers of the pieces.
    counting : uint64
        For each line of each piece, a bit that says whether it gives anybody anything.
    first_word : uint32, shape (P,)
        Where the bits of a piece begin.
    n_bits, asked_bit : uint8, shape (P,)
        As in ``pieces``, where other pieces than siblings have ``NO_BIT``. Lines of siblings leave
        out the player whom their parent asks, and the side; all lines of a list are one.
    """

    above: Records
    within: Records
    pieces: Records
    number: npt.NDArray[np.int32]
    counting: Words
    first_word: npt.NDArray[np.uint32]
    n_bits: Bytes
    asked_bit: Bytes


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
        Of all pieces of these trees; fewer than 2^32.
    shape : (int, int)
        Players and outputs, d and k.
    """
    is_inner = (trees.column >= 0) & np.repeat(is_tabled, np.diff(trees.tree_start))
    above = np.flatnonzero(is_inner & (pieces.role == ABOVE))
    within = np.flatnonzero(is_inner & (pieces.role != ABOVE))
    number = np.flatnonzero(is_tabled[pieces.tree])
    root = pieces.root[number]
    slot = np.full(len(trees.column), -1, dtype=np.int32)
    slot[above] = np.arange(len(above))
    slot[root] = len(above) + np.arange(len(number))
    asked_above = _questions(_ABOVE, trees, above, paths.bit[above])
    asked_above["new_bit"] = np.where(paths.previous[above] < 0, asked_above["bit"], 0)
    asked_above["left"], asked_above["right"] = slot[trees.left[above]], slot[trees.right[above]]
    root_of = pieces.root[pieces.first[within]]
    bit_within = paths.n_players[root_of] + pieces.rank[within]
    asked_within = _questions(_WITHIN, trees, within, bit_within)
    asked_within["slot"] = slot[root_of]
    asked_bit, side_bit = paths.bit[root], paths.n_players[root]
    role = pieces.role[root]
    are_siblings = role == SIBLINGS
    n_others = np.where(asked_bit == side_bit, side_bit, side_bit - 1)
    n_bits = np.where(are_siblings, n_others, pieces.n_bits[number]).astype(np.int64)
    n_bits[role == LISTED] = 0
    n_words = (np.left_shift(1, n_bits) + (1 << _WORD_BITS) - 1) >> _WORD_BITS
    asked_bit = np.where(are_siblings, asked_bit, NO_BIT)
    side_bit = np.where(are_siblings, side_bit, NO_BIT)
    found = PieceLists(
        above=asked_above,
        within=asked_within,
        pieces=_blank_pieces(len(number)),
        number=number.astype(np.int32),
        counting=np.zeros(int(n_words.sum()), dtype=np.uint64),
        first_word=(np.cumsum(n_words) - n_words).astype(np.uint32),
        n_bits=n_bits.astype(np.uint8),
        asked_bit=asked_bit.astype(np.uint8),
    )
    found.pieces["start"], found.pieces["role"] = pieces.start[number], role
    found.pieces["n_columns"], found.pieces["n_bits"] = pieces.n_columns[number], n_bits
    found.pieces["asked_bit"], found.pieces["side_bit"] = asked_bit, side_bit
    found.pieces["n_values"] = np.where(are_siblings, np.where(asked_bit == side_bit, 2, 3), 1)
    found.pieces["cells"] = shape[0] * shape[1] + np.arange(SHORT)
    most = 1 << int(n_bits.max(initial=0))
    _mark_lines(pieces, found, entries, np.empty(most, dtype=np.bool_))
    _list_cells(trees, paths, pieces, found, shape[1])
    return found


def _questions(
    kind: np.dtype[Any], trees: CodedTrees, nodes: Integers, bit: npt.NDArray[np.int32]
) -> Records:
    asked = np.zeros(len(nodes), dtype=kind)
    asked["column"], asked["highest"] = trees.column[nodes], trees.highest[nodes]
    asked["bit"] = np.left_shift(np.uint32(1), bit.astype(np.uint32))
    return asked


def _blank_pieces(n: int) -> Records:
    """Return records of pieces, each in one line of the cache, all 0."""
    memory = aligned(n * _PIECE.itemsize // 8)
    memory[:] = 0.0
    return memory.view(_PIECE)


@kernel
def _mark_lines(
    pieces: Pieces,
    found: PieceLists,
    entries: Floats,
    work: npt.NDArray[np.bool_],
) -> None:
    """Say for each line of each piece whether any of its cells is not zero."""
    for i in range(len(found.number)):
        p, role, n = found.number[i], found.pieces[i]["role"], 1 << np.int64(found.n_bits[i])
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
    for i in range(len(found.number)):
        p, piece = found.number[i], found.pieces[i]
        root, first, n = pieces.root[p], pieces.column_start[p], pieces.n_columns[p]
        output = trees.tree_output[pieces.tree[p]]
        if piece["role"] == SIBLINGS:
            piece["given"][0] = trees.value[trees.right[root], 0]
            piece["given"][1] = trees.value[trees.left[root], 0]
        if piece["role"] == LISTED or n > SHORT or trees.value.shape[1] > 1:
            continue
        piece["is_short"] = 1
        for j in range(n):
            cell = pieces.columns[first + j] * n_outputs + output
            if piece["role"] == SIBLINGS and j == paths.bit[root]:
                piece["cells"][SHORT - 1] = cell
            else:
                is_behind = piece["role"] == SIBLINGS and j > paths.bit[root]
                piece["cells"][j - 1 if is_behind else j] = cell
