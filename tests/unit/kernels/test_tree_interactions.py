"""Interaction indices of both games against enumeration, and what must hold of both."""

from fractions import Fraction
from functools import cache
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import Game, games, seeded_game
from oracles.tree_interactions import interventional_indices, path_dependent_indices
from oracles.tree_shapley import interventional_shapley_values, path_dependent_shapley_values

from pellucid.kernels import tree_interactions_interventional
from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_interactions import path_dependent_interactions
from pellucid.kernels.tree_interactions_interventional import (
    beta_table,
    interventional_interactions,
)
from pellucid.kernels.tree_pair_slots import pair_slots
from pellucid.kernels.tree_paths import describe_paths
from pellucid.models.ensemble import Tree, join_trees

INDICES = {
    "path-dependent": path_dependent_indices,
    "interventional": interventional_indices,
}
VALUES = {
    "path-dependent": path_dependent_shapley_values,
    "interventional": interventional_shapley_values,
}


def paths_to_leaves(arrays, root):
    """Yield each node of a tree with the nodes above it, root first."""
    waiting = [(int(root), ())]
    while waiting:
        node, above = waiting.pop()
        yield node, above
        if arrays.feature[node] >= 0:
            children = int(arrays.left[node]), int(arrays.right[node])
            waiting.extend((child, (*above, node)) for child in children)


def rows_first(lanes, n_rows):
    """From (blocks, …, LANES) to (n, …)."""
    blocks = np.moveaxis(lanes, -1, 1)
    return blocks.reshape(blocks.shape[0] * blocks.shape[1], *blocks.shape[2:])[:n_rows]


def explain(game, kind, rows=None, player=None):
    """Indices (n, d, d, k) with zeros on the diagonal, and values (n, d, k)."""
    player = game.player if player is None else player
    rows = game.rows if rows is None else rows
    arrays = game.ensemble.arrays
    paths = describe_paths(arrays, player)
    trees, coding = code_trees(arrays, player)
    slots = pair_slots(trees, paths, game.n_players)
    sizes = {"n_players": game.n_players, "n_outputs": game.ensemble.n_outputs}
    codes = encode_rows(coding, rows)
    if kind == "path-dependent":
        pairs, values = path_dependent_interactions(trees, paths, slots, codes, **sizes)
    else:
        background = encode_rows(coding, game.background)
        pairs, values = interventional_interactions(
            trees, paths, slots, codes, len(rows), background, game.weights, **sizes
        )
    if kind == "path-dependent":
        found, values = rows_first(pairs, len(rows)), rows_first(values, len(rows))
    else:
        found, values = np.moveaxis(pairs, -1, 0), np.moveaxis(values, -1, 0)
    dense = np.zeros((len(rows), game.n_players, game.n_players, sizes["n_outputs"]))
    dense[:, slots.first, slots.second] = found
    dense[:, slots.second, slots.first] = found
    return dense, values


def assert_equals_enumeration(game, kind):
    indices, values = explain(game, kind)
    for row, found, found_values in zip(game.rows, indices, values, strict=True):
        np.testing.assert_allclose(found, INDICES[kind](game, row), atol=1e-11)
        np.testing.assert_allclose(found_values, VALUES[kind](game, row)[0], atol=1e-11)


@pytest.mark.parametrize("kind", INDICES)
@settings(max_examples=150)
@given(games())
def test_indices_and_values_equal_enumeration(kind, game):
    assert_equals_enumeration(game, kind)


@pytest.mark.parametrize("kind", INDICES)
@pytest.mark.parametrize("depth", [1, 2, 15, 30])
def test_deep_chains_equal_enumeration(kind, depth):
    assert_equals_enumeration(seeded_game(depth, depth=depth, chain=True, width=2), kind)


@pytest.mark.parametrize("kind", INDICES)
def test_eight_players_equal_enumeration(kind):
    assert_equals_enumeration(seeded_game(1, n_columns=8, depth=9, n_trees=1, n_rows=2, m=3), kind)


@pytest.mark.parametrize("kind", INDICES)
@settings(max_examples=50)
@given(games(most_columns=6, most_depth=5))
def test_players_that_never_meet_on_a_path_have_no_interaction(kind, game):
    indices, _ = explain(game, kind)
    np.testing.assert_array_equal(indices, indices.swapaxes(1, 2))
    arrays = game.ensemble.arrays
    together = np.eye(game.n_players, dtype=bool)
    for root in arrays.tree_start[:-1]:
        for _, above in paths_to_leaves(arrays, root):
            asked = game.player[arrays.feature[list(above)]]
            together[np.ix_(asked, asked)] = True
    assert (indices[:, ~together] == 0).all()


