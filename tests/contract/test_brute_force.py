"""Exact explainers equal the definition, enumerated over all coalitions of raw columns."""

import numpy as np
import pandas as pd
import pytest
from contract.model_cases import CASES, fitted, own_prediction
from oracles.shapley import interventional_shapley_values
from oracles.tree_ensembles import Game
from oracles.tree_shapley import interventional_shapley_values as interventional_by_walking
from oracles.tree_shapley import path_dependent_shapley_values

from pellucid import LinearExplainer, TreeExplainer
from pellucid.data.table import as_table
from pellucid.models.adapt import adapt

M = 5
ROWS = (3, 11)


def cells(X):
    """Rows as lists of cells, and how to make a container of the same types from such lists."""
    if isinstance(X, pd.DataFrame):
        return X.astype(object).to_numpy().tolist(), lambda rows: pd.DataFrame(
            rows, columns=X.columns
        ).astype(X.dtypes)
    return X.tolist(), np.array


def close(found, expected, tolerance):
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].kind != "contributions"])
def test_interventional_equals_the_librarys_own_predictions_enumerated(name):
    case, model = CASES[name], fitted(name)
    background = case.rows(2)[:M]
    explain = LinearExplainer if case.kind == "linear" else TreeExplainer
    X = case.rows(1)
    explanation = explain(model, background).explain_local(X[:20])
    rows, _ = cells(X)
    references, container = cells(background)
    for i in ROWS:
        values, base = interventional_shapley_values(
            lambda mixed: own_prediction(model, container(mixed), explanation.output_space),
            rows[i],
            references,
        )
        # XGBoost itself predicts in float32.
        close(explanation.values[i], values, max(1e-8, case.precision))
        close(explanation.base_values[i], base, max(1e-8, case.precision))


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].kind == "tree"])
def test_both_semantics_equal_the_trees_walked_and_enumerated(name):
    case, model = CASES[name], fitted(name)
    structure = adapt(model, examples=as_table(case.rows(0))).trees()
    ensemble, players = structure.ensemble, structure.players
    X, background = case.rows(1)[:20], case.rows(2)[:M]
    encoded = structure.encode(as_table(X))
    references = structure.encode(as_table(background))
    found = TreeExplainer(model).explain_local(X)
    interventional = TreeExplainer(model, background).explain_local(X)
    weights = np.full(M, 1 / M)
    game = Game(ensemble, players.raw_of, players.n_raw, encoded, references, weights)
    for i in ROWS:
        values, base = path_dependent_shapley_values(game, encoded[i])
        close(found.values[i][:, -len(base) :], values, 1e-8)
        close(found.base_values[i][-len(base) :], base, 1e-8)
        values, base = interventional_by_walking(game, encoded[i])
        close(interventional.values[i][:, -len(base) :], values, 1e-8)
        close(interventional.base_values[i][-len(base) :], base, 1e-8)
