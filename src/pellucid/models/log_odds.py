"""Log-odds of a classifier's probabilities: the scale on which linear and additive models live."""

from dataclasses import replace
from functools import partial

import numpy as np

from pellucid._core.typing import Floats
from pellucid.data.table import Table
from pellucid.models.margins import both_classes
from pellucid.models.model import Model, Predict

LEAST_PROBABILITY = 1e-3
"""Smaller ones count as this, since a probability of zero has no log-odds."""


def log_odds(probabilities: Floats) -> Floats:
    """Return the log-odds of probabilities (n, k).

    Of two classes these are -m and m, with m the log-odds of the second one; of more, log
    probabilities less their mean over the classes.

    Examples
    --------
    >>> log_odds(np.array([[0.4, 0.6], [0.2, 0.8]])).round(3)
    array([[-0.405,  0.405],
           [-1.386,  1.386]])
    """
    logs = np.log(np.clip(probabilities, LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY))
    if logs.shape[1] == 2:
        return both_classes(logs[:, 1] - logs[:, 0])
    centered: Floats = logs - logs.mean(axis=1, keepdims=True)
    return centered


def probabilities_of(scores: Floats) -> Floats:
    """Return the probabilities (n, k) that have these log-odds.

    Examples
    --------
    >>> probabilities_of(np.array([[-1.386294, 1.386294]])).round(3)
    array([[0.2, 0.8]])
    """
    scores = scores / 2 if scores.shape[1] == 2 else scores
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Floats = powers / powers.sum(axis=1, keepdims=True)
    return found


def in_log_odds(model: Model) -> Model:
    """Return a classifier whose raw output is the log-odds of its probabilities."""
    predict = partial(_predict_log_odds, model.outputs["probability"])
    return replace(model, outputs={**model.outputs, "raw": predict})


def _predict_log_odds(probabilities: Predict, table: Table) -> Floats:
    return log_odds(np.asarray(probabilities(table), dtype=np.float64))
