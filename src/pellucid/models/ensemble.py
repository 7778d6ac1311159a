"""``TreeEnsemble``: any library's trees as one struct of arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import ModelError
from pellucid._core.typing import Floats, OutputSpace
from pellucid.kernels.tree_arrays import TreeArrays

Link: TypeAlias = Literal["identity", "logistic", "softmax", "exponential"]


@dataclass(frozen=True, eq=False)
class TreeEnsemble:
    """A sum of trees: ``base + sum over trees of the value of the leaf that the row reaches``.

    Attributes
    ----------
    arrays : TreeArrays
        The nodes. An averaging forest's values are divided by the number of trees already.
    base : ndarray of float64, shape (k,)
        What is added to the trees, once per output.
    n_features : int
        Number of encoded columns.
    link : {"identity", "logistic", "softmax", "exponential"}
        How the sum becomes the model's prediction in ``linked_space``.
    linked_space : {"probability", "value"}
        The output space that the link leads to.
    """

    arrays: TreeArrays
    base: Floats
    n_features: int
    link: Link = "identity"
    linked_space: OutputSpace = "value"

    @property
    def n_outputs(self) -> int:
        """Number of outputs of the sum, k."""
        return len(self.base)

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.arrays.tree_output)


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree with node numbers of its own, as a library's reader delivers it.

    Attributes
    ----------
    feature : ndarray of int, shape (N,)
        Encoded column that a node asks; negative at a leaf.
    threshold : ndarray of float64, shape (N,)
    left, right : ndarray of int, shape (N,)
        Children, as node numbers within this tree; ignored at a leaf.
    missing_left : ndarray of bool, shape (N,)
    cover : ndarray of float64, shape (N,)
    value : ndarray of float64, shape (N, w)
        Ignored at inner nodes.
    categories : mapping from node to sequence of int
        Categories that go left, for the categorical nodes.
    output : int
        First output that the tree adds to.
    """

    feature: npt.NDArray[np.integer]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.integer]
    right: npt.NDArray[np.integer]
    missing_left: npt.NDArray[np.bool_]
    cover: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]
    categories: dict[int, Sequence[int]]
    output: int = 0


def join_trees(
    trees: Sequence[Tree],
    *,
    base: Floats,
    n_features: int,
    link: Link = "identity",
    linked_space: OutputSpace = "value",
) -> TreeEnsemble:
    """Lay trees one after the other into an ensemble, and check its structure."""
    raise NotImplementedError


def check_structure(ensemble: TreeEnsemble) -> None:
    """Check that the arrays form trees: whatever passes, the kernels can walk safely.

    Raises
    ------
    ModelError
        A child is out of range, shared or not behind its parent; a feature, output, category
        set or cover is impossible; a value is not finite.
    """
    raise ModelError
