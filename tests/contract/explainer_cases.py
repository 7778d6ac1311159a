"""The table of explainers, each with a small model that it explains."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from interpret.glassbox import ExplainableBoostingRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor

from pellucid import (
    AdditiveExplainer,
    DecisionTreeExplainableModel,
    KernelExplainer,
    LIMEExplainer,
    LinearExplainer,
    MimicExplainer,
    TabularExplainer,
    TreeExplainer,
)
from pellucid.data.table import as_table

D = 5
rng = np.random.default_rng(7)
BACKGROUND = np.round(rng.normal(size=(40, D)), 1)
ROWS = np.round(rng.normal(size=(23, D)), 1)
ROWS[3] = BACKGROUND[0]
SCORE = BACKGROUND[:, 0] * BACKGROUND[:, 1] + BACKGROUND[:, 2]


@dataclass(frozen=True)
class ExplainerCase:
    """An explainer class, how to make one, and a model that it explains.

    Attributes
    ----------
    explainer : type
        The public class.
    make : callable
        From model, background and options to an explainer.
    model : callable
        Returns the unfitted model.
    classify : bool
        Whether the model is a classifier.
    adds_up : bool
        Whether values and base value add up to the prediction.
    """

    explainer: type
    make: Callable[..., Any]
    model: Callable[[], Any]
    classify: bool = False
    adds_up: bool = True


def tree_without_background(model: Any, background: Any, **options: Any) -> TreeExplainer:
    """Make the path-dependent explainer, which learns the columns from the model alone."""
    table = as_table(background)
    if table.has_names:
        options.setdefault("features", table.features)
    return TreeExplainer(model, **options)


def sampled_kernel(model: Any, background: Any, **options: Any) -> KernelExplainer:
    """Make a kernel explainer whose budget is too small for enumeration."""
    return KernelExplainer(model, background, budget=300, **options)


def lime(model: Any, background: Any, **options: Any) -> LIMEExplainer:
    """Make a LIME explainer of few samples."""
    return LIMEExplainer(model, background, budget=64, **options)


def lime_in_bins(model: Any, background: Any, **options: Any) -> LIMEExplainer:
    """Make a LIME explainer of few samples that compares bins."""
    return LIMEExplainer(model, background, budget=64, discretize_continuous=True, **options)


def mimic(model: Any, background: Any, **options: Any) -> MimicExplainer:
    """Make a mimic explainer of few lessons that explains what its surrogate misses too."""
    return MimicExplainer(
        model,
        background,
        DecisionTreeExplainableModel,
        max_num_of_augmentations=2,
        correct=True,
        budget=300,
        **options,
    )


def boosting_machine() -> ExplainableBoostingRegressor:
    return ExplainableBoostingRegressor(max_rounds=30, outer_bags=1, n_jobs=1, random_state=0)


def forest() -> RandomForestClassifier:
    return RandomForestClassifier(8, max_depth=4, random_state=0)


def network() -> MLPRegressor:
    return MLPRegressor(hidden_layer_sizes=(6,), solver="lbfgs", max_iter=5000, random_state=0)


CASES = {
    "tree, path-dependent": ExplainerCase(TreeExplainer, tree_without_background, forest, True),
    "tree, interventional": ExplainerCase(TreeExplainer, TreeExplainer, forest, True),
    "linear": ExplainerCase(LinearExplainer, LinearExplainer, LogisticRegression, True),
    "additive": ExplainerCase(AdditiveExplainer, AdditiveExplainer, boosting_machine),
    "mimic, corrected": ExplainerCase(MimicExplainer, mimic, network),
    "kernel, enumerated": ExplainerCase(KernelExplainer, KernelExplainer, network),
    "kernel, sampled": ExplainerCase(KernelExplainer, sampled_kernel, network),
    "lime": ExplainerCase(LIMEExplainer, lime, LogisticRegression, True, adds_up=False),
    "lime, in bins": ExplainerCase(LIMEExplainer, lime_in_bins, network, adds_up=False),
    "automatic, tree": ExplainerCase(
        TabularExplainer, TabularExplainer, lambda: RandomForestRegressor(8, random_state=0)
    ),
    "automatic, kernel": ExplainerCase(TabularExplainer, TabularExplainer, network),
}


@cache
def fitted(name: str) -> Any:
    """Fit the model of a case on the background."""
    case = CASES[name]
    return case.model().fit(BACKGROUND, SCORE > 0 if case.classify else SCORE)


def make(name: str, background: Any = BACKGROUND, **options: Any) -> Any:
    """Make the explainer of a case."""
    return CASES[name].make(fitted(name), background, **options)
