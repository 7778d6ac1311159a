"""pyarrow tables and record batches."""

from typing import Any

import narwhals.stable.v2 as nw
import pyarrow as pa

from pellucid.data.frame import FrameTable


def from_table(rows: Any, name: str) -> FrameTable:  # noqa: ARG001 - every adapter is told
    """Wrap a table; a record batch becomes a table of one batch."""
    table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
    return FrameTable(nw.from_native(table, eager_only=True))


ADAPTERS = {"Table": from_table, "RecordBatch": from_table}
