from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game
from oracles.tree_shapley import (
    interventional_shapley_values,
    loss_of,
    loss_slope,
    rescaled_values,
)
from oracles.tree_walk import linked, tree_sums

from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_linked import linked_values, loss_values
from pellucid.kernels.tree_pairs import background_words
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_slopes import apply_link, apply_loss, mean_slope
from pellucid.models.ensemble import TreeEnsemble

LINKS = ("logistic", "exponential", "softmax")
LOSSES = ("logistic", "softmax", "squared")  # of raw sums; probabilities have tests of their own


def prepared(game, rows):
    trees, coding = code_trees(game.ensemble.arrays, game.player)
    return (
        trees,
        describe_paths(game.ensemble.arrays, game.player),
        encode_rows(coding, rows),
        tree_sums(game.ensemble, rows),
        background_words(trees, encode_rows(coding, game.background), game.weights),
        tree_sums(game.ensemble, game.background),
    )


def explain(game, rows=None):
    arguments = prepared(game, game.rows if rows is None else rows)
    return linked_values(*arguments, link=game.ensemble.link, n_players=game.n_players)


def explain_loss(game, labels, loss):
    trees, paths, codes, sums, *background = prepared(game, game.rows)
    return loss_values(
        trees, paths, codes, sums, labels, *background, loss=loss, n_players=game.n_players
    )


def scaled(game, scale, link="identity"):
    arrays = game.ensemble.arrays
    arrays = arrays._replace(value=arrays.value * scale)
    game.ensemble = TreeEnsemble(arrays, game.ensemble.base, 5, link=link)
    return game


def gap(game, values):
    with np.errstate(over="ignore"):
        predictions = linked(game.ensemble, tree_sums(game.ensemble, game.rows))
        base = game.weights @ linked(game.ensemble, tree_sums(game.ensemble, game.background))
    return np.abs(values.sum(axis=1) + base - predictions).max() / np.abs(predictions).max()


# -- links -----------------------------------------------------------------------------------------


@settings(max_examples=60)
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
    game = scaled(game, scale / 10 if link == "exponential" else scale, link)
    values = explain(game)
    assert np.isfinite(values).all()
    assert gap(game, values) < 1e-12


@pytest.mark.parametrize("link", LINKS)
def test_batches_change_no_bit(link):
    game = scaled(seeded_game(3, width=3, n_rows=9, m=70), 1.0, link)
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
    found = mean_slope(LINKS.index(link), z + step, z)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-17)


# -- losses ----------------------------------------------------------------------------------------


def labels_of(game, loss, seed=0):
    rng = np.random.default_rng(seed)
    n, k = len(game.rows), game.ensemble.n_outputs
    return rng.normal(size=n) if loss == "squared" else rng.integers(max(2, k), size=n) * 1.0


def loss_gap(game, labels, loss, values):
    sums = tree_sums(game.ensemble, game.rows)
    background = tree_sums(game.ensemble, game.background)
    expected = [
        loss_of(loss, x, label)
        - sum(w * loss_of(loss, z, label) for w, z in zip(game.weights, background, strict=True))
        for x, label in zip(sums, labels, strict=True)
    ]
    found = values.sum(axis=(1, 2))
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("seed", range(8))
def test_losses_are_shared_by_the_mean_slope(loss, seed):
    width = 3 if loss == "softmax" else 1
    game = seeded_game(seed, n_columns=4, depth=3, width=width, n_rows=3, m=4)
    labels = labels_of(game, loss, seed)
    values = explain_loss(game, labels, loss)
    assert loss_gap(game, labels, loss, values) < 1e-12
    for row, label, found in zip(game.rows, labels, values, strict=True):
        expected = rescaled_values(game, row, lambda at, y=label: loss_slope(loss, at, y))
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scale", [1e-6, 1.0, 30.0, 300.0])
def test_losses_add_up_however_far_the_sums_are_apart(loss, scale):
    game = seeded_game(3, width=3 if loss == "softmax" else 1, n_trees=4)
    game = scaled(game, scale)
    labels = labels_of(game, loss)
    values = explain_loss(game, labels, loss)
    assert np.isfinite(values).all()
    assert loss_gap(game, labels, loss, values) < (1e-9 if scale < 1e-3 else 1e-12)


