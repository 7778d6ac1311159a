"""``Importance``: which features matter to the model over many rows."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, final, get_args

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers, MeasuredSpace, Task
from pellucid._core.validation import check_choice
from pellucid.data.origin import Origin
from pellucid.explanation.feature_result import FeatureResult, check_engineered
from pellucid.explanation.fields import checked_names, frozen_floats, same_floats
from pellucid.explanation.local import Explanation
from pellucid.explanation.ranking import descending_rank, ranked_names, ranked_values
from pellucid.explanation.selection import output_position
from pellucid.explanation.stats import Stats

if TYPE_CHECKING:
    import pandas as pd

    from pellucid.explanation.stability import Stability


@final
@dataclass(frozen=True, eq=False, repr=False)
class Importance(FeatureResult):
    """Global importance of d features: the mean absolute attribution to each of k outputs.

    Of an explainer that asks a metric instead, it is how much worse the metric gets without the
    feature; there is one such number per feature, k = 1 whatever the model, and no classes.

    Attributes
    ----------
    values : ndarray of float64, shape (d, k)
        Mean over rows of the absolute attribution to each output; where attributions are
        estimates, without what their noise adds to it. With a ``metric``, by how much it is worse
        without the feature: positive if the feature helps the model.
    overall : ndarray of float64, shape (d,)
        Mean of ``values`` over the outputs.
    std_error : ndarray of float64, shape (d, k)
        Standard error of ``values`` as estimates for the population that the rows come from,
        the estimator's own error included; NaN if there is one row only.
    base_values : ndarray of float64, shape (k,)
        Mean base value of each output; or the metric of the model as it is.
    features : tuple of str
    classes : tuple of str or None
    task : {"classification", "regression", "outlier detection"}
    output_space : {"raw", "probability", "value", "log-loss", "squared error", "metric"}
    stats : Stats
    local : Explanation or None
        The local explanation behind it, if it was kept.
    metric : str or None
        Name of the metric that ``values`` are changes of; None if they are attributions.
    origin : Origin or None
        Of engineered columns: the raw ones that they come from, to which :meth:`raw` adds them up.
    engineered : Importance or None
        The importance of the engineered columns, if that was asked for; its local explanation is
        also that of ``local.engineered``.

    Raises
    ------
    InvalidInputError
        The fields do not fit each other; the message names the first that does not.

    Examples
    --------
    >>> importance = Importance(
    ...     values=np.array([[1.0], [3.0]]),
    ...     overall=np.array([1.0, 3.0]),
    ...     std_error=np.array([[0.1], [0.2]]),
    ...     base_values=np.array([10.0]),
    ...     features=("age", "hours"),
    ...     classes=None,
    ...     task="regression",
    ...     output_space="value",
    ...     stats=Stats("by hand", n_rows=50, n_rows_given=50),
    ... )
    >>> importance.get_ranked_global_names()
    ['hours', 'age']
    >>> importance.get_feature_importance_dict(top_k=1)
    {'hours': 3.0}
    """

    values: Floats
    overall: Floats
    std_error: Floats
    base_values: Floats
    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    task: Task
    output_space: MeasuredSpace
    stats: Stats
    local: Explanation | None = None
    metric: str | None = None
    origin: Origin | None = None
    engineered: Self | None = None

    def __post_init__(self) -> None:
        settle = object.__setattr__  # the one moment in which a frozen object may still be written
        settle(self, "values", frozen_floats("values", self.values, 2))
        d, k = self.values.shape
        settle(self, "overall", frozen_floats("overall", self.overall, (d,)))
        settle(self, "std_error", frozen_floats("std_error", self.std_error, (d, k)))
        settle(self, "base_values", frozen_floats("base_values", self.base_values, (k,)))
        settle(self, "features", checked_names("features", self.features, d))
        if self.classes is not None:
            settle(self, "classes", checked_names("classes", self.classes, k))
        check_choice("task", self.task, get_args(Task))
        check_choice("output_space", self.output_space, get_args(MeasuredSpace))
        if (self.metric is None) == (self.output_space == "metric"):
            raise InvalidInputError("metric and output_space='metric' need each other")
        if self.local is not None and self.local.values.shape[1:] != (d, k):
            raise InvalidInputError(
                f"local explains {self.local.num_features} features and "
                f"{self.local.num_outputs} outputs; {d} and {k} are needed"
            )
        check_engineered(self)
        if self.local is not None and self.local.engineered is not self._engineered_rows():
            settle(self, "local", replace(self.local, engineered=self._engineered_rows()))

    def _engineered_rows(self) -> Explanation | None:
        """Return the local explanation of engineered columns, if it is of the same rows."""
        found = None if self.engineered is None else self.engineered.local
        is_of_same = found is not None and len(found) == len(self._kept_local())
        return found if is_of_same else None

    def _folded(self, origin: Origin, data: Any) -> Self:
        from pellucid.explanation.folding import fold_global  # noqa: PLC0415 - above us

        return fold_global(self, origin, data)

    def _shown_values(self) -> Floats:
        return self.overall

    # -- the documented verbs, over all rows -------------------------------------------------------

    @property
    def num_features(self) -> int:
        """Number of features, d."""
        return int(self.values.shape[0])

    @property
    def num_outputs(self) -> int:
        """Number of outputs, k."""
        return int(self.values.shape[1])

    @property
    def num_examples(self) -> int:
        """Number of rows behind the importance."""
        return self.stats.n_rows

    @property
    def expected_values(self) -> Floats:
        """Mean base value of each output, shape (k,)."""
        return self.base_values

    @property
    def global_importance_values(self) -> Floats:
        """Importance of each feature over all outputs, shape (d,)."""
        return self.overall

    @property
    def global_importance_rank(self) -> Integers:
        """Positions of the features from the most important to the least, shape (d,)."""
        return descending_rank(self.overall)

    def get_ranked_global_names(self, top_k: int | None = None) -> list[str]:
        """Return the features' names from the most important to the least.

        Parameters
        ----------
        top_k : int, optional
            How many features to return; by default, or if there are fewer, all.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer.
        """
        return ranked_names(self.features, self.overall, top_k)

    def get_ranked_global_values(self, top_k: int | None = None) -> list[float]:
        """Return the importances from the largest to the smallest.

        Parameters
        ----------
        top_k : int, optional
            How many features to return; by default, or if there are fewer, all.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer.
        """
        return ranked_values(self.overall, top_k)

    def get_feature_importance_dict(self, top_k: int | None = None) -> dict[str, float]:
        """Return the importance of each feature by its name, the most important first.

        Parameters
        ----------
        top_k : int, optional
            How many features to return; by default, or if there are fewer, all.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer.
        """
        names, values = self.get_ranked_global_names(top_k), self.get_ranked_global_values(top_k)
        return dict(zip(names, values, strict=True))

    # -- the documented verbs, output by output ----------------------------------------------------

    @property
    def per_class_values(self) -> Floats:
        """Importance of each feature for each output, shape (k, d)."""
        if self.metric is not None:
            raise InvalidInputError(
                "this importance is a metric's: it has one value per feature, not one per class"
            )
        if self.classes is None and self.num_outputs == 1:
            raise InvalidInputError("this is no explanation of a classifier: there are no classes")
        return self.values.T

    @property
    def per_class_rank(self) -> Integers:
        """Positions of the features from the most important to the least, shape (k, d)."""
        return descending_rank(self.per_class_values)

    def get_ranked_per_class_names(self, top_k: int | None = None) -> list[list[str]]:
        """Return for each output the features' names from the most important to the least.

        Parameters
        ----------
        top_k : int, optional
            How many features to return; by default, or if there are fewer, all.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer, or there is one output and no classes.
        """
        return ranked_names(self.features, self.per_class_values, top_k)

    def get_ranked_per_class_values(self, top_k: int | None = None) -> list[list[float]]:
        """Return for each output the importances from the largest to the smallest.

        Parameters
        ----------
        top_k : int, optional
            How many features to return; by default, or if there are fewer, all.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer, or there is one output and no classes.
        """
        return ranked_values(self.per_class_values, top_k)

    # -- the documented verbs, row by row ----------------------------------------------------------

    def _kept_local(self) -> Explanation:
        if self.local is None:
            raise InvalidInputError(
                "this importance is a metric's, of all rows together: there are no local values"
                if self.metric is not None
                else "the local explanation was not kept; explain with include_local=True, or call "
                "explain_local"
            )
        return self.local

    @property
    def local_importance_values(self) -> Floats:
        """Attributions behind the importance, as :attr:`Explanation.local_importance_values`."""
        return self._kept_local().local_importance_values

    def get_local_importance_rank(self) -> Integers:
        """Return what :meth:`Explanation.get_local_importance_rank` does."""
        return self._kept_local().get_local_importance_rank()

    def get_ranked_local_names(self, top_k: int | None = None) -> list[Any]:
        """Return what :meth:`Explanation.get_ranked_local_names` does."""
        return self._kept_local().get_ranked_local_names(top_k)

    def get_ranked_local_values(self, top_k: int | None = None) -> list[Any]:
        """Return what :meth:`Explanation.get_ranked_local_values` does."""
        return self._kept_local().get_ranked_local_values(top_k)

    # -- other forms -------------------------------------------------------------------------------

    def output(self, name_or_index: str | int) -> Self:
        """Return the importance for one output alone.

        Parameters
        ----------
        name_or_index : str or int
            A class name, or the position of an output.

        Raises
        ------
        InvalidInputError
            There is no such output.
        """
        j = output_position(name_or_index, self.classes, self.num_outputs)
        one = slice(j, j + 1)
        return replace(
            self,
            values=self.values[:, one],
            overall=self.values[:, j],
            std_error=self.std_error[:, one],
            base_values=self.base_values[one],
            classes=None if self.classes is None else self.classes[one],
            local=None if self.local is None else self.local.output(j),
            engineered=None if self.engineered is None else self.engineered.output(j),
        )

    def overall_std_error(self) -> Floats:
        """Return the standard error of ``overall``, or what it is at most, shape (d,).

        The errors of the outputs may depend on each other in any way, and those of a binary
        classifier do entirely. Their mean is the largest that the error of the mean can be.
        """
        return np.asarray(self.std_error.mean(axis=1))

    def stability(self, top_k: int = 5, *, random_state: int = 0) -> "Stability":
        """Return how likely the most important features are the most important ones.

        What is uncertain is which rows were explained, out of all that might have been, and
        the attributions where they are estimates. Where the local explanation was kept, it tells
        how the errors of features depend on each other; else they are taken to be independent.

        Parameters
        ----------
        top_k : int
            Number of features at the top.
        random_state : int
            Seed of what is drawn; the model is not called.

        Returns
        -------
        Stability
            Of the ranking over all outputs; ``importance.output(name).stability()`` is that of one.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer, or a single row was explained.
        """
        from pellucid.explanation.stability import (  # noqa: PLC0415 - above us
            stability_of_importance,
        )

        return stability_of_importance(self, top_k, random_state)

    def to_pandas(self) -> "pd.DataFrame":
        """Return one row per feature, the most important first.

        Returns
        -------
        pandas.DataFrame
            Columns ``feature``, ``importance`` and ``std_error``, and where there are several
            outputs, ``importance (name)`` and ``std_error (name)`` of each. The index is the
            rank, from 1.
        """
        from pellucid.explanation.convert import global_frame  # noqa: PLC0415 - loads pandas

        return global_frame(self)

    def __repr__(self) -> str:
        from pellucid.explanation.summary import summarize_global  # noqa: PLC0415 - above us
        from pellucid.explanation.text import render  # noqa: PLC0415

        return render(summarize_global(self))

    def _repr_html_(self) -> str:
        from pellucid.explanation.notebook import in_notebook  # noqa: PLC0415 - only in notebooks

        return in_notebook(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Importance):
            return NotImplemented
        return (
            self.features == other.features
            and self.classes == other.classes
            and self.task == other.task
            and self.output_space == other.output_space
            and self.stats == other.stats
            and self.metric == other.metric
            and same_floats(self.values, other.values)
            and same_floats(self.overall, other.overall)
            and same_floats(self.std_error, other.std_error)
            and same_floats(self.base_values, other.base_values)
            and self.local == other.local
            and self.origin == other.origin
            and self.engineered == other.engineered
        )

    __hash__ = None  # type: ignore[assignment]  # like arrays, whose content decides about equality
