"""What the rows of an explanation are called."""

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from pellucid.data.frame import FrameTable
from pellucid.data.table import as_table
from pellucid.explanation.local import Explanation


def row_labels(explanation: Explanation) -> Sequence[Any]:
    """Return what each row is called: its label in the index of a data frame, else its position.

    An explanation of some rows of a data frame keeps their labels, and people find a row again by
    its label, not by its place in a sample. Where there is only that place, the label says so.

    Examples
    --------
    >>> from pellucid import KernelExplainer
    >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
    >>> list(row_labels(explainer.explain_local([[2.0, 3.0], [4.0, 5.0]])))
    [0, 1]
    """
    if explanation.data is not None and len(explanation):
        table = as_table(explanation.data, name="data")
        index = nw.maybe_get_index(table.frame) if isinstance(table, FrameTable) else None
        if index is not None:
            labels: Sequence[Any] = index
            return labels
    rows = range(len(explanation.values))
    if explanation.stats.n_rows < explanation.stats.n_rows_given:
        return [f"{row} of the sample" for row in rows]
    return rows
