"""``LIMEExplainer``: a linear model around each row, with its standard errors and its fit."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from numbers import Real
from typing import Any, ClassVar, NamedTuple, Unpack, final, get_args

import numpy as np

from pellucid._core.errors import InvalidInputError, ModelError
from pellucid._core.randomness import generator_for
from pellucid._core.typing import Floats
from pellucid._core.validation import check_choice, check_count, check_fraction
from pellucid.data.background import Background, as_background
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.base import Explainer
from pellucid.explainers.call_sizes import rows_per_call
from pellucid.explainers.keywords import Options
from pellucid.explainers.lime_budget import SampleBudget
from pellucid.explainers.lime_columns import (
    BINS,
    Cut,
    Discretizer,
    ReferenceColumns,
    entropy_boundaries,
    quantile_boundaries,
)
from pellucid.explainers.lime_fit import LocalModel, Selection, fit
from pellucid.explainers.lime_samples import RowSampler, next_points, pairs_in_order, sobol
from pellucid.explainers.said_categorical import said_categorical
from pellucid.explainers.watching import FailedRow, PartOfBatch, unsteadiness, watched
from pellucid.explanation.stats import ReferenceUse, relative_length
from pellucid.models.model import Model

KERNEL_WIDTH = 0.75
"""Usual width for a single column; it grows with the square root of their number, as in LIME."""
ROUNDING = 1e-6
"""Share of the outputs by which the sum of two classes may vary in models of single precision."""
POOR_FIT = 0.5
NEGLIGIBLE = 0.05
"""Share of a row's largest value below which nobody minds the error of another."""

_POOR_FIT = (
    f"around some rows, a linear model explains less than {POOR_FIT:.0%} of how the predictions vary "
    "(local_r2 says where): its coefficients tell little of the model there"
)
_UNSURE = (
    "some values are smaller than their standard errors, so not even their signs are sure; a larger "
    "budget makes the errors smaller"
)


