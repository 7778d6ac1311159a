from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_shapley import path_dependent_shapley_values
from oracles.tree_walk import goes_left, tree_sums

from pellucid.kernels import tree_path_dependent
from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_path_dependent import path_dependent_base, path_dependent_values
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_program import build_program
from pellucid.models.ensemble import Tree, join_trees


def values_of(arrays, player, rows, *, n_players, n_outputs):
    trees, coding = code_trees(arrays, player)
    return path_dependent_values(
        build_program(trees, describe_paths(arrays, player)),
        encode_rows(coding, rows),
        n_rows=len(rows),
        n_players=n_players,
        n_outputs=n_outputs,
    )


def explain(game, rows=None, player=None):
    player = game.player if player is None else player
    arrays = game.ensemble.arrays
    values = values_of(
        arrays,
        player,
        game.rows if rows is None else rows,
        n_players=game.n_players,
        n_outputs=game.ensemble.n_outputs,
    )
    trees, _ = code_trees(arrays, player)
    return values, path_dependent_base(trees, describe_paths(arrays, player), game.ensemble.base)


def assert_equals_enumeration(game):
    values, base = explain(game)
    for row, found in zip(game.rows, values, strict=True):
        expected, expected_base = path_dependent_shapley_values(game, row)
        np.testing.assert_allclose(found, expected, atol=1e-11)
        np.testing.assert_allclose(base, expected_base, atol=1e-12)


@settings(max_examples=200)
@given(games())
def test_values_equal_enumeration(game):
    assert_equals_enumeration(game)


@pytest.mark.parametrize("depth", [1, 2, 8, 15, 30])
@pytest.mark.parametrize("chain", [False, True])
def test_deep_trees_equal_enumeration(depth, chain):
    assert_equals_enumeration(
        seeded_game(depth, depth=depth if chain else min(depth, 8), chain=chain, width=2)
    )


@pytest.mark.parametrize("player", [[0, 0, 1, 1, 1], [0, 0, 0, 0, 0], [4, 0, 4, 0, 2]])
@pytest.mark.parametrize("chain", [False, True])
def test_players_of_several_columns_equal_enumeration(player, chain):
    game = seeded_game(9, depth=12 if chain else 7, chain=chain, width=3)
    game.player = np.array(player)
    assert_equals_enumeration(game)


def test_eight_players_equal_enumeration():
    assert_equals_enumeration(seeded_game(1, n_columns=8, depth=9, n_trees=1, n_rows=2))


@settings(max_examples=50)
@given(games(most_columns=6, most_depth=5))
def test_values_add_up_and_players_never_asked_get_zero(game):
    values, base = explain(game)
    np.testing.assert_allclose(
        values.sum(axis=1) + base, tree_sums(game.ensemble, game.rows), atol=1e-12
    )
    arrays = game.ensemble.arrays
    asked = set(game.player[arrays.feature[arrays.feature >= 0]])
    never = [j for j in range(game.n_players) if j not in asked]
    assert (values[:, never] == 0).all()


def test_ensemble_is_the_sum_of_its_trees():
    game = seeded_game(5, n_trees=2, depth=5)
    values, _ = explain(game)
    arrays, middle = game.ensemble.arrays, int(game.ensemble.arrays.tree_start[1])
    total = np.zeros_like(values)
    for first, last in ((0, middle), (middle, len(arrays.feature))):
        part = arrays._replace(
            **{
                name: getattr(arrays, name)[first:last].copy()
                for name in arrays._fields
                if name not in {"tree_start", "category_words", "tree_output"}
            },
            tree_start=np.array([0, last - first]),
            tree_output=np.zeros(1, dtype=np.int64),
        )
        inner = part.feature >= 0
        for children in (part.left, part.right):
            children[inner] -= first
        total += values_of(part, game.player, game.rows, n_players=game.n_players, n_outputs=1)
    np.testing.assert_allclose(values, total, atol=1e-14)


def test_players_with_exchanged_roles_exchange_values():
    game = seeded_game(8, n_columns=4)
    order = np.array([2, 1, 0, 3])
    values, _ = explain(game)
    exchanged, _ = explain(game, player=order)
    np.testing.assert_allclose(exchanged[:, order], values, atol=1e-14)


