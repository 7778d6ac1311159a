"""``GradientBoostingClassifier`` and ``GradientBoostingRegressor``."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor

from pellucid._core.typing import Floats, Task
from pellucid.data.table import Table
from pellucid.models.model import Model, Unavailable
from pellucid.models.sklearn.estimators import adapt_estimator
from pellucid.models.sklearn.trees import structure_of, tree_of, with_trees
from pellucid.models.structures import TreeStructure


def adapt_boosting(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt gradient boosting: as trees unless it starts from a model of its own."""
    adapted = adapt_estimator(model, examples=examples, task=task)
    if not _starts_from_constant(model.init_):
        reason = f"{adapted.name} starts from a {type(model.init_).__name__}, which is no constant"
        return replace(adapted, trees=Unavailable(reason))
    return with_trees(adapted, read_boosting)


def _starts_from_constant(init: Any) -> bool:
    if isinstance(init, DummyClassifier):
        return bool(init.strategy != "stratified")  # which draws at random
    return isinstance(init, DummyRegressor) or bool(init == "zero")


def read_boosting(model: Any) -> TreeStructure:
    """Read the trees: log-odds of a classifier, values of a regressor."""
    classification = hasattr(model, "classes_")
    values = partial(_scaled, learning_rate=model.learning_rate)
    trees = [
        tree_of(estimator, values, output=k)
        for stage in model.estimators_
        for k, estimator in enumerate(stage)
    ]
    # The same for every row: the start is constant.
    base = model._raw_predict_init(np.zeros((1, model.n_features_in_)))[0]  # noqa: SLF001
    found = structure_of(trees, model, base=base, space="raw" if classification else "value")
    if not classification or model.loss != "log_loss":
        return found  # the exponential loss doubles the log-odds on the way to a probability
    ensemble = replace(
        found.ensemble,
        link="logistic" if len(base) == 1 else "softmax",
        linked_space="probability",
    )
    return replace(found, ensemble=ensemble)


def _scaled(tree: Any, learning_rate: float) -> Floats:
    return np.asarray(tree.value[:, :, 0] * learning_rate)


ADAPTERS = {
    "GradientBoostingClassifier": adapt_boosting,
    "GradientBoostingRegressor": adapt_boosting,
}
