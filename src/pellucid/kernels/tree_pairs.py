"""Pair walks over batches of rows: what they cost, and their values.

A batch is up to 64 explained rows and a few words of 64 background rows each. The values of a row
are added up word by word and tree by tree in the same order whatever batch it comes in, so that
rounding errors depend on nothing but the row, the trees and the background.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes
from pellucid.kernels.tree_pair_parts import BITS, Walk, new_walk
from pellucid.kernels.tree_pair_walk import shapley_weights, walk_trees
from pellucid.kernels.tree_paths import TreePaths

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
PairFactors = Callable[[slice, slice, int], list[tuple[int, Floats]]]

MOST_ENTRIES, MOST_WORDS = 512, 16
"""Entries and background words of a batch: more do not fit into a processor's own cache."""

MOST_FAILS = 255
"""Distinct players on a path: walks count them in bytes."""

COST_AT_ONCE = 1.0e8
"""Cost of a kernel's call, between two of which an interrupt is heard, in nanoseconds."""

COST_OF_NODE, COST_OF_PAIR = 120.0, 1.7
"""Nanoseconds per node that a batch visits and background word, and per node that a pair visits as
if it were random; measured."""


class BackgroundWords(NamedTuple):
    """Background rows of positive weight in W words, similar ones together.

    Attributes
    ----------
    row : int64, shape (W * BITS,)
        Number of the background row; 0 where there is none.
    codes : uint16, shape (W, c, BITS)
    live : uint64, shape (W,)
        Bits that are rows.
    weights : float64, shape (W * BITS,)
        0 where there is no row.
    """

    row: Integers
    codes: Codes
    live: npt.NDArray[np.uint64]
    weights: Floats


