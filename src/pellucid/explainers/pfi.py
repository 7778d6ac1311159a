"""``PFIExplainer``: how much worse a model gets when the values of a feature are shuffled."""

import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple, NoReturn, final, get_args

import numpy as np

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid._core.progress import show_progress_bar
from pellucid._core.typing import Floats, Integers, Task
from pellucid._core.validation import as_integer, check_choice, check_count, kind_of
from pellucid.data.background import as_background
from pellucid.data.cells import as_numbers
from pellucid.data.groups import Groups, Players, make_players
from pellucid.data.table import Table, as_table
from pellucid.explainers.columns import settle_columns
from pellucid.explainers.keywords import check_keywords
from pellucid.explainers.outputs import settle_classes
from pellucid.explainers.permutation import Measured, Measurement, responses_of
from pellucid.explainers.permutation_design import canonical_order, draw_rows, make_design
from pellucid.explainers.permutation_labels import TrueLabels, read_labels
from pellucid.explainers.permutation_metrics import Metric, settle_metric
from pellucid.explanation.importance import Importance
from pellucid.explanation.stats import Stats
from pellucid.models.adapt import adapt
from pellucid.models.model import Model

_NO_ERROR_OF_ONE = "one repeat does not tell how much repeats differ; n_repeats=10 does"


