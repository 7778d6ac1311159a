import numpy as np
from oracles.tree_ensembles import seeded_game
from unit.kernels.kernels_at_work import results

from pellucid.models.ensemble import join_trees


def test_an_ensemble_of_no_trees_is_its_base():
    game = seeded_game(0)
    game.ensemble = join_trees([], base=np.array([1.5]), n_features=5)
    found = results(game)
    for name in ("sums", "path-dependent base"):
        assert (found[name] == 1.5).all()
    for name in (
        "path-dependent",
        "path-dependent, row by row",
        "tables",
        "pairs",
        "logistic",
        "softmax",
    ):
        assert (found[name] == 0).all()