def test_two_classes_by_one_sum_or_by_two_share_a_loss_alike():
    one = seeded_game(6)
    arrays = one.ensemble.arrays
    value = np.hstack([np.zeros_like(arrays.value), arrays.value])
    two = seeded_game(6)
    base = np.append(0.0, one.ensemble.base)
    two.ensemble = TreeEnsemble(arrays._replace(value=value), base, 5)
    labels = labels_of(one, "logistic")
    np.testing.assert_allclose(
        explain_loss(one, labels, "logistic"), explain_loss(two, labels, "softmax"), atol=1e-12
    )


def test_losses_of_one_sum_refuse_several():
    game = seeded_game(0, width=2)
    with pytest.raises(ValueError, match="1 raw sum, not of 2"):
        explain_loss(game, np.zeros(5), "squared")


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_keep_their_digits(loss):
    sums = np.array([[0.0, 1.0], [-700.0, 700.0], [700.0, -700.0], [3.0, 3.0], [0.0, 40.0]])
    sums = sums if loss == "softmax" else sums[:, 1:].copy()
    for label in (0.0, 1.0):
        expected = [loss_of(loss, row, label) for row in sums]
        found = apply_loss(sums, np.full(len(sums), label), loss)
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-16)
    if loss != "squared":
        sure = apply_loss(sums[-1:], np.ones(1), loss)[0]
        assert sure == pytest.approx(np.exp(-40.0), rel=1e-12)


# -- losses of probabilities -----------------------------------------------------------------------


def probabilities_game(seed):
    """Trees whose leaves are probabilities of three classes, some of them sure."""
    game = seeded_game(seed, n_columns=4, depth=3, width=3, n_rows=5, m=4, n_trees=3)
    rng = np.random.default_rng(seed)
    value = rng.dirichlet(np.full(3, 0.3), size=len(game.ensemble.arrays.value))
    value[rng.random(len(value)) < 0.3] = [1.0, 0.0, 0.0]
    arrays = game.ensemble.arrays._replace(value=value / 3)
    game.ensemble = TreeEnsemble(arrays, np.zeros(3), 5)
    return game


def log_loss_of(p, label):
    return -np.log(np.clip(p[int(label)], np.finfo(float).eps, 1.0))


@pytest.mark.parametrize("seed", range(6))
def test_log_losses_of_probabilities_are_shared_by_the_mean_slope(seed):
    game = probabilities_game(seed)
    for label in range(3):
        values = explain_loss(game, np.full(5, float(label)), "probability")
        for row, found in zip(game.rows, values, strict=True):
            x, expected = tree_sums(game.ensemble, row[None])[0], 0.0
            for z_row, weight in zip(game.background, game.weights, strict=True):
                z = tree_sums(game.ensemble, z_row[None])[0]
                pair = replace(game, background=z_row[None], weights=np.ones(1))
                of_pair, _ = interventional_shapley_values(pair, row)
                apart = x[label] - z[label]
                if abs(apart) > 1e-12:
                    slope = (log_loss_of(x, label) - log_loss_of(z, label)) / apart
                else:
                    slope = -1.0 / x[label] if x[label] > 1e-12 else 0.0
                expected = expected + weight * slope * of_pair[:, label]
            np.testing.assert_allclose(found[:, 0], expected, rtol=1e-9, atol=1e-9)


def test_log_losses_of_probabilities_that_are_sure_or_none():
    p = np.array([[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]])
    found = [apply_loss(p, np.full(3, label), "probability") for label in (0.0, 1.0)]
    assert found[0] == pytest.approx([0.0, np.log(4), 52 * np.log(2)])
    assert found[1] == pytest.approx([52 * np.log(2), np.log(4 / 3), 0.0])
