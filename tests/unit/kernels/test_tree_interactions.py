"""Interaction indices of both games against enumeration, and what must hold of both."""

import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_interactions import interventional_indices, path_dependent_indices
from oracles.tree_shapley import interventional_shapley_values, path_dependent_shapley_values

from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_interactions import path_dependent_interactions
from pellucid.kernels.tree_interactions_interventional import interventional_interactions
from pellucid.kernels.tree_pairs import pair_slots
from pellucid.kernels.tree_paths import describe_paths

INDICES = {
    "path-dependent": path_dependent_indices,
    "interventional": interventional_indices,
}
VALUES = {
    "path-dependent": path_dependent_shapley_values,
    "interventional": interventional_shapley_values,
}


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
    found = rows_first(pairs, len(rows))
    dense = np.zeros((len(rows), game.n_players, game.n_players, sizes["n_outputs"]))
    dense[:, slots.first, slots.second] = found
    dense[:, slots.second, slots.first] = found
    return dense, rows_first(values, len(rows))


def assert_equals_enumeration(game, kind):
    indices, values = explain(game, kind)
    for row, found, found_values in zip(game.rows, indices, values, strict=True):
        np.testing.assert_allclose(found, INDICES[kind](game, row), atol=1e-11)
        np.testing.assert_allclose(found_values, VALUES[kind](game, row)[0], atol=1e-11)


@pytest.mark.parametrize("kind", INDICES)
@settings(max_examples=150, deadline=None)
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
