"""How well the predictions agree with true labels, over all rows explained.

The page computes the same of a cohort from the rows it has (``front/pure/performance.js``); what is
sent is of all rows, and exact.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.dashboard.chunks import encode
from pellucid.dashboard.labels import Labels
from pellucid.explanation.local import Explanation

MOST_POINTS: Final = 200
"""Of a curve; each of them is exact."""
N_GROUPS: Final = 10
N_ERROR_BINS: Final = 15


def performance_chunks(
    local: Explanation, labels: Labels, outputs: Sequence[int] | None = None
) -> dict[str, bytes]:
    """Return what the page shows of the predictions' quality, for all outputs or for some.

    ``k`` is an output. Of classes:

    ==========================  ====================================================================
    ``performance/confusion``   rows by true class (down) and class with the highest score (across)
    ``performance/measures``    log-loss, of probabilities
    ``performance/measures/k``  area under the ROC curve, average precision, and Brier score of
                                probabilities; NaN where there is none
    ``performance/curve/k``     thresholds from high to low, and below each the rows of the class,
                                and those of others, that are not below it
    ``performance/groups/k``    of probabilities in ten ranges of equal width: rows, mean
                                prediction and share of the class
    ==========================  ====================================================================

    Of numbers, where an error is the prediction minus the label:

    ==========================  ====================================================================
    ``performance/measures/k``  mean absolute error, root of the mean squared error, R², mean error
    ``performance/edges/k``     inner edges of bins of errors; the outer bins have no end
    ``performance/errors/k``    rows in each bin
    ``performance/cuts/k``      predictions that part ten groups of equally many rows
    ``performance/groups/k``    of these groups: rows, mean prediction and mean label
    ==========================  ====================================================================
    """
    shown = range(local.num_outputs) if outputs is None else outputs
    measure = _of_classes if labels.kind == "classes" else _of_numbers
    found = measure(local, labels, shown)
    return {f"performance/{name}": encode(np.asarray(array)) for name, array in found.items()}


def _of_classes(
    local: Explanation, labels: Labels, outputs: Sequence[int]
) -> dict[str, Floats | Integers]:
    scores, truth = local.predictions, labels.numbers[:, 0].astype(np.int64)
    n, k = scores.shape
    is_probability = local.output_space == "probability"
    cells = np.bincount(truth * k + scores.argmax(axis=1), minlength=k * k)
    of_truth = np.clip(scores[np.arange(n), truth], np.finfo(np.float64).eps, None)
    found: dict[str, Floats | Integers] = {
        "confusion": cells.reshape(k, k),
        "measures": np.array([-np.log(of_truth).mean() if is_probability else np.nan]),
    }
    for j in outputs:
        own, is_class = scores[:, j], truth == j
        curve = _curve(own, is_class)
        brier = ((own - is_class) ** 2).mean() if is_probability else np.nan
        found[f"measures/{j}"] = np.array([_roc_area(curve), _average_precision(curve), brier])
        found[f"curve/{j}"] = curve[:, _spread_points(curve)]
        if is_probability:
            group = np.clip((own * N_GROUPS).astype(np.int64), 0, N_GROUPS - 1)
            found[f"groups/{j}"] = _groups(group, own, is_class.astype(np.float64))
    return found


def _of_numbers(
    local: Explanation, labels: Labels, outputs: Sequence[int]
) -> dict[str, Floats | Integers]:
    found: dict[str, Floats | Integers] = {}
    for j in outputs:
        own, truth = local.predictions[:, j], labels.numbers[:, j]
        error = own - truth
        spread = ((truth - truth.mean()) ** 2).sum()
        r2 = 1 - (error**2).sum() / spread if spread > 0 else np.nan
        found[f"measures/{j}"] = np.array(
            [np.abs(error).mean(), np.sqrt((error**2).mean()), r2, error.mean()]
        )
        low, high = np.quantile(error, [0.005, 0.995])
        edges = np.linspace(low, high, N_ERROR_BINS + 1)[1:-1] if high > low else np.zeros(0)
        found[f"edges/{j}"] = edges
        counts = np.bincount(np.searchsorted(edges, error, side="right"), minlength=len(edges) + 1)
        found[f"errors/{j}"] = counts
        cuts = np.quantile(own, np.arange(1, N_GROUPS) / N_GROUPS)
        found[f"cuts/{j}"] = cuts
        found[f"groups/{j}"] = _groups(np.searchsorted(cuts, own, side="right"), own, truth)
    return found


def _curve(scores: Floats, is_class: Booleans) -> Floats:
    """Return distinct thresholds from high to low, with hits and false alarms of each."""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=np.nan) != 0)
    hits = np.cumsum(is_class[order])[ends]
    start = np.array([[np.inf], [0.0], [0.0]])
    return np.concatenate([start, np.stack([scores[order][ends], hits, ends + 1 - hits])], axis=1)


def _roc_area(curve: Floats) -> float:
    _, hits, alarms = curve
    if not hits[-1] or not alarms[-1]:
        return float("nan")
    area = (np.diff(alarms) * (hits[1:] + hits[:-1]) / 2).sum()
    return float(area / (hits[-1] * alarms[-1]))


def _average_precision(curve: Floats) -> float:
    _, hits, alarms = curve
    if not hits[-1]:
        return float("nan")
    precision = hits[1:] / (hits[1:] + alarms[1:])
    return float((np.diff(hits) * precision).sum() / hits[-1])


def _spread_points(curve: Floats) -> Integers:
    """Choose points evenly along a curve, the first and the last among them."""
    n = curve.shape[1]
    if n <= MOST_POINTS:
        return np.arange(n)
    _, hits, alarms = curve
    way = hits / max(hits[-1], 1) + alarms / max(alarms[-1], 1)
    found = np.searchsorted(way, np.linspace(0, way[-1], MOST_POINTS))
    return np.unique(np.append(found, n - 1))


def _groups(group: Integers, predictions: Floats, truth: Floats) -> Floats:
    rows = np.bincount(group, minlength=N_GROUPS)
    some = np.maximum(rows, 1)
    means = [np.bincount(group, weights=w, minlength=N_GROUPS) / some for w in (predictions, truth)]
    return np.stack([rows, *means])
