"""Which raw columns each column comes from that a fitted transformer returns.

What a transformer of scikit-learn reports of itself is believed, as long as it is known how that is
to be read: its class is in one of the tables, and ``transform`` is the class's own. A transformer
that sees one column only needs no tables. Any other one is probed, where there are rows to do so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from pellucid._core.errors import in_one_line
from pellucid._core.registry import find_adapter
from pellucid._core.typing import Integers
from pellucid.data.feature_map import FeatureMap, side_by_side
from pellucid.data.table import as_table
from pellucid.models.model import Unavailable
from pellucid.models.probing import NotProbedError, probe_columns
from pellucid.models.sklearn.fitted import overridden, transform_rows
from pellucid.models.sklearn.mixed_columns import MIXED
from pellucid.models.sklearn.pairs import ColumnPairs
from pellucid.models.sklearn.rows import names_made_by
from pellucid.models.sklearn.separate_columns import SEPARATE


class UntraceableError(Exception):
    """A transformer may mix columns; the message is the reason, for :class:`Unavailable`."""


@dataclass(frozen=True)
class Input:
    """What a step takes.

    Attributes
    ----------
    columns : FeatureMap
        How its columns come from the raw ones.
    rows : callable or None
        Makes some rows of it, in the container that it takes; None where there are none.
    """

    columns: FeatureMap
    rows: Callable[[], Any] | None

    def through(self, columns: FeatureMap, transform: Callable[[Any], Any]) -> "Input":
        """Return what comes out of a step."""
        made = None if self.rows is None else partial(_made, transform, self.rows)
        return Input(columns, made)

    def take(self, columns: Integers) -> "Input":
        """Return some of the columns."""
        return self.through(self.columns.take(columns), partial(_selected, columns.tolist()))


def trace_columns(
    transformer: Any, n_columns: int, *, n_out: int | None = None, rows: Any = None
) -> FeatureMap | Unavailable:
    """Trace the columns that a fitted transformer returns to those that it takes.

    Parameters
    ----------
    transformer : object
        A fitted transformer, a Pipeline of them, a ColumnTransformer, a FeatureUnion, a
        DataFrameMapper or ``ColumnPairs``.
    n_columns : int
        Number of columns it takes.
    n_out : int, optional
        Number of columns it returns, where that is known.
    rows : array, data frame or sparse matrix, optional
        Rows that it takes, of shape (m, n_columns). With them, transformers that are not known are
        probed, and the map says so in its ``assumption``.

    Returns
    -------
    FeatureMap or Unavailable
        A map that is no partition names the step that mixes columns; a reason names the step of
        which nothing is known.

    Examples
    --------
    >>> from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures
    >>> rows = [["red", "S"], ["blue", "M"]]
    >>> trace_columns(OneHotEncoder().fit(rows), 2).raw_of
    array([0, 0, 1, 1])
    >>> powers = trace_columns(PolynomialFeatures().fit([[1.0, 2.0]]), 2)
    >>> powers.mixing
    'PolynomialFeatures may mix columns'
    >>> powers.matrix.toarray()
    array([[0. , 1. , 0. , 1. , 0.5, 0. ],
           [0. , 0. , 1. , 0. , 0.5, 1. ]])
    """
    given = Input(FeatureMap.identity(n_columns), None if rows is None else partial(_same, rows))
    try:
        return _trace(transformer, given, n_out, type(transformer).__name__)
    except UntraceableError as reason:
        return Unavailable(str(reason))


def _trace(transformer: Any, given: Input, n_out: int | None, label: str) -> FeatureMap:
    """Return the map from raw columns to a step's; ``label`` is how a reason calls the step."""
    if transformer is None or transformer == "passthrough":
        return given.columns
    compound, changed = _known(transformer, _COMPOUNDS)
    if compound is not None and changed is None:
        found: FeatureMap = compound(transformer, given, n_out)
    else:
        found = _trace_one(transformer, given, n_out, label)
    if n_out not in {None, found.n_engineered}:
        raise UntraceableError(
            f"{label} returns {n_out} columns, not the {found.n_engineered} traced"
        )
    return found


def _trace_one(transformer: Any, given: Input, n_out: int | None, label: str) -> FeatureMap:
    """Trace a transformer that is not made of others."""
    n = given.columns.n_engineered
    if (mapper := _as_pairs(transformer, given)) is not None:
        return _pairs(mapper, given, n_out)
    separate, changed = _known(transformer, SEPARATE)
    mixer, changed_mixer = _known(transformer, MIXED)
    if separate is not None and changed is None:
        columns = separate(transformer, n)
        if columns is not None:
            return given.columns.take(columns)
    if mixer is not None and changed_mixer is None:
        mixing = f"{label} may mix columns" if n > 1 else None
        return given.columns.then(FeatureMap.of_weights(mixer(transformer, n), mixing=mixing))
    from_one = np.flatnonzero(given.columns.used)
    if len(from_one) == 1:
        width = n_out or _width(transformer, given, label)
        if width is not None:
            raw_of = np.repeat(from_one, width)
            return FeatureMap.of(raw_of, given.columns.n_raw)
    own = changed or changed_mixer or _known(transformer, _COMPOUNDS)[1]
    doubt = f"has a {own} of its own and may mix columns" if own else "may mix columns"
    if given.rows is None:
        raise UntraceableError(f"{label} {doubt}")
    try:
        found = probe_columns(
            partial(transform_rows, transformer), as_table(_made_of(given.rows, label)), label
        )
    except NotProbedError as reason:
        raise UntraceableError(f"{label} {doubt}: {reason}") from reason
    return given.columns.then(found)


