"""All kernels applied to one game."""

import numpy as np

from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_interventional import InterventionalGame
from pellucid.kernels.tree_linked import linked_values, loss_values
from pellucid.kernels.tree_pairs import add_pairs, background_words, counted_nodes, pair_costs
from pellucid.kernels.tree_path_dependent import path_dependent_base, path_dependent_values
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_pattern_tables import add_from_tables, build_tables
from pellucid.kernels.tree_predict import predict_sums
from pellucid.kernels.tree_slopes import apply_link, apply_loss


def results(game):
    """What each kernel makes of the game, by name."""
    trees, base, player = game.ensemble.arrays, game.ensemble.base, game.player
    rows, background, weights = game.rows, game.background, game.weights
    sizes = {"n_players": game.n_players, "n_outputs": len(base)}
    shape = (len(rows), game.n_players, len(base))
    paths = describe_paths(trees, player)
    chosen = np.arange(len(trees.tree_output))
    by_tables, by_pairs = np.zeros(shape), np.zeros(shape)
    tables = build_tables(trees, paths, chosen, background, weights)
    add_from_tables(trees, paths, player, tables, rows, by_tables)
    coded, coding = code_trees(trees, player)
    codes = encode_rows(coding, rows)
    words = background_words(coded, encode_rows(coding, background), weights)
    counted = counted_nodes(coded, trees.feature < 0)
    add_pairs(coded, paths, chosen, counted, codes, words, by_pairs)
    found = {
        "sums": predict_sums(trees, base, rows),
        "path-dependent": path_dependent_values(trees, paths, player, rows, **sizes),
        "path-dependent base": path_dependent_base(trees, paths, base),
        "tables": by_tables,
        "pairs": by_pairs,
        "cost of pairs": pair_costs(coded, paths, len(background)),
        "as chosen": InterventionalGame(trees, paths, player, background, weights).values(
            rows, **sizes
        ),
    }
    sums, background_sums = found["sums"], predict_sums(trees, base, background)
    labels = np.arange(len(rows)) % 2 * 1.0
    pairs = (words, background_sums)
    for link in ("logistic", "exponential", "softmax"):
        found[link] = linked_values(
            coded, paths, codes, sums, *pairs, link=link, n_players=game.n_players
        )
        found[f"{link} of sums"] = apply_link(sums, link)
    found["softmax loss"] = loss_values(
        coded, paths, codes, sums, labels, *pairs, loss="softmax", n_players=game.n_players
    )
    for loss in ("logistic", "squared", "softmax"):
        of_loss = sums if loss == "softmax" else sums[:, :1].copy()
        found[f"{loss} loss of sums"] = apply_loss(of_loss, labels, loss)
    return found