def background_words(trees: CodedTrees, codes: Codes, weights: Floats) -> BackgroundWords:
    """Put background rows into words, in the order of the leaves of the largest tree.

    Rows that go the same ways at the first nodes then share words, and fewer words reach each node.

    Parameters
    ----------
    trees : CodedTrees
    codes : ndarray of uint16, shape (blocks, c, LANES)
        Codes of the background rows.
    weights : ndarray of float64, shape (m,)
    """
    rows = np.flatnonzero(weights > 0.0)
    if len(trees.tree_output) > 0:
        largest = int(np.argmax(np.diff(trees.tree_start)))
        leaf = np.empty(len(rows), dtype=np.int64)
        _find_leaves(trees, largest, codes, rows, leaf)
        rows = rows[np.argsort(leaf, kind="stable")]
    n_words = -(-len(rows) // BITS)
    row = np.zeros(n_words * BITS, dtype=np.int64)
    row[: len(rows)] = rows
    is_row = np.arange(n_words * BITS) < len(rows)
    words = np.zeros((n_words, codes.shape[1], BITS), dtype=np.uint16)
    for word in range(n_words):
        _take_rows(codes, row[word * BITS : (word + 1) * BITS], words[word])
    bits = np.where(is_row, np.uint64(1) << (np.arange(len(row)) % BITS).astype(np.uint64), 0)
    return BackgroundWords(
        row=row,
        codes=words,
        live=bits.reshape(n_words, BITS).sum(axis=1, dtype=np.uint64),
        weights=np.where(is_row, weights[row], 0.0),
    )


def counted_nodes(trees: CodedTrees, leaves: Flags) -> Flags:
    """Return which nodes have leaves beneath them, or are leaves, that are marked; shape (N,).

    Walks that are given this leave out all other leaves, and subtrees without any.
    """
    counted = leaves & (trees.column < 0)
    _mark_ancestors(trees, counted)
    return counted


def pair_costs(
    trees: CodedTrees, paths: TreePaths, n_background: int, n_rows: int = BITS
) -> Floats:
    """Estimate nanoseconds of pair walks per explained row, shape (T,).

    A pair is taken to reach a node by chances as if both rows were drawn from the training rows,
    independently at each node: of a child with the share s, the part ``1 - (1-s)^2``. A node costs
    the rows of a batch something together if any pair reaches it, and each pair something more.
    With several values per leaf, there is a walk for each.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees and players.
    n_background : int
        m, without rows of weight zero.
    n_rows : int
        Rows that are explained together: from ``BITS`` on, more do not change a row's cost.
    """
    costs = np.zeros(len(trees.tree_output))
    _add_costs(trees, paths, n_background, min(n_rows, BITS), costs)
    costs *= trees.value.shape[1]
    return costs


def add_pairs(
    trees: CodedTrees,
    paths: TreePaths,
    chosen: Integers,
    counted: Flags,
    codes: Codes,
    background: BackgroundWords,
    values: Floats,
    factors: PairFactors | None = None,
    n_passes: int = 1,
    costs: Floats | None = None,
) -> None:
    """Add what the chosen trees give, averaged over the background, to ``values``.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees and players.
    chosen : ndarray of int64
        Numbers of trees.
    counted : ndarray of bool, shape (N,)
        As from :func:`counted_nodes`; all true for all leaves.
    codes : ndarray of uint16, shape (blocks, c, LANES)
        Codes of the explained rows.
    background : BackgroundWords
    values : ndarray of float64, shape (n, d, k)
        Changed in place.
    factors : callable, optional
        Given the rows and the words of a batch and the shift between them in the number of an
        entry, returns pairs of an output of ``values`` (-1 for the trees' own) and of the pairs'
        weights by output of the trees, shape (k, E * BITS). By default, the background's weights.
    n_passes : int
        Square of the number of outputs for which ``factors`` has to keep weights.
    costs : ndarray of float64, shape (T,), optional
        As from :func:`pair_costs` for many rows, if they are known already.

    Raises
    ------
    ValueError
        A path asks more than ``MOST_FAILS`` players.
    """
    n_rows, n_players, n_outputs = values.shape
    n_words = len(background.live)
    if n_rows == 0 or n_words == 0 or len(chosen) == 0:
        return
    most = int(paths.tree_players[chosen].max())
    if most > MOST_FAILS:
        raise ValueError(f"A path asks {most} players; pair walks go up to {MOST_FAILS}.")
    weights = shapley_weights(most)
    pair_weights = np.stack([weights.T, weights], axis=-1).reshape(-1)
    if costs is None:
        costs = pair_costs(trees, paths, n_words * BITS)
    costs = costs[chosen] / n_words
    group = np.cumsum(costs) * MOST_ENTRIES // COST_AT_ONCE
    # Neither rows nor words of a batch change what is added up first: see above.
    n_entries = max(1, min(MOST_ENTRIES // n_passes, int(COST_AT_ONCE / costs.max())))
    rows_at_once = _power_of_two(min(n_rows, BITS, n_entries))
    shift = rows_at_once.bit_length() - 1
    words_at_once = min(n_words, MOST_WORDS, max(1, n_entries // rows_at_once))
    depth = int(paths.tree_depth[chosen].max())
    walk = new_walk(depth, rows_at_once * words_at_once, words_at_once, n_players, n_outputs)
    for trees_at_once in (chosen[group == g] for g in np.unique(group)):
        for first in range(0, n_rows, rows_at_once):
            rows = slice(first, min(first + rows_at_once, n_rows))
            for first_word in range(0, n_words, words_at_once):
                words = slice(first_word, min(first_word + words_at_once, n_words))
                bits = slice(words.start * BITS, words.stop * BITS)
                if factors is None:
                    passes, weight_shift = [(-1, background.weights[None, bits].copy())], shift
                else:
                    passes, weight_shift = factors(rows, words, shift), 0
                walk.gained[:] = 0.0
                batch = _batch_codes(codes, background, rows, words)
                for target, pair_factors in passes:
                    walk_trees(
                        trees,
                        counted,
                        trees_at_once,
                        target,
                        n_players,
                        batch,
                        words.stop - words.start,
                        rows.stop - rows.start,
                        shift,
                        background.live[words],
                        pair_factors,
                        weight_shift,
                        pair_weights,
                        most,
                        walk,
                    )
                _add_gained(walk, words.stop - words.start, shift, values[rows])


def _power_of_two(n: int) -> int:
    """Return the smallest power of two from n on, or BITS."""
    return min(BITS, 1 << (n - 1).bit_length())


def _batch_codes(codes: Codes, background: BackgroundWords, rows: slice, words: slice) -> Codes:
    of_rows = np.zeros((1, codes.shape[1], BITS), dtype=np.uint16)
    _take_rows(codes, np.arange(rows.start, rows.stop), of_rows[0])
    return np.concatenate([background.codes[words], of_rows]).reshape(-1)


@kernel
def _take_rows(codes: Codes, rows: Integers, taken: Codes) -> None:
    for i in range(len(rows)):
        block, lane = rows[i] // LANES, rows[i] % LANES
        for c in range(codes.shape[1]):
            taken[c, i] = codes[block, c, lane]


@kernel
def _find_leaves(trees: CodedTrees, t: int, codes: Codes, rows: Integers, leaf: Integers) -> None:
    for i in range(len(rows)):
        block, lane = rows[i] // LANES, rows[i] % LANES
        node = trees.tree_start[t]
        while trees.column[node] >= 0:
            goes_left = codes[block, trees.column[node], lane] <= trees.highest[node]
            node = np.int64(trees.left[node] if goes_left else trees.right[node])
        leaf[i] = node


@kernel
def _mark_ancestors(trees: CodedTrees, counted: Flags) -> None:
    for node in range(len(counted) - 1, -1, -1):
        if trees.column[node] >= 0:
            counted[node] = counted[trees.left[node]] or counted[trees.right[node]]


@kernel
def _add_costs(
    trees: CodedTrees, paths: TreePaths, n_background: int, n_rows: int, costs: Floats
) -> None:
    reached = np.ones(len(trees.column))
    n_words = -(-n_background // BITS)
    for t in range(len(costs)):
        for node in range(trees.tree_start[t], trees.tree_start[t + 1]):
            if paths.parent[node] >= 0:
                share = paths.share[node]
                reached[node] = reached[paths.parent[node]] * share * (2.0 - share)
            any_pair = 1.0 - (1.0 - reached[node]) ** (n_background * n_rows)
            costs[t] += n_words * COST_OF_NODE * any_pair / n_rows
            costs[t] += n_background * COST_OF_PAIR * reached[node]


@kernel
def _add_gained(walk: Walk, n_words: int, shift: int, values: Floats) -> None:
    n_rows, n_players, n_outputs = values.shape
    for row in range(n_rows):
        for j in range(n_players):
            for o in range(n_outputs):
                first = (o * n_players + j) * (n_words << shift)
                for s in range(n_words):
                    values[row, j, o] += walk.gained[first + ((s << shift) | row)]
