import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_shapley import rescaled_values
from oracles.tree_walk import linked, tree_sums

from pellucid.kernels.tree_linked import _mean_slope, apply_link, linked_values
from pellucid.kernels.tree_paths import describe_paths
from pellucid.models.ensemble import TreeEnsemble

LINKS = ("logistic", "exponential", "softmax")


def explain(game, rows=None):
    ensemble = game.ensemble
    return linked_values(
        ensemble.arrays,
        describe_paths(ensemble.arrays, game.player),
        game.player,
        game.rows if rows is None else rows,
        game.background,
        game.weights,
        base=ensemble.base,
        link=ensemble.link,
        n_players=game.n_players,
    )


def gap(game, values):
    with np.errstate(over="ignore"):
        predictions = linked(game.ensemble, tree_sums(game.ensemble, game.rows))
        base = game.weights @ linked(game.ensemble, tree_sums(game.ensemble, game.background))
    return np.abs(values.sum(axis=1) + base - predictions).max() / np.abs(predictions).max()


@settings(max_examples=60, deadline=None)
@given(games(most_columns=4, most_depth=3, links=LINKS))
def test_values_are_those_of_each_pair_times_the_mean_slope(game):
    values = explain(game)
    assert gap(game, values) < 1e-13
    for row, found in zip(game.rows, values, strict=True):
        expected = rescaled_values(game, row)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("scale", [1e-9, 1.0, 30.0, 300.0])
def test_values_add_up_however_far_the_sums_are_apart(link, scale):
    game = seeded_game(3, width=3, n_trees=4)
    arrays = game.ensemble.arrays
    arrays = arrays._replace(value=arrays.value * (scale / 10 if link == "exponential" else scale))
    game.ensemble = TreeEnsemble(arrays, game.ensemble.base, 5, link=link)
    values = explain(game)
    assert np.isfinite(values).all()
    assert gap(game, values) < 1e-12


def test_batches_change_no_bit():
    game = seeded_game(3, width=3, n_rows=9)
    game.ensemble = TreeEnsemble(game.ensemble.arrays, game.ensemble.base, 5, link="softmax")
    one_by_one = np.concatenate([explain(game, row[None].copy()) for row in game.rows])
    np.testing.assert_array_equal(one_by_one, explain(game))


@pytest.mark.parametrize("link", LINKS)
def test_linked_predictions(link):
    sums = np.array([[0.0, 1.0], [-800.0, 700.0], [3.0, 3.0], [-1e-9, 1e-9]])
    ensemble = TreeEnsemble(seeded_game(0).ensemble.arrays, np.zeros(2), 5, link=link)
    with np.errstate(over="ignore"):
        expected = linked(ensemble, sums)
    np.testing.assert_allclose(apply_link(sums, link), expected, rtol=1e-14)


@pytest.mark.parametrize("link", ["logistic", "exponential"])
@pytest.mark.parametrize("z", [-700.0, -3.0, 0.0, 0.5, 40.0])
@pytest.mark.parametrize("step", [0.0, 1e-12, -1e-5, 0.7, -1.9, 2.1, 60.0])
def test_mean_slope_is_that_of_the_secant_without_cancellation(link, z, step):
    def slope(t):
        at = z + t * step
        return np.exp(at) if link == "exponential" else 0.25 / np.cosh(at / 2) ** 2

    points, weights = np.polynomial.legendre.leggauss(200)
    expected = weights @ slope((points + 1) / 2) / 2
    found = _mean_slope(LINKS.index(link), z + step, z)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-17)
