"""pandas: a DataFrame, or a Series that is one row."""

from typing import Any

import narwhals.stable.v2 as nw

from pellucid._core.errors import InvalidInputError
from pellucid.data.frame import FrameTable


def from_frame(rows: Any, name: str) -> FrameTable:
    """Wrap a data frame; column names that are not strings become strings."""
    duplicates = rows.columns[rows.columns.duplicated()].unique()
    if len(duplicates):
        raise InvalidInputError(f"{name} has more than one column {duplicates[0]!r}")
    if not all(isinstance(column, str) for column in rows.columns):
        rows = rows.set_axis([str(column) for column in rows.columns], axis=1)
    return FrameTable(nw.from_native(rows, eager_only=True))


def from_series(row: Any, name: str) -> FrameTable:
    """Wrap one row, as ``frame.iloc[0]`` gives it; its values find their own types again."""
    return from_frame(row.to_frame().T.infer_objects(), name)


ADAPTERS = {"DataFrame": from_frame, "Series": from_series}
