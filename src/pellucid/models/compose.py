"""A model behind a step that prepares its rows, seen from the raw columns."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from pellucid._core.typing import Floats
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.models.model import Contributions, Engineered, Model, Predict, Unavailable
from pellucid.models.structures import (
    AdditiveStructure,
    LinearStructure,
    NetworkStructure,
    TreeStructure,
)

Prepare = Callable[[Table], Table]
Structure = TypeVar(
    "Structure", TreeStructure, LinearStructure, AdditiveStructure, NetworkStructure
)


def behind(
    prepare: Prepare,
    columns: FeatureMap | Unavailable,
    model: Model,
    names: tuple[str, ...] | None = None,
    *,
    checked: Prepare | None = None,
) -> Model:
    """Return the model of raw rows that prepares them and then asks ``model``.

    Where every prepared column depends on one raw column, the model's trees, linear form or network
    can still be used: they are asked through the preparation, and the raw columns are the players.

    Parameters
    ----------
    prepare : callable
        From raw rows to the rows that ``model`` takes; picklable.
    columns : FeatureMap or Unavailable
        Which raw columns each prepared column comes from, or why none can be named.
    model : Model
        The model of prepared rows.
    names : tuple of str, optional
        What the preparation calls its columns.
    checked : callable, optional
        What trees and linear forms are asked through instead of ``prepare``, where rows have to
        confirm the map first.

    Returns
    -------
    Model
        Without ``features`` and ``n_features``, which are the preparation's to know.
    """
    if isinstance(columns, FeatureMap) and model.n_features not in {None, columns.n_engineered}:
        columns = Unavailable(
            f"{columns.n_engineered} columns were traced to {model.name}, which takes "
            f"{model.n_features}"
        )
    traced = columns
    unused: tuple[int, ...] = ()
    if isinstance(columns, FeatureMap) and columns.assumption is None:
        unused = tuple(np.flatnonzero(~columns.used).tolist())
    if isinstance(columns, FeatureMap) and not columns.is_partition:
        columns = Unavailable(columns.mixing or "its steps mix columns")
    own = checked or prepare
    networks, contributions = model.networks, None
    if isinstance(columns, Unavailable):
        networks = networks if isinstance(networks, Unavailable) else columns
    else:
        if not isinstance(networks, Unavailable):
            networks = {
                space: _structure_behind(own, columns, network)
                for space, network in networks.items()
            }
        contributions = _contributions_behind(prepare, columns, model.contributions)
    return replace(
        model,
        outputs={
            space: partial(_predict, prepare, predict) for space, predict in model.outputs.items()
        },
        features=None,
        n_features=None,
        unused=unused,
        trees=_builder_behind(own, columns, model.trees),
        linear=_builder_behind(own, columns, model.linear),
        additive=_builder_behind(own, columns, model.additive),
        networks=networks,
        contributions=contributions,
        labels=None if model.labels is None else partial(_predict, prepare, model.labels),
        engineered=_engineered(own, traced, model, names),
    )


def _engineered(
    prepare: Prepare,
    columns: FeatureMap | Unavailable,
    model: Model,
    names: tuple[str, ...] | None,
) -> Engineered:
    """Return the model at the end of all preparations, of which there may be more behind these."""
    last = model.engineered
    if isinstance(last, Unavailable):
        fitted = model.features
        # Names that differ were given by hand; the order is the model's.
        is_known = names is not None and (fitted is None or set(names) != set(fitted))
        return Engineered(model, prepare, columns, names if is_known else fitted)
    if isinstance(columns, FeatureMap) and isinstance(last.columns, FeatureMap):
        columns = columns.then(last.columns)
    elif isinstance(last.columns, Unavailable):
        columns = last.columns
    return replace(last, prepare=partial(_prepare_twice, prepare, last.prepare), columns=columns)


def _prepare_twice(first: Prepare, second: Prepare, table: Table) -> Table:
    return second(first(table))


def _contributions_behind(
    prepare: Prepare, columns: FeatureMap, contributions: Contributions | None
) -> Contributions | None:
    """Keep a library's own values where no two prepared columns share a raw one for certain."""
    distinct = len(np.unique(columns.raw_of)) == columns.n_engineered
    if contributions is None or not distinct or columns.assumption is not None:
        return None
    return partial(_contribute, prepare, columns, contributions)


def _predict(prepare: Prepare, predict: Predict, table: Table) -> Any:
    return predict(prepare(table))


def _encode(prepare: Prepare, encode: Callable[[Table], Any], table: Table) -> Any:
    return encode(prepare(table))


def _contribute(
    prepare: Prepare, columns: FeatureMap, contributions: Contributions, table: Table
) -> tuple[Floats, Floats]:
    found, base_values = contributions(prepare(table))
    values = np.zeros((found.shape[0], columns.n_raw, found.shape[2]))
    values[:, columns.raw_of] = found
    return values, base_values


def _builder_behind(
    prepare: Prepare,
    columns: FeatureMap | Unavailable,
    build: Callable[[], Structure] | Unavailable,
) -> Callable[[], Structure] | Unavailable:
    if isinstance(build, Unavailable):
        return build
    if isinstance(columns, Unavailable):
        return columns
    return partial(_built_structure, prepare, columns, build)


def _built_structure(
    prepare: Prepare, columns: FeatureMap, build: Callable[[], Structure]
) -> Structure:
    return _structure_behind(prepare, columns, build())


def _structure_behind(prepare: Prepare, columns: FeatureMap, found: Structure) -> Structure:
    """Return a structure of prepared rows that is asked with raw ones."""
    return replace(
        found,
        encode=partial(_encode, prepare, found.encode),
        players=columns.then(found.players),
    )
