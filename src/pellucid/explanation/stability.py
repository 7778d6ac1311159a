"""How likely a ranking is right, from standard errors alone: no model is called.

What is not known of an attribution, or of an importance, is drawn at random around its estimate,
many times, and it is counted how often the ranking stays what it is.

The largest of many estimates are so in part because their errors happened to point upwards. Drawn
around the estimates themselves, rankings would seem surer than they are; so estimates are first
drawn together, the more the larger their errors are beside the spread of all features: the
empirical Bayes estimate of many normal means (Efron and Morris 1973, "Stein's estimation rule and
its competitors", Journal of the American Statistical Association 68).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.randomness import fingerprint, generator_for
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import check_count
from pellucid.explanation.ranking import descending_rank

if TYPE_CHECKING:
    from pellucid.explanation.importance import Importance
    from pellucid.explanation.local import Explanation

N_DRAWS = 2000
"""Draws behind a probability, which they tell to about 0.01."""
_MOST_LISTED = 15


@final
@dataclass(frozen=True, eq=False, repr=False)
class Stability:
    """How likely the most important features are the most important ones.

    Of an :class:`~pellucid.Importance` there is one ranking, of d features; of an
    :class:`~pellucid.Explanation` one for each of n rows and k outputs, by absolute attribution.

    Attributes
    ----------
    top_k : int
        Number of features at the top; at most d.
    set_probability : float, or ndarray of float64, shape (n, k)
        Probability that the ``top_k`` features at the top are right, in whatever order.
    order_probability : float, or ndarray of float64, shape (n, k)
        Probability that they are right and in the right order.
    membership : ndarray of float64, shape (d,), or (n, d, k)
        Probability of each feature to belong to the top; they sum to ``top_k``.
    ranking : ndarray of int64, shape (d,), or (n, d, k)
        Positions of the features from the most important to the least.
    features : tuple of str
        Names of the d features.

    Notes
    -----
    Exact attributions have probability 1, and so have ties of exact values: of equal features, any
    is as right as another, and the order of the columns decides, as in every ranking.

    Examples
    --------
    >>> from pellucid import Explanation, Stats
    >>> explanation = Explanation(
    ...     values=np.array([[[5.0], [-2.0], [1.9]]]),
    ...     base_values=np.zeros((1, 1)),
    ...     predictions=np.array([[4.9]]),
    ...     features=("age", "hours", "sex"),
    ...     classes=None,
    ...     task="regression",
    ...     output_space="value",
    ...     stats=Stats("by hand", exact=False, n_rows=1, n_rows_given=1),
    ...     std_error=np.full((1, 3, 1), 0.1),
    ... )
    >>> stability = explanation.stability(1)
    >>> stability.set_probability
    array([[1.]])
    >>> stability = explanation.stability(2)
    >>> bool(0.6 < stability.set_probability[0, 0] < 0.85)
    True
    """

    top_k: int
    set_probability: float | Floats
    order_probability: float | Floats
    membership: Floats
    ranking: Integers
    features: tuple[str, ...]

    def __repr__(self) -> str:
        from pellucid.explanation.summary import counted, printable  # noqa: PLC0415 - above us

        top = f"top {self.top_k:,} of {counted(len(self.features), 'feature')}"
        right, ordered = np.asarray(self.set_probability), np.asarray(self.order_probability)
        if right.ndim:
            n, k = right.shape
            of = f"{counted(n, 'row')}, {counted(k, 'output')}"
            if not right.size:
                return f"Stability of the {top}: {of}"
            return (
                f"Stability of the {top}: {of}\n"
                f"  right          {right.mean():.2f} on average, {right.min():.2f} at least\n"
                f"  in this order  {ordered.mean():.2f} on average, {ordered.min():.2f} at least"
            )
        lines = [
            f"Stability of the {top}",
            f"  right          with probability {right:.2f}",
            f"  in this order  with probability {ordered:.2f}",
            "",
            "  probability to belong to it",
        ]
        listed = [j for j in self.ranking if self.membership[j] >= 0.005][:_MOST_LISTED]
        names = [printable(self.features[j], 32) for j in listed]
        width = max(map(len, names))
        lines += [
            f"  {name:<{width}}  {self.membership[j]:.2f}"
            for j, name in zip(listed, names, strict=True)
        ]
        return "\n".join(lines)


def stability_of_rows(explanation: "Explanation", top_k: int, random_state: int) -> Stability:
    """Return the stability of each row's ranking; see :meth:`Explanation.stability`."""
    top_k = min(check_count("top_k", top_k), explanation.num_features)
    seed = check_count("random_state", random_state, minimum=0)
    values, std_error = explanation.values, explanation.std_error
    n, d, k = values.shape
    ranking = np.moveaxis(descending_rank(np.moveaxis(np.abs(values), 1, 2)), 2, 1)
    right, ordered = np.ones((2, n, k))
    membership = np.zeros((n, d, k))
    np.put_along_axis(membership, ranking[:, :top_k], 1.0, axis=1)
    if std_error is not None:
        for i, j in np.argwhere(std_error.any(axis=1)).tolist():
            center, error = values[i, :, j], std_error[i, :, j]
            key = fingerprint([center.tobytes(), error.tobytes()])
            noise = _noise_without_sum(error, generator_for(seed, key))
            share = _kept(float(np.mean(np.square(center))), np.square(error))
            draws = np.abs(share * center + np.sqrt(share) * noise)
            counts = _count(draws, ranking[i, :, j], top_k)
            right[i, j], ordered[i, j], membership[i, :, j] = counts
    return Stability(top_k, right, ordered, membership, ranking, explanation.features)


