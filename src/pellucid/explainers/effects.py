"""Effects of one feature: partial dependence with the curve of each row, and local effects."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Unpack

import numpy as np

from pellucid._core.progress import Progress, show_progress_bar
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import check_count
from pellucid.explainers.effects_grid import Grid, make_grid
from pellucid.explainers.effects_local import LocalDifferences, accumulate, steps_of
from pellucid.explainers.effects_rows import Subject, understand
from pellucid.explainers.keywords import Options, check_keywords
from pellucid.explanation.effect import Effect


def partial_dependence(
    model: Any,
    X: Any,
    feature: str | int,
    *,
    grid_resolution: int = 20,
    categorical: bool | None = None,
    order: str | Sequence[Any] = "given",
    ice: bool = False,
    centered: bool = False,
    max_rows: int | None = 2000,
    **options: Unpack[Options],
) -> Effect:
    """Average predictions with one feature set to each of several values.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline, or a function of rows.
    X : array, data frame, sparse matrix or list
        Rows, shape (n, d), that stand for the population.
    feature : str or int
        Name or position of the feature.
    grid_resolution : int
        Points at most, for numbers and dates: all values, or so many quantiles, the smallest and
        the largest value among them.
    categorical : bool, optional
        Whether the feature's values are levels. By default booleans, strings and categories are.
    order : {"given", "similarity"} or sequence
        Order of levels: that of an ordered category, else alphabetical; such that similar levels
        are next to each other (see :func:`accumulated_local_effects`); or as listed.
    ice : bool
        Whether to keep the curve of each row, individual conditional expectations.
    centered : bool
        Whether every curve starts at 0 at the first point, so that only changes are seen.
    max_rows : int, optional
        Rows to use at most; of more, so many are drawn at random. None uses all.
    **options
        As in every explainer: ``features``, ``classes``, ``transformations``, ``model_task``,
        ``output``, ``random_state``, ``batch_size``, ``show_progress``. The output is by default
        the one that people mean by the model's prediction.

    Returns
    -------
    Effect

    Raises
    ------
    InvalidInputError
        A parameter or the rows cannot be used; the message names the culprit.
    FeatureMismatchError
        There is no such feature.
    ModelError
        The model failed on the rows.

    Notes
    -----
    Missing values are a point of their own. The standard error of a point is that of a mean over
    rows: it is about how well these rows stand for their population. Where features are
    correlated, averages include combinations that do not occur; accumulated local effects do not.

    References
    ----------
    .. [1] Friedman (2001): Greedy function approximation. Annals of Statistics 29.
    .. [2] Goldstein, Kapelner, Bleich, Pitkin (2015): Peeking inside the black box. Journal of
       Computational and Graphical Statistics 24.

    Examples
    --------
    >>> X = np.array([[0.0, 0.0], [1.0, 3.0], [2.0, 6.0]])
    >>> effect = partial_dependence(lambda rows: rows[:, 0] * rows[:, 1], X, 0)
    >>> effect.values[:, 0]
    array([0., 3., 6.])
    """
    started = time.perf_counter()
    check_keywords(partial_dependence, options)
    resolution = check_count("grid_resolution", grid_resolution, minimum=2)
    subject = understand(model, X, feature, max_rows, options)
    grid = make_grid(
        subject.table, subject.column, resolution, categorical=categorical, order=order
    )
    donors = np.concatenate([grid.donors, grid.missing[:1]])
    n = subject.table.n_rows
    with show_progress_bar(
        n * len(donors), "partial dependence", show=options.get("show_progress")
    ) as progress:
        base_values = subject.predictions(progress)
        curves = _curves(subject, donors, progress)
        values, errors, kept = _averages(curves, n, keep=ice, centered=centered)
    return subject.effect(
        "partial dependence",
        grid,
        values,
        errors,
        base_values=base_values.mean(axis=0),
        n_evaluations=n * (1 + len(donors)),
        centered=centered,
        ice=kept,
        seconds=time.perf_counter() - started,
    )


def accumulated_local_effects(
    model: Any,
    X: Any,
    feature: str | int,
    *,
    grid_resolution: int = 20,
    categorical: bool | None = None,
    order: str | Sequence[Any] = "similarity",
    max_rows: int | None = 100_000,
    **options: Unpack[Options],
) -> Effect:
    """Accumulate how predictions change with one feature, in rows that have about its value.

    Each row moves only to both ends of the interval it lies in, so that rows of correlated
    features that do not occur are not made, and what the others contribute stays out.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline, or a function of rows.
    X : array, data frame, sparse matrix or list
        Rows, shape (n, d), that stand for the population.
    feature : str or int
        Name or position of the feature.
    grid_resolution, categorical
        As in :func:`partial_dependence`.
    order : {"similarity", "given"} or sequence
        Order of levels, whose steps are accumulated: such that levels are next to those with
        similar rows, by the other features [1]_; alphabetical; or as listed. The order of an
        ordered category is kept.
    max_rows : int, optional
        Rows to use at most; of more, so many are drawn at random. None uses all.
    **options
        As in :func:`partial_dependence`.

    Returns
    -------
    Effect
        Around 0, its mean over the rows.

    Raises
    ------
    InvalidInputError
        A parameter or the rows cannot be used; the message names the culprit.
    FeatureMismatchError, ModelError
        There is no such feature, or the model failed on the rows.

    Notes
    -----
    Between points, the curve is a straight line; its mean over the rows is 0. Standard errors
    follow from the delta method: each row's influence on the mean differences of
    its interval and on the mean effect, with the points as given. Rows whose value is missing
    have no neighbors on the scale; the point of missing values is the mean, over these rows, of
    their prediction minus what it would be on average with the other rows' values.

    References
    ----------
    .. [1] Apley, Zhu (2020): Visualizing the effects of predictor variables in black box
       supervised learning models. Journal of the Royal Statistical Society B 82.

    Examples
    --------
    >>> X = np.array([[0.0, 0.0], [1.0, 3.0], [2.0, 6.0]])
    >>> effect = accumulated_local_effects(lambda rows: rows[:, 0] * rows[:, 1], X, 0)
    >>> effect.values[:, 0] - effect.values[0, 0]
    array([0. , 1.5, 7.5])
    """
    started = time.perf_counter()
    check_keywords(accumulated_local_effects, options)
    resolution = check_count("grid_resolution", grid_resolution, minimum=2)
    subject = understand(model, X, feature, max_rows, options)
    grid = make_grid(
        subject.table, subject.column, resolution, categorical=categorical, order=order
    )
    g, n_missing = len(grid.donors), len(grid.missing)
    steps, rows = steps_of(grid.place, g, is_numeric=grid.is_numeric)
    total = subject.table.n_rows + 2 * len(rows) + n_missing * g
    with show_progress_bar(
        total, "accumulated local effects", show=options.get("show_progress")
    ) as progress:
        predictions = subject.predictions(progress)
        values, errors = np.zeros((g, predictions.shape[1])), np.zeros((g, predictions.shape[1]))
        if len(rows):
            after = subject.predict(rows, grid.donors[steps + 1], progress)
            before = subject.predict(rows, grid.donors[steps], progress)
            differences = LocalDifferences(steps, rows, after - before)
            values, errors = accumulate(differences, grid.place, grid.share, g)
        if n_missing:
            value, error = _effect_of_missing(subject, grid, predictions, progress)
            values, errors = np.vstack([values, value]), np.vstack([errors, error])
    return subject.effect(
        "accumulated local effects",
        grid,
        values,
        errors,
        base_values=predictions.mean(axis=0),
        n_evaluations=total,
        centered=True,
        ice=None,
        seconds=time.perf_counter() - started,
    )


def _curves(subject: Subject, donors: Integers, progress: Progress) -> Iterator[Floats]:
    """Yield the predictions (n, k) of all rows at each point, several points in a call."""
    n = subject.table.n_rows
    at_once = max(1, subject.size // n)
    for start in range(0, len(donors), at_once):
        points = donors[start : start + at_once]
        rows = np.tile(np.arange(n), len(points))
        found = subject.predict(rows, np.repeat(points, n), progress)
        yield from found.reshape(len(points), n, -1)


def _averages(
    curves: Iterator[Floats], n: int, *, keep: bool, centered: bool
) -> tuple[Floats, Floats, Floats | None]:
    """Return means and standard errors over the rows, shape (g, k), and the curves if wanted."""
    values, errors, kept = [], [], []
    first: Floats | None = None
    for found in curves:
        first = found if first is None else first
        curve = found - first if centered else found
        values.append(curve.mean(axis=0))
        errors.append(curve.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else curve[0] * np.nan)
        if keep:
            kept.append(curve)
    return np.array(values), np.array(errors), np.stack(kept, axis=1) if keep else None


def _effect_of_missing(
    subject: Subject, grid: Grid, predictions: Floats, progress: Progress
) -> tuple[Floats, Floats]:
    """Return how far rows with a missing value are from what they would be with one."""
    rows, g = grid.missing, len(grid.donors)
    found = subject.predict(np.repeat(rows, g), np.tile(grid.donors, len(rows)), progress)
    present = np.flatnonzero(grid.place >= 0)
    place, near = grid.place[present], grid.share[present]
    shares = np.bincount(place, near, minlength=g)
    shares += np.bincount(np.maximum(place - 1, 0), 1 - near, minlength=g)
    curves = found.reshape(len(rows), g, -1)
    expected = np.einsum("rgk,g->rk", curves, shares / len(present))
    gaps = predictions[rows] - expected
    n = len(rows)
    error = gaps.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(gaps.shape[1], np.nan)
    return gaps.mean(axis=0), error
