"""polars data frames."""

from typing import Any

import narwhals.stable.v2 as nw

from pellucid.data.frame import FrameTable


def from_frame(rows: Any, name: str) -> FrameTable:  # noqa: ARG001 - every adapter is told
    """Wrap an eager data frame; a lazy one is collected."""
    return FrameTable(nw.from_native(rows).lazy().collect(backend="polars"))


ADAPTERS = {"DataFrame": from_frame, "LazyFrame": from_frame}
