"""polars data frames."""

from typing import Any

from pellucid.data.frame import FrameTable, wrap_frame


def from_frame(rows: Any, name: str) -> FrameTable:
    """Wrap an eager data frame."""
    return wrap_frame(rows, name, rows.columns)


def from_lazy_frame(rows: Any, name: str) -> FrameTable:
    """Collect a lazy data frame."""
    return from_frame(rows.collect(), name)


ADAPTERS = {"DataFrame": from_frame, "LazyFrame": from_lazy_frame}
