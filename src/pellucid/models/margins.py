"""The margin of a binary classifier, and what adds up to it, as one column per class."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Floats, Task
from pellucid.data.table import Table
from pellucid.models.model import Contributions


def both_classes(margin: npt.NDArray[Any]) -> Floats:
    """Return the margin m of a binary classifier as the two columns -m and m.

    Parameters
    ----------
    margin : ndarray, shape (n,) or (n, 1)
        Log-odds, or another decision function, of the second class.

    Returns
    -------
    ndarray of float64, shape (n, 2)

    Examples
    --------
    >>> both_classes(np.array([0.5, -2.0]))
    array([[-0.5,  0.5],
           [ 2. , -2. ]])
    """
    second = np.asarray(margin, dtype=np.float64).reshape(-1)
    return np.stack([-second, second], axis=1)


def contributions_of_classes(
    task: Task, contributions: Contributions, table: Table
) -> tuple[Floats, Floats]:
    """Return a library's own values and base values, with both classes of a binary classifier.

    Parameters
    ----------
    task : {"classification", "regression", "outlier detection"}
    contributions : callable
        From a table to values (n, d, k) and base values (n, k).
    table : Table
    """
    values, base_values = contributions(table)
    if task == "classification" and base_values.shape[1] == 1:
        values = np.concatenate([-values, values], axis=2)
        base_values = both_classes(base_values)
    return values, base_values