@final
class PFIExplainer:
    """Permutation feature importance: how much worse the model gets without a feature's values.

    The values of a feature are shuffled among the rows, the model predicts again, and a metric
    compares the predictions with the true labels: the more it worsens, the more the model relies
    on the feature. This is about the model's quality on data with labels, not about single
    predictions, so there is no ``explain_local``.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline, or a function of rows.
    is_function : bool
        Whether to call the model itself, although it has methods to predict. Functions are
        recognized without.
    metric : str, callable or scorer, optional
        The name of one of scikit-learn's metrics or scorers, such as ``"roc_auc"``,
        ``"f1_macro"``, ``"log_loss"`` or ``"mean_squared_error"``; a scorer; or a function
        ``metric(y_true, y_pred, **metric_args)``, given labels as you write them. By default
        accuracy for classifiers and the mean absolute error for regressions.
    metric_args : mapping, optional
        Passed on to the metric by name.
    is_error_metric : bool
        Whether a function of your own is better the lower it is; scikit-learn's are known.
    explain_subset : sequence of str or int, optional
        Names or positions of the only features to shuffle; each one costs model rows.
    features, classes, transformations
        As in every explainer.
    n_repeats : int
        How often each feature is shuffled. In n rows, n - 1 repeats are all there are.
    groups : mapping from str to sequence, or sequence of sequences, optional
        Columns to shuffle together, by name or position, such as those of one category or those
        that are correlated; each group is one feature.
    max_rows : int, optional
        Rows to use at most; of more, so many are drawn at random.
    response_method : {"predict", "predict_proba", "decision_function"}, optional
        What a function of your own is given as ``y_pred``: labels or values by default, or one
        column per class.
    **options
        ``model_task``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``,
        ``show_progress``, as in every explainer. The model is called from one thread: ``n_jobs``
        and ``engine`` are named in ``stats.settings`` as ``"not used"``.

    Raises
    ------
    InvalidInputError
        A parameter cannot be used.

    Notes
    -----
    For a metric that is a mean of losses over rows, the importance is an estimate of the mean
    of ``loss(y_i, f(row i with the values of row j)) - loss(y_i, f(row i))`` over all pairs of
    different rows i and j: unbiased, unlike with plain shuffles, which leave some values where
    they were and so are too small by a factor of 1 - 1/n [2]_. To this end rows are put in a
    circle at random, and each repeat takes values from so many places further on, a number drawn
    without replacement. All features are shuffled in the same way, so that their differences are
    more certain than each by itself. A row whose values stay the same is not predicted again, and
    neither is a row that gets the same values twice: columns of few values cost little, constant
    ones nothing, and their importance is exactly 0.

    ``std_error`` is the standard error of the importance as an estimate for the population that
    the rows come from, with the model as it is: it covers both the choice of the rows and that of
    the shuffles. For the metrics ``accuracy``, ``zero_one_loss``, ``log_loss``,
    ``mean_squared_error`` and ``mean_absolute_error`` it is that of dyadic data [3]_, since each
    pair shares its rows with others; for other metrics it is a jackknife over 20 groups of rows,
    each of which neither takes nor lends values in its turn [4]_. Where few rows tell the variance,
    it is enlarged as Student's distribution asks for, so that 1.96 of it cover 95 %; where losses are
    as skewed as squares of few rows, they cover less. The shuffles' part alone, for
    these very rows, is in ``stats.largest_std_error``.

    The importance is the model's, not the world's: a feature that the model could replace by a
    correlated one may look unimportant, or important because shuffled rows are unlike any real
    one. Shuffling correlated features together, by ``groups``, answers the first.

    Weights count in the metric, as in scikit-learn; values are shuffled among the rows as given.

    References
    ----------
    .. [1] Breiman (2001): Random forests. Machine Learning 45.
    .. [2] Fisher, Rudin, Dominici (2019): All models are wrong, but many are useful. JMLR 20.
    .. [3] Aronow, Samii, Assenova (2015): Cluster-robust variance estimation for dyadic data.
       Political Analysis 23.
    .. [4] Shao, Tu (1995): The jackknife and bootstrap. Springer.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> X = np.random.default_rng(0).normal(size=(500, 2))
    >>> y = 3 * X[:, 0] + X[:, 1]
    >>> explainer = PFIExplainer(
    ...     LinearRegression().fit(X, y), metric="mean_squared_error", features=["age", "hours"]
    ... )
    >>> importance = explainer.explain_global(X, y)
    >>> importance.get_ranked_global_names()
    ['age', 'hours']
    >>> [round(value) for value in importance.get_ranked_global_values()]
    [17, 2]
    """

    method = "permutation"

    def __init__(  # noqa: PLR0917 - the old SDK's order of parameters
        self,
        model: Any,
        is_function: bool = False,  # noqa: FBT001, FBT002
        metric: str | Callable[..., Any] | None = None,
        metric_args: Mapping[str, Any] | None = None,
        is_error_metric: bool = False,  # noqa: FBT001, FBT002
        explain_subset: Sequence[str | int] | None = None,
        features: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
        transformations: Any = None,
        *,
        n_repeats: int = 10,
        groups: Groups | None = None,
        max_rows: int | None = None,
        response_method: str | None = None,
        **options: Any,
    ) -> None:
        check_keywords(type(self), options)
        if "output" in options:
            raise InvalidInputError("output is for attributions; here the metric decides")
        if "fold" in options:
            raise InvalidInputError(
                "fold is for attributions; what is made of a column is always shuffled with it"
            )
        if is_function and not callable(model):
            raise InvalidInputError(f"is_function is True, but model is {kind_of(model)}")
        if metric_args is not None and not isinstance(metric_args, Mapping):
            raise InvalidInputError(f"metric_args must be a mapping; got {metric_args!r}")
        self.model = model.__call__ if is_function and hasattr(model, "predict") else model
        self.metric, self.metric_args = metric, dict(metric_args or {})
        self.is_error_metric, self.response_method = bool(is_error_metric), response_method
        self.explain_subset, self.groups = explain_subset, groups
        self.features, self.classes = features, classes
        self.transformations = transformations
        self.n_repeats = check_count("n_repeats", n_repeats)
        self.max_rows = None if max_rows is None else check_count("max_rows", max_rows, minimum=2)
        task = options.get("model_task")
        self.task = None if task is None else check_choice("model_task", task, get_args(Task))
        self.random_state = check_count("random_state", options.get("random_state", 0), minimum=0)
        batch_size = options.get("batch_size")
        self.batch_size = None if batch_size is None else check_count("batch_size", batch_size)
        self.show_progress = options.get("show_progress")
        self._unused = [word for word in ("n_jobs", "engine") if options.get(word) is not None]

    def __repr__(self) -> str:
        """Return what is measured, and how."""
        metric = getattr(self.metric, "__name__", self.metric) or "the task's usual metric"
        return f"<PFIExplainer of {type(self.model).__name__}: {metric}, {self.n_repeats} repeats>"

    def explain_local(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: there is no permutation importance of a single row.

        Raises
        ------
        InvalidInputError
            Always.
        """
        raise InvalidInputError(
            "permutation importance is of all rows together: it compares a metric of all "
            "predictions. Call explain_global, or explain single rows with TabularExplainer"
        )

    def explain_global(
        self,
        evaluation_examples: Any,
        true_labels: Any = None,
        *,
        sample_weight: Any = None,
        batch_size: int | None = None,
    ) -> Importance:
        """Measure how much worse the metric gets without each feature.

        Parameters
        ----------
        evaluation_examples : array, data frame, sparse matrix or list
            Rows, shape (n, d), best such that the model was not fitted on.
        true_labels : array, series or list, shape (n,)
            Their classes, by the model's names or those passed as ``classes``; or their targets,
            shape (n, k) for a model of k targets.
        sample_weight : array of float, shape (n,), optional
            How much each row counts in the metric.
        batch_size : int, optional
            Rows per call of the model; changes memory, never results.

        Returns
        -------
        Importance
            One value per feature, in units of the metric; ``base_values`` is the metric of the
            rows as they are, and ``metric`` its name.

        Raises
        ------
        InvalidInputError
            The rows, labels, weights or metric cannot be used; the message names the culprit.
        ModelError
            The model failed on the rows.
        """
        started = time.perf_counter()
        if batch_size is not None:
            check_count("batch_size", batch_size)
        case = self._understand(evaluation_examples, true_labels, sample_weight)
        model, table, metric, chosen = case.model, case.table, case.metric, case.chosen
        design = make_design(case.canonical, self.n_repeats, self.random_state)
        measurement = Measurement(
            model,
            table,
            labels=case.labels,
            weights=case.weights,
            metric=metric,
            design=design,
            batch_size=batch_size or self.batch_size,
        )
        names, player_of = case.players.names, case.players.player_of
        members = [np.flatnonzero(player_of == player) for player in range(len(names))]
        total = len(chosen) * design.n_repeats * table.n_rows
        with show_progress_bar(total, self.method, show=self.show_progress) as progress:
            measured = measurement.measure(members, chosen, progress)
        exact = measurement.is_additive and design.is_complete
        stats = Stats(
            method=f"{self.method}, {metric.name}",
            exact=exact,
            n_rows=table.n_rows,
            n_rows_given=case.n_rows_given,
            n_evaluations=measured.n_evaluations,
            efficiency_gap=None,
            largest_std_error=None if exact else float(measured.repeat_error.max()),
            warnings=_warnings(measured, design.n_repeats, exact=exact),
            settings=self._settings(model, metric, design.n_repeats),
            seconds=time.perf_counter() - started,
        )
        return Importance(
            values=measured.values[:, np.newaxis],
            overall=measured.values,
            std_error=measured.std_error[:, np.newaxis],
            base_values=np.array([measured.base]),
            features=tuple(names[player] for player in chosen),
            classes=None,
            task=model.task,
            output_space="metric",
            stats=stats,
            metric=metric.name,
        )

    def _understand(self, examples: Any, true_labels: Any, sample_weight: Any) -> "_Case":
        """Settle all that does not need the model's predictions, and draw rows if there are many."""
        given = as_table(examples, name="evaluation_examples")
        if given.n_rows < 2:
            raise InvalidInputError(
                "evaluation_examples has one row; values can be shuffled among several only"
            )
        model = adapt(
            self.model,
            examples=given,
            transformations=self.transformations,
            task=self.task,
            features=self.features,
        )
        columns, _ = settle_columns(
            model, as_background(given), self.features, name="evaluation_examples"
        )
        table, classes = columns.put_in_order(examples), settle_classes(model, self.classes)
        labels = read_labels(true_labels, table.n_rows, model, classes)
        weights = _weights(sample_weight, table.n_rows)
        metric = settle_metric(
            self.metric,
            self.metric_args,
            is_error=self.is_error_metric,
            response=self.response_method,
            task=model.task,
            labels=labels.words,
            available=responses_of(model),
        )
        players = make_players(self.groups or {}, columns.features)
        others = labels.columns if weights is None else [*labels.columns, weights]
        case = _Case(
            model=model,
            table=table,
            labels=labels,
            weights=weights,
            metric=metric,
            players=players,
            chosen=_chosen(players, self.explain_subset),
            canonical=canonical_order(table, *others),
            n_rows_given=table.n_rows,
        )
        if self.max_rows is None or self.max_rows >= table.n_rows:
            return case
        return case.take(draw_rows(case.canonical, self.max_rows, self.random_state))

    def _settings(
        self, model: Model, metric: Metric, n_repeats: int
    ) -> tuple[tuple[str, str], ...]:
        return (
            ("model", model.name),
            ("metric", metric.name),
            *((word, str(value)) for word, value in self.metric_args.items()),
            ("n_repeats", str(n_repeats)),
            ("random_state", str(self.random_state)),
            ("pellucid", version("pellucid")),
            *((("not used", ", ".join(self._unused)),) if self._unused else ()),
        )


class _Case(NamedTuple):
    """What there is to measure; ``canonical`` is the order of the rows by their content."""

    model: Model
    table: Table
    labels: TrueLabels
    weights: Floats | None
    metric: Metric
    players: Players
    chosen: list[int]
    canonical: Integers
    n_rows_given: int

    def take(self, rows: Integers) -> "_Case":
        """Return the case of some rows."""
        position = np.full(len(self.canonical), -1, dtype=np.int64)
        position[rows] = np.arange(len(rows))
        canonical = position[self.canonical]
        return self._replace(
            table=self.table.take(rows),
            labels=self.labels.take(rows),
            weights=None if self.weights is None else self.weights[rows],
            canonical=canonical[canonical >= 0],
        )


def _chosen(players: Players, subset: Any) -> list[int]:
    """Return the numbers of the features to shuffle."""
    if subset is None:
        return list(range(len(players.names)))
    if isinstance(subset, str) or not np.iterable(subset):
        raise InvalidInputError(f"explain_subset must be a list of features; got {subset!r}")
    chosen: list[int] = []
    for feature in subset:
        j = as_integer(feature)
        if j is None and feature in players.names:
            j = players.names.index(feature)
        if j is None or not 0 <= j < len(players.names):
            raise FeatureMismatchError(f"explain_subset has {feature!r}, which is no feature")
        if j in chosen:
            raise InvalidInputError(f"explain_subset has {feature!r} more than once")
        chosen.append(j)
    if not chosen:
        raise InvalidInputError("explain_subset is empty")
    return chosen


def _weights(sample_weight: Any, n_rows: int) -> Floats | None:
    if sample_weight is None:
        return None
    weights = np.ascontiguousarray(as_numbers(np.asarray(sample_weight), "sample_weight"))
    if weights.shape != (n_rows,):
        raise InvalidInputError(
            f"sample_weight has shape {weights.shape}, but there are {n_rows} rows"
        )
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise InvalidInputError(
            "sample_weight must be finite and at least 0, and not 0 for all rows"
        )
    return weights


def _warnings(measured: Measured, n_repeats: int, *, exact: bool) -> tuple[str, ...]:
    found = [] if measured.no_error is None else [measured.no_error]
    if n_repeats == 1 and not exact:
        found.append(_NO_ERROR_OF_ONE)
    return tuple(found)
