"""``TreeEnsemble``: any library's trees as one struct of arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

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
        How the sum becomes the model's prediction in ``linked_space``: all but the softmax act on
        each output for itself.
    linked_space : {"raw", "probability", "value"}
        The output space that the link leads to; with the identity, the space of the sum itself:
        ``"raw"`` if the model has another prediction, by a function that is none of these.
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
    """Lay trees one after the other into an ensemble, and check its structure.

    Nodes keep their order within a tree, unless a child comes before its parent: such a tree is
    renumbered level by level.

    Parameters
    ----------
    trees : sequence of Tree
        Trees whose leaves have equally many values, w.
    base : ndarray of float64, shape (k,)
        What is added to the trees, once per output.
    n_features : int
        Number of encoded columns.
    link, linked_space : str
        See :class:`TreeEnsemble`.

    Returns
    -------
    TreeEnsemble

    Raises
    ------
    ModelError
        The trees are not trees: see :func:`check_structure`.

    Examples
    --------
    >>> stump = Tree(
    ...     feature=np.array([0, -1, -1]),
    ...     threshold=np.array([0.5, 0.0, 0.0]),
    ...     left=np.array([1, -1, -1]),
    ...     right=np.array([2, -1, -1]),
    ...     missing_left=np.array([True, False, False]),
    ...     cover=np.array([10.0, 6.0, 4.0]),
    ...     value=np.array([[0.0], [-1.0], [1.0]]),
    ...     categories={},
    ... )
    >>> ensemble = join_trees([stump, stump], base=np.zeros(1), n_features=1)
    >>> ensemble.arrays.left
    array([ 1, -1, -1,  4, -1, -1], dtype=int32)
    """
    ordered = [*trees]
    for t in _out_of_order(ordered):
        ordered[t] = _parents_first(ordered[t], t)
    widths = {tree.value.shape[1] for tree in ordered}
    if len(widths) > 1:
        raise ModelError(f"leaves have {sorted(widths)} values in different trees of one ensemble")
    tree_start = _starts(ordered)
    starts = tree_start[:-1].tolist()
    leaf = _joined([tree.feature < 0 for tree in ordered], np.bool_)
    category_start, category_size, category_words = _pack_categories(ordered, starts, len(leaf))

    def nodes(parts: list[npt.NDArray[Any]], dtype: type, at_leaf: float) -> npt.NDArray[Any]:
        joined = _joined(parts, dtype)
        joined[leaf] = at_leaf
        return joined

    value = np.zeros((len(leaf), max(widths, default=1)))
    for start, tree in zip(starts, ordered, strict=True):
        value[start : start + len(tree.feature)] = tree.value
    value[~leaf] = 0.0
    arrays = TreeArrays(
        tree_start=tree_start,
        feature=nodes([tree.feature for tree in ordered], np.int32, -1),
        threshold=nodes([tree.threshold for tree in ordered], np.float64, 0.0),
        left=nodes([tree.left + s for tree, s in zip(ordered, starts, strict=True)], np.int32, -1),
        right=nodes(
            [tree.right + s for tree, s in zip(ordered, starts, strict=True)], np.int32, -1
        ),
        missing_left=nodes([tree.missing_left for tree in ordered], np.uint8, 0),
        category_start=category_start,
        category_size=category_size,
        category_words=category_words,
        cover=_joined([tree.cover for tree in ordered], np.float64),
        value=value,
        tree_output=np.array([tree.output for tree in ordered], dtype=np.int64),
    )
    ensemble = TreeEnsemble(
        arrays, np.array(base, dtype=np.float64), n_features, link, linked_space
    )
    check_structure(ensemble)
    return ensemble


def _starts(trees: Sequence[Tree]) -> npt.NDArray[np.int64]:
    """Return where each tree's nodes begin, and where the last ones end."""
    return np.cumsum([0, *(len(tree.feature) for tree in trees)], dtype=np.int64)


