"""``Model``: what every explainer may know of a foreign model, settled once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError, ModelError, PellucidError, in_one_line
from pellucid._core.typing import Floats, Integers, OutputSpace, Task
from pellucid.data.cells import as_numbers, holds_numbers
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.models.structures import LinearStructure, TreeStructure

Predict = Callable[[Table], npt.NDArray[Any]]
Contributions = Callable[[Table], tuple[Floats, Floats]]


@dataclass(frozen=True)
class Unavailable:
    """Why a model cannot be seen as trees, or as linear; ends up in an explanation's stats."""

    reason: str


@dataclass(frozen=True, eq=False)
class Engineered:
    """What transformations make of raw rows, and the model that takes it.

    Attributes
    ----------
    model : Model
        The model of engineered columns.
    prepare : callable
        From raw rows to the rows that it takes; picklable.
    columns : FeatureMap or Unavailable
        Which raw column each engineered one comes from, or why that is not known.
    features : tuple of str or None
        What the transformations call the engineered columns; None if they do not say.
    """

    model: "Model"
    prepare: Callable[[Table], Table]
    columns: FeatureMap | Unavailable
    features: tuple[str, ...] | None


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model, seen the same way whatever library it comes from.

    Everything in it must be picklable: functions are module-level ones, bound methods or
    ``functools.partial`` of them, never lambdas or closures.

    Attributes
    ----------
    native : object
        The foreign model itself.
    name : str
        How messages call it, such as ``"LGBMClassifier"``.
    task : {"classification", "regression", "outlier detection"}
    outputs : mapping from output space to function
        How to predict rows in each output space the model has. A classifier's functions return
        one column per class, in every space: the raw margin m of a binary classifier comes as
        the two columns -m and m.
    default_space : {"raw", "probability", "value"}
        The space that people mean by the model's prediction.
    classes : tuple of str or None
        Names of the outputs of a classifier, in order; None for others.
    features : tuple of str or None
        Names of the columns the model was fitted with; None if it was fitted without names.
    n_features : int or None
        Number of columns it was fitted with; None if it does not say.
    unused : tuple of int
        Columns of which it is known that no prediction depends on them, as those that a pipeline
        drops.
    trees : callable or Unavailable
        Builds the model's trees when they are first needed.
    linear : callable or Unavailable
        Builds the model's linear form when it is first needed.
    contributions : callable or None
        The library's own exact path-dependent Shapley values, for tree models whose trees cannot
        be had: from a table to values (n, d, k) and base values (n, k) in the raw space, or in
        the space of values where the model has no raw one.
    labels : callable or None
        A classifier's own choice of a class for each row (m,), where it can be asked for it; it
        need not be the most probable class, as with a threshold of its own.
    engineered : Engineered or Unavailable
        The same model behind its transformations, if it has any.
    """

    native: Any
    name: str
    task: Task
    outputs: Mapping[OutputSpace, Predict]
    default_space: OutputSpace
    classes: tuple[str, ...] | None = None
    features: tuple[str, ...] | None = None
    n_features: int | None = None
    unused: tuple[int, ...] = ()
    trees: Callable[[], TreeStructure] | Unavailable = Unavailable("it is no tree model")
    linear: Callable[[], LinearStructure] | Unavailable = Unavailable("it is no linear model")
    contributions: Contributions | None = None
    labels: Predict | None = None
    engineered: Engineered | Unavailable = Unavailable("it has no transformations")

    def predict(self, table: Table, space: OutputSpace | None = None) -> Floats:
        """Predict rows.

        Parameters
        ----------
        table : Table
            Rows, m of them, with the columns in the model's order.
        space : {"raw", "probability", "value"}, optional
            Output space; by default ``default_space``.

        Returns
        -------
        ndarray of float64, shape (m, k)

        Raises
        ------
        InvalidInputError
            The model refuses the rows: missing values or strings it does not take.
        ModelError
            The model raises for another reason, or returns something that is not one finite
            number per row and output.
        """
        try:
            found = self.outputs[space or self.default_space](table)
        except PellucidError:
            raise
        except Exception as error:
            raise self._diagnose(error, table) from error
        return self._checked(found, table.n_rows)

    def choose(self, table: Table) -> Integers:
        """Choose a class for each row, as the model itself does; else the one of largest output.

        Parameters
        ----------
        table : Table
            Rows, m of them, with the columns in the model's order.

        Returns
        -------
        ndarray of int64, shape (m,)
            Numbers of classes.

        Raises
        ------
        InvalidInputError
            The model refuses the rows.
        ModelError
            The model raises for another reason, or chooses a class it does not have.
        """
        if self.labels is None or self.classes is None:
            return np.asarray(self.predict(table).argmax(axis=1), dtype=np.int64)
        try:
            found = np.asarray(self.labels(table)).reshape(-1)
        except PellucidError:
            raise
        except Exception as error:
            raise self._diagnose(error, table) from error
        number = {name: k for k, name in enumerate(self.classes)}
        kinds, which = np.unique(found, return_inverse=True)
        unknown = [str(kind) for kind in kinds.tolist() if str(kind) not in number]
        if unknown or len(found) != table.n_rows:
            what = f"the class {unknown[0]!r}" if unknown else f"{len(found)} classes"
            raise ModelError(f"{self.name} chose {what} for {table.n_rows} rows")
        return np.array([number[str(kind)] for kind in kinds.tolist()], dtype=np.int64)[which]

    def _checked(self, found: Any, n_rows: int) -> Floats:
        try:
            cells = np.asarray(found)
        except ValueError:  # rows of different lengths
            cells = np.asarray(found, dtype=object)
        if cells.dtype.kind == "c":
            raise ModelError(f"{self.name} returned complex numbers; real ones are needed")
        if not holds_numbers(cells):  # labels are none, even if they read like some
            first = next(iter(cells.astype(object).flat), found)
            shown = repr(first) if isinstance(first, str) else f"a {type(found).__name__}"
            raise ModelError(f"{self.name} returned {shown} where numbers are needed")
        outputs = as_numbers(cells, "prediction")
        if outputs.ndim == 0 or outputs.shape[0] != n_rows or outputs.ndim > 2:
            raise ModelError(
                f"{self.name} returned an array of shape {outputs.shape} for {n_rows} rows; "
                "one row of outputs per row of input is needed"
            )
        outputs = outputs.reshape(n_rows, -1)
        if self.classes is not None and outputs.shape[1] != len(self.classes):
            raise ModelError(
                f"{self.name} returned {outputs.shape[1]} columns for {len(self.classes)} classes"
            )
        bad = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
        if len(bad):
            raise ModelError(
                f"{self.name} returned {outputs[bad[0]].tolist()} for row {bad[0]}; "
                "predictions must be finite"
            )
        return np.ascontiguousarray(outputs)

    def _diagnose(self, error: Exception, table: Table) -> PellucidError:
        """Name the column that made the model raise, where one can be found."""
        said = in_one_line(error)
        words = str(error).lower()
        missing = np.flatnonzero(table.missing_counts())
        if len(missing) and _ABOUT_MISSING.search(words):
            return self._refused("missing values", missing, table, said)
        try:
            matrix = table.to_matrix()
        except InvalidInputError as culprit:
            if _ABOUT_TYPES.search(words):
                return InvalidInputError(f"{self.name} refused the rows: {culprit} ({said})")
        else:
            with np.errstate(over="ignore"):  # many models round to float32
                infinite = np.flatnonzero(np.isinf(matrix.astype(np.float32)).any(axis=0))
            if len(infinite) and "inf" in words:
                return self._refused("infinite or huge values", infinite, table, said)
        return ModelError(f"{self.name} failed on {table.n_rows} rows: {said}")

    def _refused(self, what: str, columns: Integers, table: Table, said: str) -> InvalidInputError:
        named = ", ".join(repr(table.features[j]) for j in columns[:5])
        return InvalidInputError(
            f"{self.name} takes no {what}, and there are some in column"
            f"{'s' if len(columns) > 1 else ''} {named} ({said})"
        )


_ABOUT_MISSING = re.compile(r"\bnans?\b|\bnull|\bmissing (?!\d+ required)")
_ABOUT_TYPES = re.compile(r"\b(convert|dtypes?|float|int|number|numeric|object|str|strings?)\b")
"""Words in which libraries complain of strings where they need numbers."""
