"""``Table``: rows in the container their model knows them in, with named columns.

An explainer needs few things of the rows it is given: their number, their columns' names, a
numeric matrix, and new rows that take each cell from one row or another. ``Table`` says these
once; one final class per kind of container fulfils them: :class:`~pellucid.data.matrix.MatrixTable`,
:class:`~pellucid.data.sparse.SparseTable`, :class:`~pellucid.data.frame.FrameTable`.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Self

import numpy.typing as npt

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid._core.registry import find_adapter
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import kind_of


class Table(ABC):
    """Rows with named columns, in their own container; never changed in place.

    Attributes
    ----------
    features : tuple of str
        Names of the columns; ``"0"``, ``"1"``, … where the container has none.
    has_names : bool
        Whether the names came with the data or from the user.
    """

    features: tuple[str, ...]
    has_names: bool

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return len(self.features)

    @property
    @abstractmethod
    def n_rows(self) -> int:
        """Number of rows."""

    @property
    @abstractmethod
    def native(self) -> Any:
        """The rows in the kind of container they were given in, two-dimensional."""

    @abstractmethod
    def take(self, rows: Integers | slice) -> Self:
        """Return some rows, in the order given."""

    @abstractmethod
    def select(self, columns: Sequence[int]) -> Self:
        """Return some columns, in the order given."""

    @abstractmethod
    def with_features(self, features: Sequence[str]) -> Self:
        """Return the same rows with other column names."""

    @abstractmethod
    def like(self, reference: "Table") -> Self:
        """Return these rows with the column types of another table of the same columns.

        A row taken out of a data frame has often lost them: its integers read as floats, its
        categories as strings. A column is cast where this changes none of its values, and else
        left as it is. A category that the reference does not know is added behind those it
        knows. Matrices, and tables of another kind than the reference, are returned unchanged.
        """

    @abstractmethod
    def stack(self, other: Self) -> Self:
        """Return these rows followed by those of a table of the same kind and columns.

        Values are kept as they are: columns of different types get the first one that holds the
        values of both, preferably this table's.

        Raises
        ------
        FeatureMismatchError
            No type holds both columns' values, such as strings and numbers; the message names it.
        """

    @abstractmethod
    def gather(self, index: Integers) -> Self:
        """Return new rows that take each cell from a row of this table.

        Parameters
        ----------
        index : ndarray of int64, shape (m, d)
            ``index[i, j]`` is the row from which new row i takes column j. Column types are kept.
        """

    @abstractmethod
    def with_cells(self, cells: Mapping[int, Floats]) -> Self:
        """Return these rows with other numbers in some columns.

        Parameters
        ----------
        cells : mapping from int to ndarray of float64, shape (n,)
            What each of these columns of numbers holds instead. A column keeps its type if that
            holds the new numbers too.
        """

    @abstractmethod
    def column(self, j: int) -> npt.NDArray[Any]:
        """Return one column as an array (n,) of numbers, dates, or Python objects.

        A missing value is NaN among numbers, NaT among dates, None among objects.
        """

    @abstractmethod
    def to_matrix(self) -> Floats:
        """Return the cells as a float64 matrix (n, d), missing values as NaN.

        It is C-contiguous and writeable, as kernels need it, and may be the table's own memory:
        do not write to it.

        Raises
        ------
        InvalidInputError
            A column does not hold numbers; the message names it.
        """

    @abstractmethod
    def missing_counts(self) -> Integers:
        """Return the number of missing cells in each column, shape (d,)."""

    @abstractmethod
    def row_keys(self) -> list[int]:
        """Return a key of 63 bits for each row that depends on the row's content alone.

        The same values give the same key in containers of any type.
        """


def as_table(rows: Any, *, features: Sequence[str] | None = None, name: str = "X") -> Table:
    """Wrap rows in whatever container they come.

    Parameters
    ----------
    rows : array, data frame, sparse matrix, list, or one row of them
        Dense arrays, lists, pandas, polars and pyarrow tables, scipy sparse matrices, and SHAP's
        ``DenseData``. A one-dimensional array, list or pandas Series is one row.
    features : sequence of str, optional
        Names for the columns, if the container has none or others are wanted.
    name : str
        How error messages call the rows.

    Returns
    -------
    Table

    Raises
    ------
    InvalidInputError
        The container is of no known kind, is empty, or is not two-dimensional.
    FeatureMismatchError
        The number of names is not the number of columns.

    Examples
    --------
    >>> table = as_table([[1.0, 2.0], [3.0, 4.0]], features=["age", "hours"])
    >>> table.n_rows, table.features
    (2, ('age', 'hours'))
    """
    table = _wrap(rows, name)
    if table.n_rows == 0:
        raise InvalidInputError(f"{name} has no rows")
    if table.n_features == 0:
        raise InvalidInputError(f"{name} has no columns")
    if features is None:
        return table
    names = [str(feature) for feature in features]
    if len(names) != table.n_features:
        raise FeatureMismatchError(
            f"features has {len(names)} names, but {name} has {table.n_features} columns"
        )
    duplicates = sorted(feature for feature, times in Counter(names).items() if times > 1)
    if duplicates:
        raise FeatureMismatchError(f"features has duplicate names: {', '.join(duplicates)}")
    return table.with_features(names)


def _wrap(rows: Any, name: str) -> Table:
    if isinstance(rows, Table):
        return rows
    adapter = find_adapter(
        type(rows), rooms="pellucid.data.containers", group="pellucid.containers"
    )
    if adapter is None:
        raise InvalidInputError(
            f"{name} is {kind_of(rows)}, which is no known container of rows; pass a NumPy array, "
            "a pandas, polars or pyarrow table, a SciPy sparse matrix, or a list of rows"
        )
    table: Table = adapter(rows, name)
    return table


def align(table: Table, features: Sequence[str], *, has_names: bool, name: str, to: str) -> Table:
    """Bring rows into the column order of the model or of the initialization examples.

    Columns are matched by name where both sides have names, else by position. A space matches an
    underscore, as LightGBM writes the names of its columns.

    Parameters
    ----------
    table : Table
        Rows to bring into order.
    features : sequence of str
        The columns wanted, in order.
    has_names : bool
        Whether these names are real, or only positions.
    name, to : str
        How error messages call the rows, and what they are compared with.

    Raises
    ------
    FeatureMismatchError
        Columns are missing, unexpected, or of another number; the message names them.

    Examples
    --------
    >>> rows = as_table([[1.0, 2.0]], features=["b", "a"])
    >>> align(rows, ["a", "b"], has_names=True, name="X", to="the model").to_matrix()
    array([[2., 1.]])
    """
    wanted = list(features)
    if not (has_names and table.has_names):
        if table.n_features != len(wanted):
            raise FeatureMismatchError(
                f"{name} has {table.n_features} columns, but {to} has {len(wanted)}"
            )
        return table.with_features(wanted) if has_names else table
    if list(table.features) == wanted:
        return table
    order = order_of(table.features, wanted, name=name, to=to)
    return table.select(order).with_features(wanted)


def order_of(features: Sequence[str], wanted: Sequence[str], *, name: str, to: str) -> list[int]:
    """Return the position of each wanted column among the columns there are.

    Parameters
    ----------
    features : sequence of str
        The columns there are.
    wanted : sequence of str
        The columns wanted, in order. A space matches an underscore where this fits all columns.
    name, to : str
        How error messages call what has the columns, and what wants them.

    Raises
    ------
    FeatureMismatchError
        Columns are missing or unexpected; the message names them.

    Examples
    --------
    >>> order_of(["mean area", "age"], ["age", "mean_area"], name="X", to="the model")
    [1, 0]
    """
    underscored = [feature.replace(" ", "_") for feature in features]
    if sorted(underscored) == sorted(wanted):
        features = underscored
    position = {feature: j for j, feature in enumerate(features)}
    missing = [feature for feature in wanted if feature not in position]
    known = set(wanted)
    unexpected = [feature for feature in features if feature not in known]
    if missing or unexpected:
        parts = []
        if missing:
            parts.append(f"lacks {_listed(missing)}")
        if unexpected:
            parts.append(f"has {_listed(unexpected)}, which {to} does not know")
        raise FeatureMismatchError(f"{name} {' and '.join(parts)}")
    return [position[feature] for feature in wanted]


def _listed(names: list[str], most: int = 5) -> str:
    shown = ", ".join(repr(feature) for feature in names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"column{'s' if len(names) > 1 else ''} {shown}{more}"


@lru_cache(maxsize=4)
def positional_names(n: int) -> tuple[str, ...]:
    """Return ``("0", "1", …)``: the names of columns that have none."""
    return tuple(str(j) for j in range(n))
