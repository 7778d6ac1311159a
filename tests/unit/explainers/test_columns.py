"""Columns are found under every spelling of their names."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from pellucid import LinearExplainer

UNDERSCORED = ["mean_area", "mean_age", "size"]
SPACED = ["mean area", "mean age", "size"]
X = np.random.default_rng(0).normal(size=(30, 3))
MODEL = LinearRegression().fit(pd.DataFrame(X, columns=UNDERSCORED), X @ [1.0, 2.0, 3.0])


@pytest.mark.parametrize("names", [UNDERSCORED, SPACED, SPACED[::-1]])
def test_spaces_where_the_model_has_underscores(names):
    spelled = dict(zip(UNDERSCORED, SPACED, strict=True)) if names is not UNDERSCORED else {}
    background = pd.DataFrame(X, columns=UNDERSCORED).rename(columns=spelled)[names]
    explanation = LinearExplainer(MODEL, background).explain_local(X[:4])
    expected = (X[:4] - X.mean(axis=0)) * [1.0, 2.0, 3.0]
    np.testing.assert_allclose(explanation.values[:, :, 0], expected, rtol=1e-9, atol=1e-12)


def test_names_given_follow_the_columns_they_were_given_for():
    background = pd.DataFrame(X, columns=UNDERSCORED)[UNDERSCORED[::-1]]
    explainer = LinearExplainer(MODEL, background, features=["S", "G", "A"])
    assert explainer.features == ("A", "G", "S")
