"""``Columns``: the order of the columns, which is the model's, and the names that people read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid._core.validation import first_repeated
from pellucid.data.background import Background
from pellucid.data.copies import copy_of
from pellucid.data.groups import Groups, Players, make_players
from pellucid.data.table import Table, align, as_table, order_of, positional_names
from pellucid.models.model import Model


def _as_given(rows: Any) -> Any:
    return rows


@dataclass(frozen=True, eq=False)
class Columns:
    """What an explainer knows of its columns, settled once from user, background and model.

    Attributes
    ----------
    features : tuple of str
        The names that explanations show, in the model's order.
    spoken : tuple of tuple of str
        All the sets of names under which rows may come, each in the model's order; empty if the
        columns have no names at all.
    fitted : tuple of str or None
        The names under which the model wants the rows.
    model_name : str
        How messages call the model.
    example : Table or None
        A row of the initialization examples, whose column types other rows get.
    given : tuple of str
        ``features`` in the order of the initialization examples.
    flatten : callable
        From rows as they are given to a container of rows: rows of several dimensions become flat.
    """

    features: tuple[str, ...]
    spoken: tuple[tuple[str, ...], ...]
    fitted: tuple[str, ...] | None
    model_name: str
    example: Table | None
    given: tuple[str, ...]
    flatten: Callable[[Any], Any] = _as_given

    def put_in_order(self, rows: Any) -> Table:
        """Bring rows into the model's order, under its names, with the examples' column types.

        Raises
        ------
        FeatureMismatchError
            Columns are missing, unexpected, or of another number; the message names them.
        """
        table = as_table(self.flatten(rows), name="evaluation_examples")
        theirs = next(
            (names for names in self.spoken if set(names) == set(table.features)), self.features
        )
        table = align(
            table,
            theirs,
            has_names=bool(self.spoken),
            name="evaluation_examples",
            to=self.model_name,
        )
        if self.example is not None:
            table = table.like(self.example)
        return table if self.fitted is None else table.with_features(self.fitted)

    def shown(self, rows: Any, table: Table) -> Any:
        """Return a copy of the rows given, so that each column can be told from its feature.

        Rows whose columns were put in order by names that explanations do not show are returned
        in the order and under the names that they show. A copy stays what was explained, whatever
        becomes of the rows.

        Parameters
        ----------
        rows : object
            As given by the user.
        table : Table
            The same in the model's order.
        """
        rows = self.flatten(rows)
        given = as_table(rows, name="evaluation_examples")
        is_clear = not given.has_names or set(given.features) == set(self.features)
        if is_clear or given.features in self.spoken:
            return copy_of(rows)
        return table.with_features(self.features).native


def settle_columns(
    model: Model,
    background: Background | None,
    features: Sequence[str] | None,
    *,
    name: str = "initialization_examples",
) -> tuple[Columns, Background | None]:
    """Settle the columns, and bring the background into their order.

    Parameters
    ----------
    model : Model
    background : Background or None
    features : sequence of str or None
        Names given by the user, in the order of the background's columns.
    name : str
        How error messages call the background's rows.

    Raises
    ------
    InvalidInputError
        Nobody says how many columns there are, or a name is given twice.
    FeatureMismatchError
        The background's columns, or the names, do not fit the model.

    Examples
    --------
    >>> from pellucid.models.adapt import adapt
    >>> examples = as_table([[1.0, 2.0]])
    >>> model = adapt(lambda rows: rows[:, 0], examples=examples)
    >>> columns, _ = settle_columns(model, None, ["age", "hours"])
    >>> columns.features
    ('age', 'hours')
    """
    own, background_names, order, example, fitted = None, None, None, None, model.features
    if background is not None:
        table = background.table
        ordered = _as_the_model_knows(model, table, name)
        if table.has_names:
            own, background_names = ordered.features, table.features
            order = order_of(table.features, own, name=name, to=model.name)
        # A copy: values are computed when rows come, and the examples may be changed by then.
        background = replace(background, table=ordered.take(np.arange(ordered.n_rows)))
        example = ordered.take(slice(0, 1))
        fitted = ordered.features if ordered.has_names else None
    given = None if features is None else unique_names("features", features)
    n_features = _count(model, background, given)
    if given is not None and len(given) != n_features:
        raise FeatureMismatchError(
            f"features has {len(given)} names, but there are {n_features} columns"
        )
    known = background_names or model.features
    if given is not None and known is not None and given != known and set(given) == set(known):
        raise FeatureMismatchError(
            "features has the names of the columns in another order, so it is not clear which "
            f"column is which; leave it out, or pass {list(known)}"
        )
    if given is not None and order is not None:
        given = tuple(given[j] for j in order)
    spoken = tuple(names for names in (given, own, model.features) if names)
    shown = spoken[0] if spoken else positional_names(n_features)
    in_given_order = shown if order is None else tuple(shown[j] for j in np.argsort(order))
    return Columns(shown, spoken, fitted, model.name, example, in_given_order), background


def settle_players(groups: Groups | None, columns: Columns) -> Players | None:
    """Let columns play in groups; None if each plays alone and under its own name.

    Parameters
    ----------
    groups : mapping or sequence, or None
        As :func:`~pellucid.data.groups.make_players` takes them; positions are those of the
        initialization examples.
    columns : Columns

    Raises
    ------
    InvalidInputError
        These are no groups of the columns.
    """
    if groups is None:
        return None
    found = make_players(groups, columns.given)
    if columns.given != columns.features:  # the model's order is another one
        named = {name: found.columns_of(player) for player, name in enumerate(found.names)}
        found = make_players(named, columns.features)
    return None if found.names == found.columns else found


def unique_names(parameter: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return names as strings, all different.

    Raises
    ------
    InvalidInputError
        This is no list, or a name is given twice; the message says which, and in which parameter.

    Examples
    --------
    >>> unique_names("classes", ["no", "no"])
    Traceback (most recent call last):
        ...
    pellucid._core.errors.InvalidInputError: classes has 'no' more than once
    """
    if isinstance(names, str | Mapping) or not isinstance(names, Iterable):
        raise InvalidInputError(f"{parameter} must be a list of names; got {names!r}")
    unique = tuple(str(name) for name in names)
    repeated = first_repeated(unique)
    if repeated is not None:
        raise InvalidInputError(f"{parameter} has {repeated!r} more than once")
    return unique


def _as_the_model_knows(model: Model, table: Table, name: str) -> Table:
    """Bring the background's rows into the model's order and under its names."""
    if model.features is not None:
        return align(table, model.features, has_names=True, name=name, to=model.name)
    if model.n_features is not None:
        positions = positional_names(model.n_features)
        return align(table, positions, has_names=False, name=name, to=model.name)
    return table


def _count(model: Model, background: Background | None, features: Sequence[str] | None) -> int:
    if background is not None:
        return background.table.n_features
    if model.n_features is not None:
        return model.n_features
    if features is not None:
        return len(features)
    raise InvalidInputError(
        f"{model.name} does not say how many columns it takes; pass initialization_examples"
    )
