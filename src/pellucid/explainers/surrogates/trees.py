"""A single decision tree as a surrogate: rules to read."""

from typing import Any

from sklearn.tree import DecisionTreeRegressor

from pellucid.explainers.surrogates.kinds import Lessons, Surrogate
from pellucid.explainers.surrogates.preparation import behind_preparation, fit_weighted
from pellucid.explainers.tree import TreeExplainer

MOST_LEAVES = 64
LEAST_ROWS_OF_A_LEAF = 5


def fit_tree(lessons: Lessons, **options: Any) -> list[Any]:
    """Fit one tree of all outputs."""
    parameters = {
        "max_leaf_nodes": MOST_LEAVES,
        "min_samples_leaf": LEAST_ROWS_OF_A_LEAF,
        "random_state": lessons.random_state,
        **options,
    }
    pipeline = behind_preparation(lessons.rows, DecisionTreeRegressor(**parameters), scale=False)
    targets = lessons.targets[:, 0] if lessons.targets.shape[1] == 1 else lessons.targets
    return [fit_weighted(pipeline, lessons.rows, targets, lessons.weights)]


DecisionTreeExplainableModel = Surrogate("decision tree", fit_tree, TreeExplainer)
"""One decision tree of at most 64 leaves: rules to read."""
