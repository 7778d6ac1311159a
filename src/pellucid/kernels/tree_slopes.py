"""Mean slopes of links and losses along the straight line between two rows' raw sums.

Raw sums' Shapley values of a pair of rows times these add up to what the linked prediction, or the
loss, differs by: the rescale rule of DeepLIFT.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from pellucid.kernels.compiled import kernel

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

Link = Literal["logistic", "exponential", "softmax"]
Loss = Literal["logistic", "softmax", "probability", "squared"]

LOGISTIC, EXPONENTIAL, SOFTMAX = 0, 1, 2
LINKS = {"logistic": LOGISTIC, "exponential": EXPONENTIAL, "softmax": SOFTMAX}
LOGISTIC_LOSS, SOFTMAX_LOSS, PROBABILITY_LOSS, SQUARED_LOSS = 3, 4, 5, 6
LOSSES = {
    "logistic": LOGISTIC_LOSS,
    "softmax": SOFTMAX_LOSS,
    "probability": PROBABILITY_LOSS,
    "squared": SQUARED_LOSS,
}
LEAST_PROBABILITY = float(np.finfo(np.float64).eps)
"""Below it a probability counts as this one, as in scikit-learn: the log of none is infinite."""

MOST_PANELS = 512
PANEL_POINTS = 8


def apply_link(sums: Floats, link: Link) -> Floats:
    """Return the linked predictions of raw sums (n, k), shape (n, k)."""
    linked = np.empty_like(sums)
    _link_rows(sums, LINKS[link], linked)
    return linked


def apply_loss(sums: Floats, labels: Floats, loss: Loss) -> Floats:
    """Return the loss of each row.

    Parameters
    ----------
    sums : ndarray of float64, shape (n, k)
        Raw sums, which for ``"probability"`` are the probabilities; k is 1 for ``"logistic"`` and
        ``"squared"``, else one for each class.
    labels : ndarray of float64, shape (n,)
        Number of the class, or the target if the loss is ``"squared"``.
    loss : {"logistic", "softmax", "probability", "squared"}
        Minus the log of the label's probability, for two classes by one sum, for k by k sums, or by
        the k probabilities themselves; or the squared error.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    losses = np.empty(len(sums))
    _lose_rows(sums, labels, LOSSES[loss], losses)
    return losses


@kernel
def _link_rows(sums: Floats, link: int, linked: Floats) -> None:
    for row in range(len(sums)):
        _link(sums[row], link, linked[row])


@kernel
def _lose_rows(sums: Floats, labels: Floats, loss: int, losses: Floats) -> None:
    for row in range(len(sums)):
        losses[row] = _lose(sums[row], labels[row], loss)


@kernel
def _link(sums: Floats, link: int | np.int64, linked: Floats) -> None:
    largest, total = sums[0], 0.0
    for o in range(len(sums)):
        largest = max(largest, sums[o])
    for o in range(len(sums)):
        if link == LOGISTIC:
            linked[o] = _logistic(sums[o])
        elif link == EXPONENTIAL:
            linked[o] = np.exp(sums[o])
        else:
            linked[o] = np.exp(sums[o] - largest)
            total += linked[o]
    if link == SOFTMAX:
        for o in range(len(sums)):
            linked[o] /= total


@kernel
def _lose(sums: Floats, label: float, loss: int) -> float:
    if loss == SQUARED_LOSS:
        return float((sums[0] - label) ** 2)
    if loss == PROBABILITY_LOSS:
        return float(-np.log(_likely(sums[int(label)])))
    if loss == LOGISTIC_LOSS:
        margin = -sums[0] if label == 1.0 else sums[0]
        return float(max(margin, 0.0) + np.log1p(np.exp(-abs(margin))))
    # The largest term is left out of the sum: else a sure and right prediction loses digits.
    best, total = 0, 0.0
    for o in range(len(sums)):
        best = o if sums[o] > sums[best] else best
    for o in range(len(sums)):
        total += np.exp(sums[o] - sums[best]) if o != best else 0.0
    return float(np.log1p(total) + (sums[best] - sums[int(label)]))


@kernel
def _likely(probability: float) -> float:
    return float(min(max(probability, LEAST_PROBABILITY), 1.0))


@kernel
def _logistic(sum_: float) -> float:
    small = np.exp(-abs(sum_))
    return float((1.0 if sum_ >= 0.0 else small) / (1.0 + small))


@kernel
def mean_slope(link: int, x: float, z: float) -> float:
    """Return the slope of the secant of a link of one variable, without cancellation."""
    if link == EXPONENTIAL:
        apart = abs(x - z)
        return float(np.exp(max(x, z)) * (-np.expm1(-apart) / apart if apart > 0.0 else 1.0))
    half = (x - z) / 2.0
    if abs(half) > 1.0:
        return (_logistic(x) - _logistic(z)) / (x - z)
    slopes = _logistic(x) * _logistic(-x) * _logistic(z) * _logistic(-z)
    return float(np.sqrt(slopes) * (np.sinh(half) / half if half != 0.0 else 1.0))


