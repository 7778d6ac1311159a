"""A model behind a step that prepares its rows, seen from the raw columns."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from pellucid._core.typing import Floats
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.models.model import Contributions, Model, Predict, Unavailable
from pellucid.models.structures import LinearStructure, NetworkStructure, TreeStructure

Prepare = Callable[[Table], Table]


def behind(prepare: Prepare, columns: FeatureMap | Unavailable, model: Model) -> Model:
    """Return the model of raw rows that prepares them and then asks ``model``.

    Where every prepared column depends on one raw column, the model's trees, linear form or
    network can still be used: they are asked through the preparation, and the raw columns are the players.

    Parameters
    ----------
    prepare : callable
        From raw rows to the rows that ``model`` takes; picklable.
    columns : FeatureMap or Unavailable
        Which raw column each prepared column comes from, or why none can be named.
    model : Model
        The model of prepared rows.

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
    trees, linear, networks, contributions = model.trees, model.linear, model.networks, None
    if isinstance(columns, Unavailable):
        trees = trees if isinstance(trees, Unavailable) else columns
        linear = linear if isinstance(linear, Unavailable) else columns
        networks = networks if isinstance(networks, Unavailable) else columns
    else:
        if not isinstance(trees, Unavailable):
            trees = partial(_tree_structure, prepare, columns, trees)
        if not isinstance(linear, Unavailable):
            linear = partial(_linear_structure, prepare, columns, linear)
        if not isinstance(networks, Unavailable):
            networks = {
                space: _network_structure(prepare, columns, network)
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
        trees=trees,
        linear=linear,
        networks=networks,
        contributions=contributions,
        labels=None if model.labels is None else partial(_predict, prepare, model.labels),
    )


def _contributions_behind(
    prepare: Prepare, columns: FeatureMap, contributions: Contributions | None
) -> Contributions | None:
    """Keep a library's own values where no two prepared columns share a raw one."""
    distinct = len(np.unique(columns.raw_of)) == columns.n_engineered
    if contributions is None or not distinct:
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


def _tree_structure(
    prepare: Prepare, columns: FeatureMap, trees: Callable[[], TreeStructure]
) -> TreeStructure:
    found = trees()
    return replace(
        found,
        encode=partial(_encode, prepare, found.encode),
        players=columns.then(found.players),
    )


def _linear_structure(
    prepare: Prepare, columns: FeatureMap, linear: Callable[[], LinearStructure]
) -> LinearStructure:
    found = linear()
    return replace(
        found,
        encode=partial(_encode, prepare, found.encode),
        players=columns.then(found.players),
    )


def _network_structure(
    prepare: Prepare, columns: FeatureMap, found: NetworkStructure
) -> NetworkStructure:
    return replace(
        found,
        encode=partial(_encode, prepare, found.encode),
        players=columns.then(found.players),
    )
