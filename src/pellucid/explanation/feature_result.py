"""``FeatureResult``: what explanations and importances have in common, above all their columns."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid.data.feature_map import FeatureMap
from pellucid.data.origin import Origin
from pellucid.explanation.sharing import Shareable

if TYPE_CHECKING:
    from pellucid._core.typing import MeasuredSpace


class FeatureResult(Shareable, ABC):
    """Base of results whose features are raw columns, or engineered ones with known origin."""

    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    output_space: "MeasuredSpace"
    origin: Origin | None
    engineered: Self | None

    @property
    def num_classes(self) -> int:
        """Number of classes; 0 for a model that has none."""
        return 0 if self.classes is None else len(self.classes)

    @property
    def is_engineered(self) -> bool:
        """Whether the features are columns that a transformation made of known raw ones."""
        return self.origin is not None

    @property
    def is_raw(self) -> bool:
        """Whether the features are columns as they were given, or groups of them."""
        return self.origin is None

    @abstractmethod
    def _folded(self, origin: Origin, data: Any) -> Self:
        """Return the result in raw features, by adding up values of engineered columns."""

    @abstractmethod
    def _shown_values(self) -> Floats:
        """Return the values that the old SDK's verbs hand out."""

    def fold(
        self,
        feature_map: FeatureMap | Any,
        features: Sequence[str] | None = None,
        *,
        data: Any = None,
    ) -> Self:
        """Add up the values of columns for the features that they come from.

        A feature's value is then the sum of its columns' values, which is not its Shapley value in
        the game that the features play; the stats say so. Standard errors of sums are not known
        from those of the columns: they are given as the most that they can be, and the stats call
        them bounds.

        Parameters
        ----------
        feature_map : FeatureMap, array or sparse matrix of shape (r, d), or list of these
            Which feature has which part in each column, from none to all; several in a list are
            composed, from the raw columns on. Columns of matrices are scaled to a sum of 1.
        features : sequence of str, optional
            Names of the features that columns are folded to; by default ``"0"``, ``"1"``, …
        data : array or data frame, optional
            The rows in these features, to be carried in place of those in columns.

        Returns
        -------
        Explanation or Importance
            Like this one.

        Raises
        ------
        InvalidInputError
            The map is none, or values are no shares that could be added up.
        FeatureMismatchError
            The map or the names do not fit each other, or these columns.
        """
        from pellucid.explanation.folding import as_origin  # noqa: PLC0415 - above us

        return self._folded(as_origin(feature_map, features, len(self.features)), data)

    def raw(self, data: Any = None) -> Self:
        """Return the same in raw features: the sums of their engineered columns' values.

        Parameters
        ----------
        data : array or data frame, optional
            The raw rows, to be carried with the result.

        Returns
        -------
        Explanation or Importance
            As :meth:`fold` returns it; a result in raw features is returned as it is.

        Raises
        ------
        InvalidInputError
            Values are no shares that could be added up.
        """
        return self if self.origin is None else self._folded(self.origin, data)

    def get_raw_explanation(
        self,
        feature_maps: FeatureMap | Any,
        raw_feature_names: Sequence[str] | None = None,
        eval_data: Any = None,
    ) -> Self:
        """Return what :meth:`fold` does, in the old SDK's words.

        Parameters
        ----------
        feature_maps : list of array or sparse matrix, or as :meth:`fold` takes it
            One for each transformation, in their order, of shape (raw, generated).
        raw_feature_names : sequence of str, optional
        eval_data : array or data frame, optional
            The raw rows, to be carried with the result.
        """
        return self.fold(feature_maps, raw_feature_names, data=eval_data)

    def get_raw_feature_importances(self, feature_maps: FeatureMap | Any) -> Floats:
        """Return the values of :meth:`get_raw_explanation` alone.

        Parameters
        ----------
        feature_maps : list of array or sparse matrix, or as :meth:`fold` takes it

        Returns
        -------
        ndarray of float64
            Shaped as ``local_importance_values`` of an explanation, or
            ``global_importance_values`` of an importance.
        """
        return self.fold(feature_maps)._shown_values()  # noqa: SLF001 - of the same kind

    def save(self, path: str | Path, *, overwrite: bool = False, include_data: bool = True) -> Path:
        """Write the result into a directory that :func:`pellucid.load` reads.

        Parameters
        ----------
        path : str or Path
            The directory to make, by custom named ``….pellucid``.
        overwrite : bool
            Whether an older result there may be replaced. If writing fails, it stays.
        include_data : bool
            Whether the rows are stored too, raw and engineered.

        Returns
        -------
        Path
            The directory.

        Raises
        ------
        StorageError
            It exists already, cannot be written, or a column of the data cannot be stored.
        """
        from pellucid.explanation.storage import save  # noqa: PLC0415 - above us

        return save(cast("Any", self), path, overwrite=overwrite, include_data=include_data)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]  # subclasses are dataclasses


def check_engineered(result: FeatureResult) -> None:
    """Check that origin and engineered view are those of the result.

    Raises
    ------
    InvalidInputError
        They are of other features or outputs.
    """
    origin, view = result.origin, result.engineered
    n_features = len(result.features)
    if origin is not None and origin.feature_map.n_engineered != n_features:
        raise InvalidInputError(
            f"origin is that of {origin.feature_map.n_engineered} columns; {n_features} are needed"
        )
    if view is None:
        return
    if view.origin is None or view.origin.features != result.features:
        raise InvalidInputError("engineered comes from other features")
    if (view.classes, view.output_space) != (result.classes, result.output_space):
        raise InvalidInputError("engineered has other classes, or another output space")
