"""Groups of columns as players: by every explainer, and as the definition says."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from contract import model_cases
from contract.explainer_cases import BACKGROUND, CASES, ROWS, SCORE, make
from contract.test_brute_force import cells, close
from oracles.shapley import interventional_shapley_values
from oracles.tree_ensembles import Game
from oracles.tree_interactions import interventional_indices, path_dependent_indices
from oracles.tree_shapley import path_dependent_shapley_values
from sklearn.svm import SVR

import pellucid
from pellucid import (
    InvalidInputError,
    KernelExplainer,
    LinearExplainer,
    SamplingPolicy,
    TabularExplainer,
    TreeExplainer,
    UnsupportedModelError,
)
from pellucid.data.table import as_table
from pellucid.models.adapt import adapt

NAMES = ["a", "b", "c", "d", "e"]
GROUPS = {"outer": ["a", "e"], "pair": ["d", 2]}
PLAYERS = ("outer", "b", "pair")
PLAYER_OF = [0, 1, 2, 2, 0]


@pytest.fixture(params=CASES)
def name(request):
    return request.param


def grouped(name, background=BACKGROUND, **options):
    return make(name, background, features=NAMES, groups=GROUPS, **options)


# -- what every explainer promises ------------------------------------------------------------------


def test_features_are_players_and_rows_stay_as_they_were(name):
    explanation = grouped(name).explain_local(ROWS)

    assert explanation.features == PLAYERS
    assert explanation.values.shape[1] == 3
    np.testing.assert_array_equal(explanation.data, ROWS)
    total = explanation.values.sum(axis=1) + explanation.base_values
    np.testing.assert_allclose(total, explanation.predictions, rtol=1e-9, atol=1e-9)
    expected = make(name).explain_local(ROWS)
    np.testing.assert_allclose(explanation.base_values, expected.base_values, rtol=1e-12)
    assert dict(explanation.stats.settings)["groups"] == "2 of 4 columns; 1 columns alone"


def test_groups_of_one_column_each_change_nothing(name):
    explanation = make(name, features=NAMES, groups=[[j] for j in NAMES]).explain_local(ROWS)

    assert explanation == make(name, features=NAMES).explain_local(ROWS)


def test_batches_threads_and_row_order_change_nothing(name):
    expected = grouped(name).explain_local(ROWS)
    for options in ({"batch_size": 3}, {"n_jobs": 2, "batch_size": 7}):
        found = grouped(name, **options).explain_local(ROWS[::-1].copy())
        np.testing.assert_array_equal(found.values[::-1], expected.values)


def test_groups_in_which_all_rows_are_equal_get_zero(name):
    if name == "tree, path-dependent":
        pytest.skip("has no reference rows")
    background, rows = BACKGROUND.copy(), ROWS.copy()
    background[:, [2, 3]] = rows[:, [2, 3]] = [0.5, -1.0]
    explanation = grouped(name, background).explain_local(rows)
    if "tree" in name:  # what single columns add and take away cancels, but for rounding
        np.testing.assert_allclose(explanation.values[:, 2], 0, atol=1e-15)
    else:
        assert (explanation.values[:, 2] == 0).all()
    assert (np.abs(explanation.values[:, 0]) > 1e-3).any()


def test_results_survive_pickling_and_saving(name, tmp_path):
    explainer = pickle.loads(pickle.dumps(grouped(name)))
    for result in (explainer.explain_local(ROWS), explainer.explain_global(ROWS)):
        assert pickle.loads(pickle.dumps(result)) == copy.deepcopy(result) == result
        path = tmp_path / type(result).__name__
        result.save(path)
        assert pellucid.load(path) == result


def test_samples_keep_the_names_of_their_columns(name):
    policy = SamplingPolicy(max_rows=6)
    background = pd.DataFrame(BACKGROUND, columns=NAMES)
    explainer = make(name, background, groups=GROUPS)
    local = explainer.explain_global(
        pd.DataFrame(ROWS, columns=NAMES), sampling_policy=policy
    ).local
    assert list(local.data.columns) == NAMES
    np.testing.assert_array_equal(explainer.explain_local(local.data).values, local.values)


def test_containers_give_the_same_values(name):
    expected = grouped(name).explain_local(ROWS)
    frame = make(name, pd.DataFrame(BACKGROUND, columns=NAMES), groups=GROUPS)
    found = frame.explain_local(pd.DataFrame(ROWS, columns=NAMES)[NAMES[::-1]])
    assert found.features == PLAYERS
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-9, atol=1e-12)
    sparse = grouped(name, sp.csr_array(BACKGROUND)).explain_local(sp.csr_array(ROWS))
    tolerance = 5 * expected.std_error.max() if expected.std_error is not None else 1e-12
    np.testing.assert_allclose(sparse.values, expected.values, rtol=1e-9, atol=tolerance)


def test_unknown_columns_are_refused(name):
    with pytest.raises(InvalidInputError, match="'f', which is no column"):
        make(name, features=NAMES, groups={"group": ["a", "f"]})


def test_positions_are_those_of_the_initialization_examples():
    """The model knows its columns in another order than the examples have them."""
    model = SVR().fit(pd.DataFrame(BACKGROUND, columns=NAMES), SCORE)
    backwards = pd.DataFrame(BACKGROUND, columns=NAMES)[NAMES[::-1]]
    explainer = KernelExplainer(model, backwards, groups={"first two": [0, 1]})
    assert explainer.features == ("a", "b", "c", "first two")
    assert explainer.players.columns_of(3) == ("d", "e")


# -- as the definition says -------------------------------------------------------------------------

# Of the columns of either kind of rows that the models' table has.
GROUPS_OF = {6: [[0, 3], [2, 5, 4]], 5: [[0, 3], [2, 4]]}
MODELS = [
    "RandomForest 3 classes, missing",
    "GradientBoosting 2 classes",
    "HistGradientBoosting regression, categories",
    "LightGBM 3 classes, categories",
    "XGBoost regression, missing",
    "CatBoost 2 classes, one-hot categories",
    "IsolationForest",
    "Pipeline, RandomForest 2 classes",
    "Pipeline, LogisticRegression 3 classes",
    "LinearRegression of two targets",
    "Pipeline, Ridge",
]


@pytest.mark.parametrize("kernel", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_values_equal_the_definition(name, kernel):
    case, model = model_cases.CASES[name], model_cases.fitted(name)
    background, X = case.rows(2)[:4], case.rows(1)[:12]
    groups = GROUPS_OF[X.shape[1]]
    explain = LinearExplainer if case.kind == "linear" else TreeExplainer
    explainer = explain(model, background, groups=groups)
    if kernel:
        explainer = KernelExplainer(model, background, groups=groups, output=explainer.output)
    explanation = explainer.explain_local(X)
    assert explanation.stats.exact
    rows, _ = cells(X)
    references, container = cells(background)
    values, base = interventional_shapley_values(
        lambda mixed: model_cases.own_prediction(model, container(mixed), explanation.output_space),
        rows[11],
        references,
        player_of=explainer.players.player_of,
    )
    close(explanation.values[11], values, max(1e-8, case.precision))
    close(explanation.base_values[11], base, max(1e-8, case.precision))


@pytest.mark.parametrize("name", [name for name in MODELS if "Regression" not in name][:-1])
def test_trees_in_both_games_equal_the_definition(name):
    case, model = model_cases.CASES[name], model_cases.fitted(name)
    X, background = case.rows(1)[:12], case.rows(2)[:4]
    groups = GROUPS_OF[X.shape[1]]
    structure = adapt(model, examples=as_table(case.rows(0))).trees()
    explainer = TreeExplainer(model, groups=groups, features=as_table(X).features)
    player_of = explainer.players.player_of[structure.players.raw_of]
    encoded, weights = structure.encode(as_table(X)), np.full(4, 0.25)
    references = structure.encode(as_table(background))
    game = Game(structure.ensemble, player_of, 3, encoded, references, weights)
    values, base = path_dependent_shapley_values(game, encoded[11])
    found = explainer.explain_local(X)
    close(found.values[11][:, -len(base) :], values, 1e-8)
    pairs = ~np.eye(3, dtype=bool)
    for made, indices in (
        (explainer, path_dependent_indices),
        (TreeExplainer(model, background, groups=groups), interventional_indices),
    ):
        interactions = made.explain_interactions(X)
        assert interactions.features == made.features
        expected = indices(game, encoded[11])[pairs] / 2
        close(interactions.values[11][pairs][:, -len(base) :], expected, 1e-8)


def test_losses_are_attributed_to_groups():
    model = model_cases.fitted("GradientBoosting 2 classes")
    X = model_cases.CASES["GradientBoosting 2 classes"].rows(1)
    labels = model.predict(X[:30])
    found = TreeExplainer(model, X[30:60], groups=[[0, 1]]).explain_loss(X[:30], labels)
    assert found.features == ("0 + 1", "2", "3", "4", "5")
    total = found.values.sum(axis=1) + found.base_values
    np.testing.assert_allclose(total, found.predictions, atol=1e-10)
    single = TreeExplainer(model, X[30:60]).explain_loss(X[:30], labels)
    np.testing.assert_allclose(found.base_values, single.base_values, atol=1e-12)


def test_estimates_of_groups_cover_the_exact_values():
    rng = np.random.default_rng(4)
    background, rows = rng.normal(size=(60, 24)), rng.normal(size=(4, 24))
    first = rng.normal(size=(24, 5)) / 3
    groups = [[2 * j, 2 * j + 1] for j in range(12)]

    def network(X):
        return np.tanh(X @ first) @ np.array([1.0, -2.0, 0.5, 1.5, 1.0])

    exact = KernelExplainer(network, background, groups=groups, budget=10**6).explain_local(rows)
    assert exact.stats.exact
    errors, stated = [], []
    for seed in range(8):
        explainer = KernelExplainer(
            network, background, groups=groups, budget=1500, random_state=seed
        )
        found = explainer.explain_local(rows)
        errors.append(found.values - exact.values)
        stated.append(found.std_error)
    assert 0.9 <= (np.abs(errors) <= 1.96 * np.array(stated)).mean() <= 0.999


def test_one_hot_columns_of_a_sparse_matrix_play_together():
    """A category of three columns is one feature; the model never sees two of them at once."""
    rng = np.random.default_rng(6)
    colours = rng.integers(0, 3, size=40)
    X = sp.csr_array(np.column_stack([np.eye(3)[colours], rng.normal(size=(40, 2))]))

    def worth(rows):
        assert sp.issparse(rows)
        assert (rows[:, [0, 1, 2]].sum(axis=1) == 1).all()
        return rows @ np.array([1.0, 2.0, 4.0, 0.5, 0.0])

    found = KernelExplainer(worth, X[:30], groups={"colour": [0, 1, 2]}).explain_local(X[30:])
    expected = np.array([1.0, 2.0, 4.0])[colours]
    assert found.features == ("colour", "3", "4")
    np.testing.assert_allclose(
        found.values[:, 0, 0], expected[30:] - expected[:30].mean(), atol=1e-12
    )


# -- refusals ---------------------------------------------------------------------------------------


def test_a_librarys_own_values_are_of_single_columns():
    name = "CatBoost regression, target statistics"
    case, model = model_cases.CASES[name], model_cases.fitted(name)
    columns = list(case.rows(2).columns[:2])
    with pytest.raises(UnsupportedModelError, match="single columns, not groups"):
        TreeExplainer(model, groups=[columns])
    explainer = TabularExplainer(model, case.rows(2)[:20], groups=[columns])
    assert explainer.explainer.method == "kernel"
    reasons = dict(explainer.explainer.refused)
    assert "not groups" in reasons["tree, path-dependent"]
