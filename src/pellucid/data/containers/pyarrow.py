"""pyarrow tables and record batches."""

from typing import Any

import pyarrow as pa

from pellucid.data.frame import FrameTable, wrap_frame


def from_table(rows: Any, name: str) -> FrameTable:
    """Wrap a table."""
    return wrap_frame(rows, name, rows.column_names)


def from_record_batch(rows: Any, name: str) -> FrameTable:
    """Wrap a record batch as a table of one batch."""
    return from_table(pa.Table.from_batches([rows]), name)


ADAPTERS = {"Table": from_table, "RecordBatch": from_record_batch}
