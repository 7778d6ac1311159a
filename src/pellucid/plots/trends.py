"""Whether one column rises with another, as far as one sentence can say it."""

import numpy as np
from scipy.stats import rankdata

from pellucid._core.typing import Floats
from pellucid.plots.wording import number, typeset

_CLEAR_TREND = 0.7


def trend_of(places: Floats, values: Floats) -> float:
    """Return the rank correlation of two columns, where both are known; 0 where there is none.

    Examples
    --------
    >>> trend_of(np.array([1.0, 2.0, 3.0, np.nan]), np.array([9.0, 4.0, 1.0, 0.0]))
    -1.0
    """
    known = np.isfinite(places)
    if known.sum() <= 2 or not np.ptp(places[known]) > 0 or not np.ptp(values[known]) > 0:
        return 0.0
    return round(float(np.corrcoef(rankdata(places[known]), rankdata(values[known]))[0, 1]), 12)


def how_it_acts(name: str, noun: str, places: Floats, values: Floats, *, most: str = "") -> str:
    """Say how a feature acts on an output.

    Parameters
    ----------
    name : str
        Of the feature, ready for a sentence.
    noun : str
        Of the output.
    places : ndarray of float64, shape (n,)
        Where the feature's values lie; NaN where they are no number.
    values : ndarray of float64, shape (n,)
        What it adds to the output.
    most : str
        Said after the output, such as ``" most"``.

    Examples
    --------
    >>> how_it_acts("age", "prediction", np.arange(4.0), np.array([0.0, 1.0, 3.0, 4.0]))
    'The higher age, the higher the prediction'
    """
    trend = trend_of(places, values)
    if abs(trend) > _CLEAR_TREND:
        return f"The higher {name}, the {'higher' if trend > 0 else 'lower'} the {noun}"
    if np.ptp(values) == 0:
        return f"{name} moves the {noun}{most}, by {typeset(number(float(values[0]), 2))}"
    low, high = (typeset(number(float(end), 2)) for end in (values.min(), values.max()))
    return f"{name} moves the {noun}{most}, from {low} to {high}"
