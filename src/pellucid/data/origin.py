"""``Origin``: the raw columns that engineered ones come from, by name."""

from dataclasses import dataclass

import numpy as np

from pellucid._core.errors import FeatureMismatchError
from pellucid._core.validation import first_repeated
from pellucid.data.feature_map import FeatureMap
from pellucid.data.groups import Players


@dataclass(frozen=True, eq=False)
class Origin:
    """Where engineered columns come from.

    Attributes
    ----------
    feature_map : FeatureMap
        The credit that each raw feature has in each engineered column.
    features : tuple of str
        Names of the raw features: columns, or groups of columns.
    players : Players or None
        Which raw columns each raw feature stands for, if some are groups of columns.

    Raises
    ------
    FeatureMismatchError
        The names are not one for each raw feature of the map, or one appears twice.

    Examples
    --------
    >>> origin = Origin(FeatureMap.of([0, 0, 1], n_raw=2), ("colour", "size"))
    >>> origin.columns_of("colour")
    (0, 1)
    """

    feature_map: FeatureMap
    features: tuple[str, ...]
    players: Players | None = None

    def __post_init__(self) -> None:
        """Check that there is one name for each raw feature."""
        n_raw = self.feature_map.n_raw
        if len(self.features) != n_raw:
            raise FeatureMismatchError(
                f"{len(self.features)} names of raw features are given, but the feature map has "
                f"{n_raw}"
            )
        repeated = first_repeated(self.features)
        if repeated is not None:
            raise FeatureMismatchError(f"raw features have the name {repeated!r} more than once")
        if self.players is not None and self.players.names != self.features:
            raise FeatureMismatchError("players have other names than the raw features")

    def columns_of(self, feature: str) -> tuple[int, ...]:
        """Return the positions of the engineered columns that a raw feature has credit in."""
        matrix, i = self.feature_map.matrix, self.features.index(feature)
        return tuple(int(j) for j in matrix.indices[matrix.indptr[i] : matrix.indptr[i + 1]])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Origin):
            return NotImplemented
        one, two = self.feature_map, other.feature_map
        return (
            self.features == other.features
            and self.players == other.players
            and (one.assumption, one.mixing) == (two.assumption, two.mixing)
            and one.matrix.shape == two.matrix.shape
            and np.array_equal(one.matrix.indptr, two.matrix.indptr)
            and np.array_equal(one.matrix.indices, two.matrix.indices)
            and np.array_equal(one.matrix.data, two.matrix.data)
        )

    __hash__ = None  # type: ignore[assignment]  # like arrays, whose content decides about equality
