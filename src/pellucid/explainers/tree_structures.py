"""What kernels need to know of a model's trees, found out once for each model."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import UnsupportedModelError
from pellucid._core.typing import Floats
from pellucid.data.table import Table
from pellucid.kernels.tree_codes import LANES, CodedTrees, Codes, Coding, code_trees
from pellucid.kernels.tree_paths import TreePaths, describe_paths
from pellucid.kernels.tree_predict import FEW_ROWS, node_records, predict_few, predict_sums
from pellucid.kernels.tree_tops import Tops, find_tops
from pellucid.models.model import Model, Unavailable
from pellucid.models.structures import TreeStructure

MOST_CELLS_AT_ONCE = 2**23
"""Numbers that are held for a batch of rows, as encoded or as values: 64 MiB."""

_STRUCTURES: WeakKeyDictionary[Model, TreeStructure] = WeakKeyDictionary()
_CODED: WeakKeyDictionary[TreeStructure, "TreesToWalk"] = WeakKeyDictionary()


def tree_structure(model: Model) -> TreeStructure:
    """Return a model's trees, which are read from it only once."""
    structure = _STRUCTURES.get(model)
    if structure is None:
        if isinstance(model.trees, Unavailable):
            raise UnsupportedModelError(
                f"{model.name} cannot be seen as trees: {model.trees.reason}"
            )
        structure = _STRUCTURES[model] = model.trees()
    return structure


def readable_structure(model: Model) -> TreeStructure | Unavailable:
    """Return a model's trees, or why they cannot be read: some models tell only then."""
    try:
        return tree_structure(model)
    except UnsupportedModelError as error:
        return Unavailable(str(error))


@dataclass(frozen=True, eq=False)
class TreesToWalk:
    """A model's trees as kernels walk them.

    Attributes
    ----------
    trees : CodedTrees
    coding : Coding
        From encoded rows to codes.
    paths : TreePaths
    """

    trees: CodedTrees
    coding: Coding
    paths: TreePaths

    def sums(self, base: Floats, codes: Codes, n_rows: int) -> Floats:
        """Return what base (k,) and trees add up to for the rows in some codes, shape (n, k)."""
        if n_rows <= FEW_ROWS:
            return predict_few(self.trees, self._nodes, base, codes, n_rows)
        return predict_sums(self.trees, self._nodes, self._tops, base, codes, n_rows)

    @cached_property
    def _nodes(self) -> npt.NDArray[Any]:
        return node_records(self.trees)

    @cached_property
    def _tops(self) -> Tops:
        return find_tops(self.trees)

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in ("trees", "coding", "paths")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({name: owned(value) for name, value in state.items()})


def trees_to_walk(structure: TreeStructure) -> TreesToWalk:
    """Return the trees as kernels walk them; they are made so only once."""
    walkable = _CODED.get(structure)
    if walkable is None:
        player = np.ascontiguousarray(structure.players.raw_of, dtype=np.int64)
        arrays = structure.ensemble.arrays
        walkable = TreesToWalk(*code_trees(arrays, player), describe_paths(arrays, player))
        _CODED[structure] = walkable
    return walkable


def owned(value: Any) -> Any:
    """Return an array, or tuples of arrays, with copies of those that cannot be written to.

    So come the arrays of a pickle that is mapped into memory, as joblib maps large ones for its
    processes; kernels would be compiled for them once more.
    """
    if isinstance(value, np.ndarray):
        return np.require(value, requirements=["C", "A", "W", "E"])
    parts = [owned(part) for part in value]
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def encoded_rows(structure: TreeStructure, table: Table) -> Floats:
    """Return rows as the trees ask them, in an array that kernels take, shape (n, e)."""
    # Anything but writeable C-contiguous float64 would have the kernels compiled once more.
    return np.require(structure.encode(table), np.float64, ["C", "A", "W", "E"])


def encoded_in_parts(structure: TreeStructure, table: Table) -> Iterator[Floats]:
    """Return rows as the trees ask them, so many at a time that 64 MiB hold them.

    Rows of many columns come as sparse matrices, and never are there as a dense one in whole.
    """
    size = rows_at_once(structure.players.n_engineered)
    for start in range(0, table.n_rows, size):
        yield encoded_rows(structure, table.take(slice(start, start + size)))


def rows_at_once(n_cells: int) -> int:
    """Return how many rows of so many cells, in whole blocks, 64 MiB hold; at least a block."""
    return max(1, MOST_CELLS_AT_ONCE // (max(n_cells, 1) * LANES)) * LANES


def link_of(structure: TreeStructure) -> Literal["logistic", "exponential", "softmax"]:
    """Return the link of trees that are explained in the space it leads to."""
    link = structure.ensemble.link
    if link == "identity":
        raise AssertionError("cannot_explain() refuses such a model")
    return link


def weighted_mean(rows: Floats, weights: Floats) -> Floats:
    """Return the mean row, which is exactly the rows' own if they are all equal."""
    mean: Floats = rows[0] + weights @ (rows - rows[0])
    return mean
