"""Calls of few rows that look kept tables up, and what they make for those that come after them."""

from threading import Lock

import numpy as np

from pellucid._core.typing import Floats
from pellucid.explainers.tree_plan import Plan
from pellucid.kernels.tree_codes import CodedTrees, Codes
from pellucid.kernels.tree_look_up_rows import add_few_from_tables
from pellucid.kernels.tree_paths import TreePaths
from pellucid.kernels.tree_piece_lists import list_pieces
from pellucid.kernels.tree_ready_lines import no_ready_lines, room_for_lines, write_lines_out

MOST_SLOTS = 2**22
"""Lines that are written out, of 64 bytes each: 256 MiB."""

SLOTS_PER_CALL = 2**15
"""Lines that one call writes out: two mebibytes, for which a call takes a millisecond more, or two where
the system takes long to hand out memory."""


class FewRows:
    """Explains few rows at a time by tables.

    The first call finds what is listed; each later one writes some lines out, until there are no
    more or they take what they may. That changes no bit of the values.

    Parameters
    ----------
    trees : CodedTrees
    paths : TreePaths
        Of the same trees.
    found : Plan
    entries : ndarray of float64
        Of all tables of the plan.
    pair_weights : ndarray of float64
        See :func:`pellucid.kernels.tree_leaf_lists.list_weights`.
    shape : (int, int)
        Players and outputs.
    """

    def __init__(
        self,
        trees: CodedTrees,
        paths: TreePaths,
        found: Plan,
        entries: Floats,
        *,
        pair_weights: Floats,
        shape: tuple[int, int],
    ) -> None:
        self._of_trees = trees, paths, found.pieces
        self._entries = entries
        self._pair_weights = pair_weights
        self._shape = shape
        self._lists = list_pieces(trees, paths, found.pieces, found.is_tabled, entries, shape)
        self._ready = no_ready_lines(self._lists)
        self._n_written = 0
        self._next_piece = 0
        self._was_called, self._has_room = False, False
        self._writing = Lock()

    def values(self, codes: Codes, n_rows: int) -> Floats:
        """Return the values of rows, shape (n, d, k)."""
        if self._was_called and self._next_piece < len(self._lists.number):
            self._write_more()
        self._was_called = True
        values = np.zeros((n_rows, *self._shape, 1))
        # If another thread makes room between reading the one and the other, no line has any here.
        add_few_from_tables(
            *self._of_trees,
            self._lists,
            self._ready,
            self._n_written,
            self._entries,
            self._pair_weights,
            codes,
            values,
        )
        return values[..., 0]

    def _write_more(self) -> None:
        """Write some lines out, unless another thread does."""
        if not self._writing.acquire(blocking=False):
            return
        try:
            if not self._has_room:
                self._ready, self._has_room = room_for_lines(self._lists, MOST_SLOTS), True
            # Other threads read lines from the moment on at which they are told of them here.
            self._next_piece, self._n_written = write_lines_out(
                self._lists,
                self._ready,
                self._entries,
                self._next_piece,
                self._n_written,
                SLOTS_PER_CALL,
            )
        finally:
            self._writing.release()