def _known(transformer: Any, table: dict[type, Any]) -> tuple[Any, str | None]:
    """Return what a table knows of a class, and the method that the object has changed, if any."""
    for kind in type(transformer).__mro__:
        if kind in table:
            return table[kind], overridden(transformer, _DECISIVE, own=kind)
    return None, None


def _width(transformer: Any, given: Input, label: str) -> int | None:
    """Return how many columns a transformer returns."""
    names = names_made_by(transformer)
    if names is not None:
        return len(names)
    if given.rows is None:
        return None
    made = _made_of(partial(_made, partial(transform_rows, transformer), given.rows), label)
    return 1 if np.ndim(made) == 1 else as_table(made, name="the transformed rows").n_features


def _made_of(rows: Callable[[], Any], label: str) -> Any:
    """Return rows that have to be made first by foreign transformers."""
    try:
        return rows()
    except Exception as error:
        raise UntraceableError(f"{label} failed on reference rows: {in_one_line(error)}") from error


def _label(name: str, transformer: Any) -> str:
    return f"step {name!r} ({type(transformer).__name__})"


def _same(rows: Any) -> Any:
    return rows


def _made(transform: Callable[[Any], Any], rows: Callable[[], Any]) -> Any:
    return transform(rows())


def _selected(columns: Sequence[int], rows: Any) -> Any:
    return as_table(rows).select(columns).native


# -- transformers made of transformers -------------------------------------------------------------


def _pipeline(pipeline: Any, given: Input, n_out: int | None) -> FeatureMap:
    names, steps = zip(*pipeline.steps, strict=True)
    widths = [getattr(step, "n_features_in_", None) for step in steps[1:]]
    for name, step, width in zip(names, steps, [*widths, n_out], strict=True):
        columns = _trace(step, given, width, _label(name, step))
        given = given.through(columns, partial(transform_rows, step))
    return given.columns


def _feature_union(union: Any, given: Input, _n_out: int | None) -> FeatureMap:
    parts = [
        _trace(step, given, None, _label(name, step))
        for name, step in union.transformer_list
        if step != "drop"
    ]
    return side_by_side(parts, given.columns.n_raw)


def _column_transformer(transformer: Any, given: Input, _n_out: int | None) -> FeatureMap:
    """Trace each part to the columns it was fitted on, and put it where its outputs are."""
    inputs = transformer._transformer_to_input_indices  # noqa: SLF001 - names and masks, resolved
    outputs = transformer.output_indices_
    parts = {}
    for name, step, _ in transformer.transformers_:
        place = outputs[name]
        if place.stop > place.start:
            taken = given.take(np.asarray(inputs[name], dtype=np.int64))
            parts[place.start] = _trace(step, taken, place.stop - place.start, _label(name, step))
    found = side_by_side([parts[start] for start in sorted(parts)], given.columns.n_raw)
    if found.n_engineered != max(place.stop for place in outputs.values()):
        raise UntraceableError("ColumnTransformer returns columns that no step accounts for")
    return found


def _pairs(pairs: ColumnPairs, given: Input, _n_out: int | None) -> FeatureMap:
    parts = []
    for part in pairs.parts:
        taken = given.take(np.asarray(part.columns, dtype=np.int64))
        if given.rows is not None:
            taken = Input(taken.columns, partial(_made, part.rows_of, given.rows))
        parts.append(_trace(part.transformer, taken, None, part.label))
    return side_by_side(parts, given.columns.n_raw)


def _as_pairs(transformer: Any, given: Input) -> ColumnPairs | None:
    """Read a foreign mapper of columns, which names them as the rows do."""
    read = find_adapter(
        type(transformer), rooms="pellucid.models.transformations", group="pellucid.transformations"
    )
    if read is None:
        return None
    if given.rows is None:
        raise UntraceableError(
            f"{type(transformer).__name__} names its columns, but which these are is not known "
            "without rows"
        )
    rows = as_table(_made_of(given.rows, type(transformer).__name__))
    found: ColumnPairs = read(transformer, names=rows.features)
    return found


_DECISIVE = ("transform", "_transform")

_COMPOUNDS: dict[type, Callable[[Any, Input, "int | None"], FeatureMap]] = {
    ColumnPairs: _pairs,
    ColumnTransformer: _column_transformer,
    FeatureUnion: _feature_union,
    Pipeline: _pipeline,
}
