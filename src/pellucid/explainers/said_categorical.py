"""Which columns the user calls categorical, by position or by any of their names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pellucid._core.errors import InvalidInputError
from pellucid._core.validation import as_integer
from pellucid.data.background import Background
from pellucid.explainers.columns import Columns


@dataclass(frozen=True)
class SaidCategorical:
    """Columns that the user names before their order is settled.

    Attributes
    ----------
    names : tuple of str
    positions : tuple of int
        Of columns that have no names.
    """

    names: tuple[str, ...]
    positions: tuple[int, ...]

    def columns_among(self, columns: Columns) -> frozenset[int]:
        """Return their positions in the model's order.

        Raises
        ------
        InvalidInputError
            There is no such column; the message names it.
        """
        known = {
            written: j
            for names in (*columns.spoken, columns.features)
            for j, name in enumerate(names)
            for written in (name, name.replace("_", " "))
        }
        for name in self.names:
            if name not in known:
                raise InvalidInputError(
                    f"categorical_features has {name!r}, which is no column of the "
                    "initialization_examples"
                )
        return frozenset([*(known[name] for name in self.names), *self.positions])


def said_categorical(
    given: Sequence[int | str] | None, background: Background | None
) -> SaidCategorical:
    """Take names, and positions in the reference rows as they were given.

    Raises
    ------
    InvalidInputError
        This is no list, or there is no such position.

    Examples
    --------
    >>> from pellucid.data.background import as_background
    >>> said_categorical([1, "2"], as_background([[0.5, 1.0, 3.0]]))
    SaidCategorical(names=('2',), positions=(1,))
    """
    if given is None or background is None:
        return SaidCategorical((), ())
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidInputError(
            f"categorical_features must be a list of names or positions; got {given!r}"
        )
    table = background.table
    names, positions = [], []
    for column in given:
        position = as_integer(column)
        if position is None:
            names.append(str(column))
        elif not 0 <= position < table.n_features:
            raise InvalidInputError(
                f"categorical_features has position {position}, but there are "
                f"{table.n_features} columns"
            )
        elif table.has_names:  # the model may want them in another order
            names.append(table.features[position])
        else:
            positions.append(position)
    return SaidCategorical(tuple(names), tuple(positions))
