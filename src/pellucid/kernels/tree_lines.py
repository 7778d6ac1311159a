"""Tables written line by line, for calls in which many rows look up each line of a piece.

A piece is kept as it is cheapest to build: a column for each player, or fewer numbers of which the
columns are worked out. Rows then look up one cell after the other. Where there are more rows than
lines, it pays to write all cells of a line side by side first. Four rows then load four cells of
theirs at once, exchange them, and add four rows of each of four columns at once: which takes a
third of the time of sixteen cells.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

from pellucid.kernels.compiled import kernel, part
from pellucid.kernels.simd import place_of
from pellucid.kernels.tree_codes import CodedTrees
from pellucid.kernels.tree_leaf_tables import unpack_siblings
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_pieces import LISTED, PACKED, TABLE, Pieces

Floats = npt.NDArray[np.float64]

AT_ONCE = 4
"""Rows, and cells of theirs, that are added together."""

_FOUR = ir.VectorType(ir.DoubleType(), AT_ONCE)


@part
def width_of_line(trees: CodedTrees, pieces: Pieces, p: int) -> int:
    """Return the numbers in a line: a cell for each player and value, and zeros that fill it up."""
    n_cells = np.int64(pieces.n_columns[p]) * trees.value.shape[1]
    return int((n_cells + AT_ONCE - 1) // AT_ONCE * AT_ONCE)


@part
def are_lines_worthwhile(pieces: Pieces, p: int, n_rows: int) -> bool:
    """Return whether rows are so many that writing the lines takes less than they save."""
    role, n_lines = pieces.role[pieces.root[p]], 1 << np.int64(pieces.n_bits[p])
    rows_per_line = 4 if role == TABLE else (2 if role == PACKED else 1)
    return bool(role != LISTED and n_rows >= rows_per_line * n_lines)


@part
def room_for_work(trees: CodedTrees, pieces: Pieces, p: int) -> int:
    """Return how many numbers are needed to write the lines of a piece."""
    return int((3 + width_of_line(trees, pieces, p)) << np.int64(pieces.n_bits[p]))


@kernel
def write_lines(
    trees: CodedTrees,
    paths: TreePaths,
    pieces: Pieces,
    p: int,
    table: Floats,
    work: Floats,
    lines: Floats,
) -> None:
    """Write the lines of a piece.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
    pieces : Pieces
    p : int
        The piece, which is no list.
    table : ndarray of float64
        Its entries.
    work : ndarray of float64
        As :func:`room_for_work` says.
    lines : ndarray of float64
        Written, line by line.
    """
    root, n, width = pieces.root[p], int(1 << np.int64(pieces.n_bits[p])), trees.value.shape[1]
    role, row = pieces.role[root], width_of_line(trees, pieces, p)
    n_cells = int(np.int64(pieces.n_columns[p]) * width)
    n_ready = n_cells // AT_ONCE * AT_ONCE if role == TABLE else 0
    for j in range(0, n_ready, AT_ONCE):
        _turn(table, j * n, n, lines, j, row)
    # The other columns are worked out first, or filled up with columns of zeros.
    columns = work[: (row - n_ready) * n]
    if role == TABLE:
        columns[: (n_cells - n_ready) * n] = table[n_ready * n : n_cells * n]
    elif role == PACKED:
        s, t = table[:n], table[n : 2 * n]
        for cell in range(n_cells):
            # A single value is in the entries.
            scale = trees.value[root, cell % width] if width > 1 else 1.0
            _write_shares(s, t, cell // width, scale, columns[cell * n : (cell + 1) * n])
    else:
        bit, unpacked = paths.bit[root] + 0, work[row * n : (row + 3) * n].reshape(3, n)
        left, right = trees.value[trees.left[root], 0], trees.value[trees.right[root], 0]
        unpack_siblings(table, bit, left, right, unpacked)
        for cell in range(n_cells):
            column = columns[cell * n : (cell + 1) * n]
            if cell == bit:
                column[:] = unpacked[2]
            else:
                _write_shares(unpacked[0], unpacked[1], cell, 1.0, column)
    columns[(n_cells - n_ready) * n :] = 0.0
    for j in range(n_ready, row, AT_ONCE):
        _turn(columns, (j - n_ready) * n, n, lines, j, row)


@part
def _write_shares(s: Floats, t: Floats, player: int, scale: float, column: Floats) -> None:
    half = 1 << player
    if half < AT_ONCE:
        for line in range(len(s)):
            column[line] = scale * (s[line] - t[np.uint64(line & ~half)])
        return
    for first in range(0, len(s), 2 * half):
        for i in range(first, first + half):
            column[i] = scale * (s[i] - t[i])
        for i in range(first, first + half):
            column[i + half] = scale * (s[i + half] - t[i])


@part
def _turn(columns: Floats, start: int, n: int, lines: Floats, cell: int, row: int) -> None:
    """Write four columns of n cells as lines."""
    n_together = n // AT_ONCE * AT_ONCE
    for i in range(0, n_together, AT_ONCE):
        at, to = start + i, i * row + cell
        turn_four(columns, at, at + n, at + 2 * n, at + 3 * n, lines, to, row)
    for i in range(n_together, n):
        for j in range(AT_ONCE):
            lines[i * row + cell + j] = columns[start + j * n + i]


@kernel
def add_lines(
    lines: Floats,
    row: int,
    chosen: npt.NDArray[np.uint32],
    columns: npt.NDArray[np.int32],
    n_columns: int,
    width: int,
    output: int,
    n_outputs: int,
    n_cells: int,
    stride: int,
    first_row: int,
    n_rows: int,
    sums: Floats,
) -> None:
    """Add the chosen lines to rows."""
    last = n_columns * width - 1
    for first in range(0, row, AT_ONCE):
        at_0 = _target(columns, first, last, width, output, n_outputs, n_cells)
        at_1 = _target(columns, first + 1, last, width, output, n_outputs, n_cells)
        at_2 = _target(columns, first + 2, last, width, output, n_outputs, n_cells)
        at_3 = _target(columns, first + 3, last, width, output, n_outputs, n_cells)
        at_0, at_1 = at_0 * stride + first_row, at_1 * stride + first_row
        at_2, at_3 = at_2 * stride + first_row, at_3 * stride + first_row
        for i in range(0, n_rows, AT_ONCE):
            k = np.uint64(i)
            add_four(
                lines,
                np.int64(chosen[k]) * row + first,
                np.int64(chosen[k + np.uint64(1)]) * row + first,
                np.int64(chosen[k + np.uint64(2)]) * row + first,
                np.int64(chosen[k + np.uint64(3)]) * row + first,
                sums,
                at_0 + i,
                at_1 + i,
                at_2 + i,
                at_3 + i,
            )


@part
def _target(
    columns: npt.NDArray[np.int32],
    cell: int,
    last: int,
    width: int,
    output: int,
    n_outputs: int,
    n_cells: int,
) -> int:
    """Return the cell of a row's values that a cell of a line belongs to."""
    if cell > last:
        return int(n_cells)
    return int(np.int64(columns[cell // width]) * n_outputs + output + cell % width)


def _turned(context: Any, builder: Any, kind: Any, array: Any, starts: Any) -> Any:
    """Return the columns of four rows of four cells that start at places of an array."""

    def mixed(a: Any, b: Any, *lanes: int) -> Any:
        order = ir.Constant(ir.VectorType(ir.IntType(32), AT_ONCE), list(lanes))
        return builder.shuffle_vector(a, b, order)

    row_0, row_1, row_2, row_3 = (
        builder.load(place_of(context, builder, kind, array, start, _FOUR), align=8)
        for start in starts
    )
    even_0, odd_0 = mixed(row_0, row_1, 0, 4, 2, 6), mixed(row_0, row_1, 1, 5, 3, 7)
    even_1, odd_1 = mixed(row_2, row_3, 0, 4, 2, 6), mixed(row_2, row_3, 1, 5, 3, 7)
    return (
        mixed(even_0, even_1, 0, 1, 4, 5),
        mixed(odd_0, odd_1, 0, 1, 4, 5),
        mixed(even_0, even_1, 2, 3, 6, 7),
        mixed(odd_0, odd_1, 2, 3, 6, 7),
    )


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_add_four(
    _typing: Any,
    lines: Any,
    _row_0: Any,
    _row_1: Any,
    _row_2: Any,
    _row_3: Any,
    sums: Any,
    _target_0: Any,
    _target_1: Any,
    _target_2: Any,
    _target_3: Any,
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of_lines, of_sums = signature.args[0], signature.args[5]
        columns = _turned(context, builder, of_lines, arguments[0], arguments[1:5])
        for column, target in zip(columns, arguments[6:], strict=True):
            there = place_of(context, builder, of_sums, arguments[5], target, _FOUR)
            builder.store(builder.fadd(builder.load(there, align=8), column), there, align=8)
        return context.get_dummy_value()

    place = types.intp
    return types.void(lines, *[place] * 4, sums, *[place] * 4), generate


@intrinsic  # type: ignore[untyped-decorator]
def _compiled_turn_four(
    _typing: Any,
    columns: Any,
    _column_0: Any,
    _column_1: Any,
    _column_2: Any,
    _column_3: Any,
    lines: Any,
    _first: Any,
    _row: Any,
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *_, place, row = arguments
        rows = _turned(context, builder, signature.args[0], arguments[0], arguments[1:5])
        for cells in rows:
            there = place_of(context, builder, signature.args[5], arguments[5], place, _FOUR)
            builder.store(cells, there, align=8)
            place = builder.add(place, row)
        return context.get_dummy_value()

    return types.void(columns, *[types.intp] * 4, lines, types.intp, types.intp), generate


def _plain_add_four(lines: Floats, *places: Any) -> None:
    (*rows, sums), targets = places[:5], places[5:]
    for j, target in enumerate(targets):
        sums[target : target + AT_ONCE] += [lines[row + j] for row in rows]


def _plain_turn_four(columns: Floats, *places: Any) -> None:
    *starts, lines, first, row = places
    for i in range(AT_ONCE):
        lines[first + i * row :][:AT_ONCE] = [columns[start + i] for start in starts]


add_four: Callable[..., None] = _plain_add_four if config.DISABLE_JIT else _compiled_add_four
"""``add_four(lines, *places, sums, *targets)``: add cell j, counted from each of four places, to
four sums in a row from target j on; four targets."""

turn_four: Callable[..., None] = _plain_turn_four if config.DISABLE_JIT else _compiled_turn_four
"""``turn_four(columns, *places, lines, first, row)``: write four cells from each of four places on,
cell i of them all side by side from ``first + i * row`` on."""
