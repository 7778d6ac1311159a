"""Lists of (columns, transformer), the old SDK's and sklearn-pandas's way to write them."""

from collections.abc import Sequence
from typing import Any

from pellucid.models.sklearn.pairs import ColumnPairs, read_pairs


def from_list(
    pairs: Any, *, names: Sequence[str] | None, n_columns: int | None = None
) -> ColumnPairs:
    """Read a list of pairs; see :func:`~pellucid.models.sklearn.pairs.read_pairs`."""
    return read_pairs(pairs, names=names, n_columns=n_columns, what="transformations")


ADAPTERS = {"list": from_list, "tuple": from_list}
