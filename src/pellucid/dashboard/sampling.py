"""Which rows become dots, where there are more than a page should carry."""

from typing import Final

import numpy as np

from pellucid._core.typing import Integers
from pellucid.explanation.local import Explanation

_MOST_ROWS: Final = 20_000
_FEWEST_ROWS: Final = 100
_MOST_BYTES: Final = 24_000_000


def rows_to_send(explanation: Explanation, max_rows: int | None) -> Integers:
    """Choose rows, in their order: all if they are few enough, else a sample without chance.

    The sample holds the rows with the smallest and the largest attribution of each feature, at most
    half of it, and beyond them rows spread evenly over the order of predictions.

    Parameters
    ----------
    explanation : Explanation
    max_rows : int or None
        Most rows to choose; by default 20,000, and fewer where their attributions take more than
        24 MB.

    Examples
    --------
    >>> from pellucid import KernelExplainer
    >>> explainer = KernelExplainer(lambda rows: rows.sum(axis=1), [[0.0], [1.0]])
    >>> rows_to_send(explainer.explain_local([[8.0], [2.0], [3.0], [5.0]]), 3)
    array([0, 1, 2])
    """
    n, d, k = explanation.values.shape
    if max_rows is None:
        max_rows = min(_MOST_ROWS, max(_FEWEST_ROWS, _MOST_BYTES // max(8 * d * k, 1)))
    if n <= max_rows:
        return np.arange(n)
    ends = [explanation.values.argmin(axis=0).ravel(), explanation.values.argmax(axis=0).ravel()]
    extremes = list(dict.fromkeys(np.stack(ends, axis=1).ravel().tolist()))[: max_rows // 2]
    taken = np.zeros(n, dtype=np.bool_)
    taken[extremes] = True
    # The last output is the second of two classes, or the only one.
    order = np.argsort(explanation.predictions[:, -1], kind="stable")
    rest = order[~taken[order]]
    places = np.linspace(0, len(rest) - 1, max_rows - len(extremes)).round().astype(np.int64)
    taken[rest[places]] = True
    return np.flatnonzero(taken)
