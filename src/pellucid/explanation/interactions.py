"""``Interactions``: which part of an attribution a feature owes to each other feature."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, final, get_args

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, OutputSpace, Task
from pellucid._core.validation import as_integer, check_choice, check_count
from pellucid.explanation.fields import checked_names, frozen_floats, same_floats
from pellucid.explanation.given_rows import check_rows, same_rows
from pellucid.explanation.interaction_ranking import (
    Moments,
    RankedInteractions,
    rank_interactions,
)
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import Stats


@final
@dataclass(frozen=True, eq=False, repr=False)
class Interactions:
    """Shapley interaction values of n rows, d features and k outputs.

    The attribution of each feature is split into its *main effect* and its shares in interactions.
    An interaction of two features is the Shapley interaction index of the pair; each of both gets
    half of it, as in SHAP. So every row of the d x d matrix sums to the feature's attribution, and
    the whole matrix to the prediction minus the base value.

    Attributes
    ----------
    values : ndarray of float64, shape (n, d, d, k)
        Main effects on the diagonal, half of each pair's interaction on both sides of it.
    base_values : ndarray of float64, shape (n, k)
    predictions : ndarray of float64, shape (n, k)
        The model's outputs for the rows.
    features : tuple of str
    classes : tuple of str or None
        Names of the outputs of a classifier; None otherwise.
    task : {"classification", "regression", "outlier detection"}
    output_space : {"raw", "probability", "value"}
    stats : Stats
    data : object or None
        The rows as they were given.

    Raises
    ------
    InvalidInputError
        The fields do not fit each other; the message names the first that does not.

    Examples
    --------
    >>> interactions = Interactions(
    ...     values=np.array([[[[1.0], [0.5]], [[0.5], [-2.0]]]]),
    ...     base_values=np.array([[3.0]]),
    ...     predictions=np.array([[3.0]]),
    ...     features=("age", "hours"),
    ...     classes=None,
    ...     task="regression",
    ...     output_space="value",
    ...     stats=Stats("by hand", n_rows=1, n_rows_given=1),
    ... )
    >>> interactions.pair("age", "hours")
    array([[1.]])
    >>> interactions.main_effects()[0, :, 0].tolist()
    [1.0, -2.0]
    >>> interactions.explanation().values[0, :, 0].tolist()
    [1.5, -1.5]
    """

    values: Floats
    base_values: Floats
    predictions: Floats
    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    task: Task
    output_space: OutputSpace
    stats: Stats
    data: Any = None

    def __post_init__(self) -> None:
        settle = object.__setattr__  # the one moment in which a frozen object may still be written
        settle(self, "values", frozen_floats("values", self.values, 4))
        n, d, second, k = self.values.shape
        if second != d:
            raise InvalidInputError(
                f"values has shape {self.values.shape}; {(n, d, d, k)} is needed"
            )
        settle(self, "base_values", frozen_floats("base_values", self.base_values, (n, k)))
        settle(self, "predictions", frozen_floats("predictions", self.predictions, (n, k)))
        settle(self, "features", checked_names("features", self.features, d))
        if self.classes is not None:
            settle(self, "classes", checked_names("classes", self.classes, k))
        check_choice("task", self.task, get_args(Task))
        check_choice("output_space", self.output_space, get_args(OutputSpace))
        if self.data is not None:
            check_rows(self.data, n)

    @property
    def num_examples(self) -> int:
        """Number of rows, n."""
        return int(self.values.shape[0])

    @property
    def num_features(self) -> int:
        """Number of features, d."""
        return int(self.values.shape[1])

    @property
    def num_outputs(self) -> int:
        """Number of outputs, k."""
        return int(self.values.shape[3])

    def __len__(self) -> int:
        return self.num_examples

    def main_effects(self) -> Floats:
        """Return what each feature adds apart from its interactions, shape (n, d, k)."""
        return np.ascontiguousarray(np.moveaxis(np.diagonal(self.values, axis1=1, axis2=2), 2, 1))

    def pair(self, first: str | int, second: str | int) -> Floats:
        """Return the whole interaction of two features, the halves of both, shape (n, k).

        Parameters
        ----------
        first, second : str or int
            Names or positions of two different features.

        Raises
        ------
        InvalidInputError
            There is no such feature, or both are the same.
        """
        i, j = self._position(first), self._position(second)
        if i == j:
            raise InvalidInputError(
                f"a feature does not interact with itself; main_effects() holds what "
                f"{self.features[i]!r} adds by itself"
            )
        return np.asarray(self.values[:, i, j] + self.values[:, j, i])

    def _position(self, feature: str | int) -> int:
        if isinstance(feature, str) and feature in self.features:
            return self.features.index(feature)
        position = as_integer(feature)
        if position is not None and -self.num_features <= position < self.num_features:
            return position % self.num_features
        raise InvalidInputError(f"there is no feature {feature!r} among {self.num_features}")

    def top(self, top_k: int = 10) -> RankedInteractions:
        """Return the pairs that interact most over these rows.

        Parameters
        ----------
        top_k : int
            How many pairs to return, if as many interact at all.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer, or there are no rows.
        """
        check_count("top_k", top_k)
        first, second = np.triu_indices(self.num_features, 1)
        both = self.values[:, first, second] + self.values[:, second, first]
        return rank_interactions(
            Moments.of(np.abs(both)),
            first=first,
            second=second,
            top_k=top_k,
            features=self.features,
            classes=self.classes,
            task=self.task,
            output_space=self.output_space,
            stats=self.stats,
        )

    def explanation(self) -> Explanation:
        """Return the attributions that the matrices' rows sum to."""
        return Explanation(
            values=self.values.sum(axis=2),
            base_values=self.base_values,
            predictions=self.predictions,
            features=self.features,
            classes=self.classes,
            task=self.task,
            output_space=self.output_space,
            stats=self.stats,
            data=self.data,
        )

    def save(self, path: str | Path, *, overwrite: bool = False, include_data: bool = True) -> Path:
        """Write the interactions into a directory that :func:`pellucid.load` reads.

        Parameters
        ----------
        path : str or Path
            The directory to make, by custom named ``….pellucid``.
        overwrite : bool
            Whether an older result there may be replaced. If writing fails, it stays.
        include_data : bool
            Whether the rows are stored too.

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

        return save(self, path, overwrite=overwrite, include_data=include_data)

    def __repr__(self) -> str:
        from pellucid.explanation.interaction_text import summarize_interactions  # noqa: PLC0415
        from pellucid.explanation.text import render  # noqa: PLC0415

        return render(summarize_interactions(self))

    def _repr_html_(self) -> str:
        from pellucid.explanation.html import render  # noqa: PLC0415 - only in notebooks
        from pellucid.explanation.interaction_text import summarize_interactions  # noqa: PLC0415

        return render(summarize_interactions(self))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Interactions):
            return NotImplemented
        return (
            self.features == other.features
            and self.classes == other.classes
            and self.task == other.task
            and self.output_space == other.output_space
            and self.stats == other.stats
            and same_floats(self.values, other.values)
            and same_floats(self.base_values, other.base_values)
            and same_floats(self.predictions, other.predictions)
            and (not len(self) or same_rows(self.data, other.data))
        )

    __hash__ = None  # type: ignore[assignment]  # like arrays, whose content decides about equality

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))
