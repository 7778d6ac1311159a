"""Pipelines, and models behind a fitted transformer, seen from the raw columns."""

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from pellucid._core.errors import (
    InvalidInputError,
    ModelError,
    PellucidError,
    UnsupportedModelError,
    in_one_line,
)
from pellucid._core.registry import find_adapter
from pellucid._core.typing import Task
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table, align
from pellucid.models.adapt import adapt
from pellucid.models.compose import behind
from pellucid.models.model import Model, Unavailable
from pellucid.models.probing import CheckedPreparation
from pellucid.models.sklearn.columns import trace_columns
from pellucid.models.sklearn.estimators import adapt_estimator, declared_task
from pellucid.models.sklearn.fitted import overridden, refuse_unfitted
from pellucid.models.sklearn.pairs import ColumnPairs
from pellucid.models.sklearn.preparation import Preparation
from pellucid.models.sklearn.rows import names_of

MOST_REFERENCES = 500
"""Rows by which steps that report nothing of themselves are probed."""


def adapt_pipeline(pipeline: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt a Pipeline as its last step behind all the others.

    Raises
    ------
    UnsupportedModelError
        It is not fitted, or its last step is no model.
    """
    refuse_unfitted(pipeline)
    model = pipeline.steps[-1][1]
    if model is None or model == "passthrough" or not hasattr(model, "predict"):
        raise UnsupportedModelError(
            "the last step of the Pipeline is no model; a Pipeline that only transforms rows is "
            "passed as transformations"
        )
    if overridden(pipeline) is not None:
        return adapt_estimator(pipeline, examples=examples, task=task)
    if all(step in (None, "passthrough") for _, step in pipeline.steps[:-1]):
        found = adapt(model, examples=examples, task=task)
    else:
        found = adapt_behind(Pipeline(pipeline.steps[:-1]), model, examples=examples, task=task)
    return replace(found, native=pipeline, name=f"Pipeline with {found.name}")


def adapt_behind(
    transformer: Any, model: Any, *, examples: Table | None, task: Task | None
) -> Model:
    """Adapt a model that takes what a fitted transformer makes of the raw rows.

    Raises
    ------
    UnsupportedModelError
        The transformer or the model is not fitted, or the model is none.
    FeatureMismatchError
        The examples lack columns that the transformer takes, or it makes others than the model
        takes.
    """
    if not isinstance(transformer, ColumnPairs):  # its parts were asked one by one
        refuse_unfitted(transformer)
    names, n_columns = _columns_of(transformer)
    if examples is not None:
        n_columns = n_columns or examples.n_features
        if names is not None:
            examples = align(
                examples, names, has_names=True, name="initialization_examples", to="the model"
            )
    prepare = Preparation(transformer, names, example=_some(examples, 1))
    prepared = _prepare_examples(prepare, model, examples)
    adapted = adapt(model, examples=prepared, task=task)
    prepare = replace(prepare, names_out=adapted.features, n_out=adapted.n_features)
    references = _some(examples, MOST_REFERENCES)
    columns = _trace(prepare, n_columns, adapted, references)
    checked = None
    if isinstance(columns, FeatureMap) and columns.assumption is not None:
        if references is None:
            raise AssertionError("nothing is assumed without rows")
        checked = CheckedPreparation(prepare, columns, references)
    return replace(
        behind(prepare, columns, adapted, _names_out(transformer), checked=checked),
        features=names,
        n_features=n_columns,
    )


def _trace(
    prepare: Preparation, n_columns: int | None, model: Model, references: Table | None
) -> FeatureMap | Unavailable:
    """Trace the columns that the model takes, in its order, to the raw ones."""
    if n_columns is None:
        return Unavailable(
            f"{type(prepare.transformer).__name__} does not say how many columns it takes"
        )
    is_black_box = isinstance(model.trees, Unavailable) and isinstance(model.linear, Unavailable)
    found = trace_columns(
        prepare.transformer,
        n_columns,
        n_out=model.n_features,
        # Nothing is probed for a model that has no use for it.
        rows=None if references is None or is_black_box else prepare.rows_of(references),
    )
    order = prepare.order()
    return found.take(order) if isinstance(found, FeatureMap) and order is not None else found


def _some(examples: Table | None, most: int) -> Table | None:
    """Return some of the examples, spread over all of them."""
    if examples is None:
        return None
    spread = np.linspace(0, examples.n_rows - 1, min(most, examples.n_rows))
    return examples.take(spread.round().astype(np.int64))


def _columns_of(transformer: Any) -> tuple[tuple[str, ...] | None, int | None]:
    """Return names and number of the columns that a transformer was fitted with."""
    if isinstance(transformer, ColumnPairs):
        return transformer.names, transformer.n_features_in_
    steps = getattr(transformer, "steps", None)
    if steps is None:
        return names_of(transformer), getattr(transformer, "n_features_in_", None)
    first = next((step for _, step in steps if step not in (None, "passthrough")), None)
    return (None, None) if first is None else _columns_of(first)


def _names_out(transformer: Any) -> tuple[str, ...] | None:
    """Return what a transformer calls its columns; None if it, or one of its steps, does not say."""
    try:
        return tuple(str(name) for name in transformer.get_feature_names_out())
    except (AttributeError, NotImplementedError, TypeError, ValueError):
        return None


def _prepare_examples(prepare: Preparation, model: Any, examples: Table | None) -> Table | None:
    """Transform the examples for a model that must be called to learn its outputs."""
    if examples is None or isinstance(model, (Model, type)):
        return None
    adapter = find_adapter(type(model), rooms="pellucid.models", group="pellucid.models")
    silent = adapter is adapt_estimator and declared_task(model) is None
    if adapter is not None and not silent:
        return None
    try:
        return prepare(examples)
    except InvalidInputError as error:
        raise type(error)(f"initialization_examples: {error}") from error
    except PellucidError:
        raise
    except Exception as error:
        raise ModelError(
            f"{type(prepare.transformer).__name__} failed on initialization_examples: "
            f"{in_one_line(error)}"
        ) from error


ADAPTERS = {"Pipeline": adapt_pipeline}
