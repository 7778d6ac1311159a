"""The margin of a binary classifier, as one column per class."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.typing import Floats


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
