"""Reference rows: what "a feature is absent" means is that its value comes from one of these."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import check_count
from pellucid.data.clustering import CANDIDATES, cluster, representatives
from pellucid.data.embedding import embed
from pellucid.data.frame import FrameTable
from pellucid.data.matrix import MatrixTable
from pellucid.data.table import Table, as_table


@dataclass(frozen=True, eq=False)
class Background:
    """Weighted reference rows.

    Attributes
    ----------
    table : Table
        The rows, m of them.
    weights : ndarray of float64, shape (m,)
        Non-negative, summing to 1.
    note : str or None
        Where the rows come from if they stand for more than themselves; shown in the stats.
    """

    table: Table
    weights: Floats
    note: str | None = None

    @property
    def n_rows(self) -> int:
        """Number of reference rows, m."""
        return self.table.n_rows


def as_background(examples: Any, *, features: Sequence[str] | None = None) -> Background:
    """Take initialization examples as they are: every row counts, none is cut.

    A ``DenseData`` of SHAP, and what :func:`summarize` returns, carry their own weights.

    Parameters
    ----------
    examples : array, data frame, sparse matrix, list, DenseData or Background
        Reference rows, shape (m, d).
    features : sequence of str, optional
        Names for the columns, if the examples have none or others are wanted.

    Raises
    ------
    InvalidInputError
        There are no rows, or the weights do not fit them.
    FeatureMismatchError
        The number of names is not the number of columns.

    Examples
    --------
    >>> as_background([[1.0, 2.0], [3.0, 4.0]]).weights
    array([0.5, 0.5])
    """
    if isinstance(examples, Background):
        return replace(examples, table=as_table(examples.table, features=features))
    table = as_table(examples, features=features, name="initialization_examples")
    weights = np.ones(table.n_rows)
    if not isinstance(table, FrameTable):  # whose ``weights`` would be a column of that name
        weights = np.asarray(getattr(examples, "weights", weights), dtype=np.float64)
    if (
        weights.shape != (table.n_rows,)
        or not (weights >= 0).all()
        or not 0 < weights.sum() < np.inf
    ):
        raise InvalidInputError(
            "initialization_examples must carry one non-negative weight per row, not all zero"
        )
    return Background(table, weights / weights.sum())


def summarize(
    examples: Any,
    n_clusters: int | None = None,
    *,
    features: Sequence[str] | None = None,
    random_state: int = 0,
) -> Background:
    """Summarize initialization examples by fewer, weighted rows.

    Explanations then cost less and are less exact: use it where an explainer calls the model for
    every reference row, not for tree and linear models. Rows are clustered by k-means; each
    cluster is replaced by one row that carries its weight. Columns count alike, whatever their
    unit; strings and categories are compared as one-hot columns. Columns of an array with
    fractional values are averaged over the cluster, so their weighted mean stays what it was; all
    other columns, and all columns of a data frame or sparse matrix, come from one real row of the
    cluster, chosen so that their weighted means and the shares of the categories stay close to
    the data's. Thus whole numbers stay whole, sparse matrices stay sparse, and no combination of
    categories is made up.

    Missing values are kept: a missing value is as far from the others as these are from each
    other on average, and a column of an array with missing values comes from real rows too.

    Parameters
    ----------
    examples : array, data frame, sparse matrix, list, DenseData or Background
        Reference rows, shape (m, d); weights that they carry are respected.
    n_clusters : int, optional
        Number of rows wanted. By default the first of 10, 20, 50, 100 and 200 whose clusters
        explain 90 % of the variance, or else 200. If there are no more distinct rows than that,
        these are returned with their counts as weights.
    features : sequence of str, optional
        Names for the columns, if the examples have none or others are wanted.
    random_state : int
        Seed; the same seed gives the same rows.

    Returns
    -------
    Background
        Pass it to an explainer as ``initialization_examples``; its ``note`` says what it stands
        for.

    Raises
    ------
    InvalidInputError
        There are no rows, a column holds an infinite value, or a parameter cannot be used.
    FeatureMismatchError
        The number of names is not the number of columns.

    Examples
    --------
    >>> rows = np.array([[0.1, 1], [0.3, 1], [7.0, 0], [8.2, 0], [9.0, 0]])
    >>> summary = summarize(rows, n_clusters=2)
    >>> summary.note
    '2 weighted centroids of 5 rows'
    >>> summary.table.native[np.argsort(summary.weights)], np.sort(summary.weights)
    (array([[0.2       , 1.        ],
           [8.06666667, 0.        ]]), array([0.4, 0.6]))
    """
    if n_clusters is not None:
        n_clusters = check_count("n_clusters", n_clusters)
    seed = check_count("random_state", random_state, minimum=0)
    whole = as_background(examples, features=features)
    distinct = _distinct(whole)
    if distinct.n_rows <= (n_clusters or CANDIDATES[0]):
        return distinct
    table, weights = distinct.table, distinct.weights
    averaged = _averaged_columns(table)
    points = embed(table, weights)
    labels = cluster(points, weights, n_clusters, seed)
    if labels.max() + 1 == table.n_rows:
        return distinct
    taken = points
    if averaged:
        others = [j for j in range(table.n_features) if j not in set(averaged)]
        taken = embed(table.select(others), weights)
    rows = table.take(representatives(taken, weights, labels))
    mass = _sums(weights, labels)
    if averaged:
        rows = _with_means(rows, table, averaged, weights / mass[labels], labels)
    kind = ("centroid" if averaged else "medoid") + ("s" if rows.n_rows > 1 else "")
    note = f"{rows.n_rows:,} weighted {kind} of {whole.n_rows:,} rows"
    return Background(rows, mass, note)


def _distinct(whole: Background) -> Background:
    """Return the distinct rows of positive weight, in order of first appearance."""
    keys = np.array(whole.table.row_keys())
    keys = np.where(whole.weights > 0, keys, -1)
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    weights = _sums(whole.weights, group)
    order = np.argsort(first)
    order = order[weights[order] > 0]
    if len(order) == whole.n_rows:
        return whole
    note = f"{len(order):,} distinct rows of {whole.n_rows:,}"
    return Background(whole.table.take(first[order]), weights[order], note)


def _averaged_columns(table: Table) -> list[int]:
    """Return the columns of an array that hold fractional numbers and nothing else."""
    if not isinstance(table, MatrixTable) or table.array.dtype.kind != "f":
        return []
    fractional = (table.array != np.rint(table.array)).any(axis=0)
    complete = np.isfinite(table.array).all(axis=0)
    return [int(j) for j in np.flatnonzero(fractional & complete)]


def _with_means(
    rows: Table, table: Table, columns: list[int], shares: Floats, labels: Integers
) -> Table:
    """Replace some columns of the rows that stand for clusters by the clusters' means."""
    array = rows.native.copy()
    for j in columns:
        array[:, j] = _sums(shares * table.column(j), labels)
    return MatrixTable(array, rows.features if rows.has_names else None)


def _sums(values: Floats, labels: Integers) -> Floats:
    return np.asarray(np.bincount(labels, weights=values), dtype=np.float64)
