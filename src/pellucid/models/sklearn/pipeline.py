"""Pipelines, and models behind a fitted transformer, seen from the raw columns."""

from dataclasses import dataclass, replace
from typing import Any

from sklearn.pipeline import Pipeline

from pellucid._core.errors import (
    FeatureMismatchError,
    ModelError,
    PellucidError,
    UnsupportedModelError,
)
from pellucid._core.registry import find_adapter
from pellucid._core.typing import Task
from pellucid.data.table import Table, align, as_table
from pellucid.models.adapt import adapt, takes_layouts
from pellucid.models.compose import behind
from pellucid.models.model import Model, Unavailable
from pellucid.models.sklearn.columns import trace_columns
from pellucid.models.sklearn.estimators import adapt_estimator, declared_task
from pellucid.models.sklearn.fitted import overridden, refuse_unfitted
from pellucid.models.sklearn.rows import names_of, rows_for


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
    """
    refuse_unfitted(transformer)
    names, n_columns = _columns_of(transformer)
    if examples is not None and names is not None:
        examples = align(
            examples, names, has_names=True, name="initialization_examples", to="the model"
        )
    prepared = _prepare_examples(Preparation(transformer, names), model, examples)
    adapted = adapt(model, examples=prepared, task=task)
    columns = (
        Unavailable(f"{type(transformer).__name__} does not say how many columns it takes")
        if n_columns is None
        else trace_columns(transformer, n_columns, n_out=adapted.n_features)
    )
    prepare = Preparation(transformer, names, adapted.features)
    return replace(
        behind(prepare, columns, adapted),
        features=names,
        n_features=n_columns,
    )


@dataclass(frozen=True, eq=False)
class Preparation:
    """Calls a fitted transformer on a table.

    Attributes
    ----------
    transformer : object
        Anything with ``transform``.
    names_in : tuple of str or None
        The column names it was fitted with.
    names_out : tuple of str or None
        The column names that the model behind it was fitted with.
    """

    transformer: Any
    names_in: tuple[str, ...] | None
    names_out: tuple[str, ...] | None = None

    def __call__(self, table: Table) -> Table:
        """Transform rows; dense, sparse or frame as the transformer returns them."""
        rows = rows_for(table, self.names_in)
        prepared = as_table(self.transformer.transform(rows), name="the transformed rows")
        if self.names_out is None:
            return prepared
        if prepared.n_features != len(self.names_out):
            raise FeatureMismatchError(
                f"transformations returns {prepared.n_features} columns, but the model was "
                f"fitted with {len(self.names_out)}"
            )
        if not prepared.has_names and hasattr(self.transformer, "get_feature_names_out"):
            prepared = prepared.with_features(
                [str(name) for name in self.transformer.get_feature_names_out()]
            )
        # Names that differ were given by hand to the model's columns, in this order.
        by_name = set(prepared.features) == set(self.names_out)
        return align(
            prepared if by_name else prepared.with_features(self.names_out),
            self.names_out,
            has_names=True,
            name="the transformed rows",
            to="the model",
        )


def _columns_of(transformer: Any) -> tuple[tuple[str, ...] | None, int | None]:
    """Return names and number of the columns that a transformer was fitted with."""
    steps = getattr(transformer, "steps", None)
    if steps is None:
        return names_of(transformer), getattr(transformer, "n_features_in_", None)
    first = next((step for _, step in steps if step not in (None, "passthrough")), None)
    return (None, None) if first is None else _columns_of(first)


def _prepare_examples(prepare: Preparation, model: Any, examples: Table | None) -> Table | None:
    """Transform the examples for a model that must be called to learn its outputs."""
    if examples is None or isinstance(model, (Model, type)):
        return None
    adapter = find_adapter(type(model), rooms="pellucid.models", group="pellucid.models")
    silent = adapter is adapt_estimator and declared_task(model) is None
    if adapter is not None and not silent and not takes_layouts(adapter):
        return None
    try:
        return prepare(examples)
    except PellucidError:
        raise
    except Exception as error:
        first_line = str(error).strip().split("\n", 1)[0]
        raise ModelError(
            f"{type(prepare.transformer).__name__} failed on initialization_examples: "
            f"{type(error).__name__}: {first_line}"
        ) from error


ADAPTERS = {"Pipeline": adapt_pipeline}
