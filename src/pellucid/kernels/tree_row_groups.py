"""Rows on their way through a tree, in groups with the same failures on the path.

A row *fails* a player of a path if it does not pass all nodes that ask it. An explained row and a
background row *overlap* if both fail the same player: then no mixture of both gets there.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel
from pellucid.kernels.tree_codes import CodedTrees, Codes
from pellucid.kernels.tree_paths import TreePaths

Integers = npt.NDArray[np.int64]

BITS = 62
"""Players per word of a set of failures; the sign of int64 is left alone."""


class Side(NamedTuple):
    """The explained rows, or the background rows, at each level of the current path."""

    codes: Codes  # (column, row)
    n_rows: Integers  # (level,): how many rows are left
    n_groups: Integers  # (level,)
    row: npt.NDArray[np.int32]  # (level, place): the rows that are left
    group: npt.NDArray[np.int32]  # (level, place): the group of each
    failures: Integers  # (level, group, word)
    number: npt.NDArray[np.int32]  # (key,): new number of a group
    can_fail: npt.NDArray[np.int32]  # (group,): 1 if it has not failed the player asked, else 0


def new_side(codes: Codes, n_rows: int, n_levels: int, n_words: int) -> Side:
    """Return a side whose rows are all in one group without failures."""
    side = Side(
        codes=np.ascontiguousarray(
            np.moveaxis(codes, 1, 0).reshape(codes.shape[1], codes.shape[0] * codes.shape[2])
        ),
        n_rows=np.full(n_levels, n_rows),
        n_groups=np.ones(n_levels, dtype=np.int64),
        row=np.zeros((n_levels, n_rows), dtype=np.int32),
        group=np.zeros((n_levels, n_rows), dtype=np.int32),
        failures=np.zeros((n_levels, n_rows + 1, n_words), dtype=np.int64),
        number=np.empty(2 * n_rows + 2, dtype=np.int32),
        can_fail=np.empty(n_rows + 1, dtype=np.int32),
    )
    side.row[0] = np.arange(n_rows)
    return side


@kernel
def sort_rows(trees: CodedTrees, paths: TreePaths, child: int, side: Side) -> None:
    """Sort the rows of one side into the groups below a node, by whether they pass it."""
    node = paths.parent[child]
    level, column, highest = paths.depth[node], trees.column[node], trees.highest[node]
    word, mask = paths.bit[node] // BITS, np.int64(1) << (paths.bit[node] % BITS)
    is_left = child == trees.left[node]
    n_words = side.failures.shape[2]
    for group in range(side.n_groups[level]):
        side.number[2 * group] = side.number[2 * group + 1] = -1
        side.can_fail[group] = 1 if side.failures[level, group, word] & mask == 0 else 0
    n_groups = 0
    for i in range(side.n_rows[level]):
        row, group = side.row[level, i], side.group[level, i]
        passes = (side.codes[column, row] <= highest) == is_left
        key = 2 * group + (0 if passes else side.can_fail[group])
        if side.number[key] < 0:
            side.number[key] = n_groups
            for w in range(n_words):
                side.failures[level + 1, n_groups, w] = side.failures[level, group, w]
            if key % 2 == 1:
                side.failures[level + 1, n_groups, word] |= mask
            n_groups += 1
        side.row[level + 1, i] = row
        side.group[level + 1, i] = side.number[key]
    side.n_rows[level + 1] = side.n_rows[level]
    side.n_groups[level + 1] = n_groups


@kernel
def leave_out(rows: Side, others: Side, level: int) -> bool:
    """Leave out groups that overlap with all of the other side; return whether any are left."""
    n_rows, n_others = rows.n_groups[level], others.n_groups[level]
    for g in range(n_rows):
        rows.number[g] = -1
    for h in range(n_others):
        others.number[h] = -1
    for g in range(n_rows):
        for h in range(n_others):
            if fit(rows, others, level, g, h):
                rows.number[g] = others.number[h] = 0
                break
    for h in range(n_others):
        g = 0
        while others.number[h] < 0 and g < n_rows:
            if rows.number[g] >= 0 and fit(rows, others, level, g, h):
                others.number[h] = 0
            g += 1
    _keep_numbered(rows, level)
    _keep_numbered(others, level)
    return bool(rows.n_rows[level] > 0)


@kernel
def fit(rows: Side, others: Side, level: int, g: int, h: int) -> bool:
    """Return whether a group of explained rows and one of background rows do not overlap."""
    for w in range(rows.failures.shape[2]):
        if rows.failures[level, g, w] & others.failures[level, h, w] != 0:
            return False
    return True


@kernel
def _keep_numbered(side: Side, level: int) -> None:
    """Keep the groups whose number is not negative, in their order."""
    n_kept = 0
    for g in range(side.n_groups[level]):
        if side.number[g] >= 0:
            side.number[g] = n_kept
            for w in range(side.failures.shape[2]):
                side.failures[level, n_kept, w] = side.failures[level, g, w]
            n_kept += 1
    if n_kept == side.n_groups[level]:
        return
    side.n_groups[level] = n_kept
    n_rows = 0
    for i in range(side.n_rows[level]):
        number = side.number[side.group[level, i]]
        if number >= 0:
            side.row[level, n_rows] = side.row[level, i]
            side.group[level, n_rows] = number
            n_rows += 1
    side.n_rows[level] = n_rows
