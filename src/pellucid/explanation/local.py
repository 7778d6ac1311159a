"""``Explanation``: why the model predicted what it predicted, row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, final, get_args

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import ExplainedSpace, Floats, Integers, Task
from pellucid._core.validation import check_choice
from pellucid.data.groups import Players
from pellucid.data.origin import Origin
from pellucid.explanation.feature_result import FeatureResult, check_engineered
from pellucid.explanation.fields import checked_names, frozen_floats, same_floats
from pellucid.explanation.given_rows import check_rows, join_rows, same_rows, take_rows
from pellucid.explanation.ranking import descending_rank, ranked_names, ranked_values
from pellucid.explanation.selection import output_position, row_positions
from pellucid.explanation.stats import Stats

if TYPE_CHECKING:
    import pandas as pd

    from pellucid.explanation.importance import Importance
    from pellucid.explanation.stability import Stability


@final
@dataclass(frozen=True, eq=False, repr=False)
class Explanation(FeatureResult):
    """Attributions of n rows, d features and k outputs.

    ``explanation[3]``, ``explanation[0:4]`` and ``explanation[mask]`` are explanations of some of
    the rows, their data included; iterating goes row by row. Nothing is ever changed in place:
    the arrays are read-only, and may be memory-mapped.

    Attributes
    ----------
    values : ndarray of float64, shape (n, d, k)
        What each feature adds to each output, in the units of ``output_space``.
    base_values : ndarray of float64, shape (n, k)
        What the attributions start from: the expected output, or a local model's intercept.
    predictions : ndarray of float64, shape (n, k)
        The model's outputs for the rows; or their losses, if those are explained.
    features : tuple of str
        Names of the features.
    classes : tuple of str or None
        Names of the outputs of a classifier; None otherwise.
    task : {"classification", "regression", "outlier detection"}
    output_space : {"raw", "probability", "value", "log-loss", "squared error"}
    stats : Stats
        How the explanation came about. Of a slice, the numbers of rows are the slice's own, and
        all else is that of the run the rows come from.
    std_error : ndarray of float64, shape (n, d, k), or None
        Standard error of each value; None if the values are exact.
    local_r2 : ndarray of float64, shape (n, k), or None
        How well the model that was fitted around each row describes the predictions there, from 1
        downward; None for methods that fit none.
    data : object or None
        The rows as they were given.
    players : Players or None
        Which columns of the data each feature stands for, if some are groups of columns.
    origin : Origin or None
        Of engineered columns: the raw ones that they come from, to which :meth:`raw` adds them up.
    engineered : Explanation or None
        The same rows in the engineered columns, if that was asked for.

    Raises
    ------
    InvalidInputError
        The fields do not fit each other; the message names the first that does not.

    Examples
    --------
    >>> explanation = Explanation(
    ...     values=np.array([[[0.5], [-2.0]], [[1.5], [0.25]]]),
    ...     base_values=np.full((2, 1), 3.0),
    ...     predictions=np.array([[1.5], [4.75]]),
    ...     features=("age", "hours"),
    ...     classes=None,
    ...     task="regression",
    ...     output_space="value",
    ...     stats=Stats("by hand", n_rows=2, n_rows_given=2),
    ... )
    >>> explanation.get_ranked_local_names(top_k=1)
    [['age'], ['age']]
    >>> explanation[1].local_importance_values
    array([[1.5 , 0.25]])
    >>> explanation.importance().get_feature_importance_dict()
    {'hours': 1.125, 'age': 1.0}
    """

    values: Floats
    base_values: Floats
    predictions: Floats
    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    task: Task
    output_space: ExplainedSpace
    stats: Stats
    std_error: Floats | None = None
    data: Any = None
    local_r2: Floats | None = None
    players: Players | None = None
    origin: Origin | None = None
    engineered: Self | None = None

    def __post_init__(self) -> None:
        settle = object.__setattr__  # the one moment in which a frozen object may still be written
        settle(self, "values", frozen_floats("values", self.values, 3))
        n, d, k = self.values.shape
        settle(self, "base_values", frozen_floats("base_values", self.base_values, (n, k)))
        settle(self, "predictions", frozen_floats("predictions", self.predictions, (n, k)))
        if self.std_error is not None:
            settle(self, "std_error", frozen_floats("std_error", self.std_error, (n, d, k)))
        if self.local_r2 is not None:
            settle(self, "local_r2", frozen_floats("local_r2", self.local_r2, (n, k)))
        settle(self, "features", checked_names("features", self.features, d))
        if self.classes is not None:
            settle(self, "classes", checked_names("classes", self.classes, k))
        check_choice("task", self.task, get_args(Task))
        check_choice("output_space", self.output_space, get_args(ExplainedSpace))
        if self.data is not None:
            check_rows(self.data, n)
        if self.players is not None and self.players.names != self.features:
            raise InvalidInputError("players have other names than features")
        check_engineered(self)
        if self.engineered is not None and len(self.engineered) != n:
            raise InvalidInputError(f"engineered explains {len(self.engineered)} rows, not {n}")

    # -- the documented verbs ----------------------------------------------------------------------

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
        return int(self.values.shape[2])

    @property
    def expected_values(self) -> Floats:
        """Base value of each output, shape (k,): the mean over the rows where they differ."""
        if not len(self):
            return np.full(self.num_outputs, np.nan)
        # The mean of equal numbers need not equal them in the last bit.
        constant = bool((self.base_values == self.base_values[0]).all())
        return np.array(self.base_values[0] if constant else self.base_values.mean(axis=0))

    @property
    def local_importance_values(self) -> Floats:
        """Attributions: shape (n, d) of one unnamed output, else (k, n, d), as a view."""
        if self.classes is None and self.num_outputs == 1:
            return self.values[:, :, 0]
        return np.moveaxis(self.values, 2, 0)

    @property
    def residuals(self) -> Floats:
        """What values and base value miss of the predictions, shape (n, k).

        Zero up to rounding for Shapley values of the model itself; of a surrogate's values, what
        the model predicts beyond the surrogate.
        """
        missed: Floats = self.predictions - self.base_values - self.values.sum(axis=1)
        return missed

    def get_local_importance_rank(self) -> Integers:
        """Return the features' positions from the largest attribution to the smallest.

        Returns
        -------
        ndarray of int64, shaped like ``local_importance_values``
        """
        return descending_rank(self.local_importance_values)

    def get_ranked_local_names(self, top_k: int | None = None) -> list[Any]:
        """Return each row's feature names, from the largest attribution to the smallest.

        Parameters
        ----------
        top_k : int, optional
            How many features to return; by default, or if there are fewer, all.

        Returns
        -------
        list of str
            Nested as [row][feature] for one unnamed output, else as [output][row][feature].
            Ties keep the order of the columns.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer.
        """
        return ranked_names(self.features, self.local_importance_values, top_k)

    def get_ranked_local_values(self, top_k: int | None = None) -> list[Any]:
        """Return each row's signed attributions, from the largest to the smallest.

        Parameters
        ----------
        top_k : int, optional
            How many features to return; by default, or if there are fewer, all.

        Returns
        -------
        list of float
            Nested as :meth:`get_ranked_local_names`.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer.
        """
        return ranked_values(self.local_importance_values, top_k)

    # -- new explanations from this one ------------------------------------------------------------

    def __len__(self) -> int:
        return self.num_examples

    def __getitem__(self, chosen: Any) -> Self:
        rows = row_positions(chosen, len(self))
        values = self.values[rows]
        n = len(values)
        return replace(
            self,
            values=values,
            base_values=self.base_values[rows],
            predictions=self.predictions[rows],
            std_error=None if self.std_error is None else self.std_error[rows],
            local_r2=None if self.local_r2 is None else self.local_r2[rows],
            data=self.data if self.data is None or not len(self) else take_rows(self.data, rows),
            engineered=None if self.engineered is None else self.engineered[rows],
            stats=replace(self.stats, n_rows=n, n_rows_given=n),
        )

    def __iter__(self) -> Iterator[Self]:
        return (self[row] for row in range(len(self)))

    def output(self, name_or_index: str | int) -> Self:
        """Return the explanation of one output alone.

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
            values=self.values[:, :, one],
            base_values=self.base_values[:, one],
            predictions=self.predictions[:, one],
            classes=None if self.classes is None else self.classes[one],
            std_error=None if self.std_error is None else self.std_error[:, :, one],
            local_r2=None if self.local_r2 is None else self.local_r2[:, one],
            engineered=None if self.engineered is None else self.engineered.output(j),
        )

    def _folded(self, origin: Origin, data: Any) -> Self:
        from pellucid.explanation.folding import fold_local  # noqa: PLC0415 - above us

        return fold_local(self, origin, data)

    def _shown_values(self) -> Floats:
        return self.local_importance_values

    def importance(self) -> "Importance":
        """Return the global importance over these rows, which are kept in it as ``local``."""
        from pellucid.explanation.aggregate import ImportanceAccumulator  # noqa: PLC0415 - above us

        accumulator = ImportanceAccumulator(keep_local=True)
        accumulator.add(self)
        found = accumulator.result(n_rows_given=self.stats.n_rows_given)
        if self.engineered is None:
            return found
        return replace(found, engineered=self.engineered.importance())

    def stability(self, top_k: int = 5, *, random_state: int = 0) -> "Stability":
        """Return how likely each row's largest attributions are the largest.

        Parameters
        ----------
        top_k : int
            Number of features at the top, by absolute attribution.
        random_state : int
            Seed of what is drawn; the model is not called.

        Returns
        -------
        Stability
            Of every row and output. Exact values are stable: 1 throughout.

        Raises
        ------
        InvalidInputError
            ``top_k`` is not a positive integer.
        """
        from pellucid.explanation.stability import stability_of_rows  # noqa: PLC0415 - above us

        return stability_of_rows(self, top_k, random_state)

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Join the explanations of some rows and of others, in order.

        Parameters
        ----------
        parts : sequence of Explanation
            All of the same features, classes, task and output space. Either all of them carry
            data, which is joined too (the index of a data frame starts anew), or none does. A
            part without standard errors is exact.

        Raises
        ------
        InvalidInputError
            There are no parts, or they do not fit together.
        """
        from pellucid.explanation.collecting import collect  # noqa: PLC0415 - above us

        if len(parts) == 1:
            return parts[0]
        whole = collect(parts, sum(len(part) for part in parts))
        views = [part.engineered for part in parts if part.engineered is not None]
        if views and len(views) < len(parts):
            raise InvalidInputError("only some of the explanations have engineered columns as well")
        return replace(
            whole,
            data=join_rows([part.data for part in parts]),
            engineered=cls.concatenate(views) if views else None,
        )

    # -- other forms -------------------------------------------------------------------------------

    def to_pandas(self) -> "pd.DataFrame":
        """Return one row per explained row, output and feature, in this order.

        Returns
        -------
        pandas.DataFrame
            Columns ``row`` (position), ``output`` and ``feature`` (names, categorical),
            ``feature_value`` (missing if no data are kept, and for groups of columns), ``value``,
            ``std_error`` (0 if exact); of a surrogate's values also ``residual``, what the model
            predicts beyond the surrogate.
        """
        from pellucid.explanation.convert import local_frame  # noqa: PLC0415 - loads pandas

        return local_frame(self)

    def to_shap(self) -> Any:
        """Return the same as a ``shap.Explanation``, for SHAP's plots.

        Returns
        -------
        shap.Explanation
            Of shape (n, d) for one output, else (n, d, k).

        Raises
        ------
        MissingExtraError
            SHAP is not installed.
        """
        from pellucid.explanation.convert import shap_explanation  # noqa: PLC0415 - rarely used

        return shap_explanation(self)

    def __repr__(self) -> str:
        from pellucid.explanation.summary import summarize_local  # noqa: PLC0415 - above us
        from pellucid.explanation.text import render  # noqa: PLC0415

        return render(summarize_local(self, n_rows_shown=0))

    def _repr_html_(self) -> str:
        from pellucid.explanation.notebook import in_notebook  # noqa: PLC0415 - only in notebooks

        return in_notebook(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Explanation):
            return NotImplemented
        return (
            self.features == other.features
            and self.classes == other.classes
            and self.task == other.task
            and self.output_space == other.output_space
            and self.stats == other.stats
            and self.players == other.players
            and self.origin == other.origin
            and self.engineered == other.engineered
            and same_floats(self.values, other.values)
            and same_floats(self.base_values, other.base_values)
            and same_floats(self.predictions, other.predictions)
            and same_floats(self.std_error, other.std_error)
            and same_floats(self.local_r2, other.local_r2)
            and (not len(self) or same_rows(self.data, other.data))
        )

    __hash__ = None  # type: ignore[assignment]  # like arrays, whose content decides about equality
