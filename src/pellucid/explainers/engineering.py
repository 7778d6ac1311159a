"""The game of engineered columns: the model at the end of a pipeline, asked with raw rows."""

from dataclasses import dataclass, replace

import numpy as np

from pellucid._core.errors import PellucidError, UnsupportedModelError
from pellucid._core.validation import first_repeated
from pellucid.data.background import Background
from pellucid.data.feature_map import FeatureMap
from pellucid.data.groups import Players
from pellucid.data.origin import Origin
from pellucid.data.table import Table
from pellucid.models.model import Engineered, Model, Unavailable

NO_SUMS_OF_INTERACTIONS = (
    "fold='sum' adds up values of engineered columns, neither interactions nor losses; make the "
    "explainer with fold='group'"
)


@dataclass(frozen=True, eq=False)
class Engineering:
    """What an explainer knows of the engineered columns that play in place of raw ones.

    Attributes
    ----------
    raw : Model
        The model of raw rows.
    engineered : Engineered
        The model that plays, and what prepares rows for it.
    features : tuple of str
        Names of the engineered columns.
    origin : Origin
        The raw features that they come from.
    background : Background or None
        Reference rows, raw.
    """

    raw: Model
    engineered: Engineered
    features: tuple[str, ...]
    origin: Origin
    background: Background | None

    def prepare(self, table: Table) -> Table:
        """Transform raw rows; what cannot be transformed is refused in the raw model's words."""
        try:
            return self.engineered.prepare(table)
        except PellucidError:
            raise
        except Exception:
            self.raw.predict(table)
            raise

    def prepared_background(self) -> Background | None:
        """Return the reference rows transformed; they keep their weights."""
        if self.background is None:
            return None
        try:
            return replace(self.background, table=self.prepare(self.background.table))
        except PellucidError as error:
            raise type(error)(f"initialization_examples: {error}") from error


def engineering_of(
    model: Model,
    features: tuple[str, ...],
    players: Players | None,
    background: Background | None,
) -> Engineering:
    """Return the game of a model's engineered columns; of its own columns if they are in groups.

    Parameters
    ----------
    model : Model
    features : tuple of str
        Names of the raw columns, in the model's order.
    players : Players or None
        Which of these are in groups.
    background : Background or None
        Raw reference rows.

    Raises
    ------
    UnsupportedModelError
        It is not known which engineered columns come from which raw ones.
    """
    found = model.engineered
    if isinstance(found, Unavailable):
        found = Engineered(model, _as_they_are, FeatureMap.identity(len(features)), features)
    feature_map = found.columns
    if isinstance(feature_map, Unavailable):
        raise UnsupportedModelError(
            f"{model.name} cannot be explained in engineered columns: it is not known which of them "
            f"come from which raw ones, since {feature_map.reason}"
        )
    names = _names(found.features, feature_map, features)
    if players is None:
        return Engineering(model, found, names, Origin(feature_map, features), background)
    origin = Origin(players.feature_map.then(feature_map), players.names, players)
    return Engineering(model, found, names, origin, background)


def _as_they_are(table: Table) -> Table:
    return table


def _names(
    given: tuple[str, ...] | None, feature_map: FeatureMap, raw: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the engineered columns' names; where they have none, after the raw ones."""
    n = feature_map.n_engineered
    if given is not None and len(given) == n and first_repeated(given) is None:
        return given
    if not feature_map.is_partition:
        return tuple(f"engineered {j}" for j in range(n))
    counts = np.zeros(feature_map.n_raw, dtype=np.int64)
    several = np.bincount(feature_map.raw_of, minlength=feature_map.n_raw) > 1
    names: list[str] = []
    for i in feature_map.raw_of.tolist():
        names.append(f"{raw[i]} [{counts[i]}]" if several[i] else raw[i])
        counts[i] += 1
    return tuple(names)
