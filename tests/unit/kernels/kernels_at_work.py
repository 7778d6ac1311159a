"""All kernels applied to one game."""

import numpy as np

from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_interactions import path_dependent_interactions
from pellucid.kernels.tree_interactions_interventional import interventional_interactions
from pellucid.kernels.tree_interventional import InterventionalGame
from pellucid.kernels.tree_linked import apply_link, linked_values
from pellucid.kernels.tree_pair_slots import pair_slots
from pellucid.kernels.tree_pair_walk import add_pairs, shapley_weights
from pellucid.kernels.tree_path_dependent import path_dependent_base, path_dependent_values
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_pattern_tables import add_from_tables, build_tables
from pellucid.kernels.tree_predict import predict_sums


def results(game):
    """What each kernel makes of the game, by name."""
    trees, base, player = game.ensemble.arrays, game.ensemble.base, game.player
    rows, background, weights = game.rows, game.background, game.weights
    sizes = {"n_players": game.n_players, "n_outputs": len(base)}
    shape = (len(rows), game.n_players, len(base))
    paths = describe_paths(trees, player)
    chosen = np.arange(len(trees.tree_output))
    most = int(paths.tree_players.max(initial=0))
    by_tables, by_pairs = np.zeros(shape), np.zeros(shape)
    tables = build_tables(trees, paths, chosen, background, weights)
    add_from_tables(trees, paths, player, tables, rows, by_tables)
    add_pairs(
        trees, player, chosen, most, rows, background, weights, shapley_weights(most), by_pairs
    )
    found = {
        "sums": predict_sums(trees, base, rows),
        "path-dependent": path_dependent_values(trees, paths, player, rows, **sizes),
        "path-dependent base": path_dependent_base(trees, paths, base),
        "tables": by_tables,
        "pairs": by_pairs,
        "as chosen": InterventionalGame(trees, paths, player, background, weights).values(
            rows, **sizes
        ),
    }
    coded, coding = code_trees(trees, player)
    slots = pair_slots(coded, paths, game.n_players)
    codes, background_codes = encode_rows(coding, rows), encode_rows(coding, background)
    found["interactions"], found["values beside them"] = path_dependent_interactions(
        coded, paths, slots, codes, **sizes
    )
    found["interventional interactions"], _ = interventional_interactions(
        coded, paths, slots, codes, len(rows), background_codes, weights, **sizes
    )
    for link in ("logistic", "exponential", "softmax"):
        found[link] = linked_values(
            trees,
            paths,
            player,
            rows,
            background,
            weights,
            base=base,
            link=link,
            n_players=game.n_players,
        )
        found[f"{link} of sums"] = apply_link(found["sums"], link)
    return found
