import numpy as np
import pytest
import scipy.sparse as sp

from pellucid.data.clustering import CANDIDATES, cluster, representatives

RNG = np.random.default_rng(0)


def blobs(n_blobs, n_per_blob, n_columns=3, spread=0.05):
    centers = 10 * RNG.normal(size=(n_blobs, n_columns))
    truth = np.repeat(np.arange(n_blobs), n_per_blob)
    return (centers[truth] + spread * RNG.normal(size=(len(truth), n_columns))), truth


def even(n):
    return np.full(n, 1 / n)


def same_groups(one, other):
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


@pytest.mark.parametrize("form", [np.asarray, sp.csr_matrix])
def test_clear_clusters_are_found(form):
    points, truth = blobs(5, 30)

    labels = cluster(form(points), even(150), 5, seed=0)

    assert same_groups(labels, truth)
    assert set(labels) == set(range(5))


def test_points_beyond_those_fitted_go_to_their_nearest_center():
    points, truth = blobs(3, 4000)

    assert same_groups(cluster(points.astype(np.float32), even(12_000), 3, seed=0), truth)


def test_number_of_clusters_is_the_first_that_explains_most():
    few, _ = blobs(8, 30)
    more, _ = blobs(40, 30, n_columns=10)
    noise = RNG.normal(size=(500, 30))

    assert cluster(few, even(len(few)), None, seed=0).max() + 1 == 10
    assert cluster(more, even(len(more)), None, seed=0).max() + 1 in {20, 50}
    assert cluster(noise, even(500), None, seed=0).max() + 1 == 200
    assert CANDIDATES == (10, 20, 50, 100, 200)


def test_number_of_clusters_given_is_kept():
    noise = RNG.normal(size=(300, 4))

    assert cluster(noise, even(300), 37, seed=0).max() + 1 == 37


def test_as_many_clusters_as_points_are_the_points():
    assert cluster(RNG.normal(size=(7, 2)), even(7), 7, seed=0).tolist() == list(range(7))


def test_fewer_places_than_clusters_give_fewer_clusters():
    points = np.repeat(np.eye(3), 10, axis=0)

    labels = cluster(points, even(30), 5, seed=0)

    assert same_groups(labels, np.repeat(np.arange(3), 10))


def test_weights_pull_the_clusters():
    points = np.array([[0.0], [1.0], [10.0], [11.0], [100.0]])
    light_end = np.array([0.25, 0.25, 0.25, 0.25, 1e-9])

    assert same_groups(cluster(points, light_end, 2, seed=0), [0, 0, 1, 1, 1])


def test_seed_settles_everything_and_the_global_generator_nothing():
    noise = RNG.normal(size=(400, 5))
    np.random.seed(1)
    before = np.random.get_state()[1].copy()

    first = cluster(noise, even(400), 20, seed=3)
    assert (np.random.get_state()[1] == before).all()
    np.random.seed(2)

    assert (cluster(noise, even(400), 20, seed=3) == first).all()
    assert (cluster(noise, even(400), 20, seed=4) != first).any()


def naive_representatives(points, weights, labels):
    """Choose as :func:`representatives` says, by trying every row of every cluster."""
    n_clusters = max(labels) + 1
    mass = [weights[labels == c].sum() for c in range(n_clusters)]
    excess, chosen = np.zeros(points.shape[1]), [0] * n_clusters
    for c in sorted(range(n_clusters), key=lambda c: -mass[c]):
        center = (weights[labels == c] @ points[labels == c]) / mass[c]
        left = {i: excess + mass[c] * (points[i] - center) for i in np.flatnonzero(labels == c)}
        chosen[c] = min(left, key=lambda i: (left[i] ** 2).sum())
        excess = left[chosen[c]]
    return chosen


@pytest.mark.parametrize("form", [np.asarray, sp.csr_matrix])
def test_representatives_are_those_of_the_naive_search(form):
    points = np.where(RNG.random((120, 6)) < 0.5, 0, RNG.normal(size=(120, 6)))
    weights = RNG.random(120)
    weights /= weights.sum()
    labels = np.concatenate([np.arange(9), RNG.integers(9, size=111)])

    found = representatives(form(points), weights, labels)

    assert found.tolist() == naive_representatives(points, weights, labels)


def test_representatives_keep_the_mean_better_than_plain_medoids():
    points = (RNG.random((2000, 12)) < 0.15).astype(float)
    labels = cluster(points, even(2000), 50, seed=0)
    mass = np.bincount(labels) / 2000
    centers = np.array([points[labels == c].mean(axis=0) for c in range(50)])
    squares = ((points - centers[labels]) ** 2).sum(axis=1)
    medoids = [min(np.flatnonzero(labels == c), key=lambda i: squares[i]) for c in range(50)]

    def off(rows):
        return np.abs(mass @ points[rows] - points.mean(axis=0)).max()

    assert off(representatives(points, even(2000), labels)) < 0.02
    assert off(medoids) > 0.05
