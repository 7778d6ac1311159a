"""A slow walker of tree ensembles, written from the description of ``TreeArrays`` alone."""

import math

import numpy as np


def goes_left(arrays, node, value):
    """Whether a row with this value of the node's feature goes to the left child."""
    if math.isnan(value):
        return bool(arrays.missing_left[node])
    size = int(arrays.category_size[node])
    if size == 0:
        return value <= float(arrays.threshold[node])
    if value < 0 or value >= 32 * size:
        return False
    category = int(value)
    word = int(arrays.category_words[int(arrays.category_start[node]) + category // 32])
    return bool(word >> (category % 32) & 1)


def leaf_of(arrays, tree, row):
    """The node at which a row ends in a tree."""
    node = int(arrays.tree_start[tree])
    while arrays.feature[node] >= 0:
        left = goes_left(arrays, node, float(row[arrays.feature[node]]))
        node = int(arrays.left[node] if left else arrays.right[node])
    return node


def tree_sums(ensemble, matrix):
    """Sums of trees and base, shape (n, k), row by row and tree by tree."""
    arrays = ensemble.arrays
    width = arrays.value.shape[1]
    sums = np.zeros((len(matrix), ensemble.n_outputs))
    for i, row in enumerate(matrix):
        for tree, first in enumerate(arrays.tree_output.tolist()):
            sums[i, first : first + width] += arrays.value[leaf_of(arrays, tree, row)]
    return sums + ensemble.base


def linked(ensemble, sums):
    """What the ensemble's link makes of the sums."""
    if ensemble.link == "identity":
        return sums
    if ensemble.link == "exponential":
        return np.exp(sums)
    if ensemble.link == "logistic":
        return 1.0 / (1.0 + np.exp(-sums))
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
