"""scikit-learn: the tables of all files of this package."""

from pellucid.models.sklearn import (
    boosting,
    estimators,
    histogram,
    isolation,
    linear,
    pipeline,
    trees,
)

ADAPTERS = {
    **boosting.ADAPTERS,
    **estimators.ADAPTERS,
    **histogram.ADAPTERS,
    **isolation.ADAPTERS,
    **linear.ADAPTERS,
    **pipeline.ADAPTERS,
    **trees.ADAPTERS,
}
