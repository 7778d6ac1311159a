"""What must hold of every tree model that an adapter delivers."""

import pickle

import numpy as np
from oracles.tree_ensembles import Game
from oracles.tree_shapley import path_dependent_shapley_values
from oracles.tree_walk import linked, tree_sums


def awkward_rows(structure, X, *, dtype=np.float64, infinities=True, seed=0):
    """Rows of X whose cells are replaced by thresholds, their neighbors, NaN, zeros and the like.

    X is a matrix whose columns are the encoded columns of the same number.
    """
    rng = np.random.default_rng(seed)
    arrays = structure.ensemble.arrays
    rows = np.array(np.resize(X, (240, X.shape[1])), dtype=dtype)
    odd = [np.nan, 0.0, -0.0, 1e-36, -1e-36, 1e-30, -1e-30, 1e30, -1e30]
    odd += [np.inf, -np.inf] if infinities else []
    for j in range(X.shape[1]):
        asked = (arrays.feature == j) & (arrays.category_size == 0)
        # A library's own thresholds are within two float32 steps of the folded ones.
        with np.errstate(over="ignore"):
            exact = np.unique(arrays.threshold[asked]).astype(dtype)
            pool = [exact, np.array(odd, dtype=dtype)]
            for width in (np.float32, np.float64):
                near = exact.astype(width)
                for direction in (-np.inf, np.inf):
                    step = np.nextafter(near, width(direction))
                    pool += [step, np.nextafter(step, width(direction))]
        if (arrays.category_size[arrays.feature == j] > 0).any():
            pool = [np.array([np.nan, -1, -0.5, 0, 0.5, 1.0, 2.9, 31, 32, 1000, 1e6])]
        with np.errstate(over="ignore"):
            values = np.concatenate(pool).astype(dtype)
        if not infinities:
            values = values[~np.isinf(values)]
        cells = rng.random(len(rows)) < 0.6
        rows[cells, j] = rng.choice(values, size=cells.sum())
    return rows


def check_trees(structure, table, expected, *, rtol, atol=0.0):
    """The walker's sums equal the library's margins, shape (n,) or (n, k)."""
    matrix = structure.encode(table)
    ensemble = structure.ensemble
    assert matrix.dtype == np.float64
    assert matrix.flags.c_contiguous
    assert matrix.shape == (table.n_rows, ensemble.n_features)
    assert structure.players.n_engineered == ensemble.n_features
    assert structure.players.n_raw == table.n_features
    expected = np.asarray(expected, dtype=np.float64).reshape(table.n_rows, -1)
    np.testing.assert_allclose(tree_sums(ensemble, matrix), expected, rtol=rtol, atol=atol)


def check_covers(structure, *, rtol):
    """A parent's cover is the sum of its children's."""
    arrays = structure.ensemble.arrays
    inner = np.flatnonzero(arrays.feature >= 0)
    children = arrays.cover[arrays.left[inner]] + arrays.cover[arrays.right[inner]]
    np.testing.assert_allclose(arrays.cover[inner], children, rtol=rtol)
    assert (arrays.cover[arrays.tree_start[:-1]] > 0).all()


def check_link(model, structure, table, *, rtol, atol=1e-12):
    """The sums, through the link, are the model's prediction in the linked space."""
    ensemble = structure.ensemble
    found = linked(ensemble, tree_sums(ensemble, structure.encode(table)))
    expected = model.predict(table, ensemble.linked_space)
    if model.task == "classification" and found.shape[1] == 1:
        expected = expected[:, 1:]
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


def check_pickles(model, table):
    """A pickled model predicts and encodes the same."""
    again = pickle.loads(pickle.dumps(model))
    for space in model.outputs:
        np.testing.assert_array_equal(again.predict(table, space), model.predict(table, space))
    if callable(model.trees):
        first, second = model.trees(), pickle.loads(pickle.dumps(again.trees()))
        np.testing.assert_array_equal(first.encode(table), second.encode(table))
        for mine, other in zip(first.ensemble.arrays, second.ensemble.arrays, strict=True):
            np.testing.assert_array_equal(mine, other)


def check_contributions(model, structure, table, *, rtol, atol):
    """The library's own path-dependent values are those of the trees, by enumeration."""
    values, base_values = model.contributions(table)
    players, rows = structure.players, structure.encode(table)
    game = Game(structure.ensemble, players.raw_of, players.n_raw, rows, None, None)
    for i, row in enumerate(rows):
        expected, base = path_dependent_shapley_values(game, row)
        np.testing.assert_allclose(values[i, :, -len(base) :], expected, rtol=rtol, atol=atol)
        np.testing.assert_allclose(base_values[i, -len(base) :], base, rtol=rtol, atol=atol)