def closed_form(shares, passes, value):
    """Index of each pair at one leaf, from the polynomial's own coefficients in fractions."""
    m = len(shares)
    factors = [
        (Fraction(r), Fraction(int(b)) - Fraction(r)) for r, b in zip(shares, passes, strict=True)
    ]

    @cache
    def integral_of(others):
        """Of a product that depends on which factors there are, not on whose they are."""
        polynomial = [Fraction(1)]
        for r, gain in others:
            longer = [Fraction(0)] * (len(polynomial) + 1)
            for power, coefficient in enumerate(polynomial):
                longer[power] += coefficient * r
                longer[power + 1] += coefficient * gain
            polynomial = longer
        return sum(c / (power + 1) for power, c in enumerate(polynomial))

    found = np.zeros((m, m))
    for i in range(m):
        for j in range(i):
            integral = integral_of(
                tuple(sorted(factors[:j] + factors[j + 1 : i] + factors[i + 1 :]))
            )
            gains = factors[i][1] * factors[j][1]
            found[i, j] = found[j, i] = float(Fraction(value) * gains * integral)
    return found


@pytest.mark.parametrize("m", [3, 30, 70])
def test_long_paths_equal_exact_fractions(m):
    """The leaf at a chain's end, all others being worth zero."""
    inner = np.arange(m)
    value, cover = np.zeros((2 * m + 1, 1)), np.zeros(2 * m + 1)
    left, right = np.full(2 * m + 1, -1), np.full(2 * m + 1, -1)
    left[:m], right[:m] = np.append(inner[1:], 2 * m), m + inner
    cover[0], value[2 * m] = 1.0, 3.0
    shares = np.resize([0.75, 0.5, 0.875, 1.0], m)
    for i, share in enumerate(shares):
        cover[left[i]], cover[right[i]] = cover[i] * share, cover[i] * (1 - share)
    feature = np.where(np.arange(2 * m + 1) < m, np.arange(2 * m + 1), -1)
    nothing = np.zeros(2 * m + 1)
    tree = Tree(feature, nothing, left, right, nothing > 0, cover, value, {})
    ensemble = join_trees([tree], base=np.zeros(1), n_features=m)
    row = np.where(np.arange(m) % 5 == 2, 1.0, -1.0)
    # One background row passes what the row fails, and fails every seventh of the rest.
    other = np.where((row < 0) & (np.arange(m) % 7 == 0), 1.0, -1.0)
    game = Game(ensemble, inner, m, row[None], other[None], np.ones(1))
    for kind, other_shares in (("path-dependent", shares), ("interventional", other < 0)):
        found, _ = explain(game, kind)
        expected = closed_form([Fraction(float(share)) for share in other_shares], row < 0, 3)
        np.testing.assert_allclose(found[0, :, :, 0], expected, atol=1e-13, rtol=1e-9)


@pytest.mark.parametrize("kind", INDICES)
@pytest.mark.parametrize("sizes", [[1] * 70, [33, 37]])
def test_batches_change_no_bit(kind, sizes):
    game = seeded_game(2, n_rows=70, depth=6, width=2, m=40)
    whole = explain(game, kind)
    parts = [
        explain(game, kind, np.ascontiguousarray(part))
        for part in np.split(game.rows, np.cumsum(sizes)[:-1])
    ]
    for place in range(2):
        split = np.concatenate([part[place] for part in parts])
        np.testing.assert_array_equal(split, whole[place])


def test_trees_between_which_interrupts_are_heard_change_no_bit(monkeypatch):
    game = seeded_game(3, n_trees=5)
    whole = explain(game, "interventional")
    monkeypatch.setattr(tree_interactions_interventional, "VISITS_AT_ONCE", 1.0)
    for found, expected in zip(explain(game, "interventional"), whole, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", INDICES)
def test_no_rows_and_lone_leaves(kind):
    lone = seeded_game(2, depth=0)
    indices, values = explain(lone, kind)
    assert not indices.any()
    assert not values.any()
    indices, values = explain(seeded_game(2), kind, np.zeros((0, 5)))
    assert indices.shape == (0, 5, 5, 1)
    assert values.shape == (0, 5, 1)


@pytest.mark.parametrize("most", [1, 5, 40])
def test_beta_function_of_whole_numbers(most):
    table = beta_table(most)
    for x in range(1, most + 1):
        for y in range(1, most + 1):
            exact = Fraction(1, x * comb(x + y - 1, x))
            assert table[x, y] == pytest.approx(float(exact), rel=1e-13)
    assert not table[0].any()
    assert not table[:, 0].any()
