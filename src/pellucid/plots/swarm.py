"""Where the dots of a beeswarm go: as wide as there are rows, without overpainting."""

import numpy as np

from pellucid._core.typing import Floats

N_BINS = 120


def swarm_offsets(values: Floats, low: float, high: float, *, most_per_bin: int = 11) -> Floats:
    """Spread dots sideways so that a strip's thickness shows how many rows are there.

    Values are put into bins along the axis, and the dots of a bin are stacked from the middle
    outwards, alternating sides. Nothing is random: the same rows give the same picture.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Places along the axis.
    low, high : float
        Ends of the axis.
    most_per_bin : int
        Dots that fit beside each other; where a bin holds more, all stacks are squeezed so that
        the fullest one just fits.

    Returns
    -------
    ndarray of float64, shape (n,)
        Between -1 and 1, in halves of the strip's thickness.

    Examples
    --------
    >>> swarm_offsets(np.array([0.0, 0.0, 0.0, 5.0]), 0.0, 5.0, most_per_bin=3)
    array([ 0.,  1., -1.,  0.])
    """
    if not len(values):
        return np.zeros(0)
    span = high - low
    place = (values - low) / span if span > 0 else np.zeros(len(values))
    bins = np.clip(np.rint(place * N_BINS), 0, N_BINS).astype(np.int64)
    order = np.argsort(bins, kind="stable")
    counts = np.bincount(bins, minlength=N_BINS + 1)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values)) - starts[bins[order]]
    steps = (rank + 1) // 2 * np.where(rank % 2 == 1, 1, -1)
    fullest = max(int(counts.max()), most_per_bin)
    reach = max(fullest // 2, 1)
    offsets: Floats = steps / reach
    return np.where(steps == 0, 0.0, np.clip(offsets, -1.0, 1.0))
