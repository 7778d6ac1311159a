"""narwhals data frames: as the data frame that they wrap."""

from typing import Any

import narwhals.stable.v2 as nw

from pellucid.data.table import Table, as_table


def from_frame(rows: Any, name: str) -> Table:
    """Wrap what is inside."""
    return as_table(nw.to_native(rows), name=name)


def from_lazy_frame(rows: Any, name: str) -> Table:
    """Collect a lazy data frame."""
    return from_frame(rows.collect(), name)


ADAPTERS = {"DataFrame": from_frame, "LazyFrame": from_lazy_frame}
