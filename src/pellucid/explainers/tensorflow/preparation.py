"""Whether a network of TensorFlow can be explained by its gradients."""

from dataclasses import dataclass

import numpy as np

from pellucid._core.errors import ModelError
from pellucid._core.typing import Floats
from pellucid.data.background import Background
from pellucid.explainers.paths import integrated
from pellucid.models.model import Unavailable
from pellucid.models.structures import NetworkStructure
from pellucid.models.tensorflow.network import TensorFlowNetwork

N_TRIED = 8
POINTS_PER_CALL = 1024


@dataclass(frozen=True, eq=False)
class Prepared:
    """A network and its reference rows.

    Attributes
    ----------
    network : TensorFlowNetwork
    references : ndarray of float64, shape (m, cells)
    weights : ndarray of float64, shape (m,)
        Positive, summing to 1.
    """

    network: TensorFlowNetwork
    references: Floats
    weights: Floats

    def with_gradients(self, points: Floats) -> tuple[Floats, Floats]:
        """Return outputs (q, k) of flat points (q, cells), and their gradients (q, cells, k)."""
        arrays = self.network.layout.split(points)
        return self.network.with_gradients(
            tuple(array.astype(self.network.real) for array in arrays)
        )


def prepare(structure: NetworkStructure, background: Background) -> Prepared | Unavailable:
    """Try on pairs of reference rows whether integrated gradients add up.

    Returns
    -------
    Prepared or Unavailable
        The reason is that there are no gradients, or that they do not add up.
    """
    network: TensorFlowNetwork = structure.network
    if any(network.layout.wholes):
        return Unavailable("it takes whole numbers, on the way between which there is no gradient")
    positive = np.flatnonzero(background.weights > 0)
    arrays = structure.encode(background.table.take(positive))
    found = Prepared(network, flat(arrays), background.weights[positive])
    at = np.arange(N_TRIED)
    rows, others = (found.references[(at + i) % len(found.references)] for i in (0, 1))
    if not np.allclose(network.asked(arrays), again := network.asked(arrays), rtol=1e-4, atol=1e-6):
        return Unavailable("its predictions of the same rows differ from call to call")
    if not np.isfinite(again).all():
        return Unavailable("its outputs for the reference rows are not finite")
    try:
        _, adds_up = integrated(found.with_gradients, rows, others, per_call=POINTS_PER_CALL)
    except ModelError:
        raise
    except Exception as error:  # noqa: BLE001 - foreign code: whatever it says is the reason
        return Unavailable(f"its gradients cannot be computed: {type(error).__name__}: {error}")
    if not adds_up.all():
        return Unavailable("integrated gradients miss the difference of its outputs")
    return found


def flat(arrays: tuple[Floats, ...]) -> Floats:
    """Return arrays (n, …) as one matrix (n, cells) of float64."""
    return np.concatenate(
        [array.reshape(len(array), -1).astype(np.float64) for array in arrays], axis=1
    )