def _out_of_order(trees: Sequence[Tree]) -> list[int]:
    """Return the trees of which some child is not behind its parent, or outside the tree."""
    start = _starts(trees)
    size = np.diff(start)
    inner = np.flatnonzero(_joined([tree.feature for tree in trees], np.int64) >= 0)
    tree_of = np.repeat(np.arange(len(trees)), size)[inner]
    node = inner - start[tree_of]
    is_out = np.zeros(len(inner), dtype=np.bool_)
    for children in ([tree.left for tree in trees], [tree.right for tree in trees]):
        child = _joined(children, np.int64)[inner]
        is_out |= (child <= node) | (child >= size[tree_of])
    found: list[int] = np.unique(tree_of[is_out]).tolist()
    return found


def _joined(parts: list[npt.NDArray[Any]], dtype: type) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=dtype), *parts]).astype(dtype)


def _parents_first(tree: Tree, t: int) -> Tree:
    """Renumber the nodes level by level, so that parents come before their children."""
    inner = np.flatnonzero(tree.feature >= 0)
    children = np.stack([tree.left[inner], tree.right[inner]])
    n_nodes = len(tree.feature)
    if children.size and (children.min() < 0 or children.max() >= n_nodes):
        raise ModelError(f"tree {t} has a child outside its {n_nodes} nodes")
    levels = [np.zeros(1, dtype=np.int64)]
    n_seen = 1
    while len(levels[-1]):
        parents = levels[-1][tree.feature[levels[-1]] >= 0]
        levels.append(np.stack([tree.left[parents], tree.right[parents]], axis=1).ravel())
        n_seen += len(levels[-1])
        if n_seen > n_nodes:
            raise ModelError(f"tree {t} has a node with more than one parent")
    order = np.concatenate(levels)
    if n_seen < n_nodes:
        raise ModelError(f"tree {t} has nodes that its root does not lead to")
    new_number = np.empty(n_nodes, dtype=np.int64)
    new_number[order] = np.arange(n_nodes)
    is_inner = tree.feature[order] >= 0
    return replace(
        tree,
        feature=tree.feature[order],
        threshold=tree.threshold[order],
        left=np.where(is_inner, new_number[np.where(is_inner, tree.left[order], 0)], -1),
        right=np.where(is_inner, new_number[np.where(is_inner, tree.right[order], 0)], -1),
        missing_left=tree.missing_left[order],
        cover=tree.cover[order],
        value=tree.value[order],
        categories={int(new_number[node]): found for node, found in tree.categories.items()},
    )