def stability_of_importance(importance: "Importance", top_k: int, random_state: int) -> Stability:
    """Return the stability of the global ranking; see :meth:`Importance.stability`."""
    top_k = min(check_count("top_k", top_k), importance.num_features)
    seed = check_count("random_state", random_state, minimum=0)
    center, error, n = importance.overall, importance.overall_std_error(), importance.num_examples
    if not np.isfinite(error).all():
        raise InvalidInputError(
            "one row tells nothing of how its importance differs from other rows'; explain more rows"
        )
    generator = generator_for(seed, fingerprint([center.tobytes(), error.tobytes()]))
    covariance = _covariance(importance)
    if covariance is None:
        noise = generator.normal(size=(N_DRAWS, len(center))) * error
    else:
        sizes, directions = np.linalg.eigh(covariance)
        spread = directions * np.sqrt(np.maximum(sizes, 0.0))
        noise = generator.normal(size=(N_DRAWS, len(center))) @ spread.T
    # Few rows know their own scatter badly: Student's distribution.
    noise *= np.sqrt((n - 1) / generator.chisquare(n - 1, size=(N_DRAWS, 1)))
    ranking = descending_rank(center)
    middle = center.mean()
    share = _kept(float(np.mean(np.square(center - middle))), np.square(error))
    draws = middle + share * (center - middle) + np.sqrt(share) * noise
    right, ordered, membership = _count(draws, ranking, top_k)
    return Stability(top_k, right, ordered, membership, ranking, importance.features)


def _kept(spread: float, variances: Floats) -> Floats:
    """Return the share of its distance from the middle that each estimate keeps, shape (d,).

    Parameters
    ----------
    spread : float
        Mean squared distance of the estimates from the middle, their errors included.
    variances : ndarray of float64, shape (d,)
        Of the errors.

    Notes
    -----
    What is left of the spread without errors is the variance of the true values. Where that is
    less than what it is known to, the latter stands for it.
    """
    noise = float(variances.mean())
    true = max(spread - noise, noise * np.sqrt(2 / len(variances)))
    if true == 0:
        return np.ones_like(variances)
    return np.asarray(true / (true + variances))


def _covariance(importance: "Importance") -> Floats | None:
    """Return how the errors of the overall importances depend on each other, if rows tell."""
    from pellucid.explanation.aggregate import ImportanceAccumulator  # noqa: PLC0415 - above us

    local = importance.local
    if local is None or len(local) < 2:
        return None
    accumulator = ImportanceAccumulator(keep_local=False, compares=True)
    accumulator.add(local)
    return accumulator.covariance


def _noise_without_sum(error: Floats, generator: np.random.Generator) -> Floats:
    """Draw errors of one row's values, shape (N_DRAWS, d), which sum to zero as they do.

    Values add up to the prediction exactly, so what is too much in one is missing in others. The
    errors are drawn independently, and each gives up a share of their sum in proportion to its
    variance. Where one error is larger than the others would make up for if they were independent,
    the sum is not quite zero.
    """
    variances = _variances_before(np.square(error))
    noise = generator.normal(size=(N_DRAWS, len(error))) * np.sqrt(variances)
    shares = variances / variances.sum()
    noise -= noise.sum(axis=1, keepdims=True) * shares
    left = np.sqrt(variances * (1 - shares))
    drawn: Floats = noise * np.divide(error, left, out=np.zeros_like(left), where=left > 0)
    return drawn


def _variances_before(left: Floats) -> Floats:
    """Return variances v, shape (d,), of which ``v (1 - v / sum(v))`` is left.

    For a given sum, v is the smaller root of a quadratic equation, but for the largest variance
    it may have to be the larger one. The sum is found by bisection.
    """
    largest = int(left.argmax())
    low = 4 * float(left[largest])

    def variances(total: float, *, is_large: bool) -> Floats:
        v: Floats = 2 * left / (1 + np.sqrt(np.maximum(1 - 4 * left / total, 0.0)))
        if is_large:
            v[largest] = total - v[largest]
        return v

    is_large = float(variances(low, is_large=False).sum()) < low
    high = low * (1e6 if is_large else len(left))
    for _ in range(60):
        middle = (low + high) / 2
        is_too_low = (float(variances(middle, is_large=is_large).sum()) > middle) != is_large
        low, high = (middle, high) if is_too_low else (low, middle)
    return variances(high, is_large=is_large)


def _count(draws: Floats, ranking: Integers, top_k: int) -> tuple[float, float, Floats]:
    """Return how often the top of the draws is that of the ranking, as a set and in order.

    Parameters
    ----------
    draws : ndarray of float64, shape (b, d)
    ranking : ndarray of int64, shape (d,)
    top_k : int

    Returns
    -------
    right, in_order : float
    membership : ndarray of float64, shape (d,)
    """
    # Features in the order of the ranking, so that it decides among equals.
    found = np.argsort(-draws[:, ranking], axis=1, kind="stable")[:, :top_k]
    right = float((found.max(axis=1) < top_k).mean())
    in_order = float((found == np.arange(top_k)).all(axis=1).mean())
    membership = np.empty(len(ranking))
    membership[ranking] = np.bincount(found.ravel(), minlength=len(ranking)) / len(draws)
    return right, in_order, membership