@pytest.mark.parametrize("sizes", [[1] * 150, [64, 86], [63, 2, 85], [150]])
def test_batches_change_no_bit(sizes):
    game = seeded_game(2, n_rows=150, depth=7, width=2)
    whole, _ = explain(game)
    parts = np.split(game.rows, np.cumsum(sizes)[:-1])
    split = np.concatenate([explain(game, np.ascontiguousarray(part))[0] for part in parts])
    np.testing.assert_array_equal(split, whole)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MOST_VECTORS", 1),
        ("MOST_SUMS", 1),
        ("COST_LIMIT", 1),
        ("COST_LIMIT", 3000),
        ("ROOM", 1),
        ("ROOM", 1000),
    ],
)
def test_memory_and_interruptions_change_no_bit(name, value, monkeypatch):
    game = seeded_game(2, n_rows=150, depth=7, n_trees=5, width=2)
    whole, _ = explain(game)
    monkeypatch.setattr(tree_path_dependent, name, value)
    np.testing.assert_array_equal(explain(game)[0], whole)


def test_deep_trees_take_few_vectors_together_and_change_no_bit():
    game = seeded_game(6, n_trees=1, depth=300, chain=True, n_rows=150)
    whole, _ = explain(game)
    alone = [explain(game, game.rows[i : i + 1].copy())[0] for i in range(150)]
    np.testing.assert_array_equal(whole, np.concatenate(alone))


def test_interrupts_are_heard_between_trees():
    cost = np.array([4, 4, 4, 40, 1, 1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tree_path_dependent, "COST_LIMIT", 10)
        slices = tree_path_dependent._slices(cost)
    assert [i for first, end in slices for i in range(first, end)] == list(range(6))
    assert max(cost[first:end].sum() for first, end in slices if end - first > 1) <= 50
    assert len(slices) == 3


def test_no_rows_and_lone_leaves():
    game = seeded_game(2, depth=0)
    values, base = explain(game)
    assert (values == 0).all()
    np.testing.assert_allclose(base, tree_sums(game.ensemble, game.rows[:1])[0])
    assert explain(game, np.zeros((0, 5)))[0].shape == (0, 5, 1)


# -- sixty players on one path: too many to enumerate, but a product game has a closed form -------


def chain(shares):
    """A chain that asks a new column at every node; two of its leaves are not worth zero."""
    n = len(shares)
    inner = np.arange(n)
    n_nodes = 2 * n + 1
    feature = np.full(n_nodes, -1)
    feature[:n] = inner
    left, right = np.full(n_nodes, -1), np.full(n_nodes, -1)
    left[:n] = np.append(inner[1:], 2 * n)
    right[:n] = n + inner
    cover = np.zeros(n_nodes)
    cover[0] = 1.0
    for i, share in enumerate(shares):
        cover[left[i]], cover[right[i]] = cover[i] * share, cover[i] * (1 - share)
    value = np.zeros((n_nodes, 1))
    value[n + n // 2], value[2 * n] = 2.0, 1.0
    tree = Tree(feature, np.zeros(n_nodes), left, right, np.zeros(n_nodes, bool), cover, value, {})
    return join_trees([tree], base=np.zeros(1), n_features=n)


def integral(factors):
    """The integral from 0 to 1 of the product of ``b p + (1 - p) r``, in fractions."""
    polynomial = [Fraction(1)]
    for b, r in factors:
        extended = [Fraction(0)] * (len(polynomial) + 1)
        for power, coefficient in enumerate(polynomial):
            extended[power] += coefficient * r
            extended[power + 1] += coefficient * (b - r)
        polynomial = extended
    return sum(c / (power + 1) for power, c in enumerate(polynomial))


@pytest.mark.parametrize("share", [0.5, 0.25, 1.0, 0.0])
def test_sixty_players_on_one_path_equal_exact_fractions(share):
    ensemble = chain([share] * 60)
    arrays = ensemble.arrays
    row = np.where(np.arange(60) % 7 == 3, 1.0, -1.0)
    expected = [Fraction(0)] * 60
    shares = {node: Fraction(1) for node in range(len(arrays.feature))}
    for node in range(60):
        left, right = int(arrays.left[node]), int(arrays.right[node])
        total = Fraction(arrays.cover[left]) + Fraction(arrays.cover[right])
        for child in (left, right):
            shares[child] = Fraction(arrays.cover[child]) / total if total else Fraction(1, 2)
    for leaf in np.flatnonzero(arrays.value):
        above = [node for node in range(60) if leaf == 120 or node <= leaf - 60]
        factors = []
        for node in above:
            child = arrays.right[node] if leaf == arrays.right[node] else arrays.left[node]
            passes = goes_left(arrays, node, row[node]) == (child == arrays.left[node])
            factors.append((Fraction(int(passes)), shares[int(child)]))
        for place, node in enumerate(above):
            b, r = factors[place]
            others = factors[:place] + factors[place + 1 :]
            expected[node] += Fraction(arrays.value[leaf, 0]) * (b - r) * integral(others)
    found = values_of(arrays, np.arange(60), row[None], n_players=60, n_outputs=1)
    np.testing.assert_allclose(found[0, :, 0], [float(v) for v in expected], atol=1e-11)
