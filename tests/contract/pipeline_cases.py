"""A table of raw columns, what a pipeline makes of it, and explainers of the model behind."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from pellucid import (
    KernelExplainer,
    LinearExplainableModel,
    LinearExplainer,
    MimicExplainer,
    TabularExplainer,
    TreeExplainer,
)

RAW = ("age", "income", "job", "note")
ENGINEERED = (
    "simpleimputer__age",
    "simpleimputer__income",
    "simpleimputer__missingindicator_income",
    "onehotencoder__job_a",
    "onehotencoder__job_b",
    "onehotencoder__job_c",
)
RAW_OF = [0, 1, 1, 2, 2, 2]


def draw(n, seed):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "age": rng.integers(20, 60, n) / 10,
            "income": rng.normal(size=n).round(1),
            "job": rng.choice(["a", "b", "c"], n),
            "note": rng.choice(["x", "y"], n),  # which the pipeline drops
        }
    )
    rows.loc[rng.random(n) < 0.25, "income"] = np.nan
    return rows


ROWS, BACKGROUND = draw(13, seed=1), draw(30, seed=2)
TARGET = (BACKGROUND["age"] > 4) ^ (BACKGROUND["job"] == "a") | BACKGROUND["income"].isna()


def forest():
    return RandomForestClassifier(6, max_depth=4, random_state=0)


def network():
    return MLPClassifier((4,), solver="lbfgs", max_iter=1000, random_state=0)


@cache
def pipeline(model):
    """Fit a pipeline that imputes with an indicator, encodes one-hot, and drops a column."""
    steps = make_column_transformer(
        (SimpleImputer(add_indicator=True), ["age", "income"]), (OneHotEncoder(), ["job"])
    )
    return make_pipeline(steps, model()).fit(BACKGROUND, TARGET)


def path_dependent(model, _, **options):
    return TreeExplainer(model, **options)


def sampled_kernel(model, background, **options):
    return KernelExplainer(model, background, budget=100, **options)


def mimic(model, background, **options):
    return MimicExplainer(model, background, LinearExplainableModel, **options)


CASES = {
    "tree, path-dependent": (path_dependent, forest),
    "tree, interventional": (TreeExplainer, forest),
    "linear": (LinearExplainer, LogisticRegression),
    "kernel, enumerated": (KernelExplainer, network),
    "kernel, sampled": (sampled_kernel, network),
    "mimic": (mimic, network),
    "automatic, tree": (TabularExplainer, forest),
    "automatic, kernel": (TabularExplainer, network),
}


def make(name, background=BACKGROUND, **options):
    """Make the explainer of a case, of the whole pipeline."""
    explainer, model = CASES[name]
    return explainer(pipeline(model), background, **options)


def make_behind(name, background=BACKGROUND, **options):
    """Make the explainer of the last step alone, against transformed reference rows."""
    explainer, model = CASES[name]
    steps = pipeline(model)
    return explainer(steps[-1], steps[0].transform(background), features=ENGINEERED, **options)