@kernel
def _mean_softmax(
    x: Floats,
    z: Floats,
    points: Floats,
    rule: Floats,
    work: Floats,
    mean: Floats,
    n_products: int | np.int64,
    products: Floats,
) -> None:
    """Average the softmax over the line from z to x, and the products of outputs below ``n_products``.

    The softmax has no pole closer to a real line than pi over the spread of its direction, so on
    panels on which the sums move apart by at most 2, eight points are exact to 1e-12.

    Parameters
    ----------
    mean : ndarray of float64, shape (k,)
    products : ndarray of float64, shape (k, k)
    """
    n = len(x)
    lowest = highest = x[0] - z[0]
    for a in range(n):
        lowest, highest = min(lowest, x[a] - z[a]), max(highest, x[a] - z[a])
    mean[:] = 0.0
    products[:n_products] = 0.0
    n_panels = int(min(MOST_PANELS, np.ceil((highest - lowest) / 2.0) + 1))
    between, at = work[0], work[1]
    for panel in range(n_panels):
        for q in range(len(points)):
            for a in range(n):
                between[a] = z[a] + (panel + points[q]) / n_panels * (x[a] - z[a])
            _link(between, np.int64(SOFTMAX), at)
            for a in range(n):
                mean[a] += rule[q] / n_panels * at[a]
                for b in range(n_products):
                    products[a, b] += rule[q] / n_panels * at[a] * at[b]


@kernel
def link_slopes(
    link: int,
    x: Floats,
    z: Floats,
    points: Floats,
    rule: Floats,
    work: Floats,
    slopes: Floats,
) -> None:
    """Average the Jacobian of a link over the line from z to x.

    Parameters
    ----------
    x, z : ndarray of float64, shape (k,)
    work : ndarray of float64, shape (3, k)
    slopes : ndarray of float64, shape (k, k), or (1, k) for links of one variable
        Those of linked output a by raw output b, or the diagonal.
    """
    n = len(x)
    if link != SOFTMAX:
        for a in range(n):
            slopes[0, a] = mean_slope(link, x[a], z[a])
        return
    mean, linked = work[2], work[0]
    _mean_softmax(x, z, points, rule, work, mean, n, slopes)
    for a in range(n):
        for b in range(n):
            slopes[a, b] = (mean[a] if a == b else 0.0) - slopes[a, b]
    _link(x, np.int64(SOFTMAX), linked)
    _link(z, np.int64(SOFTMAX), work[1])
    for a in range(n):
        _close_gap(linked[a] - work[1][a], x, z, slopes[a])


@kernel
def loss_slopes(
    loss: int,
    label: float,
    x: Floats,
    z: Floats,
    points: Floats,
    rule: Floats,
    work: Floats,
    slopes: Floats,
) -> None:
    """Average the gradient of a loss over the line from z to x, into ``slopes`` (k,)."""
    if loss == SQUARED_LOSS:
        slopes[0] = (x[0] - label) + (z[0] - label)
        return
    if loss == PROBABILITY_LOSS:
        slopes[:] = 0.0
        slopes[int(label)] = _mean_slope_of_log_loss(x[int(label)], z[int(label)])
        return
    apart = abs(x[0] - z[0])
    if loss == LOGISTIC_LOSS:
        sign = -1.0 if label == 1.0 else 1.0
        if apart > 2.0:
            slopes[0] = (_lose(x, label, loss) - _lose(z, label, loss)) / (x[0] - z[0])
            return
        slopes[0] = 0.0
        for q in range(len(points)):
            slopes[0] += sign * rule[q] * _logistic(sign * (z[0] + points[q] * (x[0] - z[0])))
        return
    _mean_softmax(x, z, points, rule, work, slopes, np.int64(0), work)
    # One minus the label's own output, without cancellation.
    others = 0.0
    for o in range(len(x)):
        others += slopes[o] if o != int(label) else 0.0
    slopes[int(label)] = -others
    _close_gap(_lose(x, label, loss) - _lose(z, label, loss), x, z, slopes)


@kernel
def _mean_slope_of_log_loss(x: float, z: float) -> float:
    p, q = _likely(x), _likely(z)
    if p == q:
        return 0.0 if x < LEAST_PROBABILITY else -1.0 / p
    relative = (p - q) / q
    log_ratio = np.log1p(relative) if abs(relative) < 0.5 else np.log(p) - np.log(q)
    return float(-log_ratio / (x - z))


@kernel
def _close_gap(difference: float, x: Floats, z: Floats, slopes: Floats) -> None:
    """Let slopes give the difference exactly, by the smallest change."""
    largest = 0.0
    for o in range(len(x)):
        difference -= slopes[o] * (x[o] - z[o])
        largest = max(largest, abs(x[o] - z[o]))
    if largest == 0.0:
        return
    square = 0.0
    for o in range(len(x)):
        square += ((x[o] - z[o]) / largest) ** 2
    for o in range(len(x)):
        slopes[o] += difference / largest * ((x[o] - z[o]) / largest) / square