@final
class LIMEExplainer(Explainer):
    """Coefficients of a linear model that is fitted around each row, as in LIME.

    Each row is varied a little, the model predicts the samples, and a linear model is fitted to
    these predictions. What it explains is the model's behavior near the row. Where you want to know
    how a prediction came about, compared with other rows, take Shapley values:
    :class:`TabularExplainer`.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline, or a function of rows.
    initialization_examples : array, data frame, sparse matrix or Background
        Reference rows, shape (m, d): they tell the standard deviation of each column of numbers,
        and how frequent its categories or bins are.
    num_features : int, optional
        How many columns each output's local model may have at a row; the values of all others are
        exactly zero. By default all.
    feature_selection : {"highest_weights", "forward_selection"}
        How these are chosen: the largest coefficients of the model of all columns, or one after the
        other, always the one that explains most of what is left. Ties go to the first column.
    kernel_width : float, optional
        Width of the neighborhood, in the unit of LIME's distances: ``0.75 * sqrt(d)`` by default.
    discretize_continuous : bool
        Whether columns of numbers are compared by bin, as categories are. Dates always are.
    discretizer : {"quartile", "decile", "entropy"}
        How bins are made: four or ten of equal weight, or eight at most between which the model's
        predictions differ most.
    categorical_features : sequence of int or str, optional
        Columns of numbers that are categories, by position or by name. Strings, truth values and
        categories of data frames always are.
    budget : int, optional
        Samples to evaluate per explained row: by default 4,096, or 8,192 in bins, or 8 for each
        column that can vary there if that is more; with ``target_se`` up to 16 times as many.
    target_se : float, optional
        Stop when the length of a row's standard errors (root of the sum of squares, over all
        features and outputs) is at most this share of the length of its values, such as 0.02.
        Samples are doubled until it is reached or the budget is spent; a warning in the stats says
        how many rows did not get there, and how near they came.
    **options
        As in every explainer: ``features``, ``classes``, ``transformations``, ``model_task``,
        ``output``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``, ``show_progress``.

    Raises
    ------
    InvalidInputError
        The reference rows or a parameter cannot be used, or the budget is too small for the columns.
    UnsupportedModelError
        There are no reference rows, or this is no model.

    Notes
    -----
    **What a value is.** For a column of numbers: by how much the prediction changes, in the local
    model, when the number grows by one standard deviation of the reference rows. For a category, a
    bin, a number that is missing or has no spread in the reference rows: by how much the prediction
    differs from what it would be in the other states, as frequent as the reference rows have them.
    The base value is the intercept: the local model's prediction for the row's own numbers, with
    every category and bin in another state. Added to the values of categories and bins, it is the
    local model's prediction for the row itself. Values are slopes and differences, not shares:
    unlike Shapley values they do not add up to the prediction, and a feature with a steep slope has
    a large value even where the row is average in it.

    **How far to trust it.** ``std_error`` is the error of a coefficient by the choice of samples,
    for pairs of samples as clusters; as they cover the neighborhood more evenly than random ones,
    it is rather too large than too small. With ``num_features`` it takes the chosen columns for
    given. ``local_r2`` of the explanation tells how much of the predictions' variance around each
    row the linear model explains, adjusted for the number of its coefficients; ``stats.local_r2``
    is the lowest of each output, and ``stats.local_gap`` by how much a local model misses the
    prediction for its own row at most. A warning is added where the fit is below 0.5, and where a
    value is smaller than its standard error, unless the error is below 5 % of the row's largest
    value.

    **How it differs from the LIME of Ribeiro et al.** [1]_ Samples are drawn around the row, from
    the kernel itself and with equal weights, as GLIME does [2]_: what is estimated is the same as
    with weights, without samples that weigh next to nothing. They are scrambled Sobol points [3]_
    in antithetic pairs, so that the next seed gives nearly the same values. All outputs are fitted
    together, without a penalty that shrinks coefficients. The row's own cell stands for its
    category or bin; other ones are drawn from the reference rows. No state is drawn in less than a
    tenth or more than nine tenths of the samples. Where a column's numbers are all whole, samples
    are whole as well, and within the reference rows' range. Rows of a sparse matrix vary in the
    columns that they have, and in the 50 that most reference rows have.

    Values depend on the row, the model, the reference rows and ``random_state`` alone.

    References
    ----------
    .. [1] Ribeiro, Singh, Guestrin (2016): "Why should I trust you?" Explaining the predictions of
       any classifier. KDD.
    .. [2] Tan, Tian, Li (2023): GLIME: general, stable and local LIME explanation. NeurIPS.
    .. [3] Owen (1998): Scrambling Sobol' and Niederreiter-Xing points. Journal of Complexity 14.

    Examples
    --------
    >>> import numpy as np
    >>> def price(rows):
    ...     return 3.0 * rows[:, 0] - rows[:, 1]
    >>> X = np.random.default_rng(0).normal(scale=[1.0, 2.0], size=(500, 2))
    >>> explainer = LIMEExplainer(price, X, features=["rooms", "age"])
    >>> explanation = explainer.explain_local(X[0])
    >>> (explanation.values[0, :, 0] / X.std(axis=0)).round(6)
    array([ 3., -1.])
    >>> round(explanation.stats.local_r2[0], 6)
    1.0
    """

    method = "lime"
    sums_mean_nothing: ClassVar[str | None] = (
        "local models of columns that depend on each other would be fitted to rows that no "
        "transformation makes, and their slopes do not add up to those of raw columns"
    )
    default_batch_size: ClassVar[int] = 10
    calls_model: ClassVar[bool] = True
    predicts: ClassVar[bool] = True

    def __init__(
        self,
        model: Any,
        initialization_examples: Any = None,
        *,
        num_features: int | None = None,
        feature_selection: Selection = "highest_weights",
        kernel_width: float | None = None,
        discretize_continuous: bool = False,
        discretizer: Discretizer = "quartile",
        categorical_features: Sequence[int | str] | None = None,
        budget: int | None = None,
        target_se: float | None = None,
        **options: Unpack[Options],
    ) -> None:
        self.num_features = (
            None if num_features is None else check_count("num_features", num_features)
        )
        self.feature_selection = check_choice(
            "feature_selection", feature_selection, get_args(Selection)
        )
        self.kernel_width = None if kernel_width is None else _checked_width(kernel_width)
        if not isinstance(discretize_continuous, bool):
            raise InvalidInputError(
                f"discretize_continuous must be True or False; got {discretize_continuous!r}"
            )
        self.discretizer = check_choice("discretizer", discretizer, get_args(Discretizer))
        self._is_cut = discretize_continuous
        self.budget = None if budget is None else check_count("budget", budget)
        self.target_se = None if target_se is None else check_fraction("target_se", target_se)
        self._samples = SampleBudget(
            self.budget,
            self.target_se,
            has_bins=discretize_continuous,
        )
        given = None if initialization_examples is None else as_background(initialization_examples)
        self._categorical = said_categorical(categorical_features, given)
        super().__init__(model, given, **options)

    def cannot_explain(self, model: Model, background: Background | None) -> str | None:  # noqa: ARG002
        """Return the reason why this explainer cannot explain the model, or None if it can."""
        return None if background is not None else "it needs initialization_examples to vary rows"

    def _settings(self) -> tuple[tuple[str, str], ...]:
        kept = "all" if self.num_features is None else f"{self.num_features:,} of each output"
        target = () if self.target_se is None else (("target_se", f"{self.target_se:g}"),)
        return (
            *super()._settings(),
            ("budget", self._samples.in_words),
            *target,
            ("kernel width", f"{self._width:.4g}"),
            ("numbers", f"in bins: {self.discretizer}" if self._is_cut else "per std deviation"),
            ("features kept", kept if kept == "all" else f"{kept} by {self.feature_selection}"),
        )

    def _references(self) -> Background:
        if self.background is None:
            raise AssertionError("cannot_explain() refuses to go without a background")
        return self.background

    def _prepare(self) -> None:
        background = self._references()
        d = background.table.n_features
        self._width = self.kernel_width or KERNEL_WIDTH * float(np.sqrt(d))
        outputs = self._predict_background(background)
        self._n_outputs = outputs.shape[1]
        said = unsteadiness(self.model, self.output, background, outputs)
        self._notes = () if said is None else (said,)
        categorical = self._categorical.columns_among(self.columns)
        cut = self._cut(background.weights, outputs) if self._is_cut else None
        columns = ReferenceColumns(background.table, background.weights, categorical, cut)
        self._sampler = RowSampler(background, columns, self._width, self.model.unused)
        self._is_dense = not isinstance(background.table, SparseTable)
        if self._is_dense:
            seen = set(range(d)) - set(self.model.unused)
            self._samples.most(sum(columns[j].can_vary for j in seen))

    def _cut(self, weights: Floats, outputs: Floats) -> Cut:
        if self.discretizer == "entropy":
            classify = self.model.classes is not None
            return partial(entropy_boundaries, weights=weights, outputs=outputs, classify=classify)
        return partial(quantile_boundaries, weights=weights, n_bins=BINS[self.discretizer])

    def _attribute(self, table: Table) -> Attribution:
        palette, start = self._sampler.palette(table)
        part = PartOfBatch(self.progress)
        asked = watched(self.model, self.output, self._n_outputs, part.add)
        explain = partial(self._attribute_row, asked, part, palette)
        found: list[_RowFound] = []
        for i, key in enumerate(table.row_keys()):
            try:
                part.begin(i)
                found.append(explain(start + i, key))
            except ModelError as error:
                raise FailedRow(i, "varied", error) from error
            except KeyboardInterrupt:
                if not found:
                    raise
                self.interruption.take(len(found))
                break
        values, std_error, base_values, r2, at_row, predictions, n_evaluations = zip(
            *found, strict=True
        )
        whole = Attribution(
            np.stack(values),
            np.stack(base_values),
            std_error=np.stack(std_error),
            n_evaluations=sum(n_evaluations),
            exact=False,
            additive=False,
            local_r2=np.stack(r2),
            local_predictions=np.stack(at_row),
            predictions=np.stack(predictions),
            reference_use=self._use_of_references(found),
        )
        return replace(whole, warnings=(*self._notes, *_warnings(whole)))

    def _use_of_references(self, rows: Sequence["_RowFound"]) -> ReferenceUse:
        errors = [relative_length(row.std_error, row.values) for row in rows]
        target = self.target_se
        return ReferenceUse(
            n_references=self._references().n_rows,
            unseen_share=None,
            relative_std_error=max(errors),
            target_se=target,
            n_missed=0 if target is None else sum(error > target for error in errors),
        )

    def _attribute_row(
        self, asked: Model, part: PartOfBatch, palette: Table, at: int, key: int
    ) -> "_RowFound":
        """Sample around one row, in rounds if a standard error was asked for, and fit."""
        around = self._sampler.neighborhood(palette.take(slice(at, at + 1)))
        n_columns = len(around.columns)
        values, std_error = np.zeros((2, palette.n_features, self._n_outputs))
        if not n_columns:
            own = self._predict(asked, self._sampler.rows(palette, at, around, []))[0]
            return _RowFound(values, std_error, own, np.ones(len(own)), own, own, 1)
        part.expect(self._samples.most(n_columns))
        sequence = sobol(n_columns, generator_for(self.random_state, key))
        designs, outputs, n_evaluations = list[Floats](), list[Floats](), 0
        for n_samples in self._samples.rounds(n_columns):
            points = next_points(sequence, (n_samples - sum(map(len, designs))) // 2)
            design, drawn = around.draw(points)
            predicted = self._predict(asked, self._sampler.rows(palette, at, around, drawn))
            n_evaluations += len(predicted)
            own = predicted[0]
            designs.append(design)
            outputs.append(predicted[1:])
            found = self._fit(pairs_in_order(designs), pairs_in_order(outputs))
            values[around.columns], std_error[around.columns] = found.coefficients, found.std_error
            if self.target_se is not None and relative_length(std_error, values) <= self.target_se:
                break
        at_row = found.intercept + found.coefficients[around.of_states].sum(axis=0)
        return _RowFound(values, std_error, found.intercept, found.r2, at_row, own, n_evaluations)

    def _predict(self, asked: Model, rows: Table) -> Floats:
        size = rows_per_call(rows.n_features if self._is_dense else 0)
        starts = range(0, rows.n_rows, size)
        calls = (rows.take(slice(start, start + size)) for start in starts)
        return np.concatenate([asked.predict(call, self.output) for call in calls])

    def _fit(self, design: Floats, outputs: Floats) -> LocalModel:
        of_two_classes = self.model.classes is not None and outputs.shape[1] == 2
        found = partial(fit, design, most=self.num_features, by=self.feature_selection)
        if of_two_classes and np.ptp(outputs.sum(axis=1)) <= ROUNDING * np.abs(outputs).max():
            return found(outputs[:, 1:]).mirrored(float(outputs.sum(axis=1).mean()))
        return found(outputs)


class _RowFound(NamedTuple):
    """What is found of one row: of d features and k outputs."""

    values: Floats
    std_error: Floats
    base_values: Floats
    r2: Floats
    at_row: Floats
    predictions: Floats
    n_evaluations: int


def _warnings(found: Attribution) -> tuple[str, ...]:
    """Return what a careful reader should know of local models, in words that never vary."""
    if found.local_r2 is None or found.std_error is None:
        raise AssertionError("local models have both")
    size = np.abs(found.values)
    notable = np.maximum(size, NEGLIGIBLE * size.max(axis=1, keepdims=True))
    warnings = []
    if (found.local_r2 < POOR_FIT).any():
        warnings.append(_POOR_FIT)
    if (found.std_error > notable).any():
        warnings.append(_UNSURE)
    return tuple(warnings)


def _checked_width(width: Any) -> float:
    is_number = isinstance(width, Real) and not isinstance(width, bool)
    if not is_number or not 0 < width < np.inf:
        raise InvalidInputError(f"kernel_width must be a positive number; got {width!r}")
    return float(width)
