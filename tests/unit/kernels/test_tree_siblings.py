"""Two sibling leaves at once, packed and listed, against the definition of Shapley values."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest

from pellucid.kernels.tree_leaf_lists import (
    Asked,
    add_listed,
    leaf_list,
    list_size,
    list_weights,
    make_list,
)
from pellucid.kernels.tree_leaf_tables import (
    filled_rules,
    new_packing,
    pack_siblings,
    unpack_siblings,
)

LEFT, RIGHT = 2.5, -1.25
CASES = [(0, 0), (1, 0), (1, 1), (2, 1), (3, 3), (4, 0), (4, 2), (4, 4), (5, 1), (5, 5)]


def outcome(pattern, m):
    """What a row gets that has this pattern at the node, and bit m if it goes left."""
    passes = pattern & ((1 << m) - 1) == (1 << m) - 1
    return (LEFT if pattern >> m else RIGHT) if passes else 0.0


def shapley_values(row, counts, m, bit):
    """By enumeration of the coalitions that take their bits from the row."""
    owned = [1 << j for j in range(max(m, bit + 1))]
    owned[bit] |= 1 << m  # the asked player decides on the side, too
    n, values = len(owned), np.zeros(len(owned))

    def worth(coalition):
        mask = sum(owned[j] for j in coalition)
        mixed = [(row & mask) | (c & ~mask) for c in range(len(counts))]
        return sum(w * outcome(b, m) for w, b in zip(counts, mixed, strict=True))

    for j in range(n):
        rest = [i for i in range(n) if i != j]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for others in combinations(rest, size):
                values[j] += weight * (worth((*others, j)) - worth(others))
    return values


def weights_of_patterns(m):
    random = np.random.default_rng(m)
    counts = random.random(2 << m) * (random.random(2 << m) < 0.7)
    counts[-1] += 0.1
    return counts / counts.sum()


@pytest.mark.parametrize(("m", "bit"), CASES)
def test_packed_siblings_equal_enumeration(m, bit):
    counts = weights_of_patterns(m)
    n_others = m if bit == m else m - 1
    packed, lines = np.full(4 << n_others, np.nan), np.full((3, 2 << m), np.nan)
    work = new_packing(np.int64(m), np.int64(len(counts)))
    pack_siblings(counts, np.int64(m), np.int64(bit), LEFT, RIGHT, filled_rules(), work, packed)
    unpack_siblings(packed, np.int64(bit), LEFT, RIGHT, lines)
    s, t, own = lines
    for row in range(2 << m):
        expected = shapley_values(row, counts, m, bit)
        found = [s[row] - t[row & ~(1 << j)] for j in range(len(expected))]
        found[bit] = own[row]
        np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize(("m", "bit"), CASES)
def test_listed_siblings_equal_enumeration(m, bit):
    counts = weights_of_patterns(m)
    patterns = np.random.default_rng(1).permutation(2 << m).astype(np.uint32)
    weights, n_players = counts[patterns], max(m, bit + 1)
    entries = np.full(int(list_size(np.int64(n_players), len(weights))), np.nan)
    leaf_list(entries, len(weights)).patterns[: len(patterns)] = patterns
    asked = Asked(np.int64(m), np.int64(bit), LEFT, RIGHT)
    make_list(entries, weights, asked)
    sums = np.zeros((n_players, 2 << m))
    columns, rows = np.arange(n_players, dtype=np.int32), np.arange(2 << m, dtype=np.uint32)
    add_listed(np.ones(1), entries, columns, asked, 0, 1, rows, list_weights(), 0, sums)
    for row in range(2 << m):
        expected = shapley_values(row, counts, m, bit)
        np.testing.assert_allclose(sums[:, row], expected, atol=1e-13)