def _pack_categories(
    trees: Sequence[Tree], starts: Sequence[int], n_nodes: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.uint32]]:
    """Pack the sets of categories into words of 32 bits; an empty set keeps one word of zeros."""
    start = np.zeros(n_nodes, dtype=np.int32)
    size = np.zeros(n_nodes, dtype=np.int32)
    words = [np.zeros(0, dtype=np.uint32)]
    n_words = 0
    for t, (first, tree) in enumerate(zip(starts, trees, strict=True)):
        for node, categories in tree.categories.items():
            found = np.unique(np.asarray(categories, dtype=np.int64))
            if len(found) and found[0] < 0:
                raise ModelError(f"tree {t} has the negative category {found[0]} at node {node}")
            packed = np.zeros(int(found[-1]) // 32 + 1 if len(found) else 1, dtype=np.uint32)
            np.bitwise_or.at(packed, found // 32, np.uint32(1) << (found % 32).astype(np.uint32))
            start[first + node], size[first + node] = n_words, len(packed)
            words.append(packed)
            n_words += len(packed)
    return start, size, np.concatenate(words if n_words else [np.zeros(1, dtype=np.uint32)])


def check_structure(ensemble: TreeEnsemble) -> None:
    """Check that the arrays form trees: whatever passes, the kernels can walk safely.

    Every node but a root has exactly one parent, which comes before it in the same tree; so there
    are no cycles, and every node can be reached.

    Raises
    ------
    ModelError
        An array has the wrong shape or dtype; a child is out of range, shared or not behind its
        parent; a feature, output, category set or cover is impossible; a value is not finite.
        The message names the tree and node.
    """
    _check_shapes(ensemble)
    _check_children(ensemble.arrays)
    _check_contents(ensemble)


def _check_shapes(ensemble: TreeEnsemble) -> None:
    """Check dtypes, lengths, and that the trees lie one after the other."""
    arrays = ensemble.arrays
    n_nodes, n_trees = len(arrays.feature), len(arrays.tree_output)
    length = dict.fromkeys(TreeArrays._fields, n_nodes)
    length |= {"tree_start": n_trees + 1, "tree_output": n_trees}
    length["category_words"] = max(len(arrays.category_words), 1)
    for name, array in arrays._asdict().items():
        n_axes = 2 if name == "value" else 1
        if array.dtype != _DTYPES[name] or array.ndim != n_axes or len(array) != length[name]:
            raise ModelError(
                f"the trees' {name} is an array of {array.dtype} of shape {array.shape}; "
                f"{length[name]} entries of {np.dtype(_DTYPES[name])} are needed"
            )
    starts = arrays.tree_start
    if starts[0] != 0 or starts[-1] != n_nodes or (np.diff(starts) < 1).any():
        raise ModelError(f"tree_start does not divide the {n_nodes} nodes into trees")
    width = arrays.value.shape[1]
    beyond = (arrays.tree_output < 0) | (arrays.tree_output + width > ensemble.n_outputs)
    if width < 1 or beyond.any():
        raise ModelError(
            f"tree {np.flatnonzero(beyond)[0] if width else 0} adds {width} values to outputs "
            f"that are not among the {ensemble.n_outputs}"
        )
    if ensemble.base.dtype != np.float64 or not np.isfinite(ensemble.base).all():
        raise ModelError(f"the trees' base {ensemble.base} is not finite float64")


def _check_children(arrays: TreeArrays) -> None:
    """Check that every node but a root has exactly one parent, before it in the same tree."""
    n_nodes = len(arrays.feature)
    node = np.arange(n_nodes)
    inner = arrays.feature >= 0
    end = np.repeat(arrays.tree_start[1:], np.diff(arrays.tree_start))
    for name, child in (("left", arrays.left), ("right", arrays.right)):
        _refuse(arrays, inner & (child <= node), f"has a {name} child that is not behind it")
        _refuse(arrays, inner & (child >= end), f"has a {name} child outside its tree")
        _refuse(arrays, ~inner & (child != -1), f"is a leaf with a {name} child")
    parents = np.bincount(
        np.concatenate([arrays.left[inner], arrays.right[inner]]), minlength=n_nodes
    )
    expected = np.ones(n_nodes, dtype=np.int64)
    expected[arrays.tree_start[:-1]] = 0
    _refuse(arrays, parents > expected, "has more than one parent")
    _refuse(arrays, parents < expected, "has no parent")


def _check_contents(ensemble: TreeEnsemble) -> None:
    """Check what nodes ask and hold."""
    arrays = ensemble.arrays
    inner = arrays.feature >= 0
    start, size = arrays.category_start.astype(np.int64), arrays.category_size
    _refuse(
        arrays,
        (arrays.feature < -1) | (arrays.feature >= ensemble.n_features),
        f"asks a feature that is not among the {ensemble.n_features}",
    )
    _refuse(arrays, np.isnan(arrays.threshold), "has a threshold that is NaN")
    _refuse(arrays, arrays.missing_left > 1, "sends missing values neither left nor right")
    _refuse(
        arrays,
        (start < 0) | (size < 0) | (start + size > len(arrays.category_words)),
        "has a set of categories outside the words",
    )
    _refuse(arrays, ~inner & (size != 0), "is a leaf with a set of categories")
    _refuse(
        arrays,
        ~(np.isfinite(arrays.cover) & (arrays.cover >= 0)),
        "has a cover that is negative or not finite",
    )
    _refuse(arrays, np.any(~np.isfinite(arrays.value), axis=1), "has a value that is not finite")


def _refuse(arrays: TreeArrays, bad: npt.NDArray[np.bool_], what: str) -> None:
    if bad.any():
        node = int(np.argmax(bad))
        tree = int(np.searchsorted(arrays.tree_start, node, side="right")) - 1
        raise ModelError(f"tree {tree}, node {node - int(arrays.tree_start[tree])} {what}")


_DTYPES: dict[str, type] = {
    "tree_start": np.int64,
    "feature": np.int32,
    "threshold": np.float64,
    "left": np.int32,
    "right": np.int32,
    "missing_left": np.uint8,
    "category_start": np.int32,
    "category_size": np.int32,
    "category_words": np.uint32,
    "cover": np.float64,
    "value": np.float64,
    "tree_output": np.int64,
}
