import numpy as np
from hypothesis import given, settings
from oracles.tree_ensembles import games

from pellucid.kernels.tree_paths import describe_paths


def paths_to_leaves(arrays, root):
    """Yield each node of a tree with the nodes above it, root first."""
    waiting = [(int(root), ())]
    while waiting:
        node, above = waiting.pop()
        yield node, above
        if arrays.feature[node] >= 0:
            children = int(arrays.left[node]), int(arrays.right[node])
            waiting.extend((child, (*above, node)) for child in children)


@settings(max_examples=150)
@given(games())
def test_paths_are_described_as_documented(game):
    arrays, player = game.ensemble.arrays, game.player
    paths = describe_paths(arrays, player)
    for t, root in enumerate(arrays.tree_start[:-1]):
        deepest, most = 0, 0
        for node, above in paths_to_leaves(arrays, root):
            asked = [player[arrays.feature[other]] for other in above]
            distinct = list(dict.fromkeys(asked))
            assert paths.parent[node] == (above[-1] if above else -1)
            assert paths.depth[node] == len(above)
            assert paths.n_players[node] == len(distinct)
            if arrays.feature[node] < 0:
                assert paths.bit[node] == paths.previous[node] == -1
                deepest, most = max(deepest, len(above)), max(most, len(distinct))
                continue
            here = player[arrays.feature[node]]
            places = [depth for depth, other in enumerate(asked) if other == here]
            assert paths.previous[node] == (places[-1] if places else -1)
            assert paths.bit[node] == [*distinct, here].index(here)
            covers = arrays.cover[[arrays.left[node], arrays.right[node]]]
            shares = covers / covers.sum() if covers.sum() > 0 else [0.5, 0.5]
            found = paths.share[[arrays.left[node], arrays.right[node]]]
            np.testing.assert_allclose(found, shares, rtol=1e-15)
        assert (paths.tree_depth[t], paths.tree_players[t]) == (deepest, most)
