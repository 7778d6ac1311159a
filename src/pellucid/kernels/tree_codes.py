"""Small integers for the cells of rows, so that every question of a tree is one comparison.

A cell matters to an ensemble only by its rank among the thresholds that its column is compared
with. So rows are turned into ranks once, and a row goes left at a node if ``code <= highest``,
whatever the library's comparison, its way with missing values, or its sets of categories were.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.tree_arrays import TreeArrays

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint16]

LANES = 32
"""Rows in a block of codes, which kernels take through a tree together."""

MOST_THRESHOLDS = 2**16 - 1
"""Thresholds of one code column: one more code than thresholds has to fit into 16 bits."""


class CodedTrees(NamedTuple):
    """The nodes of all trees, one after the other, that ask codes; N nodes, T trees.

    Attributes
    ----------
    tree_start : int64, shape (T + 1,)
        First node (the root) of each tree; the last entry is N.
    column : int32, shape (N,)
        Code column that the node asks; -1 at a leaf.
    highest : int32, shape (N,)
        Largest code that goes left; all others go right.
    left, right : int32, shape (N,)
        Children as absolute node numbers, always larger than the node's own; -1 at a leaf.
    player : int32, shape (N,)
        Player that the node asks; -1 at a leaf.
    value : float64, shape (N, w)
        What a leaf adds to outputs ``tree_output[t] … tree_output[t] + w - 1``; 0 elsewhere.
    tree_output : int64, shape (T,)
    """

    tree_start: Integers
    column: npt.NDArray[np.int32]
    highest: npt.NDArray[np.int32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    player: npt.NDArray[np.int32]
    value: Floats
    tree_output: Integers


class Coding(NamedTuple):
    """How cells become codes; c code columns.

    A feature has one code column if its nodes send missing values to the same side and it has no
    more than ``MOST_THRESHOLDS`` thresholds, else several; each set of categories has its own.

    Attributes
    ----------
    feature : int32, shape (c,)
        Encoded column that the code column is made of.
    missing_left : uint8, shape (c,)
    threshold_start : int64, shape (c + 1,)
        First of the column's thresholds, which are distinct and ascending.
    thresholds : float64
    category_start, category_size : int32, shape (c,)
        The column's words in ``category_words``; size 0 if it is numeric.
    category_words : uint32
        As in :class:`TreeArrays`.
    """

    feature: npt.NDArray[np.int32]
    missing_left: npt.NDArray[np.uint8]
    threshold_start: Integers
    thresholds: Floats
    category_start: npt.NDArray[np.int32]
    category_size: npt.NDArray[np.int32]
    category_words: npt.NDArray[np.uint32]


def code_trees(trees: TreeArrays, player: Integers) -> tuple[CodedTrees, Coding]:
    """Let trees ask codes, and say how cells become codes.

    Parameters
    ----------
    trees : TreeArrays
    player : ndarray of int64, shape (e,)
        Player that each encoded column belongs to.
    """
    column = np.full(len(trees.feature), -1, dtype=np.int32)
    highest = np.zeros(len(trees.feature), dtype=np.int32)
    numeric, starts, thresholds = _number_thresholds(trees, column, highest)
    of_set = _number_sets(trees, len(numeric), column)
    examples = np.concatenate([numeric, of_set])
    coding = Coding(
        feature=trees.feature[examples],
        missing_left=trees.missing_left[examples],
        threshold_start=np.concatenate(
            [starts, np.full(len(of_set) + 1, len(thresholds), dtype=np.int64)]
        ),
        thresholds=thresholds,
        category_start=trees.category_start[examples],
        category_size=trees.category_size[examples],
        category_words=trees.category_words,
    )
    asked = np.full(len(trees.feature), -1, dtype=np.int32)
    asks = trees.feature >= 0
    asked[asks] = player[trees.feature[asks]]
    coded = CodedTrees(
        tree_start=trees.tree_start,
        column=column,
        highest=highest,
        left=trees.left,
        right=trees.right,
        player=asked,
        value=trees.value,
        tree_output=trees.tree_output,
    )
    return coded, coding


def _number_thresholds(
    trees: TreeArrays, column: npt.NDArray[np.int32], highest: npt.NDArray[np.int32]
) -> tuple[Integers, Integers, Floats]:
    """Give the numeric nodes their columns and ranks.

    Returns
    -------
    examples, starts : ndarray of int64, shape (c,)
        A node of each column, and its first threshold.
    thresholds : ndarray of float64
    """
    nodes = np.flatnonzero((trees.feature >= 0) & (trees.category_size == 0))
    side = 2 * trees.feature[nodes].astype(np.int64) + trees.missing_left[nodes]
    # Nodes that ask the same may come in any order; narrow integers are sorted by their digits.
    order = np.argsort(trees.threshold[nodes])
    narrow = side[order].astype(np.min_scalar_type(side.max(initial=0)))
    order = order[np.argsort(narrow, kind="stable")]
    nodes, side, threshold = nodes[order], side[order], trees.threshold[nodes[order]]
    opens_side = np.append(True, side[1:] != side[:-1])[: len(nodes)]
    is_new = opens_side | np.append(True, threshold[1:] != threshold[:-1])[: len(nodes)]
    number = np.cumsum(is_new) - 1
    rank = number - np.maximum.accumulate(np.where(opens_side, number, 0))
    opens_column = is_new & (rank % MOST_THRESHOLDS == 0)
    column[nodes] = np.cumsum(opens_column) - 1
    highest[nodes] = rank % MOST_THRESHOLDS
    return nodes[opens_column], number[opens_column], threshold[is_new]


def _number_sets(trees: TreeArrays, first: int, column: npt.NDArray[np.int32]) -> Integers:
    """Give each set of categories a column from ``first`` on, and return a node of each."""
    numbers: dict[tuple[int, int, bytes], int] = {}
    examples: list[int] = []
    for node in np.flatnonzero(trees.category_size):
        start, size = trees.category_start[node], trees.category_size[node]
        words = trees.category_words[start : start + size].tobytes()
        key = (int(trees.feature[node]), int(trees.missing_left[node]), words)
        if key not in numbers:
            numbers[key] = first + len(examples)
            examples.append(int(node))
        column[node] = numbers[key]
    return np.array(examples, dtype=np.int64)


def encode_rows(coding: Coding, matrix: Floats) -> Codes:
    """Return the codes of rows.

    Parameters
    ----------
    coding : Coding
    matrix : ndarray of float64, shape (n, e)
        Encoded rows; C-contiguous.

    Returns
    -------
    ndarray of uint16, shape (ceil(n / LANES), c, LANES)
        Row i is lane ``i % LANES`` of block ``i // LANES``; lanes left over are 0.
    """
    codes = no_codes(coding, len(matrix))
    write_codes(coding, matrix, codes)
    return codes


def rows_of(blocks: slice) -> slice:
    """Return the rows that stand in some blocks of codes, if all of them are there."""
    return slice(blocks.start * LANES, blocks.stop * LANES)


def no_codes(coding: Coding, n_rows: int) -> Codes:
    """Return the codes of rows before they are written, all 0."""
    return np.zeros((-(-n_rows // LANES), len(coding.feature), LANES), dtype=np.uint16)


@kernel
def write_codes(coding: Coding, matrix: Floats, codes: Codes) -> None:
    """Write the codes of rows, as :func:`encode_rows` returns them."""
    cells, low = np.empty(LANES), np.empty(LANES, dtype=np.int64)
    for first_row in range(0, len(matrix), LANES):
        block = first_row // LANES
        n = min(LANES, len(matrix) - first_row)
        for c in range(len(coding.feature)):
            column = coding.feature[c]
            for lane in range(n):
                cells[lane] = matrix[first_row + lane, column]
            written = codes[block, c]
            if coding.category_size[c] > 0:
                for lane in range(n):
                    written[lane] = 0 if _is_in_set(coding, c, cells[lane]) else 1
            else:
                _write_ranks(coding, c, cells[:n], low, written)


@part
def _write_ranks(
    coding: Coding, c: int, cells: Floats, low: Integers, written: npt.NDArray[np.uint16]
) -> None:
    """Write how many thresholds of a column are below each cell: all cells search side by side.

    The sign bit of a difference says whether one is, for a comparison would be compiled to a branch,
    which goes wrong at every other cell. It lies where both are the same infinity, that is for negative
    ones alone, as the highest threshold of all is only asked at the end.
    """
    thresholds = coding.thresholds[coding.threshold_start[c] : coding.threshold_start[c + 1]]
    n = len(thresholds)
    low[:] = 0
    while n > 1:
        half = n >> 1
        for lane in range(len(cells)):
            gap = thresholds[np.uint64(low[lane] + half - 1)] - cells[lane]
            gap = np.float64(gap + 0.0)  # -0.0 has a sign, too
            low[lane] += (gap.view(np.int64) >> 63) & half
        n -= half
    missing = np.uint16(0 if coding.missing_left[c] != 0 else len(thresholds))
    for lane in range(len(cells)):
        x, first = cells[lane], low[lane]
        rank = np.uint16(first + (1 if thresholds[np.uint64(first)] < x else 0))
        rank = np.uint16(0) if x == -np.inf else rank
        written[lane] = missing if x != x else rank  # noqa: PLR0124 - NaN


@kernel
def _is_in_set(coding: Coding, c: int, x: float) -> bool:
    if x != x:  # noqa: PLR0124 - NaN
        return bool(coding.missing_left[c] != 0)
    if x < 0.0 or x >= 32.0 * coding.category_size[c]:
        return False
    category = int(x)
    word = coding.category_words[coding.category_start[c] + (category >> 5)]
    return bool((word >> (category & 31)) & 1)
