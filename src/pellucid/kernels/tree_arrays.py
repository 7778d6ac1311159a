"""The arrays in which a tree ensemble crosses the border into compiled code."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class TreeArrays(NamedTuple):
    """All nodes of all trees, one after the other; N nodes, T trees, w values per leaf.

    A row goes to the left child of a node if its value ``v`` of the node's feature fulfils:

    - v is NaN: ``missing_left``;
    - the node is numeric (``category_size == 0``): ``v <= threshold``, in float64;
    - the node is categorical: bit ``int(v)`` of the node's words is set; a v below 0 or beyond
      the words is not in the set and goes right.

    Every library's own comparison (strict or not, float32 or float64, sets that go right, zeros
    that count as missing) is turned into this one when the ensemble is read.

    Attributes
    ----------
    tree_start : int64, shape (T + 1,)
        First node (the root) of each tree; the last entry is N.
    feature : int32, shape (N,)
        Encoded column that the node asks; -1 at a leaf.
    threshold : float64, shape (N,)
    left, right : int32, shape (N,)
        Children as absolute node numbers, always larger than the node's own; -1 at a leaf.
    missing_left : uint8, shape (N,)
    category_start, category_size : int32, shape (N,)
        The node's words in ``category_words``: first one and number; size 0 if it is numeric.
    category_words : uint32, shape (c,)
        Bit b of word w stands for category ``32 w + b``. Never empty (one zero at least).
    cover : float64, shape (N,)
        Training weight that reached the node.
    value : float64, shape (N, w)
        What a leaf adds to outputs ``tree_output[t] … tree_output[t] + w - 1``; 0 elsewhere.
    tree_output : int64, shape (T,)
    """

    tree_start: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    missing_left: npt.NDArray[np.uint8]
    category_start: npt.NDArray[np.int32]
    category_size: npt.NDArray[np.int32]
    category_words: npt.NDArray[np.uint32]
    cover: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]
    tree_output: npt.NDArray[np.int64]
