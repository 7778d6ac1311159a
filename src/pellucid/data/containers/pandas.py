"""pandas: a DataFrame, or a Series that is one row."""

from typing import Any

from pellucid.data.frame import FrameTable, wrap_frame


def from_frame(rows: Any, name: str) -> FrameTable:
    """Wrap a data frame; column names that are not strings are known by strings.

    Columns that pandas has numbered, since nobody named them, count as having no names.
    """
    has_names = not _is_numbered(rows.columns)
    columns, labels = [str(column) for column in rows.columns], None
    if not all(isinstance(column, str) for column in rows.columns):
        labels = rows.columns if has_names else None
        rows = rows.set_axis(columns, axis=1)
    return wrap_frame(rows, name, columns, has_names=has_names, labels=labels)


def from_series(row: Any, name: str) -> FrameTable:
    """Wrap one row, as ``frame.iloc[0]`` gives it; its values find their own types again."""
    return from_frame(row.to_frame().T.infer_objects(), name)


def _is_numbered(columns: Any) -> bool:
    counted = list(range(len(columns)))
    return columns.inferred_type == "integer" and bool(columns.tolist() == counted)


ADAPTERS = {"DataFrame": from_frame, "Series": from_series}
